"""What a cXML Status says: its codes, their texts, and whether trying again can change anything."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple


class Outcome(Enum):
    """What a code means for who asked: it is done, refused for good, or to be tried again."""

    DONE = "done"
    REFUSED = "refused"
    AGAIN = "again"


TEXTS: Mapping[int, str] = {
    200: "OK",
    201: "Accepted",
    204: "No Content",
    211: "OK",
    280: "Forwarded",
    281: "Forwarded by unreliable transport",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    406: "Not Acceptable",
    409: "Conflict",
    412: "Precondition Failed",
    417: "Expectation Failed",
    450: "Not Implemented",
    475: "Signature Required",
    476: "Signature Verification Failed",
    477: "Signature Unacceptable",
    499: "Document Size Error",
    500: "Internal Server Error",
    550: "Unable to reach cXML server",
    551: "Unable to forward request",
    560: "Temporary server error",
}
"""The texts that stand beside the codes (cXML 1.2 Reference Guide, "Status")."""


class Status(NamedTuple):
    """A Status: `text` as it stands in the attribute, `message` what is told besides."""

    code: int
    text: str
    message: str = ""

    @property
    def outcome(self) -> Outcome:
        """What follows from the code; one that is not known is taken by its hundred."""
        hundred = self.code // 100
        if hundred == 2:
            return Outcome.DONE
        return Outcome.REFUSED if hundred == 4 else Outcome.AGAIN


def status(code: int, message: str = "") -> Status:
    """The Status of a code of TEXTS."""
    return Status(code, TEXTS[code], message)
