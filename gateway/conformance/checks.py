"""Checks: what was looked at in a connection, how it came out, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from gateway.cxml.dtd import validate
from gateway.issues import Issue

OURS = "report it to those who make the gateway: it is not up to the workspace"
MAPPING = "mend the mapping that writes the cart"


class Result(StrEnum):
    """How a check came out; a finding is worth knowing and keeps nobody from shopping."""

    OK = "ok"
    FINDING = "finding"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Check(NamedTuple):
    """What was looked at, and what was seen; `advice` says what to do where it is not ok."""

    what: str
    result: Result
    seen: str = ""
    advice: str = ""


class Section(NamedTuple):
    """Checks that belong together."""

    title: str
    checks: tuple[Check, ...]


def check(what: str, is_good: bool, seen: str = "", advice: str = "") -> Check:
    """A check that is ok, or failed."""
    return Check(what, Result.OK, seen) if is_good else Check(what, Result.FAILED, seen, advice)


def dtd_check(what: str, content: bytes, folder: Path | None) -> Check:
    """Whether a document follows its DTD, which lies in the folder."""
    if folder is None:
        return Check(
            what, Result.NOT_CHECKED, "no DTDs at hand", "set GATEWAY_CXML_DTD_DIR to the folder that holds them"
        )
    issues = validate(content, folder)
    wrong = [each for each in issues if each.is_error]
    if wrong:
        return Check(
            what, Result.FAILED, _told(wrong), "mend the mapping, or pin another version in [dtd] of the profile"
        )
    if issues:
        return Check(what, Result.FINDING, _told(issues), "put the DTD of this version into the folder")
    return Check(what, Result.OK, "follows its DTD")


def _told(issues: list[Issue]) -> str:
    first = issues[0]
    place = f"line {first.line}: " if first.line else ""
    more = f" and {len(issues) - 1} more" if len(issues) > 1 else ""
    return f"{place}{first.text}{more}"
