"""What concerns an order as a whole: its account, terms, totals and the day it asks for."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from gateway.commerce.deviations import Deviations
from gateway.commerce.facts import Facts, LineDecision
from gateway.commerce.policy import Action
from gateway.model.account import Account
from gateway.model.money import minor_units, round_money
from gateway.model.order import Charge, Line, Order
from gateway.model.quantity import plain
from gateway.model.response import Decision

_NUMBER = re.compile(r"\d+")


def date_is_past(order: Order, facts: Facts, header: Deviations) -> bool:
    """Whether the day the header asks for is over and another one is to be promised."""
    wanted = order.deliver_not_after or order.deliver_on
    if wanted is None or wanted >= facts.today:
        return False
    return header.note("date.past", f"delivery asked for {wanted}", "deliver_on") is not Action.ACCEPT


def check_order(order: Order, facts: Facts, lines: tuple[LineDecision, ...], header: Deviations) -> None:
    """Every deviation of the whole order on record."""
    _check_stated(order, lines, header)
    _check_splits(order, header)
    if facts.account:
        _check_account(order, facts.account, header)
        _check_amount(facts, facts.account, lines, header)
        _check_terms(order, facts.account, header)


def _check_account(order: Order, account: Account, header: Deviations) -> None:
    """Whether the account may order, and in this currency."""
    if account.status != "active":
        header.note("account.blocked", f"account {account.account} is {account.status}", "buyer")
    if order.currency and order.currency != account.currency:
        text = f"ordered in {order.currency}, agreed in {account.currency}"
        header.note("order.currency.differs", text, "currency")


def _check_amount(facts: Facts, account: Account, lines: tuple[LineDecision, ...], header: Deviations) -> None:
    """Whether what is confirmed is enough, and within the credit."""
    total = sum((line.net for line in lines if line.net is not None), Decimal(0))
    refused = all(line.decision is Decision.REJECTED for line in lines)
    if account.min_order_value is not None and total < account.min_order_value and not refused:
        text = f"{plain(total)} ordered, at least {plain(account.min_order_value)} agreed"
        header.note("order.below-minimum", text)
    used = facts.credit_used + (account.credit_used or 0) + total
    if account.credit_block:
        header.note("account.over-credit", f"the credit of account {account.account} is blocked")
    elif account.credit_limit is not None and used > account.credit_limit:
        text = f"{plain(used)} with what is open, {plain(account.credit_limit)} agreed"
        header.note("account.over-credit", text)


def _check_terms(order: Order, account: Account, header: Deviations) -> None:
    """Whether Incoterm, payment and allowances stated are those agreed."""
    terms = order.terms
    if terms:
        days = _NUMBER.search(account.payment_terms or "")
        pairs = (
            ("incoterm", terms.incoterm, account.incoterm),
            ("incoterm_place", terms.incoterm_place, account.incoterm_place),
            ("payment_terms", terms.payment_terms, account.payment_terms),
            ("payment_days", _text(terms.payment_days), days.group() if days else None),
        )
        for field, stated, agreed in pairs:
            if stated and agreed and stated.casefold() != agreed.casefold():
                header.note("order.terms.differ", f"{stated} stated, {agreed} agreed", f"terms.{field}")
    for field, charge in _charges(order):
        header.note(
            "order.terms.differ", f"{charge.kind or 'charge'} {charge.text or charge.code or ''} not agreed", field
        )


def _charges(order: Order) -> list[tuple[str, Charge]]:
    """The allowances and charges that change what is to be paid; those of a priced line are in its price."""
    found = [(f"charges[{at}]", charge) for at, charge in enumerate(order.charges)]
    for index, line in enumerate(order.lines):
        if line.price is None or line.price.amount is None:
            found += [(f"lines[{index}].charges[{at}]", charge) for at, charge in enumerate(line.charges)]
    return [(field, charge) for field, charge in found if charge.amount or charge.percent]


def _check_stated(order: Order, lines: tuple[LineDecision, ...], header: Deviations) -> None:
    """Whether the sender counted what was received."""
    stated = order.stated
    if stated is None:
        return
    if stated.line_count is not None and stated.line_count != len(order.lines):
        text = f"{stated.line_count} lines stated, {len(order.lines)} received"
        header.note("order.line-count.differs", text, "stated.line_count")
    counted = sum((line.quantity or Decimal(0) for line in order.lines), Decimal(0))
    if stated.quantity is not None and stated.quantity != counted:
        text = f"quantity {plain(stated.quantity)} stated, {plain(counted)} received"
        header.note("order.total.differs", text, "stated.quantity")
    if stated.total is not None and not order.charges and not any(line.charges for line in order.lines):
        _check_total(order, stated.total, lines, header)


def _check_splits(order: Order, header: Deviations) -> None:
    """Whether what a line wants at its places comes to what it orders."""
    for index, line in enumerate(order.lines):
        parts = [part.quantity for part in line.splits if part.quantity and part.unit in (None, line.unit)]
        if line.quantity is None or len(parts) != len(line.splits) or not parts or sum(parts) == line.quantity:
            continue
        text = f"{plain(sum(parts, Decimal(0)))} for its places, {plain(line.quantity)} ordered"
        header.note("order.total.differs", text, f"lines[{index}].splits")


def _check_total(order: Order, stated: Decimal, lines: tuple[LineDecision, ...], header: Deviations) -> None:
    """Whether the total is that of the buyer's own prices, half a minor unit a line aside."""
    amounts = [_stated_amount(line, decided, order) for line, decided in zip(order.lines, lines, strict=True)]
    if any(amount is None for amount in amounts):
        return
    counted = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if abs(stated - counted) > Decimal(len(amounts)).scaleb(-minor_units(order.currency or "")) / 2:
        header.note("order.total.differs", f"{plain(stated)} stated, {plain(counted)} counted", "stated.total")


def _stated_amount(line: Line, decided: LineDecision, order: Order) -> Decimal | None:
    """The amount of a line as its buyer sees it, None where it can not be told."""
    if line.amount is not None:
        return line.amount
    if line.price is None or line.price.amount is None:
        return decided.net
    if line.quantity is None or (line.price.unit and line.price.unit != line.unit):
        return None
    exact = Fraction(line.price.amount) / Fraction(line.price.per or 1) * Fraction(line.quantity)
    return round_money(exact, order.currency or "")


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
