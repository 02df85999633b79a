"""Prices asked for outside an order: by CLI, API and price list, of the same desk as in the line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce import matching
from gateway.commerce.basket import Basket
from gateway.commerce.fees import fees_on
from gateway.commerce.matching import Match
from gateway.commerce.pricing import PriceCode, Wanted
from gateway.commerce.tax import taxed
from gateway.errors import UsageError
from gateway.model.account import Account
from gateway.model.order import Line, Order
from gateway.model.quantity import plain
from gateway.pipeline.candidates import candidates_of
from gateway.pipeline.desk import Asked, PriceDesk, price_object
from gateway.pipeline.snapshot import Snapshot


class LineQuestion(NamedTuple):
    """How much of what: by our SKU, by GTIN or by the account's own number; the base unit where none is named."""

    quantity: Decimal
    product: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    unit: str | None = None


class Question(NamedTuple):
    """Who asks for what, on which day, in which currency (None: the account's), and what he cites."""

    account: str
    lines: Sequence[LineQuestion]
    on: date
    currency: str | None = None
    channel: str | None = None
    contract: str | None = None
    quote: str | None = None


def account_of(snapshot: Snapshot, number: str) -> Account:
    """The account of this number; raises UsageError for one that is not known."""
    account = next(iter(snapshot.chain(number)), None)
    if account is None:
        raise UsageError(f"There is no account {number}. Import it with the accounts.")
    return account


class Together(NamedTuple):
    """The trace of each line's price, in order, and what the lines come to with charges and taxes."""

    lines: list[dict[str, object]]
    basket: dict[str, object]


def resolve(snapshot: Snapshot, question: Question) -> list[dict[str, object]]:
    """The trace of each line's price, in order; `net` is None and `code` says why where there is none.

    Raises UsageError for an account that is not known.
    """
    return _priced(snapshot, question, account_of(snapshot, question.account))[0]


def resolve_together(snapshot: Snapshot, question: Question) -> Together:
    """The trace of each line's price, and of all lines as one order that is taxed in the account's country.

    Raises UsageError for an account that is not known.
    """
    account = account_of(snapshot, question.account)
    lines, basket, desk = _priced(snapshot, question, account)
    # Terms are in the account's currency, and add nothing in another one.
    fees = fees_on(basket, desk.terms.agreed) if basket.context.currency == account.currency else ()
    amounts = [fee.amount for fee in fees]
    told = basket.trace() | {
        "fees": [{"kind": fee.kind.value, "amount": format(fee.amount, "f"), "text": fee.text} for fee in fees],
        "total": format(sum(amounts, basket.total), "f"),
        "tax_basis": basket.context.rules.tax_basis.value,
    }
    return Together(lines, told | taxed(basket, _tax_rates(snapshot, account, basket), amounts).trace())


def _priced(
    snapshot: Snapshot, question: Question, account: Account
) -> tuple[list[dict[str, object]], Basket, PriceDesk]:
    currency = question.currency or account.currency
    desk = PriceDesk(
        snapshot,
        Asked(account, question.on, currency, question.channel, question.contract, question.quote),
    )
    matches = _matches(snapshot, account, question, desk)
    basket = desk.basket([_item(*each) for each in zip(question.lines, matches, strict=True)])
    lines = [
        _without(question, line, match, desk) if answer is None else price_object(answer, desk.data_seq)
        for line, match, answer in zip(question.lines, matches, basket.lines, strict=True)
    ]
    return lines, basket, desk


def _tax_rates(snapshot: Snapshot, account: Account, basket: Basket) -> dict[str | None, Decimal]:
    """The rates of the articles' tax classes in the account's country on the day; of others nothing is known."""
    classes = {line.request.product.tax_class for line in basket.lines if line}
    known = {name for name in classes if name is not None}
    if account.country is None:
        return {}
    return dict(snapshot.tax_rates(known, account.country, basket.context.on).items())


def _matches(snapshot: Snapshot, account: Account, question: Question, desk: PriceDesk) -> list[Match]:
    """The article and unit of each line, found as those of an order are."""
    lines = tuple(
        Line(
            position=position, supplier_sku=each.product, gtin=each.gtin, buyer_sku=each.buyer_sku,
            quantity=each.quantity, unit=each.unit,
        )
        for position, each in enumerate(question.lines, 1)
    )  # fmt: skip
    order = Order(number="", ordered_on=question.on, lines=lines)
    candidates = candidates_of(snapshot, order, account, desk)
    return [matching.match(line, candidates) for line in lines]


def _item(line: LineQuestion, match: Match) -> Wanted | None:
    if match.product is None or match.unit is None:
        return None
    return Wanted(match.product, match.quantity(line.quantity), match.unit)


def _without(question: Question, line: LineQuestion, match: Match, desk: PriceDesk) -> dict[str, object]:
    """The answer to a line whose article or unit is not known, with what was found wrong about it."""
    code = PriceCode.NO_UOM_PATH if match.product else PriceCode.PRODUCT_UNKNOWN
    if any(issue.code == matching.NOT_IN_ASSORTMENT for issue in match.issues):
        code = PriceCode.NOT_IN_ASSORTMENT
    return {
        "net": None,
        "account": question.account,
        "product": match.product.sku if match.product else line.product or line.gtin or line.buyer_sku,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "on": question.on.isoformat(),
        "currency": desk.context.currency,
        "code": code.value,
        "because": [issue.text for issue in match.issues],
        "data_seq": desk.data_seq,
    }
