"""The articles, prices and orders the commerce tests speak of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from gateway.commerce.cart_order import held_against
from gateway.commerce.decision import Facts, LineFacts, OrderDecision, decide
from gateway.commerce.matching import Candidates, match
from gateway.commerce.policy import DecidePolicy
from gateway.commerce.pricing import PriceContext, Wanted, resolve
from gateway.commerce.terms import AgreedTerms, agreed_terms
from gateway.model.account import Account
from gateway.model.order import Line, Order, Price
from gateway.model.price import PriceCondition
from gateway.model.product import Product, Stock, Unit
from gateway.model.shopping import TransferredLine

D = Decimal
TODAY = date(2026, 6, 1)
SCREW = Product(
    sku="P1",
    name="Screw",
    base_unit="PCE",
    category="screws",
    units=(Unit(code="PCE", gtin="4012345000016"), Unit(code="BX", numerator=200, gtin="4012345000023")),
)
NUT = Product(
    sku="P2", name="Nut", base_unit="PCE", units=(Unit(code="PCE"), Unit(code="KGM", numerator=1000, denominator=3))
)
ACCOUNT = Account(account="10001", name="ACME", parent="10000", segment="gold")
CONTEXT = PriceContext("10001", ("account:10001", "account:10000", "segment:gold", "all"), TODAY, "EUR")


def condition(key: str, subject: str, obj: str, amount: str, kind: str = "PRICE", **fields: object) -> PriceCondition:
    """A price condition in euro, of a list named after its key unless told."""
    values: dict[str, object] = {"list": key, "unit": None if kind.endswith("_PCT") else "PCE"}
    values["currency"] = None if kind.endswith("_PCT") else "EUR"
    return PriceCondition(key=key, subject=subject, object=obj, type=kind, amount=D(amount), **{**values, **fields})  # type: ignore[arg-type]


BASE = condition("base", "all", "product:P1", "4.15", per=D(100))
SCALE = condition("base-1000", "all", "product:P1", "3.95", per=D(100), min_quantity=D(1000), list="base")
GOLD = condition("gold", "segment:gold", "product:P1", "3.99", per=D(100))
OWN = condition("own", "account:10001", "product:P1", "7.77", unit="BX", list="K-2026-17")
OWN_5 = condition("own-5", "account:10001", "product:P1", "7.40", unit="BX", min_quantity=D(5), list="K-2026-17")
PARENT = condition("parent", "account:10000", "category:screws", "-2.5", "DISC_PCT")
SURCHARGE = condition("metal", "all", "all", "0.10", "SURCH_ABS", per=D(100))
TABLE = (BASE, SCALE, GOLD, OWN, OWN_5, PARENT, SURCHARGE)


def line(quantity: str = "10", price: str | None = "2.00", position: int = 1, **fields: object) -> Line:
    """A line for screws, ordered by the piece at a price for one of them."""
    stated = Price(amount=D(price)) if price is not None else None
    values: dict[str, object] = {"supplier_sku": "P1", "unit": "PCE", "unit_as_received": "PCE", "price": stated}
    return Line(position=position, quantity=D(quantity), **{**values, **fields})  # type: ignore[arg-type]


def order(*lines: Line, **fields: object) -> Order:
    """An order of the lines."""
    return Order(number="PO-1", ordered_on=TODAY, lines=lines, **fields)  # type: ignore[arg-type]


def decided(
    stated: Order,
    agreed: str | None = "2.00",
    policy: DecidePolicy | None = None,
    stock: Sequence[Stock] = (),
    product: Product = SCREW,
    given: Sequence[TransferredLine] = (),
    **facts: object,
) -> OrderDecision:
    """The decision on an order where a piece of the article is agreed at this price; carts gave what is `given`."""
    prices = () if agreed is None else (condition("agreed", "all", f"product:{product.sku}", agreed),)
    known = []
    for each in stated.lines:
        found = match(each, Candidates({product.sku: product}))
        answer = None
        if found.product and found.unit and each.quantity is not None:
            wanted = Wanted(found.product, found.quantity(each.quantity), found.unit)
            answer = resolve(CONTEXT, wanted, prices, {})
        known.append(LineFacts(found, answer, tuple(stock)))
    by_id: dict[str, list[TransferredLine]] = {}
    for each in given:
        by_id.setdefault(each.line.auxiliary_id, []).append(each)
    held = held_against(stated, known, by_id, TODAY)
    values: dict[str, object] = {"account": ACCOUNT, "today": TODAY, **facts}
    values.setdefault("terms", terms_of(values["account"]))  # type: ignore[arg-type]
    return decide(stated, Facts(lines=held, **values), policy or DecidePolicy())  # type: ignore[arg-type]


def terms_of(account: Account) -> AgreedTerms:
    """The terms that the account's own columns state."""
    return agreed_terms((), (f"account:{account.account}",), date.min, (account,)).agreed
