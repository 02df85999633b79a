"""Products, their units as exact rationals, and customers' own part numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from gateway.model.value import Value


def category_paths(category: str | None) -> tuple[str, ...]:
    """A category and those above it, the deepest first: `a/b` and `a` of `a/b`."""
    parts = category.split("/") if category else []
    return tuple("/".join(parts[:depth]) for depth in range(len(parts), 0, -1))


class Unit(Value, kw_only=True):
    """A unit a product is sold in: one of it holds numerator/denominator base units (Rec 20/21 code)."""

    code: str
    numerator: int = 1
    denominator: int = 1
    gtin: str | None = None

    @property
    def base_units(self) -> Fraction:
        """Base units in one of this unit, exactly."""
        return Fraction(self.numerator, self.denominator)


class Product(Value, kw_only=True):
    """A product. `units` holds the base unit first; quantities are in base units."""

    sku: str
    name: str
    base_unit: str
    units: tuple[Unit, ...] = ()
    status: str = "active"
    description: str | None = None
    manufacturer: str | None = None
    manufacturer_part: str | None = None
    unspsc: str | None = None
    unspsc_version: str | None = None
    eclass: str | None = None
    eclass_version: str | None = None
    tax_class: str | None = None
    category: str | None = None
    family: str | None = None
    brand: str | None = None
    price_group: str | None = None
    keywords: str | None = None
    min_quantity: Decimal | None = None
    quantity_step: Decimal | None = None
    lead_time_days: int = 0
    weight_kg: Decimal | None = None
    successor: str | None = None
    documents: str | None = None
    names: dict[str, str] = msgspec.field(default_factory=dict)
    descriptions: dict[str, str] = msgspec.field(default_factory=dict)
    attributes: dict[str, str] = msgspec.field(default_factory=dict)

    def unit(self, code: str) -> Unit | None:
        """The unit of this code, if the product has it."""
        return next((unit for unit in self.units if unit.code == code), None)


class PartNumber(Value, kw_only=True):
    """A customer's own number for a product; `pack` of `unit` in one of what the number names; valid_to inclusive."""

    account: str
    number: str
    product: str
    unit: str | None = None
    pack: Decimal | None = None
    description: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        """Whether the number holds on the day."""
        return (self.valid_from or on) <= on <= (self.valid_to or on)


class Stock(Value, kw_only=True):
    """What of a product is free from a day on, in base units."""

    sku: str
    quantity: Decimal
    available_on: date | None = None
