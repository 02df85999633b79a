"""The exception tree, sorted by who must act.

    GatewayError
    |-- ConfigError      the engineer, when files are loaded: carries every problem with file, line and column
    |-- UsageError       the person at the keyboard: a wrong argument, an unreadable file
    |   `-- ConflictError   what was asked contradicts what stands
    |-- TransientError   nobody: the gateway tries again by itself
    |-- UnknownOutcomeError   nobody, where the other side can be asked; else the operator
    `-- PermanentError   the operator: trying again changes nothing

What is wrong with a *message* is never an exception but an `Issue` (gateway.issues).
A class's docstring is its message when none is given, and says what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import NamedTuple


class GatewayError(Exception):
    """Something went wrong in the gateway. Run `gateway doctor` to see what is missing."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class Problem(NamedTuple):
    """One fault in a configuration file; `line` and `column` count from 1, 0 means the whole file."""

    file: str
    line: int
    column: int
    text: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" ({self.advice})" if self.advice else ""
        return f"{self.file}:{self.line}:{self.column}: {self.text}{advice}"


def meant(name: str, known: Collection[str], otherwise: str) -> str:
    """The advice about a name that is not known: the one that was probably meant, else `otherwise`."""
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise


class ConfigError(GatewayError):
    """The configuration cannot be used. Run `gateway check` and mend what it names."""

    def __init__(self, message: str | None = None, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        listed = "\n".join(str(problem) for problem in self.problems)
        super().__init__("\n".join(part for part in (message, listed) if part) or None)


class UsageError(GatewayError):
    """The command was called wrongly. Add --help to see its options and an example."""


class ConflictError(UsageError):
    """What was asked contradicts what stands. Look at what stands, then ask again."""


class TransientError(GatewayError):
    """The other side or the store is away for now. Nothing to do: it is tried again."""

    def __init__(self, message: str | None = None, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after
        """The time the other side asked to be left alone for, if it did."""


class UnknownOutcomeError(GatewayError):
    """This was sent and the answer was lost: whether it arrived, the other side knows. Ask it before sending again."""


class PermanentError(GatewayError):
    """This cannot succeed by trying again. Read the reason, mend it, then replay or resend."""
