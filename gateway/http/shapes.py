"""Shapes of the JSON API: what bodies may hold, and what answers look like in the OpenAPI document.

Bodies are read into these values. Answers are not: they are the objects of the command line, and these say what is in
them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gateway.commerce.product_view import ProductView
from gateway.commerce.service import Service
from gateway.model.account import Account, Contact
from gateway.model.segment import UsageEvent
from gateway.model.value import Value

MOST_LINES = 1_000

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]


class PriceLine(Value, kw_only=True):
    """How much of what: by our SKU, by GTIN or by the account's own number; the base unit where none is named."""

    quantity: Decimal
    product: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    unit: str | None = None


class PriceRequest(Value, kw_only=True):
    """Whose prices, on which day and in which currency.

    `account` may be left out with an account's own key; `on` is today and `currency` the account's where left out.
    With the `data_seq` of an earlier answer, and the same day, that answer is given again.
    """

    lines: Annotated[tuple[PriceLine, ...], Meta(min_length=1, max_length=MOST_LINES)]
    account: str | None = None
    on: date | None = None
    currency: Currency | None = None
    channel: str = "api"
    contract: str | None = None
    quote: str | None = None
    data_seq: Annotated[int, Meta(ge=0)] | None = None


class PriceAnswer(msgspec.Struct, kw_only=True):
    """A price and how it came about; all numbers are strings. Without a price `net` is null and `code` says why."""

    net: str | None
    account: str
    product: str | None
    quantity: str
    unit: str | None
    on: date
    currency: str
    data_seq: int
    code: str | None = None
    unit_price: str | None = None
    price_unit: str | None = None
    price_uom: str | None = None
    winner: dict[str, Any] | None = None
    steps: list[dict[str, Any]] | None = None
    lost: list[dict[str, Any]] | None = None
    next_tier: dict[str, Any] | None = None


class TierView(msgspec.Struct, kw_only=True):
    """A price from a quantity on: `unit_price` for `price_unit` of `price_uom`; valid on days that are named.

    With `above`, a step of a graduated scale, it is the price of what lies above so many of `unit`, up to the next one.
    """

    min_quantity: str
    unit: str
    unit_price: str
    price_unit: str
    price_uom: str
    currency: str
    valid_from: date | None = None
    valid_to: date | None = None
    above: str | None = None


class ListedView(msgspec.Struct, kw_only=True):
    """An article with its prices; without one `code` says why."""

    product: str
    name: str
    tiers: list[TierView] = []
    code: str | None = None


class PriceListView(msgspec.Struct, kw_only=True):
    """Everything an account may buy, by SKU, with its prices."""

    account: str
    on: date
    currency: str
    data_seq: int
    products: list[ListedView]


class PartyView(msgspec.Struct, kw_only=True):
    """A party of an account: role BY, DP, IV, PR or UC; scheme gln, ours, theirs, duns or vat."""

    role: str
    id: str
    scheme: str
    name: str | None
    street: str | None
    postcode: str | None
    city: str | None
    country: str | None
    valid_from: date | None
    valid_to: date | None


class AccountView(msgspec.Struct, kw_only=True):
    """An account with its parties and people, its segments of today (the nearest first), and who of us serves it."""

    account: Account
    parties: list[PartyView]
    contacts: list[Contact]
    segments: list[str]
    service: Service


class AccountPage(msgspec.Struct, kw_only=True):
    """Accounts by number; `next` is the cursor of what follows."""

    accounts: list[Account]
    next: str | None


class ProductPage(msgspec.Struct, kw_only=True):
    """Articles by SKU as the account sees them; `next` is the cursor of what follows."""

    products: list[ProductView]
    next: str | None


class AssortmentPage(msgspec.Struct, kw_only=True):
    """The SKUs of articles that the account may buy; `next` is the cursor of what follows."""

    account: str
    products: list[str]
    next: str | None


class TermView(msgspec.Struct, kw_only=True):
    """A term as it is written, whose it is, for which contract, and since when."""

    value: str
    subject: str
    contract: str | None
    valid_from: date | None


class LostTermView(TermView, kw_only=True):
    """A term that does not count, and why."""

    field: str
    because: str


class TermsView(msgspec.Struct, kw_only=True):
    """The terms of an account on a day by field, and those that do not count."""

    account: str
    on: date
    contract: str | None
    terms: dict[str, TermView]
    lost: list[LostTermView]
    data_seq: int


class UsageReport(Value, kw_only=True):
    """What accounts did in a channel."""

    events: Annotated[tuple[UsageEvent, ...], Meta(min_length=1, max_length=MOST_LINES)]


class UsageAdded(msgspec.Struct, kw_only=True):
    """How many events are new, and how many were known before."""

    added: int
    known: int


class OrderedPart(msgspec.Struct, kw_only=True):
    """What was ordered of a line."""

    quantity: str | None
    unit: str | None
    price: str | None
    per: str | None


class AgreedPart(msgspec.Struct, kw_only=True):
    """What was agreed for a line."""

    price: str | None
    per: str | None
    unit: str | None


class ConfirmedPart(msgspec.Struct, kw_only=True):
    """What was confirmed of a line."""

    quantity: str | None
    unit: str | None
    price: str | None
    per: str | None
    on: date | None


class SchedulePart(msgspec.Struct, kw_only=True):
    """A part of a line and the day it is confirmed for."""

    quantity: str
    on: date | None


class LineProgress(msgspec.Struct, kw_only=True):
    """How far a line got: what was shipped and invoiced so far, in its confirmed unit, and the last day of a report."""

    state: str
    shipped: str
    invoiced: str
    on: date | None


class OrderLineView(msgspec.Struct, kw_only=True):
    """A line: ordered, agreed and confirmed beside each other.

    `confirmed_by` is the channel of the ERP that confirmed it, or `person`, and `reason` what the ERP gave as one;
    `progress` is null until something of it is reported.
    """

    position: int
    product: str | None
    supplier_sku: str | None
    gtin: str | None
    buyer_sku: str | None
    ordered: OrderedPart
    agreed: AgreedPart
    confirmed: ConfirmedPart
    schedule: list[SchedulePart]
    decision: str
    reasons: list[str]
    confirmed_by: str | None
    reason: str | None
    progress: LineProgress | None


class OrderCharge(msgspec.Struct, kw_only=True):
    """What is added to an order as a whole, or taken off it where it is less than 0."""

    kind: str
    amount: str
    text: str


class OrderHead(msgspec.Struct, kw_only=True):
    """An order of any channel: `order` is our number, `number` the buyer's; `reasons` are codes about the whole."""

    order: str
    account: str
    number: str
    kind: str
    version: int
    channel: str
    message: str
    ordered_on: date
    currency: str
    decision: str
    state: str
    reasons: list[str]
    charges: list[OrderCharge]
    total: str | None


class OrderView(OrderHead, kw_only=True):
    """An order with its lines."""

    lines: list[OrderLineView]


class OrderPage(msgspec.Struct, kw_only=True):
    """Orders without their lines, oldest first; `next` is the cursor of what follows."""

    orders: list[OrderHead]
    next: str | None


class IssueView(msgspec.Struct, kw_only=True):
    """What is wrong with a message, where, and what to do about it."""

    code: str
    text: str
    severity: str
    segment: int | None
    tag: str | None
    element: str | None
    element_position: int | None
    component_position: int | None
    offset: int | None
    line: int | None
    column: int | None
    path: str | None
    rule: str | None
    field: str | None
    advice: str


class MessageView(msgspec.Struct, kw_only=True):
    """A message and how far it got."""

    message: str
    file: str
    partner: str | None
    channel: str | None
    account: str | None
    syntax: str
    type: str | None
    release: str | None
    control_reference: str | None
    reference: str | None
    state: str
    order: str | None
    decision: str | None
    issues: list[IssueView]
    outputs: list[str]


class MessagePage(msgspec.Struct, kw_only=True):
    """Messages, oldest first; `next` is the cursor of what follows."""

    messages: list[MessageView]
    next: str | None


class TransmissionHead(msgspec.Struct, kw_only=True):
    """What was received at once: `digest` is its SHA-256, `size` in bytes."""

    transmission: str
    connection: str | None
    name: str
    digest: str
    size: int
    received_at: str
    state: str


class TransmissionView(TransmissionHead, kw_only=True):
    """What was received at once, and the first 1,000 messages in it."""

    messages: list[MessageView]


class TransmissionPage(msgspec.Struct, kw_only=True):
    """Transmissions without their messages, oldest first; `next` is the cursor of what follows."""

    transmissions: list[TransmissionHead]
    next: str | None


class FaultView(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One fault: a JSON pointer into the body, or the name of a parameter."""

    detail: str
    pointer: str = ""
    parameter: str = ""


class ProblemView(msgspec.Struct, kw_only=True):
    """Why a request was refused (RFC 9457); `code` never changes its meaning."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    errors: list[FaultView] = []
