"""Conditions of statements that look up a whole set of keys at once."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Dialect, SQLColumnExpression, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from gateway.store.postgresql import without_nul


class _TextSet(TypeDecorator[Collection[str]]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """One parameter, however many there are: the statement stays the same and is compiled once."""
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> list[str] | str:
        """An array, or one JSON text."""
        # SQLite ends a text of JSON at a NUL, and would find what is named by the part before it.
        texts = [without_nul(each) for each in sorted(value or ())]
        return texts if dialect.name == "postgresql" else json.dumps(texts)


class _EachText(FunctionElement[str]):
    name = "each_text"
    inherit_cache = True


@compiles(_EachText, "sqlite")
def _each_on_sqlite(element: _EachText, compiler: SQLCompiler, **options: object) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608 a bound parameter


# Of an array PostgreSQL knows how many there are; of the elements of a JSON text it takes a hundred for granted, and
# rather reads a whole table than look them up.
@compiles(_EachText, "postgresql")
def _each_on_postgresql(element: _EachText, compiler: SQLCompiler, **options: object) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


def among(key: SQLColumnExpression[str], parameter: str) -> ColumnElement[bool]:
    """That the key is one of the texts the parameter holds."""
    return key.bool_op("IN")(_EachText(bindparam(parameter, type_=_TextSet)))


def valid(
    first: SQLColumnExpression[date | None], last: SQLColumnExpression[date | None], parameter: str
) -> ColumnElement[bool]:
    """That the day the parameter holds lies in the validity; both ends are inclusive, NULL is open."""
    day = bindparam(parameter, type_=Date)
    return (first.is_(None) | (first <= day)) & (last.is_(None) | (last >= day))
