"""The account's assortment beside the buyer's rules: what his system would not take, and a cart of one of each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.commerce.buyer_rules import Finding, Rule, Weight, fit
from gateway.model.cart import CartLine
from gateway.model.product import Product
from gateway.model.profile import Profile
from gateway.model.quantity import plain
from gateway.punchout.filling import Item
from gateway.punchout.lists import catalogue_skus
from gateway.punchout.returning import cart_to_give
from gateway.punchout.shelf import Shelf, units_of

MOST_NAMED, MOST_IN_CART = 5, 60
_AT_ONCE = 500
_NO_PRICE = "no-price"
_ONE = Decimal(1)
_WORDS = {
    Rule.UNIT_UNKNOWN: ("the unit {stated} is not known there", "state it in [units] of the profile"),
    Rule.MISSING: ("{field} is missing", "import it with the article"),
    Rule.TEXT_CUT: ("{field} is cut", "nothing, or a shorter text: the whole of a short text goes as the long one"),
    Rule.LEFT_OUT: ("{field} does not fit and is left out", "mend it where the system has a use for it"),
    Rule.TOO_LONG: ("{field} is longer than is taken", "sell it under a shorter number"),
    Rule.CHARACTER: ("{field} has a character that is not taken", "sell it under another number"),
    Rule.PRICE_RESTATED: ("the price is stated for another quantity", "nothing: it says the same"),
    Rule.PRICE_ROUNDED: ("the price is rounded, its amount the same", "nothing, or a price of fewer decimals"),
    Rule.PRICE_INEXACT: ("the price has more decimals than are taken", "import it for a larger quantity, or rounded"),
    Rule.DECIMALS: ("{field} has more decimals than are taken", "sell it in a smaller unit"),
    Rule.DIGITS: ("{field} has more digits than are taken", "sell it in a larger unit"),
    _NO_PRICE: ("there is no price for the account", "import one: nobody can put it into a cart until then"),
}  # fmt: skip


class Gap(NamedTuple):
    """Something that articles do not have as the buyer's system wants it: how many, and the first of them.

    `is_blocking`: an article of which it is so cannot be given to the buyer's system in a cart.
    """

    what: str
    is_blocking: bool
    articles: int
    first: tuple[str, ...]
    advice: str


class Assortment(NamedTuple):
    """How many articles the account may buy, what is to be said of them, and a cart that has one of each kind."""

    articles: int
    gaps: tuple[Gap, ...]
    cart: tuple[Item, ...]


def looked_through(shelf: Shelf, profile: Profile) -> Assortment:
    """All that the account may buy, held against the profile, each in its least quantity at its price of today."""
    skus, looking = catalogue_skus(shelf), _Looking(shelf, profile)
    for start in range(0, len(skus), _AT_ONCE):
        looking.take(skus[start : start + _AT_ONCE])
    return Assortment(len(skus), tuple(looking.gaps()), tuple(looking.cart))


class _Looking:
    """Looks at articles; `cart` has those that show something which none before them did."""

    def __init__(self, shelf: Shelf, profile: Profile) -> None:
        self._shelf = shelf
        self._profile = profile
        self._found: dict[tuple[str, bool, str], list[str]] = {}
        self._seen: set[tuple[str, object]] = set()
        self.cart: list[Item] = []

    def take(self, skus: Sequence[str]) -> None:
        """Look at these articles."""
        products = self._shelf.snapshot.products(skus)
        offered = self._shelf.offered([products[sku] for sku in skus if sku in products])
        # In a cart each line has an id of its own, which says nothing of the article and fits every buyer.
        lines = [replace(each, auxiliary_id="") for each in offered]
        for sku in sorted(products.keys() - {each.sku for each in lines}):
            self._note(_NO_PRICE, True, "", sku)
        findings: dict[int, list[Finding]] = {}
        for each in fit(cart_to_give(self._shelf.session, tuple(lines)), self._profile).findings:
            findings.setdefault(each.line, []).append(each)
        for line in lines:
            self._look_at(line, products[line.sku], findings.get(line.position, []))

    def gaps(self) -> Iterator[Gap]:
        """What was found, what keeps articles from being given first, then by how many it is about."""
        for (what, is_blocking, advice), skus in sorted(
            self._found.items(), key=lambda each: (not each[0][1], -len(each[1]))
        ):
            yield Gap(what, is_blocking, len(skus), tuple(skus[:MOST_NAMED]), advice)

    def _look_at(self, line: CartLine, product: Product, findings: list[Finding]) -> None:
        for each in findings:
            stated = each.stated if each.rule is Rule.UNIT_UNKNOWN else ""
            self._note(each.rule, each.weight is Weight.BLOCKING, each.field, line.sku, stated)
        if not any(each.weight is Weight.BLOCKING for each in findings):
            kinds = [("unit", line.unit), ("per", plain(line.per)), ("long text", bool(line.long_text))]
            self._put(Item(line.sku, line.quantity, line.unit), [*kinds, *(("rule", each.rule) for each in findings)])
        for unit in units_of(product)[1:]:
            if self._profile.unit_sent(unit) is None:
                self._note(Rule.UNIT_UNKNOWN, True, "unit", line.sku, unit)
            elif not any(each.weight is Weight.BLOCKING for each in findings):
                self._put(Item(line.sku, _ONE, unit), [("unit", unit)])

    def _note(self, rule: str, is_blocking: bool, field: str, sku: str, stated: str = "") -> None:
        what, advice = _WORDS[rule]
        key = (what.format(field=field.replace("_", " "), stated=stated), is_blocking, advice)
        self._found.setdefault(key, []).append(sku)

    def _put(self, item: Item, kinds: Sequence[tuple[str, object]]) -> None:
        fresh = [each for each in kinds if each not in self._seen]
        if fresh and len(self.cart) < MOST_IN_CART:
            self._seen.update(fresh)
            self.cart.append(item)
