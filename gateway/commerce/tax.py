"""Tax on lines that were priced together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.basket import Basket
from gateway.commerce.charges import spread
from gateway.commerce.conditions import TaxBasis
from gateway.model.money import round_money, round_payable
from gateway.model.quantity import plain


class TaxSum(NamedTuple):
    """What is taxed at one rate in percent, and the tax on it; None where the rate of a tax class is not known."""

    tax_class: str | None
    rate: Decimal | None
    taxable: Decimal
    amount: Decimal | None


class Taxed(NamedTuple):
    """The taxes by class, and what is to be paid in all.

    None where a rate is not known, a line has no price, or discounts come to more than the goods.

    What is to be paid in francs ends in 0 or 5 Rappen: the only place where that rounding happens.
    """

    sums: tuple[TaxSum, ...]
    payable: Decimal | None

    def trace(self) -> dict[str, object]:
        """The taxes and what is to be paid, as one JSON object; all numbers are strings."""
        taxes = [
            {"tax_class": each.tax_class, "rate": None if each.rate is None else plain(each.rate),
             "base": format(each.taxable, "f"), "amount": None if each.amount is None else format(each.amount, "f")}
            for each in self.sums
        ]  # fmt: skip
        return {"taxes": taxes, "payable": None if self.payable is None else format(self.payable, "f")}


def taxed(basket: Basket, rates: Mapping[str | None, Decimal], fees: Sequence[Decimal] = ()) -> Taxed:
    """The tax on the lines with their shares of the charges, at the rates in percent of their articles' tax classes.

    Fees beside the charges are spread over the lines as those are. Tax is rounded once on the sum of a class, or on
    each line where the rules say so.
    """
    priced = [(line, line.net) for line in basket.lines if line and line.net is not None]
    goods = [net for _, net in priced]
    shared = [spread(fee, goods, basket.context.currency) for fee in fees]
    lines: dict[str | None, list[Decimal]] = {}
    for (line, net), *of_fees in zip(priced, *shared, strict=True):
        whole = sum((share.amount for share in line.shares), sum(of_fees, net))
        lines.setdefault(line.request.product.tax_class, []).append(whole)
    sums = []
    for name in sorted(lines, key=lambda each: each or ""):
        rate = rates.get(name)
        taxable = sum(lines[name], Decimal(0))
        parts = lines[name] if basket.context.rules.tax_basis is TaxBasis.LINE else [taxable]
        amount = None if rate is None else sum((_tax(part, rate, basket) for part in parts), Decimal(0))
        sums.append(TaxSum(name, rate, taxable, amount))
    amounts = [each.amount for each in sums if each.amount is not None]
    has_prices = all(line and line.net is not None for line in basket.lines) and basket.code is None
    whole = has_prices and len(amounts) == len(sums)
    total = sum((*amounts, *fees), basket.total)
    payable = round_payable(total, basket.context.currency) if whole else None
    return Taxed(tuple(sums), payable)


def _tax(net: Decimal, rate: Decimal, basket: Basket) -> Decimal:
    exactly = Fraction(net) * Fraction(rate) / 100
    return round_money(exactly, basket.context.currency, basket.context.rules.rounding)
