"""The terms of an account as they are shown, and the working days they name."""

from __future__ import annotations

from datetime import date

from gateway.commerce.calendars import WorkingDays, working_days
from gateway.commerce.terms import AgreedTerms
from gateway.model.account import Account
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.pipeline.snapshot import Snapshot


def calendar_of(snapshot: Snapshot, terms: AgreedTerms) -> WorkingDays:
    """The working days of the calendar that the terms name; without one, every day."""
    name = terms.delivery_calendar
    calendar = snapshot.calendars([name]).get(name) if name else None
    return working_days(calendar) if calendar else WorkingDays()


def terms_object(snapshot: Snapshot, account: Account, on: date, contract: str | None = None) -> dict[str, object]:
    """The account's terms on a day as one JSON object: each field with its origin, and what lost against it."""
    resolved = PriceDesk(snapshot, Asked(account, on, account.currency, contract=contract)).terms
    head = {"account": account.account, "on": on.isoformat(), "contract": contract}
    return {**head, **resolved.trace(), "data_seq": snapshot.data_seq}
