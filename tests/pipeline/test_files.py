"""Files that are no interchanges: whose they are, what becomes of each document in them, and what is refused whole."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from gateway.errors import TransientError
from gateway.issues import Issue
from gateway.model.trade_rows import Row
from gateway.pipeline import decode, opened, take_rows, translate_file
from gateway.pipeline.intake import Taken
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.settings import ApiSettings
from gateway.store import Connection
from gateway.store.transmissions import read_window
from gateway.sync.intake import ChannelIntake
from tests import sent
from tests.documents import CONNECTION, agree, mapping_of, posted, sent_by, written
from tests.http.conftest import Asked, asked_at
from tests.processes import eventually
from tests.workspaces import Place

LINES = ((sent.SEALANT[0], "12"),)


def states(lines: list[dict]) -> list[tuple[str | None, str]]:
    return [(each["reference"], each["state"]) for each in lines]


@pytest.mark.both_stores
def test_each_document_of_a_file_is_a_message_of_its_own(demo: Place) -> None:
    agree(demo, "json")
    lines = sent_by(demo, written("json", ("J-1", LINES), ("J-2", LINES)), "two.json")
    assert [(each["state"], each["decision"], each["partner"]) for each in lines] == [
        ("processed", "accepted", "acme"), ("processed", "accepted", "acme"),
    ]  # fmt: skip
    assert [each["number"] for each in demo.orders()] == ["J-1", "J-2"]
    assert {each["channel"] for each in map(demo.order, ("J-1", "J-2"))} == {"json"}


def test_a_file_larger_than_what_is_kept_is_not_read_again_for_each_of_its_documents(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []

    def counted(db: Connection, transmission: str, start: int, length: int) -> bytes:
        reads.append(transmission)
        return read_window(db, transmission, start, length)

    monkeypatch.setattr(opened, "MOST_BYTES", 10)
    monkeypatch.setattr(translate_file, "read_window", counted)
    agree(demo, "json")
    sent_by(demo, written("json", *((f"J-{each}", LINES) for each in range(4))), "four.json")
    assert (len(demo.orders()), len(reads)) == (4, 1)


def test_a_bad_order_stops_no_other_one_of_its_file(demo: Place) -> None:
    agree(demo, "json")
    content = written("json", ("J-1", LINES), ("J-2", ((sent.SEALANT[0], "some"),)), ("J-3", LINES))
    lines = sent_by(demo, content, "three.json")
    assert [each["state"] for each in lines] == ["processed", "held", "processed"]
    [issue] = lines[1]["issues"]
    assert (issue["code"], issue["field"]) == ("order.line.quantity.not-a-number", "lines[0].quantity")
    assert (issue["line"], issue["path"]) == (1, "lines/quantity")
    assert issue["rule"].startswith("files/json_orders/mapping.toml:")


def test_the_same_file_again_is_a_duplicate_and_the_same_order_in_another_file_too(demo: Place) -> None:
    agree(demo, "json")
    content = written("json", ("J-1", LINES))
    sent_by(demo, content, "first.json")
    for again in (content, content + b"\n"):
        [line] = sent_by(demo, again, "again.json")
        assert line["state"] == "duplicate"
    assert len(demo.orders()) == 1


@pytest.mark.parametrize("cut", [120, -1])
@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_a_file_that_is_cut_off_is_refused_whole(demo: Place, syntax: str, cut: int) -> None:
    agree(demo, syntax)
    [line] = sent_by(demo, written(syntax, ("J-1", LINES), ("J-2", LINES))[:cut], f"cut.{syntax}")
    assert line["state"] == "rejected"
    assert [issue["severity"] for issue in line["issues"]] == ["error"]
    assert line["issues"][0]["line"]
    assert demo.orders() == []


def test_a_document_that_does_not_say_who_sends_it_needs_its_connection(demo: Place) -> None:
    agree(demo, "json")
    file = demo.root / "orders.json"
    file.write_bytes(written("json", ("J-1", LINES)))
    [line] = demo.ingest(file)
    assert (line["state"], line["issues"][0]["code"]) == ("held", "agreement.missing")
    assert "connection" in line["issues"][0]["text"]


def test_a_file_that_nothing_takes_is_held_and_read_again_once_it_is_agreed(demo: Place) -> None:
    agree(demo, "json")
    content = written("xml", ("X-1", LINES))
    [line] = sent_by(demo, content, "orders.xml")
    assert (line["state"], line["issues"][0]["code"]) == ("held", "agreement.missing")
    assert demo.run("messages", "raw", line["message"]).raw == content
    still = demo.run("messages", "replay", line["message"], "--dry-run", "--json")
    assert (still.status, [each["state"] for each in still.lines]) == (1, ["processed", "held"])
    agree(demo, "xml")
    read = demo.run("messages", "replay", line["message"], "--json")
    assert (read.status, [each["reference"] for each in read.lines]) == (0, [None, "X-1"])
    closed, taken = demo.run("messages", "list", "--json").lines
    assert (closed["message"], closed["state"]) == (line["message"], "processed")
    assert (taken["type"], taken["state"], taken["decision"]) == ("orders", "processed", "accepted")
    assert demo.run("messages", "replay", line["message"]).status != 0
    assert demo.run("db", "verify").status == 0


def test_a_held_order_is_translated_again_with_the_mapping_as_it_is_now(demo: Place) -> None:
    agree(demo, "json")
    content = written("json", ("J-1", LINES)).replace(b'"EUR"', b'"Euro"')
    [line] = sent_by(demo, content, "words.json")
    assert line["state"] == "held"
    demo.change("mappings/files/json_orders/mapping.toml", '"currency | code(currency)"', "\"'EUR'\"")
    [again] = demo.run("messages", "replay", line["message"], "--json").lines
    assert (again["state"], again["decision"]) == ("processed", "accepted")


def test_what_two_agreements_take_is_held_and_nothing_is_guessed(demo: Place) -> None:
    agree(demo, "xml")
    demo.write("mappings/files/other/mapping.toml", mapping_of("xml").replace("files/xml_orders", "files/other"))
    acme = demo.root / "partners" / "acme.toml"
    more = f'\n[[agreement]]\nreceive = "xml orders"\nvia = "{CONNECTION}"\nmapping = "files/other"\n'
    acme.write_text(acme.read_text("utf-8") + more, "utf-8")
    [line] = sent_by(demo, written("xml", ("X-1", LINES)), "orders.xml")
    assert (line["state"], line["issues"][0]["code"]) == ("held", "document.ambiguous")
    demo.change("mappings/files/other/mapping.toml", 'root = "Orders/Order"', 'root = "Bestellungen/Bestellung"')
    [line] = sent_by(demo, written("xml", ("X-1", LINES)), "orders.xml")
    assert line["state"] == "processed"


def test_agreements_are_told_apart_by_the_names_of_their_files(demo: Place) -> None:
    agree(demo, "json", more='files = "ORD*.json"\n')
    content = written("json", ("J-1", LINES))
    assert [each["state"] for each in sent_by(demo, content, "stock.json")] == ["held"]
    assert [each["state"] for each in sent_by(demo, content, "ord-1.json")] == ["processed"]


def test_a_test_agreement_makes_test_orders(demo: Place) -> None:
    agree(demo, "json")
    demo.change("partners/acme.toml", 'receive = "json orders"', 'receive = "json orders test"')
    sent_by(demo, written("json", ("J-1", LINES)), "orders.json")
    [order] = demo.orders()
    assert order["order"].startswith("TEST-")


def test_a_partner_cannot_send_trade_data(demo: Place) -> None:
    agree(demo, "json")
    demo.write("mappings/files/stock/mapping.toml", STOCK)
    demo.change("partners/acme.toml", 'receive = "json orders"', 'receive = "json stock"')
    demo.change("partners/acme.toml", 'mapping = "files/json_orders"', 'mapping = "files/stock"')
    ran = demo.run("check")
    assert ran.status != 0
    assert "files/stock makes stock, which partners do not send" in ran.out + ran.err


# Trade data -----------------------------------------------------------------------------------------------------------

STOCK = """
mapping = "files/stock"
reads = "json stock"
makes = "stock"
[rows]
each = "rows"
sku = "article | required"
quantity = "free | decimal"
unit = "'PCE'"
"""


@pytest.fixture
def fed(demo: Place) -> Place:
    """The demo with a warehouse that tells its stock."""
    demo.write("mappings/files/stock/mapping.toml", STOCK)
    demo.write("connections/warehouse.toml", 'kind = "folder"\npath = "inbox/warehouse"\n')
    demo.write(
        "channels/warehouse.toml",
        'connection = "warehouse"\nflows = { stock = "in" }\nmapping = { stock = "files/stock" }\n',
    )
    return demo


def told(place: Place, name: str, *rows: tuple[str, str]) -> list[dict]:
    file = place.root / name
    file.write_text(json.dumps({"rows": [{"article": sku, "free": free} for sku, free in rows]}))
    return place.ingest(file, options=("--connection", "warehouse"))


def stock(place: Place) -> dict[str, str]:
    return {row["sku"]: row["quantity"] for row in place.run("export", "stock", "--format", "json").lines}


@pytest.mark.both_stores
def test_rows_of_a_channel_are_trade_data_and_a_bad_one_stops_no_other(fed: Place) -> None:
    [line] = told(fed, "stock.json", ("A-1001", "7"), ("A-1002", "many"), ("A-9999", "1"), ("A-1006", "8"))
    assert (line["state"], line["channel"], line["type"]) == ("processed", "warehouse", "stock")
    assert {issue["code"] for issue in line["issues"]} >= {"mapping.value.invalid"}
    kept = stock(fed)
    assert (kept["A-1001"], kept["A-1006"]) == ("7", "8")
    assert "A-9999" not in kept
    [unknown] = [issue for issue in line["issues"] if issue["code"] == "import.product.unknown"]
    assert (unknown["line"], unknown["field"]) == (1, "rows[2]")
    assert unknown["advice"].startswith("mend the row")


def test_rows_of_which_none_stands_are_rejected(fed: Place) -> None:
    for rows in ((("A-1001", "many"),), (("A-9999", "1"), ("A-9998", "1"))):
        [line] = told(fed, "stock.json", *rows)
        assert line["state"] == "rejected"
        assert line["issues"]


def test_the_same_rows_again_are_news_since_others_can_have_come_between(fed: Place) -> None:
    for free in ("7", "9", "7"):
        [line] = told(fed, "stock.json", ("A-1001", free))
        assert line["state"] == "processed"
        assert stock(fed)["A-1001"] == free


def test_rows_are_taken_some_at_a_time_and_go_on_after_a_failure_where_they_were(
    fed: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_rows, "ROWS_AT_ONCE", 2)
    taken: list[list[str]] = []
    is_away = [True]
    real = ChannelIntake.take

    def take(self: ChannelIntake, db: Connection, about: Taken, rows: Sequence[Row]) -> list[Issue]:
        if taken and is_away:
            raise TransientError("The store is away.")
        taken.append([row.cells["sku"] for row in rows])
        return real(self, db, about, rows)

    monkeypatch.setattr(ChannelIntake, "take", take)
    skus = ("A-1001", "A-1002", "A-9999", "A-1006", "A-1001")
    [line] = told(fed, "stock.json", *[(sku, str(number)) for number, sku in enumerate(skus)])
    assert line["state"] == "failed"
    assert stock(fed)["A-1001"] == "0"
    is_away.clear()
    with fed.opened() as gateway, gateway.store.write() as db:
        db.exec_driver_sql("UPDATE work_item SET not_before = NULL")
    with fed.opened() as gateway:
        work_off(gateway.line, {})
    assert taken == [["A-1001", "A-1002"], ["A-9999", "A-1006"], ["A-1001"]]
    [line] = fed.run("messages", "list", "--json").lines
    assert (line["state"], len(line["issues"])) == ("processed", 1)
    assert stock(fed)["A-1001"] == "4"
    with fed.opened() as gateway, gateway.store.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM intake_progress").scalar() == 0


def test_what_came_behind_many_rows_is_taken_behind_them(fed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_rows, "ROWS_AT_ONCE", 1)
    with fed.opened() as gateway:
        for free in ("1", "2"):
            rows = {"rows": [{"article": sku, "free": free} for sku in ("A-1001", "A-1002", "A-1006")]}
            receive(gateway.line, f"{free}.json", iter([json.dumps(rows).encode()]), "warehouse")
        work_off(gateway.line, {})
    assert {stock(fed)[sku] for sku in ("A-1001", "A-1002", "A-1006")} == {"2"}


def test_what_only_a_system_of_ours_sends_is_not_taken_from_a_partner_by_the_line_either(fed: Place) -> None:
    agree(fed, "json")
    [line] = sent_by(fed, b'{"rows": []}', "stock.json")
    assert line["state"] in ("held", "rejected")


def test_the_same_stock_posted_again_is_taken_again_and_the_same_order_is_not(fed: Place) -> None:
    agree(fed, "json")
    fed.write("connections/warehouse.toml", 'kind = "http"\n')
    with asked_at(fed, ApiSettings()) as asked:
        for free in ("7", "9", "7"):
            assert _post(asked, "warehouse", json.dumps({"rows": [{"article": "A-1001", "free": free}]})) == 202
            eventually(lambda free=free: stock(fed).get("A-1001") == free)
        orders = written("json", ("J-1", LINES)).decode()
        assert [_post(asked, posted("json"), orders) for _ in range(2)] == [202, 200]


def _post(asked: Asked, name: str, content: str) -> int:
    head = {"Authorization": f"Bearer {asked.key(f'connection:{name}')}"}
    status: int = asked.client.request("POST", f"/in/{name}", content=content, headers=head).status_code
    return status


def test_a_table_with_a_shipped_mapping_needs_no_mapping_of_its_own(demo: Place) -> None:
    demo.write(f"connections/{CONNECTION}.toml", 'kind = "folder"\npath = "inbox/files"\n')
    acme = demo.root / "partners" / "acme.toml"
    more = f'\n[[agreement]]\nreceive = "csv orders"\nvia = "{CONNECTION}"\n'
    acme.write_text(acme.read_text("utf-8") + more, "utf-8")
    day = sent.TODAY.isoformat()
    content = (
        "number,ordered_on,currency,buyer,position,gtin,quantity\n"
        f"C-1,{day},EUR,{sent.HAMBURG},1,{sent.SEALANT[0]},12\n"
        f"C-2,{day},EUR,{sent.HAMBURG},1,{sent.SEALANT[0]},twelve\n"
        f"C-1,{day},EUR,{sent.HAMBURG},2,{sent.BOLT[0]},400\n"
    ).encode()
    lines = sent_by(demo, content, "orders.csv")
    assert [(each["reference"], each["state"]) for each in lines] == [("C-1", "processed"), ("C-2", "held")]
    assert [each["position"] for each in demo.order("C-1")["lines"]] == [1, 2]
    [issue] = lines[1]["issues"]
    assert (issue["line"], issue["path"]) == (3, "quantity")


def test_a_file_that_is_too_large_is_refused_and_the_next_one_goes_on(demo: Place) -> None:
    agree(demo, "json")
    settings = (demo.root / "gateway.toml").read_text("utf-8")
    demo.write("gateway.toml", f"{settings}\n[limits]\nmax_message_bytes = 600\n")
    large = written("json", *[(f"J-{number}", LINES) for number in range(5)])
    assert [each["state"] for each in sent_by(demo, large, "large.json")] == ["rejected"]
    assert [each["state"] for each in sent_by(demo, written("json", ("J-9", LINES)), "small.json")] == ["processed"]


def test_a_file_that_the_gateway_fails_at_is_dead_and_read_again_when_that_is_mended(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(demo, "xml")

    def broken(*_: object) -> None:
        raise ValueError("a defect")

    with monkeypatch.context() as defect:
        defect.setattr(decode, "examine_file", broken)
        [line] = sent_by(demo, written("xml", ("X-1", LINES)), "orders.xml")
        assert (line["state"], line["syntax"]) == ("dead", "xml")
    assert demo.run("messages", "replay", line["message"]).status == 0
    _, again = demo.run("messages", "list", "--json").lines
    assert (again["reference"], again["state"]) == ("X-1", "processed")
