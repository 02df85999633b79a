"""What an outbound mapping reads: the canonical documents there are to send, by name."""

from __future__ import annotations

import msgspec

from gateway.errors import ConfigError
from gateway.mapping.document import EffectiveDocument
from gateway.model.cart import Cart
from gateway.model.response import OrderResponse
from gateway.model.sales_order import SalesOrder
from gateway.model.status import OrderStatus
from gateway.model.trade_rows import IMPORT_KINDS, TradeRows

SENT: dict[str, type[msgspec.Struct]] = {
    "order_response": OrderResponse,
    "sales_order": SalesOrder,
    "order_status": OrderStatus,
    "cart": Cart,
    **dict.fromkeys(IMPORT_KINDS, TradeRows),
}


def source_document(document: EffectiveDocument) -> type[msgspec.Struct]:
    """The type of the document a mapping reads. Raises ConfigError where there is none of that name."""
    found = SENT.get(document.reads)
    if found is None:
        fault = f"there is no canonical document {document.reads!r} to send"
        header = document.chain[0].source
        raise ConfigError(problems=[header.problem(("reads",), fault, "it reads " + " or ".join(SENT))])
    return found
