"""`gateway search`: what an account finds on the command line."""

from __future__ import annotations

from tests.workspaces import Place


def test_what_an_account_may_buy_is_found_by_number_and_by_words(demo: Place) -> None:
    [by_number] = demo.run("search", "--account", "10001", "a 1001", "--json").lines
    assert (by_number["how"], by_number["product"]["sku"]) == ("number", "A-1001")
    by_words = demo.run("search", "--account", "10001", "hex", "bolts", "M8")
    assert (by_words.status, "A-1001" in by_words.out) == (0, True)


def test_what_is_only_similar_is_said_to_be(demo: Place) -> None:
    found = demo.run("search", "--account", "10001", "hex bollt")
    assert (found.status, "similar" in found.out, "A-1001" in found.out) == (0, True, True)


def test_nothing_found_is_status_1_and_nobody_or_nothing_asked_is_wrong_use(demo: Place) -> None:
    assert demo.run("search", "--account", "10001", "zebra").status == 1
    assert demo.run("search", "--account", "99", "bolt").status == 2
    assert demo.run("search", "--account", "10001", " ").status == 2
