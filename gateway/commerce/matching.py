"""Which article and unit a line means, by the identifiers it carries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce.units import base_units, exact, unit_code
from gateway.issues import Issue, Severity
from gateway.model.order import Line, Order, Price
from gateway.model.product import PartNumber, Product
from gateway.model.quantity import nearest, plain

NOT_IN_ASSORTMENT = "order.line.product.not-in-assortment"
_ONE = Decimal(1)
# GTIN-8, -12, -13 and -14 are one number with leading zeros added or dropped (GS1 General Specifications 2.1).
_GTIN_LENGTHS = (8, 12, 13, 14)


class Keys(NamedTuple):
    """What has to be looked up for an order."""

    gtins: frozenset[str]
    skus: frozenset[str]
    part_numbers: frozenset[str]
    manufacturer_parts: frozenset[str]


class Candidates(NamedTuple):
    """The articles that may be meant.

    `gtins` name SKU and unit; `part_numbers` hold a number's entries of the account and its parents, nearest first;
    `manufacturer_parts` the SKUs of a manufacturer's number; `on` is the day on which part numbers are read.
    `permitted` are the SKUs of those that the account may buy, None where only the article's status says so.
    """

    products: Mapping[str, Product]
    gtins: Mapping[str, tuple[str, str]] = {}
    part_numbers: Mapping[str, Sequence[PartNumber]] = {}
    manufacturer_parts: Mapping[str, Sequence[str]] = {}
    on: date | None = None
    permitted: Collection[str] | None = None

    def sold(self, sku: str) -> bool:
        """Whether the article is sold to the account."""
        if self.permitted is None:
            return self.products[sku].status == "active"
        return sku in self.permitted


class Match(NamedTuple):
    """The article and unit a line means; one ordered unit holds `pack` of `unit`."""

    product: Product | None
    unit: str | None = None
    issues: tuple[Issue, ...] = ()
    pack: Decimal = _ONE

    def quantity(self, ordered: Decimal) -> Decimal:
        """The ordered quantity in `unit`."""
        return ordered if self.pack == 1 else ordered * self.pack


class _Named(NamedTuple):
    """What one identifier of a line names."""

    field: str
    value: str
    skus: tuple[str, ...]
    unit: str | None = None
    pack: Decimal = _ONE


def gtin_forms(gtin: str) -> tuple[str, ...]:
    """The GTIN as received, then the same number in its other lengths."""
    if not (gtin.isascii() and gtin.isdigit()):
        return (gtin,)
    bare = gtin.lstrip("0")
    padded = (bare.zfill(length) for length in _GTIN_LENGTHS if len(bare) <= length)
    return (gtin, *(form for form in padded if form != gtin))


def keys(order: Order) -> Keys:
    """Every identifier of the order's lines, once."""
    lines = order.lines
    skus = frozenset(line.supplier_sku for line in lines if line.supplier_sku)
    return Keys(
        gtins=frozenset(form for line in lines if line.gtin for form in gtin_forms(line.gtin)),
        skus=skus,
        part_numbers=frozenset(line.buyer_sku for line in lines if line.buyer_sku),
        # A manufacturer's number often stands where ours should.
        manufacturer_parts=skus | {line.manufacturer_sku for line in lines if line.manufacturer_sku},
    )


def match(line: Line, candidates: Candidates) -> Match:
    """The article of the line: by SKU, else GTIN, else the customer's number, else the manufacturer's."""
    named = _identifiers(line, candidates)
    known = [each for each in named if each.skus]
    if not known:
        return Match(None, issues=(_unknown(named, line),))
    product = candidates.products[known[0].skus[0]]
    for each in known:
        if product.sku not in each.skus or (each is known[0] and len(each.skus) > 1):
            text = f"{each.value} names {' and '.join(each.skus)}"
            if each is not known[0]:
                text += f", {known[0].value} names {product.sku}"
            return Match(None, issues=(Issue(code="order.line.product.ambiguous", text=text, field=each.field),))
    issues = [_further(each) for each in named if not each.skus]
    if candidates.sold(product.sku):
        return _in_unit(line, product, known, issues)
    # Nothing further is said of an article that the account may not know of.
    refused = Issue(code=NOT_IN_ASSORTMENT, text=_unsold(product), field="product")
    found = _in_unit(line, product, known, [])
    return found._replace(issues=(*issues, refused))


def _identifiers(line: Line, candidates: Candidates) -> list[_Named]:
    """What each identifier of the line names, in order of precedence."""
    named: list[_Named] = []
    products = candidates.products
    if line.supplier_sku and line.supplier_sku in products:
        named.append(_Named("supplier_sku", line.supplier_sku, (line.supplier_sku,)))
    if line.gtin:
        hits = (candidates.gtins[form] for form in gtin_forms(line.gtin) if form in candidates.gtins)
        sku, unit = next(hits, ("", None))
        named.append(_Named("gtin", line.gtin, (sku,) if sku in products else (), unit))
    if line.buyer_sku:
        named.append(_own_number(line.buyer_sku, candidates))
    # A manufacturer's number is the weakest: it stands behind GTIN and the customer's own number.
    if line.supplier_sku and line.supplier_sku not in products:
        named.append(_made("supplier_sku", line.supplier_sku, candidates))
    if line.manufacturer_sku:
        named.append(_made("manufacturer_sku", line.manufacturer_sku, candidates))
    return named


def _made(field: str, number: str, candidates: Candidates) -> _Named:
    """What a manufacturer's number names: of several articles those that are sold to the account."""
    bearing = [sku for sku in candidates.manufacturer_parts.get(number, ()) if sku in candidates.products]
    return _Named(field, number, tuple([sku for sku in bearing if candidates.sold(sku)] or bearing))


def _own_number(number: str, candidates: Candidates) -> _Named:
    """What the customer's number names at the nearest account that has it."""
    on = candidates.on
    entries = [
        each
        for each in candidates.part_numbers.get(number, ())
        if each.product in candidates.products and (on is None or each.holds(on))
    ]
    if not entries:
        return _Named("buyer_sku", number, ())
    nearest = [each for each in entries if each.account == entries[0].account]
    skus = tuple(dict.fromkeys(each.product for each in nearest))
    return _Named("buyer_sku", number, skus, nearest[0].unit, nearest[0].pack or _ONE)


def _in_unit(line: Line, product: Product, known: list[_Named], issues: list[Issue]) -> Match:
    """The match with its unit: as stated, else as the GTIN or the customer's number packs it, else the base unit."""
    gtin_unit = next((each.unit for each in known if each.field == "gtin"), None)
    stated = line.unit or line.unit_as_received
    if stated:
        code = unit_code(product, stated)
        if code is None:
            what = "contradicts-gtin" if gtin_unit else "unknown"
            text = f"article {product.sku} is not sold in {stated}" + (
                f"; the GTIN names {gtin_unit}" if gtin_unit else ""
            )
            return Match(product, None, (*issues, Issue(code=f"order.line.unit.{what}", text=text, field="unit")))
        if gtin_unit and base_units(product, gtin_unit) != base_units(product, code):
            text = f"ordered in {stated}, the GTIN names {gtin_unit}"
            issues.append(_finding("order.line.unit.contradicts-gtin", text, "unit"))
        return Match(product, code, (*issues, *_contradicted_factor(line.price, product, code)))
    packed = next((each for each in known if each.unit), None)
    unit = unit_code(product, packed.unit) if packed and packed.unit else product.base_unit
    if unit is None:
        text = f"article {product.sku} is not sold in {packed.unit if packed else ''}"
        issues.append(Issue(code="order.line.unit.unknown", text=text, field="unit"))
    pack = next((each.pack for each in known if each.field == "buyer_sku"), _ONE) if not gtin_unit else _ONE
    return Match(product, unit, tuple(issues), pack)


def _contradicted_factor(price: Price | None, product: Product, code: str) -> Iterator[Issue]:
    """The issue of a buyer to whom the ordered unit holds more or less of the price's than to us: he means other goods.

    A factor of 1 between two units is what is written where nobody reckoned (cXML demands one): a finding.
    """
    if price is None or price.factor is None:
        return
    unit = price.unit or price.unit_as_received or code
    ordered, priced = base_units(product, code), base_units(product, unit)
    if ordered is None or priced is None or priced * exact(price.factor) == ordered:
        return
    text = f"one {code} is {plain(price.factor)} {unit} to the buyer, not {plain(nearest(ordered / priced))}"
    severity = Severity.FINDING if price.factor == 1 else Severity.ERROR
    yield Issue(code="order.line.unit.factor-differs", text=text, field="price.factor", severity=severity)


def _unsold(product: Product) -> str:
    if product.status != "active":
        return f"article {product.sku} is no longer sold"
    return f"article {product.sku} is in no assortment of the account"


def _unknown(named: list[_Named], line: Line) -> Issue:
    """The issue of a line none of whose identifiers is known."""
    stated = ", ".join(dict.fromkeys(each.value for each in named))
    field = named[0].field if named else None
    text = f"line {line.position}{': ' if stated else ''}{stated} names no article"
    return Issue(code="order.line.product.unknown", text=text, field=field)


def _further(named: _Named) -> Issue:
    """The finding that another identifier of the line names nothing."""
    return _finding("order.line.product.identifier-unknown", f"{named.value} names no article", named.field)


def _finding(code: str, text: str, field: str) -> Issue:
    return Issue(code=code, text=text, severity=Severity.FINDING, field=field)
