"""What is agreed and ends soon, for whom, and which price comes after it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from gateway.errors import UsageError
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.price import LineQuestion, Question, resolve
from gateway.pipeline.snapshot import Snapshot
from gateway.store.price_endings import Ending, price_endings

_MOST_FOLLOWED = 1_000
"""Of so many at most it is said what comes after: each is a price of its own."""


def endings(snapshot: Snapshot, today: date, within: timedelta, account: str | None = None) -> Iterator[dict[str, Any]]:
    """Each as a JSON object, by subject, while it is found.

    `accounts` are those a subject means where it is an account or buying group, or the one that is asked for; `after`
    is the list that prices the first article the day after, None where none does. It is not told of subjects that mean
    no account by themselves, of objects that are no article, nor beyond the first thousand.
    """
    subjects = None if account is None else _subjects(snapshot, account, today)
    for index, ending in enumerate(price_endings(snapshot.db, today, today + within, subjects)):
        concerned = [account] if account else _accounts(snapshot, ending.subject)
        told = {**ending._asdict(), "last": ending.last.isoformat(), "accounts": concerned}
        del told["least"]
        kind, _, sku = ending.example.partition(":")
        if concerned and kind == "product" and index < _MOST_FOLLOWED:
            told["after"] = _after(snapshot, ending, concerned[0], sku)
        yield told


def _subjects(snapshot: Snapshot, number: str, today: date) -> Collection[str]:
    """Whom conditions name to mean this account."""
    account = next(iter(snapshot.chain(number)), None)
    if account is None:
        raise UsageError(f"There is no account {number}. Import it with the accounts.")
    return PriceDesk(snapshot, Asked(account, today, account.currency)).context.subjects


def _accounts(snapshot: Snapshot, subject: str) -> list[str]:
    kind, _, name = subject.partition(":")
    if kind == "account":
        return [name]
    if kind != "buying-group":
        return []
    below = snapshot.trade.subtree(name).values()
    return sorted(each.account for each in below if each.parent == name and each.parent_kind == "buying_group")


def _after(snapshot: Snapshot, ending: Ending, account: str, sku: str) -> str | None:
    """The list that prices the article the day after, in the quantity that the first condition begins with."""
    line = LineQuestion(max(ending.least, Decimal(1)), sku)
    [answer] = resolve(snapshot, Question(account, [line], ending.last + timedelta(days=1)))
    winner = answer.get("winner")
    return str(winner["list"]) if isinstance(winner, dict) else None
