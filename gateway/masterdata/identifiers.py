"""Which account an identifier names: one that would name two on the same day is refused before an order meets it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from gateway.masterdata.columns import RefusedError
from gateway.model.account import Account, AccountParty

_OWN = (("gln", "gln"), ("vat", "vat_id"), ("duns", "duns"))


class _Holder(NamedTuple):
    """An account that an identifier names, in a role (None: by itself), from when to when."""

    account: str
    role: str | None = None
    first: date = date.min
    last: date = date.max


class Identifiers:
    """Who holds which identifier, from what the store knows of those a batch names and what the batch claimed since."""

    def __init__(self, accounts: Mapping[str, Account], parties: Collection[AccountParty]) -> None:
        self._accounts = dict(accounts)
        self._held: dict[tuple[str, str], dict[tuple[object, ...], _Holder]] = {}
        for account in accounts.values():
            self._hold_own(account)
        for party in parties:
            self._hold((party.scheme, party.id), _key(party), _holder(party))

    def claim_account(self, account: Account) -> None:
        """The account has the identifiers it states; raises RefusedError where another one has one of them."""
        before, self._accounts[account.account] = self._accounts.get(account.account), account
        for scheme, column, value in _own(account):
            self._check((scheme, value), column, _Holder(account.account))
        for scheme, _, value in _own(before) if before else ():
            del self._held[scheme, value][account.account,]
        self._hold_own(account)

    def claim_party(self, party: AccountParty) -> None:
        """The account has the party's identifier; raises RefusedError where another one has it on one of its days."""
        self._check((party.scheme, party.id), "id", _holder(party))
        self._hold((party.scheme, party.id), _key(party), _holder(party))

    def _hold_own(self, account: Account) -> None:
        for scheme, _, value in _own(account):
            self._hold((scheme, value), (account.account,), _Holder(account.account))

    def _hold(self, name: tuple[str, str], key: tuple[object, ...], holder: _Holder) -> None:
        self._held.setdefault(name, {})[key] = holder

    def _check(self, name: tuple[str, str], column: str, wanted: _Holder) -> None:
        scheme, value = name
        for other in self._held.get(name, {}).values():
            apart = other.account == wanted.account or other.last < wanted.first or wanted.last < other.first
            if not apart and self._clash(scheme, other, wanted):
                text = f"{scheme} {value} names account {other.account}, and on the same days {wanted.account}"
                raise RefusedError("import.identifier.taken", column, text)

    def _clash(self, scheme: str, one: _Holder, other: _Holder) -> bool:
        """Whether two accounts cannot share an identifier of this scheme."""
        together = self._company(one.account) == self._company(other.account)
        if scheme == "theirs":  # each customer numbers places and people as he likes
            return together and one.role == other.role
        # The branches of a company share its VAT number and often its DUNS.
        return not (together and scheme in ("vat", "duns"))

    def _company(self, number: str) -> str:
        """The topmost account of the company; members of a buying group are companies of their own."""
        seen: set[str] = set()
        account = self._accounts.get(number)
        while account and account.parent and account.parent_kind != "buying_group" and number not in seen:
            seen.add(number)
            number = account.parent
            account = self._accounts.get(number)
        return number


def _own(account: Account) -> list[tuple[str, str, str]]:
    """Scheme, column and value of each identifier that stands in the account itself."""
    pairs = [(scheme, column, getattr(account, column)) for scheme, column in _OWN]
    return [
        ("ours", "account", account.account),
        *((scheme, column, value) for scheme, column, value in pairs if value),
    ]


def _key(party: AccountParty) -> tuple[object, ...]:
    return party.account, party.role, party.valid_from


def _holder(party: AccountParty) -> _Holder:
    return _Holder(party.account, party.role, party.valid_from or date.min, party.valid_to or date.max)
