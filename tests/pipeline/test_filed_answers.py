"""Answers to who orders by files: as CSV or JSON by a mapping, at once or with what the ERP confirms."""

from __future__ import annotations

import csv
from pathlib import Path

from tests import sent
from tests.erp_folders import confirmed, with_erp
from tests.workspaces import Place

FLOWS = 'flows = { orders = "out" }'
PARTNER = """
name    = "Hafen GmbH"
account = "10001"
[[agreement]]
receive = "csv orders"
via     = "hafen_in"
owes    = { ORDRSP = "4h" }
confirms = "CONFIRMS"
[[agreement]]
send = "csv ORDRSP"
via  = "hafen_out"
"""


def with_hafen(place: Place, confirms: str) -> Path:
    """A file of an order by a partner who orders by files."""
    place.write("connections/hafen_in.toml", 'kind = "folder"\npath = "inbox/hafen"\n')
    place.write("connections/hafen_out.toml", 'kind = "folder"\npath = "outbox/hafen"\n')
    place.write("partners/hafen.toml", PARTNER.replace("CONFIRMS", confirms))
    file = place.root.parent / "orders.csv"
    head = "number,ordered_on,currency,buyer,position,gtin,quantity,unit,price"
    file.write_text(f"{head}\nH-1,{sent.TODAY},EUR,{sent.HAMBURG},1,{sent.SEALANT[0]},12,PCE,4.20\n", "utf-8")
    return file


def answer(place: Place) -> list[dict[str, str]]:
    """The rows of the one answer."""
    (file,) = place.outbox("hafen")
    assert (file.name.startswith("ORDRSP_H-1"), file.suffix) == (True, ".csv")
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))


def test_an_order_in_a_file_is_answered_in_a_file(demo: Place) -> None:
    file = with_hafen(demo, "gateway")
    (shown,) = demo.ingest(file, status=0, options=("--connection", "hafen_in"))
    assert (shown["state"], shown["decision"]) == ("processed", "accepted")
    (row,) = answer(demo)
    assert (row["order_number"], row["decision"], row["confirmed"]) == ("H-1", "accepted", "12")
    (owed,) = demo.run("acknowledgements", "list", "--json").lines
    assert (owed["type"], owed["state"]) == ("ORDRSP", "settled")


def test_with_what_the_erp_confirms(demo: Place) -> None:
    file = with_hafen(with_erp(demo), "erp")
    demo.ingest(file, status=0, options=("--connection", "hafen_in"))
    assert demo.outbox("hafen") == []
    confirmed(demo, "AB-1", {"position": 1, "quantity": "10"})
    (row,) = answer(demo)
    assert (row["decision"], row["confirmed"]) == ("lines_changed", "10")


def test_orders_leave_for_a_channel_as_csv_in_the_lane_of_their_account(demo: Place) -> None:
    with_erp(demo)
    demo.change("channels/erp_out.toml", FLOWS, f'{FLOWS}\nsyntax = {{ orders = "csv" }}')
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(10, sent.SEALANT, "12"))), status=0)
    (file,) = demo.outbox("erp_orders")
    row = next(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert (file.suffix, row["quantity"], row["unit"]) == (".csv", "12", "PCE")
    with demo.opened() as gateway, gateway.store.read() as db:
        lane = db.exec_driver_sql("SELECT lane FROM outbox WHERE type = 'order'").scalar_one()
    assert lane == "erp_orders/out/account 10011"


def test_orders_leave_for_an_erp_as_an_idoc(demo: Place) -> None:
    with_erp(demo)
    demo.change(
        "channels/erp_out.toml",
        'flows = { orders = "out" }',
        'flows = { orders = "out" }\nmapping = { orders = "idoc/orders05" }',
    )
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(10, sent.SEALANT, "12"))), status=0)
    (file,) = demo.outbox("erp_orders")
    assert (file.suffix, "<BELNR>PO-1</BELNR>" in file.read_text("utf-8")) == (".xml", True)
