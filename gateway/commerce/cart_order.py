"""An order held against the carts it comes of: a line ordered as it was given has the price it was given at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from gateway.commerce.comparison import order_unit, stated_unit
from gateway.commerce.facts import LineFacts
from gateway.commerce.pricing import PriceAnswer, PriceCode, Promise
from gateway.commerce.units import base_units, exact
from gateway.issues import Issue, Severity
from gateway.model.money import round_half_up, round_money
from gateway.model.order import Line, Order
from gateway.model.product import Product
from gateway.model.quantity import plain
from gateway.model.shopping import TransferredLine

_DIFFERS = "order.line.cart-differs."
_NOT_SOLD = frozenset({PriceCode.NOT_IN_ASSORTMENT, PriceCode.NO_UOM_PATH, PriceCode.PRODUCT_UNKNOWN})
"""Why an article has no price that no cart changes."""


def held_against(
    order: Order, lines: Sequence[LineFacts], given: Mapping[str, Sequence[TransferredLine]], today: date
) -> tuple[LineFacts, ...]:
    """The facts of each line, its price that of the cart where it is ordered as it was given and that holds on the day.

    Whatever is otherwise than in the cart is among the issues of its match. `given` are the lines each time the account
    was given them with carts, the last time last, by auxiliary id: any other id gives no price.
    """
    pairs = list(zip(order.lines, lines, strict=True))
    ordered: dict[tuple[str | None, str | None], Fraction] = {}
    for line, known in pairs:
        same = line.auxiliary_id, _sku(known)
        ordered[same] = ordered.get(same, Fraction(0)) + _base_quantity(line, known)
    return tuple(
        _compared(
            _Ordered(line, known, ordered[line.auxiliary_id, _sku(known)]), given.get(line.auxiliary_id, ()), today
        )
        if line.auxiliary_id
        else known
        for line, known in pairs
    )


class _Ordered(NamedTuple):
    """A line that names an auxiliary id, and all that is ordered of its article under it, in base units."""

    line: Line
    known: LineFacts
    whole: Fraction

    def beside(self, given: Sequence[TransferredLine], product: Product, today: date) -> _Same:
        """The line beside the cart's: as it was given last, or the time before of which just as much is ordered.

        Who changed his cart and then kept the one he had orders what he was given before.
        """
        every = [_Same(self.line, self.known, each, product, self.whole) for each in given]
        just = [each for each in every if each.is_given_in(today) and each.is_whole]
        return (just or every)[-1]


@dataclass(frozen=True)
class _Same:
    """A line of an article that a cart gave; `ordered` is all of it in base units, whatever lines it is split into."""

    line: Line
    known: LineFacts
    given: TransferredLine
    product: Product
    ordered: Fraction

    def is_given_in(self, today: date) -> bool:
        """Whether the cart gave this article, and its price holds on the day."""
        return self.product.sku == self.given.line.sku and self.given.valid_until >= today

    @cached_property
    def size(self) -> Fraction:
        """Base units in the unit of the cart; 0 where the article has it no more."""
        return base_units(self.product, self.given.line.unit) or Fraction(0)

    @cached_property
    def is_whole(self) -> bool:
        """Whether just as much is ordered as the cart had."""
        return self.ordered > 0 and self.ordered == exact(self.given.line.quantity) * self.size

    @cached_property
    def price(self) -> Fraction:
        """The price of one base unit in the cart."""
        return exact(self.given.line.price) / (exact(self.given.line.per) * self.size)


def _compared(ordered: _Ordered, every: Sequence[TransferredLine], today: date) -> LineFacts:
    line, known, product = ordered.line, ordered.known, ordered.known.match.product
    if not every:
        text = f"{line.auxiliary_id} is of no cart that was given to this account"
        return _with(known, [_finding("auxiliary-unknown", text, "auxiliary_id")])
    if product is None:
        return known
    same = ordered.beside(every, product, today)
    given = same.given
    if product.sku != given.line.sku:
        text = f"article {product.sku} is ordered, the cart gave {given.line.sku}"
        return _with(known, [Issue(code=f"{_DIFFERS}article", text=text, field="supplier_sku")])
    if given.valid_until < today:
        text = f"the price of the cart held until {given.valid_until}"
        return _with(known, [_finding("expired", text, "auxiliary_id")])
    found = [*_quantity(same), *_text(same)]
    if not same.is_whole or known.price is None or known.price.request.context.currency != given.currency:
        return _with(known, found)
    return _with(known, [*found, *_price(same)])._replace(price=_promised(same, known.price))


def _quantity(same: _Same) -> Iterator[Issue]:
    """How the quantity and its unit are others than in the cart: a unit that makes it another quantity is an error."""
    line, cart = same.line, same.given.line
    if same.known.match.unit is None:
        # How much is ordered nobody knows, and the match has told so.
        return
    unit = order_unit(same.known.match, same.product)
    if same.is_whole and unit.size == same.size:
        return
    stated = f"{plain(line.quantity) if line.quantity is not None else '?'} {unit.unit} ordered"
    text = f"{stated}, the cart had {plain(cart.quantity)} {cart.unit}"
    if unit.size != same.size:
        yield (
            _finding("unit", text, "unit") if same.is_whole else Issue(code=f"{_DIFFERS}unit", text=text, field="unit")
        )
    else:
        yield _finding("quantity", text, "quantity")


def _text(same: _Same) -> Iterator[Issue]:
    """That the text is another: one that goes on, or is cut off, is none."""
    ordered, given = _folded(same.line.text), _folded(same.given.line.text)
    if not ordered.startswith(given) and not given.startswith(ordered):
        text = f"{(same.line.text or '')[:80]!r} ordered, the cart had {same.given.line.text[:80]!r}"
        yield _finding("text", text, "text")


def _price(same: _Same) -> Iterator[Issue]:
    """That another price is stated; what is done about it the tolerance and the policy say, as of any price."""
    line, ordered = same.line, order_unit(same.known.match, same.product)
    unit = stated_unit(line, ordered, same.product)
    stated = line.price.amount if line.price else None
    if stated is not None and unit is not None and exact(stated) != same.price * unit.size:
        cart = round_half_up(same.price * unit.size, 4)
        text = f"{plain(stated)} stated, the cart had {plain(cart)} per {plain(unit.per)} {unit.unit}"
        yield _finding("price", text, "price")


def _promised(same: _Same, answer: PriceAnswer) -> PriceAnswer:
    """The answer at the price of the cart; as it is where that is the price of the day, or the article is not sold."""
    cart, given = same.given.line, same.given
    if answer.code in _NOT_SOLD or (answer.code is None and answer.exact == same.price):
        return answer
    net = round_money(same.price * _base_quantity(same.line, same.known), given.currency, answer.rounding)
    return answer._replace(
        code=None, net=net, unit_price=cart.price, price_unit=cart.per, unit=cart.unit, currency=given.currency,
        exact=same.price, base=None, steps=(), candidates=(), computed=None,
        promise=Promise(given.session, given.on, given.valid_until, given.data_seq),
    )  # fmt: skip


def _sku(known: LineFacts) -> str | None:
    """The article of a line, where it is known."""
    return known.match.product.sku if known.match.product else None


def _base_quantity(line: Line, known: LineFacts) -> Fraction:
    """The quantity of a line in base units; 0 where it is not known."""
    product, unit = known.match.product, known.match.unit
    if product is None or unit is None or line.quantity is None:
        return Fraction(0)
    return exact(line.quantity) * order_unit(known.match, product).size


def _with(known: LineFacts, issues: Sequence[Issue]) -> LineFacts:
    return known._replace(match=known.match._replace(issues=(*known.match.issues, *issues))) if issues else known


def _finding(what: str, text: str, field: str) -> Issue:
    return Issue(code=f"{_DIFFERS}{what}", text=text, severity=Severity.FINDING, field=field)


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
