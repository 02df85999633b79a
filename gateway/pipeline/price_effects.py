"""What a change of prices means for those whom it concerns: the price before and after, by the same desk as orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from gateway.commerce.pricing import objects
from gateway.model.account import Account
from gateway.model.price import PriceCondition
from gateway.model.product import Product
from gateway.model.quantity import plain
from gateway.pipeline.price import LineQuestion, Question, resolve
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.store import Connection
from gateway.store.segments import members_of
from gateway.store.trade import Trade, every

_STATED = ("amount", "currency", "per", "unit", "min_quantity", "scale_unit", "valid_from", "valid_to")
_MOST_LOOKED_AT = 20_000
"""Of so many articles and accounts at most, one is chosen as an example."""


class Change(NamedTuple):
    """A price condition before and after."""

    old: PriceCondition | None
    new: PriceCondition | None

    @property
    def stated(self) -> PriceCondition:
        """The condition as it will be, or as it was where it goes."""
        return self.new or self.old  # type: ignore[return-value]

    def kind(self) -> str:
        """What becomes of it."""
        if self.old is None:
            return "inserted"
        if self.new is None:
            return "deleted"
        ends = self.new.valid_to is not None and self.new.valid_to != self.old.valid_to
        return "ended" if ends and self.new.amount == self.old.amount else "updated"

    def day(self, today: date) -> date:
        """The first day on which it shows: today, unless the condition begins or ends later."""
        first = self.stated.valid_from
        last = self.new.valid_to if self.new and self.kind() == "ended" else None
        return max(today, first or today, last + timedelta(days=1) if last else today)


def price_effects(
    db: Connection, before: int, changes: Iterable[tuple[PriceCondition | None, PriceCondition | None]], today: date
) -> Iterator[dict[str, Any]]:
    """For each change, as JSON objects: the condition before and after, and what one whom it concerns pays for it.

    `before` is the number the data had before the changes, which stand on the connection. Who stands for a segment or
    everybody, and what for a family, is the first by its number; for the quantity from which the condition holds.
    """
    found = [Change(*each) for each in changes]
    examples = _Examples(db, [change.stated for change in found], today)
    then, now = Snapshot(db, TradeMemory(), before), Snapshot(db, TradeMemory())
    for change in found:
        condition = change.stated
        told = {name: getattr(condition, name) for name in ("list", "key", "subject", "object", "type")}
        told |= {"change": change.kind(), "old": _stated(change.old), "new": _stated(change.new)}
        account, product = examples.account(condition), examples.product(condition)
        yield told | (_priced(then, now, change, (account, product, today)) if account and product else {})


def _priced(then: Snapshot, now: Snapshot, change: Change, example: tuple[Account, Product, date]) -> dict[str, Any]:
    account, product, today = example
    condition = change.stated
    quantity, unit = Decimal(1), condition.unit or product.base_unit
    if condition.scale_basis in ("qty", "group_qty") and condition.min_quantity:
        quantity, unit = condition.min_quantity, condition.scale_unit or unit
    day = change.day(today)
    currency = condition.currency or account.currency
    question = Question(account.account, [LineQuestion(quantity, product.sku, unit=unit)], day, currency)
    [old], [new] = resolve(then, question), resolve(now, question)
    return {
        "account": account.account, "product": product.sku, "quantity": plain(quantity), "unit": unit,
        "on": day.isoformat(), "net_before": old["net"], "net_after": new["net"], "net_currency": currency,
    }  # fmt: skip


def _stated(condition: PriceCondition | None) -> dict[str, str | None] | None:
    if condition is None:
        return None
    told = {name: getattr(condition, name) for name in _STATED}
    if condition.ladder:
        told["amount"] = condition.ladder
    return {
        name: plain(value) if isinstance(value, Decimal) else None if value is None else str(value)
        for name, value in told.items()
    }


class _Examples:
    """Accounts and articles that stand for what conditions name; each is looked for once, in one pass."""

    def __init__(self, db: Connection, conditions: Sequence[PriceCondition], today: date) -> None:
        self._trade = Trade(db)
        self._db = db
        self._today = today
        self._accounts: dict[str, Account | None] = {}
        named = {each.object for each in conditions}
        skus = {name.partition(":")[2] for name in named if name.startswith("product:")}
        self._products = {f"product:{sku}": found for sku, found in self._trade.products_by_sku(skus).items()}
        self._find_products({name for name in named if not name.startswith("product:")})

    def account(self, condition: PriceCondition) -> Account | None:
        """One whom the condition concerns; None where there is none yet."""
        subject = condition.subject
        if subject not in self._accounts:
            self._accounts[subject] = self._account(*subject.partition(":")[::2])
        return self._accounts[subject]

    def product(self, condition: PriceCondition) -> Product | None:
        """One that the condition concerns; None where there is none yet."""
        return self._products.get(condition.object)

    def _account(self, kind: str, name: str) -> Account | None:
        if kind == "account":
            return self._trade.accounts([name]).get(name)
        if kind == "buying-group":
            below = sorted(self._trade.subtree(name).values(), key=lambda each: each.account)
            return next((each for each in below if each.parent == name), None)
        if kind == "segment":
            members = [member.account for member in members_of(self._db, name, self._today)[:1]]
            return next(iter(self._trade.accounts(members).values()), None)
        wanted = {"price-group": name}.get(kind)
        with closing(every(self._db, Account)) as accounts:
            first = islice(accounts, _MOST_LOOKED_AT)
            return next((each for each in first if wanted in (None, each.price_group)), None)

    def _find_products(self, missing: set[str]) -> None:
        with closing(every(self._db, Product)) as products:
            for product in islice(products, _MOST_LOOKED_AT if missing else 0):
                for name in missing.intersection(objects(product)):
                    self._products[name] = product
                    missing.remove(name)
                if not missing:
                    return
