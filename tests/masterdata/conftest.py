"""Files taken into a store that has two accounts and two articles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway.masterdata.importing import ImportOptions, ImportReport, import_rows
from gateway.store.engine import Store

from .files import ACCOUNTS, PRODUCTS, TODAY, Importer


@pytest.fixture
def take(store: Store, tmp_path: Path) -> Importer:
    """Imports a text, or bytes as they are, as a file of a kind; accounts and products are there already."""

    def importer(kind: str, content: str | bytes, today: date = TODAY, **options: bool) -> ImportReport:
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_rows(store, kind, path, ImportOptions(today, **options))

    assert importer("accounts", ACCOUNTS).inserted == 2
    assert importer("products", PRODUCTS).inserted == 2
    return importer
