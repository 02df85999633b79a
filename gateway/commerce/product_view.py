"""An article as one account sees it: in its language, with its own texts and numbers, related to what it may buy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.model.catalogue import Attribute, Document, Relation, Tailoring, attribute, documents
from gateway.model.product import PartNumber, Product
from gateway.model.value import Value


class Viewer(NamedTuple):
    """Who looks: his subjects and his account with its parents, each the nearest first, the day and the language."""

    subjects: Sequence[str]
    chain: Sequence[str]
    on: date
    language: str | None = None


class Told(NamedTuple):
    """What is told of one article beside its record. `permitted` are the articles that the viewer may buy."""

    tailoring: Sequence[Tailoring] = ()
    relations: Sequence[Relation] = ()
    numbers: Sequence[PartNumber] = ()
    permitted: Collection[str] = frozenset()


class UnitView(Value, kw_only=True):
    """A unit an article is sold in: one of it holds numerator/denominator base units."""

    code: str
    numerator: int
    denominator: int
    gtin: str | None = None


class Identifier(Value, kw_only=True):
    """A number of the article. `scheme`: sku, gtin, manufacturer or own (the viewer's, or one of his parents')."""

    scheme: str
    value: str
    unit: str | None = None
    pack: Decimal | None = None
    account: str | None = None
    text: str | None = None


class Classification(Value, kw_only=True):
    """The class of the article in a system (unspsc, eclass), and the version of the system where it is known."""

    system: str
    code: str
    version: str | None = None


class NamedAttribute(Attribute, kw_only=True):
    """An attribute with its name."""

    name: str


class RelatedView(Value, kw_only=True):
    """Another article, and what it is to this one."""

    kind: str
    product: str
    quantity: Decimal | None = None
    position: str | None = None


class ProductView(Value, kw_only=True):
    """An article as one account sees it; quantities in base units."""

    sku: str
    name: str
    description: str | None = None
    note: str | None = None
    base_unit: str
    status: str
    manufacturer: str | None = None
    category: str | None = None
    family: str | None = None
    brand: str | None = None
    keywords: str | None = None
    min_quantity: Decimal | None = None
    quantity_step: Decimal | None = None
    lead_time_days: int
    weight_kg: Decimal | None = None
    units: tuple[UnitView, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    classifications: tuple[Classification, ...] = ()
    attributes: tuple[NamedAttribute, ...] = ()
    relations: tuple[RelatedView, ...] = ()
    documents: tuple[Document, ...] = ()


_SAME = (
    "sku", "base_unit", "status", "manufacturer", "category", "family", "brand", "keywords", "min_quantity",
    "quantity_step", "lead_time_days", "weight_kg",
)  # fmt: skip


def product_view(product: Product, viewer: Viewer, told: Told) -> ProductView:
    """The article as the viewer sees it.

    A text of his own stands before the general one, that of the nearest subject first; there, and in the general
    texts, the one in his language stands before the one in none. Articles that he may not buy are not related.
    """
    texts = _Texts(viewer, told.tailoring)
    return ProductView(
        **{name: getattr(product, name) for name in _SAME},
        name=texts.find("name", product.names, product.name) or product.name,
        description=texts.find("description", product.descriptions, product.description),
        note=texts.find("note", {}, None),
        units=tuple(
            UnitView(code=unit.code, numerator=unit.numerator, denominator=unit.denominator, gtin=unit.gtin)
            for unit in product.units
        ),
        identifiers=tuple(_identifiers(product, viewer, told.numbers)),
        classifications=tuple(_classifications(product)),
        attributes=tuple(_attributes(product, texts)),
        relations=tuple(_relations(product, told)),
        documents=documents(product.documents),
    )


class _Texts:
    """The viewer's own texts of one article."""

    def __init__(self, viewer: Viewer, tailoring: Iterable[Tailoring]) -> None:
        self._own = {(each.subject, each.field): each.value for each in tailoring}
        self._subjects = viewer.subjects
        parts = viewer.language.split("-") if viewer.language else []
        self._languages = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]

    def find(self, field: str, general: Mapping[str, str], plain: str | None) -> str | None:
        """The text of a field: his own, else the general one in his language, else the plain one."""
        if not self._own and not general:
            return plain
        fields = [*(f"{field}:{language}" for language in self._languages), field]
        own = (self._own.get((subject, name)) for subject in self._subjects for name in fields)
        spoken = (general.get(language) for language in self._languages)
        return next((text for text in (*own, *spoken) if text), plain)

    def attributes(self) -> dict[str, str]:
        """His own attributes by name, those of the nearest subject."""
        rank = {subject: place for place, subject in enumerate(self._subjects)}
        farthest_first = sorted(
            (each for each in self._own if each[0] in rank), key=lambda each: rank[each[0]], reverse=True
        )
        named = ((field.partition(":"), self._own[subject, field]) for subject, field in farthest_first)
        return {name: text for (kind, _, name), text in named if kind == "attr"}


def _identifiers(product: Product, viewer: Viewer, numbers: Iterable[PartNumber]) -> Iterator[Identifier]:
    yield Identifier(scheme="sku", value=product.sku)
    for unit in product.units:
        if unit.gtin:
            yield Identifier(scheme="gtin", value=unit.gtin, unit=unit.code)
    if product.manufacturer_part:
        yield Identifier(scheme="manufacturer", value=product.manufacturer_part, text=product.manufacturer)
    rank = {account: place for place, account in enumerate(viewer.chain)}
    valid = [each for each in numbers if each.account in rank and each.holds(viewer.on)]
    for each in sorted(valid, key=lambda each: (rank[each.account], each.number)):
        yield Identifier(
            scheme="own", value=each.number, unit=each.unit, pack=each.pack, account=each.account,
            text=each.description,
        )  # fmt: skip


def _classifications(product: Product) -> Iterator[Classification]:
    if product.unspsc:
        yield Classification(system="unspsc", code=product.unspsc, version=product.unspsc_version)
    if product.eclass:
        yield Classification(system="eclass", code=product.eclass, version=product.eclass_version)


def _attributes(product: Product, texts: _Texts) -> Iterator[NamedAttribute]:
    for name, text in (product.attributes | texts.attributes()).items():
        found = attribute(text)
        yield NamedAttribute(name=name, text=text, number=found.number, unit=found.unit)


def _relations(product: Product, told: Told) -> Iterator[RelatedView]:
    """What the article is related to; its successor once, whichever way it was stated."""
    related = list(told.relations)
    if product.successor and all((each.kind, each.related) != ("successor", product.successor) for each in related):
        related.append(Relation(product=product.sku, related=product.successor, kind="successor"))
    for each in related:
        if each.related in told.permitted:
            yield RelatedView(kind=each.kind, product=each.related, quantity=each.quantity, position=each.position)
