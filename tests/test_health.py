"""Health: what the parts say of themselves, asked for by whoever watches while they begin."""

from __future__ import annotations

from datetime import datetime

from gateway.health import Health
from tests.workspaces import Place


def test_health_may_be_asked_for_while_parts_begin(demo: Place) -> None:
    with demo.opened() as gateway:
        is_asking = True

        def clock() -> datetime:
            nonlocal is_asking
            if is_asking:
                is_asking = False
                health.failing()
            return gateway.clock()

        def begins() -> bool:
            health.watch("other", lambda: True)
            return True

        health = Health(gateway.store, clock)
        health.watch("one", begins)
        assert health.failing() == {}
        assert health.failing() == {}
