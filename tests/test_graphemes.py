"""Texts are cut between what a reader sees as characters."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.graphemes import fitting, graphemes

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ACCENTED = "e\u0301"


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("Schraube M8", 40, "Schraube M8"),
        ("Schraube M8", 8, "Schraube"),
        (f"caf{ACCENTED}", 4, "caf"),
        (f"caf{ACCENTED}", 5, f"caf{ACCENTED}"),
        (f"x{FAMILY}", 3, "x"),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 3, "\U0001f1e9\U0001f1ea"),
        ("a\r\nb", 2, "a"),
        ("abc", 0, ""),
    ],
)
def test_a_text_is_cut_before_the_character_that_has_no_room(text: str, most: int, kept: str) -> None:
    assert fitting(text, most) == kept


def test_room_in_bytes_is_counted_in_the_encoding() -> None:
    assert fitting("äöü", 4, "utf-8") == "äö"
    assert fitting("äöü", 4, "latin-1") == "äöü"
    assert fitting("ab€", 4, "utf-8") == "ab"


@given(st.text(), st.integers(0, 12), st.sampled_from([None, "utf-8"]))
@example(FAMILY * 3, 5, None)
def test_what_is_cut_is_as_long_as_fits_and_ends_between_characters(text: str, most: int, encoding: str | None) -> None:
    text = text.encode("utf-8", "ignore").decode()
    kept = fitting(text, most, encoding)
    whole = list(graphemes(text))
    room = [
        len("".join(whole[:count]).encode(encoding)) if encoding else len("".join(whole[:count]))
        for count in range(len(whole) + 1)
    ]
    fits = max(count for count, size in enumerate(room) if size <= most)
    assert kept == "".join(whole[:fits])
