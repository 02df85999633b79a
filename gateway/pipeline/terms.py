"""The terms of an account from the store: which hold, where each comes from, and the working days they name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gateway.commerce.calendars import WorkingDays, working_days
from gateway.commerce.terms import AgreedTerms, Resolved, agreed_terms
from gateway.model.account import Account
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.snapshot import Snapshot


def terms_for(snapshot: Snapshot, asked: Asked, subjects: Sequence[str]) -> Resolved:
    """The terms that hold for who asks, by these ranked subjects, on the day and with the contract of the question."""
    accounts: list[Account] = snapshot.chain(asked.account.account)
    if asked.ship_to:
        accounts = [asked.ship_to, *accounts]
    rows = [row for found in snapshot.terms(subjects).values() for row in found]
    return agreed_terms(rows, subjects, asked.on, accounts, asked.contract)


def calendar_of(snapshot: Snapshot, terms: AgreedTerms) -> WorkingDays:
    """The working days of the calendar that the terms name; without one, every day."""
    name = terms.delivery_calendar
    calendar = snapshot.calendars([name]).get(name) if name else None
    return working_days(calendar) if calendar else WorkingDays()


def terms_object(snapshot: Snapshot, account: Account, on: date, contract: str | None = None) -> dict[str, object]:
    """The account's terms on a day as one JSON object: each field with its origin, and what lost against it."""
    asked = Asked(account, on, account.currency, contract=contract)
    resolved = terms_for(snapshot, asked, PriceDesk(snapshot, asked).context.subjects)
    head = {"account": account.account, "on": on.isoformat(), "contract": contract}
    return {**head, **resolved.trace(), "data_seq": snapshot.data_seq}
