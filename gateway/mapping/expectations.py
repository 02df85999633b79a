"""Expectations: what a sample comes to, as `expect/<sample>.json` beside the mapping states it.

A sample is a file of `sample_messages/<mapping id>/`; `<sample>` is its name without the ending. The expectation of a
sample with one message is `{"document", "issues", "unread"}`; that of one with several messages is the list of these.
Of a document to be sent it is `{"segments", "issues"}`, or `{"lines", "issues"}` where no message is made. Issues are
stated without their advice and without their rule, so that a line added to a mapping does not make every expectation
below it wrong.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from gateway.errors import UsageError
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.trial import try_document, try_file

Json: TypeAlias = object
Mapped: TypeAlias = "InboundMapping | TreeMapping | OutboundMapping | TextMapping"

FOLDER = "expect"


class Comparison(NamedTuple):
    """A sample against its expectation: `path` is that of the expectation beside the mapping, `actual` its new text.

    `stated` is its present text, None where there is none; `fault` says why the sample cannot be tried.
    """

    sample: str
    path: str
    stated: str | None
    actual: str
    fault: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the expectation is there and met."""
        return not self.fault and self.stated is not None and _parsed(self.stated) == _parsed(self.actual)

    def difference(self) -> list[str]:
        """The lines of a unified diff from what is stated to what came out."""
        stated = _text(_parsed(self.stated)) if self.stated is not None else ""
        before = f"expected ({self.path})"
        lines = difflib.unified_diff(
            stated.splitlines(), self.actual.splitlines(), before, f"now ({self.sample})", lineterm="", n=3
        )
        return list(lines)


def expectation_path(sample: str) -> str:
    """Where the expectation of a sample stands, below the mapping's folder."""
    return f"{FOLDER}/{sample.rpartition('.')[0] or sample}.json"


def compare(mapping: Mapped, sample: str, content: bytes, beside: Mapping[str, bytes]) -> Comparison:
    """A sample tried and compared; `beside` are the files of the mapping's folder."""
    path = expectation_path(sample)
    stated = beside[path].decode("utf-8", "replace") if path in beside else None
    try:
        actual = _text(outcome(mapping, content))
    except UsageError as error:
        return Comparison(sample, path, stated, "", str(error))
    return Comparison(sample, path, stated, actual)


def outcome(mapping: Mapped, content: bytes) -> Json:
    """What a sample comes to, in the form of an expectation. Raises UsageError where it cannot be tried."""
    if isinstance(mapping, OutboundMapping | TextMapping):
        return _stable(try_document(mapping, content).as_object())
    found = try_file(mapping, content)
    if not found.trials and found.issues and isinstance(mapping, TreeMapping):
        return _stable({"issues": [msgspec.to_builtins(issue) for issue in found.issues]})
    if not found.trials:
        held = ", ".join(found.others) or "no message"
        raise UsageError(f"{mapping.id} reads {mapping.reads}; this file holds {held}.")
    outcomes = [_stable(trial.as_object()) for trial in found.trials]
    return outcomes[0] if len(outcomes) == 1 else outcomes


def orphans(samples: Mapping[str, bytes], beside: Mapping[str, bytes]) -> list[str]:
    """The expectations that no sample has."""
    wanted = {expectation_path(sample) for sample in samples}
    return sorted(path for path in beside if path.startswith(f"{FOLDER}/") and path not in wanted)


def _stable(shown: dict[str, object]) -> dict[str, object]:
    """Without what changes while the outcome does not: the line of a rule, and nulls."""
    issues = shown["issues"]
    kept = [
        {key: value for key, value in issue.items() if value is not None and key != "rule"}
        for issue in (issues if isinstance(issues, list) else [])
    ]
    return {**shown, "issues": kept}


def _text(outcome: Json) -> str:
    return json.dumps(outcome, ensure_ascii=False, indent=2) + "\n"


def _parsed(text: str | None) -> Json:
    """The JSON of an expectation; a text that is none stands for itself and is met by nothing."""
    try:
        parsed: Json = json.loads(text or "null")
    except json.JSONDecodeError:
        return text
    return parsed
