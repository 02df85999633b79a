"""The log: one line an event on stderr, as text or JSON, with the message's id; never content, prices or secrets.

It is the one way out: what a library or a traceback says of a key or a password is blackened here.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from time import monotonic

from gateway.settings import Settings

MESSAGE_ID = "message_id"
_TOLD_BY_US = ("procrastinate", "psycopg.pool")
"""What these say of a database that is away, readiness and our own log say once."""
_NONE_LET_IN = "socket.accept() out of system resource"
_NO_FILES = "No more files and connections can be opened: nobody is let in for now. Raise the limit of open files."
_BLACK = "***"
# The first group of each stays.
_SECRETS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(gwk_[a-z0-9]{10}_)[a-z0-9]+",
        r"(://[^\s/:@]*:)[^\s@]+(?=@)",
        r"(\b(?:bearer|basic)\s+)[a-z0-9+/=._~-]{8,}",
        r"(\b(?:password|passwd|pwd|shared_?secret|api_?key|token|authorization)\b[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&}]+",
        r"(\bsecret(?:[\"']\s*:|[\"']?\s*=)\s*[\"']?)[^\s\"',;&}]+",  # secret:NAME only names one
        r"(<SharedSecret\b[^>]*>)[^<]*",
    )
)


# What others say may look like a line of its own, and hold what a terminal takes for orders.
_CONTROL = {each: f"\\x{each:02x}" for each in (*range(32), *range(127, 160))} | {ord("\n"): "\n  ", ord("\t"): "\t"}


class TextFormat(logging.Formatter):
    """TIME LEVEL LOGGER [MESSAGE ID] TEXT."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the traceback of a defect below it."""
        identity = getattr(record, MESSAGE_ID, "")
        text = record.getMessage().translate(_CONTROL)
        parts = (_time(record), record.levelname.lower(), record.name, identity, text)
        line = " ".join(part for part in parts if part)
        return blackened(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class JsonFormat(logging.Formatter):
    """One JSON object a line: at, level, logger, text, and message_id and error where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        shown = {"at": _time(record), "level": record.levelname.lower(), "logger": record.name}
        shown |= {"text": blackened(record.getMessage())}
        if identity := getattr(record, MESSAGE_ID, ""):
            shown[MESSAGE_ID] = identity
        if record.exc_info:
            shown["error"] = blackened(self.formatException(record.exc_info))
        return json.dumps(shown, ensure_ascii=False)


class Seldom(logging.Filter):
    """Says in one line a minute what asyncio says thousands of times a second, each with a traceback."""

    AGAIN_S = 60.0
    _said = -AGAIN_S

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; where no file can be opened any more, with what to do."""
        if not record.getMessage().startswith(_NONE_LET_IN):
            return True
        if monotonic() - self._said < self.AGAIN_S:
            return False
        self._said = monotonic()
        record.msg, record.args, record.exc_info = _NO_FILES, (), None
        return True


def blackened(text: str) -> str:
    """The text, with *** for every key, password and token that can be told as one."""
    for secret in _SECRETS:
        text = secret.sub(rf"\1{_BLACK}", text)
    return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


_SELDOM = Seldom()


def configure(settings: Settings) -> None:
    """Write the gateway's log as the settings say; libraries are heard from warning on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormat() if settings.log_format == "json" else TextFormat())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("asyncio").addFilter(_SELDOM)
    logging.getLogger("gateway").setLevel(settings.log_level.upper())
    for library in _TOLD_BY_US:
        logging.getLogger(library).setLevel(logging.CRITICAL)
