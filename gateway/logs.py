"""The log: one line an event on stderr, as text or JSON, with the message's id; never content, prices or secrets.

It is the one way out: what a library or a traceback says of a key or a password is blackened here.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from gateway.settings import Settings

MESSAGE_ID = "message_id"
_TOLD_BY_US = ("procrastinate", "psycopg.pool")
"""What these say of a database that is away, readiness and our own log say once."""
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


class TextFormat(logging.Formatter):
    """TIME LEVEL LOGGER [MESSAGE ID] TEXT."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the traceback of a defect below it."""
        identity = getattr(record, MESSAGE_ID, "")
        parts = (_time(record), record.levelname.lower(), record.name, identity, record.getMessage())
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


def blackened(text: str) -> str:
    """The text, with *** for every key, password and token that can be told as one."""
    for secret in _SECRETS:
        text = secret.sub(rf"\1{_BLACK}", text)
    return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def configure(settings: Settings) -> None:
    """Write the gateway's log as the settings say; libraries are heard from warning on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormat() if settings.log_format == "json" else TextFormat())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("gateway").setLevel(settings.log_level.upper())
    for library in _TOLD_BY_US:
        logging.getLogger(library).setLevel(logging.CRITICAL)
