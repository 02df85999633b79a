"""All mappings at hand: read once, compiled when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

from gateway.errors import ConfigError, Problem
from gateway.mapping.codes import CodeList, code_list
from gateway.mapping.document import (
    FILE_NAME,
    PARTNERS,
    TEMPLATE,
    Document,
    EffectiveDocument,
    document_of,
    effective,
    mapping_id,
)
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.inbound_compiler import compile_inbound
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.writers import compile_writer
from gateway.toml_source import parse_bytes

_CODES = "codes/"
_Made = TypeVar("_Made")


class _Offer(NamedTuple):
    """A published mapping: the association code it is for, its id, and whether it reads."""

    association: str
    mapping: str
    is_inbound: bool


class Library:
    """The mappings and code lists of a set of files, by their path below mappings/."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self._paths = {mapping_id(path): path for path in files if path.endswith(f"/{FILE_NAME}")}
        self._documents: dict[str, Document] = {}
        self._inbound: dict[str, InboundMapping | TreeMapping] = {}
        self._outbound: dict[str, OutboundMapping | TextMapping] = {}
        self._codes: dict[str, CodeList] = {}
        self._digests: dict[str, str] = {}

    def ids(self) -> tuple[str, ...]:
        """Every mapping there is, sorted."""
        return tuple(sorted(self._paths))

    def path(self, identity: str) -> str | None:
        """The file of a mapping, below mappings/."""
        return self._paths.get(identity)

    def effective(self, identity: str) -> EffectiveDocument:
        """The mapping with all it extends. Raises ConfigError."""
        return effective(identity, self._document)

    def inbound(self, identity: str) -> InboundMapping | TreeMapping:
        """The compiled mapping of a message to a canonical document. Raises ConfigError."""
        return _kept(self._inbound, identity, lambda: compile_inbound(self.effective(identity), self.find_codes))

    def outbound(self, identity: str) -> OutboundMapping | TextMapping:
        """The compiled mapping of a canonical document to a message or a text. Raises ConfigError."""
        return _kept(self._outbound, identity, lambda: compile_writer(self.effective(identity), self.find_codes))

    def mapping(self, identity: str) -> InboundMapping | TreeMapping | OutboundMapping | TextMapping:
        """The compiled mapping, whichever way it goes. Raises ConfigError."""
        return self.inbound(identity) if self.effective(identity).is_inbound else self.outbound(identity)

    def folder(self, identity: str) -> str:
        """The folder of a mapping, below mappings/. Raises ConfigError where there is no such mapping."""
        return self.effective(identity).chain[-1].source.file.removesuffix(f"/{FILE_NAME}")

    def beside(self, identity: str) -> dict[str, bytes]:
        """The files of a mapping's folder by their path in it. Raises ConfigError."""
        start = f"{self.folder(identity)}/"
        return {path.removeprefix(start): content for path, content in self.files.items() if path.startswith(start)}

    def line(self, rule: str) -> str:
        """The line of a mapping file that FILE:LINE names, empty where there is none."""
        path, _, number = rule.rpartition(":")
        lines = self.files.get(path, b"").decode("utf-8-sig", "replace").split("\n")
        return lines[int(number) - 1] if number.isdigit() and int(number) <= len(lines) else ""

    def find_codes(self, name: str) -> CodeList | None:
        """The code list of a name, None where there is none. Raises ConfigError where it is faulty."""
        path = f"{_CODES}{name}.toml"
        if path not in self.files:
            return None
        return _kept(self._codes, name, lambda: code_list(name, parse_bytes(self.files[path], path), self._extended))

    def _extended(self, name: str) -> CodeList | None:
        """The list that another one extends; of one that extends a third only that it does: they may form a circle."""
        path = f"{_CODES}{name}.toml"
        stated = parse_bytes(self.files[path], path).data.get("extends") if path in self.files else None
        return self.find_codes(name) if stated is None else CodeList(name, {}, {}, (), str(stated))

    def problems(self, identity: str | None = None) -> list[Problem]:
        """What is wrong with one mapping, or with every mapping and code list; files begin with mappings/."""
        found: dict[Problem, None] = {}
        checks: list[Callable[[], object]] = [
            lambda wanted=wanted: self.mapping(wanted)  # type: ignore[misc]
            for wanted in ([identity] if identity else self.ids())
        ]
        if identity is None:
            checks += [lambda name=name: self.find_codes(name) for name in self._code_names()]  # type: ignore[misc]
        for check in checks:
            try:
                check()
            except ConfigError as error:
                problems = error.problems or (Problem("", 0, 0, str(error)),)
                found.update(dict.fromkeys(problem._replace(file=f"mappings/{problem.file}") for problem in problems))
        return list(found)

    def standard(self, syntax: str, association: str | None = None, *, inbound: bool | None = None) -> str | None:
        """The published mapping that reads or makes a syntax ("edifact ORDERS D.96A"), None where there is none.

        With `inbound`, only of those that read it, or only of those that make it.

        Of several the one for this association code wins (UNH 0057), else one of the same body's (EAN008: EAN),
        else the one for none.
        """
        offered = self._published.get(tuple(syntax.split()[:3]), ())
        ranked = [
            (_nearness(offer.association, association or ""), offer.mapping)
            for offer in offered
            if inbound in (None, offer.is_inbound)
        ]
        best = min(ranked, default=None)
        return best[1] if best and best[0] < _FOREIGN else None

    @cached_property
    def _published(self) -> dict[tuple[str, ...], list[_Offer]]:
        """Every mapping that is no partner's, by what it is about: syntax, type, release."""
        offers: dict[tuple[str, ...], list[_Offer]] = {}
        for identity in self.ids():
            if self._paths[identity].startswith(PARTNERS):
                continue
            try:
                document = self.effective(identity)
            except ConfigError:
                continue  # `problems` reports it; another mapping may serve
            side = document.syntax_side.split()
            offer = _Offer(side[4] if len(side) > 4 else "", identity, document.is_inbound)
            offers.setdefault(tuple(side[:3]), []).append(offer)
        return offers

    def digest(self, identity: str) -> str:
        """sha256 over every file a mapping is made of."""
        return _kept(self._digests, identity, lambda: self.effective(identity).digest(self._code_file))

    def _code_file(self, name: str) -> bytes:
        found = self.find_codes(name)
        extended = [found.extends] if found and found.extends else []
        return b"".join(self.files.get(f"{_CODES}{each}.toml", b"") for each in (name, *extended))

    def _code_names(self) -> list[str]:
        return [path[len(_CODES) : -len(".toml")] for path in self.files if path.startswith(_CODES)]

    def _document(self, identity: str) -> Document | None:
        path = self._paths.get(identity)
        if path is None:
            return None
        template = self.files.get(f"{path.removesuffix(FILE_NAME)}{TEMPLATE}", b"")
        return _kept(
            self._documents,
            identity,
            lambda: document_of(parse_bytes(self.files[path], path), self.files[path], template),
        )


_EXACT, _SAME_BODY, _PLAIN, _FOREIGN = range(4)


def _nearness(stated: str, association: str) -> int:
    if stated == association and stated:
        return _EXACT
    if not stated:
        return _PLAIN
    return _SAME_BODY if stated.rstrip("0123456789") == association.rstrip("0123456789") else _FOREIGN


def _kept(cache: dict[str, _Made], key: str, make: Callable[[], _Made]) -> _Made:
    if key not in cache:
        cache[key] = make()
    return cache[key]
