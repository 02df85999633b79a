"""Tables of tax rates."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gateway.masterdata import columns as cell
from gateway.masterdata.kind import Cells, Kind, check_validity
from gateway.masterdata.known import Known, Names
from gateway.model.quantity import parse_decimal
from gateway.model.terms import TaxRate


def _percent(text: str) -> Decimal:
    """A rate in percent."""
    rate = parse_decimal(text)
    if not 0 <= rate <= 100:
        raise ValueError(f"{text} is no rate from 0 to 100; write 19 for 19 %")
    return rate


def _rate(cells: Cells, known: Known) -> TaxRate:  # noqa: ARG001 a rate names nothing else in the store
    check_validity(cells)
    return msgspec.convert(cells, TaxRate)


TAX_RATES = Kind(
    "tax-rates",
    TaxRate,
    {
        "action": cell.choice("upsert", "delete"),
        "tax_class": cell.name,
        "country": cell.country,
        "rate": _percent,
        "valid_from": cell.day,
        "valid_to": cell.day,
    },
    names=lambda _: Names(),
    build=_rate,
)
