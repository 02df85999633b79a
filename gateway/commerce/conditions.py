"""The price conditions that concern a request, each with its place in the order of precedence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import NamedTuple

from gateway.commerce.measures import VOLUMES, WEIGHTS, volume_of, weight_of
from gateway.commerce.units import base_units, exact
from gateway.commerce.volumes import Volumes
from gateway.model.money import Rounding
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product, category_paths

_ZERO, _ONE = Fraction(0), Fraction(1)
PERCENT = frozenset({"DISC_LADDER", "DISC_PCT", "SURCH_PCT", "HEADER_PCT", "REBATE"})
CHANGES = frozenset({"DISC_LADDER", "DISC_PCT", "DISC_ABS", "SURCH_PCT", "SURCH_ABS"})
"""What changes the price of a line."""
CHARGES = frozenset({"HEADER_PCT", "HEADER_ABS", "FREIGHT", "PACK_FEE", "MIN_QTY_FEE"})
"""What comes on top of the lines."""
ONCE = frozenset({"HEADER_ABS", "FREIGHT", "MIN_QTY_FEE"})
"""What is charged once, whatever the quantity."""
DEFAULT_STEPS = {
    "DISC_LADDER": 10, "DISC_PCT": 20, "DISC_ABS": 30, "SURCH_PCT": 40, "SURCH_ABS": 50,
    "HEADER_PCT": 60, "HEADER_ABS": 70, "FREIGHT": 80, "PACK_FEE": 90, "MIN_QTY_FEE": 100,
}  # fmt: skip
CITED_QUOTE = 0
TIERS = ("quote", "contract cited", "quote not cited", "contract", "erp_net", "other")


class BelowFloor(StrEnum):
    """What is done about a price below its floor: the floor is taken, or there is no price without a person."""

    CLAMP = "clamp"
    HOLD = "hold"


class TaxBasis(StrEnum):
    """What tax is computed and rounded on: the sum of the lines of one rate, or each line."""

    RATE = "rate"
    LINE = "line"


class PriceRules(NamedTuple):
    """How prices are rounded, guarded and taxed."""

    rounding: Rounding = Rounding.HALF_UP
    below_floor: BelowFloor = BelowFloor.CLAMP
    tax_basis: TaxBasis = TaxBasis.RATE


class PriceContext(NamedTuple):
    """For whom and when a price is asked. `subjects` are ranked, the nearest first.

    `concern` are the accounts that `account` belongs to, itself first: whose orders together may count towards scales.
    """

    account: str
    subjects: tuple[str, ...]
    on: date
    currency: str
    contract: str | None = None
    policy: str = "priority"
    quote: str | None = None
    rules: PriceRules = PriceRules()
    volumes: Volumes = Volumes()
    concern: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """So much of an article. A contract or quote cited here stands before the one cited for all.

    `configuration` is the key of the configuration chosen; weight and volume are those of one ordered unit, where it
    is not the article's own that counts.
    """

    product: Product
    quantity: Decimal
    unit: str
    contract: str | None = None
    quote: str | None = None
    configuration: str | None = None
    weight_kg: Decimal | None = None
    volume_m3: Decimal | None = None

    def weight_of_one(self) -> Fraction | None:
        """Kilograms of one base unit, None where they are not known."""
        return weight_of(self.product) if self.weight_kg is None else self._of_one(self.weight_kg)

    def volume_of_one(self) -> Fraction | None:
        """Cubic metres of one base unit, None where they are not known."""
        return volume_of(self.product) if self.volume_m3 is None else self._of_one(self.volume_m3)

    def _of_one(self, measure: Decimal) -> Fraction:
        return Fraction(measure) / (base_units(self.product, self.unit) or _ONE)


class Refusal(StrEnum):
    """Why a condition does not apply."""

    CURRENCY = "other currency"
    VALIDITY = "not valid on the day"
    INACTIVE = "list inactive"
    GROSS = "list with tax included"
    UNIT = "no way to the base unit"
    MEASURE = "weight or volume of the article not known"


class Access(NamedTuple):
    """Where a condition stands: less is nearer."""

    tier: int
    subject: int
    object: int


class Offer(NamedTuple):
    """A condition that concerns a request.

    `scale` is the measure of its basis from which it holds: base units, kilograms, cubic metres, money, or scale units
    of a group. `size` are the base units in one of its price's unit.
    """

    condition: PriceCondition
    list: PriceList
    access: Access
    refusal: Refusal | None
    scale: Fraction
    size: Fraction

    @property
    def rate(self) -> Fraction:
        """Its value for one base unit: money, or a fraction of one for percentages."""
        condition = self.condition
        if condition.ladder is not None:
            return ladder_rate(condition.ladder)
        if condition.type in PERCENT:
            return _quotient(condition.amount, 100)
        return self.of_one(condition.amount)

    def of_one(self, amount: Decimal) -> Fraction:
        """An amount that is for the condition's price unit, for one base unit."""
        size = self.size
        return _quotient(amount, self.condition.per, size.numerator, size.denominator)

    @property
    def age(self) -> tuple[int, date]:
        """What orders ladders inside one access: the list's priority, then the day they begin."""
        return self.list.priority, self.condition.valid_from or date.min

    @property
    def ladder(self) -> tuple[str, str, str, str, str]:
        """What the rows of one ladder of an access have in common, besides their age."""
        row = self.condition
        counted = f"{row.scale_group} {row.scale_unit or row.unit}" if row.scale_basis == "group_qty" else ""
        period = row.scale_period or ""
        return row.list, row.contract_line or "", row.scale_basis, row.scale_mode, f"{counted} {period}"

    @property
    def place(self) -> tuple[int, str, str]:
        """When and among which others it is applied: step, type, exclusion group."""
        row = self.condition
        step = DEFAULT_STEPS.get(row.type, 0) if row.step is None else row.step
        return step, row.type, row.exclusion_group or ""

    @property
    def row_key(self) -> tuple[str, str, str]:
        """The last word in the total order, made of what the user sees."""
        condition = self.condition
        return condition.list, condition.contract_line or "", condition.key


class Standing(NamedTuple):
    """A price list as it stands for a context: why nothing of it applies, and its tier."""

    list: PriceList
    refusal: Refusal | None
    tier: int


def objects(product: Product, configuration: str | None = None) -> tuple[str, ...]:
    """What a condition may name to mean this product, the nearest first; a category's path the deepest first."""
    names = [f"configuration:{configuration}"] if configuration else []
    names.append(f"product:{product.sku}")
    if product.family:
        names.append(f"family:{product.family}")
    names += [f"category:{path}" for path in category_paths(product.category)]
    if product.price_group:
        names.append(f"price-group:{product.price_group}")
    if product.brand:
        names.append(f"brand:{product.brand}")
    if product.unspsc:
        names.append(f"class:unspsc/{product.unspsc}")
    if product.eclass:
        names.append(f"class:eclass/{product.eclass}")
    return (*names, "all")


class Finder:
    """Finds what concerns an article for one context; what it learnt of a list or a subject it keeps."""

    def __init__(self, context: PriceContext, lists: Mapping[str, PriceList]) -> None:
        self.context = context
        self._lists = lists
        self._ranks = {name: rank for rank, name in reversed(list(enumerate(context.subjects)))}
        self._standings: dict[str, Standing] = {}

    def offers(self, wanted: Wanted, by_object: Mapping[str, Sequence[PriceCondition]]) -> list[Offer]:
        """Every condition that names one of the context's subjects and of the article's objects, refused ones too."""
        found, product = [], wanted.product
        for rank, name in enumerate(objects(product, wanted.configuration)):
            for condition in by_object.get(name, ()):
                subject = self._ranks.get(condition.subject)
                if subject is not None:
                    standing = self._standings.get(condition.list) or self._standing(condition.list)
                    tier, unit = standing.tier, condition.unit
                    if condition.contract:
                        tier = _tier(condition.contract, standing.list, self.context)
                    size = _ONE if unit is None else base_units(product, unit)
                    refusal, scale = (Refusal.UNIT, _ZERO) if size is None else _scale(condition, wanted, size)
                    if refusal is None:
                        refusal = self._refusal(condition, standing)
                    if size is None:
                        size = _ONE
                    access = Access(tier, subject, rank)
                    found.append(Offer(condition, standing.list, access, refusal, scale, size))
        return found

    def _standing(self, name: str) -> Standing:
        """The list as it stands; one nobody described is net, active and without a period."""
        known = self._lists.get(name) or PriceList(list=name)
        refusal = None
        if known.status != "active":
            refusal = Refusal.INACTIVE
        elif not _valid(known.valid_from, self.context.on, known.valid_to):
            refusal = Refusal.VALIDITY
        self._standings[name] = Standing(known, refusal, _tier(known.contract, known, self.context))
        return self._standings[name]

    def _refusal(self, condition: PriceCondition, standing: Standing) -> Refusal | None:
        """Why the condition does not apply, None where it does."""
        percent = condition.type in PERCENT
        currency = condition.currency or (None if percent else standing.list.currency)
        if currency and currency != self.context.currency:
            return Refusal.CURRENCY
        if standing.refusal is Refusal.INACTIVE:
            return Refusal.INACTIVE
        if not percent and standing.list.tax != "net":
            return Refusal.GROSS
        if standing.refusal or _valid(condition.valid_from, self.context.on, condition.valid_to):
            return standing.refusal
        return Refusal.VALIDITY


def _scale(condition: PriceCondition, wanted: Wanted, size: Fraction) -> tuple[Refusal | None, Fraction]:
    """The measure from which the condition holds; refused where the article cannot be measured so.

    `size` are the base units in one of its price's unit.
    """
    basis, unit = condition.scale_basis, condition.scale_unit
    if basis == "qty":
        if not condition.min_quantity:
            return None, _ZERO
        factor = size if not unit or unit == condition.unit else base_units(wanted.product, unit)
        if factor is None:
            return Refusal.UNIT, _ZERO
        return None, _product(condition.min_quantity, factor.numerator, factor.denominator)
    least = exact(condition.min_quantity)
    if basis in ("weight", "volume"):
        known = WEIGHTS if basis == "weight" else VOLUMES
        factor = known.get(unit) if unit else _ONE
        measured = wanted.weight_of_one() if basis == "weight" else wanted.volume_of_one()
        if factor is None or measured is None:
            return Refusal.UNIT if factor is None else Refusal.MEASURE, _ZERO
        return None, least * factor
    if basis == "group_qty" and unit and base_units(wanted.product, unit) is None:
        return Refusal.UNIT, _ZERO
    return None, least


def scale_unit(condition: PriceCondition, product: Product) -> str:
    """The unit in which the condition's scale is stated."""
    return condition.scale_unit or condition.unit or product.base_unit


# The same few prices and scales are asked for again and again, and to look one up costs a tenth of making it.
@lru_cache(maxsize=65536)
def _quotient(amount: Decimal, per: Decimal | int, numerator: int = 1, denominator: int = 1) -> Fraction:
    """The amount for one of what `per` are, each the quotient of the two integers."""
    whole, parts = amount.as_integer_ratio()
    counted, of = per.as_integer_ratio()
    return Fraction(whole * of * denominator, parts * counted * numerator)


@lru_cache(maxsize=65536)
def _product(quantity: Decimal, numerator: int, denominator: int) -> Fraction:
    """So many of the quotient of the two integers."""
    whole, parts = quantity.as_integer_ratio()
    return Fraction(whole * numerator, parts * denominator)


@lru_cache(maxsize=4096)
def ladder_rate(ladder: str) -> Fraction:
    """What percentages taken off one after the other ("10+5+2") come to, as a fraction of one below zero."""
    return prod(1 - Fraction(part) / 100 for part in ladder.split("+")) - _ONE


def _valid(first: date | None, on: date, last: date | None) -> bool:
    """Whether the day is none of those before the first or after the last."""
    return (first is None or first <= on) and (last is None or on <= last)


def _tier(contract: str | None, known: PriceList, context: PriceContext) -> int:
    """The tier of a condition of this contract in the list, as an index of TIERS."""
    if known.kind == "quote":
        # Many buyers have one field for both, and cite a quote as a contract.
        cited = (context.quote, context.contract)
        return CITED_QUOTE if any(each and each in (known.list, contract) for each in cited) else 2
    if contract and contract == context.contract:
        return 1
    if contract or known.kind == "contract":
        return 3
    return 4 if known.kind == "erp_net" else 5
