"""Articles as the pages show them: what an article is called and costs, when it is there, in which units it is sold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.commerce.price_plans import Tier, tiers_of
from gateway.commerce.pricing import PriceAnswer, Wanted
from gateway.commerce.product_view import ProductView
from gateway.commerce.sold_quantity import least_sold
from gateway.model.product import Product, Stock
from gateway.punchout.shelf import units_of
from gateway.shop.visit import Visit

_ONE = Decimal(1)
_TIERS_AT_ONCE = 2


class Step(NamedTuple):
    """A price from a quantity on, as a row of the tiers; `above`: only what lies above has it."""

    quantity: str
    amount: str
    per: str
    saving: str = ""
    is_now: bool = False
    above: bool = False


class Article(NamedTuple):
    """An article as a row of a list shows it. `least` is the least quantity sold of its base unit.

    `answer` is the price of that, `tiers` those of more; without a price `answer` is None.
    """

    view: ProductView
    product: Product
    own: str
    gtin: str
    units: tuple[tuple[str, str], ...]
    pack: str
    least: Decimal
    stock: tuple[str, str]
    in_cart: str
    answer: PriceAnswer | None = None
    tiers: tuple[Tier, ...] = ()

    @property
    def sku(self) -> str:
        """Its number."""
        return self.product.sku


def articles_of(visit: Visit, products: Sequence[Product]) -> list[Article]:
    """The articles in their order, at the prices of the session's account."""
    shelf, views = visit.shelf, visit.views_of(products)
    stock = shelf.snapshot.stock([product.sku for product in products])
    wanted = [Wanted(product, least_sold(product), product.base_unit) for product in products]
    answers = shelf.desk.listed(wanted)
    made = zip(products, views, answers, wanted, strict=True)
    return [
        _article(visit, product, view, stock.get(product.sku, []))._replace(
            least=asked.quantity, answer=answer if answer and answer.unit_price is not None else None,
            tiers=tiers_of(answer.at).tiers if answer else (),
        )
        for product, view, answer, asked in made
    ]  # fmt: skip


def article_of(visit: Visit, product: Product) -> Article:
    """One article."""
    [found] = articles_of(visit, [product])
    return found


def next_tiers(visit: Visit, article: Article) -> list[Step]:
    """The next prices above that of the least quantity, as the price cell has room for them."""
    answer = article.answer
    above = [tier for tier in article.tiers if tier.quantity > article.least and tier.above is None]
    return [_step(visit, article, tier, answer) for tier in above[:_TIERS_AT_ONCE]] if answer else []


def all_tiers(visit: Visit, article: Article, quantity: Fraction) -> list[Step]:
    """All prices of an article, the one marked that a quantity of base units has."""
    tiers = article.tiers
    marked = max((place for place, tier in enumerate(tiers) if tier.quantity <= quantity), default=-1)
    return [_row(visit, article, place, place == marked) for place in range(len(tiers))]


def _row(visit: Visit, article: Article, place: int, is_now: bool) -> Step:
    tiers, tier, f = article.tiers, article.tiers[place], visit.figures
    unit = article.product.base_unit
    following = next((each.quantity for each in tiers[place + 1 :] if each.quantity > tier.quantity), None)
    step = _step(visit, article, tier, None)
    whole = all(each.quantity % 1 == 0 for each in tiers)
    if tier.above is None and following is not None and whole:
        first = f.number(max(tier.quantity, _ONE))
        told = str(visit.texts("article.up_to", first=first, last=f.quantity(following - 1, unit)))
        step = step._replace(quantity=told)
    return step._replace(is_now=is_now, saving=_saving(visit, tiers[0], tier))


def _step(visit: Visit, article: Article, tier: Tier, beside: PriceAnswer | None) -> Step:
    """A tier; what its price is for is told where that is not what stands beside it."""
    f, unit = visit.figures, article.product.base_unit
    per = f.per(tier.price_unit, tier.unit)
    is_same = beside is not None and (beside.price_unit, beside.unit) == (tier.price_unit, tier.unit)
    key, number = ("article.above", tier.above) if tier.above else ("article.from", tier.quantity)
    begins = max(number, _ONE) if number % 1 == 0 else number
    # Beside another price the unit stands there already.
    told = str(visit.texts(key, quantity=f.number(begins) if beside else f.quantity(begins, unit)))
    return Step(told, f.bare(tier.unit_price), "" if is_same else per, above=bool(tier.above))


def _saving(visit: Visit, first: Tier, tier: Tier) -> str:
    if (first.price_unit, first.unit) != (tier.price_unit, tier.unit) or tier.unit_price >= first.unit_price:
        return ""
    part = round((first.unit_price - tier.unit_price) / first.unit_price * 100)
    return str(visit.texts("article.percent", number=visit.figures.number(part)))


def _article(visit: Visit, product: Product, view: ProductView, stock: Sequence[Stock]) -> Article:
    f = visit.figures
    numbers = {each.scheme: each.value for each in reversed(view.identifiers)}
    lying = visit.cart.of(product.sku)
    return Article(
        view=view, product=product, own=numbers.get("own", ""), gtin=numbers.get("gtin", ""),
        units=tuple((code, f.unit(code)) for code in units_of(product)), pack=_pack(visit, product), least=_ONE,
        stock=_availability(visit, product, stock),
        in_cart=", ".join(f.quantity(each.line.quantity, each.line.unit) for each in lying),
    )  # fmt: skip


def _pack(visit: Visit, product: Product) -> str:
    """The base unit and the first pack it comes in, as `Stück, Karton 200 Stück`."""
    f, unit = visit.figures, f"{product.base_unit}"
    larger = (each for each in product.units if each.code != unit and each.base_units > 1)
    pack = next(larger, None)
    if pack is None or pack.denominator != 1:
        return f.unit(unit)
    told = visit.texts(
        "article.of_pack", unit=f.unit(unit), pack=f.unit(pack.code), quantity=f.quantity(Decimal(pack.numerator), unit)
    )
    return str(told)


def _availability(visit: Visit, product: Product, stock: Sequence[Stock]) -> tuple[str, str]:
    """Whether it is there, as a weight and in words; an article without stock records comes within its lead time."""
    t, unit = visit.texts, product.base_unit
    if not stock:
        days = product.lead_time_days
        return ("info", str(t.counted("article.lead", days))) if days else ("ok", str(t("article.at_once")))
    told = list(_parts(visit, unit, stock))
    if not told:
        return "warn", str(t("article.none_in_stock"))
    is_there = any(each.available_on is None or each.available_on <= visit.shelf.today for each in stock)
    words = told[0] if len(told) == 1 else str(t("article.stock_and", first=told[0], second=told[1]))
    return ("ok" if is_there and len(told) == 1 else "warn"), words


def _parts(visit: Visit, unit: str, stock: Sequence[Stock]) -> Iterator[str]:
    t, f, today = visit.texts, visit.figures, visit.shelf.today
    free = sum((each.quantity for each in stock if (each.available_on or today) <= today), Decimal(0))
    if free > 0:
        yield str(t("article.stock", quantity=f.quantity(free, unit)))
    later = sorted(
        (each.available_on, each.quantity) for each in stock if each.available_on and each.available_on > today
    )
    for day, quantity in later[:1]:
        yield str(t("article.stock_later", quantity=f.quantity(quantity, unit), day=f.day(day)))
