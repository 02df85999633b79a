"""Every field that terms have: the form of its values, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.commerce import term_values as value

_PAYMENT = value.choice("transfer", "direct_debit", "card", "cheque", "cash", "letter_of_credit")


class Field(NamedTuple):
    """How the values of a field are read, what one looks like, and what the field is."""

    read: Callable[[str], object]
    form: str
    help: str


FIELDS: dict[str, Field] = {
    "payment_terms": Field(
        value.text,
        "words",
        "The terms in words; compared with those an order states. The first number in them is the days, where"
        " `payment_days` says none.",
    ),
    "payment_days": Field(
        value.days,
        "`30`",
        "Days until payment is due, net. Compared with an order's.",
    ),
    "payment_discount": Field(
        value.parts,
        "`3/14 2/30`",
        "Percent off when paid within so many days: 3 % within 14, 2 % within 30. A discount that an order "
        "states has to be one of them.",
    ),
    "payment_method": Field(
        _PAYMENT,
        "a choice",
        "`transfer`, `direct_debit`, `card`, `cheque`, `cash` or `letter_of_credit`. Kept.",
    ),
    "payment_installments": Field(
        value.instalments,
        "`30/0 70/60`",
        "Percent due after so many days, 100 % together. Kept.",
    ),
    "dunning": Field(
        value.several(value.days),
        "`7 14 21`",
        "Days after the due day on which payment is called for. Kept.",
    ),
    "incoterm": Field(
        value.incoterm,
        "`DAP`",
        "`EXW` `FCA` `CPT` `CIP` `DAP` `DPU` `DDP` `FAS` `FOB` `CFR` `CIF`. Compared with an order's. Its "
        "place has to be there, in the file or in the store.",
    ),
    "incoterm_place": Field(
        value.text,
        "`Hamburg`",
        "The place the Incoterm names. Compared with an order's. It counts where it is agreed as near as the "
        "Incoterm, or nearer.",
    ),
    "incoterm_year": Field(
        value.choice("2020"),
        "`2020`",
        "The edition of Incoterms, the only one there is.",
    ),
    "shipping_methods": Field(
        value.several(value.choice(*value.SHIPPING)),
        "`express forwarder`",
        "Those allowed, of `post`, `express`, `forwarder`, `pickup`. Compared with the mode of transport an "
        "order states (TDT 8067: 5 is post, all others are express or forwarder).",
    ),
    "shipping_method": Field(
        value.choice(*value.SHIPPING),
        "`forwarder`",
        "The one used unless told otherwise. Kept.",
    ),
    "carrier": Field(
        value.text,
        "`DHL`",
        "Who carries. Compared with the carrier an order states (TDT).",
    ),
    "carrier_account": Field(
        value.text,
        "words",
        "Our or the buyer's account with the carrier. Kept.",
    ),
    "freight": Field(
        value.amount,
        "`9.90`",
        "Freight added to each order.",
    ),
    "free_freight_from": Field(
        value.amount,
        "`500`",
        "The value of goods from which `freight` is not added.",
    ),
    "min_order_value": Field(
        value.amount,
        "`50`",
        "The least order value. Below it an order is `order.below-minimum`.",
    ),
    "min_order_value_kind": Field(
        value.choice("hard", "soft"),
        "`soft`",
        "`hard` (what holds where nothing is said): the partner's `below_minimum` decides. `soft`: the order "
        "passes with the fee, or with a message where there is none.",
    ),
    "min_order_value_fee": Field(
        value.amount,
        "`10`",
        "Added to an order below a soft minimum.",
    ),
    "max_order_value": Field(
        value.amount,
        "`100000`",
        "The highest order value. Above it an order is `order.above-maximum`.",
    ),
    "small_quantity_fee": Field(
        value.amount,
        "`5`",
        'Added for each line that is confirmed below its article\'s least quantity (`quantity_step = "accept"`).',
    ),
    "partial_delivery": Field(
        value.choice("yes", "line", "no"),
        "`no`",
        "`yes`: as goods are there. `line`: no line is split. `no`: what is asked for one day comes together,"
        " when all of it is there.",
    ),
    "backorder_policy": Field(
        value.choice("allow", "cancel"),
        "`cancel`",
        "What is done about goods that are not there: `allow` leaves them on back order, `cancel` does not "
        "deliver them at all.",
    ),
    "lead_time_days": Field(
        value.days,
        "`3`",
        "Working days from order to delivery; an article's own lead time counts where it is longer.",
    ),
    "cut_off": Field(
        value.cut_off,
        "`14:00 Europe/Berlin`",
        "An order after this time counts as of the next working day. Stands before the calendar's; without a "
        "zone it is the account's.",
    ),
    "delivery_days": Field(
        value.weekdays,
        "`tue thu`",
        "Days of the week on which is delivered: `mon` to `sun`, or `1` (Monday) to `7`.",
    ),
    "delivery_calendar": Field(
        value.text,
        "`NORTH`",
        "The calendar of working days, one that was imported.",
    ),
    "packaging": Field(
        value.text,
        "words",
        "How goods are packed. Kept.",
    ),
    "labels": Field(
        value.choice("none", "sscc"),
        "`sscc`",
        "`none`, or `sscc`: each transport unit has one. Kept.",
    ),
    "invoicing": Field(
        value.choice("order", "delivery", "month"),
        "`month`",
        "An invoice per `order`, `delivery` or `month`. Kept.",
    ),
    "invoice_form": Field(
        value.choice("paper", "pdf", "invoic", "xrechnung", "zugferd"),
        "`zugferd`",
        "`paper`, `pdf`, `invoic`, `xrechnung` or `zugferd`. Kept.",
    ),
    "tolerance": Field(
        value.tolerance,
        "`unit_price=0.05 line_value=1`",
        "By how much a stated price may differ; stands before the partner's `tolerance`. The names are those "
        "of [Tolerance](workspace.md#tolerance).",
    ),
    "pricing_date_basis": Field(
        value.choice("order", "requested_delivery", "shipment"),
        "`order`",
        "The day whose prices hold: that of the `order`, the one a delivery is asked for "
        "(`requested_delivery`), or that of the `shipment`.",
    ),
    "price_rounding": Field(
        value.choice("half_up", "half_even", "down"),
        "`half_up`",
        "How amounts of lines, charges and taxes are rounded: halves away from zero (`half_up`, what holds where "
        "nothing is said), halves to the even digit (`half_even`), or cut off (`down`).",
    ),
    "below_floor": Field(
        value.choice("clamp", "hold"),
        "`clamp`",
        "What becomes of a price below its `floor`: the floor (`clamp`, what holds where nothing is said), or no price "
        "until a person has seen it (`hold`).",
    ),
    "tax_basis": Field(
        value.choice("rate", "line"),
        "`rate`",
        "What tax is rounded on: the sum of each tax class (`rate`, what holds where nothing is said), or each `line`.",
    ),
    "returns": Field(
        value.days,
        "`14`",
        "Days within which goods may come back, `0` for not at all. Kept.",
    ),
}
"""In the order in which the reference lists them."""

ALSO = {
    "net_days": "payment_days", "payment_net_days": "payment_days", "discount_steps": "payment_discount",
    "incoterms": "incoterm", "named_place": "incoterm_place", "freight_free_from": "free_freight_from",
    "partial_delivery_allowed": "partial_delivery", "lead_time": "lead_time_days",
    "tolerance_profile": "tolerance",
}  # fmt: skip
"""Other names of fields, as systems that terms come from have them."""
