"""Tables of the people at customers, of service levels, and of who of us serves whom."""

from __future__ import annotations

import msgspec

from gateway.masterdata import columns as cell
from gateway.masterdata.kind import Cells, Kind, texts
from gateway.masterdata.known import Known, Names, accounts_named
from gateway.model.account import Contact, ServiceContact, ServiceLevel

_CHANNELS = ("portal", "chat", "mail", "phone", "personal")


def _contact(cells: Cells, known: Known) -> Contact:
    row = msgspec.convert(cells, Contact)
    known.account(row.account, "account")
    return row


def _level(cells: Cells, known: Known) -> ServiceLevel:  # noqa: ARG001 a level names nothing else in the store
    return msgspec.convert(cells, ServiceLevel)


def _server(cells: Cells, known: Known) -> ServiceContact:
    row = msgspec.convert(cells, ServiceContact)
    known.subject(row.subject, "subject")
    return row


def _channels(text: str) -> str:
    """Ways of contact, in the order in which they are offered."""
    named = text.split()
    unknown = [name for name in named if name not in _CHANNELS]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is none of {', '.join(_CHANNELS)}")
    return " ".join(named)


CONTACTS = Kind(
    "contacts",
    Contact,
    {
        "action": cell.choice("upsert", "delete"),
        "account": cell.name,
        "name": cell.text,
        "role": cell.text,
        "email": cell.email,
        "phone": cell.text,
        "language": cell.name,
    },
    names=lambda rows: Names(accounts=texts(rows, "account")),
    build=_contact,
)

SERVICE_LEVELS = Kind(
    "service-levels",
    ServiceLevel,
    {
        "action": cell.choice("upsert", "delete"),
        "service_level": cell.name,
        "name": cell.text,
        "channels": _channels,
        "response_hours": cell.count,
        "hours": cell.text,
    },
    names=lambda _: Names(),
    build=_level,
)

SERVICE_CONTACTS = Kind(
    "service-contacts",
    ServiceContact,
    {
        "action": cell.choice("upsert", "delete"),
        "subject": cell.scope("account", "segment", "buying-group", "price-group", "channel"),
        "name": cell.text,
        "role": cell.text,
        "email": cell.email,
        "phone": cell.text,
        "precedence": cell.count,
    },
    names=lambda rows: Names(accounts=accounts_named(rows, "subject")),
    build=_server,
)
