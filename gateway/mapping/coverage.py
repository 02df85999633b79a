"""Static coverage: the rules that no sample and no check has ever hit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.edifact.message import Message
from gateway.edifact.structure import arrange
from gateway.errors import UsageError
from gateway.mapping.check_runs import check_document, check_message
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.library import Library
from gateway.mapping.outbound import OutboundMapping, SegmentMaker, TableMaker
from gateway.mapping.reach import OutOfReach, out_of_reach
from gateway.mapping.reading import Place, Reading
from gateway.mapping.table_reader import PartReader
from gateway.mapping.template_values import Fill, JoinedFill, Rendering, Text
from gateway.mapping.trial import try_document, try_file
from gateway.mapping.verdicts import checks_of, directory_of, smallest_of

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
    if isinstance(mapping, OutboundMapping):
        return _outbound(library, mapping, samples)
    directory = directory_of(mapping.reads)
    table = directory.message(mapping.reads.split()[1])
    hits: Hits = set()
    for message in _messages(library, mapping, samples):
        if table is not None:
            root, _ = arrange(message, table)
            _walk(mapping.root, Reading(message), root, hits)
    rules = []
    for rule in mapping.rules:
        origin, paths = str(rule.stated.key), dict.fromkeys(path.text for path in rule.paths)
        hit = tuple(path for path in paths if (origin, path) in hits)
        if paths:
            missed = tuple(path for path in paths if path not in hit)
            rules.append(RuleCoverage(origin, rule.field.template.format(*"***"), rule.stated.text, hit, missed))
    return Coverage(rules, out_of_reach(library.effective(identity), directory))


def _messages(library: Library, mapping: InboundMapping, samples: Mapping[str, bytes]) -> Iterator[Message]:
    for content in samples.values():
        yield from (trial.message for trial in try_file(mapping, content).trials)
    checks = checks_of(library, mapping.id).checks
    if checks:
        smallest, directory = smallest_of(library, mapping.id), directory_of(mapping.reads)
        for check in checks:
            yield check_message(mapping, directory, smallest, check).message


def _walk(part: PartReader, reading: Reading, place: Place, hits: Hits) -> None:
    """Notes the paths that find a value where the part would read it."""
    places = [place] if part.places is None else part.places.find(reading, place)
    met = [one for one in places if part.when is None or part.when(reading, one)]
    for one in met if part.many else met[:1]:
        for _, rule in part.table.rules:
            for path in rule.rule.paths:
                segments = [reading.segments[index] for index in path.find(reading, one)]
                if any(target.mask(segment) for segment in segments for target in path.targets):
                    hits.add((str(rule.rule.stated.key), path.text))
        for _, inner in part.table.parts:
            _walk(inner, reading, one, hits)


def _outbound(library: Library, mapping: OutboundMapping, samples: Mapping[str, bytes]) -> Coverage:
    hits: Hits = set()
    fills: list[Fill] = []
    watched = mapping._replace(tables=tuple(_watched(table, hits, fills) for table in mapping.tables))
    for content in samples.values():
        try_document(watched, content)
    checks = checks_of(library, mapping.id).checks
    smallest = smallest_of(library, mapping.id) if checks else {}
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


def _watched(table: TableMaker, hits: Hits, fills: list[Fill]) -> TableMaker:
    """The table with placeholders that note when they are filled; `fills` collects them."""
    makers = tuple(
        maker._replace(fills=tuple(_watched_fills(maker.fills, hits, fills)))
        if isinstance(maker, SegmentMaker)
        else _watched(maker, hits, fills)
        for maker in table.makers
    )
    return table._replace(makers=makers)


def _watched_fills(given: Iterable[Fill | JoinedFill], hits: Hits, fills: list[Fill]) -> Iterator[Fill | JoinedFill]:
    for fill in given:
        if isinstance(fill, Fill):
            yield _noting(fill, hits, fills)
        else:
            yield JoinedFill(
                tuple(_noting(part, hits, fills) if isinstance(part, Fill) else part for part in fill.parts)
            )


def _noting(fill: Fill, hits: Hits, fills: list[Fill]) -> Fill:
    fills.append(fill)

    def text(rendering: Rendering) -> Text:
        value = fill.text(rendering)
        if value:
            hits.add((str(fill.place.at), fill.place.field.path))
        return value

    return fill._replace(text=text)
