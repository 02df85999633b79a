"""Baskets at random cost the same, for the same reasons, whichever store their conditions were read from."""

from __future__ import annotations

from dataclasses import replace

from gateway.commerce.conditions import objects
from gateway.model.price import PriceCondition, PriceList
from gateway.store.engine import Store
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges
from tests.commerce.price_cases import case
from tests.commerce.test_price_oracle import basket_of, facts

BASKETS = 8


def test_random_baskets_from_either_store_have_the_prices_and_traces_of_their_rows(store: Store) -> None:
    for seed in range(BASKETS):
        made = case(seed)
        with store.write() as db:
            changes = TradeChanges(db)
            changes.delete_conditions([row.key for row in case(seed - 1).rows] if seed else [])
            changes.put(PriceList, list(made.lists.values()))
            changes.put(PriceCondition, list(made.rows))
        named = {name for line in made.lines for name in objects(line.product, line.configuration)}
        with store.read() as db:
            trade = Trade(db)
            read = trade.conditions(made.subjects, named)
            lists = trade.lists({row.list for row in read})
        concerned = [row for row in made.rows if row.subject in made.subjects and row.object in named]
        assert sorted(read, key=lambda row: row.key) == sorted(concerned, key=lambda row: row.key)
        kept = basket_of(replace(made, lists={**made.lists, **lists}), tuple(read))
        told = basket_of(made, made.rows)
        assert facts(kept) == facts(told)
        assert [line and line.trace() for line in kept.lines] == [line and line.trace() for line in told.lines]
        assert kept.trace() == told.trace()
