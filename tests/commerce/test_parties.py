"""Parties: the buyer found inside the subtree of the partner's account."""

from __future__ import annotations

from datetime import date

from gateway.commerce.parties import Resolved, resolve_buyer
from gateway.model.account import Account, AccountParty
from gateway.model.party import Party

from .goods import order

ROOT = Account(account="10000", name="Group", gln="4000000000006")
BRANCH = Account(account="10001", name="Branch", parent="10000", gln="4000000000013", duns="123456789")
OTHER = Account(account="20000", name="Other", gln="4000000000020", vat_id="DE123456789")
ACCOUNTS = {each.account: each for each in (ROOT, BRANCH, OTHER)}
THEIRS = AccountParty(account="10001", role="BY", id="B7", scheme="theirs")
FOREIGN = AccountParty(account="20000", role="BY", id="B7", scheme="theirs")


def resolved(party: Party | None, root: str | None = "10000", parties=(THEIRS, FOREIGN), accounts=ACCOUNTS) -> Resolved:
    return resolve_buyer(order(buyer=party), root, accounts, parties)


def codes(result: Resolved) -> list[str]:
    return [issue.code for issue in result.issues]


def test_a_buyer_resolves_by_gln_number_duns_vat_and_his_own_code():
    assert resolved(Party(id="4000000000013", id_scheme="gln")).account is BRANCH
    assert resolved(Party(id="10001", id_scheme="ours")).account is BRANCH
    assert resolved(Party(id="123456789", id_scheme="duns")).account is BRANCH
    assert resolved(Party(id="B7", id_scheme="theirs")).account is BRANCH
    assert resolved(Party(vat_number="DE123456789"), root=None).account is OTHER


def test_the_scheme_stated_binds():
    result = resolved(Party(id="10001", id_scheme="gln"))
    assert (result.account, codes(result)) == (None, ["party.unknown"])


def test_a_buyer_outside_the_subtree_is_not_the_partners():
    result = resolved(Party(id="4000000000020", id_scheme="gln"))
    assert (result.account, codes(result)) == (None, ["party.not-of-partner"])


def test_another_customers_own_code_says_nothing():
    result = resolved(Party(id="B7", id_scheme="theirs"), parties=(FOREIGN,))
    assert codes(result) == ["party.unknown"]


def test_an_unknown_code_is_the_partner_himself_where_nothing_stands_below_him():
    result = resolved(Party(id="X", id_scheme="theirs"), root="20000")
    assert result.account is OTHER
    assert [(issue.code, issue.is_error) for issue in result.issues] == [("party.unknown", False)]


def test_an_unknown_code_is_an_error_where_branches_stand_below():
    result = resolved(Party(id="X", id_scheme="theirs"))
    assert result.account is None
    assert result.issues[0].is_error


def test_no_buyer_named_is_the_partner_himself():
    assert resolved(None, root="20000") == Resolved(OTHER)
    assert codes(resolved(None)) == ["party.unknown"]


def test_two_accounts_of_one_code_are_ambiguous():
    twice = AccountParty(account="10000", role="BY", id="B7", scheme="theirs")
    assert codes(resolved(Party(id="B7", id_scheme="theirs"), parties=(THEIRS, twice))) == ["party.ambiguous"]


def test_a_party_that_ended_is_unknown():
    ended = AccountParty(account="10001", role="BY", id="B7", scheme="theirs", valid_to=date(2026, 5, 31))
    assert codes(resolved(Party(id="B7", id_scheme="theirs"), parties=(ended,))) == ["party.unknown"]


def test_a_ship_to_of_another_customer_is_an_error():
    document = order(buyer=Party(id="10001", id_scheme="ours"), ship_to=Party(id="4000000000020", id_scheme="gln"))
    result = resolve_buyer(document, "10000", ACCOUNTS, ())
    assert result.account is BRANCH
    assert [(issue.code, issue.field) for issue in result.issues] == [("party.not-of-partner", "ship_to")]


def test_a_ship_to_that_names_two_accounts_is_an_error_and_an_invoicee_is_not():
    places = [AccountParty(account=each, role=role, id="77", scheme="theirs")
              for each in ("10000", "10001") for role in ("DP", "IV")]  # fmt: skip
    place = Party(id="77", id_scheme="theirs")
    buyer = Party(id="10001", id_scheme="ours")
    result = resolve_buyer(order(buyer=buyer, ship_to=place), "10000", ACCOUNTS, places)
    assert (result.account, result.ship_to) == (BRANCH, None)
    assert [(issue.code, issue.field, issue.is_error) for issue in result.issues] == [
        ("party.ambiguous", "ship_to", True)
    ]
    assert resolve_buyer(order(buyer=buyer, invoicee=place), "10000", ACCOUNTS, places).issues == ()


def test_accounts_in_a_circle_end_the_search():
    circle = {"1": Account(account="1", name="", parent="2"), "2": Account(account="2", name="", parent="1")}
    assert codes(resolved(Party(id="1", id_scheme="ours"), root="3", accounts=circle)) == ["party.not-of-partner"]
