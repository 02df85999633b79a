"""What a buyer's procurement system asks of the shop: a cXML PunchOutSetupRequest or an OCI call, in one form."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from gateway.model.order import Price
from gateway.model.party import Party
from gateway.model.value import Value


class Operation(StrEnum):
    """What the shop is opened for (cXML PunchOutSetupRequest@operation; OCI knows `create` alone).

    create: a new cart; edit: one that was given before is changed; inspect: it is only looked at; source: the shop is
    asked for a quote.
    """

    CREATE = "create"
    EDIT = "edit"
    INSPECT = "inspect"
    SOURCE = "source"


class SetupItem(Value, kw_only=True):
    """An item the buyer's system has already (ItemOut). `auxiliary_id` is as it was given to it, unchanged.

    `unit` is in UN/ECE Rec 20, None where the code stated, `unit_as_received`, is not known.
    """

    position: int
    supplier_sku: str | None = None
    auxiliary_id: str | None = None
    buyer_sku: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    price: Price | None = None
    text: str | None = None
    unspsc: str | None = None


class PunchoutSetup(Value, kw_only=True):
    """What a setup or a call says; nothing in it is proof of who asks.

    `buyer_cookie` goes back as it came, without blanks around it; `return_url` is where the cart goes. `selected` names
    the article to begin with (cXML SelectedItem, OCI PRODUCTID). `language` is of RFC 5646 as stated, `currency` of
    ISO 4217. `extras` are fields the two sides agreed on (extrinsics, fields of the call), none of them ever required.
    """

    operation: Operation = Operation.CREATE
    buyer_cookie: str = ""
    return_url: str | None = None
    items: tuple[SetupItem, ...] = ()
    selected: str | None = None
    selected_auxiliary_id: str | None = None
    user: str | None = None
    email: str | None = None
    user_name: str | None = None
    language: str | None = None
    currency: str | None = None
    ship_to: Party | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)
