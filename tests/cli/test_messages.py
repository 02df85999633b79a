"""`gateway messages`: found, shown, put back on the line, closed."""

from __future__ import annotations

import pytest

from tests import documents, sent
from tests.cli.test_ingest import FIELDS, files_below
from tests.workspaces import SAMPLES, Place, list_article

ONE = sent.line(1, sent.SEALANT, "12")
LAMP = sent.line(2, ("4098765001109", "5.90::NTP"), "12")


def test_messages_are_listed_oldest_first_as_ingest_shows_them(demo: Place) -> None:
    shown = [*demo.sample(1), *demo.sample(13), *demo.sample(5)]
    assert demo.run("messages", "list", "--json").lines == shown
    assert demo.run("messages", "list", "--json", "--limit", "2").lines == shown[:2]
    assert all(tuple(line) == FIELDS for line in shown)


@pytest.mark.parametrize(
    ("options", "references"),
    [
        (("--state", "rejected"), ["B26-0923"]),
        (("--state", "held"), ["4500017803"]),
        (("--partner", "acme"), ["4500017803"]),
        (("--type", "ORDCHG"), []),
        (("--reference", "B26-0925"), ["B26-0925"]),
        (("--since", "2001-01-01", "--state", "held"), ["4500017803"]),
        (("--since", "2999-01-01T08:00+02:00"), []),
    ],
)
def test_messages_are_found(demo: Place, options: tuple[str, ...], references: list[str]) -> None:
    demo.sample(13)
    demo.sample(5)
    ran = demo.run("messages", "list", "--json", *options)
    assert (ran.status, [line["reference"] for line in ran.lines]) == (0, references)


@pytest.mark.parametrize("since", ["yesterday", "0001-01-01T00:00+05:00", "9999-12-31T23:59-05:00"])
def test_what_is_no_instant_of_our_time_is_told(demo: Place, since: str) -> None:
    ran = demo.run("messages", "list", "--since", since)
    assert (ran.status, ran.err.strip()) == (
        2, f"--since: {since} is no instant; write 2026-11-24 or 2026-11-24T08:30.",
    )  # fmt: skip


def test_a_message_is_shown_with_its_history(demo: Place) -> None:
    (line,) = demo.sample(5)
    (shown,) = demo.run("messages", "show", line["message"], "--json").lines
    assert {name: shown[name] for name in FIELDS} == line
    assert [event["type"] for event in shown["events"]] == ["held"]
    assert set(shown["events"][0]) == {"at", "type", "text"}


def test_the_bytes_of_a_message_are_those_received(demo: Place) -> None:
    for line in demo.sample(8):
        raw = demo.run("messages", "raw", line["message"]).raw
        assert raw.startswith(b"UNH+M")
        assert raw in (SAMPLES / "08_nordwind_group.edi").read_bytes()


@pytest.mark.parametrize("syntax", documents.WAYS)
def test_of_a_file_of_many_orders_the_whole_is_written_and_which_of_them_was_asked_for_is_told(
    demo: Place, syntax: str
) -> None:
    lines = [(sent.SEALANT[0], "12")]
    content = documents.written(syntax, ("F-1", lines), ("F-2", lines))
    _, second = documents.sent_by(documents.agree(demo, syntax), content, "orders")
    ran = demo.run("messages", "raw", second["message"])
    assert ran.raw == content
    assert ran.err.startswith("This is the whole file orders. The message is document 2 of 2, orders F-2:")
    (alone,) = documents.sent_by(demo, documents.written(syntax, ("F-3", lines)), "order")
    assert demo.run("messages", "raw", alone["message"]).err == ""


@pytest.mark.parametrize("stage", ["translate", "enrich", "decide"])
def test_a_held_message_goes_on_from_any_stage(demo: Place, stage: str) -> None:
    (held,) = demo.sample(5)
    list_article(demo)
    ran = demo.run("messages", "replay", held["message"], "--from", stage, "--json")
    assert (ran.status, ran.lines[0]["state"], ran.lines[0]["decision"]) == (0, "processed", "accepted")
    assert len(demo.orders()) == 1


def test_a_replayed_message_makes_no_second_order(demo: Place) -> None:
    (line,) = demo.sample(1)
    (again,) = demo.run("messages", "replay", line["message"], "--json").lines
    assert (again["state"], again["order"]) == ("processed", line["order"])
    assert [order["version"] for order in demo.orders()] == [1]


def test_a_dry_replay_writes_nothing(demo: Place) -> None:
    (held,) = demo.sample(5)
    list_article(demo)
    before = files_below(demo.root)
    ran = demo.run("messages", "replay", held["message"], "--from", "enrich", "--dry-run", "--json")
    assert (ran.status, ran.lines[0]["state"]) == (0, "processed")
    assert files_below(demo.root) == before
    assert demo.order("4500017803")["decision"] == "held"


def test_a_replay_says_why_a_message_is_held_and_a_dry_one_that_nothing_was_written(demo: Place) -> None:
    (held,) = demo.sample(5)
    ran = demo.run("messages", "replay", held["message"], "--from", "enrich", "--dry-run")
    assert (ran.status, ran.out.splitlines()[0].strip()) == (1, "Dry run: nothing was written")
    assert "import the article or its part number" in ran.out
    assert demo.run("messages", "replay", held["message"], "--from", "enrich").out.startswith("Replayed")


def test_as_then_is_with_the_configuration_of_then(demo: Place) -> None:
    (held,) = demo.sample(5)
    demo.change("partners/acme.toml", 'unknown_article = "hold"', 'unknown_article = "reject"')
    (then,) = demo.run("messages", "replay", held["message"], "--as-then", "--json").lines
    assert then["decision"] == "held"
    (now,) = demo.run("messages", "replay", held["message"], "--json").lines
    assert (now["state"], now["decision"]) == ("processed", "changed")


def test_what_was_refused_to_its_sender_is_not_run_behind_his_back(demo: Place) -> None:
    refused = [*demo.sample(10)[:1], *demo.sample(11), *demo.ingest(b"no edi")]
    for line in refused:
        ran = demo.run("messages", "replay", line["message"])
        assert (ran.status, "Traceback" in ran.err, demo.run("orders", "list", "--json").out.count("\n")) == (
            2,
            False,
            1,
        )


def test_an_order_that_was_changed_is_not_set_back_by_its_first_message(demo: Place) -> None:
    (first,) = demo.sample(1)
    demo.sample(17)
    ran = demo.run("messages", "replay", first["message"])
    assert (ran.status, "changed by message" in ran.err) == (2, True)
    assert demo.order("4500017801")["version"] == 2


def test_a_held_change_goes_on_without_being_applied_twice(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    added = sent.changed_line("1", 2, ("4098765001109", "5.90::NTP"), "12")
    (held,) = demo.ingest(sent.interchange("IC2", sent.change("C-1", "PO-1", added)), status=1)
    assert held["state"] == "held"
    list_article(demo)
    ran = demo.run("messages", "replay", held["message"], "--from", "enrich", "--json")
    assert (ran.status, ran.lines[0]["state"], ran.lines[0]["decision"]) == (0, "processed", "accepted")
    order = demo.order("PO-1")
    assert (order["version"], [line["product"] for line in order["lines"]]) == (2, ["A-1006", "A-1010"])


def test_a_cancellation_put_back_stays_one(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", ONE)))
    (line,) = demo.ingest(sent.interchange("IC2", sent.change("C-1", "PO-1", purpose="1")))
    (again,) = demo.run("messages", "replay", line["message"], "--json").lines
    assert (again["state"], again["decision"]) == ("processed", "accepted")
    assert (demo.order("PO-1")["state"], demo.order("PO-1")["version"]) == ("cancelled", 2)


def test_a_message_is_closed_with_a_note(demo: Place) -> None:
    (held,) = demo.sample(25)
    assert demo.run("messages", "resolve", held["message"], "--note", "called them").status == 0
    (shown,) = demo.run("messages", "show", held["message"], "--json").lines
    assert (shown["state"], shown["events"][-1]["type"], shown["events"][-1]["text"]) == (
        "processed", "resolved", "called them",
    )  # fmt: skip
    again = demo.run("messages", "resolve", held["message"], "--note", "again")
    assert (again.status, "nothing to resolve" in again.err) == (2, True)


def test_what_only_reads_works_beside_a_broken_configuration(demo: Place) -> None:
    (line,) = demo.sample(1)
    demo.write("partners/broken.toml", "name =")
    for words in (
        ("messages", "list"), ("messages", "show", line["message"]), ("messages", "raw", line["message"]),
        ("orders", "list"), ("outbox", "list"), ("lane", "list"), ("config", "log"), ("db", "status"),
    ):  # fmt: skip
        assert demo.run(*words).status == 0, words
    ran = demo.run("ingest", SAMPLES / "02_nordwind_order.edi")
    assert (ran.status, "partners/broken.toml:1:" in ran.err) == (2, True)


def test_a_shown_message_leads_to_what_it_came_in_and_what_came_of_it(demo: Place) -> None:
    (sent,) = demo.sample(1)
    (shown,) = demo.run("messages", "show", sent["message"], "--json").lines
    out = demo.run("messages", "show", sent["message"]).out
    for name in ("transmission", "interchange", "order"):
        assert shown[name] in out
    assert all(each in out for each in shown["outputs"])
    assert demo.run("outbox", "show", shown["outputs"][0]).status == 0


def test_a_shown_message_tells_by_which_version_and_mapping_it_was_handled(demo: Place) -> None:
    (first,) = demo.sample(1)
    demo.change("partners/acme.toml", 'name    = "ACME Retail GmbH"', 'name    = "ACME"')
    (second,) = demo.sample(4)
    shown = [demo.run("messages", "show", sent["message"], "--json").lines[0] for sent in (first, second)]
    assert [each["configuration"] for each in shown] == [1, 2]
    assert {each["mapping"] for each in shown} == {"acme/orders"}
    assert len({each["mapping_digest"] for each in shown}) == 1
    assert shown[0]["mapping_digest"] in demo.run("messages", "show", first["message"]).out
