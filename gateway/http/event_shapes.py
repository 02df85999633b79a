"""Shapes of the feed and of webhooks: what bodies may hold, and what answers look like in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gateway.model.value import Value


class EventView(msgspec.Struct, kw_only=True):
    """Something that happened to `id`, a thing of the kind `aggregate`; numbers rise, and some may be missing."""

    seq: int
    at: str
    type: str
    aggregate: str
    id: str
    account: str | None
    data: dict[str, Any]


class EventPage(msgspec.Struct, kw_only=True):
    """Events in order; `next` is the `after` of the next request, also where there are none."""

    events: list[EventView]
    next: int


class WebhookDraft(Value, kw_only=True):
    """Where events are posted, of which types (none: all) and whose.

    `account` is that of the key where it is left out; a key of the house may leave it out for everyone's.
    """

    url: Annotated[str, Meta(max_length=2_000)]
    events: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    account: str | None = None


class Replay(Value, kw_only=True):
    """What is posted once more: all events behind the number `after`, or with `dead` those that were given up."""

    after: Annotated[int, Meta(ge=0)] | None = None
    dead: bool = False


class DeadEvent(msgspec.Struct, kw_only=True):
    """An event that was given up, and why."""

    seq: int
    type: str
    reason: str | None


class WebhookView(msgspec.Struct, kw_only=True):
    """A webhook and how it fares. `keys` name the secrets it signs with, the newest first.

    `seq` is how far the feed was looked through for it, `behind` by how many numbers that is less than all; `waiting`
    events are still to be posted, `dead` ones were given up, of which the last hundred are in `dead_events`.
    """

    webhook: str
    url: str
    events: list[str]
    account: str | None
    keys: list[str]
    made_by: str
    created_at: str | None
    state: str
    seq: int
    behind: int
    waiting: int
    dead: int
    dead_events: list[DeadEvent]
    failing_since: str | None
    reason: str | None


class WebhookMade(WebhookView, kw_only=True):
    """The webhook with its new secret, which is never told again."""

    secret: str


class WebhookPage(msgspec.Struct, kw_only=True):
    """A part of a list of webhooks; `next` is the cursor of the next part."""

    webhooks: list[WebhookView]
    next: str | None
