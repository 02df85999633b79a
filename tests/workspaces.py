"""Workspaces on disk for tests: the command line run in this process, files received, answers read back."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import typer.main

from gateway.bundle import bundled
from gateway.cli.app import main
from gateway.demo.samples import KINDS, LISTED_LATER
from gateway.edifact.presentation import as_json
from gateway.edifact.reader import read
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.wiring import Gateway, open_gateway, utc_now

SAMPLES = bundled("sample_messages")
# The tree of commands is made from its declarations once, not for each command.
_commands = functools.cache(typer.main.get_command)


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit status, stdout and stderr."""

    status: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*words: object) -> Ran:
    """A command run as `gateway WORDS...` is, without starting a process."""
    raw, err = io.BytesIO(), io.StringIO()
    threshold = gc.get_threshold()
    out = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    with (
        mock.patch.object(sys, "argv", ["gateway", *map(str, words)]),
        mock.patch.object(gc, "freeze"),
        mock.patch.object(typer.main, "get_command", _commands),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            status: object = 0
        except SystemExit as end:
            status = end.code
    # A process ends with its command; what this one had frozen, or would collect late, it would keep for all tests.
    gc.set_threshold(*threshold)
    return Ran(status if isinstance(status, int) else 0, raw.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Answer:
    """One interchange that left, as its reader sees it; `segments` from UNH to UNT as plain text parts."""

    file: str
    raw: bytes
    control: str
    test: bool
    type: str
    segments: list[str]

    def having(self, start: str) -> list[str]:
        """The segments that begin so."""
        return [segment for segment in self.segments if segment.startswith(start)]


def answer_in(file: Path) -> Answer:
    """The one message of the one interchange in a file; it is read without a fault."""
    raw = file.read_bytes()
    shown: Any = as_json(read(iter([raw])))
    (interchange,) = shown["interchanges"]
    (message,) = interchange["messages"]
    assert not shown["issues"]
    assert not interchange["issues"]
    assert not message["issues"]
    segments = [
        "+".join([each["tag"], *(":".join(element) for element in each["elements"])]) for each in message["segments"]
    ]
    return Answer(file.name, raw, interchange["control_reference"], interchange["test"], message["type"], segments)


class Place:
    """A workspace: commands run in it, what lies in its folders, and its files changed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: object) -> Ran:
        """A command in this workspace."""
        return run("--workspace", self.root, *words)

    def ingest(self, *files: Path | bytes, status: int | None = None, options: tuple[str, ...] = ()) -> list[dict]:
        """The lines of `ingest --json`; bytes are written to a file first."""
        ran = self.run("ingest", *[self._file(each) for each in files], "--json", *options)
        assert "Traceback" not in ran.err
        if status is not None:
            assert ran.status == status, ran.out + ran.err
        return ran.lines

    def sample(self, number: int, **options: Any) -> list[dict]:
        """The lines of the sample message of this number."""
        (file,) = SAMPLES.glob(f"{number:02}_*.edi")
        return self.ingest(file, **options)

    def _file(self, given: Path | bytes) -> Path:
        if isinstance(given, Path):
            return given
        folder = self.root.parent / "sent"
        folder.mkdir(exist_ok=True)
        file = folder / f"{len(list(folder.iterdir())) + 1}.edi"
        file.write_bytes(given)
        return file

    def outbox(self, name: str) -> list[Path]:
        """The files in an outbox as its reader sees them, without hidden ones, oldest first."""
        folder = self.root / "outbox" / name
        return sorted(folder.glob("[!.]*"), key=lambda file: file.stem[-26:]) if folder.is_dir() else []

    def answers(self, name: str, type_: str = "") -> list[Answer]:
        """The EDIFACT answers in an outbox, oldest first."""
        return [answer_in(file) for file in self.outbox(name) if file.name.startswith(type_) and file.suffix == ".edi"]

    def orders(self) -> list[dict]:
        """The rows of `orders list --json`."""
        return self.run("orders", "list", "--json").lines

    def order(self, number: str, *options: str) -> dict:
        """The object of `orders show --json`."""
        (shown,) = self.run("orders", "show", number, "--json", *options).lines
        return shown

    def write(self, path: str, text: str) -> None:
        """A file of the workspace."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        """One place of a file of the workspace changed."""
        text = (self.root / path).read_text("utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def move_to(self, database_url: str) -> None:
        """The workspace's store is this one from now on; what a store of before holds stays there."""
        settings = (self.root / "gateway.toml").read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in settings if not line.startswith("database_url")]
        self.write("gateway.toml", "".join([f'database_url = "{database_url}"\n', *kept]))

    @contextlib.contextmanager
    def opened(self) -> Iterator[Gateway]:
        """The gateway of this workspace."""
        with open_gateway(self.root) as gateway:
            yield gateway


def make_demo(root: Path, database_url: str = "") -> None:
    """The demo's workspace with its business data, before any message; its store lies in it, or at a URL."""
    shutil.copytree(SAMPLES / "workspace", root)
    if database_url:
        Place(root).move_to(database_url)
    with open_gateway(root) as gateway:
        for kind in KINDS:
            import_rows(gateway.store, kind, root / "data" / f"{kind}.csv", ImportOptions(utc_now().date()))


def list_article(place: Place) -> None:
    """Import the article the demo lists later."""
    for kind in LISTED_LATER:
        assert place.run("import", kind, place.root / "data" / f"listed-later.{kind}.csv").status == 0
