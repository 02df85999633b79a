"""Tables of accounts and of their parties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from gateway.masterdata import columns as cell
from gateway.masterdata.columns import RefusedError, read_cell
from gateway.masterdata.kind import Cells, Kind, check_validity, texts
from gateway.masterdata.known import Known, Names
from gateway.model.account import Account, AccountParty

T = TypeVar("T")


def parents_first(rows: Sequence[T], number: Callable[[T], str], parent: Callable[[T], str | None]) -> list[T]:
    """The rows so that a parent comes before its children; of a circle, each row comes once."""
    by_number = {number(row): row for row in rows}
    placed: set[int] = set()
    ordered: list[T] = []
    for row in rows:
        line: list[T] = []
        above: T | None = row
        while above is not None and id(above) not in placed:
            placed.add(id(above))
            line.append(above)
            above = by_number.get(parent(above) or "")
        ordered += reversed(line)
    return ordered


def check_parent(account: str, parent: str | None, parents: Mapping[str, str | None]) -> None:
    """Raises RefusedError when the parent is not known or stands below the account."""
    if parent is None:
        return
    if parent != account and parent not in parents:
        text = f"there is no account {parent}: it is not imported, was refused, or stands in a circle"
        raise RefusedError("import.account.unknown", "parent", text)
    seen = {account}
    above: str | None = parent
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    if above == account:
        raise RefusedError("import.parent.circle", "parent", f"{parent} stands below {account}: that would be a circle")


def _account(cells: Cells, known: Known) -> Account:
    row = msgspec.convert(cells, Account)
    check_parent(row.account, row.parent, known.parents)
    known.identifiers.claim_account(row)
    known.parents[row.account] = row.parent
    return row


def _party(cells: Cells, known: Known) -> AccountParty:
    row = msgspec.convert(cells, AccountParty)
    known.account(row.account, "account")
    check_validity(cells)
    if row.scheme == "gln":
        read_cell("id", cell.gln, row.id)
    known.identifiers.claim_party(row)
    return row


def _account_names(rows: Sequence[Cells]) -> Names:
    named = (texts(rows, column) for column in ("account", "parent", "gln", "vat_id", "duns"))
    return Names(identifiers=frozenset[str]().union(*named))


def _party_names(rows: Sequence[Cells]) -> Names:
    accounts = texts(rows, "account")
    return Names(accounts=accounts, identifiers=accounts | texts(rows, "id"))


ACCOUNTS = Kind(
    "accounts",
    Account,
    {
        "account": cell.name,
        "name": cell.text,
        "parent": cell.name,
        "parent_kind": cell.choice("legal", "buying_group", "delivery"),
        "type": cell.choice(
            "prospect", "customer", "reseller", "wholesaler", "manufacturer", "buying_group", "internal"
        ),
        "status": cell.choice("lead", "active", "blocked", "closed"),
        "segment": cell.name,
        "currency": cell.currency,
        "language": cell.name,
        "country": cell.country,
        "timezone": cell.timezone,
        "price_policy": cell.choice("priority", "lowest", "ask_erp"),
        "price_group": cell.name,
        "payment_terms": cell.text,
        "incoterm": cell.name,
        "incoterm_place": cell.text,
        "min_order_value": cell.not_negative,
        "free_freight_from": cell.not_negative,
        "credit_limit": cell.not_negative,
        "service_level": cell.name,
        "gln": cell.gln,
        "vat_id": cell.name,
        "duns": cell.name,
        "legal_name": cell.text,
        "registration": cell.name,
        "industry": cell.name,
        "employees": cell.count,
        "revenue_band": cell.name,
        "credit_used": cell.number,
        "credit_block": cell.flag,
    },
    names=_account_names,
    build=_account,
)

PARTIES = Kind(
    "parties",
    AccountParty,
    {
        "account": cell.name,
        "role": cell.choice("BY", "DP", "IV", "PR", "UC"),
        "id": cell.name,
        "scheme": cell.choice("gln", "ours", "theirs", "duns", "vat"),
        "name": cell.text,
        "street": cell.text,
        "postcode": cell.text,
        "city": cell.text,
        "country": cell.country,
        "valid_from": cell.day,
        "valid_to": cell.day,
    },
    names=_party_names,
    build=_party,
)
