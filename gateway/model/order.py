"""The order and the order change as a partner stated them: one canonical form for every syntax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from gateway.model.party import Party
from gateway.model.value import Value


class Purpose(StrEnum):
    """What the sender wants done with the document (UN/EDIFACT 1225)."""

    ORIGINAL = "original"
    REPLACE = "replace"
    CHANGE = "change"
    CANCEL = "cancel"
    DUPLICATE = "duplicate"
    COPY = "copy"
    OTHER = "other"


class LineAction(StrEnum):
    """What a line of an order change does (UN/EDIFACT 1229)."""

    ADD = "add"
    DELETE = "delete"
    CHANGE = "change"
    UNCHANGED = "unchanged"


class Price(Value, kw_only=True):
    """A unit price as stated: `amount` for `per` of `unit`.

    `calculation` says net, gross or informative (5125), `type` what it is a price of (5375), `kind` which one (5387).
    `currency` stands where the sender names it with the price, `factor` is how many of `unit` he has in one of the
    ordered unit (cXML conversionFactor).
    """

    calculation: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    per: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    kind: str | None = None
    type: str | None = None
    factor: Decimal | None = None


class StatedQuantity(Value, kw_only=True):
    """A quantity beside the ordered one, by its qualifier (6063): free goods, units per pack and the like."""

    kind: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None


class StatedAmount(Value, kw_only=True):
    """An amount of money as stated, by its qualifier (5025)."""

    kind: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


class StatedDate(Value, kw_only=True):
    """A date or period as the sender wrote it, by its qualifier (2005), in the format he names (2379)."""

    kind: str | None = None
    value: str | None = None
    format: str | None = None


class Measure(Value, kw_only=True):
    """A measure of an article as stated (MEA): purpose (6311), dimension (6313) and value or range in its unit."""

    purpose: str | None = None
    dimension: str | None = None
    unit: str | None = None
    value: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    text: str | None = None


class Package(Value, kw_only=True):
    """Packages asked for (PAC, PCI): how many of which type, what is in each, and how they are marked."""

    count: int | None = None
    level: str | None = None
    type: str | None = None
    text: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    marking: str | None = None
    marks: str | None = None


class Place(Value, kw_only=True):
    """A place named for transport (LOC), by its function (3227)."""

    role: str | None = None
    place: str | None = None
    name: str | None = None
    on: date | None = None


class OtherParty(Party, kw_only=True):
    """A party beside buyer, ship-to, invoicee and seller, by its role (3035)."""

    role: str | None = None


class Schedule(Value, kw_only=True):
    """One delivery of a line. `commitment`: firm, or a forecast that is no order quantity (4017)."""

    quantity: Decimal | None = None
    unit: str | None = None
    on: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    commitment: str | None = None
    requirement: str | None = None
    frequency: str | None = None
    pattern: str | None = None


class Split(Value, kw_only=True):
    """A part of a line's quantity for one place (cross-docking, store split)."""

    place: str | None = None
    place_scheme: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    deliver_on: date | None = None


class Charge(Value, kw_only=True):
    """An allowance or charge as stated (ALC). `kind`: allowance or charge; `percent` in percent.

    `rate` is per `rate_per` of `rate_unit`; `amounts` are those beside `amount` and its `base`.
    """

    kind: str | None = None
    number: str | None = None
    reason: str | None = None
    settlement: str | None = None
    code: str | None = None
    text: str | None = None
    amount: Decimal | None = None
    base: Decimal | None = None
    percent: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    rate: Decimal | None = None
    rate_per: Decimal | None = None
    rate_unit: str | None = None
    step: int | None = None
    amounts: tuple[StatedAmount, ...] = ()


class Tax(Value, kw_only=True):
    """A tax as stated (TAX). `rate` in percent, `amount` on `base`."""

    type: str | None = None
    rate: Decimal | None = None
    category: str | None = None
    amount: Decimal | None = None
    base: Decimal | None = None


class Text(Value, kw_only=True):
    """A free or coded text and what it is about (FTX 4451)."""

    subject: str | None = None
    code: str | None = None
    text: str | None = None
    language: str | None = None


class Reference(Value, kw_only=True):
    """A reference to another document (RFF 1153, 1154)."""

    kind: str | None = None
    number: str | None = None
    line: str | None = None
    version: str | None = None
    on: date | None = None


class Terms(Value, kw_only=True):
    """Terms as stated: Incoterms (TOD), payment (PAT), transport (TDT)."""

    incoterm: str | None = None
    incoterm_place: str | None = None
    freight_payment: str | None = None
    payment_days: int | None = None
    payment_terms: str | None = None
    payment_due_on: date | None = None
    payment_means: str | None = None
    discount_days: int | None = None
    discount_percent: Decimal | None = None
    transport_mode: str | None = None
    transport_means: str | None = None
    carrier: str | None = None
    places: tuple[Place, ...] = ()


class Stated(Value, kw_only=True):
    """Control values the sender counted himself."""

    line_count: int | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None


class AccountSegment(Value, kw_only=True):
    """One part of an account assignment: what is named (cost centre, general ledger), and which one."""

    kind: str | None = None
    id: str | None = None
    text: str | None = None


class AccountShare(Value, kw_only=True):
    """What of an amount goes to which account of the buyer's: his own terms, repeated to him on an invoice."""

    name: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    segments: tuple[AccountSegment, ...] = ()


class Line(Value, kw_only=True):
    """One ordered article. `parent` is the position of the line this is a sub-line of.

    `auxiliary_id` is what a cart gave beside the article's number, and tells its line again. `ship_to` is where this
    line goes, where that is not where the order goes.
    """

    position: int
    parent: int | None = None
    level: int | None = None
    configuration: str | None = None
    action: LineAction | None = None
    adjustment: str | None = None
    gtin: str | None = None
    buyer_sku: str | None = None
    supplier_sku: str | None = None
    auxiliary_id: str | None = None
    manufacturer_sku: str | None = None
    consumer_sku: str | None = None
    industry_number: str | None = None
    customs_number: str | None = None
    product_group: str | None = None
    model: str | None = None
    variant: str | None = None
    batch: str | None = None
    substitutes: tuple[str, ...] = ()
    text: str | None = None
    description_codes: tuple[str, ...] = ()
    quantity: Decimal | None = None
    unit: str | None = None
    unit_as_received: str | None = None
    quantities: tuple[StatedQuantity, ...] = ()
    price: Price | None = None
    prices: tuple[Price, ...] = ()
    amount: Decimal | None = None
    amounts: tuple[StatedAmount, ...] = ()
    deliver_on: date | None = None
    deliver_not_before: date | None = None
    deliver_not_after: date | None = None
    contract: str | None = None
    contract_line: str | None = None
    quote: str | None = None
    origin: str | None = None
    conditions: tuple[str, ...] = ()
    note: str | None = None
    texts: tuple[Text, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[StatedDate, ...] = ()
    measures: tuple[Measure, ...] = ()
    packages: tuple[Package, ...] = ()
    ship_to: Party | None = None
    parties: tuple[OtherParty, ...] = ()
    terms: Terms | None = None
    schedule: tuple[Schedule, ...] = ()
    splits: tuple[Split, ...] = ()
    charges: tuple[Charge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    accounting: tuple[AccountShare, ...] = ()
    requisition: str | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)


class Order(Value, kw_only=True):
    """An order as stated by the buyer; what was agreed and confirmed stands elsewhere.

    `version` is how often he wrote it, `replaces` the id of the document it takes the place of (cXML payloadID);
    `extras` are texts the two sides agreed on, by their names.
    """

    number: str
    kind: str = "order"
    purpose: Purpose = Purpose.ORIGINAL
    response_wanted: str | None = None
    ordered_on: date
    deliver_on: date | None = None
    deliver_not_before: date | None = None
    deliver_not_after: date | None = None
    contract: str | None = None
    quote: str | None = None
    currency: str | None = None
    target_currency: str | None = None
    exchange_rate: Decimal | None = None
    note: str | None = None
    text: str | None = None
    conditions: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[StatedDate, ...] = ()
    buyer: Party | None = None
    ship_to: Party | None = None
    invoicee: Party | None = None
    seller: Party | None = None
    parties: tuple[OtherParty, ...] = ()
    terms: Terms | None = None
    packages: tuple[Package, ...] = ()
    amounts: tuple[StatedAmount, ...] = ()
    charges: tuple[Charge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    stated: Stated | None = None
    version: int | None = None
    replaces: str | None = None
    requisition: str | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)
    lines: tuple[Line, ...] = ()


class OrderChange(Order, kw_only=True):
    """A change to an order stored before: `number` is the change's own, `order_number` names the order."""

    order_number: str
