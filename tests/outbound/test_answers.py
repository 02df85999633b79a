"""Answers: who says when to come again is understood in every form he may say it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.outbound import Answer
from gateway.outbound.answers import waits


@pytest.mark.parametrize(
    ("stated", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("Sun, 06 Nov 2044 08:49:37 GMT", timedelta(seconds=37)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", timedelta()),
        ("99999999999999", timedelta(days=1)),
        ("soon", None),
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", None),
        ("-1", None),
        ("", None),
    ],
)
def test_the_time_to_be_left_alone_for_is_read_in_both_forms(stated: str, wait: timedelta | None) -> None:
    now = datetime(2044, 11, 6, 8, 49, tzinfo=UTC)
    assert waits(Answer(503, {"retry-after": stated}, b""), now) == wait
