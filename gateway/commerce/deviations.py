"""Where an order differs from what was agreed, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gateway.commerce.policy import Action, DecidePolicy
from gateway.issues import Issue, Severity
from gateway.model.response import Decision

_OUTCOMES = (
    (Action.HOLD, Decision.HELD),
    (Action.REJECT, Decision.REJECTED),
    (Action.COUNTER, Decision.CHANGED),
)


class Deviations:
    """The deviations of one line or of the order's header, collected while it is decided."""

    def __init__(self, policy: DecidePolicy, prefix: str = "") -> None:
        self.policy = policy
        self.issues: list[Issue] = []
        self._prefix = prefix
        self._codes: list[str] = []
        self._actions: set[Action] = set()

    def note(self, code: str, text: str, field: str | None = None) -> Action:
        """What the partner's policy does about this deviation, which is now on record."""
        return self._record(self.policy.action(code), code, text, field)

    def counter(self, code: str, text: str) -> None:
        """The deviation is answered with what the terms say about it, and is on record."""
        self._record(Action.COUNTER, code, text, None)

    def tell(self, code: str, text: str, field: str | None = None) -> None:
        """The deviation changes nothing, and is on record."""
        self._record(Action.ACCEPT, code, text, field)

    def _record(self, action: Action, code: str, text: str, field: str | None) -> Action:
        weighs = action in (Action.HOLD, Action.REJECT)
        severity = Severity.ERROR if weighs else Severity.FINDING
        self.issues.append(Issue(code=code, text=text, severity=severity, field=self._place(field)))
        self._codes.append(code)
        self._actions.add(action)
        return action

    def take(self, issues: Iterable[Issue]) -> None:
        """Issues found before: an error is treated as its case says, a finding is passed on."""
        for issue in issues:
            if issue.is_error:
                self.note(issue.code, issue.text, issue.field)
            else:
                self.issues.append(msgspec.structs.replace(issue, field=self._place(issue.field)))

    def countered(self, code: str) -> list[str]:
        """The texts of what was answered with the agreed value, of this code."""
        counters = self.policy.action(code) is Action.COUNTER
        return [issue.text for issue in self.issues if issue.code == code] if counters else []

    def _place(self, field: str | None) -> str | None:
        """The canonical path of a field, from the whole document."""
        return f"{self._prefix}{field}" if field else self._prefix.rstrip(".") or None

    @property
    def decision(self) -> Decision:
        """What follows from all of them: one that holds outweighs one that rejects, and so on."""
        return next((decision for action, decision in _OUTCOMES if action in self._actions), Decision.ACCEPTED)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes, each once, in the order found."""
        return tuple(dict.fromkeys(self._codes))
