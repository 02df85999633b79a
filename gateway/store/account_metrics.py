"""What the stored orders and usage of accounts come to, and the metrics made of it or told by a CRM."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, case, delete, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.segment import AccountMetric, OrdersOf, UsageOf
from gateway.store.line_tables import EventRow, OrderLineRow, OrderRow
from gateway.store.lookup import among
from gateway.store.segment_due import mark_due
from gateway.store.segment_tables import AccountMetricRow, UsageEventRow
from gateway.store.tables import table

Values: TypeAlias = dict[str, Decimal | date]

_order = table(OrderRow)
_line = table(OrderLineRow)
_event = table(EventRow)
_usage = table(UsageEventRow)
_metric = table(AccountMetricRow)

_MILLION = 1_000_000
_DAY = timedelta(days=1)
_accounts = among(_order.c.account, "accounts")
_by_a_person = exists().where(
    or_(
        (_event.c.subject == _order.c.id) & (_event.c.type == "decided by a person"),
        (_event.c.subject == _order.c.message) & (_event.c.type == "replay"),
    )
)
_confirmed_lines = (
    select(func.count())
    .where(_line.c.order_id == _order.c.id, _line.c.decision != "rejected")
    .correlate(_order)
    .scalar_subquery()
)
_counted = (
    select(
        _order.c.account,
        _order.c.channel,
        _order.c.currency,
        _order.c.ordered_on,
        case((_order.c.ordered_on > bindparam("after"), 1), else_=0).label("recent"),
        func.coalesce(_order.c.total_e6, 0).label("total"),
        case((_by_a_person, 0), else_=1).label("unattended"),
        _confirmed_lines.label("lines"),
    )
    .where(
        _accounts,
        _order.c.test.is_(False),
        _order.c.decision.in_(("accepted", "changed")),
        _order.c.state != "cancelled",
        # Its call-offs are orders of their own.
        _order.c.kind != "blanket",
        _order.c.ordered_on <= bindparam("on"),
    )
    .subquery()
)
# Units and millionths are summed apart: a sum of scaled totals may not fit an integer of 64 bits.
_ORDERS = select(
    _counted.c.account,
    _counted.c.channel,
    _counted.c.currency,
    func.count(),
    func.sum(_counted.c.recent),
    func.sum(_counted.c.recent * (_counted.c.total // _MILLION)),
    func.sum(_counted.c.recent * (_counted.c.total % _MILLION)),
    func.sum(_counted.c.unattended),
    func.sum(_counted.c.lines),
    func.max(_counted.c.ordered_on),
).group_by(_counted.c.account, _counted.c.channel, _counted.c.currency)
_USAGE = (
    select(_usage.c.account, _usage.c.kind, func.count(), func.max(_usage.c.at))
    .where(among(_usage.c.account, "accounts"), _usage.c.at >= bindparam("after"), _usage.c.at < bindparam("before"))
    .group_by(_usage.c.account, _usage.c.kind)
)
_METRICS = select(_metric).where(among(_metric.c.account, "accounts")).order_by(*_metric.primary_key)
_EVERY = select(_metric).order_by(*_metric.primary_key)
_GONE = delete(_metric).where(_metric.c.account == bindparam("of_account"), _metric.c.metric == bindparam("named"))


def _upsert(dialect: Any) -> Any:
    written = dialect.insert(_metric)
    values = {name: written.excluded[name] for name in ("number", "day", "as_of")}
    return written.on_conflict_do_update(index_elements=["account", "metric"], set_=values)


_PUT = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}


def orders_of(db: Connection, accounts: Collection[str], on: date, after: date) -> dict[str, list[OrdersOf]]:
    """What the orders of each account up to a day come to; recent ones are ordered after the day `after`.

    Tests, blanket orders and what is held, rejected or cancelled do not count. A person was needed where one decided
    about the order or replayed its message.
    """
    found: dict[str, list[OrdersOf]] = {}
    named = {"accounts": accounts, "on": on.isoformat(), "after": after.isoformat()}
    for account, channel, currency, orders, recent, units, rest, unattended, lines, last in db.execute(_ORDERS, named):
        total = Decimal(int(units)) + Decimal(int(rest)).scaleb(-6)
        counts = int(recent), total, int(unattended), int(lines)
        found.setdefault(account, []).append(
            OrdersOf(channel, currency, int(orders), *counts, date.fromisoformat(last))
        )
    return found


def usage_of(db: Connection, accounts: Collection[str], on: date, after: date) -> dict[str, list[UsageOf]]:
    """How often each account did what of each kind, from the day after `after` up to and with `on` (UTC)."""
    found: dict[str, list[UsageOf]] = {}
    # The text of a day sorts before every instant of it.
    named = {"accounts": accounts, "after": (after + _DAY).isoformat(), "before": (on + _DAY).isoformat()}
    for account, kind, times, last in db.execute(_USAGE, named):
        found.setdefault(account, []).append(UsageOf(kind, times, date.fromisoformat(last[:10])))
    return found


def metrics(db: Connection, accounts: Collection[str]) -> dict[str, Values]:
    """The metrics of these accounts as they were stored last."""
    found: dict[str, Values] = {}
    for row in db.execute(_METRICS, {"accounts": accounts}):
        found.setdefault(row.account, {})[row.metric] = row.day if row.number is None else row.number
    return found


def every_metric(db: Connection) -> Iterator[AccountMetric]:
    """Every stored metric, by account."""
    for row in db.execute(_EVERY.execution_options(yield_per=1_000)).mappings():
        yield AccountMetric(**row)


def tell_metrics(db: Connection, told: Mapping[str, Values], on: date) -> None:
    """Store what was told of accounts on the day; where it is new, the account is looked at again. Others stay."""
    before = metrics(db, told)
    now = {account: before.get(account, {}) | values for account, values in told.items()}
    changed = {account: values for account, values in now.items() if values != before.get(account)}
    put_metrics(db, before, changed, on)
    mark_due(db, changed)


def put_metrics(db: Connection, before: Mapping[str, Values], now: Mapping[str, Values], on: date) -> None:
    """Store the metrics of accounts: those that are others than before, as of the day."""
    rows, gone = [], []
    for account, values in now.items():
        standing = before.get(account, {})
        for name, value in values.items():
            if standing.get(name) != value:
                number, day = (None, value) if isinstance(value, date) else (value, None)
                rows.append({"account": account, "metric": name, "number": number, "day": day, "as_of": on})
        gone += [{"of_account": account, "named": name} for name in standing.keys() - values.keys()]
    if rows:
        db.execute(_PUT[db.dialect.name], rows)
    if gone:
        db.execute(_GONE, gone)
