"""What accounts bought, for scales that count it; what orders take is kept as it stood, as trade data are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    false,
    inspect,
    text,
)

revision = "0012"
down_revision = "0011"

_ROWS = 1_000
_NAMES = ("account", "product", "ordered_on", "order_id")
# Of confirmed lines, as far as their article and its unit are still known.
_CONFIRMED = text(
    "SELECT trade_order.id AS order_id, trade_order.account AS account, trade_order.ordered_on AS ordered_on,"
    " product.sku AS product, product.base_unit AS unit, order_line.confirmed_quantity_e6 AS quantity,"
    " product_unit.numerator AS numerator, product_unit.denominator AS denominator"
    " FROM trade_order JOIN order_line ON order_line.order_id = trade_order.id"
    " JOIN product ON product.sku = order_line.product"
    " JOIN product_unit ON product_unit.sku = product.sku AND product_unit.code = order_line.confirmed_unit"
    " WHERE NOT trade_order.test AND trade_order.decision IN ('accepted', 'changed')"
    " AND trade_order.state <> 'cancelled' AND trade_order.kind <> 'blanket'"
    " AND order_line.decision IN ('accepted', 'changed') AND order_line.confirmed_quantity_e6 > 0"
    " ORDER BY trade_order.id, product.sku"
)


def upgrade() -> None:
    """The schema one step on."""
    op.add_column("data_sequence", Column("trade", Integer, nullable=False, server_default="0"))
    op.add_column("data_sequence", Column("purchases", Boolean, nullable=False, server_default=false()))
    op.execute("UPDATE data_sequence SET trade = value")
    op.create_table(
        "bought",
        *(Column(name, String, nullable=False) for name in (*_NAMES, "unit")),
        Column("quantity", BigInteger, nullable=False),
        ForeignKeyConstraint(["order_id"], ["trade_order.id"]),
        PrimaryKeyConstraint(*_NAMES),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bought_order_id", "bought", ["order_id"])
    for name in ("call_off", "bought"):
        op.add_column(name, Column("updated_seq", BigInteger, nullable=False, server_default="0"))
        _former(name)
    _fill(op.get_bind())


def _former(name: str) -> None:
    """A table of the same columns, whose rows held until a change."""
    schema = inspect(op.get_bind())
    columns = [Column(each["name"], each["type"], nullable=each["nullable"]) for each in schema.get_columns(name)]
    former = f"{name}_history"
    op.create_table(
        former,
        *columns,
        Column("ended_seq", BigInteger, nullable=False),
        PrimaryKeyConstraint(*schema.get_pk_constraint(name)["constrained_columns"], "ended_seq"),
        sqlite_with_rowid=False,
    )
    for index in schema.get_indexes(name):
        names = [str(column) for column in index["column_names"]]
        op.create_index(f"{former}_by_{'_'.join(names)}", former, names)


def _fill(db: Connection) -> None:
    """What is confirmed of the orders that are stored: it counts at every number of the data sequence."""
    into = Table("bought", MetaData(), autoload_with=db)
    with db.execute(_CONFIRMED.execution_options(yield_per=_ROWS)) as found:
        rows = _rows(found)
        while some := list(islice(rows, _ROWS)):
            db.execute(into.insert(), some)


def _rows(found: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """A row for each article of each order, in millionths of its base unit."""
    for _, lines in groupby(found, key=lambda line: (line.order_id, line.product)):
        of_one = list(lines)
        quantity = sum(_half_up(line.quantity * line.numerator, line.denominator) for line in of_one)
        yield {name: getattr(of_one[0], name) for name in (*_NAMES, "unit")} | {"quantity": quantity, "updated_seq": 0}


def _half_up(whole: int, parts: int) -> int:
    return (2 * whole + parts) // (2 * parts)
