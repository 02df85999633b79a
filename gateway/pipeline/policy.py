"""A partner's `[decide]` as the policy commerce decides by."""

from __future__ import annotations

import msgspec

from gateway.commerce.policy import DecidePolicy
from gateway.workspace.values import Partner


def policy_of(partner: Partner) -> DecidePolicy:
    """The policy; the workspace has checked every case and action."""
    decide = partner.decide
    return msgspec.convert({**decide.actions, "tolerance": decide.tolerance}, DecidePolicy)
