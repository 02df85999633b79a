"""Rules about articles, by their columns and attributes: the members of an assortment that are told and not listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, TypeAlias

from gateway.commerce import rule_grammar
from gateway.commerce.rule_grammar import (
    Comparison,
    FieldType,
    Language,
    Measured,
    Negation,
    Operand,
    Part,
    RuleError,
    fields_of,
    text_of,
)
from gateway.errors import PermanentError
from gateway.model.assortment import RULES
from gateway.model.catalogue import attribute
from gateway.model.product import Product, category_paths

Holds: TypeAlias = Callable[[Product], bool]
"""Whether it holds for an article."""


class ArticleRule(NamedTuple):
    """A rule that can be asked. It holds for nothing outside the scopes `within`; None where it names none."""

    holds: Holds
    within: frozenset[str] | None


FIELDS: Mapping[str, FieldType] = fields_of(Product)
"""The columns of products that a rule can name; `attr.NAME` names an attribute."""
_ATTRIBUTE = "attr."
_ARTICLES = Language(FIELDS, f"name a column of products, or {_ATTRIBUTE}NAME", "make two members of it", _ATTRIBUTE)
_SCOPES = {"sku": "product", "category": "category", "brand": "brand"}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">=": ge, ">": gt}
_attribute = lru_cache(maxsize=65_536)(attribute)


def parse(text: str) -> Part:
    """What the rule says; raises RuleError for anything that is no rule."""
    return rule_grammar.parse(text, _ARTICLES)


def scope_of(rule: str) -> str:
    """What a rule is known by as a member of an assortment: the same for however it is spaced and bracketed."""
    return f"{RULES}{blake2b(text_of(parse(rule)).encode(), digest_size=12).hexdigest()}"


@lru_cache(maxsize=4096)
def compiled(rule: str) -> ArticleRule:
    """The rule as it can be asked; raises PermanentError for a stored rule that is none."""
    try:
        part = parse(rule)
    except RuleError as reason:
        text = f"The rule of an assortment cannot be read: {reason}. Import it again, corrected."
        raise PermanentError(text) from reason
    return ArticleRule(_compiled(part), _within(part))


def _within(part: Part) -> frozenset[str] | None:
    """The scopes outside which the part holds for nothing; None where it names none."""
    if isinstance(part, Comparison):
        kind = _SCOPES.get(part.field)
        return frozenset(f"{kind}:{value}" for value in part.values) if kind and part.op in ("=", "in") else None
    if isinstance(part, Negation):
        return None
    found = [_within(each) for each in part.parts]
    named = [each for each in found if each is not None]
    if part.word == "and":
        return min(named, key=len, default=None)
    return frozenset[str]().union(*named) if len(named) == len(found) else None


def _compiled(part: Part) -> Holds:
    if isinstance(part, Comparison):
        return _comparison(part)
    if isinstance(part, Negation):
        inner = _compiled(part.part)
        return lambda product: not inner(product)
    parts = tuple(_compiled(each) for each in part.parts)
    if part.word == "and":
        return lambda product: all(holds(product) for holds in parts)
    return lambda product: any(holds(product) for holds in parts)


def _comparison(comparison: Comparison) -> Holds:
    field, op, values = comparison
    if field == "category":
        return lambda product: product.category is not None and _among(category_paths(product.category), op, values)
    if field not in FIELDS:
        named = field.removeprefix(_ATTRIBUTE)
        name = named[1:-1].replace('""', '"') if named.startswith('"') else named
        return lambda product: _attribute_holds(product.attributes.get(name), op, values)

    def holds(product: Product) -> bool:
        value = getattr(product, field)
        return value is not None and _compare(Decimal(value) if isinstance(value, int) else value, op, values)

    return holds


def _among(paths: tuple[str, ...], op: str, values: tuple[Operand, ...]) -> bool:
    """Whether a category is one of those named, or below one."""
    return any(value in paths for value in values) is not (op == "!=")


def _attribute_holds(text: str | None, op: str, values: tuple[Operand, ...]) -> bool:
    """Whether an attribute, as its text states it, compares so with any of the values."""
    return text is not None and any(_attribute_compares(text, op, value) for value in values)


def _attribute_compares(text: str, op: str, value: Operand) -> bool:
    """Whether the attribute compares so; one that is no number, or of another unit, does not compare with a number."""
    if isinstance(value, str):
        return _compare(text, op, (value,))
    found = _attribute(text)
    if found.number is None:
        return False
    if isinstance(value, Measured):
        return found.unit == value.unit and _compare(found.number, op, (value.number,))
    return _compare(found.number, op, (value,))


def _compare(value: Operand, op: str, values: tuple[Operand, ...]) -> bool:
    if op in ("=", "in"):
        return value in values
    if op == "!=":
        return value not in values
    return _ORDER[op](value, values[0])
