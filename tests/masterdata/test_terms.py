"""Terms, calendars and tax rates on their way into the store: what is taken, and what each refusal says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.commerce.term_fields import ALSO, FIELDS
from gateway.masterdata import terms
from gateway.model.terms import DeliveryCalendar, Term
from gateway.store.engine import Store
from gateway.store.terms import TradeTerms
from gateway.store.trade import every

from .files import Importer, counts, refused

TERMS = "subject,contract,field,value,valid_from,valid_to\n"
CALENDARS = "calendar,country,region,weekdays,closed_on,cut_off\n"
RATES = "tax_class,country,rate,valid_from,valid_to\n"
VALUES = {
    "payment_terms": "30 days net", "payment_days": "30", "payment_discount": "3/14 2.5/30",
    "payment_method": "TRANSFER", "payment_installments": "30/0 70/60",
    "dunning": "7 14 21", "incoterm": "dap", "incoterm_place": "Hamburg",
    "incoterm_year": "2020", "shipping_methods": "express, forwarder", "shipping_method": "pickup", "carrier": "DHL",
    "carrier_account": "X-1", "freight": "9.90", "free_freight_from": "500", "min_order_value": "50",
    "min_order_value_kind": "soft", "min_order_value_fee": "10", "max_order_value": "100000", "small_quantity_fee": "5",
    "partial_delivery": "no", "backorder_policy": "cancel", "lead_time_days": "3", "cut_off": "14:00 Europe/Berlin",
    "delivery_days": "tue thu", "delivery_calendar": "NORTH", "packaging": "euro pallets", "labels": "sscc",
    "invoicing": "month", "invoice_form": "ZUGFeRD", "tolerance": "unit_price=0.05 line_value=1",
    "pricing_date_basis": "shipment", "price_rounding": "half_even", "below_floor": "hold", "tax_basis": "line",
    "returns": "14",
}  # fmt: skip


def row(field: str, value: str, subject: str = "account:1") -> str:
    return f'{subject},,{field},"{value}",,\n'


def stored(store: Store) -> list[Term]:
    with store.read() as db:
        return list(every(db, Term))


def test_every_field_is_taken(take: Importer, store: Store) -> None:
    assert VALUES.keys() == FIELDS.keys()
    assert take("calendars", CALENDARS + "NORTH,DE,,,,\n").inserted == 1
    report = take("terms", TERMS + "".join(row(*each) for each in VALUES.items()))
    assert counts(report) == {"rows": len(FIELDS), "inserted": len(FIELDS)}
    assert {each.field: each.value for each in stored(store)} == VALUES


@pytest.mark.parametrize(("other", "field"), ALSO.items())
def test_a_field_is_known_by_its_other_names(take: Importer, store: Store, other: str, field: str) -> None:
    place = row("incoterm_place", "Kiel") if field == "incoterm" else ""
    report = take("terms", TERMS + place + row(other, VALUES[field]))
    assert report.refusals == ()
    assert field in {each.field for each in stored(store)}


@pytest.mark.parametrize(("field", "value", "told"), [
    ("payment_days", "soon", "write one like 30"), ("payment_days", "-1", "from 0 to 999"),
    ("payment_days", "1000", "from 0 to 999"), ("payment_days", "٣", "write one like 30"),
    ("payment_discount", "2 %", "write 2/10"), ("payment_discount", "0/10", "above 0"),
    ("payment_discount", ";", "says nothing"), ("payment_installments", "30/0 60/60", "comes to 90 %"),
    ("incoterm", "DAT", "Incoterms 2020 have DPU"), ("incoterm", "DAP Kiel", "write the place as incoterm_place"),
    ("incoterm", "frei Haus", "none of EXW"), ("incoterm_year", "2010", "none of 2020"),
    ("shipping_methods", "post bike", "'bike' is none of"), ("min_order_value", "-1", "is below 0"),
    ("min_order_value", "fifty", "not a number"), ("min_order_value_kind", "weak", "none of hard, soft"),
    ("partial_delivery", "maybe", "none of yes, line, no"), ("cut_off", "25:00", "write 14:00"),
    ("cut_off", "14:00 Berlin", "no time zone"), ("delivery_days", "tue moon", "'moon' is no day"),
    ("delivery_days", "0", "is no day"), ("delivery_days", "mon-", "is no day"),
    ("tolerance", "price=1", "one or more of unit_price"), ("tolerance", "unit_price=-1", "below 0"),
    ("pricing_date_basis", "invoice", "none of order"), ("returns", "two weeks", "write one like 30"),
])  # fmt: skip
@pytest.mark.one_store
def test_a_value_of_another_form_is_refused_with_the_right_form(
    take: Importer, field: str, value: str, told: str
) -> None:
    report = take("terms", TERMS + row(field, value))
    assert refused(report) == [(2, "value", "import.value.invalid")]
    assert told in report.refusals[0].text


@pytest.mark.parametrize(("rows", "column", "code"), [
    ("account:99,,carrier,DHL,,\n", "subject", "import.account.unknown"),
    ("team:x,,carrier,DHL,,\n", "subject", "import.value.invalid"),
    ("all,,colour,red,,\n", "field", "import.value.invalid"),
    ("all,,carrier,,,\n", "value", "import.value.missing"),
    ("all,,carrier,DHL,2026-02-01,2026-01-01\n", "valid_to", "import.validity"),
    ("all,,freight,1234567890123,,\n", "value", "number.too-large"),
    ("all,,delivery_calendar,NOWHERE,,\n", "value", "import.calendar.unknown"),
    ("all,,incoterm,DAP,,\n", "value", "import.incoterm.place"),
    ("all,K-1,incoterm,DAP,,\nall,,incoterm_place,Kiel,,\n", "value", "import.incoterm.place"),
])  # fmt: skip
def test_a_row_that_can_not_hold_is_refused(take: Importer, rows: str, column: str, code: str) -> None:
    assert refused(take("terms", TERMS + rows)) == [(2, column, code)]


def test_the_place_of_an_incoterm_may_be_in_the_store(take: Importer) -> None:
    assert take("terms", TERMS + row("incoterm_place", "Kiel", "all")).inserted == 1
    assert take("terms", TERMS + row("incoterm", "DAP", "all")).inserted == 1


def test_a_term_can_be_taken_away(take: Importer, store: Store) -> None:
    take("terms", TERMS + row("carrier", "DHL", "all"))
    assert counts(take("terms", "action," + TERMS + "delete,all,,carrier,DHL,,\n")) == {"rows": 1, "ended": 1}
    assert stored(store) == []


@pytest.mark.parametrize(("rows", "column", "told"), [
    ("N,XX,,,,\n", "country", "no country code of ISO 3166-1"), ("N,DE,ZZ,,,\n", "region", "no region of DE"),
    ("N,,BY,,,\n", "country", "empty or left out"), ("N,de,,,,\n", "country", "two capitals"),
    ("N,,,xyz,,\n", "weekdays", "no day of the week"), ("N,,,,24.12.2026,\n", "closed_on", "write 2026-12-24"),
    ("N,,,,2026-12-31/2026-12-01,\n", "closed_on", "ends before"),
    ("N,,,,2026-01-01/2029-01-01,\n", "closed_on", "1000"),
    ("N,,,,,noon\n", "cut_off", "write 14:00"),
])  # fmt: skip
def test_a_calendar_that_can_not_be_read_is_refused(take: Importer, rows: str, column: str, told: str) -> None:
    report = take("calendars", CALENDARS + rows)
    assert [each.column for each in report.refusals] == [column]
    assert told in report.refusals[0].text


def test_a_country_whose_holidays_nobody_knows_is_refused(take: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "regions", lambda: {"DE": ()})
    report = take("calendars", f"{CALENDARS}N,FR,,,,\n")
    assert "holidays of FR are not known; leave it empty" in report.refusals[0].text


def test_a_calendar_is_one_row(take: Importer, store: Store) -> None:
    report = take("calendars", CALENDARS + "N,,,,2026-12-24,\nN,,,,2026-12-31,\n")
    assert refused(report) == [(3, "calendar", "import.calendar.repeated")]
    with store.read() as db:
        assert list(every(db, DeliveryCalendar)) == [DeliveryCalendar(calendar="N", closed_on="2026-12-24")]


def test_tax_rates_are_those_of_the_day_in_the_country(take: Importer, store: Store) -> None:
    rows = "full,DE,19,,\nfull,DE,20,2027-01-01,2027-12-31\nfull,FR,20,,\nlow,DE,7,2026-07-01,\n"
    assert take("tax-rates", RATES + rows).inserted == 4
    with store.read() as db:
        terms = TradeTerms(db)

        def on(year: int, month: int, *classes: str) -> dict[str, Decimal]:
            return terms.tax_rates(classes, "DE", date(year, month, 1))

        assert on(2026, 6, "full", "low") == {"full": 19}
        assert on(2026, 7, "full", "low", "none") == {"full": 19, "low": 7}
        assert on(2027, 1, "full") == {"full": 20}
        assert on(2028, 1, "full") == {"full": 19}


@pytest.mark.parametrize(("rows", "column"), [
    ("full,DE,-1,,\n", "rate"), ("full,DE,190,,\n", "rate"), ("full,DE,x,,\n", "rate"), ("full,,19,,\n", "country"),
    ("full,DE,19,2026-02-01,2026-01-01\n", "valid_to"),
])  # fmt: skip
def test_a_rate_that_is_none_is_refused(take: Importer, rows: str, column: str) -> None:
    assert [each.column for each in take("tax-rates", RATES + rows).refusals] == [column]
