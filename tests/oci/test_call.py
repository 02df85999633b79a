"""OCI calls read: what a buyer's system asks of the catalogue, however it writes its fields."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.issues import Issue
from gateway.oci.call import Call, Function, Page, read_call

HOOK = ("HOOK_URL", "https://srm.example/cart?session=1")
LOGIN = [("USERNAME", "acme"), ("PASSWORD", "s3cr3t")]


def called(*fields: tuple[str, str]) -> Call:
    """The call of these fields, which can be answered."""
    call = read_call([*LOGIN, HOOK, *fields])
    assert isinstance(call, Call)
    return call


def refusal(*fields: tuple[str, str]) -> tuple[str, str | None]:
    """Why a call cannot be answered, and which field says so."""
    issue = read_call([*LOGIN, *fields])
    assert isinstance(issue, Issue)
    assert issue.advice
    return issue.code, issue.path


def test_a_call_of_sap_srm_is_read_whole() -> None:
    call = called(
        ("~OkCode", "ADDI"), ("~TARGET", "_top"), ("~CALLER", "CTLG"), ("OCI_VERSION", "4.0"), ("OPI_VERSION", "1.0"),
        ("http_content_charset", "utf-8"), ("returntarget", "_parent"), ("sap-language", "DE"),
    )  # fmt: skip
    assert (call.user, call.password, call.hook_url) == ("acme", "s3cr3t", HOOK[1])
    assert (call.target, call.charset, call.language) == ("_parent", "utf-8", "de")
    assert call.function is Function.CATALOGUE
    assert call.echo == (("~OkCode", "ADDI"), ("~TARGET", "_top"), ("~CALLER", "CTLG"))


def test_what_is_left_out_has_what_oci_says_of_it() -> None:
    call = called()
    assert (call.target, call.charset, call.language) == ("_top", "ISO-8859-1", None)
    assert (call.quantity, call.product_id, call.search, call.echo) == (None, "", "", ())
    assert call.page == Page(size=50, number=1, transaction="", cti="")


def test_no_repr_tells_the_password_whatever_its_field_is_called() -> None:
    call = called()
    assert "s3cr3t" not in repr(call)
    named = read_call([("Login", "acme"), ("Kennwort", "s3cr3t"), HOOK], "LOGIN", "kennwort")
    assert isinstance(named, Call)
    assert (named.user, named.password) == ("acme", "s3cr3t")


def test_names_are_known_in_any_capitals_and_of_two_the_first_counts() -> None:
    call = read_call(
        [("username", "a"), ("Password", "b"), ("hook_url", HOOK[1]), ("HOOK_URL", "https://evil.example")]
    )
    assert isinstance(call, Call)
    assert (call.user, call.password, call.hook_url) == ("a", "b", HOOK[1])
    assert called(("~okcode", "ADDI"), ("Function", "detail"), ("ProductId", "4711")).echo == (("~OkCode", "ADDI"),)


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ([("~TARGET", "cart")], "cart"),
        ([("~TARGET", "cart"), ("returntarget", "_blank")], "_blank"),
        ([("~TARGET", "cart"), ("returntarget", "")], "cart"),
        ([("returntarget", "javascript:alert(1)"), ("~TARGET", "a b")], "_top"),
        ([("returntarget", "_evil")], "_top"),
    ],
)
def test_the_form_goes_to_the_window_that_is_named(fields: list[tuple[str, str]], target: str) -> None:
    assert called(*fields).target == target


@pytest.mark.parametrize(
    ("name", "value", "language"),
    [
        ("sap-language", "EN", "en"), ("SAP-LANGUAGE", "D", "de"), ("language", "de_DE", "de"), ("language", "?", None),
        ("sap-language", "1", "zh"), ("sap-language", "9", None), ("language", "äö", None), ("language", "", None),
    ],
)  # fmt: skip
def test_languages_are_told_as_sap_writes_them_or_as_iso(name: str, value: str, language: str | None) -> None:
    assert called((name, value)).language == language


def test_functions_bring_what_they_are_about() -> None:
    validate = called(("FUNCTION", "VALIDATE"), ("PRODUCTID", " 4711 "), ("QUANTITY", "10.500"))
    assert (validate.function, validate.product_id, validate.quantity) == (Function.VALIDATE, "4711", Decimal("10.5"))
    search = read_call([*LOGIN, ("FUNCTION", "BACKGROUND_SEARCH"), ("SEARCHSTRING", "M8")])
    assert isinstance(search, Call)
    assert (search.search, search.hook_url) == ("M8", "")
    assert called(("FUNCTION", "SOURCING"), ("SEARCHSTRING", "M8")).function is Function.SOURCING
    assert called(("FUNCTION", "quantitycheck"), ("PRODUCTID", "1")).function is Function.QUANTITYCHECK


@pytest.mark.parametrize(
    ("size", "number", "page"),
    [
        ("200", "3", (200, 3)),
        ("100000", "1", (1000, 1)),
        ("0", "0", (50, 1)),
        ("-5", "x", (50, 1)),
        ("9" * 30, "1", (50, 1)),
    ],
)
def test_a_download_is_asked_for_by_pages(size: str, number: str, page: tuple[int, int]) -> None:
    asked = [
        ("FUNCTION", "DOWNLOADJSON"),
        ("pagesize", size),
        ("requestedpage", number),
        ("transactionid", "t"),
        ("cti", "c"),
    ]
    call = read_call([*LOGIN, *asked])
    assert isinstance(call, Call)
    assert call.page == Page(size=page[0], number=page[1], transaction="t", cti="c")


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ([], ("oci.hook.missing", "HOOK_URL")),
        ([("HOOK_URL", " ")], ("oci.hook.missing", "HOOK_URL")),
        ([HOOK, ("FUNCTION", "EVAL")], ("oci.function.unknown", "FUNCTION")),
        ([HOOK, ("FUNCTION", "DETAIL")], ("oci.product.missing", "PRODUCTID")),
        ([HOOK, ("FUNCTION", "VALIDATE"), ("PRODUCTID", "")], ("oci.product.missing", "PRODUCTID")),
        ([HOOK, ("http_content_charset", "utf-7")], ("oci.charset.unknown", "http_content_charset")),
        ([HOOK, ("http_content_charset", "klingon")], ("oci.charset.unknown", "http_content_charset")),
        ([HOOK, ("http_content_charset", "utf-8\0")], ("oci.charset.unknown", "http_content_charset")),
        *(([HOOK, ("QUANTITY", each)], ("oci.quantity.unreadable", "QUANTITY")) for each in (
            "0", "-1", "1,5", "1e3", "NaN", "Infinity", "9" * 21, "ten", "1_0", "\u0661", "0.0",
        )),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_answered_says_why(fields: list[tuple[str, str]], refused: tuple[str, str]) -> None:
    assert refusal(*fields) == refused


NAMES = st.sampled_from(
    ["HOOK_URL", "FUNCTION", "PRODUCTID", "QUANTITY", "http_content_charset", "pagesize", "~TARGET"]
)


@given(st.lists(st.tuples(NAMES | st.text(max_size=9), st.text(max_size=12) | st.sampled_from([*Function, "utf-8"]))))
def test_whatever_is_called_is_read_or_refused(fields: list[tuple[str, str]]) -> None:
    assert isinstance(read_call(fields), Call | Issue)
