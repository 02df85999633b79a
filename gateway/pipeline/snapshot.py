"""What the stages read: one state of the store, with what the messages of a group have in common read once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeVar, cast

import msgspec

from gateway.edifact.envelope import Envelope
from gateway.errors import PermanentError
from gateway.model.account import Account
from gateway.model.price import PriceList
from gateway.store import Connection, records
from gateway.store.messages import interchange
from gateway.store.trade import Register, Trade

_T = TypeVar("_T")


def envelope_to_json(envelope: Envelope) -> str:
    """The envelope as the text the store keeps."""
    return msgspec.json.encode(envelope).decode()


@lru_cache(maxsize=256)
def envelope_from_json(text: str) -> Envelope:
    """The envelope the store kept."""
    return msgspec.json.decode(text, type=Envelope)


class Snapshot:
    """A connection that sees one state of the store. What is asked twice is read once."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        self.trade = Trade(db)
        self._kept: dict[Hashable, object] = {}

    def envelope(self, message: records.Message) -> Envelope:
        """The envelope the message came in; raises PermanentError where it came in none."""
        identity = message.interchange
        found = self._once(("interchange", identity), lambda: interchange(self.db, identity) if identity else None)
        if found is None:
            raise PermanentError(f"Message {message.id} came in no interchange. Nothing of it can be read.")
        return envelope_from_json(found.envelope)

    def register(self, identifiers: frozenset[str], root: str | None) -> Register:
        """What the identifiers name, with the partner's root account and what stands directly below it."""
        return self._once(("register", identifiers, root), lambda: self.trade.register(identifiers, root))

    def chain(self, account: str) -> list[Account]:
        """The account and its parents, nearest first."""
        return self._once(("chain", account), lambda: self.trade.chain(account))

    def lists(self, names: frozenset[str]) -> dict[str, PriceList]:
        """These price lists, by name."""
        return self._once(("lists", names), lambda: self.trade.lists(names))

    def _once(self, key: Hashable, read: Callable[[], _T]) -> _T:
        if key not in self._kept:
            self._kept[key] = read()
        return cast("_T", self._kept[key])
