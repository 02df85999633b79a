"""Units: exact rationals by way of the base unit."""

from __future__ import annotations

from fractions import Fraction

from gateway.commerce.units import base_units, convert, same_unit, unit_code

from .goods import NUT, SCREW, D


def test_a_box_becomes_its_pieces_and_back():
    assert convert(SCREW, D(5), "BX", "PCE") == 1000
    assert convert(SCREW, D(1000), "PCE", "BX") == 5


def test_a_third_stays_a_third():
    assert convert(NUT, D(1), "KGM", "PCE") == Fraction(1000, 3)
    assert convert(NUT, Fraction(1000, 3), "PCE", "KGM") == 1


def test_the_codes_for_a_piece_mean_the_same():
    assert {base_units(SCREW, code) for code in ("PCE", "EA", "C62", "H87", "ST")} == {Fraction(1)}
    assert unit_code(SCREW, "EA") == "PCE"
    assert same_unit("C62", "H87")
    assert not same_unit("PCE", "BX")


def test_a_unit_the_article_does_not_have_converts_to_nothing():
    assert convert(SCREW, D(1), "KGM", "PCE") is None
    assert convert(SCREW, D(1), "PCE", "KGM") is None
