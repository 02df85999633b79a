"""The gateway killed while it works on a file of documents or of trade data: nothing is lost, nothing happens twice."""

from __future__ import annotations

import json

import pytest

from tests import sent
from tests.acceptance.test_crashes import killed_at, recovered
from tests.documents import CONNECTION, agree, written
from tests.workspaces import Place

LINES = ((sent.SEALANT[0], "12"),)
BOUNDARIES = [
    ("gateway.pipeline.decode", "mark_transmission", "after"),
    ("gateway.pipeline.translate", "read_document", "after"),
]
ACCOUNTS = """
mapping = "files/accounts"
reads = "json accounts"
makes = "accounts"
[rows]
each = "rows"
account = "number | required"
name = "name | required"
"""


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=" ".join)
def test_killed_anywhere_the_orders_of_a_file_have_their_effects_once(
    demo: Place, boundary: tuple[str, str, str]
) -> None:
    agree(demo, "json")
    file = demo.root / "orders.json"
    file.write_bytes(written("json", ("J-1", LINES), ("J-2", LINES)))
    killed_at(demo, boundary, "ingest", file, "--connection", CONNECTION)
    recovered(demo)
    lines = demo.run("messages", "list", "--json").lines
    assert [(line["reference"] or line["order"], line["state"]) for line in lines] == [
        ("J-1", "processed"), ("J-2", "processed"),
    ]  # fmt: skip
    assert [order["order"] for order in demo.orders()] == ["SO00000001", "SO00000002"]
    assert len(demo.outbox("erp")) == 2
    assert demo.run("db", "verify").status == 0


def test_killed_between_two_commits_the_rows_go_on_where_they_were(demo: Place) -> None:
    demo.write("mappings/files/accounts/mapping.toml", ACCOUNTS)
    demo.write("connections/crm.toml", 'kind = "folder"\npath = "inbox/crm"\n')
    demo.write(
        "channels/crm.toml",
        'connection = "crm"\nflows = { accounts = "in" }\nmapping = { accounts = "files/accounts" }\n',
    )
    rows = [{"number": f"C{number:04}", "name": f"Customer {number}"} for number in range(1_500)]
    file = demo.root / "accounts.json"
    file.write_text(json.dumps({"rows": rows}))
    boundary = ("gateway.pipeline.take_rows", "forget_progress", "before")
    killed_at(demo, boundary, "ingest", file, "--connection", "crm")
    assert _customers(demo) == 1_000
    recovered(demo)
    assert _customers(demo) == 1_500
    [line] = demo.run("messages", "list", "--json").lines
    assert (line["state"], line["issues"]) == ("processed", [])


def _customers(place: Place) -> int:
    with place.opened() as gateway, gateway.store.read() as db:
        counted: int = db.exec_driver_sql("SELECT count(*) FROM account WHERE account LIKE 'C%'").scalar()
        return counted
