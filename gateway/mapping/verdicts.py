"""Verdicts: whether the samples and checks of a mapping come out as stated beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from gateway.edifact.directory import Directory, load
from gateway.errors import ConfigError, Problem, UsageError
from gateway.mapping.check_runs import check_document, check_message, check_part, inbound_faults, outbound_faults
from gateway.mapping.checks import DOCUMENTS, FILE_NAME, FILES, MESSAGES, Check, CheckFile, Form, Given, read_checks
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.expectations import Comparison, compare, orphans
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.library import Library
from gateway.mapping.tree_mapping import TreeMapping
from gateway.toml_source import parse_bytes


class Verdict(NamedTuple):
    """One sample or check: whose, what it says, where it stands; green where there are no `faults`.

    `renewal` is the path below mappings/ and the text of the expectation that would make a sample green.
    """

    mapping: str
    says: str
    at: str
    faults: tuple[str, ...]
    renewal: tuple[str, str] | None = None

    @property
    def is_green(self) -> bool:
        """Whether everything is as stated."""
        return not self.faults

    def __str__(self) -> str:
        return f"{self.mapping}: {self.says}"


def verdicts(library: Library, identity: str, samples: Mapping[str, bytes]) -> Iterator[Verdict]:
    """The verdicts on one mapping; `samples` are its own by file name. Raises ConfigError where it cannot be used."""
    mapping = library.mapping(identity)
    folder = library.folder(identity)
    beside = library.beside(identity)
    for sample, content in samples.items():
        yield _of_sample(identity, folder, compare(mapping, sample, content, beside))
    for path in orphans(samples, beside):
        yield Verdict(identity, path, f"{folder}/{path}", ("there is no sample for this expectation",))
    yield from check_verdicts(library, identity)


def check_verdicts(library: Library, identity: str) -> Iterator[Verdict]:
    """The verdicts on the checks of one mapping, which need no sample. Raises ConfigError."""
    checks = checks_of(library, identity)
    if checks.checks:
        run = check_runner(library, identity)
        for check in checks.checks:
            yield Verdict(identity, check.says, str(check.at), tuple(run(check)))


def check_problems(library: Library) -> list[Problem]:
    """The red checks of every mapping as problems of its file; `Library.problems` tells of faulty mappings."""
    usable = [identity for identity in library.ids() if not library.problems(identity)]
    return [problem for identity in usable for problem in _check_problems(library, identity)]


def _check_problems(library: Library, identity: str) -> Iterator[Problem]:
    try:
        for verdict in check_verdicts(library, identity):
            file, _, line = verdict.at.rpartition(":")
            yield from (Problem(f"mappings/{file}", int(line), 1, f"{verdict.says}: {one}") for one in verdict.faults)
    except ConfigError as error:
        unplaced = Problem(f"{library.folder(identity)}/{FILE_NAME}", 0, 0, str(error))
        for problem in error.problems or (unplaced,):
            yield problem._replace(file=f"mappings/{problem.file}")


def checks_of(library: Library, identity: str) -> CheckFile:
    """The mapping's own checks. Raises ConfigError where they cannot be read."""
    path = f"{library.folder(identity)}/{FILE_NAME}"
    if path not in library.files:
        return CheckFile(None, ())
    return read_checks(parse_bytes(library.files[path], path), _form(library.effective(identity)))


def _form(document: EffectiveDocument) -> Form:
    if not document.is_inbound:
        return DOCUMENTS
    return MESSAGES if document.reads.startswith("edifact ") else FILES


def smallest_of(library: Library, identity: str) -> Given:
    """The smallest message or document of a mapping or of the nearest it extends. Raises ConfigError where none has."""
    for document in reversed(library.effective(identity).chain):
        smallest = checks_of(library, document.id).smallest
        if smallest is not None:
            return smallest
    raise ConfigError(f"{library.folder(identity)}/{FILE_NAME} states no smallest message. Add it: smallest = …")


def directory_of(reads: str) -> Directory:
    """The directory a mapping reads by. Raises ConfigError."""
    version, _, release = reads.split()[2].partition(".")
    directory = load(version, release)
    if directory is None:
        raise ConfigError(f"There are no tables for {reads}.")
    return directory


def check_runner(library: Library, identity: str) -> Callable[[Check], Iterator[str]]:
    """What runs a check of the mapping and yields its faults. Raises ConfigError."""
    mapping, smallest = library.mapping(identity), smallest_of(library, identity)

    def run(check: Check) -> Iterator[str]:
        try:
            if isinstance(mapping, InboundMapping):
                trial = check_message(mapping, directory_of(mapping.reads), smallest, check)
                yield from inbound_faults(check, trial)
            elif isinstance(mapping, TreeMapping):
                yield from inbound_faults(check, check_part(mapping, smallest, check))
            else:
                yield from outbound_faults(check, check_document(mapping, smallest, check))
        except UsageError as error:
            yield str(error)

    return run


def _of_sample(identity: str, folder: str, found: Comparison) -> Verdict:
    faults: tuple[str, ...] = ()
    if found.fault:
        faults = (found.fault,)
    elif found.stated is None:
        faults = (f"there is no {found.path}", *found.difference())
    elif not found.is_met:
        faults = tuple(found.difference())
    path = f"{folder}/{found.path}"
    renewal = (path, found.actual) if faults and not found.fault else None
    return Verdict(identity, found.sample, path, faults, renewal)
