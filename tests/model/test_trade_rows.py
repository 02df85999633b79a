"""Rows of trade data as messages carry them."""

from __future__ import annotations

import msgspec

from gateway.masterdata.kinds import KINDS
from gateway.model.trade_rows import IMPORT_KINDS, Row, TradeRows
from gateway.model.value import to_json


def test_a_message_can_carry_every_kind_that_can_be_imported() -> None:
    assert tuple(KINDS) == IMPORT_KINDS


def test_rows_survive_their_json() -> None:
    rows = TradeRows(kind="stock", rows=(Row(position=1, cells={"sku": "A1", "quantity": "5"}),))
    assert msgspec.json.decode(to_json(rows), type=TradeRows) == rows
