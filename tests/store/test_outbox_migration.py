"""What an older database had in its outbox is there after the upgrade, each in its lane."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

import gateway.store.migrations
from gateway.store.engine import open_store
from gateway.store.migrate import upgrade
from gateway.store.outbox import list_outputs
from gateway.store.sending import heads

OLD = text(
    "INSERT INTO outbox (id, key, partner, connection, type, extension, reference, test, archive, state, tries, "
    "next_try, lease_until, token, reason, created_at, sent_at) VALUES (:id, :id, 'acme', 'box', :type, 'edi', 'PO-1', "
    ":test, 'A', :state, :tries, :next_try, :lease_until, :token, :reason, '2026-01-01', :sent_at)"
)
EMPTY: dict[str, object] = dict.fromkeys(("next_try", "lease_until", "token", "reason", "sent_at"))
ROWS: list[dict[str, object]] = [
    {"id": "1", "type": "CONTRL", "state": "sent", "tries": 1, "next_try": "2026-01-01", "sent_at": "2026-01-02"},
    {"id": "2", "type": "ORDRSP", "state": "queued", "tries": 3, "next_try": "2026-01-02", "reason": "away"},
    {"id": "3", "type": "ORDRSP", "state": "queued", "tries": 0, "next_try": "2026-01-01"},
    {"id": "4", "type": "PRICAT", "state": "dead", "tries": 8, "next_try": "2026-01-01", "reason": "no"},
    {"id": "5", "type": "APERAK", "state": "sending", "tries": 1, "lease_until": "2026-01-03", "token": "T"},
    {"id": "6", "type": "order", "state": "acknowledged", "tries": 1},
]


def test_old_outputs_are_in_their_lanes_in_their_state(database_url: str) -> None:
    with closing(open_store(database_url)) as store:
        with store.write() as db:
            config = Config(attributes={"connection": db})
            scripts = Path(gateway.store.migrations.__file__).parent
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            command.upgrade(config, "0013")
            db.execute(
                text("INSERT INTO archive (id, digest, content, created_at) VALUES ('A', 'd', '', '2026-01-01')")
            )
            for row in ROWS:
                db.execute(OLD, {**EMPTY, "test": False, **row})
        upgrade(store)
        with store.read() as db:
            outputs = list_outputs(db)
            first = {output.lane: output.id for output in heads(db)}
    assert [(each.lane.removeprefix("box/out/"), each.state, each.tries, each.next_try) for each in outputs] == [
        ("acknowledgements", "sent", 1, None), ("orders", "failed", 3, "2026-01-02"), ("orders", "queued", 0, None),
        ("catalogue", "dead", 8, None), ("acknowledgements", "sending", 1, None), ("orders", "acknowledged", 1, None),
    ]  # fmt: skip
    assert first == {"box/out/acknowledgements": "5", "box/out/orders": "2"}
    assert [(each.reason, each.sent_at, each.token, each.crashes) for each in outputs][:5] == [
        (None, "2026-01-02", None, 0), ("away", None, None, 0), (None, None, None, 0), ("no", None, None, 0),
        (None, None, "T", 0),
    ]  # fmt: skip
