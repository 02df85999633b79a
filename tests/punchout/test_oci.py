"""OCI calls: who calls is looked at, carts go where it is agreed, and each function gives what it is for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from msgspec.structs import replace

from gateway.errors import ConfigError
from gateway.model.price import PriceCondition
from gateway.model.product import Product, Unit
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session
from gateway.oci.form import faults, items_of
from gateway.punchout.filling import Item, put_all
from gateway.punchout.oci_calls import Answer, Denial, Denied, Desk, Download, Returned, Shopping, answer
from gateway.punchout.open_cart import Problem
from gateway.punchout.selecting import selected_sku
from gateway.punchout.sessions import redeem, session_of
from gateway.punchout.transfer import cancel, transfer
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.store.trade_changes import TradeChanges
from gateway.store.transferred_lines import decision_for
from tests.punchout.shops import HOOK, OCI, D, Shop, price, products

LOGIN = {"USERNAME": "acme", "PASSWORD": "s3cret"}
Call: TypeAlias = Callable[..., Answer]


@pytest.fixture
def call(shop: Shop, tmp_path: Path) -> Call:
    """Calls with a login and a HOOK_URL, unless other fields are given."""
    index = SearchIndex(tmp_path / "index")
    keep(shop.store, index)
    secrets = {"env:ACME_OCI": "s3cret"}

    def call(connection: str = OCI, **fields: str) -> Answer:
        given = {**LOGIN, "HOOK_URL": f"{HOOK}?sid=1&x=%2B", **fields}
        return answer(shop.line, connection, list(given.items()), Desk(secrets.__getitem__, index))

    return call


def shopping(shop: Shop, answered: Answer) -> Session:
    assert isinstance(answered, Shopping), answered
    key = redeem(shop.line, answered.token)
    with shop.store.read() as db:
        return session_of(shop.line, db, key)


def returned(answered: Answer, *, is_sent: bool) -> list[dict[str, str]]:
    """The items of a form that is given back at once."""
    assert isinstance(answered, Returned), answered
    assert answered.is_sent is is_sent
    return [dict(item.fields) for item in items_of(answered.form.fields)]


def test_a_call_opens_the_shop_for_the_partners_account(shop: Shop, call: Call) -> None:
    session = shopping(shop, call(**{"sap-language": "D", "~OkCode": "ADDI", "~CALLER": "CTLG"}))
    assert (session.account, session.called.language, session.protocol) == ("10001", "de", "oci")
    assert session.called.echo.fields == (("~OkCode", "ADDI"), ("~CALLER", "CTLG"))


@pytest.mark.one_store
@pytest.mark.parametrize(
    "fields",
    [
        {"PASSWORD": "S3cret"}, {"PASSWORD": ""}, {"USERNAME": "Acme"}, {"USERNAME": ""}, {"connection": "nobody"},
        {"connection": "acme_cxml"}, {"PASSWORD": "\ud800"},
    ],
)  # fmt: skip
def test_whoever_is_not_known_is_refused_in_the_same_words(call: Call, fields: dict[str, str]) -> None:
    assert call(**fields) == Denied(Denial.LOGIN)


@pytest.mark.one_store
@pytest.mark.parametrize("kept", ["", None])
def test_a_password_that_is_not_set_lets_nobody_in_and_keeps_nobody_else_out(
    shop: Shop, tmp_path: Path, kept: str | None
) -> None:
    shop.states(f"connections/{OCI}.toml", "", instead_of='partner = "acme"')
    shop.states(
        "partners/aaa.toml",
        'name = "AAA"\naccount = "20001"\n[identifiers]\noci = { user = "aaa", password = "env:AAA_OCI" }\n',
    )

    def secret(reference: str) -> str:
        found = {"env:ACME_OCI": "s3cret", "env:AAA_OCI": kept}[reference]
        if found is None:
            raise ConfigError(f"The secret {reference} is not set.")
        return found

    def called(user: str, password: str) -> Answer:
        fields = {"USERNAME": user, "PASSWORD": password, "HOOK_URL": HOOK}
        return answer(shop.line, OCI, list(fields.items()), Desk(secret, SearchIndex(tmp_path / "none")))

    assert called("aaa", "") == Denied(Denial.LOGIN)
    assert isinstance(called("acme", "s3cret"), Shopping)


@pytest.mark.one_store
@pytest.mark.parametrize(
    "hook",
    [
        "https://evil.example/hook", "https://evil.example\\@buyer.example/", "https://buyer.example@evil.example/",
        "https://buyer.example.evil.example/", "http://buyer.example/hook", "https://buyer.example:8443/",
        "https://buyer\u3002example/", "javascript:alert(1)", "//buyer.example/", "SAPEVENT:GET",
    ],
)  # fmt: skip
def test_a_cart_goes_nowhere_but_where_it_is_agreed(call: Call, hook: str) -> None:
    for function in ("", "VALIDATE", "BACKGROUND_SEARCH"):
        assert call(HOOK_URL=hook, FUNCTION=function, PRODUCTID="S8") == Denied(Denial.RETURN)


@pytest.mark.one_store
def test_who_is_known_is_refused_in_the_language_of_his_connection(shop: Shop, call: Call) -> None:
    shop.states(f"connections/{OCI}.toml", 'language = "de"\n')
    assert call(HOOK_URL="https://evil.example/") == Denied(Denial.RETURN, "de")
    assert call(HOOK_URL="https://evil.example/", LANGUAGE="E") == Denied(Denial.RETURN, "en")
    assert call(HOOK_URL="https://evil.example/", PASSWORD="guessed") == Denied(Denial.LOGIN)


@pytest.mark.one_store
def test_no_mapping_of_a_partner_leads_a_cart_elsewhere(shop: Shop, call: Call) -> None:
    shop.states(
        "mappings/partners/acme/call/mapping.toml",
        'mapping = "acme/call"\nextends = "oci/call"\npartner = "acme"\n[punchout_setup]\nreturn_url = "BACK"\n',
    )
    shop.states(
        "partners/acme.toml",
        '\n[[agreement]]\nreceive = "oci call"\nvia = "acme_oci"\nmapping = "acme/call"\n',
    )
    answered = call(FUNCTION="VALIDATE", PRODUCTID="S8", BACK="https://evil.example/")
    assert isinstance(answered, Returned)
    assert answered.form.action == HOOK


@pytest.mark.one_store
def test_a_call_without_what_it_needs_says_what_is_missing(call: Call) -> None:
    answered = call(HOOK_URL="")
    assert isinstance(answered, Denied)
    assert answered.issue is not None
    assert (answered.reason, answered.issue.code) == (Denial.CALL, "oci.hook.missing")
    assert call("nobody", HOOK_URL="") == answered


def test_a_cart_goes_back_with_the_parameters_of_its_hook_as_fields(shop: Shop, call: Call) -> None:
    session = shopping(shop, call(**{"~OkCode": "ADDI", "~TARGET": "_parent", "http_content_charset": "utf-8"}))
    line = shop.put(session, "S8", 400).entry.line
    shop.put(session, "S8", 2, "BX")
    form = transfer(shop.line, session)
    assert isinstance(form, ReturnForm)
    assert (form.action, form.target, form.charset) == (HOOK, "_parent", "utf-8")
    assert form.fields[:4] == (("sid", "1"), ("x", "+"), ("~OkCode", "ADDI"), ("~TARGET", "_parent"))
    assert faults(form.fields, "utf-8") == []
    one, other = (item.fields for item in items_of(form.fields))
    assert (one["VENDORMAT"], one["QUANTITY"], one["UNIT"], one["PRICE"], one["PRICEUNIT"], one["CURRENCY"]) == (
        "S8", "400", "EA", "4.15", "100", "EUR",
    )  # fmt: skip
    assert (one["EXT_PRODUCT_ID"], one["MATNR"], one["LEADTIME"]) == (line.auxiliary_id, "4711", "2")
    assert (other["UNIT"], other["PRICE"], other["PRICEUNIT"]) == ("BX", "8.3", "1")
    assert transfer(shop.line, session) == form


def test_what_the_hook_says_already_is_not_said_twice(shop: Shop, call: Call) -> None:
    session = shopping(shop, call(HOOK_URL=f"{HOOK}?~okcode=ADDI", **{"~OkCode": "ADDI", "~CALLER": "CTLG"}))
    form = cancel(shop.line, session)
    assert form.fields == (("~okcode", "ADDI"), ("~CALLER", "CTLG"))


def test_going_back_without_changes_gives_no_items(shop: Shop, call: Call) -> None:
    session = shopping(shop, call())
    shop.put(session, "S8", 400)
    form = cancel(shop.line, session)
    assert (form.action, items_of(form.fields), form.fields) == (HOOK, [], (("sid", "1"), ("x", "+")))


def test_the_browser_of_sap_gui_is_posted_to_by_its_name(shop: Shop, call: Call) -> None:
    session = shopping(shop, call(HOOK_URL="SAPEVENT:POST"))
    shop.put(session, "S8", 400)
    form = transfer(shop.line, session)
    assert isinstance(form, ReturnForm)
    assert form.action == "SAPEVENT:POST"


def test_a_cart_of_hundreds_of_lines_has_thousands_of_fields_and_each_line_its_own(shop: Shop, call: Call) -> None:
    skus = [f"P{number}" for number in range(300)]
    with shop.store.write() as db:
        changes = TradeChanges(db)
        screw = products()[0]
        changes.put(Product, [replace(screw, sku=sku, units=(Unit(code="PCE"),)) for sku in skus])
        changes.put(PriceCondition, [price(sku, sku, "4.15", per=D(100)) for sku in skus])
    session = shopping(shop, call())
    assert not any(isinstance(each, Problem) for each in put_all(shop.line, session, [Item(sku, D(7)) for sku in skus]))
    form = transfer(shop.line, session)
    assert isinstance(form, ReturnForm)
    assert len(form.fields) > 3_000
    items = items_of(form.fields)
    assert [(item.number, item.fields["VENDORMAT"]) for item in items] == list(enumerate(skus, 1))
    assert {item.fields["LONGTEXT"] for item in items} == {"Hexagon screw, zinc plated"}
    assert faults(form.fields, form.charset or "") == []


def test_what_a_charset_lacks_is_written_plainer(shop: Shop, call: Call) -> None:
    with shop.store.write() as db:
        TradeChanges(db).put(Product, [replace(products()[0], name="M8 \u2264 8 \u017cyła")])
    session = shopping(shop, call(http_content_charset="ISO-8859-1"))
    shop.put(session, "S8", 1)
    form = transfer(shop.line, session)
    assert isinstance(form, ReturnForm)
    assert faults(form.fields, "ISO-8859-1") == []


def test_detail_and_sourcing_open_the_shop_where_they_lead(shop: Shop, call: Call) -> None:
    session = shopping(shop, call(FUNCTION="DETAIL", PRODUCTID="S8"))
    given = shop.put(session, "S8", 400).entry.line
    transfer(shop.line, session)
    again = shopping(shop, call(FUNCTION="DETAIL", PRODUCTID=given.auxiliary_id))
    with shop.store.read() as db:
        assert (selected_sku(db, session), selected_sku(db, again)) == ("S8", "S8")
    assert shopping(shop, call(FUNCTION="SOURCING", SEARCHSTRING="screw m8")).called.search == "screw m8"


@pytest.mark.parametrize(("function", "is_sent"), [("VALIDATE", True), ("QUANTITYCHECK", False)])
def test_an_article_is_validated_at_its_price_of_now(shop: Shop, call: Call, function: str, is_sent: bool) -> None:
    [item] = returned(call(FUNCTION=function, PRODUCTID="S8", QUANTITY="400"), is_sent=is_sent)
    assert (item["VENDORMAT"], item["QUANTITY"], item["PRICE"], item["PRICEUNIT"]) == ("S8", "400", "4.15", "100")
    with shop.store.read() as db:
        found = decision_for(db, "10001", item["EXT_PRODUCT_ID"])
    assert found is not None
    assert found.line.amount == D("16.60")


def test_a_line_given_before_is_validated_under_its_id(shop: Shop, call: Call) -> None:
    session = shopping(shop, call())
    given = shop.put(session, "S8", 2, "BX").entry.line
    transfer(shop.line, session)
    shop.prices(price("s8", "S8", "5.00", per=D(100)))
    for quantity, amount in (("2", "8.3"), ("3", "10")):
        [item] = returned(call(FUNCTION="VALIDATE", PRODUCTID=given.auxiliary_id, QUANTITY=quantity), is_sent=True)
        assert (item["EXT_PRODUCT_ID"], item["QUANTITY"], item["UNIT"], item["PRICE"]) == (
            given.auxiliary_id, quantity, "BX", amount,
        )  # fmt: skip


@pytest.mark.parametrize(
    "fields", [{"PRODUCTID": "?"}, {"PRODUCTID": "X1"}, {"PRODUCTID": "C1"}, {"PRODUCTID": "N8", "QUANTITY": "120"}]
)
def test_what_is_not_sold_so_is_validated_to_nothing(call: Call, fields: dict[str, str]) -> None:
    assert returned(call(FUNCTION="VALIDATE", **fields), is_sent=True) == []


def test_a_search_in_the_background_gives_what_the_account_may_buy_and_sends_nothing(call: Call) -> None:
    items = returned(call(FUNCTION="BACKGROUND_SEARCH", SEARCHSTRING="M8"), is_sent=False)
    assert {item["VENDORMAT"]: (item["QUANTITY"], item["PRICE"]) for item in items} == {
        "S8": ("1", "4.15"), "N8": ("100", "2.1"),
    }  # fmt: skip
    assert [item["EXT_PRODUCT_ID"] for item in items] == [item["VENDORMAT"] for item in items]
    for words in ("secret", "cable", "nothing like it"):
        assert returned(call(FUNCTION="BACKGROUND_SEARCH", SEARCHSTRING=words, HOOK_URL=""), is_sent=False) == []


def test_the_catalogue_is_downloaded_page_by_page(call: Call) -> None:
    pages = []
    for number in ("1", "2", "3"):
        answered = call(FUNCTION="DOWNLOADJSON", pagesize="2", requestedpage=number, transactionid="T", HOOK_URL="")
        assert isinstance(answered, Download)
        pages.append(json.loads(answered.content))
    assert [(page["CURRENTPAGE"], page["TOTALPAGES"], page["TOTALITEMS"]) for page in pages] == [
        (1, 2, 3), (2, 2, 3), (3, 2, 3),
    ]  # fmt: skip
    items = [item["NEWITEM"] for page in pages for item in page["Items"]]
    # The cable has no price.
    assert [(item["EXT_PRODUCT_ID"], item["PRICE"], item["UNIT"]) for item in items] == [
        ("N8", "2.1", "EA"), ("S8", "4.15", "EA"),
    ]  # fmt: skip


def downloaded(call: Call) -> dict[str, dict]:
    """The articles of a download, by their numbers."""
    answered = call(FUNCTION="DOWNLOADJSON", HOOK_URL="")
    assert isinstance(answered, Download)
    items = [item["NEWITEM"] for item in json.loads(answered.content)["Items"]]
    return {item["EXT_PRODUCT_ID"]: item for item in items}


@pytest.mark.one_store
def test_a_download_states_prices_and_scales_for_the_unit_that_validate_counts_in(shop: Shop, call: Call) -> None:
    shop.prices(
        replace(price("n8", "N8", "30"), unit="BX"),
        replace(price("n8-1000", "N8", "29", min_quantity=D(10)), unit="BX", scale_unit="BX"),
    )
    with shop.store.write() as db:
        boxed = replace(products()[1], units=(Unit(code="PCE"), Unit(code="BX", numerator=200)))
        TradeChanges(db).put(Product, [boxed])
    item = downloaded(call)["N8"]
    assert (item["UNIT"], item["PRICE"], item["PRICE_QUANTITY"]) == ("EA", "0.15", 1)
    assert [(each["low"], each["price"]) for each in item["PRICE_SCALES"]] == [(2000, "0.145")]
    [line] = returned(call(FUNCTION="VALIDATE", PRODUCTID="N8", QUANTITY="200"), is_sent=True)
    assert (line["UNIT"], line["PRICE"], line["PRICEUNIT"]) == ("EA", "0.15", "1")


@pytest.mark.one_store
def test_a_download_states_all_scales_of_an_article_for_so_many_units_that_no_price_is_rounded(
    shop: Shop, call: Call
) -> None:
    shop.prices(
        replace(price("n8", "N8", "30"), unit="BX"),
        replace(price("n8-1000", "N8", "29.01", min_quantity=D(10)), unit="BX", scale_unit="BX"),
    )
    with shop.store.write() as db:
        boxed = replace(products()[1], units=(Unit(code="PCE"), Unit(code="BX", numerator=200)))
        TradeChanges(db).put(Product, [boxed])
    item = downloaded(call)["N8"]
    assert (item["PRICE"], item["PRICE_QUANTITY"]) == ("1.5", 10)
    assert [(each["low"], each["price"]) for each in item["PRICE_SCALES"]] == [(2000, "1.4505")]


@pytest.mark.one_store
def test_a_download_has_no_article_in_a_unit_that_the_buyer_has_no_code_for(shop: Shop, call: Call) -> None:
    assert set(downloaded(call)) == {"N8", "S8"}
    shop.states("mappings/profiles/sap.toml", "only_units = true\nunits = { BX", instead_of='units = { PCE = "EA", BX')
    assert downloaded(call) == {}
