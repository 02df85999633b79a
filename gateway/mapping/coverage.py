"""Static coverage: the rules that no sample and no check has ever hit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.edifact.message import Message
from gateway.edifact.structure import arrange
from gateway.errors import UsageError
from gateway.mapping.check_runs import check_document, check_message, parts_given
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.library import Library
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.reach import OutOfReach, out_of_reach
from gateway.mapping.reading import Place, Reading
from gateway.mapping.rules import InboundRule
from gateway.mapping.table_reader import PartReader
from gateway.mapping.template_values import Fill, Rendering, Text
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.trial import try_document, try_file
from gateway.mapping.verdicts import checks_of, directory_of, smallest_of
from gateway.mapping.writers import compile_writer

Hits = set[tuple[str, str]]
"""Where a rule stands, FILE:LINE, and the path of it that found a value."""


class RuleCoverage(NamedTuple):
    """A rule with the paths that found a value in some sample or check, and those that never did."""

    origin: str
    field: str
    text: str
    hit: tuple[str, ...]
    missed: tuple[str, ...]


class Coverage(NamedTuple):
    """The coverage of a mapping; of what it makes nothing is out of reach, that is a question of the message read."""

    rules: list[RuleCoverage]
    out_of_reach: list[OutOfReach]

    @property
    def never_hit(self) -> list[RuleCoverage]:
        """The rules of which no path ever found a value."""
        return [rule for rule in self.rules if not rule.hit]


def coverage(library: Library, identity: str, samples: Mapping[str, bytes]) -> Coverage:
    """The coverage of a mapping by its samples and checks. Raises ConfigError where it cannot be used."""
    mapping = library.mapping(identity)
    if isinstance(mapping, OutboundMapping | TextMapping):
        return _outbound(library, mapping.id, samples)
    if isinstance(mapping, TreeMapping):
        return Coverage(_covered(mapping.rules, _hits(library, mapping, samples)), [])
    directory = directory_of(mapping.reads)
    table = directory.message(mapping.reads.split()[1])
    hits: Hits = set()
    for message in _messages(library, mapping, samples):
        if table is not None:
            root, _ = arrange(message, table)
            _walk(mapping.root, Reading(message), root, hits)
    return Coverage(_covered(mapping.rules, hits), out_of_reach(library.effective(identity), directory))


def _covered(stated: Iterable[InboundRule], hits: Hits) -> list[RuleCoverage]:
    rules = []
    for rule in stated:
        origin, paths = str(rule.stated.key), dict.fromkeys(path.text for path in rule.paths)
        hit = tuple(path for path in paths if (origin, path) in hits)
        if paths:
            missed = tuple(path for path in paths if path not in hit)
            rules.append(RuleCoverage(origin, rule.field.template.format(*"***"), rule.stated.text, hit, missed))
    return rules


def _hits(library: Library, mapping: TreeMapping, samples: Mapping[str, bytes]) -> Hits:
    """What samples and checks hit of a mapping of trees or tables."""
    found = [mapping.parts(content) for content in samples.values()]
    checks = checks_of(library, mapping.id).checks
    smallest = smallest_of(library, mapping.id) if checks else ""
    for check in checks:
        try:
            found.append(parts_given(mapping, smallest, check))
        except UsageError:
            continue  # `mapping check` reports it
    return {(hit.origin, hit.path) for parts in found for part in parts.parts for hit in part.hits()}


def _messages(library: Library, mapping: InboundMapping, samples: Mapping[str, bytes]) -> Iterator[Message]:
    for content in samples.values():
        yield from (trial.message for trial in try_file(mapping, content).trials if trial.message)
    checks = checks_of(library, mapping.id).checks
    if checks:
        smallest, directory = smallest_of(library, mapping.id), directory_of(mapping.reads)
        for check in checks:
            trial = check_message(mapping, directory, smallest, check)
            yield from (trial.message,) if trial.message else ()


def _walk(part: PartReader, reading: Reading, place: Place, hits: Hits) -> None:
    """Notes the paths that find a value where the part would read it."""
    places = [place] if part.places is None else part.places.find(reading, place)
    met = [one for one in places if part.when is None or part.when(reading, one)]
    for one in met if part.many else met[:1]:
        for _, rule in part.table.rules:
            for path in rule.paths:
                segments = [reading.segments[index] for index in path.find(reading, one)]
                if any(target.mask(segment) for segment in segments for target in path.targets):
                    hits.add((str(rule.rule.stated.key), path.text))
        for _, inner in part.table.parts:
            _walk(inner, reading, one, hits)


def _outbound(library: Library, identity: str, samples: Mapping[str, bytes]) -> Coverage:
    hits: Hits = set()
    fills: list[Fill] = []
    document = library.effective(identity)
    watched = compile_writer(document, library.find_codes, lambda fill: _noting(fill, hits, fills))
    for content in samples.values():
        try_document(watched, content)
    checks = checks_of(library, identity).checks
    smallest = smallest_of(library, identity) if checks else {}
    for check in checks:
        try:
            check_document(watched, smallest, check)
        except UsageError:
            continue  # `mapping check` reports it
    rules = []
    for fill in fills:
        origin, path = str(fill.place.at), fill.place.field.path
        is_hit = (origin, path) in hits
        rules.append(RuleCoverage(origin, path, library.line(origin).strip(), (path,) * is_hit, (path,) * (not is_hit)))
    return Coverage(rules, [])


def _noting(fill: Fill, hits: Hits, fills: list[Fill]) -> Fill:
    fills.append(fill)

    def text(rendering: Rendering) -> Text:
        value = fill.text(rendering)
        if value:
            hits.add((str(fill.place.at), fill.place.field.path))
        return value

    return fill._replace(text=text)
