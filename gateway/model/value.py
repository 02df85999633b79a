"""The base of every canonical value: frozen, named fields, None and empty left out of its JSON."""

from __future__ import annotations

from typing import dataclass_transform

import msgspec


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A frozen value with named fields."""


def to_json(value: object) -> bytes:
    """The value as canonical JSON: UTF-8, fields in declared order, Decimals as strings, ISO dates."""
    return msgspec.json.encode(value)
