"""Not there yet: what an ERP says of an order."""

from __future__ import annotations

from gateway.errors import PermanentError
from gateway.pipeline.work import Line, Work
from gateway.store import Connection


def settle_status(_line: Line, _db: Connection, work: Work) -> Work:
    """The work as settled; raises PermanentError until that is there."""
    raise PermanentError(f"Message {work.message.id}: nothing takes this yet.")
