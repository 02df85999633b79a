"""What one account pays for one article, explained: the same resolver and the same trace as in the line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce import pricing
from gateway.commerce.pricing import PriceCode, PriceContext
from gateway.commerce.units import unit_code
from gateway.errors import UsageError
from gateway.model.quantity import plain
from gateway.store import Connection
from gateway.store.trade import Trade


class PriceQuestion(NamedTuple):
    """Who asks for how much of what, on which day, in which currency (None: the account's)."""

    account: str
    product: str
    quantity: Decimal
    unit: str | None
    on: date
    currency: str | None


def explain(db: Connection, question: PriceQuestion) -> dict[str, object]:
    """The trace of the price; `net` is None and `code` says why where there is none."""
    trade = Trade(db)
    accounts = {each.account: each for each in trade.chain(question.account)}
    account = accounts.get(question.account)
    if account is None:
        raise UsageError(f"There is no account {question.account}. Import it: gateway import accounts FILE.")
    product = trade.products_by_sku([question.product]).get(question.product)
    data_seq = trade.data_seq()
    if product is None:
        return _without(question, PriceCode.PRODUCT_UNKNOWN, account.currency, data_seq)
    unit = unit_code(product, question.unit) if question.unit else product.base_unit
    if unit is None:
        return _without(question, PriceCode.NO_UOM_PATH, account.currency, data_seq)
    context = PriceContext(
        account=account.account,
        subjects=pricing.subjects(account, accounts),
        on=question.on,
        currency=question.currency or account.currency,
        policy=account.price_policy,
    )
    conditions = trade.conditions(context.subjects, pricing.objects(product))
    lists = trade.lists({condition.list for condition in conditions})
    answer = pricing.resolve(context, product, question.quantity, unit, conditions, lists)
    return {"net": None, **answer.trace(), "data_seq": data_seq}


def _without(question: PriceQuestion, code: PriceCode, currency: str, data_seq: int) -> dict[str, object]:
    return {
        "account": question.account,
        "product": question.product,
        "quantity": plain(question.quantity),
        "unit": question.unit,
        "on": question.on.isoformat(),
        "currency": question.currency or currency,
        "net": None,
        "code": code.value,
        "data_seq": data_seq,
    }
