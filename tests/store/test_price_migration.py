"""Price conditions of an older database are all there after the upgrade, under their keys."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Date, bindparam, func, select, text

import gateway.store.migrations
from gateway.model.price import PriceCondition, PriceList
from gateway.store.condition_queries import CONDITION, FORM
from gateway.store.engine import Store, open_store
from gateway.store.migrate import upgrade
from gateway.store.trade import Trade, every
from gateway.store.trade_changes import Change, TradeChanges

ROWS = 2_500
LIST = text(
    "INSERT INTO price_list (list, kind, tax, priority, exclusive, status) VALUES (:l, 'list', 'net', 0, :e, :s)"
)
OLD = text(
    "INSERT INTO price_condition (key, list, subject, object, type, amount, currency, per, unit, min_quantity, "
    "scale_unit, valid_from, contract, contract_line, step, base, stop) VALUES (:key, 'default', :subject, :object, "
    ":type, :amount, 'EUR', :per, 'PCE', :least, 'PCE', :first, :contract, :line, :step, 'running', :stop)"
).bindparams(bindparam("first", type_=Date))


def condition(number: int) -> PriceCondition:
    key = f"account:{number % 7}|product:A-{number}|PRICE|EUR|PCE|{number % 3}|default|2026-01-01"
    return PriceCondition(
        key=key if number % 2 else f"ERP-{number}", list="default", subject=f"account:{number % 7}",
        object=f"product:A-{number}", type="PRICE", amount=Decimal(number) / 8, currency="EUR",
        per=Decimal("0.5") if number % 5 == 0 else Decimal(1), unit="PCE", min_quantity=Decimal(number % 3),
        scale_unit="PCE", valid_from=date(2026, 1, 1), contract="K \u00fc" if number % 11 == 0 else None,
        contract_line=str(number) if number % 11 == 0 else None, step=3 if number % 13 == 0 else None,
        stop=number % 17 == 0,
    )  # fmt: skip


def old_row(value: PriceCondition) -> dict[str, object]:
    return {
        "key": value.key, "subject": value.subject, "object": value.object, "type": value.type,
        "amount": int(value.amount * 10**6), "per": int(value.per * 10**6), "least": int(value.min_quantity * 10**6),
        "first": value.valid_from, "contract": value.contract, "line": value.contract_line, "step": value.step,
        "stop": value.stop,
    }  # fmt: skip


def old_store(url: str, values: list[PriceCondition]) -> Store:
    """A store as the step before prices left it."""
    opened = open_store(url)
    with opened.write() as db:
        config = Config(attributes={"connection": db})
        scripts = Path(gateway.store.migrations.__file__).parent
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "0002")
        db.execute(LIST, {"l": "default", "e": False, "s": "active"})
        db.execute(OLD, [old_row(value) for value in values])
    return opened


def test_every_condition_of_an_older_database_is_there_after_the_upgrade(database_url: str) -> None:
    before = [condition(number) for number in range(1, ROWS + 1)]
    with closing(old_store(database_url, before)) as opened:
        upgrade(opened)
        with opened.read() as db:
            assert {each.key: each for each in every(db, PriceCondition)} == {each.key: each for each in before}
            assert Trade(db).conditions(["account:3"], ["product:A-3"]) == [condition(3)]
            assert db.execute(select(func.count(CONDITION.c.key))).scalar_one() == ROWS / 2
            forms = len(db.execute(select(FORM)).all())
        with opened.write() as db:
            changes = TradeChanges(db)
            # Forms are the same text as those of today, so that nothing is kept twice.
            assert set(changes.put(PriceCondition, before)) == {Change.UNCHANGED}
            changed = [condition(number + 7 * ROWS) for number in range(1, 200)]
            assert set(changes.put(PriceCondition, changed)) == {Change.INSERTED}
            assert len(db.execute(select(FORM)).all()) == forms


def test_an_older_database_without_prices_is_upgraded_too(database_url: str) -> None:
    with closing(open_store(database_url)) as opened:
        upgrade(opened)
        with opened.write() as db:
            assert TradeChanges(db).put(PriceList, [PriceList(list="default")]) == [Change.INSERTED]
            assert TradeChanges(db).put(PriceCondition, [condition(1)]) == [Change.INSERTED]
