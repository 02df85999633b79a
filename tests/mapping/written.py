"""Documents and mappings that tests of writing share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.bundle import bundled, read_tree
from gateway.errors import ConfigError
from gateway.mapping.library import Library
from gateway.mapping.text_mapping import TextMapping, Written
from gateway.model.party import Party
from gateway.model.sales_order import (
    AgreedValues,
    ConfirmedValues,
    OrderedValues,
    SalesLine,
    SalesOrder,
    SalesSchedule,
)

CODES = {path: text for path, text in read_tree(bundled("mappings")).items() if path.startswith("codes/")}


def library(**files: str) -> Library:
    """The mapping `test/it` of these files (`mapping`, `template`), and `acme/it` that extends it (`partner`, …)."""
    named = {
        "mapping": "test/it/mapping.toml", "template": "test/it/template.xml",
        "partner": "partners/acme/it/mapping.toml", "partner_template": "partners/acme/it/template.xml",
    }  # fmt: skip
    return Library({**CODES, **{named[key]: text.encode() for key, text in files.items()}})


def compiled(identity: str = "test/it", **files: str) -> TextMapping:
    """A mapping of these files, compiled."""
    made = library(**files).outbound(identity)
    assert isinstance(made, TextMapping)
    return made


def problems(identity: str = "test/it", **files: str) -> list[str]:
    """What is refused of a mapping of these files, a line each."""
    with pytest.raises(ConfigError) as error:
        library(**files).outbound(identity)
    return [str(problem) for problem in error.value.problems]


def codes(written: Written) -> list[tuple[str, str | None]]:
    """The issues of what was written: code and field."""
    return [(issue.code, issue.field) for issue in written.issues]


def line(position: int = 1, note: str | None = None, **confirmed: object) -> SalesLine:
    """A line of an order."""
    schedule = confirmed.pop("schedule", ())
    return SalesLine(
        position=position, product=f"A-{position}", ordered=OrderedValues(), agreed=AgreedValues(), decision="accepted",
        confirmed=ConfirmedValues(**confirmed), note=note, schedule=schedule,  # type: ignore[arg-type]
    )  # fmt: skip


def order(*lines: SalesLine, **stated: object) -> SalesOrder:
    """An order of these lines."""
    head: dict[str, object] = {
        "order": "AB1", "account": "10001", "number": "PO-1", "kind": "order", "version": 1, "channel": "edifact",
        "message": "M1", "ordered_on": date(2024, 2, 5), "currency": "EUR", "decision": "accepted", "state": "open",
        "buyer": Party(id="B1", name="Müller & Söhne"),
    }  # fmt: skip
    return SalesOrder(lines=lines, **{**head, **stated})  # type: ignore[arg-type]


TWO = (
    line(1, quantity=Decimal("1.50"), unit="PCE", price=Decimal("-12.345"), on=date(2024, 2, 9)),
    line(
        2,
        quantity=Decimal(3),
        schedule=(SalesSchedule(quantity=Decimal(2), on=date(2024, 2, 9)), SalesSchedule(quantity=Decimal(1))),
    ),
)
