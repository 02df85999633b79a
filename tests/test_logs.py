"""A line of the log tells what happened and to which message, and never a secret."""

from __future__ import annotations

import json
import logging

import pytest

from gateway.access import new_key
from gateway.logs import MESSAGE_ID, JsonFormat, Seldom, TextFormat, blackened


def record(text: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    found = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("gateway.line", logging.INFO, "line.py", 1, text, arguments, found)
    setattr(made, MESSAGE_ID, "01J")
    return made


def test_a_line_of_text_holds_time_level_logger_message_and_text() -> None:
    words = TextFormat().format(record("%s done", "translate")).split()
    assert words[1:] == ["info", "gateway.line", "01J", "translate", "done"]


def test_what_others_say_makes_no_line_of_its_own() -> None:
    line = TextFormat().format(record("oci %s: refused", "a\n2030-01-01 error gateway: all is lost\r\x1b[2J\x9b2J"))
    assert line.endswith("oci a\n  2030-01-01 error gateway: all is lost\\x0d\\x1b[2J\\x9b2J: refused")


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


def test_that_no_file_can_be_opened_is_said_once_in_a_line_with_what_to_do() -> None:
    # As asyncio.selector_events says it.
    records = [record("socket.accept() out of system resource\nsocket: ...", error=OSError(24, "files")) for _ in "123"]
    seldom = Seldom()
    said = [TextFormat().format(each) for each in records if seldom.filter(each)]
    [line] = said
    assert line.endswith("nobody is let in for now. Raise the limit of open files.")
    assert seldom.filter(record("Task was destroyed but it is pending!"))
