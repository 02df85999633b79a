"""Numbers and words are compared in one form, however they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.words import bare_words_of, endings, number_form, stem, words_of


def test_a_number_is_the_same_without_case_blanks_and_punctuation() -> None:
    assert number_form("6ES7 214-1AG40/0xB0") == number_form("6es7214-1ag40 0xb0") == "6es72141ag400xb0"


@pytest.mark.parametrize("typed", ["M8x40", "M8 x 40", "m8 * 40", "M8 \N{MULTIPLICATION SIGN} 40"])
def test_a_size_is_the_same_whatever_stands_between_its_figures(typed: str) -> None:
    assert words_of(typed) == ["m8", "40"]


def test_umlauts_are_found_written_out_and_as_their_vowels() -> None:
    assert words_of("Größe") == ["groesse"]
    assert bare_words_of("Größe") == ["grosse"]
    assert words_of("Säge") != bare_words_of("Säge")


def test_a_mark_of_where_a_word_may_be_parted_parts_none() -> None:
    assert words_of("Schr\N{SOFT HYPHEN}aube") == ["schraube"]
    assert bare_words_of("Grö\N{SOFT HYPHEN}ße") == ["grosse"]


def test_accents_count_for_nothing() -> None:
    assert words_of("Écrou à clé") == ["ecrou", "a", "cle"]


@pytest.mark.parametrize(
    ("one", "other"), [("schraube", "schrauben"), ("washer", "washers"), ("box", "boxes"), ("mutter", "muttern")]
)
def test_one_and_several_are_the_same(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_a_size_has_no_endings_of_plural() -> None:
    assert stem("m8") == "m8"
    assert stem("2024") == "2024"


def test_a_compound_ends_with_what_it_is() -> None:
    assert "schraube" in endings("sechskantschraube")
    assert endings("bolt") == []


@given(st.text(max_size=60))
def test_whatever_is_typed_has_words_without_accents_and_capitals(text: str) -> None:
    for word in (*words_of(text), *bare_words_of(text)):
        assert word
        assert word == word.lower()
        assert not set(word) & set(" -_.,äöü")
