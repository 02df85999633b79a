"""Texts, figures and what a shopper types: as readers of each language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.shop.figures import Figures
from gateway.shop.quantities import typed
from gateway.shop.texts import LANGUAGES, spoken, texts_of

D = Decimal


def figures(language: str, currency: str = "EUR") -> Figures:
    return Figures(texts_of(language), "Europe/Berlin", currency)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_every_text_is_there_in_every_language_with_the_same_values_put_in() -> None:
    one, other = (texts_of(language) for language in LANGUAGES)
    assert one.keys == other.keys
    for key in one.keys:
        named = [{name for _, name, _, _ in Formatter().parse(each._words[key]) if name} for each in (one, other)]
        assert named[0] == named[1], key


def test_what_is_put_into_a_text_is_shown_and_never_read() -> None:
    told = texts_of("de")("search.nothing", text="<script>{text}**")
    assert "&lt;script&gt;{text}**" in told
    assert "<script>" not in told


@pytest.mark.parametrize(
    ("asked", "spoken_in"), [("de-CH", "de"), ("de_DE", "de"), ("DE", "de"), ("fr", "en"), (None, "en"), ("", "en")]
)
def test_a_language_that_we_do_not_speak_is_answered_in_english(asked: str | None, spoken_in: str) -> None:
    assert spoken(asked) == spoken_in


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", ["1.234,50 EUR", "11,10 EUR", "0,0415 EUR", "je 100 Stück", "je Packung", "12.400 Stück", "2,5 Meter"]),
        ("en", ["EUR 1,234.50", "EUR 11.10", "EUR 0.0415", "per 100 pieces", "per pack", "12,400 pieces",
                "2.5 metres"]),
    ],
)  # fmt: skip
def test_figures_are_written_as_in_the_language(language: str, told: list[str]) -> None:
    shown = figures(language)
    found = [
        shown.money(D("1234.5")), shown.money(D("11.1")), shown.money(D("0.0415")), shown.per(D(100), "PCE"),
        shown.per(D(1), "PK"), shown.quantity(D(12400), "PCE"), shown.quantity(D("2.5"), "MTR"),
    ]  # fmt: skip
    assert [plain(each) for each in found] == told


def test_figure_and_unit_stand_on_one_line() -> None:
    assert " " not in figures("de").quantity(D(1000), "PCE") + figures("en").money(D(1))


def test_money_has_the_decimals_of_its_currency() -> None:
    assert plain(figures("de", "JPY").money(D(1200))) == "1.200 JPY"
    assert plain(figures("en", "BHD").money(D("1.5"))) == "BHD 1.500"


def test_a_unit_without_a_name_is_told_by_its_code() -> None:
    assert plain(figures("de").quantity(D(2), "ZZ")) == "2 ZZ"


def test_days_and_times_are_those_of_the_account() -> None:
    at = datetime(2030, 7, 1, 22, 30, tzinfo=UTC)
    assert (figures("de").time(at), figures("de").moment(at)) == ("00:30", "2030-07-02T00:30:00+02:00")
    assert [figures(each).day(date(2030, 3, 1)) for each in LANGUAGES] == ["01.03.2030", "1 Mar 2030"]


@pytest.mark.parametrize(
    ("language", "text", "quantity"),
    [
        ("de", "1000", "1000"), ("de", "1.000", "1000"), ("de", "1 000", "1000"),
        ("de", "1\N{NO-BREAK SPACE}000", "1000"),
        ("de", "2,5", "2.5"), ("de", " 1.000,5 ", "1000.5"), ("de", "1'000", "1000"), ("en", "1,000", "1000"),
        ("en", "2.5", "2.5"), ("en", "1,000.5", "1000.5"),
    ],
)  # fmt: skip
def test_a_quantity_is_read_as_it_is_written_in_the_language(language: str, text: str, quantity: str) -> None:
    assert typed(text, language).quantity == D(quantity)


@pytest.mark.parametrize(
    ("language", "text", "perhaps"),
    [
        ("de", "1.5", ["1.5"]), ("de", "1,500", ["1.5", "1500"]), ("en", "1.500", ["1.5", "1500"]),
        ("en", "2,5", ["2.5"]), ("de", "4x", ["4"]), ("de", "x", []), ("de", "1,00E+03", []), ("de", "-3", []),
        ("de", "12 34", []), ("de", "3-4", []), ("de", "", []), ("de", "\N{ARABIC-INDIC DIGIT THREE}", []),
        ("de", "1" * 41, []),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_asked_back_and_never_guessed(language: str, text: str, perhaps: list[str]) -> None:
    found = typed(text, language)
    assert (found.quantity, [str(each) for each in found.perhaps]) == (None, perhaps)


@given(st.text(max_size=50), st.sampled_from(LANGUAGES))
def test_whatever_is_typed_is_a_quantity_or_asked_back(text: str, language: str) -> None:
    found = typed(text, language)
    assert len(found.text) <= 40
    assert found.quantity is None or not found.perhaps


@given(st.decimals(0, 10**9, places=3, allow_nan=False), st.sampled_from(LANGUAGES))
def test_a_quantity_that_is_shown_is_read_as_the_same_or_asked_back(number: Decimal, language: str) -> None:
    found = typed(figures(language).number(number), language)
    assert found.quantity == number or number in found.perhaps


@given(st.decimals("0.000001", "999999999999", places=6), st.sampled_from(LANGUAGES))
def test_a_quantity_in_a_field_is_read_back_as_the_same(quantity: Decimal, language: str) -> None:
    assert typed(figures(language).field(quantity), language).quantity == quantity


@pytest.mark.parametrize(("number", "shown"), [("-5", "-5"), ("0", "0"), ("2.125", "2,1250"), ("12.5", "12,5")])
def test_a_field_shows_what_is_no_quantity_as_it_is(number: str, shown: str) -> None:
    assert figures("de").field(D(number)) == shown
