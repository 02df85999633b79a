"""Bodies: JSON read strictly, every number exact, every fault with its place."""

from __future__ import annotations

import asyncio
import json
import re
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec import inspect
from starlette.requests import ClientDisconnect, Request

from gateway.http.problems import Fault, RefusedError
from gateway.http.uploads import check_stated_size, too_large
from gateway.model.quantity import TooLargeError, parse_decimal
from gateway.model.value import Value

T = TypeVar("T", bound=Value)

BODY_S = 30.0
"""How long a body may take to come."""
MOST_LETTERS = 4_000
"""The longest text taken."""
_MOST_DEEP = 12
_MOST_WHOLE = 2**31 - 1
_MOST_DIGITS = 40
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The body; raises RefusedError where it is too large, is no JSON by its own words, or does not come."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError("body-not-json", "Send the header Content-Type: application/json.")
    return await received(request, most_bytes)


async def received(request: Request, most_bytes: int) -> bytes:
    """The body, whatever it is; raises RefusedError where it is too large or does not come."""
    check_stated_size(request, most_bytes)
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                pieces.append(piece)
                size += len(piece)
                if size > most_bytes:
                    raise too_large(most_bytes)
    except (TimeoutError, ClientDisconnect):
        raise RefusedError("body-too-slow", f"Send the body within {BODY_S:g} s.") from None
    return b"".join(pieces)


def decode(raw: bytes, kind: type[T]) -> T:
    """The body as a value of this kind; raises RefusedError with the place of the first fault."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_named_once, parse_constant=_no_number,
            parse_float=_exact, parse_int=_exact,
        )  # fmt: skip
        return msgspec.convert(_checked(value, "", decimal_fields(kind)), kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at ")
        raise RefusedError("request-invalid", faults=[Fault(text, pointer(path.strip("`")))]) from None
    except UnicodeDecodeError:
        raise RefusedError("body-malformed", "Write the body in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise RefusedError("body-malformed", f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise RefusedError("body-malformed", "The body is nested too deep.") from None


def pointer(path: str) -> str:
    """The JSON pointer (RFC 6901) of a path such as `$.lines[0].quantity`."""
    return "".join(f"/{name or place}" for name, place in _STEP.findall(path))


@cache
def decimal_fields(kind: type[Value]) -> frozenset[str]:
    """The names of all fields that are numbers of trade, in a kind of value and in what it holds."""
    found: set[str] = set()
    _gather(inspect.type_info(kind), found)
    return frozenset(found)


def _gather(info: inspect.Type, found: set[str]) -> None:
    if isinstance(info, inspect.StructType):
        for field in info.fields:
            kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
            if any(isinstance(getattr(each, "item_type", each), inspect.DecimalType) for each in kinds):
                found.add(field.encode_name)
            for each in kinds:
                _gather(each, found)
    elif isinstance(info, inspect.ListType | inspect.VarTupleType):
        _gather(info.item_type, found)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedError("body-malformed", f"An object names {twice[:100]!r} twice.")
    return value


def _no_number(text: str) -> NoReturn:
    raise RefusedError("body-malformed", f"{text} is no number.")


def _exact(text: str) -> Decimal | int:
    """The number as written: no binary fraction comes between."""
    if len(text) > _MOST_DIGITS:
        raise RefusedError("number-too-large", f"{text[:_MOST_DIGITS]}... has too many digits.")
    if text.lstrip("-").isdecimal():
        return int(text)
    exponent = text.lower().partition("e")[2].lstrip("+-0")
    if len(exponent) > len(str(_MOST_DIGITS)):
        raise RefusedError("number-too-large", f"{text} is not taken.")
    return Decimal(text)


def _checked(value: Any, at: str, numbers: frozenset[str], deep: int = 0) -> Any:
    """The value, its numbers of trade as decimals; nothing in it that the store could not keep."""
    if deep > _MOST_DEEP:
        raise RefusedError("body-malformed", "The body is nested too deep.")
    if isinstance(value, dict):
        for name, each in value.items():
            there = f"{at}/{name}"
            value[name] = _numbers(each, there) if name in numbers else _checked(each, there, numbers, deep + 1)
            _check_text(name, at)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            value[place] = _checked(each, f"{at}/{place}", numbers, deep + 1)
    elif isinstance(value, str):
        _check_text(value, at)
    elif isinstance(value, int | Decimal) and not -_MOST_WHOLE <= value <= _MOST_WHOLE:
        raise RefusedError("number-too-large", faults=[Fault(f"{value} is not taken", at)])
    return value


def _numbers(value: Any, at: str) -> Any:
    """Numbers of trade, each stated as a number or as a text; what is neither, the kind of value will refuse."""
    if isinstance(value, list):
        return [
            _numbers(each, f"{at}/{place}") if not isinstance(each, list) else None for place, each in enumerate(value)
        ]
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return None if value is None else {}
    try:
        return parse_decimal(value if isinstance(value, str) else _written(Decimal(value)))
    except TooLargeError as error:
        raise RefusedError("number-too-large", faults=[Fault(str(error), at)]) from None
    except ValueError as error:
        raise RefusedError("request-invalid", faults=[Fault(str(error), at)]) from None


def _written(number: Decimal) -> str:
    return format(number, "f")


def _check_text(text: str, at: str) -> None:
    if len(text) > MOST_LETTERS:
        raise RefusedError("request-invalid", faults=[Fault(f"a text has at most {MOST_LETTERS} characters", at)])
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RefusedError("request-invalid", faults=[Fault("a text holds characters that are none", at)])
