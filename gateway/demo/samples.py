"""The demo: every sample message through the line in a fresh workspace, and one held order released."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gateway.bundle import bundled
from gateway.demo.erp import Step, live_with_erp
from gateway.demo.punchout import CONNECTION as BUYER
from gateway.demo.punchout import add_buyers, buy, shop_of_buyer
from gateway.errors import UsageError
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.pipeline.receive import receive
from gateway.pipeline.replay import replay
from gateway.punchout.by_hand import Link
from gateway.queue.dispatch import look_again, work_off
from gateway.queue.lock import dispatching
from gateway.store.events import events_of
from gateway.store.messages import MessageQuery, list_messages, message
from gateway.store.orders import order as order_of_id
from gateway.store.outbox import outputs_of
from gateway.store.records import State, issues_from_json
from gateway.wiring import Gateway, open_gateway

MARK = ".demo-workspace"
KINDS = ("accounts", "segments", "parties", "products", "part-numbers", "price-lists", "prices", "stock")
OF_KIEL = ("accounts", "assortments", "prices", "terms")
"""A branch that may buy some articles only, is of a segment with a price of its own, and bears the freight."""
ORDERED_ON = date(2026, 11, 24)
"""The day that the samples state as theirs."""
LISTED_LATER = ("products", "part-numbers", "prices")
HELD_ORDER = "4500017803"


class Shown(NamedTuple):
    """A row of the table: what came in, what became of it and why, and what went out."""

    file: str
    message: str
    account: str
    state: str
    decision: str
    why: str
    out: str


class Told(NamedTuple):
    """What the demo did: a row for each message, the rows of the held order before and after, and where answers lie.

    `life` has the steps of an order that an ERP confirms; none where spyne, which plays it, is not installed. `shop`
    opens a session of a buyer who punches out.
    """

    rows: list[Shown]
    held: Shown
    released: Shown
    outbox: Path
    life: list[Step]
    shop: Link


def run_demo(root: Path, progress: Callable[[str], None]) -> Told:
    """What became of every sample; `progress` is told each file. Raises UsageError where `root` is no demo of ours."""
    source = bundled("sample_messages")
    _start_afresh(root, source / "workspace")
    add_buyers(root)
    with open_gateway(root) as gateway, dispatching(gateway.dispatcher_lock()) as ours:
        if not ours:
            raise UsageError(f"A gateway serves {root}. Stop it first.")
        today = gateway.line.today()
        for kind in KINDS:
            import_rows(gateway.store, kind, root / "data" / f"{kind}.csv", ImportOptions(today))
        for kind in OF_KIEL:
            # An account is of a segment from the day on which it is looked at, here that of its order.
            import_rows(gateway.store, kind, root / "data" / f"kiel.{kind}.csv", ImportOptions(min(today, ORDERED_ON)))
        received = []
        for file in sorted(source.glob("*.edi")):
            progress(file.name)
            received += _ingest(gateway, file)
        rows = [_shown(gateway, identity) for identity in received]
        rows.append(_shown(gateway, buy(gateway))._replace(file=f"a cart of {BUYER}"))
        held = next(row for row in rows if row.message.endswith(HELD_ORDER))
        released = _release(gateway, received[rows.index(held)])
    life = live_with_erp(root, progress)
    return Told(rows, held, released, root / "outbox", life, shop_of_buyer(root))


def _start_afresh(root: Path, workspace: Path) -> None:
    """A copy of the demo's workspace; what a demo of before left is thrown away, anything else is not."""
    if root.exists() and not (root / MARK).exists():
        raise UsageError(f"{root} is no demo workspace. Name another folder, or move it away.")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(workspace, root)
    (root / MARK).touch()


def _ingest(gateway: Gateway, file: Path) -> list[str]:
    """The ids of the file's messages, worked off and delivered."""
    transmission = receive(gateway.line, file.name, iter([file.read_bytes()]))
    work_off(gateway.line, gateway.senders())
    look_again(gateway.line)
    with gateway.store.read() as db:
        return [each.id for each in list_messages(db, MessageQuery(transmission=transmission.id))]


def _release(gateway: Gateway, identity: str) -> Shown:
    """The held order after its article was imported and it was replayed from enrich."""
    data, today = gateway.workspace / "data", gateway.line.today()
    for kind in LISTED_LATER:
        import_rows(gateway.store, kind, data / f"listed-later.{kind}.csv", ImportOptions(today))
    with gateway.store.read() as db:
        held = message(db, identity)
    if held is None:
        raise UsageError("The held order is gone. Run the demo again.")
    replay(gateway.line, held, "enrich")
    work_off(gateway.line, gateway.senders())
    return _shown(gateway, identity)


def _shown(gateway: Gateway, identity: str) -> Shown:
    with gateway.store.read() as db:
        stored = message(db, identity)
        if stored is None:
            raise UsageError(f"Message {identity} is gone. Run the demo again.")
        order = order_of_id(db, stored.order_id) if stored.order_id else None
        outputs = outputs_of(db, stored.id, stored.interchange)
        waited = [event["text"] for event in events_of(db, stored.id) if event["type"] == State.HELD and event["text"]]
    reasons = [issue.code for issue in issues_from_json(stored.issues)]
    if stored.state != State.HELD:
        reasons += [f"(was held: {text})" for text in waited]
    numbered = f", {order.our_number} v{order.version}" if order else ""
    return Shown(
        file=stored.file,
        message=f"{stored.type or 'no message'} {stored.reference or ''}".strip(),
        account=stored.account or "",
        state=stored.state,
        decision=f"{stored.decision}{numbered}" if stored.decision else "",
        why=", ".join(dict.fromkeys(reasons)),
        out=_counted(output.type for output in outputs),
    )


def _counted(types: Iterable[str]) -> str:
    counts = Counter(types)
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in counts.items())
