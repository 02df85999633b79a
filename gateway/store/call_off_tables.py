"""The table of what orders take of prices whose quantity is limited."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import Field, SQLModel

from gateway.store.history import keep_history
from gateway.store.types import Scaled


class CallOffRow(SQLModel, table=True):
    """So much of a price condition, in its unit, is taken by a line of an order."""

    __tablename__ = "call_off"
    order_id: str = Field(primary_key=True, foreign_key="trade_order.id")
    position: int = Field(primary_key=True)
    condition: str = Field(primary_key=True, index=True)
    quantity: Decimal = Field(sa_type=Scaled)


keep_history(CallOffRow)
