"""The page of an article: its prices with the one marked that the quantity has, when it is there, all that is told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from markupsafe import Markup

from gateway.commerce.pricing import PriceAnswer, Wanted
from gateway.commerce.sold_quantity import least_sold, unsold
from gateway.commerce.units import base_units, exact, unit_code
from gateway.punchout.open_cart import Hitch
from gateway.punchout.shelf import is_quantity
from gateway.shop.articles import Article, all_tiers, article_of
from gateway.shop.notes import Note, quantity_note, typed_note
from gateway.shop.quantities import Typed, typed
from gateway.shop.visit import Visit

_BY = frozenset({"sku", "gtin", "buyer_sku", "manufacturer_part"})
_MOST_DEARER = Decimal("1.2")
"""A next price is worth telling where it makes the line a fifth dearer at most."""


class Hint(NamedTuple):
    """That a little more has a better price, and the quantity from which on."""

    text: Markup
    quantity: str
    words: Markup


def article_page(visit: Visit, sku: str) -> str | None:
    """The page of an article that the account may buy; None for any other."""
    product = visit.shelf.product(sku)
    if isinstance(product, Hitch):
        return None
    article = article_of(visit, product)
    unit = unit_code(product, visit.asked("u")) or product.base_unit
    size = base_units(product, unit) or Fraction(1)
    least = least_sold(product, size)
    read = typed(visit.asked("n"), visit.language) if visit.asked("n") else Typed("", least)
    quantity = read.quantity if read.quantity is not None and is_quantity(read.quantity) else None
    answer = _answer(visit, article, quantity, unit)
    of_base = exact(quantity or least) * size
    tiers = all_tiers(visit, article, of_base)
    same = {each.per for each in tiers}
    return visit.page(
        "article", article=article, unit=unit, text=read.text or visit.figures.field(least), answer=answer,
        quantity=quantity, tiers=tiers, per=same.pop() if len(same) == 1 else "",
        note_told=_note(visit, article, read, unit),
        found_by=_found_by(visit), hint=_hint(visit, article, answer), contract=_contract(visit, article),
        rules=list(_rules(visit, article)), packs=list(_packs(visit, article)),
        documents=article.view.documents,
        related=_related(visit, article),
    )  # fmt: skip


def _related(visit: Visit, article: Article) -> dict[str, str]:
    """What the articles that go with it are called, by SKU, in their order."""
    skus = [each.product for each in article.view.relations]
    products = visit.shelf.snapshot.products(skus)
    names = visit.names_of(list(products.values()))
    return {sku: names[sku] for sku in skus if sku in names}


def _answer(visit: Visit, article: Article, quantity: Decimal | None, unit: str) -> PriceAnswer | None:
    """The price of the quantity, bought alone."""
    if quantity is None or article.answer is None:
        return None
    [answer] = visit.shelf.desk.listed([Wanted(article.product, quantity, unit)])
    return answer if answer and answer.net is not None else None


def _note(visit: Visit, article: Article, read: Typed, unit: str) -> Note | None:
    if visit.asked("why"):
        return quantity_note(visit, visit.asked("why"), read.text, article.sku, unit)
    return typed_note(visit, read, unit, article.product) if read.quantity is None else None


def _found_by(visit: Visit) -> Markup | None:
    by, number = visit.asked("by"), visit.asked("number")
    return visit.texts(f"search.by_{by}", number=number) if by in _BY and number else None


def _contract(visit: Visit, article: Article) -> str:
    """The contract that the price is of, and until when it holds."""
    winner = article.answer.winner if article.answer else None
    if winner is None:
        return ""
    t, named = visit.texts, winner.condition.contract or winner.list.contract
    last = min((day for day in (winner.condition.valid_to, winner.list.valid_to) if day), default=None)
    told = [str(t("article.contract", contract=named))] if named else []
    told += [str(t("article.valid_to", day=visit.figures.day(last)))] if last else []
    return ", ".join(told)


def _hint(visit: Visit, article: Article, answer: PriceAnswer | None) -> Hint | None:
    """What the next price would cost in all, where that is near."""
    if answer is None or answer.net is None or answer.request.base_quantity is None:
        return None
    size = base_units(article.product, answer.request.unit) or Fraction(1)
    further = (exact(each.quantity) for each in article.tiers if exact(each.quantity) > answer.request.base_quantity)
    following = next(further, None)
    if following is None or (following / size).denominator != 1:
        return None
    quantity = Decimal((following / size).numerator)
    if unsold(article.product, quantity, size) is not None:
        return None
    then = answer.at(quantity)
    if then.net is None or then.unit_price is None or then.net > answer.net * _MOST_DEARER:
        return None
    return _told(visit, answer, then)


def _told(visit: Visit, now: PriceAnswer, then: PriceAnswer) -> Hint:
    t, f, unit = visit.texts, visit.figures, now.request.unit
    now_net, then_net = now.net or Decimal(0), then.net or Decimal(0)
    more = then_net - now_net
    key = "more" if more > 0 else "less" if more < 0 else "same"
    quantity = then.request.quantity
    text = t(
        f"article.next_{key}", quantity=f.quantity(quantity - now.request.quantity, unit), amount=f.money(abs(more)),
        price=f.money(then.unit_price or Decimal(0)), per=f.per(then.price_unit, then.unit), total=f.bare(then_net),
        now=f.money(now_net), **{"from": f.quantity(quantity, unit)},
    )  # fmt: skip
    return Hint(text, f.field(quantity), t("article.take_next", quantity=f.number(quantity)))


def _rules(visit: Visit, article: Article) -> Iterator[Markup]:
    """In which quantities it is sold."""
    product, f = article.product, visit.figures
    if product.min_quantity and product.min_quantity != 1:
        yield visit.texts("article.minimum", quantity=f.quantity(product.min_quantity, product.base_unit))
    if product.quantity_step and product.quantity_step != 1:
        yield visit.texts("article.step", quantity=f.quantity(product.quantity_step, product.base_unit))


def _packs(visit: Visit, article: Article) -> Iterator[Markup]:
    """What it is packed in."""
    product, f = article.product, visit.figures
    for each in product.units:
        if each.code != product.base_unit and each.denominator == 1:
            quantity = f.quantity(Decimal(each.numerator), product.base_unit)
            yield visit.texts("article.pack_of", pack=f.unit(each.code), quantity=quantity)
