"""Forms: what a browser sends in an address and a body, as fields in their order, in whatever charset."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.charsets import is_ascii_in
from gateway.http.bodies import received
from gateway.http.problems import Fault, RefusedError

MOST_BYTES = 4 << 20
MOST_FIELDS = 50_000
"""A cart of 2,000 lines has some 40,000 fields by OCI."""
URLENCODED = "application/x-www-form-urlencoded"
_CHARSET = "http_content_charset"
_LATIN = "iso-8859-1"

Fields = list[tuple[str, str]]


async def fields_of(request: Request) -> Fields:
    """The fields of the address, then those of the body.

    They are read in the charset that one of them names (OCI 4.0, http_content_charset); where none does, in UTF-8 if
    they can be, else in ISO-8859-1. Raises RefusedError for a body that is no form, is too large or does not come.
    """
    raw = [bytes(request.scope["query_string"])]
    if request.method == "POST":
        stated = request.headers.get("content-type", URLENCODED).partition(";")[0].strip().lower()
        if stated != URLENCODED:
            raise RefusedError("syntax-refused", f"Send the form as {URLENCODED}.")
        raw.append(await received(request, MOST_BYTES))
    return read_fields(raw)


def read_fields(parts: list[bytes]) -> Fields:
    """The fields of parts as they came, percent signs and all; raises RefusedError for more than are taken."""
    plain = _in_charset(parts, _LATIN)
    named = next((value.strip() for name, value in plain if name.lower() == _CHARSET), "")
    if named:
        return _in_charset(parts, named) if is_ascii_in(named) else plain
    try:
        return _in_charset(parts, "utf-8", "strict")
    except UnicodeDecodeError:
        return plain


def _in_charset(parts: list[bytes], charset: str, errors: str = "replace") -> Fields:
    fields: Fields = []
    for part in parts:
        text = part.decode(charset, errors)
        try:
            fields += parse_qsl(text, True, encoding=charset, errors=errors, max_num_fields=MOST_FIELDS)
        except UnicodeDecodeError:
            raise
        except ValueError:
            text = f"send at most {MOST_FIELDS} fields"
            raise RefusedError("request-invalid", faults=[Fault(text)]) from None
    return fields
