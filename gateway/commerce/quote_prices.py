"""The price list that an accepted quote is, and what its orders have left of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from gateway.model.price import PriceCondition, PriceList
from gateway.model.quantity import plain
from gateway.model.quote import Quote, QuoteVersion

_PREFIX = "quote:"


def list_name(number: str) -> str:
    """The name of the price list that the quote of this number becomes."""
    return f"{_PREFIX}{number}"


def quote_number(name: str) -> str | None:
    """The number of the quote that a price list of this name came from; None for any other list."""
    return name.removeprefix(_PREFIX) if name.startswith(_PREFIX) else None


def price_list(quote: Quote, offer: QuoteVersion) -> PriceList:
    """The list of the quote, in force while its offer is valid; its number is that of the contract it is."""
    return PriceList(
        list=list_name(quote.number), kind="quote", currency=quote.currency, contract=quote.number,
        valid_from=offer.valid_from, valid_to=offer.valid_until,
    )  # fmt: skip


def conditions(quote: Quote, offer: QuoteVersion) -> list[PriceCondition]:
    """A price for each step of each ladder, for the quote's account alone. Nothing changes it: it was offered net.

    Without free increments it is for the quantity of the step alone.
    """
    return [
        PriceCondition(
            key=f"{list_name(quote.number)}|{line.position}|{step.unit}|{plain(step.min_quantity)}",
            list=list_name(quote.number), subject=f"account:{quote.account}", object=f"product:{line.product}",
            type="PRICE", amount=step.price, currency=quote.currency, per=step.per, unit=step.unit,
            min_quantity=step.min_quantity, scale_unit=step.unit, contract_line=str(line.position), stop=True,
            call_off_max=line.max_quantity,
            scale_mode="level" if line.free_increments or not step.min_quantity else "exact",
        )
        for line in offer.lines
        for step in line.ladder
    ]  # fmt: skip


def ended(standing: PriceList, on: date) -> PriceList:
    """The list without effect from the day on; what it gave before can still be explained."""
    yesterday = on - timedelta(days=1)
    if standing.valid_from is not None and standing.valid_from > yesterday:
        return msgspec.structs.replace(standing, status="inactive")
    last = yesterday if standing.valid_to is None else min(standing.valid_to, yesterday)
    return msgspec.structs.replace(standing, valid_to=last)


def is_used_up(quote: Quote, offer: QuoteVersion, called_off: Mapping[str, Decimal]) -> bool:
    """Whether all that was offered has been ordered; never, where a line may be ordered without limit.

    `called_off` is what orders took, by the key of its call-off.
    """
    limits = {each.call_off: each.call_off_max for each in conditions(quote, offer)}
    return all(most is not None and called_off.get(key, Decimal(0)) >= most for key, most in limits.items())
