"""Carts and answers that tests of punchout make, by hand and at random."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from gateway.model.cart import Allowed, Cart, CartDelivery, CartLine, QuoteStatus
from gateway.model.order import Price
from gateway.model.party import Party
from gateway.model.response import Answer, LineAnswer, OrderResponse, ResponseCharge, ResponseLine, ResponseSchedule

D = Decimal
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=60)
_WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=20
)
_NAME = st.text("ABCdef-019", min_size=1, max_size=12)
_NUMBER = st.integers(1, 10**8).map(lambda number: D(number) / 1000)
_DAY = st.dates(date(2026, 1, 1), date(2030, 12, 31))
_UNITS = st.sampled_from(["EA", "C62", "PCE", "BX", "MTR", "KGM", "ST", "H87"])
_PER = st.sampled_from([D(1), D(10), D(100), D("1000.00"), D("0.5")])


def line(position: int = 1, **changed: object) -> CartLine:
    """A line of a cart: two gloves at 3.50."""
    stated: dict[str, object] = {
        "sku": f"A-{position}", "auxiliary_id": f"X-{position}", "quantity": D(2), "unit": "EA", "price": D("3.50"),
        "amount": D("7.00"), "text": "Glove", "language": "en", "unspsc": "46181504",
    }  # fmt: skip
    return CartLine(position=position, **{**stated, **changed})  # type: ignore[arg-type]


def cart(*lines: CartLine, **changed: object) -> Cart:
    """A cart of these lines."""
    stated: dict[str, object] = {"id": "C-1", "buyer_cookie": "c=1&2", "currency": "EUR", "language": "en"}
    return Cart(lines=lines, total=sum((each.amount for each in lines), D(0)), **{**stated, **changed})  # type: ignore[arg-type]


def _maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


LINES = st.builds(
    CartLine,
    position=st.integers(1, 5_000), sku=_NAME, auxiliary_id=_NAME, buyer_sku=_maybe(_WORD),
    gtin=_maybe(st.just("4012345000023")),
    quantity=_NUMBER, unit=_UNITS, unit_as_sent=st.none(), price=_NUMBER, per=_PER,
    amount=st.integers(0, 10**7).map(lambda cents: D(cents) / 100), text=_TEXT, long_text=_maybe(_TEXT),
    language=st.sampled_from(["de", "en-US", "no language"]), manufacturer=_maybe(_WORD),
    manufacturer_sku=_maybe(_WORD),
    unspsc=_maybe(st.sampled_from(["46181504", "4618.15.04", "46-18-15-04-14"])), eclass=_maybe(_NAME),
    material_group=_maybe(_WORD), lead_time_days=_maybe(st.integers(0, 400)),
    schedule=st.lists(st.builds(CartDelivery, quantity=_NUMBER, on=_maybe(_DAY)), max_size=3).map(tuple),
    contract=_maybe(_WORD), contract_line=_maybe(_WORD), quote=_maybe(_WORD),
    documents=st.lists(st.just("https://shop.example/d?a=1&b=<2>"), max_size=2).map(tuple),
    custom=st.dictionaries(_WORD, _WORD | _TEXT, max_size=3),
)  # fmt: skip
"""Lines of any kind a product master may hold."""
PARTIES = st.builds(
    Party, id=_maybe(_NAME), name=_maybe(_WORD), street=_maybe(_WORD), city=_maybe(_WORD),
    postcode=_maybe(_WORD), region=_maybe(_WORD), country=_maybe(st.just("DE")), contact=_maybe(_WORD),
    email=_maybe(_WORD),
)  # fmt: skip
CARTS = st.builds(
    Cart, id=_NAME, operation_allowed=st.sampled_from(Allowed), buyer_cookie=_WORD, currency=st.just("EUR"),
    language=st.sampled_from(["de", "de_DE", "German (DE)", ""]), lines=st.lists(LINES, max_size=4).map(tuple),
    total=_NUMBER,
    quote_status=st.sampled_from(QuoteStatus), ship_to=_maybe(PARTIES), freight=_maybe(_NUMBER),
)  # fmt: skip


@st.composite
def _response_lines(draw: st.DrawFn) -> ResponseLine:
    """A line as the line answers it: what is confirmed, comes later and not at all makes up what was ordered."""
    decision = draw(st.sampled_from(LineAnswer))
    is_refused = decision in (LineAnswer.REJECTED, LineAnswer.NOT_FOUND)
    parts = draw(st.lists(_NUMBER, max_size=3))
    confirmed = sum(parts, D(0))
    later = None if is_refused or decision is LineAnswer.ACCEPTED else draw(_maybe(_NUMBER))
    never = None if is_refused or later is None else draw(_maybe(_NUMBER))
    if not parts and later is None:
        parts, confirmed = [D(1)], D(1)
    days = [draw(_maybe(_DAY)) for _ in parts]
    schedule = [ResponseSchedule(quantity=each, on=on) for each, on in zip(parts, days, strict=True)]
    return ResponseLine(
        position=draw(st.integers(1, 5_000)), decision=decision, ordered=confirmed + (later or 0) + (never or 0),
        confirmed=None if is_refused else confirmed, backordered=later, refused=never, unit=draw(_UNITS),
        unit_as_received=draw(_maybe(_NAME)), deliver_on=draw(_maybe(_DAY)), reason=draw(_maybe(_WORD)),
        price=draw(_maybe(st.builds(Price, amount=_NUMBER, per=_PER))),
        schedule=() if is_refused or len(schedule) < 2 else tuple(schedule),
    )  # fmt: skip


_CHARGES = st.builds(ResponseCharge, kind=st.just("charge"), text=_WORD, amount=_NUMBER)
RESPONSES = st.builds(
    OrderResponse, number=_NAME, decision=st.sampled_from([each for each in Answer if each is not Answer.HELD]),
    issued_on=_DAY, order_number=_WORD, order_document=_WORD, seller_reference=_maybe(_WORD), note=_maybe(_WORD),
    buyer=st.just(Party()), seller=st.just(Party()), currency=st.just("EUR"),
    charges=st.lists(_CHARGES, max_size=2).map(tuple),
    lines=st.lists(_response_lines(), min_size=1, max_size=4).map(tuple),
)  # fmt: skip
