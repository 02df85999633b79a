"""What a buyer's procurement system takes: its versions, lengths, decimals and units, as one value a connection has."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from gateway.model.value import Value

OLDEST_WITH_PRICE_BASIS: Final = "1.2.036"
"""A DTD from which on ItemDetail has PriceBasisQuantity, BuyerPartID and ScheduleLine; 1.2.020 has none of them."""


class Limit(Value):
    """What a field has room for: `most` characters, or bytes of UTF-8, and none of the `forbidden` characters."""

    most: int | None = None
    in_bytes: bool = False
    forbidden: str = ""


class Profile(Value):
    """The rules of a procurement system of one protocol, cxml or oci. Units are UN/ECE Rec 20 here, his codes there.

    `dtd` is the version each cXML document is pinned to, by its name; `field_name` is that of the form field with the
    cart. `limits` are by the field of a cart's line. Numbers have at most `price_decimals` and `quantity_decimals`
    after the point and, where it is stated, so many digits before it. `required` are fields without which the buyer's
    system takes no line. With `only_units` it knows the units of its table alone. `oci_version` is told to an OCI
    caller that names none.
    """

    name: str
    title: str = ""
    protocol: str = "cxml"
    user_agent: str | None = None
    dtd: dict[str, str] = msgspec.field(default_factory=dict)
    field_name: str = "cXML-urlencoded"
    encoding: str = "UTF-8"
    classification: str = "UNSPSC"
    required: tuple[str, ...] = ()
    limits: dict[str, Limit] = msgspec.field(default_factory=dict)
    price_decimals: int = 4
    price_digits: int | None = None
    quantity_decimals: int = 3
    quantity_digits: int | None = None
    per_digits: int | None = None
    units: dict[str, str] = msgspec.field(default_factory=dict)
    units_read: dict[str, str] = msgspec.field(default_factory=dict)
    only_units: bool = False
    standard_units: frozenset[str] = frozenset()
    oci_version: str | None = None

    def dtd_of(self, document: str) -> str:
        """The version of the DTD a cXML document (`PunchOutOrderMessage` ...) is pinned to."""
        return self.dtd.get(document) or self.dtd["default"]

    def has_price_basis(self, document: str) -> bool:
        """Whether the document says how much its price is for: OCI always does, cXML by the DTD it is pinned to."""
        return self.protocol == "oci" or _order(self.dtd_of(document)) >= _order(OLDEST_WITH_PRICE_BASIS)

    def unit_sent(self, unit: str) -> str | None:
        """The buyer's code for a unit of ours, None where he has none."""
        named = self.units.get(unit)
        if named is not None or self.only_units:
            return named
        return unit if unit in self.standard_units else None

    def unit_read(self, code: str) -> str | None:
        """Our unit for a code of the buyer, None where nobody said which."""
        named = self.units_read.get(code) or _reverse(tuple(self.units.items())).get(code)
        if named is not None or self.only_units:
            return named
        if code in self.standard_units:
            return code
        # Rec 20, Annex II and III: a package of Rec 21 is a unit with an X before its code.
        package = code[1:] if len(code) == 3 and code.startswith("X") else ""
        return package if package in self.standard_units else None


@lru_cache(maxsize=256)
def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


@lru_cache(maxsize=256)
def _reverse(units: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The units by the buyer's codes; of several that share one, none: which is meant, the table has to say."""
    names: dict[str, list[str]] = {}
    for unit, code in units:
        names.setdefault(code, []).append(unit)
    return {code: own[0] for code, own in names.items() if len(own) == 1}
