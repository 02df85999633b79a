"""A schedule that cannot run is said with its place before it is published."""

from __future__ import annotations

import pytest

from gateway.cli.commands import COMMANDS
from gateway.workspace.configuration import load
from gateway.workspace.schedules import SCHEDULABLE
from tests.workspace.files import workspace


def told(text: str) -> list[str]:
    found = load({**workspace(), "schedules/nightly.toml": text.encode()})
    return [str(problem) for problem in found.problems]


def test_a_schedule_is_read_in_full() -> None:
    text = """run = "gateway import stock '/data/my stock.csv'"
cron = "0 6 * * 1-5"
zone = "Europe/Berlin"
jitter = "30s"
late = "skip"
"""
    schedule = load({**workspace(), "schedules/nightly.toml": text.encode()}).schedules["nightly"]
    assert schedule.words == ("import", "stock", "/data/my stock.csv")
    assert (schedule.when, schedule.zone, schedule.late, schedule.active) == (
        "cron 0 6 * * 1-5",
        "Europe/Berlin",
        "skip",
        True,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('every = "1h"', "schedules/nightly.toml:1:1: run is missing"),
        ('run = "check"', "schedules/nightly.toml:1:1: a schedule says when"),
        ('run = "check"\nevery = "1h"\nat = ["06:00"]', "nightly.toml:3:1: a schedule says when"),
        ('run = "serve"\nevery = "1h"', "nightly.toml:1:1: 'serve' cannot be scheduled"),
        ('run = "imprt stock x"\nevery = "1h"', "nightly.toml:1:1: 'imprt' cannot be scheduled"),
        ('run = "import \'stock"\nevery = "1h"', "nightly.toml:1:1: run: No closing quotation"),
        ('run = "gateway"\nevery = "1h"', "nightly.toml:1:1: 'nothing' cannot be scheduled"),
        ('run = "check"\nevery = "0s"', "nightly.toml:2:1: every: it takes no time"),
        ('run = "check"\nat = "25:00"', "nightly.toml:2:1: at: '25:00' is no time of the day"),
        ('run = "check"\ncron = "0 6 1 * 1"', "nightly.toml:2:1: cron: day of month and day of week"),
        ('run = "check"\nevery = "1h"\nzone = "Mars/Base"', "nightly.toml:3:1: there is no time zone Mars/Base"),
        ('run = "check"\nevery = "1h"\nzone = "../../etc/passwd"', "nightly.toml:3:1: there is no time zone"),
        ('run = "check"\nevery = "1h"\nlate = "never"', "nightly.toml:3:1: late: 'never' is not possible"),
        ('run = "check"\nevery = "1h"\ntimeout = "0s"', "nightly.toml:3:1: timeout is no time"),
        ('run = "check"\nevry = "1h"', "unknown key evry"),
    ],
)
def test_what_cannot_run_is_said_with_its_place(text: str, said: str) -> None:
    assert said in "\n".join(told(text))


def test_what_can_be_scheduled_are_commands_of_the_gateway() -> None:
    assert set(SCHEDULABLE) <= COMMANDS.keys()
