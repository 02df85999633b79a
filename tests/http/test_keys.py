"""Keys: shown once, recognised when leaked, kept as a digest, and worth nothing once revoked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import Role, new_key, parse_key
from tests.http.conftest import Asked
from tests.workspaces import Place

KEY = re.compile(r"gwk_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}")


def stored(place: Place) -> bytes:
    folder = place.root / "var"
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.name.startswith("gateway.db"))


def test_a_key_is_shown_once_and_kept_nowhere(demo: Place) -> None:
    [made] = demo.run("key", "add", "web-shop", "--scope", "account:10001", "--json").lines
    assert made["name"] == "web-shop"
    assert KEY.fullmatch(made["key"])
    [listed] = demo.run("key", "list", "--json").lines
    assert (listed["name"], listed["scope"], listed["revoked_at"]) == ("web-shop", "account:10001", None)
    assert made["key"] not in str(listed)
    secret = made["key"].rpartition("_")[2].encode()
    assert secret not in stored(demo)


def test_a_key_for_people_is_the_only_thing_on_stdout(demo: Place) -> None:
    ran = demo.run("key", "add", "shop", "--scope", "role:viewer")
    assert KEY.fullmatch(ran.out.strip())
    assert "shown only now" in ran.err


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("account:99", "There is no account 99"),
        ("connection:nowhere", "There is no connection nowhere"),
        ("role:king", "is no role"),
        ("everything", "is no scope"),
        ("account:", "is no scope"),
        ("", "is no scope"),
    ],
)
def test_a_key_for_nothing_is_refused(demo: Place, scope: str, told: str) -> None:
    ran = demo.run("key", "add", "shop", "--scope", scope)
    assert ran.status == 2
    assert told in ran.err
    assert demo.run("key", "list", "--json").lines == []


def test_a_key_for_a_connection_names_one_that_is_there(demo: Place) -> None:
    assert demo.run("key", "add", "in", "--scope", "connection:acme_inbox").status == 0


@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 65, "-rf"])
def test_a_name_that_could_not_be_written_everywhere_is_refused(demo: Place, name: str) -> None:
    assert demo.run("key", "add", "--scope", "role:viewer", "--", name).status == 2


def test_a_name_is_taken_until_its_key_is_revoked(demo: Place) -> None:
    assert demo.run("key", "add", "shop", "--scope", "role:viewer").status == 0
    again = demo.run("key", "add", "shop", "--scope", "role:viewer")
    assert (again.status, "There is a key shop" in again.err) == (2, True)
    assert demo.run("key", "revoke", "shop").status == 0
    assert demo.run("key", "revoke", "shop").status == 2
    assert demo.run("key", "add", "shop", "--scope", "role:viewer").status == 0
    assert [bool(row["revoked_at"]) for row in demo.run("key", "list", "--json").lines] == [True, False]


def test_a_revoked_key_opens_nothing_from_the_next_request_on(asked: Asked) -> None:
    assert asked.get("/accounts").status_code == 200
    assert asked.place.run("key", "revoke", "role-viewer").status == 0
    answer = asked.get("/accounts")
    assert (answer.status_code, answer.json()["code"]) == (401, "key-invalid")


def test_a_made_up_key_is_told_from_a_leaked_one_by_its_checksum() -> None:
    key, secret = new_key()
    assert parse_key(key) == secret
    place = len(key) - 9
    other = "0" if key[place] != "0" else "1"
    assert parse_key(key[:place] + other + key[place + 1 :]) is None


@given(st.text())
def test_no_text_is_a_key_by_chance(text: str) -> None:
    assert parse_key(text) is None
    assert parse_key("gwk_" + text) is None


def test_keys_are_never_twice_the_same() -> None:
    assert len({new_key()[0] for _ in range(1_000)}) == 1_000


def test_each_role_may_what_the_one_before_it_may() -> None:
    covered = [[role.covers(other) for other in Role] for role in Role]
    assert covered == [[place <= number for place in range(4)] for number in range(4)]
