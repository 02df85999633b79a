"""An ERP behind two folders: it gets the orders by one, and what it says of them comes in by the other."""

from __future__ import annotations

import json
from typing import Any

from tests import sent
from tests.workspaces import Answer, Place

ORDER = sent.interchange(
    "IC1", sent.order("PO-1", sent.line(10, sent.SEALANT, "12"), sent.line(20, sent.GLOVE, "50", unit="PR"))
)


def with_erp(demo: Place) -> Place:
    """The demo with an ERP that gets the orders by one folder and tells by another, and a shop that is told states."""
    for name in ("erp_orders", "shop_states"):
        demo.write(f"connections/{name}.toml", f'kind = "folder"\npath = "outbox/{name}"\n')
    demo.write("connections/erp_words.toml", 'kind = "folder"\npath = "inbox/erp"\n')
    demo.write("channels/erp_out.toml", 'connection = "erp_orders"\nsystem = "erp"\nflows = { orders = "out" }\n')
    demo.write(
        "channels/erp_in.toml",
        'connection = "erp_words"\nsystem = "erp"\nflows = { confirmations = "in", status = "in" }\n'
        'files = { confirmations = "confirmation*", status = "status*" }\n',
    )
    demo.write("channels/shop.toml", 'connection = "shop_states"\nflows = { status = "out", confirmations = "out" }\n')
    demo.change("partners/acme.toml", '[[agreement]]\nsend = "json order"\nvia  = "erp"\n', "")
    return demo


def told(erp: Place, what: str, number: str, *lines: dict[str, Any], ends: int = 0, **head: Any) -> dict[str, Any]:
    """The ingested line of what the ERP tells of an order."""
    folder = erp.root.parent / "told"
    folder.mkdir(exist_ok=True)
    file = folder / f"{what}_{len(list(folder.iterdir())) + 1}.json"
    stated = {"number": number, "order": "SO00000001", **head, "lines": lines}
    file.write_text(json.dumps({name: value for name, value in stated.items() if value is not None}), "utf-8")
    (shown,) = erp.ingest(file, status=ends, options=("--connection", "erp_words"))
    return shown


def confirmed(erp: Place, number: str, *lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """The ingested line of a confirmation."""
    return told(erp, "confirmation", number, *lines, **head)


def reported(erp: Place, number: str, *lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """The ingested line of a report of state."""
    return told(erp, "status", number, *lines, **head)


def line(position: int, quantity: str, **more: Any) -> dict[str, Any]:
    """A confirmed line."""
    return {"position": position, "quantity": quantity, **more}


def codes(shown: dict[str, Any]) -> list[str]:
    """What was found."""
    return [issue["code"] for issue in shown["issues"]]


def responses(place: Place) -> list[Answer]:
    """What ACME was answered."""
    return place.answers("acme", "ORDRSP")
