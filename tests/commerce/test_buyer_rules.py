"""A cart fitted to a buyer's rules: units, lengths, decimals and classes; what does not fit is told, never sent."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.commerce.buyer_rules import Finding, Rule, Weight, fit
from gateway.graphemes import graphemes
from gateway.model.cart import Cart, CartDelivery
from gateway.model.party import Party
from gateway.model.profile import Limit, Profile
from gateway.workspace.profiles import LIMITED
from tests.mapping.carts import LINES, cart, line

D = Decimal
STANDARD = frozenset({"EA", "C62", "BX", "MTR", "PCE", "ST", "PK"})
CXML = Profile(name="cxml", dtd={"default": "1.2.050"}, standard_units=STANDARD, required=("unspsc",))
OLD = replace(CXML, dtd={"default": "1.2.014"})
OCI = Profile(
    name="oci", protocol="oci", standard_units=STANDARD, price_decimals=3, price_digits=11, quantity_digits=11,
    per_digits=5, limits={"text": Limit(most=40), "unit_as_sent": Limit(most=3), "contract": Limit(most=10)},
)  # fmt: skip


def findings(made: Cart, profile: Profile = CXML) -> list[tuple[Rule, Weight, str, str, str]]:
    return [(each.rule, each.weight, each.field, each.stated, each.taken) for each in fit(made, profile).findings]


def test_a_cart_that_fits_is_told_nothing_and_has_the_buyers_units():
    fitted = fit(cart(line(unit="PCE")), replace(CXML, units={"PCE": "EA"}))
    assert (fitted.findings, fitted.is_blocked) == ((), False)
    assert fitted.cart.lines == (line(unit="PCE", unit_as_sent="EA"),)


def test_a_unit_the_buyer_has_no_code_for_keeps_the_cart_back():
    fitted = fit(cart(line(position=3, unit="WAGON")), CXML)
    assert fitted.findings == (Finding(3, Rule.UNIT_UNKNOWN, Weight.BLOCKING, "unit", "WAGON"),)
    assert fitted.is_blocked


def test_a_buyer_with_a_list_of_his_own_knows_no_other_unit():
    rules = replace(CXML, units={"EA": "PC"}, only_units=True)
    assert fit(cart(line(unit="EA")), rules).cart.lines[0].unit_as_sent == "PC"
    assert fit(cart(line(unit="BX")), rules).is_blocked


def test_a_unit_that_came_from_the_buyer_goes_back_as_it_came():
    assert fit(cart(line(unit="zz", unit_as_sent="PACK")), CXML).cart.lines[0].unit_as_sent == "PACK"


def test_a_long_text_is_cut_and_stands_whole_in_the_long_one():
    text = "Sechskantschraube M8x40 A2 verzinkt, Packung zu 100"
    fitted = fit(cart(line(text=text)), OCI)
    (made,) = fitted.cart.lines
    assert (made.text, made.long_text) == (text[:40].rstrip(), text)
    assert findings(cart(line(text=text)), OCI) == [(Rule.TEXT_CUT, Weight.NOTICE, "text", text, made.text)]


def test_a_long_text_that_has_the_short_one_already_is_not_doubled():
    text = "x" * 41
    made = fit(cart(line(text=text, long_text=f"{text}\nDIN 933")), OCI).cart.lines[0]
    assert made.long_text == f"{text}\nDIN 933"


def test_a_text_is_cut_between_the_characters_that_are_seen():
    family, accent = "\U0001f469\u200d\U0001f467", "e\u0301"
    made = fit(cart(line(text="a" * 38 + family + "b")), OCI).cart.lines[0]
    assert made.text == "a" * 38
    made = fit(cart(line(text="a" * 39 + accent)), OCI).cart.lines[0]
    assert made.text == "a" * 39


def test_bytes_are_counted_where_the_buyer_counts_them():
    rules = replace(CXML, limits={"text": Limit(most=5, in_bytes=True)})
    assert fit(cart(line(text="äöü")), rules).cart.lines[0].text == "äö"


def test_control_characters_and_breaks_are_no_part_of_a_short_text():
    made = fit(cart(line(text="a\x00b\r\n  c\ud800", long_text="d\x07e\nf")), CXML).cart.lines[0]
    assert (made.text, made.long_text) == ("a b c", "de\nf")


def test_an_article_without_a_text_keeps_the_cart_back():
    assert findings(cart(line(text=" "))) == [(Rule.MISSING, Weight.BLOCKING, "text", "", "")]


@pytest.mark.parametrize("field", LIMITED)
def test_every_limit_that_a_profile_can_state_is_kept(field):
    many = {"documents": ("https://shop.example/d",), "custom": {"Plant": "0123456789"}, "unit_as_sent": "0123456789"}
    made = cart(line(**{field: many.get(field, "0123456789")}))
    fitted = fit(made, replace(CXML, required=(), limits={field: Limit(most=4)}))
    assert field in {each.field for each in fitted.findings}


@pytest.mark.parametrize("field", ["sku", "auxiliary_id"])
def test_what_names_a_line_is_never_cut(field):
    rules = replace(CXML, limits={field: Limit(most=4)})
    assert findings(cart(line(**{field: "12345"})), rules) == [(Rule.TOO_LONG, Weight.BLOCKING, field, "12345", "4")]


def test_a_character_the_buyer_refuses_is_named():
    rules = replace(CXML, limits={"sku": Limit(forbidden="?{}")})
    assert findings(cart(line(sku="A?1")), rules) == [(Rule.CHARACTER, Weight.BLOCKING, "sku", "A?1", "?")]


def test_a_character_the_buyer_refuses_in_a_text_becomes_a_blank():
    rules = replace(CXML, limits={"text": Limit(forbidden="|^")})
    made = cart(line(text="a|b^c|"))
    assert fit(made, rules).cart.lines[0].text == "a b c "
    assert findings(made, rules) == [(Rule.LEFT_OUT, Weight.NOTICE, "text", "^|", "")]


def test_a_class_is_looked_at_without_its_punctuation():
    assert fit(cart(line(unspsc="4618.15.04")), replace(CXML, limits={"unspsc": Limit(most=8)})).findings == ()


def test_a_control_character_is_in_no_number():
    assert findings(cart(line(sku="A\x1b1"))) == [(Rule.CHARACTER, Weight.BLOCKING, "sku", "A\x1b1", "U+001B")]
    fitted = fit(cart(line(contract="R\x00", custom={"a": "\ud800", "b": "1"})), CXML)
    assert (fitted.cart.lines[0].contract, fitted.cart.lines[0].custom) == (None, {"b": "1"})


def test_a_number_that_nobody_needs_is_left_out_whole():
    made = cart(line(contract="R-2026-12345", custom={"a": "1"}, documents=("https://shop.example/d",)))
    rules = replace(OCI, limits={**OCI.limits, "custom": Limit(forbidden="1"), "documents": Limit(most=3)})
    fitted = fit(made, rules)
    (sent,) = fitted.cart.lines
    assert (sent.contract, sent.custom, sent.documents) == (None, {}, ())
    assert {each.field for each in fitted.findings} == {"contract", "custom", "documents"}
    assert not fitted.is_blocked


@pytest.mark.parametrize("stated", ["46181504", "4618.15.04", "46-18-15-04-14", " 46 18 15 04"])
def test_a_class_is_eight_digits_without_punctuation(stated):
    assert fit(cart(line(unspsc=stated)), CXML).cart.lines[0].unspsc == "46181504"


@pytest.mark.parametrize("stated", ["4618", "UNSPSC", "4618150A"])
def test_a_class_that_is_none_is_missing(stated):
    assert findings(cart(line(unspsc=stated))) == [
        (Rule.LEFT_OUT, Weight.NOTICE, "unspsc", stated, ""), (Rule.MISSING, Weight.BLOCKING, "unspsc", "", ""),
    ]  # fmt: skip


def test_cxml_takes_no_line_without_any_class_though_the_buyer_asks_for_none():
    free = replace(CXML, required=())
    assert fit(cart(line(unspsc=None)), free).is_blocked
    assert not fit(cart(line(unspsc=None, material_group="0041")), free).is_blocked
    assert not fit(cart(line(unspsc=None)), OCI).is_blocked


def test_a_price_for_a_hundred_stays_where_there_is_a_place_for_it():
    made = fit(cart(line(price=D("11.40"), per=D("100.0"), amount=D("22.80"), quantity=D(200))), CXML)
    assert (made.cart.lines[0].price, str(made.cart.lines[0].per), made.findings) == (D("11.40"), "100", ())


def test_a_price_for_a_hundred_is_restated_for_one_where_there_is_none():
    made = cart(line(price=D("11.40"), per=D(100), amount=D("22.80"), quantity=D(200)))
    assert fit(made, OLD).cart.lines[0].price == D("0.114")
    assert findings(made, OLD) == [(Rule.PRICE_RESTATED, Weight.NOTICE, "price", "11.4 / 100", "0.114 / 1")]


def test_a_price_that_rounds_is_sent_where_the_line_comes_to_the_same():
    made = cart(line(price=D("1.23"), per=D(1000), amount=D("0.01"), quantity=D(8)))
    assert findings(made, OLD) == [(Rule.PRICE_ROUNDED, Weight.NOTICE, "price", "1.23 / 1000", "0.0012 / 1")]
    assert fit(made, OLD).cart.lines[0].amount == D("0.01")


def test_a_price_that_would_change_the_amount_keeps_the_cart_back():
    made = cart(line(price=D("1.23"), per=D(1000), amount=D("24.60"), quantity=D(20_000)))
    assert findings(made, OLD) == [(Rule.PRICE_INEXACT, Weight.BLOCKING, "price", "1.23 / 1000", "4")]
    assert fit(made, OLD).cart.lines[0].price == D("1.23")


def test_an_amount_without_cents_is_compared_to_the_cent_all_the_same():
    made = cart(line(price=D("1.23"), per=D(1000), amount=D("25"), quantity=D(20_325)))
    assert fit(made, OLD).is_blocked


def test_more_decimals_than_are_taken_become_a_price_for_ten_times_as_much():
    made = cart(line(price=D("0.1234"), per=D(1), amount=D("0.25")))
    assert findings(made, OCI) == [(Rule.PRICE_RESTATED, Weight.NOTICE, "price", "0.1234 / 1", "1.234 / 10")]


def test_a_price_unit_that_gets_too_large_keeps_the_cart_back():
    made = cart(line(price=D("0.1234567"), per=D(10_000), amount=D("0.00")))
    assert findings(made, OCI) == [(Rule.PRICE_INEXACT, Weight.BLOCKING, "price", "0.1234567 / 10000", "3")]


def test_a_price_unit_that_is_too_large_from_the_beginning_keeps_the_cart_back():
    assert fit(cart(line(price=D(5), per=D(100_000), amount=D("0.00"))), OCI).is_blocked


def test_a_price_for_a_part_of_a_unit_becomes_one_for_whole_ones():
    made = fit(cart(line(price=D("3.5"), per=D("0.5"))), OCI).cart.lines[0]
    assert (made.price, made.per) == (D(35), D(5))


def test_numbers_that_are_too_large_or_too_fine_keep_the_cart_back():
    made = cart(line(quantity=D("1.23456"), price=D(10**11), amount=D(10**11)))
    assert findings(made, OCI) == [
        (Rule.DIGITS, Weight.BLOCKING, "price", "100000000000", "11"),
        (Rule.DECIMALS, Weight.BLOCKING, "quantity", "1.23456", "3"),
    ]
    assert findings(cart(line(quantity=D(10**11))), OCI)[0][:3] == (Rule.DIGITS, Weight.BLOCKING, "quantity")


def test_what_the_other_side_has_no_place_for_is_not_in_the_cart():
    made = cart(line(gtin="4012345000023", buyer_sku="M-1", schedule=(CartDelivery(quantity=D(2)),)))
    kept = {name: fit(made, rules).cart.lines[0] for name, rules in (("new", CXML), ("old", OLD), ("oci", OCI))}
    assert (kept["new"].gtin, kept["new"].buyer_sku, len(kept["new"].schedule)) == ("4012345000023", "M-1", 1)
    assert (kept["old"].gtin, kept["old"].buyer_sku, kept["old"].schedule) == (None, None, ())
    assert (kept["oci"].gtin, kept["oci"].buyer_sku, kept["oci"].schedule) == (None, "M-1", ())


def test_half_an_address_is_a_name():
    party = Party(name="Plant", street="Kai 1", city="Kiel", country="DE")
    assert fit(cart(ship_to=party), CXML).cart.ship_to == party
    assert fit(cart(ship_to=replace(party, city=None)), CXML).cart.ship_to == Party(name="Plant")
    assert fit(cart(ship_to=replace(party, name=None)), CXML).cart.ship_to is None


def test_the_buyers_word_for_the_classification_is_told():
    assert fit(cart(line()), replace(CXML, classification="unspsc")).cart.classification == "unspsc"


@settings(max_examples=100)
@given(LINES, st.sampled_from([CXML, OLD, OCI]))
def test_whatever_is_fitted_says_the_same_amount(made, profile):
    fitted = fit(cart(made), profile)
    (sent,) = fitted.cart.lines
    assert (sent.amount, sent.quantity) == (made.amount, made.quantity)
    if fitted.is_blocked:
        return
    assert sent.unit_as_sent
    assert sent.per == sent.per.to_integral_value()
    assert profile is not OLD or sent.per == 1
    if not any(each.rule is Rule.PRICE_ROUNDED for each in fitted.findings):
        assert sent.price * made.per == made.price * sent.per
    assert fit(fitted.cart, profile).cart == fitted.cart


@settings(max_examples=100)
@given(LINES)
def test_a_text_that_is_cut_is_the_beginning_of_what_a_reader_sees(made):
    whole = fit(cart(made), replace(OCI, limits={})).cart.lines[0].text
    sent = fit(cart(made), OCI).cart.lines[0].text
    seen = list(graphemes(sent))
    assert len(sent) <= 40
    assert list(graphemes(whole))[: len(seen)] == seen
    assert not any(unicodedata.category(each) == "Cc" for each in sent)
