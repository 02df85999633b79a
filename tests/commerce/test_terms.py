"""Terms: which of several rows holds, field by field, and why the others do not."""

from __future__ import annotations

import contextlib
from datetime import date, time
from decimal import Decimal
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.conditions import BelowFloor, PriceRules, TaxBasis
from gateway.commerce.policy import Tolerance
from gateway.commerce.term_fields import FIELDS
from gateway.commerce.term_values import CutOff, Part
from gateway.commerce.terms import NO_TERMS, OF_PRICES, AgreedTerms, Resolved, agreed_terms
from gateway.model.account import Account
from gateway.model.money import Rounding
from gateway.model.terms import Term

from .goods import ACCOUNT, TODAY, terms_of

SUBJECTS = ("account:1", "account:0", "segment:gold", "all")


def term(subject: str, field: str, value: str, contract: str = "", **days: date) -> Term:
    return Term(subject=subject, contract=contract, field=field, value=value, **days)


def resolved(*rows: Term, contract: str | None = None, accounts: tuple[Account, ...] = ()) -> Resolved:
    return agreed_terms(rows, SUBJECTS, TODAY, accounts, contract)


def account(number: str, **columns: object) -> Account:
    return msgspec.structs.replace(ACCOUNT, account=number, **columns)


def test_every_field_of_the_terms_can_be_agreed() -> None:
    assert AgreedTerms._fields == tuple(FIELDS)


def test_prices_are_ruled_as_agreed_and_else_as_for_everybody() -> None:
    assert NO_TERMS.price_rules == PriceRules()
    found = resolved(
        term("all", "price_rounding", "Down"), term("account:1", "below_floor", "hold"),
        term("account:0", "tax_basis", "line"), term("account:0", "below_floor", "clamp"),
    ).agreed  # fmt: skip
    assert found.price_rules == PriceRules(Rounding.DOWN, BelowFloor.HOLD, TaxBasis.LINE)


def test_the_choices_of_the_rules_are_those_that_prices_know() -> None:
    rules = {"price_rounding": Rounding, "below_floor": BelowFloor, "tax_basis": TaxBasis}
    assert rules.keys() == OF_PRICES
    for field, choices in rules.items():
        for choice in choices:
            assert choice in resolved(term("all", field, choice.value)).agreed.price_rules


def test_each_field_comes_from_the_nearest_subject_that_states_it() -> None:
    found = resolved(
        term("all", "payment_days", "14"), term("all", "freight", "9.90"), term("segment:gold", "payment_days", "30"),
        term("account:0", "carrier", "DHL"), term("segment:silver", "carrier", "UPS"),
    )  # fmt: skip
    assert found.agreed == NO_TERMS._replace(payment_days=30, freight=Decimal("9.90"), carrier="DHL")
    assert {name: each.term.subject for name, each in found.origins.items()} == {
        "payment_days": "segment:gold", "freight": "all", "carrier": "account:0",
    }  # fmt: skip
    assert [(each.term.subject, each.because) for each in found.lost] == [("all", "segment:gold beats all")]


def test_a_contract_counts_where_it_is_cited_and_then_before_the_nearest_subject() -> None:
    rows = (term("account:1", "payment_days", "14"), term("all", "payment_days", "60", "K-1"))
    assert resolved(*rows).agreed.payment_days == 14
    assert resolved(*rows).lost[0].because == "contract K-1 is not cited"
    cited = resolved(*rows, contract="K-1")
    assert (cited.agreed.payment_days, cited.lost[0].because) == (60, "contract K-1 is cited")


def test_of_one_subject_the_newest_term_that_is_valid_holds() -> None:
    rows = (
        term("all", "carrier", "old"),
        term("all", "carrier", "now", valid_from=TODAY, valid_to=TODAY),
        term("all", "carrier", "next", valid_from=date(2027, 1, 1)),
        term("all", "carrier", "over", valid_from=date(2026, 1, 1), valid_to=date(2026, 5, 31)),
    )
    found = resolved(*rows)
    assert found.agreed.carrier == "now"
    assert {each.term.value: each.because for each in found.lost} == {
        "next": "not before 2027-01-01", "over": "ended 2026-05-31", "old": "a newer one holds from 2026-06-01",
    }  # fmt: skip


def test_the_columns_of_an_account_are_terms_of_it_that_a_row_of_it_stands_before() -> None:
    own = account("1", payment_terms="30 days", min_order_value=Decimal(50))
    above = account("0", payment_terms="60 days", incoterm="dap", free_freight_from=Decimal("500.50"))
    found = resolved(term("account:1", "min_order_value", "80"), accounts=(own, above))
    assert found.agreed == NO_TERMS._replace(
        payment_terms="30 days", min_order_value=Decimal(80), incoterm="dap", free_freight_from=Decimal("500.50")
    )
    assert {each.term.value: each.because for each in found.lost} == {
        "60 days": "account:1 beats account:0", "50": "a row of terms beats the account's column",
    }  # fmt: skip
    assert found.agreed.due_days == 30
    assert terms_of(above).incoterm == "dap"


def test_a_place_that_is_agreed_farther_off_than_the_incoterm_is_the_place_of_another_one() -> None:
    place = term("all", "incoterm_place", "Hamburg")
    far = resolved(place, term("account:1", "incoterm", "EXW"))
    assert (far.agreed.incoterm, far.agreed.incoterm_place) == ("EXW", None)
    assert far.lost[0].because == "account:1 has another Incoterm"
    near = resolved(term("all", "incoterm", "DAP"), place, term("account:1", "incoterm_place", "Kiel"))
    assert (near.agreed.incoterm, near.agreed.incoterm_place) == ("DAP", "Kiel")


def test_values_are_read_by_the_form_of_their_field() -> None:
    agreed = resolved(
        term("all", "payment_discount", "3/14 2.5/30"), term("all", "cut_off", "9:30 Europe/Berlin"),
        term("all", "delivery_days", "fri-mon 3"), term("all", "tolerance", "line_value=1"),
    ).agreed  # fmt: skip
    assert agreed == NO_TERMS._replace(
        payment_discount=(Part(Decimal(3), 14), Part(Decimal("2.5"), 30)), cut_off=CutOff(time(9, 30), "Europe/Berlin"),
        delivery_days=frozenset({4, 5, 6, 0, 2}), tolerance=Tolerance(line_value=Decimal(1)),
    )  # fmt: skip


def test_the_trace_tells_every_origin_and_every_loser() -> None:
    found = resolved(term("account:1", "carrier", "DHL", valid_from=TODAY), term("all", "carrier", "UPS", "K-9"))
    assert found.trace() == {
        "terms": {"carrier": {"value": "DHL", "subject": "account:1", "contract": None, "valid_from": "2026-06-01"}},
        "lost": [{
            "field": "carrier", "value": "UPS", "subject": "all", "contract": "K-9", "valid_from": None,
            "because": "contract K-9 is not cited",
        }],
    }  # fmt: skip


ROWS = st.lists(
    st.builds(
        term,
        st.sampled_from(SUBJECTS),
        st.sampled_from(["carrier", "packaging"]),
        st.sampled_from("abc"),
        st.sampled_from(["", "K-1", "K-2"]),
        valid_from=st.sampled_from([None, date(2026, 1, 1), TODAY, date(2027, 1, 1)]),
        valid_to=st.sampled_from([None, TODAY, date(2026, 3, 1)]),
    ),
    unique_by=lambda row: (row.subject, row.contract, row.field, row.valid_from),
    max_size=12,
)


@given(ROWS, st.randoms(use_true_random=False), st.sampled_from([None, "K-1"]))
def test_the_order_in_which_rows_are_read_does_not_matter(rows: list[Term], chance: Random, cited: str | None) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    found = resolved(*rows, contract=cited)
    assert resolved(*shuffled, contract=cited) == found
    assert len(found.origins) + len(found.lost) == len(rows)


@given(
    st.sampled_from(sorted(FIELDS)),
    st.one_of(st.text(), st.text("0123456789-/;:. monfrtueEXWDAP=%_price", max_size=30)),
)
def test_whatever_is_written_is_a_value_or_is_refused(field: str, text: str) -> None:
    with contextlib.suppress(ValueError):
        FIELDS[field].read(text)
