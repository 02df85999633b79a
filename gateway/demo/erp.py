"""The demo's ERP: one order goes to it, and what it confirms and how far it got comes back and reaches the buyer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.bundle import bundled
from gateway.errors import UsageError
from gateway.model.quantity import plain
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import look_again, work_off
from gateway.queue.lock import dispatching
from gateway.store.messages import MessageQuery, list_messages
from gateway.store.orders import lines_of, orders_by_number
from gateway.store.outbox import outputs_of
from gateway.store.records import Output
from gateway.store.types import unscale
from gateway.testing.erp import can_be_played, played_erp
from gateway.wiring import Gateway, open_gateway

CONNECTION = "erp_service"
PLACE = "http://127.0.0.1:8791"
"""Where the files of the demo say that the ERP listens; it takes a port that is free."""
ORDER = "B26-0950"
SHORT = {"A-1004": "6"}
"""Of this article the ERP has less than is ordered."""


class Step(NamedTuple):
    """A step of an order's life: what came in and what it is, what went out for it, and how the order stands then."""

    came: str
    message: str
    out: str
    state: str
    lines: str


def live_with_erp(root: Path, progress: Callable[[str], None]) -> list[Step]:
    """The life of one order in the demo's workspace; empty where spyne is not installed, which plays the ERP.

    The connection to the ERP and its channel are in the workspace only while it listens.
    """
    if not can_be_played():
        return []
    shown = bundled("sample_messages") / "with_erp"
    progress("the ERP")
    with played_erp() as erp:
        erp.lack(SHORT)
        laid = _lay(shown / "workspace", root, erp.url)
        try:
            return _lived(root, shown / "nordwind_order.edi")
        finally:
            for file in laid:
                file.unlink()


def _lay(files: Path, root: Path, url: str) -> list[Path]:
    """The files laid over the workspace, with the address at which the ERP listens."""
    laid = []
    for file in sorted(files.rglob("*.*")):
        target = root / file.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        laid.append(target)
    settings = root / "connections" / f"{CONNECTION}.toml"
    settings.write_text(settings.read_text("utf-8").replace(PLACE, url), "utf-8")
    return laid


def _lived(root: Path, order: Path) -> list[Step]:
    with open_gateway(root) as gateway, dispatching(gateway.dispatcher_lock()) as ours:
        if not ours:
            raise UsageError(f"A gateway serves {root}. Stop it first.")
        steps = [_step(gateway, order.name, receive(gateway.line, order.name, iter([order.read_bytes()])).id, set())]
        known = _outputs(gateway)
        poller = gateway.pollers()[CONNECTION]
        for _ in ("what is confirmed", "how far it got"):
            for arrival in poller.poll():
                taken = receive(gateway.line, arrival.name, arrival.chunks(), CONNECTION)
                poller.done(arrival)
                steps.append(_step(gateway, arrival.name, taken.id, set(known)))
                known = _outputs(gateway)
    return steps


def _step(gateway: Gateway, came: str, transmission: str, known: set[str]) -> Step:
    """What came of a file, worked off and delivered; `known` went out before it."""
    work_off(gateway.line, gateway.senders())
    look_again(gateway.line)
    with gateway.store.read() as db:
        [message] = list_messages(db, MessageQuery(transmission=transmission))
        [order] = orders_by_number(db, ORDER)
        lines = [
            f"{line.product} {plain(unscale(line.confirmed_quantity_e6 or 0))} {line.confirmed_unit}"
            for line in lines_of(db, order.id)
        ]
    went = [_told(each) for name, each in _outputs(gateway).items() if name not in known]
    return Step(came, f"{message.type} {message.state}", ", ".join(went), order.state, ", ".join(lines))


def _outputs(gateway: Gateway) -> dict[str, Output]:
    """What went out about the order and its message, by id."""
    with gateway.store.read() as db:
        [order] = orders_by_number(db, ORDER)
        [message] = list_messages(db, MessageQuery(reference=ORDER, type="ORDERS"))
        return {each.id: each for each in outputs_of(db, message.id, message.interchange, order.id)}


def _told(output: Output) -> str:
    """What went out, where to and what was said to it."""
    receipt = f" as {output.receipt}" if output.connection == CONNECTION and output.receipt else ""
    return f"{output.type} {output.state} by {output.connection}{receipt}"
