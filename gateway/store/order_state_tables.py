"""The table of how far the lines of orders got after they were confirmed."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import Field, SQLModel

from gateway.store.types import Scaled


class OrderLineStateRow(SQLModel, table=True):
    """How far a line got: what was shipped and invoiced so far in its confirmed unit, the last day of a report."""

    __tablename__ = "order_line_state"
    order_id: str = Field(primary_key=True, foreign_key="trade_order.id")
    position: int = Field(primary_key=True)
    state: str
    shipped: Decimal = Field(sa_type=Scaled)
    invoiced: Decimal = Field(sa_type=Scaled)
    on: str | None = None
    changed_at: str
