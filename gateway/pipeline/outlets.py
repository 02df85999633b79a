"""Outlets: what gives to the connections, and a run of documents given to one, each with what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic
from typing import NamedTuple

from gateway.connector import Closing, Delivery, Finder, Receipt, Sender
from gateway.errors import PermanentError
from gateway.pipeline.names import file_name
from gateway.store.records import Output
from gateway.workspace.values import Pace

IDLE_S = 30.0
"""A sender that was not used for so long may have lost its session: another one is opened."""
RUN_S = 5.0
"""The time after which no further document of a run is begun."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A connection that documents leave by: `open` makes a sender, `repeatable` says that sending twice does no harm.

    Each sender serves one thread at a time, and is soon used again unless it raised.
    """

    open: Callable[[], Sender]
    repeatable: bool = False
    pace: Pace = field(default_factory=Pace)
    _idle: list[tuple[float, Sender]] = field(default_factory=list, repr=False)
    _taking: Lock = field(default_factory=Lock, repr=False)
    _dropped: Event = field(default_factory=Event, repr=False)

    def take(self) -> Sender:
        """A sender that nobody else uses."""
        with self._taking:
            used_at, sender = self._idle.pop() if self._idle else (0.0, None)
            if sender is not None and monotonic() - used_at > IDLE_S:
                # Those below it are older still.
                unused, sender = [sender, *(older for _, older in self._idle)], None
                self._idle.clear()
            else:
                unused = []
        for old in unused:
            close(old)
        return sender or self.open()

    def give_back(self, sender: Sender) -> None:
        """The sender may serve others."""
        with self._taking:
            if not self._dropped.is_set():
                self._idle.append((monotonic(), sender))
                return
        close(sender)

    def drop(self) -> None:
        """Nothing more is sent by it: no sender holds anything open once it has ended what it is at."""
        with self._taking:
            self._dropped.set()
            unused = [sender for _, sender in self._idle]
            self._idle.clear()
        for sender in unused:
            close(sender)


class Run(NamedTuple):
    """Documents of one lane, leased together and given one after the other; `after_s` is the wait before the first.

    `look_up` asks about the one there is instead of sending it.
    """

    outputs: list[Output]
    outlet: Outlet
    after_s: float = 0.0
    look_up: bool = False


class Ended(NamedTuple):
    """What came of one document of a run: a receipt, an error, or neither where it was not sent.

    `can_find` says that the other side can be asked.
    """

    output: Output
    run: Run
    begun: bool = False
    receipt: Receipt | None = None
    error: Exception | None = None
    can_find: bool = False


def close(held: object) -> None:
    """It holds nothing open any more, where it is one that may."""
    if isinstance(held, Closing):
        held.close()


def give(run: Run, contents: dict[str, bytes], stopping: Event) -> list[Ended]:
    """What came of each document, in order; none is begun behind one that failed, after RUN_S or while stopping."""
    began = monotonic()
    ended: list[Ended] = []
    stopping.wait(run.after_s)
    for output in run.outputs:
        failed = bool(ended) and ended[-1].error is not None
        if failed or stopping.is_set() or (ended and monotonic() - began > RUN_S):
            ended += [Ended(each, run) for each in run.outputs[len(ended) :]]
            break
        ended.append(_given(run, output, contents.get(output.id)))
    return ended


def _given(run: Run, output: Output, content: bytes | None) -> Ended:
    sender: Sender | None = None
    try:
        if content is None:
            raise PermanentError("Its archived document is gone. Restore the store from a backup, then resend.")
        sender = run.outlet.take()
        delivery = Delivery(file_name(output), content, output.key, output.type, output.reference, output.id)
        receipt = _looked_up(sender, delivery) if run.look_up else sender.send(delivery)
    except Exception as error:  # noqa: BLE001 - the worker's edge: a connector's defect never stops the others
        close(sender)
        return Ended(output, run, begun=sender is not None, error=error, can_find=isinstance(sender, Finder))
    run.outlet.give_back(sender)
    return Ended(output, run, begun=True, receipt=receipt)


def _looked_up(sender: Sender, delivery: Delivery) -> Receipt | None:
    if not isinstance(sender, Finder):
        raise PermanentError("The other side cannot be asked whether it has this.")
    return sender.find(delivery)
