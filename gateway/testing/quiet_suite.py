"""The contract of connectors as tests: what comes to the log, and what is printed."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import Protocol

from gateway.connector import Delivery
from gateway.testing.outside import Suite, content_of, expect, take


class QuietPollerSuite(Suite):
    """What a poller keeps to itself; `secrets` are those that the connection was given."""

    secrets: tuple[str, ...]

    def test_of_what_is_taken_neither_content_nor_secrets_are_logged(self, caplog: Log, capfd: Printed) -> None:
        """What is taken without trouble is not worth a word, and secrets never are."""
        caplog.set_level(logging.DEBUG)
        self.outside.leave("orders.csv", b"canary;1")
        poller = self.poller()
        for arrival in take(poller):
            expect(content_of(arrival) == b"canary;1", "the content differs")
            poller.done(arrival)
        _expect_quiet(caplog.records, capfd, self.secrets)


class QuietSenderSuite(Suite):
    """What a sender keeps to itself; `secrets` are those that the connection was given."""

    secrets: tuple[str, ...]

    def test_of_what_is_sent_neither_content_nor_secrets_are_logged(self, caplog: Log, capfd: Printed) -> None:
        """What is sent without trouble is not worth a word, and secrets never are."""
        caplog.set_level(logging.DEBUG)
        self.sender().send(Delivery("ORDRSP_1.csv", b"canary;2", "ORDRSP/1"))
        _expect_quiet(caplog.records, capfd, self.secrets)


class QuietSuite(QuietPollerSuite, QuietSenderSuite):
    """What a connector that polls and sends keeps to itself."""


class Log(Protocol):
    """What pytest's caplog is."""

    @property
    def records(self) -> list[logging.LogRecord]:
        """What was logged."""

    def set_level(self, level: int) -> None:
        """From which level on it is kept."""


class Printed(Protocol):
    """What pytest's capfd is."""

    def readouterr(self) -> tuple[str, str]:
        """What came out and what came as an error since the last look."""


def _expect_quiet(records: list[logging.LogRecord], printed: Printed, secrets: tuple[str, ...]) -> None:
    heard = [record for record in records if _is_heard(record.name)]
    told = [logging.Formatter().format(record) for record in heard]
    loud = [record.getMessage() for record in heard if record.levelno >= logging.INFO]
    expect(not loud, f"it logs {loud}")
    said = "".join(printed.readouterr())
    expect(not said, f"it prints {said!r}")
    hidden = ["canary", *secrets, *(b64encode(each.encode()).decode().rstrip("=") for each in secrets)]
    expect(not [each for each in hidden for text in told if each in text], "it tells on us")


def _is_heard(name: str) -> bool:
    """Whether what a logger says comes to the log: no logger on the way keeps it to itself."""
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger.propagate:
        logger = logger.parent
    return logger is None
