"""The configuration: every file of the workspace as values, with every problem found on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gateway.bundle import bundled, read_tree
from gateway.errors import ConfigError, Problem
from gateway.event_types import WEBHOOK
from gateway.fields import Reader
from gateway.registry import connectors
from gateway.toml_source import TomlSource, parse_bytes
from gateway.workspace.agreements import Surroundings
from gateway.workspace.connections import Kinds, channel_of, connection_of
from gateway.workspace.crossings import Crossed, crossings
from gateway.workspace.partners import partner_of
from gateway.workspace.schedules import Schedule, schedule_of
from gateway.workspace.values import Agreement, Channel, Connection, Direction, Partner, Wanted

FOLDERS = ("connections", "partners", "mappings", "schedules", "channels")
SETTINGS_FILE = "gateway.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the workspace says and the `files` it was made of; usable only where there are no `problems`.

    `remarks` are worth reading and stop nothing: an answer owed that no agreement sends.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def partner_by_edifact(self, identification: str, qualifier: str = "") -> Partner | None:
        """The partner who sends from this UNB address."""
        address = (identification, qualifier)
        return next((partner for partner in self.partners.values() if address in partner.edifact), None)

    def agreement_for(self, partner: Partner, wanted: Wanted) -> Agreement | None:
        """The one agreement that handles what is wanted; None where there is none, or more than one."""
        found = [agreement for agreement in partner.agreements if agreement.answers(wanted)]
        return found[0] if len(found) == 1 else None

    def answers(self, partner: Partner, direction: Direction, type_: str, test: bool) -> list[Agreement]:
        """The partner's agreements of this type and test flag, of every syntax and release, in the file's order."""
        wanted = (direction, type_, test)
        return [each for each in partner.agreements if (each.direction, each.type, each.test) == wanted]

    def answer_for(self, partner: Partner, wanted: Wanted) -> Agreement | None:
        """The agreement an answer leaves by: the one in the wanted release, else the first of its type."""
        of_type = self.answers(partner, "send", wanted.type, wanted.test)
        candidates = [each for each in of_type if each.syntax == wanted.syntax]
        return next(
            (each for each in candidates if each.document.covers(wanted.document)), next(iter(candidates), None)
        )

    @property
    def erp_confirms(self) -> bool:
        """Whether a channel carries the orders out: who gets them says what of them is confirmed."""
        return _carry_orders(self.channels)

    @property
    def inbound(self) -> list[Connection]:
        """The connections something is received by: only these are polled, or we would take our own answers in."""
        named = {name for partner in self.partners.values() for name in partner.connections}
        named |= {channel.connection for channel in self.channels.values() if channel.flowing("in")}
        return [connection for name, connection in self.connections.items() if name in named]

    @property
    def outbound(self) -> frozenset[str]:
        """The names of the connections something is sent to."""
        sent = [each for partner in self.partners.values() for each in partner.agreements if each.way == "send"]
        to_channels = [each for each in self.channels.values() if each.flowing("out") or each.feeds]
        told = [each.name for each in self.connections.values() if each.kind == WEBHOOK]
        return frozenset(each.connection for each in to_channels).union(told, *(each.via for each in sent))

    @property
    def mappings(self) -> dict[str, bytes]:
        """The workspace's own mapping files by their path below mappings/."""
        start = "mappings/"
        return {path.removeprefix(start): content for path, content in self.files.items() if path.startswith(start)}


def read_files(root: Path) -> dict[str, bytes]:
    """The files of a workspace that are its configuration, by path with forward slashes.

    {} where `root` is no workspace: it has none of gateway.toml, partners/ and connections/.
    """
    if not any((root / name).exists() for name in (SETTINGS_FILE, "partners", "connections")):
        return {}
    settings = root / SETTINGS_FILE
    files = {SETTINGS_FILE: settings.read_bytes()} if settings.is_file() else {}
    for folder in FOLDERS:
        files |= {f"{folder}/{path}": content for path, content in read_tree(root / folder).items()}
    return files


def load(files: Mapping[str, bytes]) -> Configuration:
    """The configuration these files make; raises nothing, what is wrong is in `problems`."""
    desk = _Desk({**_shipped_schedules(), **files})
    kinds: Kinds = {name: installed.connector.fields for name, installed in connectors().items()}
    connections = desk.read("connections", lambda reader, name, data: connection_of(reader, name, data, kinds))
    channels = desk.read("channels", channel_of)
    schedules = {name: each for name, each in desk.read("schedules", schedule_of).items() if each is not None}
    surroundings = Surroundings(tuple(connections), erp=_carry_orders(channels))
    partners = desk.read("partners", lambda reader, name, data: partner_of(reader, name, data, surroundings))
    across = crossings(Crossed(partners, connections, channels))
    return Configuration(
        files, partners, connections, channels, schedules, sorted([*desk.problems, *across]), sorted(desk.remarks)
    )


def _carry_orders(channels: Mapping[str, Channel]) -> bool:
    return any(channel.flows.get("orders") == "out" for channel in channels.values())


def _shipped_schedules() -> dict[str, bytes]:
    return {f"schedules/{path}": content for path, content in read_tree(bundled("schedules")).items()}


class _Desk:
    """Where the files are read one by one, and what is to be said of them gathers."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self._files = files

    def read(self, folder: str, make: Callable[[Reader, str, Mapping[str, object]], _T]) -> dict[str, _T]:
        """The values of a folder's files by name; one that is no TOML is a problem and left out."""
        values: dict[str, _T] = {}
        for path in sorted(self._files):
            if path.startswith(f"{folder}/") and path.endswith(".toml"):
                name = path.removeprefix(f"{folder}/").removesuffix(".toml")
                source = self._parse(path, name)
                if source is not None:
                    reader = Reader(path, source.position)
                    values[name] = make(reader, name, source.data)
                    self.problems.extend(reader.problems)
                    self.remarks.extend(reader.remarks)
        return values

    def _parse(self, path: str, name: str) -> TomlSource | None:
        if not _NAME.fullmatch(name):
            advice = "use letters, digits, - and _, in one folder"
            self.problems.append(Problem(path, 1, 1, f"{name} is no name", advice))
            return None
        try:
            return parse_bytes(self._files[path], path)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return None
