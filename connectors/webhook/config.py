"""What a webhook is told: where it posts, by what it signs, and what it is told of."""

from __future__ import annotations

from gateway.connector import Field, FieldType
from gateway.event_types import EVENT_TYPES
from gateway.outbound.connections import CREDENTIALS, WAY

FIELDS = (
    Field(name="url", required=True, help="Where events are posted."),
    Field(
        name="secret",
        type=FieldType.TEXTS,
        secret=True,
        required=True,
        default=(),
        help="What it signs with, as secret:NAME or env:NAME; two while one takes the place of the other.",
    ),
    Field(
        name="events",
        type=FieldType.TEXTS,
        default=(),
        choices=EVENT_TYPES,
        help="The types of events it is told of; left out, all.",
    ),
    Field(name="account", help="It is told of what belongs to this account and those below it; left out, of all."),
    *WAY,
    *CREDENTIALS,
)
