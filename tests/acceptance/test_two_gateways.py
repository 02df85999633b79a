"""Two gateways that exchange by folders: each settles what it owes and what it expects by what the other sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.store.outbox import NewOutput, enqueue
from tests import sent
from tests.processes import eventually, serving
from tests.workspaces import Place, run

ANSWER = 'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"'
SUPPLIER = """\
name = "The supplier"
[identifiers]
edifact = ["4098765000010:14"]
[us]
edifact = "4012345000009:14"
[[agreement]]
receive = "edifact ORDRSP D.96A"
via = "from_supplier"
mapping = "acme/ordrsp"
owes = { CONTRL = "1h" }
[[agreement]]
send = "edifact CONTRL"
via = "to_supplier"
[[agreement]]
send = "edifact ORDERS D.96A"
via = "to_supplier"
expects = { CONTRL = "1h" }
"""
MAPPING = """\
reads = "edifact ORDRSP D.96A"
makes = "order_confirmation"
[order_confirmation]
number = "BGM/1004 | required"
order = "BGM/1004 | required"
"""


def buyer(root: Path, supplier: Place) -> Place:
    """The workspace of ACME itself, which gives and takes where the supplier takes and gives."""
    assert run("init", root).status == 0
    place = Place(root)
    for file in ("partners/example.toml", "connections/example_inbox.toml", "connections/example_outbox.toml"):
        (root / file).unlink()
    place.write("partners/supplier.toml", SUPPLIER)
    place.write("mappings/acme/ordrsp/mapping.toml", MAPPING)
    for name, folder in (("to_supplier", "inbox/acme"), ("from_supplier", "outbox/acme")):
        path = supplier.root / folder
        place.write(f"connections/{name}.toml", f'kind = "folder"\npath = "{path}"\npoll = "1s"\n')
    return place


def rows(place: Place) -> list[tuple[str, str, str, bool]]:
    """Side, type, state and lateness of all that is owed and expected."""
    found = place.run("acknowledgements", "list", "--json").lines
    return sorted((row["side"], row["type"], row["state"], row["late"]) for row in found)


def states(place: Place) -> dict[str, list[str]]:
    """The states of all that leaves, by its type."""
    found: dict[str, list[str]] = {}
    for row in place.run("outbox", "list", "--json").lines:
        found.setdefault(row["type"], []).append(row["state"])
    return found


@pytest.mark.both_stores
def test_what_one_owes_the_other_expects_and_both_are_settled(demo: Place, tmp_path: Path) -> None:
    demo.change("partners/acme.toml", ANSWER, f'{ANSWER}\nexpects = {{ CONTRL = "1h" }}')
    demo.change("connections/acme_inbox.toml", '"2s"', '"1s"')
    acme = buyer(tmp_path / "buyer", demo)
    with serving(demo.root), serving(acme.root):
        order = sent.interchange("B0001", sent.order("TWO-1", sent.line(1, sent.SEALANT, "12")))
        with acme.opened() as gateway, gateway.store.write() as db:
            new = NewOutput(
                key="ORDERS/TWO-1", partner="supplier", connection="to_supplier", type="ORDERS", extension="edi",
                reference="TWO-1", number="TWO-1", control_reference="B0001", content=order,
            )  # fmt: skip
            enqueue(db, new, gateway.line.now())
        owed_and_expected = [("expects", "CONTRL", "settled", False), ("owes", "CONTRL", "settled", False)]
        eventually(lambda: rows(acme) == owed_and_expected)
        eventually(lambda: rows(demo) == [*owed_and_expected, ("owes", "ORDRSP", "settled", False)])
        # Who has read a document may tell so before who wrote it has noted that it is sent.
        eventually(lambda: states(demo) == {"CONTRL": ["sent"], "ORDRSP": ["acknowledged"], "order": ["sent"]})
        eventually(lambda: states(acme) == {"ORDERS": ["acknowledged"], "CONTRL": ["sent"]})
