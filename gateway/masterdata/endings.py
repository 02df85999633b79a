"""Prices that end on a day, and prices that go altogether."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from gateway.masterdata.columns import RefusedError
from gateway.model.price import PriceCondition
from gateway.store.trade_changes import TradeChanges


class Ending(NamedTuple):
    """A price by its key, and its last day; `stated` when the row named the day."""

    key: str
    last: date
    stated: bool


def end_prices(changes: TradeChanges, endings: Sequence[Ending]) -> list[bool | RefusedError]:
    """Whether each price ends now (or ended before), or the refusal of one that there is not."""
    standing = changes.conditions_by_key({ending.key for ending in endings})
    fates: list[bool | RefusedError] = []
    ended: set[str] = set()
    for key, last, stated in endings:
        price = standing.get(key)
        if price is None:
            fates.append(RefusedError("import.price.unknown", "key", f"there is no price {key}"))
            continue
        done = price.valid_to is not None and (price.valid_to == last if stated else price.valid_to <= last)
        if not done and stated and price.valid_from and last < price.valid_from:
            reason = f"valid_to {last} is before valid_from {price.valid_from}"
            fates.append(RefusedError("import.validity", "valid_to", reason))
            continue
        if not done:
            standing[key] = msgspec.structs.replace(price, valid_to=last)
            ended.add(key)
        fates.append(not done)
    changes.put(PriceCondition, [standing[key] for key in sorted(ended)])
    return fates


def delete_prices(changes: TradeChanges, endings: Sequence[Ending]) -> list[bool | RefusedError]:
    """Whether each price was there; it is not any more."""
    standing = changes.conditions_by_key({ending.key for ending in endings})
    changes.delete_conditions(list(standing))
    return [standing.pop(ending.key, None) is not None for ending in endings]
