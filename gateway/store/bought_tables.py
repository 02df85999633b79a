"""The table of what accounts bought: the quantities that scales over a period count."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import Field, SQLModel

from gateway.store.history import keep_history
from gateway.store.types import Scaled


class BoughtRow(SQLModel, table=True):
    """So much of an article, in its base unit, was bought by an account with an order of a day (ISO 8601)."""

    __tablename__ = "bought"
    __table_args__ = {"sqlite_with_rowid": False}
    account: str = Field(primary_key=True)
    product: str = Field(primary_key=True)
    ordered_on: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True, foreign_key="trade_order.id", index=True)
    unit: str
    quantity: Decimal = Field(sa_type=Scaled)


keep_history(BoughtRow)
