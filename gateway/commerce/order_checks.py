"""What concerns an order as a whole: its account, terms, totals and the day it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from gateway.commerce.deviations import Deviations
from gateway.commerce.facts import Facts, LineDecision
from gateway.commerce.fees import Fee, FeeKind, goods_of, is_small
from gateway.commerce.policy import Action
from gateway.commerce.stated_terms import differences
from gateway.model.account import Account
from gateway.model.money import minor_units, round_money
from gateway.model.order import Line, Order, Schedule, Split, StatedAmount
from gateway.model.quantity import is_taken, plain
from gateway.model.response import Decision


def date_is_past(order: Order, facts: Facts, header: Deviations) -> bool:
    """Whether the day the header asks for is over and another one is to be promised."""
    wanted = order.deliver_not_after or order.deliver_on
    if wanted is None or wanted >= facts.today:
        return False
    return header.note("date.past", f"delivery asked for {wanted}", "deliver_on") is not Action.ACCEPT


def check_order(
    order: Order, facts: Facts, lines: tuple[LineDecision, ...], fees: tuple[Fee, ...], header: Deviations
) -> None:
    """Every deviation of the whole order on record."""
    _check_stated(order, lines, header)
    _check_size(lines, fees, header)
    _check_parts(order, header)
    _check_currencies(order, header)
    _check_days(order, header)
    if facts.account:
        _check_account(order, facts.account, header)
        if not order.currency or order.currency == facts.account.currency:
            _check_value(facts, lines, fees, header)
        _check_credit(facts, facts.account, lines, fees, header)
        for each in differences(order, facts, fees):
            header.note("order.terms.differ", each.text, each.field)


def _check_size(lines: tuple[LineDecision, ...], fees: tuple[Fee, ...], header: Deviations) -> None:
    """Whether what is confirmed comes to numbers that are taken anywhere else."""
    total = sum((fee.amount for fee in fees), goods_of(lines))
    if not is_taken(total):
        header.note("number.too-large", f"the order comes to {plain(total)}")
    for line in lines:
        counted = line.answer.request.base_quantity if line.answer else None
        if not is_taken(line.quantity or Decimal(0)) or not is_taken(counted or Fraction(0)):
            header.note("number.too-large", f"the quantity of article {line.product} has more than 12 digits")


def _check_account(order: Order, account: Account, header: Deviations) -> None:
    """Whether the account may order, and in this currency."""
    if account.status != "active":
        header.note("account.blocked", f"account {account.account} is {account.status}", "buyer")
    if order.currency and order.currency != account.currency:
        text = f"ordered in {order.currency}, agreed in {account.currency}"
        header.note("order.currency.differs", text, "currency")


def _check_currencies(order: Order, header: Deviations) -> None:
    """Whether prices that name their currency are all in that of the order: a total of several says nothing."""
    for index, line in enumerate(order.lines):
        stated = line.price.currency if line.price else None
        if stated and order.currency and stated != order.currency:
            text = f"line {line.position} is priced in {stated}, the order is in {order.currency}"
            header.note("order.currency.mixed", text, f"lines[{index}].price.currency")


def _check_value(facts: Facts, lines: tuple[LineDecision, ...], fees: tuple[Fee, ...], header: Deviations) -> None:
    """Whether what is confirmed is enough, and not too much."""
    terms, goods = facts.terms, goods_of(lines)
    refused = all(line.decision is Decision.REJECTED for line in lines)
    if is_small(facts, lines) and not refused:
        text = f"{plain(goods)} ordered, at least {plain(terms.min_order_value or goods)} agreed"
        if terms.min_order_value_kind != "soft":
            header.note("order.below-minimum", text)
        elif any(fee.kind is FeeKind.MINIMUM_VALUE for fee in fees):
            header.counter("order.below-minimum", text)
        else:
            header.tell("order.below-minimum", text)
    if terms.max_order_value is not None and goods > terms.max_order_value:
        text = f"{plain(goods)} ordered, at most {plain(terms.max_order_value)} agreed"
        header.note("order.above-maximum", text)


def _check_credit(
    facts: Facts, account: Account, lines: tuple[LineDecision, ...], fees: tuple[Fee, ...], header: Deviations
) -> None:
    """Whether the order is within the credit of the account."""
    total = sum((fee.amount for fee in fees), goods_of(lines))
    used = facts.credit_used + (account.credit_used or 0) + total
    if account.credit_block:
        header.note("account.over-credit", f"the credit of account {account.account} is blocked")
    elif account.credit_limit is not None and used > account.credit_limit:
        text = f"{plain(used)} with what is open, {plain(account.credit_limit)} agreed"
        header.note("account.over-credit", text)


def _check_days(order: Order, header: Deviations) -> None:
    """Whether there is a day on which the goods may come."""
    spans = [("deliver_not_after", order.deliver_not_before, order.deliver_not_after)]
    for index, line in enumerate(order.lines):
        path = f"lines[{index}]"
        spans.append((f"{path}.deliver_not_after", line.deliver_not_before, line.deliver_not_after))
        parts = enumerate(line.schedule)
        spans += [(f"{path}.schedule[{at}].not_after", part.not_before, part.not_after) for at, part in parts]
    for field, first, last in spans:
        if first and last and last < first:
            header.note("date.invalid", f"delivery from {first} to {last}", field)


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


def _check_parts(order: Order, header: Deviations) -> None:
    """Whether what a line wants at its places, and on its days, comes to what it orders."""
    for index, line in enumerate(order.lines):
        wanted = line.quantity
        places, days = _sum_of(line.splits, line), _sums_of_days(line)
        if wanted is not None and places is not None and places != wanted:
            text = f"{plain(places)} for its places, {plain(wanted)} ordered"
            header.note("order.total.differs", text, f"lines[{index}].splits")
        if wanted is not None and days and wanted not in days:
            text = f"{plain(days[0])} scheduled, {plain(wanted)} ordered"
            header.note("order.total.differs", text, f"lines[{index}].schedule")


def _sums_of_days(line: Line) -> list[Decimal]:
    """What a schedule may be meant to come to, with its forecasts and without; nothing where it repeats itself."""
    if any(part.frequency or part.pattern for part in line.schedule):
        return []
    firm = [part for part in line.schedule if part.commitment != "forecast"]
    sums = [_sum_of(firm, line), _sum_of(line.schedule, line)]
    return [each for each in sums if each is not None] if None not in sums else []


def _sum_of(parts: Sequence[Split | Schedule], line: Line) -> Decimal | None:
    """What parts of a line come to; None where there are none, or one states no quantity in the unit of the line."""
    stated = [part.quantity for part in parts if part.quantity and part.unit in (None, line.unit)]
    return sum(stated, Decimal(0)) if stated and len(stated) == len(parts) else None


def _check_total(order: Order, stated: Decimal, lines: tuple[LineDecision, ...], header: Deviations) -> None:
    """Whether the total is that of the buyer's own prices, half a minor unit a line aside, or its limit."""
    amounts = [_stated_amount(line, decided, order) for line, decided in zip(order.lines, lines, strict=True)]
    if any(amount is None for amount in amounts):
        return
    counted = sum((amount for amount in amounts if amount is not None), Decimal(0))
    # cXML leaves taxes out of Total, and some buyers do not.
    totals = [counted, counted + _sum_of_kind(order.amounts, "tax")]
    limits = [_sum_of_kind(line.amounts, "max") for line in order.lines]
    if order.kind == "blanket" and all(limits):
        totals.append(sum(limits, Decimal(0)))
    if (
        min(abs(stated - total) for total in totals)
        > Decimal(len(amounts)).scaleb(-minor_units(order.currency or "")) / 2
    ):
        header.note("order.total.differs", f"{plain(stated)} stated, {plain(counted)} counted", "stated.total")


def _sum_of_kind(amounts: Sequence[StatedAmount], kind: str) -> Decimal:
    return sum((each.amount or Decimal(0) for each in amounts if each.kind == kind), Decimal(0))


def _stated_amount(line: Line, decided: LineDecision, order: Order) -> Decimal | None:
    """The amount of a line as its buyer sees it, None where it can not be told."""
    if line.amount is not None:
        return line.amount
    if line.price is None or line.price.amount is None:
        return decided.net
    if line.quantity is None or (line.price.unit and line.price.unit != line.unit):
        return None
    exact = Fraction(line.price.amount) / Fraction(line.price.per or 1) * Fraction(line.quantity)
    return round_money(exact, order.currency or "", decided.rounding)
