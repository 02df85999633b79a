"""What an order takes of what others may take meanwhile."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from gateway.commerce.volumes import Volumes
from gateway.pipeline.consumed import taken_before


def line(**called_off: int) -> Any:
    taken = {key: Decimal(quantity) for key, quantity in called_off.items()}
    context = SimpleNamespace(volumes=Volumes(called_off=taken))
    return SimpleNamespace(price=SimpleNamespace(request=SimpleNamespace(context=context)))


def test_what_was_looked_at_for_the_lines_of_every_day_is_compared_again() -> None:
    lines = [line(), line(spring=3), SimpleNamespace(price=None), line(autumn=5)]
    work: Any = SimpleNamespace(facts=SimpleNamespace(lines=lines))
    assert taken_before(work) == {"spring": 3, "autumn": 5}


def test_an_order_without_facts_looked_at_nothing() -> None:
    work: Any = SimpleNamespace(facts=None)
    assert taken_before(work) == {}
