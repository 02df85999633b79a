"""What is agreed with an account beside prices, field by field, with where each field comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce.conditions import BelowFloor, PriceRules, TaxBasis
from gateway.commerce.policy import Tolerance
from gateway.commerce.term_fields import FIELDS
from gateway.commerce.term_values import CutOff, Part
from gateway.model.account import Account
from gateway.model.money import Rounding
from gateway.model.quantity import plain
from gateway.model.terms import Term

OF_ACCOUNTS = ("payment_terms", "incoterm", "incoterm_place", "min_order_value", "free_freight_from")
"""The columns of an account that count as terms of it, where no row of terms says otherwise of the same account."""

OF_PRICES = frozenset({"price_rounding", "below_floor", "tax_basis"})
"""The fields that are rules of prices."""

_PLACES = {name: place for place, name in enumerate(FIELDS)}
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")


class AgreedTerms(NamedTuple):
    """The terms that hold; None where nothing is agreed. Amounts are in the account's currency."""

    payment_terms: str | None = None
    payment_days: int | None = None
    payment_discount: tuple[Part, ...] | None = None
    payment_method: str | None = None
    payment_installments: tuple[Part, ...] | None = None
    dunning: tuple[int, ...] | None = None
    incoterm: str | None = None
    incoterm_place: str | None = None
    incoterm_year: str | None = None
    shipping_methods: tuple[str, ...] | None = None
    shipping_method: str | None = None
    carrier: str | None = None
    carrier_account: str | None = None
    freight: Decimal | None = None
    free_freight_from: Decimal | None = None
    min_order_value: Decimal | None = None
    min_order_value_kind: str | None = None
    min_order_value_fee: Decimal | None = None
    max_order_value: Decimal | None = None
    small_quantity_fee: Decimal | None = None
    partial_delivery: str | None = None
    backorder_policy: str | None = None
    lead_time_days: int | None = None
    cut_off: CutOff | None = None
    delivery_days: frozenset[int] | None = None
    delivery_calendar: str | None = None
    packaging: str | None = None
    labels: str | None = None
    invoicing: str | None = None
    invoice_form: str | None = None
    tolerance: Tolerance | None = None
    pricing_date_basis: str | None = None
    price_rounding: str | None = None
    below_floor: str | None = None
    tax_basis: str | None = None
    returns: int | None = None

    @property
    def due_days(self) -> int | None:
        """Days until payment is due: as agreed, else the first number in the words of the payment terms."""
        found = _NUMBER.search(self.payment_terms or "")
        return self.payment_days if self.payment_days is not None or found is None else int(found[0])

    @property
    def price_rules(self) -> PriceRules:
        """How prices are rounded, guarded and taxed: as agreed, else as for everybody."""
        return PriceRules(
            Rounding(self.price_rounding or Rounding.HALF_UP),
            BelowFloor(self.below_floor or BelowFloor.CLAMP),
            TaxBasis(self.tax_basis or TaxBasis.RATE),
        )


NO_TERMS = AgreedTerms()


class Stand(NamedTuple):
    """A term that concerns an account: its row, or the column of an account that stands for one; `rank` 0 is nearest.

    `because` is why it does not count, None where it does.
    """

    term: Term
    rank: int
    is_column: bool = False
    because: str | None = None


class Resolved(NamedTuple):
    """The terms of an account on a day: as values, by the row each comes from, and the rows that do not count."""

    agreed: AgreedTerms
    origins: Mapping[str, Stand]
    lost: tuple[Stand, ...]

    def trace(self) -> dict[str, object]:
        """Each field with its value and origin, and what lost against it, as one JSON object; values as written."""
        told = {name: _told(self.origins[name]) for name in FIELDS if name in self.origins}
        lost = [{"field": each.term.field, **_told(each), "because": each.because} for each in self.lost]
        return {"terms": told, "lost": lost}


def agreed_terms(
    rows: Iterable[Term],
    subjects: Sequence[str],
    on: date,
    accounts: Iterable[Account] = (),
    contract: str | None = None,
) -> Resolved:
    """The terms that hold for these ranked subjects on the day, where this contract is cited.

    Field by field: the cited contract's before others, then the nearest subject's, then the newest. `accounts` are
    those among the subjects whose columns count.
    """
    ranks = {subject: rank for rank, subject in enumerate(subjects)}
    stands = [Stand(row, ranks[row.subject]) for row in rows if row.subject in ranks]
    stands += [
        Stand(term, ranks[term.subject], is_column=True)
        for account in accounts
        for term in columns_of(account)
        if term.subject in ranks
    ]
    judged = sorted(((_judged(each, on, contract)) for each in stands), key=_order)
    origins: dict[str, Stand] = {}
    lost: list[Stand] = []
    for each in judged:
        field = each.term.field
        if each.because is None and field in origins:
            each = each._replace(because=_beaten(origins[field], each))
        if each.because is None:
            origins[field] = each
        else:
            lost.append(each)
    _part_place(origins, lost)
    return Resolved(AgreedTerms(**{name: _value(each) for name, each in origins.items()}), origins, tuple(lost))  # type: ignore[arg-type]


def columns_of(account: Account) -> list[Term]:
    """The columns of an account as terms of it."""
    found = ((name, getattr(account, name)) for name in OF_ACCOUNTS)
    return [
        Term(subject=f"account:{account.account}", field=name, value=plain(cell) if isinstance(cell, Decimal) else cell)
        for name, cell in found
        if cell is not None
    ]


def _judged(stand: Stand, on: date, contract: str | None) -> Stand:
    """The stand with the reason for which it can not count, where there is one."""
    term = stand.term
    if term.valid_from and on < term.valid_from:
        return stand._replace(because=f"not before {term.valid_from}")
    if term.valid_to and on > term.valid_to:
        return stand._replace(because=f"ended {term.valid_to}")
    if term.contract and term.contract != contract:
        return stand._replace(because=f"contract {term.contract} is not cited")
    return stand


def _order(stand: Stand) -> tuple[int, bool, int, bool, int, str]:
    """The order in which terms are tried: no two of one field are equal in it."""
    term = stand.term
    newest = -(term.valid_from or date.min).toordinal()
    return _PLACES[term.field], not term.contract, stand.rank, stand.is_column, newest, term.contract


def _beaten(winner: Stand, loser: Stand) -> str:
    """Why the one counts and the other does not."""
    won, lost = winner.term, loser.term
    if bool(won.contract) is not bool(lost.contract):
        return f"contract {won.contract} is cited"
    if won.subject != lost.subject:
        return f"{won.subject} beats {lost.subject}"
    if loser.is_column:
        return "a row of terms beats the account's column"
    return f"a newer one holds from {won.valid_from}"


def _part_place(origins: dict[str, Stand], lost: list[Stand]) -> None:
    """A place that is agreed less near than the Incoterm names the place of another one."""
    rule, place = origins.get("incoterm"), origins.get("incoterm_place")
    if rule and place and (not rule.term.contract, rule.rank) < (not place.term.contract, place.rank):
        lost.append(origins.pop("incoterm_place")._replace(because=f"{rule.term.subject} has another Incoterm"))


def _value(stand: Stand) -> object:
    """The value a term states. What stands in an account's column was never checked, and is taken as it stands."""
    written = stand.term.value
    if stand.is_column and stand.term.field not in ("min_order_value", "free_freight_from"):
        return written
    return FIELDS[stand.term.field].read(written)


def _told(stand: Stand) -> dict[str, object]:
    term = stand.term
    first = term.valid_from.isoformat() if term.valid_from else None
    return {"value": term.value, "subject": term.subject, "contract": term.contract or None, "valid_from": first}
