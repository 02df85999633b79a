"""Tables of terms and of the calendars they name."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.commerce import term_values
from gateway.commerce.public_holidays import regions
from gateway.commerce.term_fields import ALSO, FIELDS
from gateway.masterdata import columns as cell
from gateway.masterdata.columns import CellType, RefusedError, read_cell
from gateway.masterdata.kind import Cells, Kind, check_validity, demand, texts
from gateway.masterdata.known import Known, Names, accounts_named
from gateway.model.terms import DeliveryCalendar, Term


def _field(text: str) -> str:
    """A field of the terms, by the name it has with us."""
    name = ALSO.get(text, text)
    if name not in FIELDS:
        raise ValueError(f"{text[:40]!r} is no term; it is one of {', '.join(FIELDS)}")
    return name


def _term_names(rows: Sequence[Cells]) -> Names:
    def subjects(field: str) -> frozenset[tuple[str, str]]:
        found = (row for row in rows if row.get("field") == field)
        return frozenset((str(row.get("subject")), str(row.get("contract", ""))) for row in found)

    return Names(
        accounts=accounts_named(rows, "subject"),
        calendars=texts([row for row in rows if row.get("field") == "delivery_calendar"], "value"),
        ruled=frozenset(subject for subject, _ in subjects("incoterm")),
        places=subjects("incoterm_place"),
    )


def _term(cells: Cells, known: Known) -> Term:
    row = msgspec.convert(cells, Term)
    known.subject(row.subject, "subject")
    check_validity(cells)
    read_cell("value", FIELDS[row.field].read, row.value)
    if row.field == "delivery_calendar":
        known.calendar(row.value, "value")
    elif row.field == "incoterm" and not known.has_place(row.subject, row.contract):
        text = f"{row.value} names no place; add a row incoterm_place for {row.subject} to the file"
        raise RefusedError("import.incoterm.place", "value", text)
    return row


def _checked(read: CellType) -> CellType:
    """The type of cells that are kept as they are written, once they can be read."""

    def checked(text: str) -> str:
        read(text)
        return text

    return checked


def _calendar(cells: Cells, known: Known) -> DeliveryCalendar:
    row = msgspec.convert(cells, DeliveryCalendar)
    if not known.meet(row.calendar):
        text = f"calendar {row.calendar} stands on an earlier row; write all its closed days in one cell"
        raise RefusedError("import.calendar.repeated", "calendar", text)
    if row.region:
        demand(cells, ("country",))
        regional = regions()[row.country or ""]
        if row.region not in regional:
            known_ones = ", ".join(regional) or "none"
            text = f"{row.region[:40]!r} is no region of {row.country}; it has {known_ones}"
            raise RefusedError("import.value.invalid", "region", text)
    return row


def _country(text: str) -> str:
    """A country whose public holidays are known."""
    code = cell.country(text)
    if code not in regions():
        raise ValueError(f"the holidays of {code} are not known; leave it empty and write them as closed_on")
    return code


CALENDARS = Kind(
    "calendars",
    DeliveryCalendar,
    {
        "action": cell.choice("upsert", "delete"),
        "calendar": cell.name,
        "country": _country,
        "region": cell.name,
        "weekdays": _checked(term_values.weekdays),
        "closed_on": _checked(term_values.closed_days),
        "cut_off": _checked(term_values.cut_off),
    },
    names=lambda _: Names(),
    build=_calendar,
)

TERMS = Kind(
    "terms",
    Term,
    {
        "action": cell.choice("upsert", "delete"),
        "subject": cell.scope("account", "segment", "buying-group", "price-group", "channel"),
        "contract": cell.name,
        "field": _field,
        "value": cell.text,
        "valid_from": cell.day,
        "valid_to": cell.day,
    },
    names=_term_names,
    build=_term,
)
