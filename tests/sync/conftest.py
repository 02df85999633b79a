"""Trade data that systems tell of: two accounts and two articles, and channels that a test makes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.issues import Issue
from gateway.masterdata.exporting import export_rows
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.model.trade_rows import Row
from gateway.pipeline.intake import Taken
from gateway.store.engine import Store
from gateway.sync.intake import ChannelIntake
from gateway.workspace.configuration import load
from gateway.workspace.values import Channel

BEGIN = datetime(2026, 6, 15, 8, tzinfo=UTC)
ACCOUNTS = "account,name,parent\n1,Head,\n11,Branch,1\n"
PRODUCTS = "sku,name,base_unit,unit:BX,attr:thread\nSCREW,Screw,C62,200,M8\nNUT,Nut,C62,,\n"


def channels(**files: str) -> dict[str, Channel]:
    """The channels that these files make; what flows in comes from another folder than what goes out."""
    texts = {
        f"channels/{name}.toml": f'connection = "{"here" if chr(34) + "in" in text else "there"}"\n{text}'.encode()
        for name, text in files.items()
    }
    folders = {f"connections/{name}.toml": f'kind = "folder"\npath = "{name}"\n'.encode() for name in ("here", "there")}
    found = load({**folders, **texts})
    assert [each.text for each in found.problems] == []
    return found.channels


def lines(store: Store, kind: str) -> list[str]:
    """An export of the kind, without its header."""
    return [line.rstrip() for line in export_rows(store, kind)][1:]


class Systems:
    """Channels that deliver rows, a second after each other."""

    def __init__(self, store: Store, made: dict[str, Channel]) -> None:
        self.store = store
        self.channels = made
        self.times = 0

    def tell(self, channel: str, kind: str, *rows: dict[str, str], late: int = 0) -> list[Issue]:
        """What was wrong with rows that a channel delivers; `late` by so many seconds, as a message put back is."""
        self.times += 1
        at = (BEGIN + timedelta(seconds=self.times - late)).isoformat(timespec="microseconds")
        taken = Taken(channel, kind, f"message-{self.times}", at)
        told = [Row(position=number, cells=cells) for number, cells in enumerate(rows, 1)]
        with self.store.write() as db:
            return ChannelIntake(self.channels).take(db, taken, told)


@pytest.fixture
def put(store: Store, tmp_path: Path) -> Callable[[str, str], None]:
    """Imports a text as a file of a kind, as a person does."""

    def put(kind: str, content: str) -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(content, "utf-8")
        assert import_rows(store, kind, path, ImportOptions(date(2026, 6, 15))).refusals == ()

    put("accounts", ACCOUNTS)
    put("products", PRODUCTS)
    return put
