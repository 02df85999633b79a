"""The OCI door: forms in any charset and of any size, and pages that a browser within the buyer's system can show."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.http.calls import Api
from gateway.http.forms import MOST_FIELDS, read_fields
from gateway.http.oci_door import OciDoor
from gateway.http.problems import RefusedError
from gateway.http.shop_door import ShopDoor
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.settings import ApiSettings
from gateway.store.engine import Store
from tests.punchout.shops import HOOK, OCI, Shop
from tests.shop.shoppers import Page, Shopper

DOOR = f"/oci/{OCI}"
LOGIN = {"USERNAME": "acme", "PASSWORD": "s3cret", "HOOK_URL": f"{HOOK}?sid=1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Buyer(Shopper):
    """A browser that a buyer's system sends to the door."""

    def call(self, method: str = "POST", **fields: str) -> Page:
        """The answer to a call with a login."""
        given = {**LOGIN, **fields}
        return self.ask(method, DOOR, **({"data": given} if method == "POST" else {"params": given}))


@pytest.fixture
def buyer(store: Store, tmp_path: Path) -> Iterator[Buyer]:
    """A browser before the door of a shop."""
    shop, index = Shop(store), SearchIndex(tmp_path)
    keep(store, index)
    api = Api(lambda: shop.line, ApiSettings(), lambda: None, index)
    app = Starlette(routes=[*OciDoor(api, {"env:ACME_OCI": "s3cret"}.__getitem__).routes, *ShopDoor(api).routes])
    with asyncio.Runner() as runner:
        yield Buyer(app, runner)
    api.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_leads_to_the_shop_by_an_address_without_the_password(buyer: Buyer, method: str) -> None:
    answer = buyer.call(method)
    assert answer.status == 303
    assert answer.head["location"].startswith("../shop/open/")
    assert answer.head["referrer-policy"] == "no-referrer"
    assert "s3cret" not in str(answer.head)
    page = buyer._followed(answer)
    assert page.status == 200
    assert "s3cret" not in page.text


@pytest.mark.one_store
@pytest.mark.parametrize(
    ("look", "status"),
    [
        ({"method": "HEAD"}, 200),
        ({"method": "GET", "headers": {"sec-purpose": "prefetch"}}, 503),  # so that no browser shows it for the page
    ],
)
def test_who_only_looks_ahead_opens_nothing(buyer: Buyer, look: dict[str, object], status: int) -> None:
    answer = buyer.ask(address=DOOR, params=LOGIN, **look)
    assert (answer.status, answer.text) == (status, "")
    assert "location" not in answer.head


def test_the_shop_opens_at_what_is_called_for(buyer: Buyer) -> None:
    places = []
    for fields in ({"FUNCTION": "DETAIL", "PRODUCTID": "S8"}, {"FUNCTION": "SOURCING", "SEARCHSTRING": "nut m8"}):
        opening = buyer.call(**fields)
        opened = buyer.ask("GET", urljoin(opening.address, opening.head["location"]))
        places.append(opened.head["location"].rpartition("/p/" if "p/S8" in opened.head["location"] else "/")[2])
    assert places == ["S8", "search?q=nut+m8"]


@pytest.mark.one_store
def test_an_article_that_no_cart_can_go_back_from_is_only_shown(buyer: Buyer) -> None:
    page = buyer._followed(buyer.call(FUNCTION="DETAIL", PRODUCTID="S8", HOOK_URL=""))
    assert (page.status, page.address.endswith("/p/S8")) == (200, True)
    assert [form.action for form in page.forms] == ["../search"]
    assert "return" not in page.text


@pytest.mark.one_store
def test_names_of_fields_are_known_in_any_capitals(buyer: Buyer) -> None:
    fields = {"username": "acme", "Password": "s3cret", "hook_url": HOOK}
    assert buyer.ask("POST", DOOR, data=fields).status == 303


@pytest.mark.one_store
def test_whoever_is_not_known_is_told_so_in_his_language_and_nothing_else(buyer: Buyer) -> None:
    answers = [
        buyer.call(PASSWORD="wrong", **{"sap-language": "DE"}),
        buyer.call(USERNAME="nobody", **{"sap-language": "DE"}),
    ]
    assert {(each.status, each.words) for each in answers} == {(403, answers[0].words)}
    assert "Benutzer oder Kennwort ist hier nicht bekannt." in answers[0].words
    assert buyer.ask("POST", "/oci/nobody", data=LOGIN).status == 403


@pytest.mark.one_store
def test_a_hook_that_is_not_agreed_is_refused_before_anything_is_opened(buyer: Buyer) -> None:
    answer = buyer.call(HOOK_URL="https://evil\\@buyer.example/hook")
    assert answer.status == 400
    assert "evil" not in answer.text
    assert "HOOK_URL is not among them" in answer.words


@pytest.mark.one_store
def test_what_cannot_be_read_is_told_by_its_reason(buyer: Buyer) -> None:
    answer = buyer.call(FUNCTION="DELETE")
    assert answer.status == 400
    assert "there is no function 'DELETE'" in answer.words


def test_a_form_that_is_sent_at_once_may_go_to_the_buyer_alone(buyer: Buyer) -> None:
    page = buyer.call(FUNCTION="VALIDATE", PRODUCTID="S8", QUANTITY="400")
    assert page.status == 200
    [form] = page.forms
    assert (form.action, form.method, form.fields["sid"]) == (HOOK, "post", "1")
    assert (form.fields["NEW_ITEM-VENDORMAT[1]"], form.fields["NEW_ITEM-PRICE[1]"]) == ("S8", "4.15")
    assert "data-auto" in page.text
    policy = page.head["content-security-policy"]
    assert "form-action 'self' https://buyer.example sapevent:" in policy
    assert "frame-ancestors https://buyer.example" in policy
    assert "x-frame-options" not in page.head


def test_a_form_that_is_only_read_is_not_sent_and_stands_in_ascii(buyer: Buyer) -> None:
    page = buyer.call(FUNCTION="BACKGROUND_SEARCH", SEARCHSTRING="M8")
    [form] = page.forms
    assert {form.fields[f"NEW_ITEM-VENDORMAT[{number}]"] for number in (1, 2)} == {"S8", "N8"}
    assert "data-auto" not in page.text
    assert page.text.isascii()


def test_a_download_is_json(buyer: Buyer) -> None:
    page = buyer.call(FUNCTION="DOWNLOADJSON")
    assert page.head["content-type"] == "application/json"


@pytest.mark.one_store
def test_a_call_of_thousands_of_fields_is_read_and_one_of_too_many_is_not(buyer: Buyer) -> None:
    many = urlencode({**{f"F{number}": "x" for number in range(5_000)}, **LOGIN})
    assert buyer.ask("POST", DOOR, content=many, headers=FORM).status == 303
    more = urlencode([("F", "x")] * (MOST_FIELDS + 1))
    assert buyer.ask("POST", DOOR, content=more, headers=FORM).status == 422
    assert buyer.ask("POST", DOOR, content=b"a" * (5 << 20), headers=FORM).status == 413
    assert buyer.ask("POST", DOOR, content=b"{}", headers={"Content-Type": "application/json"}).status == 415


@given(
    fields=st.lists(st.tuples(st.text("abcXYZ~-_", min_size=1), st.text("a \u00e4\u00f6\u00df&=%+;?/")), max_size=8),
    charset=st.sampled_from(["utf-8", "iso-8859-1", "windows-1252"]),
)
def test_fields_are_read_in_the_charset_they_name(fields: list[tuple[str, str]], charset: str) -> None:
    sent = [*fields, ("http_content_charset", charset)]
    assert read_fields([urlencode(sent, encoding=charset).encode()]) == sent


@given(fields=st.lists(st.tuples(st.text("abc", min_size=1), st.text("a\u00e4\u00df")), max_size=8))
def test_fields_that_name_no_charset_are_read_as_what_they_are(fields: list[tuple[str, str]]) -> None:
    assert read_fields([urlencode(fields).encode()]) == fields
    if any(not value.isascii() for _, value in fields):
        assert read_fields([urlencode(fields, encoding="iso-8859-1").encode()]) == fields


@given(st.binary(max_size=200))
def test_whatever_comes_is_fields_or_refused(raw: bytes) -> None:
    try:
        found = read_fields([raw])
    except RefusedError:
        return
    assert all(isinstance(text, str) for field in found for text in field)
