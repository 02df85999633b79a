"""Which segments an account is in, by which conditions, and what that changes in the history of its memberships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

import msgspec

from gateway.commerce.metrics import METRICS, Values, with_what_passes
from gateway.commerce.rule_grammar import Comparison, FieldType, Negation, Operand, Part, stated_value, text_of
from gateway.commerce.segment_rules import parse
from gateway.model.account import Account
from gateway.model.segment import Segment, SegmentMember
from gateway.model.value import Value, to_json

_DAY = timedelta(days=1)
_ORDER: Mapping[str, Any] = {"<": lt, "<=": le, ">=": ge, ">": gt}


class Because(Value, kw_only=True):
    """A condition that held, and the values of its fields when it did (None: not known)."""

    condition: str
    values: dict[str, str | None]


class Evidence(Value, kw_only=True):
    """Why an account is in a segment: the rule and what of it held, or that the account names the segment itself."""

    rule: str | None = None
    because: tuple[Because, ...] = ()
    assigned: bool = False


class RuledSegment(NamedTuple):
    """A segment with its rule read."""

    segment: Segment
    rule: Part | None


class Membership(NamedTuple):
    """A segment an account is in: from a day on, to the segment's last one, and why."""

    since: date
    until: date | None
    evidence: Evidence


def ruled(segment: Segment) -> RuledSegment:
    """The segment with its rule read; raises RuleError where it has none that can be."""
    return RuledSegment(segment, parse(segment.rule) if segment.rule else None)


class _Subject:
    """The values of one account, by field."""

    def __init__(self, account: Account, metrics: Values) -> None:
        self._account = account
        self._metrics = metrics

    def value(self, field: str) -> Operand | None:
        if field in self._metrics:
            return self._metrics[field]
        if field in METRICS:
            return Decimal(0) if METRICS[field] is FieldType.NUMBER else None
        found: Operand | None = getattr(self._account, field, None)
        # A column of whole numbers compares with decimals; a flag is no number, whatever Python says.
        return Decimal(found) if isinstance(found, int) and not isinstance(found, bool) else found


def holding(rule: Part, account: Account, metrics: Values, on: date) -> tuple[Because, ...] | None:
    """The conditions of the rule that hold for the account on the day; None where the rule does not."""
    return _holding(rule, _Subject(account, with_what_passes(metrics, on)))


def _holding(part: Part, subject: _Subject) -> tuple[Because, ...] | None:
    if isinstance(part, Comparison):
        return _because(part, subject) if _compare(part, subject.value(part.field)) else None
    if isinstance(part, Negation):
        return _because(part, subject) if _holding(part.part, subject) is None else None
    held = [_holding(each, subject) for each in part.parts]
    found = [each for each in held if each is not None]
    if len(found) < (len(held) if part.word == "and" else 1):
        return None
    return tuple(because for each in found for because in each)


def _compare(comparison: Comparison, value: Operand | None) -> bool:
    if value is None:
        return False
    if comparison.op in ("=", "in"):
        return value in comparison.values
    if comparison.op == "!=":
        return value not in comparison.values
    return bool(_ORDER[comparison.op](value, comparison.values[0]))


def _because(part: Part, subject: _Subject) -> tuple[Because, ...]:
    values = {field: subject.value(field) for field in _fields(part)}
    stated = {field: None if value is None else stated_value(value) for field, value in values.items()}
    return (Because(condition=text_of(part), values=stated),)


def _fields(part: Part) -> Iterator[str]:
    if isinstance(part, Comparison):
        yield part.field
    elif isinstance(part, Negation):
        yield from _fields(part.part)
    else:
        for each in part.parts:
            yield from _fields(each)


def memberships(account: Account, metrics: Values, segments: Sequence[RuledSegment], on: date) -> dict[str, Membership]:
    """The segments the account is in, by key: those whose rule holds, and the one it names itself.

    One that begins on the next day is there too: where the account is, that day may have begun.
    """
    found: dict[str, Membership] = {}
    known = {each.segment.segment for each in segments}
    for segment, rule in segments:
        first, last = segment.valid_from or on, segment.valid_to
        if first > on + _DAY or (last is not None and last < on):
            continue
        because = None if rule is None else holding(rule, account, metrics, on)
        assigned = account.segment == segment.segment
        if because is not None or assigned:
            evidence = Evidence(
                rule=None if because is None else segment.rule, because=because or (), assigned=assigned
            )
            found[segment.segment] = Membership(max(first, on), last, evidence)
    if account.segment is not None and account.segment not in known:
        found[account.segment] = Membership(on, None, Evidence(assigned=True))
    return found


def changed_members(
    standing: Sequence[SegmentMember], wanted: Mapping[str, Membership], account: str, on: date
) -> list[SegmentMember]:
    """The rows of the account's memberships to write so that those wanted hold from the day on; the past stays.

    A membership is another one when its rule is. The segment an account names when it is first looked at is its since
    ever: nobody knows of another one.
    """
    decoded = {id(row): msgspec.json.decode(row.evidence, type=Evidence) for row in standing}
    current = {row.segment: row for row in standing if row.until is None or row.until >= on}
    named_before = any(evidence.assigned for evidence in decoded.values())
    changed: list[SegmentMember] = []
    for segment, (since, until, evidence) in wanted.items():
        row = current.pop(segment, None)
        if row is not None and _basis(decoded[id(row)]) == _basis(evidence):
            if row.until != until:
                changed.append(msgspec.structs.replace(row, until=until))
            continue
        ever = evidence.assigned and row is None and not named_before
        if row is not None and row.since != since:
            changed.append(_ended(row, on))
        text = to_json(evidence).decode()
        fresh = SegmentMember(
            account=account, segment=segment, since=None if ever else since, until=until, evidence=text
        )
        changed.append(fresh)
    return changed + [_ended(row, on) for row in current.values()]


def _basis(evidence: Evidence) -> tuple[str | None, bool]:
    return evidence.rule, evidence.assigned


def _ended(row: SegmentMember, on: date) -> SegmentMember:
    return msgspec.structs.replace(row, until=on - _DAY)
