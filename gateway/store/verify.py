"""Whether the archive is as it was written: every transmission and document against its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from gateway.store.engine import Store
from gateway.store.line_tables import ArchiveRow, TransmissionRow
from gateway.store.tables import table
from gateway.store.transmissions import read_chunks

_archive = table(ArchiveRow)
_transmission = table(TransmissionRow)

_AT_ONCE = 100
"""Documents in memory at a time; some drivers would fetch all of them."""


def altered(store: Store) -> Iterator[str]:
    """A sentence for each transmission or document whose bytes do not have the digest recorded with them."""
    with store.read() as db:
        for identity, digest in db.execute(select(_transmission.c.id, _transmission.c.digest)).all():
            measured = hashlib.sha256()
            for piece in read_chunks(db, identity):
                measured.update(piece)
            if measured.hexdigest() != digest:
                yield f"transmission {identity} was altered"
        archived = select(_archive.c.id, _archive.c.digest, _archive.c.content)
        for identity, digest, content in db.execute(archived.execution_options(yield_per=_AT_ONCE)):
            if hashlib.sha256(content).hexdigest() != digest:
                yield f"document {identity} was altered"
