"""Mapping documents as read: one file's header, and the effective document of a file with all it extends."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.toml_source import TomlSource

FILE_NAME = "mapping.toml"
TEMPLATE = "template.xml"
"""What lies beside a mapping that makes XML."""
PARTNERS = "partners/"
MAX_DEPTH = 3
"""Standard, industry subset, partner."""
MAX_RULES = 500
MAX_NESTING = 4
"""How deep tables stand in tables."""
HEADER = ("mapping", "reads", "makes", "extends", "partner")
LAYOUT = "layout"
"""The table that says how a table of rows is laid out, read or written."""

_CODE_LIST = re.compile(rb"\bcode\(\s*([a-z][a-z0-9_]*)")


class Document(NamedTuple):
    """One mapping file with its header, empty where a header is left out, and its template of XML where it has one."""

    id: str
    source: TomlSource
    content: bytes
    reads: str
    makes: str
    extends: str
    partner: str
    template: bytes = b""


@dataclass(frozen=True, slots=True)
class EffectiveDocument:
    """A mapping with what it extends: `chain` begins with the base, `reads` and `makes` are the innermost stated."""

    id: str
    chain: tuple[Document, ...]
    reads: str
    makes: str
    partner: str

    @property
    def sources(self) -> tuple[TomlSource, ...]:
        """The TOML of each file, base first."""
        return tuple(document.source for document in self.chain)

    @property
    def syntax_side(self) -> str:
        """What is read or made in an outside syntax ("edifact ORDERS D.96A"), whichever side that is."""
        return self.reads if " " in self.reads else self.makes

    @property
    def is_inbound(self) -> bool:
        """Whether it reads an outside syntax and makes a canonical document."""
        return " " in self.reads

    @property
    def code_lists(self) -> tuple[str, ...]:
        """The code lists its rules name, sorted."""
        files = (file for document in self.chain for file in (document.content, document.template))
        named = {name.decode() for file in files for name in _CODE_LIST.findall(file)}
        return tuple(sorted(named))

    def digest(self, codes: Callable[[str], bytes]) -> str:
        """sha256 over every file of the chain and every code list named; `codes` gives a list's content."""
        total = hashlib.sha256()
        templates = (document.template for document in self.chain if document.template)
        for content in (*(document.content for document in self.chain), *map(codes, self.code_lists), *templates):
            total.update(hashlib.sha256(content).digest())
        return total.hexdigest()


def mapping_id(path: str) -> str:
    """The id of a mapping file: its folder without partners/."""
    return path.removesuffix(f"/{FILE_NAME}").removeprefix(PARTNERS)


def document_of(source: TomlSource, content: bytes, template: bytes = b"") -> Document:
    """The file with its header. Raises ConfigError with the header's problems."""
    identity = mapping_id(source.file)
    problems = list(_header_problems(source, identity))
    if problems:
        raise ConfigError(problems=problems)
    reads, makes, extends, partner = (_header(source, key) for key in ("reads", "makes", "extends", "partner"))
    return Document(identity, source, content, reads, makes, extends, partner, template)


def effective(identity: str, find: Callable[[str], Document | None]) -> EffectiveDocument:
    """The mapping with all it extends. Raises ConfigError for a missing base, a chain too long or no direction."""
    chain: list[Document] = []
    wanted, asking = identity, None
    while wanted:
        found = find(wanted)
        if found is None:
            raise _missing(wanted, asking)
        chain.insert(0, found)
        if len(chain) > MAX_DEPTH:
            fault = f"this extends more than {MAX_DEPTH - 1} mappings"
            advice = "standard, industry subset, partner: no more"
            raise ConfigError(problems=[chain[-1].source.problem(("extends",), fault, advice)])
        wanted, asking = found.extends, found
    reads = next((document.reads for document in reversed(chain) if document.reads), "")
    makes = next((document.makes for document in reversed(chain) if document.makes), "")
    if bool(" " in reads) == bool(" " in makes):
        fault = "reads and makes name one outside syntax and one canonical document"
        advice = 'as in reads = "edifact ORDERS D.96A", makes = "order"'
        raise ConfigError(problems=[chain[0].source.problem(("reads",), fault, advice)])
    return EffectiveDocument(identity, tuple(chain), reads, makes, chain[-1].partner)


def stray_problems(source: TomlSource, tables: Collection[str] | None = None) -> Iterator[Problem]:
    """What stands at the top of a mapping that writes and is neither its header nor one of the tables, of any name."""
    for key, content in source.data.items():
        if key in HEADER or (isinstance(content, dict) and (tables is None or key in tables)):
            continue
        expected = "a table" if tables is None else " or ".join(f"[{name}]" for name in tables)
        yield source.problem(
            (key,), f"{key!r} is no part of this mapping", f"it has {', '.join(HEADER)} and {expected}"
        )


def _missing(wanted: str, asking: Document | None) -> ConfigError:
    if asking is None:
        return ConfigError(f"There is no mapping {wanted!r}. `gateway mapping list` shows those there are.")
    fault = f"there is no mapping {wanted!r} to extend"
    return ConfigError(problems=[asking.source.problem(("extends",), fault)])


def _header(source: TomlSource, key: str) -> str:
    value = source.data.get(key, "")
    return value if isinstance(value, str) else ""


def _header_problems(source: TomlSource, identity: str) -> Iterator[Problem]:
    for key in HEADER:
        if key in source.data and not isinstance(source.data[key], str):
            yield source.problem((key,), f"{key} is a text")
    stated = _header(source, "mapping")
    if stated and stated != identity:
        yield source.problem(("mapping",), f"this file is the mapping {identity!r}, not {stated!r}", "correct the id")
    partner = _header(source, "partner")
    if source.file.startswith(PARTNERS):
        folder = source.file.split("/")[1]
        if partner != folder:
            whose = f"a mapping below partners/{folder}/ is of partner {folder!r}"
            yield source.problem(("partner",), whose, f'write partner = "{folder}"')
        if not _header(source, "extends"):
            advice = "name it by extends, or move one that stands alone out of partners/"
            yield source.problem(("extends",), "a partner's mapping extends a published one", advice)
    elif partner:
        yield source.problem(("partner",), "a partner's mapping lies below partners/")
