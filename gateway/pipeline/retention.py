"""Retention: content that is older than it is to be kept goes, unless somebody still needs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gateway.pipeline.telling import forget_strangers
from gateway.pipeline.work import Line
from gateway.store.cxml_answers import forget_answers
from gateway.store.retention import Content, past_retention, take_out
from gateway.store.types import instant_text

AT_ONCE = 200
"""Records to a transaction: what else is written waits for no more than these."""


def retain(line: Line, periods: Mapping[str, timedelta | None]) -> int:
    """How many records lost their content: all that was past the period of its kind; None keeps a kind for ever."""
    if periods.get(Content.FEED) is not None:
        forget_strangers(line)
    _forget_answers(line)
    return sum(_take_out(line, Content(name), period) for name, period in periods.items() if period is not None)


def _forget_answers(line: Line) -> None:
    """What cXML documents were answered is forgotten as control references are, and links as soon as they are over."""
    before = instant_text(line.clock() - line.reuse_after)
    with line.store.write() as db:
        forget_answers(db, line.now(), before)


def due(line: Line, periods: Mapping[str, timedelta | None]) -> dict[str, int]:
    """How many records `retain` would take the content of now, by kind; kinds that are kept for ever are left out."""
    with line.store.read() as db:
        return {
            name: past_retention(db, Content(name), _before(line, period))
            for name, period in periods.items()
            if period is not None
        }


def _take_out(line: Line, content: Content, period: timedelta) -> int:
    before, total = _before(line, period), 0
    while True:
        with line.store.write() as db:
            taken = take_out(db, content, before, line.now(), AT_ONCE)
        total += taken
        if taken < AT_ONCE:
            return total


def _before(line: Line, period: timedelta) -> str:
    return instant_text(line.clock() - period)
