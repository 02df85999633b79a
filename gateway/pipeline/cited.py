"""What is cited when a price is asked for outside an order: a number that means nothing is refused, not passed over."""

from __future__ import annotations

from datetime import date

from gateway.errors import UsageError
from gateway.model.account import Account
from gateway.model.order import Order
from gateway.pipeline.quote_orders import quotes_not_valid
from gateway.pipeline.snapshot import Snapshot
from gateway.store.contracts import is_contract


def check_cited(snapshot: Snapshot, account: Account, on: date, contract: str | None, quote: str | None) -> None:
    """Raises UsageError for a contract that nothing is of, and for a quote that gives the account no price that day.

    Many buyers have one field for both: what is cited as a contract may be a quote.
    """
    if quote is not None and (reason := _not_valid(snapshot, account, on, quote)):
        raise UsageError(f"--quote: {reason}.")
    if contract is not None and not is_contract(snapshot.db, contract) and _not_valid(snapshot, account, on, contract):
        raise UsageError(f"--contract: there is no contract {contract}, and no quote of this number that holds.")


def _not_valid(snapshot: Snapshot, account: Account, on: date, quote: str) -> str | None:
    return quotes_not_valid(snapshot, Order(number="", ordered_on=on, quote=quote), account).get(quote)
