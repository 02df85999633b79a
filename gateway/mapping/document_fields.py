"""Fields of a canonical document by dotted path: their types when a mapping is compiled, their values when it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import NamedTuple, TypeAlias, Union, cast, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from gateway.errors import meant
from gateway.model.trade_rows import Row

Scope: TypeAlias = list[msgspec.Struct]
Read: TypeAlias = Callable[[Scope], object]


class Named(msgspec.Struct, frozen=True):
    """One entry of a field that has texts by their names: what it is called, and the text."""

    name: str
    text: str = ""


class Field(NamedTuple):
    """A field found: how far out it lies (0 the document), its type without None, and how it is read.

    `many` says that the type is that of the items of a list.
    """

    depth: int
    path: str
    type: type
    many: bool
    read: Read


def find_field(scope: Sequence[type[msgspec.Struct]], path: str) -> Field | None:
    """The field a path names in the innermost of the scope's types that has its first name; None where none has.

    A path that begins with / names one of the document itself. A row of trade data has every column: those that are
    empty are left out of it. So has a field with texts by their names; by itself it is the list of its entries. A name
    of theirs with other characters than a word has stands between double quotes.
    """
    if path.startswith("/"):
        return _follow(scope[0], 0, _names(path[1:]))
    names = _names(path)
    for depth in reversed(range(len(scope))):
        if scope[depth] is Row:
            return Field(depth, path, str, False, _cell(depth, path))
        if names[0] in scope[depth].__struct_fields__:
            return _follow(scope[depth], depth, names)
    return None


@cache
def fields_of(owner: type[msgspec.Struct]) -> dict[str, FieldInfo]:
    """The fields of a type by name; they are worked out once, a mapping asks for them with every rule."""
    return {field.name: field for field in msgspec.structs.fields(owner)}


def known_fields(owner: type[msgspec.Struct], wanted: str) -> str:
    """The advice about a field that a type has not: the one that was probably meant, else the names of all."""
    known = owner.__struct_fields__
    return meant(wanted, known, f"it has {', '.join(known)}")


def _names(path: str) -> list[str]:
    words, quote, quoted = path.partition('."')
    return [*words.split("."), *([quoted.removesuffix('"')] if quote else [])]


def _cell(depth: int, column: str) -> Read:
    return lambda scope: cast("Row", scope[depth]).cells.get(column)


def _follow(owner: type[msgspec.Struct], depth: int, names: list[str]) -> Field | None:
    """The field at the end of the names; every one before the last is a single part of the document."""
    optional = many = False
    found: type = owner
    for index, name in enumerate(names):
        stated = fields_of(found).get(name)
        if stated is None:
            return None
        found, empty, many = _plain_type(stated.type)
        last = index == len(names) - 1
        if found is Named:
            return _named(depth, names, index + 1)
        if not last and (many or not issubclass(found, msgspec.Struct)):
            return None
        optional = optional or (empty and not last)
    return Field(depth, ".".join(names), found, many, _reader(depth, names, optional))


def _named(depth: int, names: list[str], count: int) -> Field | None:
    """A field of texts by their names, which the first `count` names lead to: its entries, or the one that is named."""
    read = _reader(depth, names[:count], optional=True)
    if len(names) == count:
        return Field(depth, ".".join(names), Named, True, lambda scope: _entries(read(scope)))
    if len(names) > count + 1:
        return None
    return Field(depth, ".".join(names), str, False, lambda scope: cast("dict[str, str]", read(scope)).get(names[-1]))


def _entries(texts: object) -> list[Named]:
    return [Named(name, text) for name, text in cast("dict[str, str]", texts).items()]


def _plain_type(annotation: object) -> tuple[type, bool, bool]:
    """A field's type, whether it may be None, and whether it is that of a list's items, or of entries by name."""
    optional = False
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        optional, annotation = True, kinds[0]
    if get_origin(annotation) is dict:
        return Named, optional, True
    many = get_origin(annotation) in (tuple, list)
    if many:
        annotation = get_args(annotation)[0]
    return (annotation if isinstance(annotation, type) else object), optional, many


def _reader(depth: int, names: list[str], optional: bool) -> Read:
    """A look-up compiled once; parts that may be absent are passed through as None."""
    if not optional:
        get = attrgetter(".".join(names))
        return lambda scope: get(scope[depth])
    getters = [attrgetter(name) for name in names]

    def read(scope: Scope) -> object:
        value: object = scope[depth]
        for getter in getters:
            value = getter(value)
            if value is None:
                return None
        return value

    return read
