"""Quick order: many numbers at once, each row with what keeps it from being put into the cart and what mends it.

The rows that are not yet in the cart stand in the address of the page: nothing else keeps them, and going back finds
them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from gateway.commerce.pricing import Wanted
from gateway.commerce.units import unit_code
from gateway.model.product import Product
from gateway.model.quantity import is_taken
from gateway.pipeline.work import Line
from gateway.punchout.filling import Item, put_all
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.shelf import is_quantity, not_sold, units_of
from gateway.search.finding import Finder, Found, How
from gateway.search.index import SearchIndex
from gateway.shop.notes import hitch_note, meant, typed_note
from gateway.shop.quantities import typed
from gateway.shop.sent import Sent
from gateway.shop.visit import Visit

MOST_SHOWN = 100
"""Rows on the page: its address has room for no more."""
MOST_ROWS = 2_000
"""Rows put into the cart at once."""
SHOWN = 9
"""Rows of an empty page."""
_MOST_CHOICES = 3
_MOST_LETTERS = 80
_MORE = 5
_PARTED = re.compile(r"\t|;|\s{2,}")


class Why(StrEnum):
    """Why none of the rows that were sent are taken."""

    TOO_MANY = "too-many"
    TOO_MANY_TO_SHOW = "too-many-to-show"
    TOO_BAD = "too-bad"


class QuickRow(NamedTuple):
    """A row as it was typed."""

    number: str = ""
    text: str = ""
    unit: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it; a unit alone is nothing."""
        return not (self.number or self.text)


class Looked(NamedTuple):
    """A row looked at. With an article and a quantity that is sold it is ready; else `told` says why not.

    `choices` are the articles that may be meant, `quantities` those that are sold, as its field would hold them.
    """

    row: QuickRow
    unit: str = ""
    product: Product | None = None
    name: str = ""
    quantity: Decimal | None = None
    net: Decimal | None = None
    told: Markup | None = None
    choices: tuple[tuple[str, str], ...] = ()
    quantities: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, str], ...] = ()

    @property
    def wanted(self) -> Wanted | None:
        """What its price is asked for."""
        return Wanted(self.product, self.quantity, self.unit) if self.product and self.quantity else None

    @property
    def item(self) -> Item | None:
        """What is put into the cart; None where it is not ready."""
        wanted = self.wanted if self.is_ready else None
        return Item(wanted.product.sku, wanted.quantity, wanted.unit) if wanted else None

    @property
    def is_ready(self) -> bool:
        """Whether it can be put into the cart."""
        return self.quantity is not None and self.told is None


def quick_page(visit: Visit, index: SearchIndex) -> str:
    """The page with the rows that its address states."""
    rows = rows_in(visit.place.query)
    looked = looked_at(visit, index, rows)
    ready = [each.net for each in looked if each.is_ready and each.net is not None]
    blank = max(SHOWN - len(rows), _MORE if rows else 0)
    done = visit.asked("put")
    return visit.page(
        "quick", rows=[*looked, *[Looked(QuickRow())] * blank], ready=ready,
        bad=sum(each.told is not None for each in looked), most=MOST_ROWS,
        put=int(done) if done.isdecimal() and len(done) < 5 else 0, note_told=_note(visit),
    )  # fmt: skip


def _note(visit: Visit) -> Markup | None:
    """Why nothing of what was sent is in the cart."""
    told = {
        Why.TOO_MANY: ("quick.too_many", MOST_ROWS),
        Why.TOO_MANY_TO_SHOW: ("quick.too_many", MOST_SHOWN),
        Why.TOO_BAD: ("quick.too_bad", MOST_SHOWN),
    }
    why = visit.asked("why")
    key, most = told[Why(why)] if why in set(Why) else ("", 0)
    return visit.texts(key, count=visit.figures.number(most)) if key else None


def rows_in(fields: Iterable[tuple[str, str]]) -> list[QuickRow]:
    """The rows that fields state, in their order: `no`, `n` and `u` of each."""
    rows: list[dict[str, str]] = []
    for name, value in fields:
        if name == "no":
            rows.append({})
        if name in ("no", "n", "u") and rows:
            rows[-1][name] = value.strip()[:_MOST_LETTERS]
    found = (QuickRow(each.get("no", ""), each.get("n", ""), each.get("u", "")) for each in rows)
    return [each for each in found if not each.is_empty]


def pasted(text: str) -> list[QuickRow]:
    """The rows of a table: number, quantity and unit parted by tabs or semicolons, or else by blanks."""
    rows = []
    for place, line in enumerate(text.lstrip("\ufeff").splitlines()):
        cells = [each.strip().strip('"') for each in _PARTED.split(line.strip())]
        if len(cells) == 1:
            number, _, quantity = line.strip().rpartition(" ")
            cells = [number, quantity] if number and any(map(str.isdigit, quantity)) else cells
        row = QuickRow(*(each[:_MOST_LETTERS] for each in cells[:3]))
        is_head = place == 0 and len(cells) > 1 and not any(map(str.isdigit, "".join(cells)))
        if not (row.is_empty or is_head):
            rows.append(row)
    return rows


def address_of(rows: Sequence[QuickRow], **told: object) -> str:
    """The page with these rows."""
    fields = [pair for each in rows for pair in (("no", each.number), ("n", each.text), ("u", each.unit))]
    return f"quick?{urlencode([*fields, *told.items()])}" if fields or told else "quick"


def ordered(line: Line, sent: Sent) -> str:
    """The rows looked at, one of them mended, or those that are ready put into the cart."""
    rows = [_mended(each, place, sent.text("fix")) for place, each in enumerate(rows_in(sent.fields), 1)]
    more = pasted(sent.text("paste"))
    is_put = sent.text("do") == "put"
    if len(rows) + len(more) > (MOST_ROWS if is_put else MOST_SHOWN):
        return address_of(rows[:MOST_SHOWN], why=Why.TOO_MANY if is_put else Why.TOO_MANY_TO_SHOW)
    rows += more
    return _put(line, sent, rows) if is_put else address_of(rows)


def _put(line: Line, sent: Sent, rows: Sequence[QuickRow]) -> str:
    """The ready rows in the cart, all at once; the others stay."""
    with line.store.read() as db:
        looked = looked_at(Visit(line, db, sent.session, sent.place), sent.articles, rows)
    bad = [each.row for each in looked if each.item is None]
    if len(bad) > MOST_SHOWN:
        return address_of(bad[:MOST_SHOWN], why=Why.TOO_BAD)
    put = iter(put_all(line, sent.session, [each.item._replace(form=sent.mark) for each in looked if each.item]))
    left = [each.row for each in looked if each.item is None or isinstance(next(put), Problem)]
    return address_of(left[:MOST_SHOWN], put=len(looked) - len(left)) if left else "cart"


def _mended(row: QuickRow, place: int, fix: str) -> QuickRow:
    """The row with what a button beside it sets, as `3:n:400` the quantity of the third."""
    at, _, rest = fix.partition(":")
    name, _, value = rest.partition(":")
    if at != str(place):
        return row
    return row._replace(text=value) if name == "n" else row._replace(number=value)


def looked_at(visit: Visit, index: SearchIndex, rows: Sequence[QuickRow]) -> list[Looked]:
    """Each row with what it means and costs, bought alone."""
    finder = Finder(visit.shelf.snapshot, visit.shelf.desk, index)
    found = finder.find_each([row.number for row in rows], _MOST_CHOICES)
    names = visit.names_of([product for each in found for product in each.products[:_MOST_CHOICES]])
    looked = [_looked_at(visit, each, row, names) for each, row in zip(found, rows, strict=True)]
    answers = visit.shelf.desk.listed([each.wanted for each in looked])
    made = zip(looked, answers, strict=True)
    return [each if answer is None else _priced(visit, each, answer.net) for each, answer in made]


def _priced(visit: Visit, looked: Looked, net: Decimal | None) -> Looked:
    if net is None:
        return looked._replace(told=hitch_note(visit, Problem(Hitch.NO_PRICE), looked.unit).text)
    if not is_taken(net):
        return looked._replace(told=visit.texts("hitch.too-much", text=looked.row.text))
    return looked._replace(net=net)


def _looked_at(visit: Visit, found: Found, row: QuickRow, names: Mapping[str, str]) -> Looked:
    if not row.number:
        return Looked(row, told=visit.texts("quick.number_lacks"))
    if found.how is How.NUMBER and len(found.products) == 1:
        [product] = found.products
        return _of_article(visit, row, product, names[product.sku], found.unit)
    choices = tuple((each.sku, names[each.sku]) for each in found.products[:_MOST_CHOICES])
    if found.how is How.ALIKE or not choices:
        return Looked(row, told=visit.texts("quick.unknown"), choices=choices)
    return Looked(row, told=visit.texts.counted("quick.ambiguous", len(choices)), choices=choices)


def _of_article(visit: Visit, row: QuickRow, product: Product, name: str, named_by: str | None) -> Looked:
    """The row of an article, with what is wrong with its quantity; `named_by` is the unit that its number names."""
    f, units = visit.figures, units_of(product)
    unit = _unit(visit, product, row.unit or named_by or "")
    named = tuple((code, f.unit(code)) for code in units)
    looked = Looked(row, unit or product.base_unit, product, name, units=named)
    if unit is None:
        return looked._replace(told=hitch_note(visit, Problem(Hitch.UNIT_UNKNOWN, units=units), product.base_unit).text)
    read = typed(row.text, visit.language)
    if read.quantity is None or not is_quantity(read.quantity):
        offered = _offered(visit, meant(product, read, unit), unit)
        return looked._replace(told=typed_note(visit, read, unit).text, quantities=offered)
    found = not_sold(product, read.quantity, unit)
    if found is None:
        return looked._replace(quantity=read.quantity)
    told = hitch_note(visit, found, unit).text
    return looked._replace(told=told, quantities=_offered(visit, found.quantities, unit))


def _offered(visit: Visit, quantities: Iterable[Decimal], unit: str) -> tuple[tuple[str, str], ...]:
    f = visit.figures
    return tuple((f.field(each), f.quantity(each, unit)) for each in quantities)


def _unit(visit: Visit, product: Product, text: str) -> str | None:
    """The unit of an article that a text names, by its code or as it is called; its base unit where it names none."""
    if not text:
        return product.base_unit
    names = {visit.figures.unit(code, many=many).lower(): code for code in units_of(product) for many in (True, False)}
    return unit_code(product, text.upper()) or names.get(text.lower())
