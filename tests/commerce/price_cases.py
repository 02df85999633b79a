"""Baskets at random, with every kind of condition that a row may state; the same seed gives the same basket."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import Product, Unit

from .goods import TODAY
from .price_oracle import Case, Line, Purchase

SUBJECTS = ("account:10002", "account:10001", "account:10000", "buying-group:10000", "segment:gold", "segment:trade",
            "price-group:W", "channel:edifact", "all")  # fmt: skip
LISTS = {
    "base": PriceList(list="base"),
    "campaign": PriceList(list="campaign", kind="campaign", priority=1),
    "frame": PriceList(list="frame", kind="contract", contract="K-1"),
    "private": PriceList(list="private", kind="contract", contract="K-2", exclusive=True),
    "offer": PriceList(list="offer", kind="quote", contract="Q-1"),
    "erp": PriceList(list="erp", kind="erp_net"),
    "old": PriceList(list="old", valid_to=TODAY - timedelta(days=1)),
    "off": PriceList(list="off", status="inactive"),
    "gross": PriceList(list="gross", tax="gross"),
    "dollars": PriceList(list="dollars", currency="USD"),
}
_LISTS = ["base"] * 6 + ["campaign"] * 2 + ["frame"] * 2 + [*LISTS]
_CHANGES = ("DISC_PCT", "DISC_PCT", "DISC_ABS", "DISC_LADDER", "SURCH_PCT", "SURCH_ABS")
_CHARGES = ("HEADER_PCT", "HEADER_PCT", "HEADER_ABS", "FREIGHT", "MIN_QTY_FEE", "PACK_FEE")
_PERCENT = ("DISC_PCT", "DISC_LADDER", "SURCH_PCT", "HEADER_PCT", "REBATE")


def products(draw: random.Random) -> list[Product]:
    """A dozen articles that share categories and brands."""
    made = []
    for number in range(12):
        units = (Unit(code="PCE"), Unit(code="BX", numerator=draw.choice((6, 200))))
        if number % 3:
            units = (*units, Unit(code="KGM", numerator=1000, denominator=3))
        made.append(
            Product(
                sku=f"P{number}", name="", base_unit="PCE", units=units,
                category=draw.choice((None, "fix", "fix/screws", "fix/nuts")), brand=draw.choice((None, "ACME")),
                price_group=draw.choice((None, "A")), family=draw.choice((None, "F")),
                weight_kg=draw.choice((Decimal("0.0125"), Decimal("0.0125"), None)),
            )
        )  # fmt: skip
    return made


def case(seed: int, lines: int = 50) -> Case:
    """A basket of so many lines, with about eight conditions that concern each."""
    draw = random.Random(seed)  # noqa: S311 nothing secret is drawn
    sold = products(draw)
    currency = draw.choice(("EUR", "EUR", "EUR", "JPY", "BHD", "CHF"))
    rows = [_row(draw, f"r{number}", currency, sold) for number in range(draw.randint(20, 70))]
    rows += [_ladder_row(draw, f"l{number}", currency) for number in range(draw.randint(0, 8))]
    return Case(
        subjects=tuple(each for each in SUBJECTS if each == "all" or draw.random() < 0.8), on=TODAY, currency=currency,
        policy="ask_erp" if seed % 50 == 0 else draw.choice(("priority",) * 2 + ("lowest",)),
        contract=draw.choice((None, "K-1", "K-2")), quote=draw.choice((None, None, "Q-1")),
        rounding=draw.choice(("half_up", "half_up", "half_even", "down")),
        below_floor=draw.choice(("clamp", "clamp", "hold")),
        called_off={each.call_off: Decimal(draw.choice((0, 10, 90))) for each in rows if each.call_off_max},
        parents={"10001": "10000", "10002": "10001", "10003": "10000"}, purchases=_purchases(draw, sold),
        lines=tuple(_line(draw, sold) for _ in range(lines)), rows=tuple(rows), lists=LISTS,
    )  # fmt: skip


def _purchases(draw: random.Random, sold: list[Product]) -> tuple[Purchase, ...]:
    """What the account, those it belongs to and strangers bought in two years, and on the day after."""
    return tuple(
        Purchase(
            draw.choice(("10000", "10001", "10001", "10002", "10003", "9")),
            TODAY - timedelta(days=draw.choice((-1, 0, 0, 30, 151, 152, 364, 365, 700))), product,
            draw.choice(("PCE", "PCE", product.units[-1].code)),
            Decimal(draw.choice((1, 7, 95, 900))) + Decimal(draw.choice((0, 0, 1))).scaleb(-6),
        )
        for product in (draw.choice(sold) for _ in range(draw.choice((0, 10, 40))))
    )  # fmt: skip


def _line(draw: random.Random, sold: list[Product]) -> Line:
    quantity = Decimal(draw.choice((1, 2, 5, 10, 99, 100, 999, 1000, draw.randint(1, 5000))))
    if draw.random() < 0.15:
        quantity += Decimal(draw.randint(1, 999999)).scaleb(-6)
    cited = {"contract": "K-2"} if draw.random() < 0.05 else {"quote": "Q-1"} if draw.random() < 0.05 else {}
    chosen = {"configuration": "red"} if draw.random() < 0.1 else {}
    unit = draw.choice(("PCE", "PCE", "PCE", "BX", "KGM"))
    return Line(draw.choice(sold), quantity, unit, **cited, **chosen)


def _row(draw: random.Random, key: str, currency: str, sold: list[Product]) -> PriceCondition:
    kind = draw.choice(("PRICE",) * 10 + _CHANGES * 2 + _CHARGES + ("REBATE",))
    scope = draw.choice(("all", "all", "product", "category:fix", "category:fix/screws", "brand:ACME", "price-group:A",
                         "family:F", "configuration:red"))  # fmt: skip
    obj = f"product:{draw.choice(sold).sku}" if scope == "product" else scope
    fields: dict[str, Any] = {
        "list": draw.choice(_LISTS), "subject": draw.choice((*SUBJECTS, "all", "all", "account:9")), "object": obj,
        "valid_from": draw.choice((None,) * 5 + tuple(TODAY + timedelta(days=each) for each in (-30, 0, 1))),
        "valid_to": draw.choice((None,) * 8 + tuple(TODAY + timedelta(days=each) for each in (-1, 0))),
        "contract": draw.choice((None,) * 9 + ("K-1",)), "contract_line": draw.choice((None,) * 6 + ("10", "20")),
        "step": draw.choice((None,) * 6 + (15, 35)), "statistical": kind == "REBATE" or draw.random() < 0.02,
    }  # fmt: skip
    if kind in _PERCENT:
        fields["base"] = draw.choice(("running", "running", "gross"))
    if kind == "PRICE":
        fields |= _of_price(draw)
    elif kind in _CHANGES:
        fields |= {"stop": draw.random() < 0.05, "base": draw.choice(("running", "gross", "list"))} | _together(draw)
    elif kind in _CHARGES:
        fields |= _together(draw)
    fields |= _scale(draw, kind)
    if kind in ("HEADER_PCT", "HEADER_ABS", "FREIGHT") or (kind == "MIN_QTY_FEE" and fields["scale_basis"] == "value"):
        fields |= {"object": "all", "unit": None, "per": Decimal(1)}
        if fields["scale_basis"] not in ("value", "weight"):
            fields["min_quantity"] = Decimal(0)
    fields |= _amount(draw, kind)
    if kind not in _PERCENT or fields["scale_basis"] == "value":
        fields["currency"] = draw.choice((currency,) * 15 + ("USD",))
    return PriceCondition(key=key, type=kind, **fields)


def _amount(draw: random.Random, kind: str) -> dict[str, Any]:
    if kind == "DISC_LADDER":
        return {"amount": Decimal(0), "ladder": draw.choice(("10+5+2", "5", "33.3+1", "50+50+50"))}
    low, high, digits = {
        "PRICE": (1, 10**6, 4), "DISC_ABS": (-500, -1, 4), "SURCH_ABS": (1, 500, 4), "DISC_PCT": (-4000, 0, 2),
        "SURCH_PCT": (0, 2000, 2), "REBATE": (-500, 0, 2), "HEADER_PCT": (-900, 500, 2), "HEADER_ABS": (-5000, 5000, 2),
        "FREIGHT": (0, 3000, 2), "MIN_QTY_FEE": (1, 2000, 2), "PACK_FEE": (1, 100, 2),
    }[kind]  # fmt: skip
    return {"amount": Decimal(draw.randint(low, high)).scaleb(-digits)}


def _of_price(draw: random.Random) -> dict[str, Any]:
    return {
        "per": Decimal(draw.choice((1, 1, 3, 100, 1000))), "unit": draw.choice((None, "PCE", "PCE", "BX", "KGM")),
        "stop": draw.random() < 0.1, "floor": draw.choice((None,) * 4 + (Decimal("0.5"), Decimal(20))),
        "call_off_max": draw.choice((None,) * 8 + (Decimal(1000),)),
    }  # fmt: skip


def _together(draw: random.Random) -> dict[str, Any]:
    if draw.random() < 0.35:
        mode = draw.choice(("first", "best", "best", "worst", "sum", None))
        return {"exclusion_group": draw.choice(("x", "y")), "exclusion_mode": mode, "stack": draw.random() < 0.2}
    return {"stack": draw.random() < 0.15}


def _scale(draw: random.Random, kind: str) -> dict[str, Any]:
    basis = draw.choice(("qty",) * 5 + ("group_qty", "weight", "value"))
    if (kind == "PRICE" and basis == "value") or (kind in _CHARGES and basis == "group_qty"):
        basis = "qty"
    least = draw.choice((0, 0, 0, 2, 5, 100, 1000))
    if kind == "MIN_QTY_FEE":
        least = draw.choice((5, 100, 5000))
    fields: dict[str, Any] = {"scale_basis": basis, "min_quantity": Decimal(least)}
    if basis == "group_qty":
        fields |= {"scale_group": draw.choice(("bolts", "nuts")), "scale_unit": draw.choice((None, "PCE", "KGM"))}
    if basis == "weight":
        fields["scale_unit"] = draw.choice((None, "KGM", "GRM"))
    if basis == "qty":
        fields["scale_unit"] = draw.choice((None, None, "PCE", "BX", "KGM"))
    if basis in ("qty", "group_qty") and (kind in ("PRICE", "REBATE") or kind in _CHANGES):
        fields["scale_period"] = draw.choice((None,) * 4 + ("year", "12m", "validity"))
    if kind == "PRICE" or kind in _CHANGES:
        fields["scale_mode"] = draw.choice(("level",) * 4 + ("graduated", "exact"))
    return fields


def _ladder_row(draw: random.Random, key: str, currency: str) -> PriceCondition:
    """A step of one long ladder that every line meets."""
    return PriceCondition(
        key=key, list="base", subject="all", object="all", type="PRICE", currency=currency, unit="PCE",
        amount=Decimal(draw.randint(1, 10**5)).scaleb(-3), per=Decimal(draw.choice((1, 100))),
        min_quantity=Decimal(draw.choice((0, 10, 100, 500, 1000))),
        scale_mode="graduated" if key in ("l0", "l1", "l2", "l3") else "level", floor=Decimal("0.001"),
    )  # fmt: skip
