"""Tables of segments, whose rules are read before they are taken."""

from __future__ import annotations

import msgspec

from gateway.commerce.rule_grammar import RuleError
from gateway.commerce.segment_rules import parse
from gateway.masterdata import columns as cell
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.kind import Cells, Kind, check_validity
from gateway.masterdata.known import Known, Names
from gateway.model.segment import Segment


def _rule(text: str) -> str:
    """A rule as it stands, once it can be read."""
    try:
        parse(text)
    except RuleError as reason:
        raise RefusedError("import.rule.invalid", None, str(reason)) from reason
    return text


def _segment(cells: Cells, known: Known) -> Segment:  # noqa: ARG001 a segment names nothing else in the store
    check_validity(cells)
    return msgspec.convert(cells, Segment)


SEGMENTS = Kind(
    "segments",
    Segment,
    {
        "segment": cell.name,
        "kind": cell.choice("status", "demographic", "potential", "partner_type", "individual"),
        "rule": _rule,
        "priority": cell.integer,
        "valid_from": cell.day,
        "valid_to": cell.day,
    },
    names=lambda _: Names(),
    build=_segment,
)
