"""Colours derived of a brand: whatever is stated, what is written in them can be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.colours import (
    DARK,
    DARK_SUNK,
    SUNK,
    WHITE,
    brand_of,
    contrast,
    dark_brand_of,
    is_colour,
    is_readable,
    nearest_readable,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#0b5a78", "#ffffff"), 1) == 7.6
    assert round(contrast("#5f6a75", SUNK), 1) == 5.1


def test_the_colours_of_the_pages_themselves_are_readable() -> None:
    brand = brand_of("#0b5a78")
    assert (brand.on, brand.link) == (WHITE, "#0b5a78")
    assert brand.hi == "#094860"


@given(colours)
def test_links_are_readable_on_every_ground(accent: str) -> None:
    brand = brand_of(accent)
    assert all(contrast(brand.link, ground) >= 4.5 for ground in (WHITE, SUNK, brand.tint))


@given(colours)
def test_on_dark_pages_links_marks_and_buttons_are_readable(accent: str) -> None:
    brand = dark_brand_of(accent)
    assert all(contrast(brand.link, ground) >= 4.5 for ground in (DARK, DARK_SUNK, brand.tint))
    assert all(contrast(brand.on, ground) >= 4.5 for ground in (brand.accent, brand.hi))


def test_a_colour_that_can_be_read_on_dark_pages_is_theirs() -> None:
    assert dark_brand_of("#7cc4e0").accent == "#7cc4e0"


@given(colours)
def test_a_colour_on_which_nothing_can_be_read_has_one_near_it_on_which_it_can(accent: str) -> None:
    near = nearest_readable(accent)
    assert is_colour(near)
    assert is_readable(near)
    brand = brand_of(near)
    assert contrast(brand.on, near) >= 4.5


def test_a_middling_grey_is_not_readable() -> None:
    assert not is_readable("#7b7b7b")


def test_what_is_no_colour_is_none() -> None:
    assert not any(map(is_colour, ("red", "#fff", "#0B5A78", "#0b5a78;", "")))
