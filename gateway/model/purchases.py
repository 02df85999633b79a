"""What accounts bought, as it is looked up: by whom, what and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias


class Looked(NamedTuple):
    """What was looked up: what these accounts bought of these articles (None: of all) from one day to another."""

    accounts: tuple[str, ...]
    first: date
    last: date
    products: frozenset[str] | None


Bought: TypeAlias = Mapping[tuple[str, str], Decimal]
"""How much of each article, in the unit it was counted in."""
