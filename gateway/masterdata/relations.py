"""Tables of what articles are to each other, and of their texts for single customers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from gateway.masterdata import columns as cell
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.kind import Cells, Kind, texts
from gateway.masterdata.known import Known, Names, accounts_named
from gateway.model.catalogue import RELATIONS as KINDS_OF_RELATION
from gateway.model.catalogue import Relation, Tailoring

_FIELD = re.compile(r"name|description|note|(name|description):[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*|attr:.+")


def _relation_names(rows: Sequence[Cells]) -> Names:
    following = [row for row in rows if row.get("kind") == "successor"]
    return Names(products=texts(rows, "product") | texts(rows, "related"), successors=texts(following, "related"))


def _relation(cells: Cells, known: Known) -> Relation:
    row = msgspec.convert(cells, Relation)
    known.product(row.product, "product")
    known.product(row.related, "related")
    if row.product == row.related:
        raise RefusedError("import.relation.circle", "related", f"article {row.product} cannot be related to itself")
    if row.kind == "successor":
        known.succeed(row.product, row.related, "related")
    return row


def _field(text: str) -> str:
    """What a customer's text stands in for."""
    if not _FIELD.fullmatch(text):
        known = "name, description, note, name:LANG, description:LANG or attr:NAME"
        raise ValueError(f"{text[:40]!r} is no field a customer has a text of his own for: {known}")
    return text


def _tailoring(cells: Cells, known: Known) -> Tailoring:
    row = msgspec.convert(cells, Tailoring)
    known.subject(row.subject, "subject")
    known.product(row.product, "product")
    return row


RELATIONS = Kind(
    "relations",
    Relation,
    {
        "action": cell.choice("upsert", "delete"),
        "product": cell.name,
        "related": cell.name,
        "kind": cell.choice(*KINDS_OF_RELATION),
        "quantity": cell.positive,
        "position": cell.name,
    },
    names=_relation_names,
    build=_relation,
)

TAILORING = Kind(
    "tailoring",
    Tailoring,
    {
        "action": cell.choice("upsert", "delete"),
        "subject": cell.scope("account", "segment", "buying-group", "price-group", "channel"),
        "product": cell.name,
        "field": _field,
        "value": cell.prose,
    },
    names=lambda rows: Names(accounts=accounts_named(rows, "subject"), products=texts(rows, "product")),
    build=_tailoring,
)
