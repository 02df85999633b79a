"""Which of our accounts buys: the buyer of a document found inside the subtree of its partner's account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gateway.issues import Issue, Severity
from gateway.model.account import Account, AccountParty
from gateway.model.order import Order
from gateway.model.party import Party

# NAD qualifiers (UN/EDIFACT 3035) of the parties that must belong to the partner when we know them.
_OTHERS = (("ship_to", "DP"), ("invoicee", "IV"))


class Resolved(NamedTuple):
    """The account that buys, and the account delivered to where it is another one we know."""

    account: Account | None
    issues: tuple[Issue, ...] = ()
    ship_to: Account | None = None


class _Register(NamedTuple):
    accounts: Mapping[str, Account]
    parties: Sequence[AccountParty]
    root: str | None
    on: date


def chain(account: Account, accounts: Mapping[str, Account]) -> Iterator[Account]:
    """The account and its parents, nearest first; a circle ends where it closes."""
    seen: set[str] = set()
    current: Account | None = account
    while current is not None and current.account not in seen:
        seen.add(current.account)
        yield current
        current = accounts.get(current.parent) if current.parent else None


def resolve_buyer(
    order: Order, partner_account: str | None, accounts: Mapping[str, Account], parties: Sequence[AccountParty]
) -> Resolved:
    """The account of the order's buyer, with what is wrong about the parties named.

    `accounts` holds those that may be named, their parents, and what stands directly below the partner's account.
    """
    register = _Register(accounts, parties, partner_account, order.ordered_on)
    account, issues = _buyer(order.buyer, register)
    places: dict[str, Account] = {}
    for name, role in _OTHERS:
        party: Party | None = getattr(order, name)
        inside, outside = _candidates(party, role, register)
        if outside and not inside:
            issues += (_issue("party.not-of-partner", party, name),)
        elif len(inside) == 1:
            places[name] = inside[0]
        elif inside and name == "ship_to":
            # The place may have prices of its own; the invoicee is often known by its company's VAT number alone.
            issues += (_issue("party.ambiguous", party, name),)
    return Resolved(account, issues, places.get("ship_to"))


def _buyer(party: Party | None, register: _Register) -> tuple[Account | None, tuple[Issue, ...]]:
    """The account that buys and the issue of finding it."""
    inside, outside = _candidates(party, "BY", register)
    if len(inside) == 1:
        return inside[0], ()
    if inside:
        return None, (_issue("party.ambiguous", party, "buyer"),)
    if outside:
        return None, (_issue("party.not-of-partner", party, "buyer"),)
    root = register.accounts.get(register.root or "")
    if root is None or any(each.parent == root.account for each in register.accounts.values()):
        return None, (_issue("party.unknown", party, "buyer"),)
    if party is None or not _identifier(party)[0]:
        return root, ()
    return root, (_issue("party.unknown", party, "buyer", Severity.FINDING),)


def _candidates(party: Party | None, role: str, register: _Register) -> tuple[list[Account], list[Account]]:
    """The accounts the party may be, inside the partner's subtree and outside of it."""
    identifier, scheme = _identifier(party) if party else ("", None)
    if not identifier:
        return [], []
    own = {each.account: each for each in register.accounts.values() if _names(each, identifier, scheme)}
    found = dict(own)
    named = [each for each in register.parties if each.id == identifier and scheme in (None, each.scheme)]
    valid = [each for each in named if _valid(each, register.on)]
    for each in [each for each in valid if each.role == role] or ([] if own else valid):
        account = register.accounts.get(each.account)
        # Another customer may use the same number of his own (92) for something else: it says nothing outside.
        if account and (each.scheme != "theirs" or _inside(account, register)):
            found[account.account] = account
    inside = [account for account in found.values() if _inside(account, register)]
    return inside, [account for account in found.values() if account not in inside]


def _identifier(party: Party) -> tuple[str, str | None]:
    """The identifier to look for and its scheme; the VAT number stands in for a missing one."""
    if party.id:
        return party.id, party.id_scheme
    return party.vat_number or "", "vat"


def _names(account: Account, identifier: str, scheme: str | None) -> bool:
    """Whether the account itself carries the identifier."""
    own = {"gln": account.gln, "ours": account.account, "duns": account.duns, "vat": account.vat_id}
    return identifier in own.values() if scheme is None else own.get(scheme) == identifier


def _valid(party: AccountParty, on: date) -> bool:
    """Whether the party stands on this day."""
    return (party.valid_from or on) <= on <= (party.valid_to or on)


def _inside(account: Account, register: _Register) -> bool:
    """Whether the account stands at or below the partner's; every account does for a partner without one."""
    return register.root is None or any(each.account == register.root for each in chain(account, register.accounts))


_TEXTS = {
    "party.unknown": "no account has this identifier",
    "party.ambiguous": "several accounts share this identifier",
    "party.not-of-partner": "its account does not belong to the partner",
}


def _issue(code: str, party: Party | None, field: str, severity: Severity = Severity.ERROR) -> Issue:
    """The issue with the identifier as received."""
    identifier = party.id if party else None
    stated = f"{field.replace('_', ' ')} {identifier}" if identifier else f"no {field.replace('_', ' ')} named"
    return Issue(code=code, text=f"{stated}: {_TEXTS[code]}", severity=severity, field=field)
