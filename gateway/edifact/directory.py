"""The tables of a directory release: messages, segments and code lists, loaded when first asked for.

The service segments and CONTRL come from ISO 9735 (syntax 3: D:3, syntax 4: 4:1) and belong to every release. Their
lists 0073, 0081, 0083 and, in syntax 3, 0085 are closed; every other list may be extended by the partners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

_TABLES = Path(__file__).parent / "tables"
_SERVICE_RELEASES = {("D", "3"): "3", ("2", "1"): "3", ("2", "2"): "3", ("4", "1"): "4", ("4", "2"): "4"}
"""Version and release that UNH gives for CONTRL -> the syntax version it belongs to."""


class ComponentUse(msgspec.Struct, frozen=True, array_like=True):
    """A component of a composite: 4-digit code, status M or C, format ("an..35")."""

    code: str
    status: str
    format: str


class ElementUse(msgspec.Struct, frozen=True, array_like=True):
    """An element of a segment; `form` is the format of a simple one and the components of a composite."""

    code: str
    status: str
    repetitions: int
    form: str | tuple[ComponentUse, ...]

    @property
    def components(self) -> tuple[ComponentUse, ...]:
        """The components; a simple element is its own only one."""
        return (ComponentUse(self.code, self.status, self.form),) if isinstance(self.form, str) else self.form

    @property
    def is_composite(self) -> bool:
        """Whether the element has components with codes of their own."""
        return not isinstance(self.form, str)


class SegmentTable(msgspec.Struct, frozen=True):
    """The elements of a segment; `elements[0]` is the first one after the tag."""

    tag: str
    elements: tuple[ElementUse, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentUse:
    """A segment at its place in a message table."""

    tag: str
    status: str
    repetitions: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupUse:
    """A segment group at its place in a message table; its first member is its trigger segment."""

    number: int
    status: str
    repetitions: int
    members: tuple[SegmentUse | GroupUse, ...]

    @property
    def tag(self) -> str:
        """The tag of the trigger segment."""
        return self.members[0].tag


@dataclass(frozen=True, slots=True, eq=False)
class MessageTable:
    """A message type: its segments and groups in order, from UNH to UNT."""

    type: str
    root: GroupUse

    @property
    def members(self) -> tuple[SegmentUse | GroupUse, ...]:
        """What stands outside every group, in order."""
        return self.root.members


class _Use(msgspec.Struct, frozen=True, array_like=True):
    """A segment or group as the table files hold it."""

    head: str | int
    status: str
    repetitions: int
    members: tuple[_Use, ...] = ()


class _Tables(msgspec.Struct, frozen=True):
    """One table file."""

    release: str
    messages: dict[str, tuple[_Use, ...]] = {}
    segments: dict[str, tuple[ElementUse, ...]] = {}
    codes: dict[str, str] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """One release with the service segments of one syntax version."""

    release: str
    _messages: dict[str, MessageTable]
    _segments: dict[str, SegmentTable]
    _codes: dict[str, str]
    closed_lists: frozenset[str]
    _code_sets: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def message(self, message_type: str) -> MessageTable | None:
        """The table of a message type ("ORDERS"), None where the release has none."""
        return self._messages.get(message_type)

    def segment(self, tag: str) -> SegmentTable | None:
        """The elements of a segment, None where no message of the tables uses it."""
        return self._segments.get(tag)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of every segment the tables hold."""
        return tuple(self._segments)

    def codes(self, element: str) -> frozenset[str] | None:
        """The codes listed for a data element ("1225"), None where it has no list."""
        if element not in self._code_sets:
            listed = self._codes.get(element)
            self._code_sets[element] = None if listed is None else frozenset(listed.split())
        return self._code_sets[element]

    @property
    def message_types(self) -> tuple[str, ...]:
        """The message types of the release, CONTRL included."""
        return tuple(self._messages)


@cache
def load(version: str, release: str, syntax: str = "3") -> Directory | None:
    """The directory that UNH 0052 and 0054 name ("D", "96A"), None where the gateway has no tables for it.

    `syntax` is UNB 0002: service segments of versions 1 to 3 have one form, those of version 4 another.
    """
    own_syntax = _SERVICE_RELEASES.get((version, release))
    service = _read(f"service-{own_syntax or ('4' if syntax == '4' else '3')}")
    if service is None:
        return None
    if own_syntax:
        return _directory(f"{version}.{release}", service)
    tables = _read(f"{version}{release}".lower())
    return _directory(tables.release, service, tables) if tables else None


def releases() -> tuple[str, ...]:
    """The directory releases the gateway has tables for: ("D.01B", "D.93A", ...)."""
    names = sorted(path.stem for path in _TABLES.glob("*.json") if not path.stem.startswith("service-"))
    return tuple(f"{name[0]}.{name[1:]}".upper() for name in names)


@cache
def _read(name: str) -> _Tables | None:
    path = _TABLES / f"{name}.json"
    if not name.replace("-", "").isalnum() or not path.is_file():
        return None
    return msgspec.json.decode(path.read_bytes(), type=_Tables)


def _directory(name: str, service: _Tables, tables: _Tables | None = None) -> Directory:
    sources = [service, tables] if tables else [service]
    return Directory(
        release=name,
        _messages={key: MessageTable(key, _group(0, uses)) for one in sources for key, uses in one.messages.items()},
        _segments={tag: SegmentTable(tag, elements) for one in sources for tag, elements in one.segments.items()},
        _codes={element: listed for one in sources for element, listed in one.codes.items()},
        closed_lists=frozenset(service.codes),
    )


def _group(number: int, uses: tuple[_Use, ...], status: str = "M", repetitions: int = 1) -> GroupUse:
    """The group with its members; number 0 is the message itself."""
    members = tuple(
        SegmentUse(use.head, use.status, use.repetitions)
        if isinstance(use.head, str)
        else _group(use.head, use.members, use.status, use.repetitions)
        for use in uses
    )
    return GroupUse(number, status, repetitions, members)
