"""Files: what was received read into its messages, in the order it came by its connection."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from gateway.errors import TransientError
from gateway.pipeline.decode import abandon, decode
from gateway.queue.retry import MOST_TRIES
from gateway.queue.turn import Turn
from gateway.store import Connection, lanes
from gateway.store.records import WorkItem
from gateway.store.transmissions import transmission

_DIED = "The gateway died at every try of this file. Look at its log."

_log = logging.getLogger("gateway.queue")


@dataclass(frozen=True, slots=True)
class _File:
    """A file whose turn it is."""

    turn: Turn
    item: WorkItem

    def prove(self, db: Connection) -> None:
        self.turn.prove(db)

    def finish(self, db: Connection) -> None:
        lanes.finish_items(db, [self.item.seq])


def read_files(turn: Turn, items: list[WorkItem]) -> list[WorkItem]:
    """The files that come next, when these are read."""
    waiting = list(items)
    while waiting and not turn.is_over:
        _read(_File(turn, waiting[0]))
        del waiting[0]
        turn.done += 1
    with turn.line.store.write() as db:
        turn.prove(db)
        lanes.return_items(db, [item.seq for item in waiting])
        return turn.following(db)


def _read(file: _File) -> None:
    """The file decoded, or dead: one the gateway fails at never stops those behind it."""
    line, item = file.turn.line, file.item
    with line.store.read() as db:
        received = transmission(db, item.transmission or "")
    if received is None or received.state != "received":
        with line.store.write() as db:
            file.prove(db)
            file.finish(db)
    elif item.failures >= MOST_TRIES:
        abandon(line, received, _DIED, file)
    else:
        try:
            decode(line, received, file)
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - the worker's edge
            _log.error("transmission %s failed at decode", received.id, exc_info=error)
            abandon(line, received, f"{type(error).__name__}: {error}", file)
