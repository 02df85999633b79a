"""OCI calls read: what the buyer's system asks of a catalogue, from the fields of its form or its address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from gateway.charsets import is_ascii_in
from gateway.issues import Issue

Fields = Sequence[tuple[str, str]]

DEFAULT_CHARSET = "ISO-8859-1"
"""What a form is in whose call names no charset (OCI 4.0, http_content_charset)."""
_ECHOED = ("~OkCode", "~TARGET", "~CALLER")
_TARGET = re.compile(r"_(?:top|parent|self|blank)|[A-Za-z][A-Za-z0-9_-]{0,63}")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_USUAL_PAGE, _MOST_PAGE = 50, 1_000
# SAP's language keys of one letter; those of two are of ISO 639-1.
_SAP_LANGUAGES = {
    "D": "de", "E": "en", "F": "fr", "I": "it", "S": "es", "N": "nl", "P": "pt", "K": "da", "V": "sv", "U": "fi",
    "O": "no", "L": "pl", "C": "cs", "H": "hu", "Q": "sk", "5": "sl", "T": "tr", "R": "ru", "J": "ja", "1": "zh",
}  # fmt: skip


class Function(StrEnum):
    """What is called for; a call that names no function opens the catalogue.

    DOWNLOADJSON came with OCI 5.0; QUANTITYCHECK is an extension of single vendors.
    """

    CATALOGUE = ""
    DETAIL = "DETAIL"
    VALIDATE = "VALIDATE"
    SOURCING = "SOURCING"
    BACKGROUND_SEARCH = "BACKGROUND_SEARCH"
    QUANTITYCHECK = "QUANTITYCHECK"
    DOWNLOADJSON = "DOWNLOADJSON"

    @property
    def needs_hook(self) -> bool:
        """Whether it ends with something that goes to HOOK_URL."""
        return self in (Function.CATALOGUE, Function.VALIDATE, Function.SOURCING)

    @property
    def is_of_product(self) -> bool:
        """Whether it is about one product."""
        return self in (Function.DETAIL, Function.VALIDATE, Function.QUANTITYCHECK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which page of a download is wanted, counted from 1, and of how many articles; the rest is repeated in it."""

    size: int
    number: int
    transaction: str
    cti: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call. What it leaves out is empty or None; `target` is where the form goes, `charset` what it is in.

    `language` is of ISO 639-1, `echo` goes back with the form as it came.
    """

    user: str
    password: str = field(repr=False)
    hook_url: str
    target: str
    charset: str
    language: str | None
    function: Function
    product_id: str
    quantity: Decimal | None
    search: str
    page: Page
    echo: tuple[tuple[str, str], ...]


def read_call(fields: Fields, user_field: str = "USERNAME", password_field: str = "PASSWORD") -> Call | Issue:  # noqa: S107
    """The call in these fields, or the issue it cannot be answered for; names of fields are known in any capitals.

    Of a field that comes twice the first counts. SAP Open Catalog Interface 4.0 and 5.0, "Catalog Call".
    """
    given = _by_name(fields)
    refused = _refusal(given)
    if refused is not None:
        return refused
    return Call(
        user=given.get(user_field.upper(), ""), password=given.get(password_field.upper(), ""),
        hook_url=_text(given, "HOOK_URL"), target=_target(given), charset=_charset(given), language=_language(given),
        function=Function(_text(given, "FUNCTION").upper()), product_id=_text(given, "PRODUCTID"),
        quantity=_number(_text(given, "QUANTITY")), search=_text(given, "SEARCHSTRING"), page=_page(given),
        echo=tuple((name, given[name.upper()]) for name in _ECHOED if name.upper() in given),
    )  # fmt: skip


def _refusal(given: Mapping[str, str]) -> Issue | None:
    """Why a call cannot be answered, if so."""
    function = _text(given, "FUNCTION").upper()
    if function not in set(Function):
        return _refused("oci.function.unknown", f"there is no function {function[:40]!r}", "FUNCTION")
    asked = Function(function)
    if asked.needs_hook and not _text(given, "HOOK_URL"):
        return _refused("oci.hook.missing", "there is no HOOK_URL", "HOOK_URL")
    if asked.is_of_product and not _text(given, "PRODUCTID"):
        return _refused("oci.product.missing", f"{asked} names no PRODUCTID", "PRODUCTID")
    if not is_ascii_in(_charset(given)):
        return _refused("oci.charset.unknown", f"there is no charset {_charset(given)[:40]!r}", "http_content_charset")
    if _text(given, "QUANTITY") and _number(_text(given, "QUANTITY")) is None:
        return _refused("oci.quantity.unreadable", "QUANTITY is no number above 0", "QUANTITY")
    return None


def _by_name(fields: Fields) -> dict[str, str]:
    """The first value of each field, by its name in capitals."""
    given: dict[str, str] = {}
    for name, value in fields:
        given.setdefault(name.strip().upper(), value)
    return given


def _refused(code: str, text: str, name: str) -> Issue:
    return Issue(code=code, text=text, path=name)


def _text(given: Mapping[str, str], name: str) -> str:
    return given.get(name, "").strip()


def _charset(given: Mapping[str, str]) -> str:
    return _text(given, "HTTP_CONTENT_CHARSET") or DEFAULT_CHARSET


def _number(text: str) -> Decimal | None:
    """A quantity as OCI writes it, with a point; None where it is none."""
    return Decimal(text) or None if _NUMBER.fullmatch(text) else None


def _target(given: Mapping[str, str]) -> str:
    """The window the form goes to: returntarget before ~TARGET, _top where neither names one."""
    named = (_text(given, name) for name in ("RETURNTARGET", "~TARGET"))
    return next((each for each in named if _TARGET.fullmatch(each)), "_top")


def _language(given: Mapping[str, str]) -> str | None:
    stated = (given.get("SAP-LANGUAGE") or given.get("LANGUAGE") or "").strip()
    if len(stated) == 1:
        return _SAP_LANGUAGES.get(stated.upper())
    word = stated[:2].lower()
    return word if len(word) == 2 and word.isascii() and word.isalpha() else None


def _page(given: Mapping[str, str]) -> Page:
    size, number = (_text(given, name) for name in ("PAGESIZE", "REQUESTEDPAGE"))
    return Page(
        size=min(_whole(size) or _USUAL_PAGE, _MOST_PAGE), number=_whole(number) or 1,
        transaction=given.get("TRANSACTIONID", ""), cti=given.get("CTI", ""),
    )  # fmt: skip


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
