"""A line of the log tells what happened and to which message, and never a secret."""

from __future__ import annotations

import json
import logging

import pytest

from gateway.access import new_key
from gateway.logs import MESSAGE_ID, JsonFormat, TextFormat, blackened


def record(text: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    found = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("gateway.line", logging.INFO, "line.py", 1, text, arguments, found)
    setattr(made, MESSAGE_ID, "01J")
    return made


def test_a_line_of_text_holds_time_level_logger_message_and_text() -> None:
    words = TextFormat().format(record("%s done", "translate")).split()
    assert words[1:] == ["info", "gateway.line", "01J", "translate", "done"]


def test_a_line_of_json_is_one_object() -> None:
    shown = json.loads(JsonFormat().format(record("%s done", "translate")))
    assert {name: shown[name] for name in ("level", "logger", "text", MESSAGE_ID)} == {
        "level": "info",
        "logger": "gateway.line",
        "text": "translate done",
        MESSAGE_ID: "01J",
    }


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+psycopg://gateway:CANARY@db/gateway is away",
        "Authorization: Bearer CANARYCANARY",
        "{'password': 'CANARY'}",
        "GET /x?token=CANARY&y=1",
        "<Credential><SharedSecret>CANARY</SharedSecret></Credential>",
        "smtp secret=CANARY refused",
        'api_key: "CANARY"',
    ],
)
@pytest.mark.parametrize("form", [TextFormat(), JsonFormat()], ids=["text", "json"])
def test_a_secret_is_blackened_in_text_and_traceback(text: str, form: logging.Formatter) -> None:
    try:
        raise ValueError(text)
    except ValueError as error:
        line = form.format(record("failed: %s", text, error=error))
    assert "CANARY" not in line
    assert "***" in line
    assert "ValueError" in line


def test_a_key_is_blackened_but_for_the_part_that_names_it() -> None:
    key, _ = new_key()
    assert blackened(f"refused {key}") == f"refused {key[:15]}***"


def test_what_is_no_secret_is_told_as_it_is() -> None:
    text = "message 01J: order PO-4711 of acme is held, see secret:acme_cxml in partners/acme.toml"
    assert blackened(text) == text
