"""Decide: each line and the order accepted, changed, rejected or held, by what was agreed and the partner's policy."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.commerce.decision import decide as decided
from gateway.errors import PermanentError
from gateway.pipeline.policy import policy_of
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.work import Line, Work


def decide(_line: Line, _snapshot: Snapshot, work: Work) -> Work:
    """The work with its decision; a cancellation needs none."""
    if work.order is None or work.facts is None:
        raise PermanentError(f"Message {work.message.id} has no facts to decide by. Replay it from enrich.")
    decision = decided(work.order, work.facts, policy_of(work.partner))
    return replace(work, decision=decision, issues=work.issues + decision.issues)
