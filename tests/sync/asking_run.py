"""A run that asks for a list and never ends, for the test that kills it."""

from __future__ import annotations

import signal
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.store.engine import open_store
from gateway.sync.asking import asked

from .test_asking import ERP, lister
from .test_outbound import line_of


def run(url: str, folder: Path) -> None:
    """Say so once the list is there, and wait to be killed."""
    with closing(open_store(url)) as store:
        line = replace(line_of(store, erp=ERP), clock=lambda: datetime.now(UTC))
        with asked(line, lister(folder), wait=lambda _: None):
            print("asked", flush=True)
            signal.pause()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
