"""The one place that joins the parts: settings, store, published configuration, mappings and connectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.bundle import bundled, read_tree
from gateway.connector import Connection, ConnectionConfig, Listener, Listening, Poller
from gateway.edifact.syntax import Limits
from gateway.errors import ConfigError, Problem, UsageError
from gateway.mapping.library import Library
from gateway.mapping.row_columns import unknown_columns
from gateway.mapping.verdicts import check_problems
from gateway.masterdata.kinds import KINDS
from gateway.pipeline.outlets import Outlet
from gateway.pipeline.work import Line
from gateway.queue.lock import DispatcherLock, FileLock
from gateway.registry import connectors
from gateway.settings import Settings, load_settings
from gateway.store import Connection as Session
from gateway.store.configurations import active, files_of, publish
from gateway.store.engine import Store, file_of, open_store
from gateway.store.memory import ConnectionMemory
from gateway.store.migrate import upgrade
from gateway.store.sealed_secrets import secret_names
from gateway.store.types import instant_text
from gateway.sync.asking import Lister
from gateway.sync.intake import ChannelIntake
from gateway.vault import Vault
from gateway.workspace.configuration import Configuration, load, read_files
from gateway.workspace.lint import Findings, Sides, lint
from gateway.workspace.secret_references import unset_secrets, unset_variables
from gateway.workspace.values import Connection as Configured

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A workspace opened: its settings, its store, and the line on its published configuration."""

    settings: Settings
    store: Store
    line: Line

    @property
    def workspace(self) -> Path:
        """The workspace's directory."""
        return self.settings.workspace

    @property
    def vault(self) -> Vault:
        """What the references to secrets stand for."""
        return Vault(self.settings, self.store)

    @property
    def clock(self) -> Clock:
        """What tells this instant."""
        return self.line.clock

    def dispatcher_lock(self) -> DispatcherLock:
        """The lock of whoever drains this store: a file beside it, or held by the database for all its hosts."""
        return lock_of(self.store, self.workspace)

    def node_lock(self) -> DispatcherLock:
        """What a process that serves holds: the same file, or a lock it shares with the other nodes of the database."""
        return self.store.node_lock() or FileLock(self.workspace / "var" / "dispatcher.lock")

    def line_as_of(self, version: int | None) -> Line:
        """The line on the configuration of a version published before."""
        with self.store.read() as db:
            files = files_of(db, version) if version is not None else {}
        if version is None or not files:
            raise UsageError(f"There is no version {version}. `gateway config log` shows all.")
        configuration = load(files)
        return replace(
            self.line, configuration=configuration, library=library_of(configuration), version=version,
            intake=ChannelIntake(configuration.channels),
        )  # fmt: skip

    def connections(self) -> Iterator[tuple[str, Connection]]:
        """Every configured connection whose kind is installed, opened, by name."""
        for name, configured in self.line.configuration.connections.items():
            if configured.kind in connectors():
                yield name, open_connection(self.workspace, self.store, configured, self.clock, self.vault.secret)

    def pollers(self) -> dict[str, Poller]:
        """What takes from each connection that something is received by, by name."""
        inbound = {connection.name for connection in self.line.configuration.inbound}
        return {name: connection.poller() for name, connection in self._able("poll") if name in inbound}

    def lister(self, name: str) -> Lister:
        """What asks a connection for the list that it has; raises ConfigError for a kind that is not installed."""
        configured = self.line.configuration.connections[name]
        opened = open_connection(self.workspace, self.store, configured, self.clock, self.vault.secret)
        asks = connectors()[configured.kind].manifest.asks
        return Lister(name, opened.poller(), asks, configured.poll.total_seconds())

    def listeners(self) -> dict[str, Listener]:
        """What each connection that something is received by lets in where it is posted, by name."""
        inbound = {connection.name for connection in self.line.configuration.inbound}
        able = {name: connection for name, connection in self._able("listen") if name in inbound}
        return {name: each.listener() for name, each in able.items() if isinstance(each, Listening)}

    def senders(self) -> dict[str, Outlet]:
        """What gives to each connection that something is sent by, where its kind can send, by name."""
        outbound, kept = self.line.configuration.outbound, self.line.configuration.connections
        able = {name: connection for name, connection in self._able("send") if name in outbound}
        return {
            name: Outlet(connection.sender, _is_repeatable(kept[name]), kept[name].pace)
            for name, connection in able.items()
        }

    def _able(self, ability: str) -> Iterator[tuple[str, Connection]]:
        for name, connection in self.connections():
            kind = self.line.configuration.connections[name].kind
            if ability in connectors()[kind].manifest.can:
                yield name, connection


def _is_repeatable(configured: Configured) -> bool:
    """Whether the same delivery sent again does no harm: by its kind, or because the file says so."""
    return connectors()[configured.kind].manifest.repeatable or configured.values.flag("repeatable")


def open_connection(
    workspace: Path, store: Store, configured: Configured, clock: Clock, secret: Callable[[str], str]
) -> Connection:
    """A connection as configured, opened; raises ConfigError for a kind that is not installed."""
    installed = connectors().get(configured.kind)
    if installed is None:
        raise ConfigError(f"No connector {configured.kind} is installed. Installed are {', '.join(connectors())}.")
    memory = ConnectionMemory(store, configured.name, clock)
    return installed.connector.open(ConnectionConfig(configured.name, workspace, configured.values, secret, memory))


def lock_of(store: Store, workspace: Path) -> DispatcherLock:
    """The lock of whoever drains the store of a workspace."""
    return store.dispatcher_lock() or FileLock(workspace / "var" / "dispatcher.lock")


@contextmanager
def open_gateway(workspace: Path, clock: Clock = utc_now, dry_run: bool = False) -> Iterator[Gateway]:
    """The gateway of a workspace, its store upgraded and its changed files published where the settings say so.

    A dry run works on a copy of the store that is thrown away afterwards, or in a transaction that is rolled back.
    """
    settings = load_settings(workspace)
    if not dry_run:
        with open_store_of(workspace) as store:
            yield Gateway(settings, store, line_of(settings, store, clock))
        return
    with TemporaryDirectory() as folder, _rehearsal(store_url(settings), Path(folder)) as store:
        key = settings.master_key_file and (settings.workspace / settings.master_key_file).absolute()
        elsewhere = settings.model_copy(update={"workspace": Path(folder), "master_key_file": key})
        yield Gateway(elsewhere, store, line_of(settings, store, clock))


@contextmanager
def _rehearsal(url: str, folder: Path) -> Iterator[Store]:
    """A store with everything that the one at the URL holds, in which nothing stays."""
    kept = file_of(url)
    if kept is None:
        with closing(open_store(url)) as store, store.rehearsal() as rehearsal:
            upgrade(rehearsal)
            yield rehearsal
        return
    path = folder / "copy.db"
    if kept.exists():
        with closing(open_store(url)) as store:
            store.copy_to(path)
    with _upgraded(f"sqlite:///{path}") as copy:
        yield copy


@contextmanager
def open_store_of(workspace: Path) -> Iterator[Store]:
    """The store of a workspace, upgraded to this program's version; raises UsageError where there is no workspace."""
    with _upgraded(store_url(load_settings(workspace))) as store:
        yield store


def store_url(settings: Settings) -> str:
    """Where the store is, or will be; raises UsageError where neither a store nor a workspace lies."""
    file = file_of(settings.url)
    if file is not None and not file.exists() and not read_files(settings.workspace):
        raise UsageError(f"{settings.workspace} holds no workspace. Name one with --workspace; init makes one.")
    return settings.url


@contextmanager
def _upgraded(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as store:
        upgrade(store)
        yield store


def line_of(settings: Settings, store: Store, clock: Clock) -> Line:
    """The line on the published configuration; raises ConfigError where none can be used."""
    if settings.auto_publish:
        version, files = publish_files(settings, store, "published by itself", clock)
    else:
        with store.read() as db:
            current = active(db)
            files = files_of(db, current.number) if current else {}
        if current is None:
            raise ConfigError("Nothing is published yet. Run `gateway publish`.")
        version = current.number
    configuration = load(files)
    limits = Limits(**settings.limits.model_dump())
    return Line(
        store, configuration, library_of(configuration), clock, version, limits, settings.reuse_after,
        settings.duplicate_window, ChannelIntake(configuration.channels),
    )  # fmt: skip


def publish_files(settings: Settings, store: Store, note: str, clock: Clock) -> tuple[int, dict[str, bytes]]:
    """The number and files of the version the workspace is now; raises ConfigError where it has problems."""
    files = read_files(settings.workspace)
    with store.read() as db:
        current = active(db)
        if current is not None and files_of(db, current.number) == files:
            return current.number, files
    findings = check_files(files)
    if findings.problems:
        raise ConfigError("The workspace has problems.", findings.problems)
    with store.write() as db:
        check_secrets(db, files)  # what is set now cannot be removed before the version is there
        return publish(db, files, note, instant_text(clock())).number, files


def check_secrets(db: Session, files: dict[str, bytes]) -> None:
    """Raises ConfigError where the files name a secret that the store has not."""
    unset = unset_secrets(files, secret_names(db))
    if unset:
        raise ConfigError("The workspace names secrets that are not set.", unset)


def check_files(files: dict[str, bytes]) -> Findings:
    """What `gateway check` says: of the workspace's files, of every mapping they bring or use, and of its checks."""
    library = library_of(load(files))
    findings = lint(
        files,
        library.ids(),
        lambda document: library.standard(document, inbound=True) is not None,
        lambda identity: _sides(library, identity),
    )
    broken = library.problems() or list(_unknown_columns(library))
    remarks = [*findings.remarks, *unset_variables(files, os.environ)]
    return Findings([*findings.problems, *broken, *([] if broken else _red_checks(library))], remarks)


def _unknown_columns(library: Library) -> Iterator[Problem]:
    for identity in library.ids():
        document = library.effective(identity)
        kind = KINDS.get(document.reads)
        if kind is not None:
            for problem in unknown_columns(document, kind.has_column):
                yield problem._replace(file=f"mappings/{problem.file}")


# They depend on the mappings alone, which change less often than what else a workspace holds.
@lru_cache(maxsize=2)
def _red_checks(library: Library) -> tuple[Problem, ...]:
    return tuple(check_problems(library))


def _sides(library: Library, identity: str) -> Sides | None:
    try:
        effective = library.effective(identity)
    except ConfigError:
        return None  # told as a problem of the mapping
    return Sides(effective.reads, effective.makes)


def library_of(configuration: Configuration) -> Library:
    """The shipped mappings with the workspace's own laid over them."""
    return _library(tuple(sorted({**read_tree(bundled("mappings")), **configuration.mappings}.items())))


# What was compiled to check the files is what the line works with.
@lru_cache(maxsize=2)
def _library(files: tuple[tuple[str, bytes], ...]) -> Library:
    return Library(dict(files))
