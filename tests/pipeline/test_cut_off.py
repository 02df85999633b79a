"""The day an order counts from: told by when it was received, and kept once it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from gateway.model.response import Decision
from gateway.pipeline.by_hand import Ruling, find_orders, rule
from gateway.pipeline.replay import replay
from gateway.store.messages import message
from gateway.store.orders import lines_of
from tests import sent
from tests.at_a_time import MONDAY, AtATime, opened
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

BEFORE, AFTER = timedelta(hours=3, minutes=59), timedelta(hours=4, minutes=1)
"""Of a cut-off at 14:00 in Berlin, from Monday 8:00 UTC on."""


@contextmanager
def cut_off_at_two(place: Place) -> Iterator[AtATime]:
    """Two working days after the order counts, goods are there; a price that is too low waits for a person."""
    tables = {
        "calendars": "calendar,weekdays,cut_off\nNORTH,1-5,14:00 Europe/Berlin\n",
        "terms": "subject,field,value\nall,delivery_calendar,NORTH\nall,lead_time_days,2\n",
    }
    for kind, text in tables.items():
        place.write(f"{kind}.csv", text)
        assert place.run("import", kind, place.root / f"{kind}.csv").status == 0
    place.change("partners/acme.toml", "[decide]", '[decide]\nprice_too_low = "hold"')
    with opened(place) as at:
        yield at


def order(price: str | None = None) -> bytes:
    """For as soon as can be: the day asked for is the Monday."""
    text = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12", price))).decode("latin-1")
    return text.replace(f"DTM+2:{sent.WANTED:%Y%m%d}", f"DTM+2:{MONDAY:%Y%m%d}").encode("latin-1")


def comes_on(at: AtATime) -> str | None:
    with at.gateway.store.read() as db:
        [line] = lines_of(db, find_orders(at.gateway.line, "PO-1", None).only.id)
    return line.confirmed_on


def decide(at: AtATime, decision: Decision = Decision.ACCEPTED) -> None:
    rule(at.gateway.line, find_orders(at.gateway.line, "PO-1", None).only, Ruling(decision, "by phone"))


@pytest.mark.parametrize(("since", "day"), [(BEFORE, "2026-06-17"), (AFTER, "2026-06-18")])
def test_an_order_counts_by_when_it_was_received_however_late_it_is_worked_off(
    demo: Place, since: timedelta, day: str
) -> None:
    with cut_off_at_two(demo) as at:
        at.now += since
        at.receive(order())
        at.later(hours=3)
        at.work_off()
        assert comes_on(at) == day


def test_a_replay_gives_the_same_day(demo: Place) -> None:
    with cut_off_at_two(demo) as at:
        at.now += BEFORE
        at.take(order())
        at.later(days=1)
        with at.gateway.store.read() as db:
            stored = message(db, find_orders(at.gateway.line, "PO-1", None).only.message)
        assert stored is not None
        replay(at.gateway.line, stored, "enrich")
        at.work_off()
        assert comes_on(at) == "2026-06-17"


def test_an_order_in_time_counts_from_its_day_though_a_person_decides_after_the_cut_off(demo: Place) -> None:
    with cut_off_at_two(demo) as at:
        at.now += BEFORE
        at.take(order("1.00::NTP"))
        at.later(hours=3)
        decide(at)
        assert comes_on(at) == "2026-06-17"


def test_an_order_that_a_person_decides_days_later_counts_from_then_and_goes_on_doing_so(demo: Place) -> None:
    with cut_off_at_two(demo) as at:
        at.now += BEFORE
        at.take(order("1.00::NTP"))
        at.later(days=2, hours=3)
        decide(at)
        assert comes_on(at) == "2026-06-19"
        at.later(days=1)
        decide(at)
        assert comes_on(at) == "2026-06-19"
