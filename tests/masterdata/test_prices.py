"""Everything a price condition may state is kept as stated; what would have no effect or no sense is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.masterdata.exporting import export_rows
from gateway.model.price import PriceCondition
from gateway.store.engine import Store
from gateway.store.trade import every

from .files import Importer, refused

PRICE = {"key": "k", "subject": "all", "object": "product:SCREW", "type": "PRICE", "amount": "4.15", "currency": "EUR"}
DISCOUNT = {"key": "k", "subject": "all", "object": "product:SCREW", "type": "DISC_PCT", "amount": "-3"}
LADDER = {**DISCOUNT, "type": "DISC_LADDER", "amount": "10+5+2"}
FREIGHT = {"key": "k", "subject": "all", "object": "all", "type": "FREIGHT", "amount": "9.90", "currency": "EUR"}


def file(row: dict[str, str]) -> str:
    return f"{','.join(row)}\n{','.join(row.values())}\n"


def stored(store: Store) -> PriceCondition:
    with store.read() as db:
        (row,) = every(db, PriceCondition)
    return row


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (LADDER, {"ladder": "10+5+2", "amount": Decimal(0)}),
        ({**LADDER, "amount": "7.5"}, {"ladder": "7.5", "amount": Decimal(0)}),
        ({**LADDER, "amount": "10.0+33.333333"}, {"ladder": "10+33.333333"}),
        (
            {**PRICE, "scale_basis": "group_qty", "scale_group": "bolts", "scale_mode": "graduated"},
            {"scale_basis": "group_qty", "scale_group": "bolts", "scale_mode": "graduated", "scale_unit": "C62"},
        ),
        ({**DISCOUNT, "scale_basis": "weight", "min_quantity": "50"}, {"scale_basis": "weight", "scale_unit": "KGM"}),
        ({**DISCOUNT, "scale_basis": "volume", "scale_unit": "LTR"}, {"scale_basis": "volume", "scale_unit": "LTR"}),
        (
            {**DISCOUNT, "scale_basis": "value", "currency": "EUR", "min_quantity": "500"},
            {"scale_basis": "value", "scale_unit": None, "min_quantity": Decimal(500)},
        ),
        ({**DISCOUNT, "exclusion_group": "promo"}, {"exclusion_group": "promo", "exclusion_mode": "best"}),
        ({**DISCOUNT, "exclusion_group": "promo", "exclusion_mode": "sum"}, {"exclusion_mode": "sum"}),
        ({**DISCOUNT, "stack": "yes", "stop": "yes", "step": "25"}, {"stack": True, "stop": True, "step": 25}),
        ({**PRICE, "floor": "4", "call_off_max": "1000"}, {"floor": Decimal(4), "call_off_max": Decimal(1000)}),
        ({**PRICE, "statistical": "yes"}, {"statistical": True}),
        ({**DISCOUNT, "type": "REBATE"}, {"statistical": True, "amount": Decimal(-3)}),
        ({**FREIGHT, "min_quantity": "500", "scale_basis": "value", "amount": "0"}, {"amount": Decimal(0)}),
        ({**FREIGHT, "type": "HEADER_ABS", "amount": "-20"}, {"amount": Decimal(-20)}),
        ({**FREIGHT, "type": "MIN_QTY_FEE", "min_quantity": "50", "scale_basis": "value"}, {"scale_basis": "value"}),
        ({**PRICE, "type": "PACK_FEE", "per": "1", "unit": "BX"}, {"unit": "BX"}),
        ({**PRICE, "type": "MIN_QTY_FEE", "min_quantity": "50"}, {"min_quantity": Decimal(50)}),
        ({**PRICE, "object": "configuration:RAL9005"}, {"object": "configuration:RAL9005"}),
    ],
)
def test_what_a_row_states_is_kept_and_goes_out_again_unchanged(take: Importer, store: Store, row, kept) -> None:
    assert refused(take("prices", file(row))) == []
    condition = stored(store)
    assert {name: getattr(condition, name) for name in kept} == kept
    exported = "".join(export_rows(store, "prices"))
    again = take("prices", exported)
    assert (again.unchanged, again.refusals) == (1, ())


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ({**PRICE, "amount": "10+5"}, "amount", "import.value.invalid"),
        ({**PRICE, "amount": "-1"}, "amount", "import.value.sign"),
        ({**PRICE, "amount": "NaN"}, "amount", "import.value.invalid"),
        ({**LADDER, "amount": "-10"}, "amount", "import.value.sign"),
        ({**LADDER, "amount": "10+0"}, "amount", "import.value.invalid"),
        ({**LADDER, "amount": "10+101"}, "amount", "import.value.invalid"),
        ({**LADDER, "amount": "10++5"}, "amount", "import.value.invalid"),
        ({**LADDER, "amount": "10+.5"}, "amount", "import.value.invalid"),
        ({**DISCOUNT, "amount": "3"}, "amount", "import.value.sign"),
        ({**DISCOUNT, "amount": "-100.01"}, "amount", "import.value.invalid"),
        ({**DISCOUNT, "type": "SURCH_PCT", "amount": "1000.1"}, "amount", "import.value.invalid"),
        ({**DISCOUNT, "type": "REBATE", "amount": "2"}, "amount", "import.value.sign"),
        ({**DISCOUNT, "type": "REBATE", "statistical": "no"}, "statistical", "import.value.invalid"),
        ({**DISCOUNT, "type": "METAL"}, "type", "import.value.invalid"),
        ({**DISCOUNT, "per": "100"}, "per", "import.value.invalid"),
        ({**DISCOUNT, "step": "-1"}, "step", "import.value.sign"),
        ({**DISCOUNT, "floor": "1"}, "floor", "import.value.invalid"),
        ({**DISCOUNT, "call_off_max": "1"}, "call_off_max", "import.value.invalid"),
        ({**DISCOUNT, "exclusion_mode": "best"}, "exclusion_group", "import.value.missing"),
        ({**DISCOUNT, "exclusion_group": "g", "exclusion_mode": "any"}, "exclusion_mode", "import.value.invalid"),
        ({**PRICE, "exclusion_group": "g"}, "exclusion_group", "import.value.invalid"),
        ({**PRICE, "stack": "yes"}, "stack", "import.value.invalid"),
        ({**PRICE, "base": "list"}, "base", "import.value.invalid"),
        ({**PRICE, "floor": "4.16"}, "floor", "import.value.invalid"),
        ({**PRICE, "floor": "-1"}, "floor", "import.value.sign"),
        ({**PRICE, "call_off_max": "0"}, "call_off_max", "import.value.sign"),
        ({**PRICE, "scale_group": "g"}, "scale_group", "import.value.invalid"),
        ({**PRICE, "scale_basis": "group_qty"}, "scale_group", "import.value.missing"),
        ({**PRICE, "scale_period": "month"}, "scale_period", "import.value.invalid"),
        ({**PRICE, "scale_basis": "weight", "scale_period": "year"}, "scale_period", "import.value.invalid"),
        ({**FREIGHT, "scale_period": "year"}, "scale_period", "import.value.invalid"),
        ({**PRICE, "scale_mode": "exact"}, "min_quantity", "import.value.missing"),
        ({**PRICE, "scale_basis": "value"}, "scale_basis", "import.value.invalid"),
        ({**PRICE, "scale_basis": "pallets"}, "scale_basis", "import.value.invalid"),
        ({**PRICE, "scale_basis": "weight", "scale_unit": "C62"}, "scale_unit", "import.unit.unknown"),
        ({**PRICE, "scale_unit": "KGM"}, "scale_unit", "import.unit.unknown"),
        ({**PRICE, "unit": "KGM"}, "unit", "import.unit.unknown"),
        ({**PRICE, "currency": "EUX"}, "currency", "import.value.invalid"),
        ({**PRICE, "currency": ""}, "currency", "import.value.missing"),
        ({**DISCOUNT, "scale_basis": "value", "min_quantity": "5"}, "currency", "import.value.missing"),
        ({**PRICE, "valid_from": "2026-02-01", "valid_to": "2026-01-31"}, "valid_to", "import.validity"),
        ({**PRICE, "object": "class:etim/1"}, "object", "import.value.invalid"),
        ({**FREIGHT, "object": "product:SCREW"}, "object", "import.value.invalid"),
        ({**FREIGHT, "unit": "C62"}, "unit", "import.value.invalid"),
        ({**FREIGHT, "per": "2"}, "per", "import.value.invalid"),
        ({**FREIGHT, "min_quantity": "5"}, "scale_basis", "import.value.invalid"),
        ({**FREIGHT, "scale_mode": "graduated"}, "scale_mode", "import.value.invalid"),
        ({**FREIGHT, "stop": "yes"}, "stop", "import.value.invalid"),
        ({**FREIGHT, "amount": "-1"}, "amount", "import.value.sign"),
        ({**FREIGHT, "type": "MIN_QTY_FEE"}, "min_quantity", "import.value.missing"),
        ({**FREIGHT, "type": "HEADER_PCT", "amount": "-3", "base": "list"}, "base", "import.value.invalid"),
        ({**FREIGHT, "type": "PACK_FEE", "scale_basis": "group_qty", "scale_group": "g"}, "scale_basis",
         "import.value.invalid"),
    ],
)  # fmt: skip
def test_a_price_is_refused_where_it_would_mislead(take: Importer, store: Store, row, column, code) -> None:
    assert [(each.column, each.code) for each in take("prices", file(row)).refusals] == [(column, code)]


def test_periods_may_overlap_and_what_is_written_like_a_default_is_no_fault(take: Importer) -> None:
    rows = (
        "subject,object,type,amount,currency,per,valid_from,valid_to,base,stack,stop,scale_mode,scale_basis,statistical\n"
        "all,product:SCREW,PRICE,1,EUR,1,2026-01-01,2026-12-31,running,no,no,level,qty,no\n"
        "all,product:SCREW,PRICE,2,EUR,1,2026-06-01,2027-06-30,running,no,no,level,qty,no\n"
    )
    assert take("prices", rows).inserted == 2
