"""cXML written by the shipped mappings is what the DTD of each buyer allows; cXML of others is read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.bundle import bundled, read_tree
from gateway.commerce.buyer_rules import fit
from gateway.commerce.buyer_units import order_in_our_units
from gateway.commerce.units import same_unit
from gateway.cxml.document import Credential
from gateway.cxml.envelope import Envelope, message, request
from gateway.issues import Issue
from gateway.mapping.library import Library
from gateway.mapping.text_mapping import TextMapping, Written
from gateway.mapping.tree_mapping import TreeMapping
from gateway.model.cart import Cart
from gateway.model.order import Order
from gateway.model.profile import Profile
from gateway.model.punchout import PunchoutSetup
from gateway.model.status import OrderState, OrderStatus
from gateway.tree import Node, Tree
from gateway.workspace.configuration import Configuration
from gateway.workspace.profiles import profile
from gateway.xml.dtd import dtd_faults
from gateway.xml.reader import read_xml
from tests.cxml.reference import corpus, dtds

from .carts import CARTS, RESPONSES, D, cart, line

LIBRARY = Library(read_tree(bundled("mappings")))
SUITES = ("cxml", "ariba", "coupa", "jaggaer", "oracle", "workday", "ivalua", "onventis")
VERSIONS = ("1.2.014", "1.2.020", "1.2.036", "1.2.050", "1.2.053", "1.2.063", "1.2.069", "1.2.071")
AT_HAND = {"1.2.023": "1.2.020"}
"""For a DTD that is not at hand the one before it."""
US, THEM = (Credential("DUNS", "315000071"),), (Credential("NetworkID", "AN01000000071"),)


def written(identity: str, document: msgspec.Struct) -> Written:
    mapping = LIBRARY.outbound(identity)
    assert isinstance(mapping, TextMapping)
    made = mapping.write(document)
    assert not made.issues
    return made


def envelope(version: str) -> Envelope:
    return Envelope(
        dtd=version, payload_id="1@shop.example", timestamp=datetime(2026, 11, 24, tzinfo=UTC), language="en",
        from_=US, to=THEM, sender=US, user_agent="gateway",
    )  # fmt: skip


def quantity(node: Node) -> Decimal:
    return next(Decimal(each.text) for each in node.children if each.name == "@quantity")


def faults(content: bytes, version: str, module: str = "cXML") -> list[Issue]:
    return dtd_faults(content, dtds() / AT_HAND.get(version, version) / f"{module}.dtd", "cxml.dtd.invalid")


def fitted_lines(made: Cart, rules: Profile) -> Cart:
    """The cart as it is sent, without the lines that keep it from being sent."""
    kept = tuple(each for each in made.lines if not fit(replace(made, lines=(each,)), rules).is_blocked)
    return fit(replace(made, lines=kept), rules).cart


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=25)
@given(CARTS)
def test_a_cart_that_fits_is_valid_by_every_dtd_a_buyer_can_be_pinned_to(version, made):
    rules = replace(profile(Configuration(), "cxml"), dtd={"default": version}, required=())
    made = written("cxml/punchout_order_message", fitted_lines(made, rules))
    assert faults(message(envelope(version), made.content), version) == []


@pytest.mark.parametrize("suite", SUITES)
@settings(max_examples=15)
@given(CARTS)
def test_a_cart_that_fits_is_valid_for_every_suite(suite, made):
    rules = profile(Configuration(), suite)
    version = rules.dtd_of("PunchOutOrderMessage")
    made = written("cxml/punchout_order_message", fitted_lines(made, rules))
    assert faults(message(envelope(version), made.content), version) == []


@pytest.mark.parametrize("version", ["1.2.050", "1.2.053", "1.2.063", "1.2.069", "1.2.071"])
@settings(max_examples=25)
@given(RESPONSES)
def test_an_answer_is_a_valid_confirmation(version, made):
    content = request(envelope(version), written("cxml/confirmation_request", made).content)
    assert faults(content, version, "Fulfill") == []


@settings(max_examples=40)
@given(RESPONSES)
def test_what_is_said_of_a_line_adds_up_to_what_was_ordered(made):
    tree = read_xml(written("cxml/confirmation_request", made).content)
    assert isinstance(tree, Tree)
    for item in (each for each in tree.root.children if each.name == "ConfirmationItem"):
        parts = [each for each in item.children if each.name == "ConfirmationStatus"]
        assert sum(map(quantity, parts)) == quantity(item)


@pytest.mark.parametrize("version", VERSIONS)
@given(state=st.sampled_from(OrderState))
def test_a_state_is_a_valid_status_update(version, state):
    told = OrderStatus(order_document="1@nordwerk.example", state=state, note="order <AB-9>")
    content = request(envelope(version), written("cxml/status_update_request", told).content)
    assert faults(content, version) == []


def test_a_price_for_more_than_one_is_told_where_the_dtd_can_and_restated_where_it_cannot():
    made = cart(line(quantity=D(200), unit="C62", price=D("11.40"), per=D(100), amount=D("22.80")))
    texts = {}
    for version in ("1.2.020", "1.2.036"):
        rules = replace(profile(Configuration(), "cxml"), dtd={"default": version})
        texts[version] = written("cxml/punchout_order_message", fit(made, rules).cart).content.decode()
    assert '<Money currency="EUR">0.114</Money>' in texts["1.2.020"]
    assert "PriceBasisQuantity" not in texts["1.2.020"]
    assert '<Money currency="EUR">11.4</Money>' in texts["1.2.036"]
    assert '<PriceBasisQuantity quantity="100" conversionFactor="1">' in texts["1.2.036"]


READ = {
    "OrderRequest": ("cxml/order_request", Order),
    "PunchOutSetupRequest": ("cxml/punchout_setup_request", PunchoutSetup),
}
BROKEN = {"tests_CXmlTest_Model_SerializerTest-8.xml", "tests_CXmlTest_Model_SerializerTest-9.xml"}
"""Orders without a number and a day, made to be refused."""


@pytest.mark.parametrize("name", READ)
def test_what_others_have_published_is_read_without_anything_left_that_holds_it(name):
    identity, kind = READ[name]
    mapping = LIBRARY.inbound(identity)
    assert isinstance(mapping, TreeMapping)
    found = 0
    for path in sorted(corpus().glob("*/*.xml")):
        content = path.read_bytes()
        if f"<{name}".encode() not in content or path.name in BROKEN:
            continue
        (part,) = mapping.parts(content).parts
        translation = mapping.read(part)
        assert [issue for issue in translation.issues if issue.is_error] == [], path
        assert msgspec.convert(translation.document, kind)
        found += 1
    assert found >= 5


def test_a_document_of_another_kind_is_told_as_such():
    mapping = LIBRARY.inbound("cxml/order_request")
    assert isinstance(mapping, TreeMapping)
    parts = mapping.parts(b"<cXML><Request><ProfileRequest/></Request></cXML>")
    assert [(issue.code, issue.text) for issue in parts.issues] == [
        ("document.missing", "the document holds no OrderRequest")
    ]


@settings(max_examples=60)
@given(CARTS, st.sampled_from(SUITES))
def test_a_buyer_who_orders_his_cart_orders_what_was_in_it(made, suite):
    rules = profile(Configuration(), suite)
    given_ = fitted_lines(made, rules)
    text = written("cxml/punchout_order_message", given_).content.decode()
    items = text[text.find("<ItemIn") : text.rfind("</ItemIn>") + 9] if given_.lines else ""
    items = items.replace("ItemIn ", "ItemOut ").replace("</ItemIn>", "</ItemOut>")
    header = '<OrderRequestHeader orderID="1" orderDate="2026-11-24T09:00:00+01:00"/>'
    mapping = LIBRARY.inbound("cxml/order_request")
    assert isinstance(mapping, TreeMapping)
    (part,) = mapping.parts(f"<OrderRequest>{header}{items}</OrderRequest>".encode()).parts
    translation = mapping.read(part)
    assert [issue for issue in translation.issues if issue.is_error] == []
    order = order_in_our_units(msgspec.convert(translation.document, Order), rules)
    assert len(order.lines) == len(given_.lines)
    for ordered, line_ in zip(order.lines, given_.lines, strict=True):
        price = ordered.price
        assert price
        assert (ordered.auxiliary_id, ordered.quantity, ordered.supplier_sku) == (
            line_.auxiliary_id, line_.quantity, line_.sku,
        )  # fmt: skip
        assert (price.amount, price.per, price.currency) == (line_.price, line_.per, "EUR")
        assert same_unit(ordered.unit or "", line_.unit)
        # Blanks around a text are not part of it.
        assert ordered.extras.items() >= {name: text.strip(" \t\r\n") for name, text in line_.custom.items()}.items()


def test_a_partner_changes_what_is_written_as_he_changes_any_xml():
    partner = """
extends = "cxml/punchout_order_message"
partner = "acme"
[template]
drop = ["ItemDetail/URL"]
[template.after]
"ItemDetail/UnitOfMeasure" = "<Classification domain='acme'>{custom.Group}</Classification>"
"""
    files = {**LIBRARY.files, "partners/acme/cart/mapping.toml": partner.encode()}
    mapping = Library(files).outbound("acme/cart")
    assert isinstance(mapping, TextMapping)
    made = cart(line(unit_as_sent="EA", custom={"Group": "G-7"}, documents=("https://shop.example/d",)))
    text = mapping.write(made).content.decode()
    assert '<UnitOfMeasure>EA</UnitOfMeasure>\n      <Classification domain="acme">G-7</Classification>' in text
    assert "<URL>" not in text


def test_an_order_of_two_thousand_lines_is_read_whole():
    one = '<ItemOut quantity="{0}" lineNumber="{0}"><ItemID><SupplierPartID>A-{0}</SupplierPartID></ItemID></ItemOut>'
    lines = "".join(map(one.format, range(1, 2_001)))
    header = '<OrderRequestHeader orderID="1" orderDate="2026-11-24"/>'
    mapping = LIBRARY.inbound("cxml/order_request")
    assert isinstance(mapping, TreeMapping)
    (part,) = mapping.parts(f"<OrderRequest>{header}{lines}</OrderRequest>".encode()).parts
    order = msgspec.convert(mapping.read(part).document, Order)
    assert [each.position for each in order.lines] == list(range(1, 2_001))
    assert order.lines[-1].quantity == 2_000
