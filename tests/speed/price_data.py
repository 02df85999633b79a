"""Accounts, articles and price conditions in any number, the same in every run, written past the single changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, insert

from gateway.model.account import Account
from gateway.model.price import PriceCondition, PriceList, natural_key
from gateway.model.product import Product, Unit
from gateway.store.condition_queries import CONDITION, FORM, OBJECT, SCOPE, SUBJECT
from gateway.store.conditions import code_of, form_of
from gateway.store.engine import Store
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges

GROUPS, SEGMENTS, PRICE_GROUPS, CATEGORIES, LISTS = 20, 20, 10, 200, 5_000
TIERS = (0, 100, 1_000)
_STRIDE = 7_919  # prime: the articles of an account lie all over the range
_ROWS = 500_000
_COLUMNS = ("subject", "object", "code", "form", "amount_e6", "min_quantity_e6", "updated_seq")
_PLAIN = PriceCondition(
    key="", list="", subject="", object="", type="PRICE", amount=Decimal(0), currency="EUR", unit="PCE",
    scale_unit="PCE",
)  # fmt: skip


class Size(NamedTuple):
    """How much there is: of a given number of conditions one in a hundred is an article, one in 500 an account.

    `articles` says how many articles there are otherwise.
    """

    conditions: int
    articles: int | None = None

    @property
    def products(self) -> int:
        """How many articles."""
        return self.articles or max(CATEGORIES, self.conditions // 100)

    @property
    def accounts(self) -> int:
        """How many accounts that buy; there are some parents beside them."""
        return max(GROUPS, self.conditions // 500)


def account(number: int) -> str:
    """The number of the account."""
    return f"{100_000 + number}"


def sku(number: int) -> str:
    """The SKU of the article."""
    return f"P-{number:06}"


def own_articles(size: Size, number: int) -> list[int]:
    """The articles for which the account has prices of its own."""
    rest = size.conditions - 3 * size.products - (GROUPS + SEGMENTS) * (size.products // 10) * 2
    each = min(size.products, max(1, rest // size.accounts // len(TIERS)))
    return sorted({(number * _STRIDE + place * 37) % size.products for place in range(each)})


def fill(store: Store, size: Size) -> None:
    """The store holds the accounts, articles and about as many conditions as said."""
    fill_names(store, size)
    with store.write() as db:
        names = _Names(db, size)
        number = Trade(db).data_seq()
    rows = iter(_conditions(size, names, number))
    while batch := list(islice(rows, _ROWS)):
        with store.write() as db:
            _bulk(db)(db, batch)


def fill_names(store: Store, size: Size) -> None:
    """The store holds the accounts, articles and lists, and no condition."""
    for values in (_accounts(size), _products(size), _lists()):
        for batch in _batches(values, 5_000):
            with store.write() as db:
                TradeChanges(db).put(type(batch[0]), batch)


def _batches(values: Iterable[Any], most: int) -> Iterator[list[Any]]:
    rest = iter(values)
    while batch := list(islice(rest, most)):
        yield batch


def _accounts(size: Size) -> Iterator[Account]:
    for number in range(GROUPS):
        yield Account(account=f"G{number}", name=f"Group {number}", type="buying_group")
    for number in range(size.accounts):
        yield Account(
            account=account(number), name=f"Account {number}", parent=f"G{number % GROUPS}",
            parent_kind="buying_group", segment=f"s{number % SEGMENTS}", price_group=f"p{number % PRICE_GROUPS}",
        )  # fmt: skip


def _products(size: Size) -> Iterator[Product]:
    for number in range(size.products):
        boxes = (Unit(code="BX", numerator=10),) if number % 3 == 0 else ()
        yield Product(
            sku=sku(number), name=f"Article {number}", base_unit="PCE", units=(Unit(code="PCE"), *boxes),
            category=_category(number), brand=f"b{number % 50}", family=f"f{number % 2_000}", unspsc="31161500",
        )  # fmt: skip


def _category(number: int) -> str:
    return f"c{number % 20}/d{number % CATEGORIES}"


def _lists() -> Iterator[PriceList]:
    for name in ("base", "groups", "segments", "discounts"):
        yield PriceList(list=name)
    for number in range(LISTS):
        contract = f"C{number}" if number % 4 == 0 else None
        yield PriceList(list=f"K{number}", kind="contract" if contract else "list", contract=contract)


class _Names:
    """The numbers of subjects, objects and forms: in the order of their names' numbers."""

    def __init__(self, db: Connection, size: Size) -> None:
        buyers = (f"account:{account(number)}" for number in range(size.accounts))
        groups = (f"buying-group:G{number}" for number in range(GROUPS))
        segments = (f"segment:s{number}" for number in range(SEGMENTS))
        price_groups = (f"price-group:p{number}" for number in range(PRICE_GROUPS))
        self.subjects = _numbered(["all", *groups, *segments, *price_groups, *buyers])
        categories = (f"category:{_category(number)}" for number in range(CATEGORIES))
        self.objects = _numbered([*(f"product:{sku(number)}" for number in range(size.products)), *categories])
        self.forms: dict[str, tuple[int, PriceCondition]] = {}
        for name in ("base", "groups", "segments", "discounts", *(f"K{number}" for number in range(LISTS))):
            fields = {"type": "DISC_PCT", "currency": None, "unit": None, "scale_unit": None}
            shared = msgspec.structs.replace(_PLAIN, list=name, **(fields if name == "discounts" else {}))
            self.forms[name] = (len(self.forms) + 1, shared)
        scopes = [(number, "product") for name, number in self.subjects.items() if not name.startswith("price-group")]
        scopes += [(number, "category") for name, number in self.subjects.items() if name.startswith("price-group")]
        db.execute(insert(SUBJECT), [{"id": number, "name": name} for name, number in self.subjects.items()])
        kinds = [{"id": number, "name": name, "kind": name.split(":")[0]} for name, number in self.objects.items()]
        db.execute(insert(OBJECT), kinds)
        db.execute(insert(SCOPE), [{"subject": number, "kind": kind} for number, kind in scopes])
        forms = [{"id": number, "list": each.list, "stated": form_of(each)} for number, each in self.forms.values()]
        db.execute(insert(FORM), forms)

    def rows(self, subject: str, named: str, of: str, prices: Iterable[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
        """A row for each least quantity and amount in hundredths."""
        form, shared = self.forms[of]
        place = self.subjects[subject], self.objects[named]
        for least, cents in prices:
            key = natural_key(shared, subject, named, Decimal(least), None)
            yield (*place, code_of(key), form, cents * 10_000, least * 10**6)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, 1)}


def _conditions(size: Size, names: _Names, number: int) -> Iterator[tuple[int, ...]]:
    for stated in _stated(size):
        for row in names.rows(*stated):
            yield (*row, number)


def _stated(size: Size) -> Iterator[tuple[str, str, str, list[tuple[int, int]]]]:
    """Subject, object, list, and least quantities with amounts in hundredths: in the order of the table."""
    for article in range(size.products):
        yield "all", f"product:{sku(article)}", "base", _ladder(article, 100)
    for group in range(GROUPS):
        for article in range(group % 10, size.products, 10):
            yield f"buying-group:G{group}", f"product:{sku(article)}", "groups", _ladder(article, 95)[:2]
    for segment in range(SEGMENTS):
        for article in range((segment + 5) % 10, size.products, 10):
            yield f"segment:s{segment}", f"product:{sku(article)}", "segments", _ladder(article, 97)[:2]
    for group in range(PRICE_GROUPS):
        for category in range(0, CATEGORIES, 5):
            percent = [(0, -100 * (1 + category % 7))]
            yield f"price-group:p{group}", f"category:{_category(category)}", "discounts", percent
    for buyer in range(size.accounts):
        name = f"account:{account(buyer)}"
        for article in own_articles(size, buyer):
            yield name, f"product:{sku(article)}", f"K{buyer % LISTS}", _ladder(article, 90 - buyer % 9)


def write_csv(size: Size, path: Path) -> int:
    """How many conditions the file holds: the same ones as an import takes them."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("list,subject,object,type,amount,currency,min_quantity\n")
        for subject, named, of, prices in _stated(size):
            kind, currency = ("DISC_PCT", "") if of == "discounts" else ("PRICE", "EUR")
            for least, cents in prices:
                file.write(f"{of},{subject},{named},{kind},{cents / 100:.2f},{currency},{least}\n")
                count += 1
    return count


def _ladder(article: int, percent: int) -> list[tuple[int, int]]:
    cents = (100 + article * 31 % 90_000) * percent // 100
    return [(least, cents * (100 - 4 * step) // 100) for step, least in enumerate(TIERS)]


def _bulk(db: Connection) -> Callable[[Connection, list[tuple[int, ...]]], None]:
    return _copied if isinstance(db.connection.driver_connection, PsycopgConnection) else _executed


def _executed(db: Connection, rows: list[tuple[int, ...]]) -> None:
    places = ", ".join("?" * len(_COLUMNS))
    db.connection.cursor().executemany(f"INSERT INTO {CONDITION.name} ({', '.join(_COLUMNS)}) VALUES ({places})", rows)  # noqa: S608 constants


def _copied(db: Connection, rows: list[tuple[int, ...]]) -> None:
    cursor: Any = db.connection.cursor()
    with cursor.copy(f"COPY {CONDITION.name} ({', '.join(_COLUMNS)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)
