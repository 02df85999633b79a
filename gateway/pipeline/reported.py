"""Reported: the order that a system of ours reports about, found by our number, its buyer's or the system's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from gateway.issues import Issue, finding
from gateway.model.confirmation import OrderConfirmation
from gateway.model.status import OrderStatus
from gateway.model.value import to_json
from gateway.pipeline.work import Line, Work
from gateway.store import Connection
from gateway.store.claims import Claim, ClaimKind, claim
from gateway.store.lanes import add_items, lane_in
from gateway.store.messages import update_message
from gateway.store.order_states import order_of_our_number, parked_reports
from gateway.store.orders import StoredOrder, orders_by_number
from gateway.store.orders import order as order_of_id
from gateway.store.records import State
from gateway.store.system_rows import learn_keys, our_keys

Report = OrderConfirmation | OrderStatus
ORDER_KEYS = "order"
"""What the keys that outside systems have for orders are known as."""


class Reporter(NamedTuple):
    """Who reports: the channel, and the system that is behind it."""

    channel: str
    system: str


class Meant(NamedTuple):
    """Who reports and the order it is about; `order` None where the work has ended without one."""

    work: Work
    reporter: Reporter
    order: StoredOrder | None = None


def order_meant(line: Line, db: Connection, work: Work, report: Report) -> Meant:
    """The order a report is about, or the work at its end: held where none or not the same one is named by its keys.

    A report whose order can still come waits for it. The same report again is a duplicate.
    """
    name = work.message.channel
    channel = line.configuration.channels.get(name or "")
    if name is None or channel is None:
        text = f"{work.message.type} is taken from channels of ours alone"
        held = work.ended(State.HELD, Issue(code="agreement.missing", text=text))
        return Meant(held, Reporter(work.partner.name, work.partner.name))
    reporter = Reporter(name, channel.system)
    found = _found(db, reporter, report)
    identities = {each.id for each in found.values()}
    if len(identities) > 1:
        text = "; ".join(f"{key} is order {order.our_number}" for key, order in found.items())
        return Meant(work.ended(State.HELD, Issue(code="report.order.contradicts", text=text)), reporter)
    if not found:
        return Meant(_without_order(work, reporter, report), reporter)
    order = next(iter(found.values()))
    ended = _claimed(line, db, work, report, order)
    if ended is not None:
        return Meant(ended, reporter)
    if report.erp_order is not None:
        learn_order_keys(line, db, reporter.system, {report.erp_order: order.our_number})
    return Meant(replace(work, order_id=order.id), reporter, order)


def order_named(line: Line, db: Connection, work: Work, report: Report) -> StoredOrder | None:
    """The order a report is about, None where it is not plain; nothing is written."""
    channel = line.configuration.channels.get(work.message.channel or "")
    found = _found(db, Reporter(channel.name, channel.system), report) if channel is not None else {}
    orders = {each.id: each for each in found.values()}
    return next(iter(orders.values())) if len(orders) == 1 else None


def _found(db: Connection, reporter: Reporter, report: Report) -> dict[str, StoredOrder]:
    """The orders its keys name, by the key in words."""
    found: dict[str, StoredOrder | None] = {}
    if report.order is not None:
        found[f"our number {report.order}"] = _of_our_number(db, report.order)
    if report.order_number is not None and report.account is not None:
        numbered = orders_by_number(db, report.order_number, report.account, test=False)
        standing = [each for each in numbered if each.stands]
        found[f"{report.order_number} of {report.account}"] = next(reversed(standing or numbered), None)
    if report.erp_order is not None:
        ours = our_keys(db, reporter.system, ORDER_KEYS, [report.erp_order]).get(report.erp_order)
        if ours is not None:
            found[f"{report.erp_order} of {reporter.system}"] = _of_our_number(db, ours)
    return {key: order for key, order in found.items() if order is not None}


def _of_our_number(db: Connection, number: str) -> StoredOrder | None:
    identity = order_of_our_number(db, number)
    return order_of_id(db, identity) if identity is not None else None


def _without_order(work: Work, reporter: Reporter, report: Report) -> Work:
    """The work held: until its order comes where that can be, else for a person."""
    stated = [each for each in (report.order, report.order_number, report.erp_order) if each is not None]
    text = f"no order is known by {', '.join(stated) or 'what it names: it names none'}"
    waits = None
    if report.order_number is not None and report.account is not None:
        waits = _by_buyers(report.account, report.order_number)
    elif report.erp_order is not None and report.order is None:
        waits = _by_theirs(reporter.system, report.erp_order)
    return replace(work, waits_for=waits).ended(State.HELD, Issue(code="report.order.unknown", text=text))


def _claimed(line: Line, db: Connection, work: Work, report: Report, order: StoredOrder) -> Work | None:
    """The work at its end where the same report was taken before, None where this one is to be taken."""
    digest = hashlib.sha256(to_json(report)).hexdigest()
    kind = "confirmation" if isinstance(report, OrderConfirmation) else "status"
    which = digest if report.version is None else str(report.version)
    key = f"{order.id}|{kind}|{report.number or ''}|{which}"
    wanted = Claim(ClaimKind.BUSINESS, f"channel:{work.message.channel}", key, work.message.id, digest, line.now())
    standing = claim(db, wanted)
    if standing.holder == work.message.id:
        return None
    known = replace(work, order_id=order.id)
    if standing.digest == digest:
        text = f"{report.number or kind} about order {order.our_number} was received before"
        return known.ended(State.DUPLICATE, finding("report.duplicate", text))
    text = f"{report.number or kind} version {report.version} was received before with other content"
    return known.ended(State.HELD, Issue(code="report.differs", text=text, field="version"))


def ready_for_order(line: Line, db: Connection, order: StoredOrder) -> None:
    """What was reported of an order before it came is taken now."""
    if not order.test:
        ready_reports(line, db, [_by_buyers(order.account, order.number)])


def ready_reports(line: Line, db: Connection, keys: list[str]) -> None:
    """The reports that wait for one of these keys are in their lanes again."""
    for parked in parked_reports(db, keys):
        update_message(db, parked.id, state=State.READY, waits_for=None, changed_at=line.now())
        add_items(db, lane_in(parked.connection, parked.partner), [parked.id], "enrich")


def learn_order_keys(line: Line, db: Connection, system: str, keys: Mapping[str, str]) -> None:
    """The system's keys (the names) are orders of ours (the values) from now on; reports that wait for one go on."""
    learn_keys(db, system, ORDER_KEYS, keys)
    ready_reports(line, db, [_by_theirs(system, external) for external in keys])


def _by_buyers(account: str, number: str) -> str:
    return f"order {number} of {account}"


def _by_theirs(system: str, number: str) -> str:
    return f"order {number} of system {system}"
