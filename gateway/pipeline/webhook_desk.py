"""What is done to webhooks by hand: how they fare, a test event, events once more, a new secret, an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from gateway.errors import ConflictError
from gateway.event_types import WEBHOOK
from gateway.pipeline.resend import resend
from gateway.pipeline.telling import Hook, in_queue
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.feed import Cursor, FeedEvent, cursors, forget_cursor, gone, last_seq, move_cursor
from gateway.store.identity import new_id
from gateway.store.outbox import enqueue
from gateway.store.sealed_secrets import SealedSecret, drop_secret, put_secret
from gateway.store.visible import Part, Sight, account_seen
from gateway.store.webhooks import (
    PREFIX,
    StoredWebhook,
    dead_outputs,
    remove_webhook,
    sign_with,
    standing,
    webhook_seen,
    webhooks_seen,
)

MOST_SECRETS = 2
"""One that takes the place of the other, and that one."""
MOST_DEAD = 100
MOST_AGAIN = 1_000
_TEST = "webhook.test"


class Known(NamedTuple):
    """A webhook of a file or made over the API; `id` is what it is asked for by."""

    id: str
    url: str
    hook: Hook
    made: StoredWebhook | None = None


def known(line: Line, db: Connection, sight: Sight, part: Part) -> list[Known]:
    """The webhooks that are seen, in the order of their ids."""
    found = [_of_row(row) for row in webhooks_seen(db, sight, part)]
    found += [each for each in _configured(line, db, sight) if each.id > part.after]
    return sorted(found, key=lambda each: each.id)[: part.most]


def known_by(line: Line, db: Connection, sight: Sight, identity: str) -> Known | None:
    """The webhook of this id, where it is seen."""
    row = webhook_seen(db, sight, identity)
    if row is not None:
        return _of_row(row)
    return next((each for each in _configured(line, db, sight) if each.id == identity), None)


def _of_row(row: StoredWebhook) -> Known:
    return Known(row.id, row.url, Hook(row.connection, row.types, row.account), row)


def _configured(line: Line, db: Connection, sight: Sight) -> Iterator[Known]:
    for connection in line.configuration.connections.values():
        account = connection.values.text_or_none("account")
        seen = sight.root is None or (account is not None and account_seen(db, sight, account) is not None)
        if connection.kind == WEBHOOK and seen:
            hook = Hook(connection.name, connection.values.texts("events"), account)
            yield Known(connection.name, connection.values.text("url"), hook)


def view(db: Connection, webhook: Known) -> dict[str, object]:
    """The webhook as the API tells of it."""
    made, hook = webhook.made, webhook.hook
    fares, last = standing(db, hook.connection), last_seq(db)
    seq = cursors(db).get(hook.connection, Cursor(last)).seq
    dead = [
        {"seq": int(each.reference), "type": each.type, "reason": each.reason}
        for each in dead_outputs(db, hook.connection, MOST_DEAD)
    ]
    return {
        "webhook": webhook.id, "url": webhook.url, "events": list(hook.types), "account": hook.account,
        "keys": [name.rpartition(".")[2] for name in made.signs_with] if made else [],
        "made_by": made.made_by if made else "a file of the workspace", "created_at": made.created_at if made else None,
        "state": "failing" if fares.failing_since else "working", "seq": seq, "behind": last - seq,
        "waiting": fares.waiting, "dead": fares.dead, "dead_events": dead, "failing_since": fares.failing_since,
        "reason": fares.reason,
    }  # fmt: skip


def secret_name(identity: str, key: str) -> str:
    """What the secret of a webhook is called where secrets are kept; its id is the last part."""
    return f"webhook.{identity}.{key}"


def add_secret(line: Line, db: Connection, webhook: StoredWebhook, secret: SealedSecret) -> StoredWebhook:
    """The webhook as it signs with a new secret first, and with the one before it until that is retired."""
    put_secret(db, secret)
    names = (secret.name, *webhook.signs_with)[:MOST_SECRETS]
    return _signing(line, db, webhook, names)


def retire_secret(line: Line, db: Connection, webhook: StoredWebhook, key: str) -> StoredWebhook:
    """The webhook as it signs without this secret; raises ConflictError where it has no other or not this one."""
    left = tuple(name for name in webhook.signs_with if name != secret_name(webhook.id, key))
    if len(left) == len(webhook.signs_with):
        raise ConflictError(f"The webhook signs with no secret {key}. Its `keys` name those it has.")
    if not left:
        raise ConflictError("The webhook has no other secret. Make a new one first.")
    return _signing(line, db, webhook, left)


def _signing(line: Line, db: Connection, webhook: StoredWebhook, names: tuple[str, ...]) -> StoredWebhook:
    sign_with(db, webhook.id, names, line.now())
    for retired in set(webhook.signs_with) - set(names):
        drop_secret(db, retired)
    return msgspec.structs.replace(webhook, secrets=msgspec.json.encode(names).decode(), changed_at=line.now())


def begin_at_end(line: Line, db: Connection, webhook: StoredWebhook) -> None:
    """It is told of what happens from now on."""
    move_cursor(db, webhook.connection, Cursor(last_seq(db)), line.now())


def replay(line: Line, db: Connection, webhook: Known, after: int) -> None:
    """Every event behind the number is posted once more; raises ConflictError where they are not all there.

    What waits is posted, too: a receiver knows an event by its id.
    """
    last, taken_out = last_seq(db), gone(db)
    if after > last:
        raise ConflictError(f"The feed has come to {last} only.")
    if after < taken_out:
        raise ConflictError(f"Events up to {taken_out} are past their retention. Name that number or a later one.")
    before = cursors(db).get(webhook.hook.connection, Cursor(0))
    move_cursor(db, webhook.hook.connection, Cursor(after, before.round + 1), line.now())


def resend_dead(line: Line, db: Connection, webhook: Known) -> int:
    """How many events that were given up wait to be posted again, the newest thousand at most."""
    dead = dead_outputs(db, webhook.hook.connection, MOST_AGAIN)
    for output in dead:
        resend(line, db, output)
    return len(dead)


def post_test(line: Line, db: Connection, webhook: Known) -> None:
    """An event of the type webhook.test waits to be posted; it is not in the feed, and its number is 0."""
    event = FeedEvent(
        seq=0, at=line.now(), type=_TEST, aggregate="webhook", id=webhook.id, account=webhook.hook.account, data="{}",
        origin=None,
    )  # fmt: skip
    enqueue(db, in_queue(webhook.hook, event, f"test/{new_id()}"), line.now())


def end(line: Line, db: Connection, webhook: StoredWebhook) -> None:
    """It is told of nothing any more, what waits for it is not posted, and its secrets are gone."""
    remove_webhook(db, webhook, line.now())
    for name in webhook.signs_with:
        drop_secret(db, name)
    forget_cursor(db, PREFIX + webhook.id)
