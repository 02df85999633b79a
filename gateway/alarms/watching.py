"""Watching: alarms raised for what the store and the server's health say, and cleared when they say so no more."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from gateway.alarms.words import reason_of
from gateway.pipeline.work import Line
from gateway.store.alarms import Kind, Reason, add_alarms, clear_alarm, clear_alarms, raise_alarm, standing_subjects
from gateway.store.reasons import WATCHED, changes


def watch(line: Line, failing: Mapping[str, str], host: str = "") -> int:
    """How many alarms were raised or cleared; `failing` says of each part of this process what keeps it from working.

    The write lock is taken only where something changed.
    """
    here = f"{host or socket.gethostname()}/"
    with line.store.read() as db:
        looked = {kind: changes(db, kind) for kind in WATCHED}
        standing = {each for each in standing_subjects(db, Kind.PART_FAILING) if each.startswith(here)}
    parts = {f"{here}{part}": reason for part, reason in failing.items()}
    done = sum(len(each.fresh) + len(each.gone) for each in looked.values()) + len(standing ^ parts.keys())
    if done:
        with line.store.write() as db:
            for kind in WATCHED:
                found = changes(db, kind)  # as it is under the lock: another process may have been faster
                add_alarms(db, [reason_of(kind, *each) for each in found.fresh.items()], line.now())
                clear_alarms(db, found.gone, line.now())
            for subject in parts.keys() - standing:
                raise_alarm(db, Reason(Kind.PART_FAILING, subject, f"{subject}: {parts[subject]}"), line.now())
            for subject in standing - parts.keys():
                clear_alarm(db, Kind.PART_FAILING, subject, line.now())
    return done
