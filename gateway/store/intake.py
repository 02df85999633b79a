"""How far the rows of a message were taken: noted with each commit of them, so that a crash goes on from there."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from gateway.store.line_tables import IntakeRow
from gateway.store.tables import table

_progress = table(IntakeRow)
_mine = _progress.c.message == bindparam("of_message")
_FOUND = select(_progress).where(_mine)
_FORGET = delete(_progress).where(_mine)
_NOTE = insert(_progress)


class Progress(NamedTuple):
    """So many rows were looked at and so many of them refused, with their issues as JSON."""

    done: int = 0
    refused: int = 0
    issues: str = "[]"


def progress(db: Connection, message: str) -> Progress:
    """How far the message's rows were taken."""
    row = db.execute(_FOUND, {"of_message": message}).mappings().one_or_none()
    return Progress(row["done"], row["refused"], row["issues"]) if row else Progress()


def note_progress(db: Connection, message: str, made: Progress) -> None:
    """The message's rows were taken so far."""
    forget_progress(db, message)
    db.execute(_NOTE, {"message": message, **made._asdict()})


def forget_progress(db: Connection, message: str) -> None:
    """All of the message's rows are through, or it begins again."""
    db.execute(_FORGET, {"of_message": message})
