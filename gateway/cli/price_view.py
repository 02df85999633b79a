"""A price and how it came about, for people."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.cli.output import emit_pairs, emit_table, say
from gateway.commerce.pricing import PriceCode

ADVICE: Mapping[PriceCode, str] = {
    PriceCode.NO_PRICE: "no condition applies: import one for the account, the article, the day and the currency",
    PriceCode.NO_UOM_PATH: "the article is not sold in this unit: ask for another one, or import it with the unit",
    PriceCode.PRODUCT_UNKNOWN: "there is no such article: see that it is spelled right, or import it with the products",
    PriceCode.NOT_IN_ASSORTMENT: "the account may not buy it: import an entry of its assortments",
    PriceCode.ERP_ASK: "the account has price_policy = ask_erp: the ERP says its prices",
    PriceCode.NEGATIVE: "the price comes out below zero: see the steps, and mend the discounts",
    PriceCode.BELOW_FLOOR: "the price comes out below its floor: a person decides about such an order",
}
"""What to do where there is no price."""


def show_price(title: str, trace: dict[str, object]) -> None:
    """The price, its winner, each step, what the document adds, who lost and why, and the next tier."""
    emit_pairs(title, [(name, value) for name, value in trace.items() if not isinstance(value, (list, dict))])
    if trace.get("code") is not None:
        say(f"  -> {ADVICE[PriceCode(str(trace['code']))]}")
    for name in ("winner", "floor", "next_tier"):
        part = trace.get(name)
        if isinstance(part, dict):
            emit_pairs(name.replace("_", " ").capitalize(), part.items())
    for name in ("steps", "statistical", "header", "lost"):
        entries = trace.get(name)
        if isinstance(entries, list) and entries:
            columns = list(entries[0])
            emit_table(name.capitalize(), columns, [[entry.get(column) for column in columns] for entry in entries])
