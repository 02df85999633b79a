"""Looking for circles: what lasts is left alone, and nobody waits long for what is looked through at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from unittest import mock

import pytest

from gateway.cli import circles
from gateway.serving.server import Server
from tests.workspaces import Place, run

MOST_AT_ONCE = 120_000


@pytest.fixture
def kept() -> Iterator[None]:
    """What `keep` changes, as it was."""
    threshold = gc.get_threshold()
    circles.keep()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_a_server_is_made_of_is_not_looked_through_while_it_serves(demo: Place) -> None:
    told: list[str] = []
    made = Server.__init__

    def make(server: Server, *given: object) -> None:
        made(server, *given)  # type: ignore[arg-type]
        told.append("made")

    with (
        mock.patch.object(circles, "keep", side_effect=lambda: told.append("kept")),
        mock.patch.object(Server, "__init__", make),
        mock.patch.object(Server, "run", side_effect=lambda *_: told.append("serves")),
    ):
        run("--workspace", demo.root, "serve")
    assert told[-3:] == ["made", "kept", "serves"]


@pytest.mark.usefixtures("kept")
def test_of_what_lives_a_while_little_is_looked_through_at_once() -> None:
    seen: list[int] = []

    def look(phase: str, told: dict[str, int]) -> None:
        if phase == "start" and told["generation"] == 1:
            seen.append(len(gc.get_objects(generation=1)))

    gc.callbacks.append(look)
    alive = [[number] for number in range(1_200_000)]
    gc.callbacks.remove(look)
    assert seen
    assert max(seen) < MOST_AT_ONCE < len(alive)
