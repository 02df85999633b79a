"""The digest: what waits for a person today, in one table."""

from __future__ import annotations

from typing import NamedTuple

from gateway.pipeline.work import Line
from gateway.store.digest import Waiting, waiting

COLUMNS = Waiting.__struct_fields__


class Digest(NamedTuple):
    """What waited at an instant, UTC; nothing where `rows` are none."""

    at: str
    rows: tuple[Waiting, ...]

    @property
    def subject(self) -> str:
        """What it comes to, in a few words."""
        return f"[gateway] {self.at[:10]}: {sum(row.count for row in self.rows) or 'nothing'} waiting"

    @property
    def text(self) -> str:
        """It as plain text, a line a row."""
        lines = []
        for row in self.rows:
            since = row.oldest[:16].replace("T", " ")
            lines.append(f"{row.count:6}  {row.what:24}  {row.partner or '':20}  since {since}  {row.first}")
        return "\n".join([*(lines or ["Nothing waits for a person."]), ""])


def daily_digest(line: Line) -> Digest:
    """What is held, failed, dead, unknown, refused, overdue or silent now."""
    with line.store.read() as db:
        return Digest(line.now(), tuple(waiting(db)))
