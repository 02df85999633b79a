"""How far orders and lines get: forward only, and an order as far as the last of its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.order_life import follows, state_of_line, state_of_order
from gateway.model.status import OrderState

from .goods import D

OPEN, CONFIRMED, PARTLY, SHIPPED, INVOICED, CLOSED, CANCELLED = OrderState


def test_states_lead_forward_only() -> None:
    order = [OPEN, CONFIRMED, PARTLY, SHIPPED, INVOICED, CLOSED]
    for index, now in enumerate(order):
        assert [follows(now, told) for told in order] == [place >= index for place in range(len(order))]


def test_what_is_shipped_in_whole_is_not_cancelled_and_what_is_cancelled_stays_so() -> None:
    assert [follows(now, CANCELLED) for now in OrderState] == [True, True, True, False, False, False, True]
    assert [follows(CANCELLED, told) for told in OrderState] == [False] * 6 + [True]


@pytest.mark.parametrize(
    ("shipped", "invoiced", "state"),
    [("0", "0", CONFIRMED), ("3", "0", PARTLY), ("10", "0", SHIPPED), ("10", "10", INVOICED), ("12", "0", SHIPPED)],
)
def test_a_line_is_as_far_as_its_quantities(shipped: str, invoiced: str, state: OrderState) -> None:
    assert state_of_line(D(10), D(shipped), D(invoiced)) is state


def test_an_order_is_as_far_as_the_last_of_its_lines() -> None:
    assert state_of_order([SHIPPED, PARTLY]) is CONFIRMED
    assert state_of_order([SHIPPED, INVOICED]) is SHIPPED
    assert state_of_order([CANCELLED, SHIPPED]) is SHIPPED
    assert state_of_order([CANCELLED, CANCELLED]) is CANCELLED
    assert state_of_order([]) is CONFIRMED


@given(st.lists(st.sampled_from(list(OrderState)), max_size=6), st.permutations(range(6)))
def test_in_whatever_order_reports_come_the_same_state_is_reached(told: list[OrderState], places: list[int]) -> None:
    def reached(words: list[OrderState]) -> OrderState:
        now = OPEN
        for word in words:
            now = word if follows(now, word) else now
        return now

    forward = [word for word in told if word is not CANCELLED]
    shuffled = [forward[place] for place in places if place < len(forward)]
    assert reached(forward) is reached(shuffled)
