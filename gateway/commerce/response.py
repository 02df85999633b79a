"""The answer to an order as its buyer reads it: his units, his price unit, his identifiers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from textwrap import shorten
from typing import NamedTuple

from gateway.commerce.decision import OrderDecision
from gateway.commerce.facts import LineDecision
from gateway.commerce.fees import Fee, FeeKind
from gateway.issues import Issue
from gateway.model.order import Line, LineAction, Order, OrderChange
from gateway.model.party import Party
from gateway.model.response import Answer, Decision, LineAnswer, OrderResponse, ResponseCharge, ResponseLine


class Reply(NamedTuple):
    """What an answer needs beside order and decision: our number for it, its day, and who stands in for whom."""

    number: str
    issued_on: date
    buyer: Party
    seller: Party
    change: OrderChange | None = None
    change_issues: tuple[Issue, ...] = ()
    response_type: str | None = None
    seller_reference: str | None = None
    note: str | None = None
    test: bool = False
    order_document: str | None = None


# FTX has five texts of 70; words that go over from one to the next leave room unused.
_NOTE_CHARACTERS = 300

_CODED = frozenset({FeeKind.DISCOUNT, FeeKind.FREIGHT, FeeKind.PACKING, FeeKind.MINIMUM_VALUE})
"""What UN/EDIFACT 7161 has a code for; anything else is told in words alone."""
_LINES = {
    Decision.ACCEPTED: LineAnswer.ACCEPTED,
    Decision.CHANGED: LineAnswer.CHANGED,
    Decision.REJECTED: LineAnswer.REJECTED,
}

_WORDS = {
    "account.blocked": "account blocked",
    "account.over-credit": "credit limit exceeded",
    "date.past": "requested date is over",
    "order.above-maximum": "above maximum order value",
    "order.below-minimum": "below minimum order value",
    "order.contract.expired": "contract expired",
    "order.currency.differs": "currency not agreed",
    "order.currency.mixed": "prices in several currencies",
    "order.line-count.differs": "number of lines differs",
    "order.line.late": "later delivery",
    "order.line.not-available": "not available",
    "order.line.not-confirmed": "cannot be delivered",
    "order.line.price.as-confirmed": "price as confirmed",
    "order.line.price.none-agreed": "no price agreed",
    "order.line.price.none-stated": "no price stated",
    "order.line.price.too-high": "agreed price is lower",
    "order.line.price.too-low": "agreed price is higher",
    "order.line.price.unit-suspected": "price unit to be checked",
    "order.line.product.not-in-assortment": "article not available",
    "order.line.product.unknown": "article unknown",
    "order.line.quantity.step": "quantity not sold",
    "order.quote.not-valid": "quote not valid",
    "order.terms.differ": "terms not agreed",
    "order.total.differs": "total differs",
    "order-change.line-exists": "line exists already",
    "order-change.line-unknown": "no such line in the order",
}


def respond(order: Order, decision: OrderDecision, reply: Reply) -> OrderResponse:
    """The answer; `reply.buyer` and `reply.seller` stand in where the order names none.

    A held order is answered without lines: nothing of it is decided yet.
    """
    held = decision.answer is Answer.HELD
    pairs = () if held else tuple(zip(order.lines, decision.lines, strict=True))
    lines = (*(_line(line, decided) for line, decided in pairs), *(() if held else _unknown_lines(reply)))
    return OrderResponse(
        number=reply.number,
        decision=_with_unknown(decision.answer, reply),
        response_type=reply.response_type,
        issued_on=reply.issued_on,
        promised_on=None if held else decision.promised_on,
        order_number=order.number,
        order_document=reply.order_document,
        change_number=reply.change.number if reply.change else None,
        seller_reference=reply.seller_reference,
        note=reply.note or (None if held else _note(decision.notes)),
        buyer=_known(order.buyer) or reply.buyer,
        seller=_known(order.seller) or reply.seller,
        ship_to=order.ship_to,
        currency=decision.currency or order.currency or "",
        charges=() if held else tuple(_charge(fee) for fee in decision.fees),
        extras=order.extras,
        lines=lines,
        line_count=len(lines),
        test=reply.test,
    )


def _charge(fee: Fee) -> ResponseCharge:
    kind = "allowance" if fee.amount < 0 else "charge"
    reason = fee.kind.value if fee.kind in _CODED else None
    return ResponseCharge(kind=kind, reason=reason, text=fee.text, amount=abs(fee.amount))


def reason_text(codes: tuple[str, ...]) -> str | None:
    """The reasons in a few plain words, without what only concerns us."""
    return ", ".join(dict.fromkeys(_WORDS[code] for code in codes if code in _WORDS)) or None


def _note(sentences: tuple[str, ...]) -> str | None:
    """The sentences as one text, which ends where a free text of a message does."""
    return shorten("; ".join(sentences), _NOTE_CHARACTERS, placeholder=" ...") or None


def _known(party: Party | None) -> Party | None:
    """The party where the document identifies it."""
    return party if party and party.id else None


def _line(line: Line, decided: LineDecision) -> ResponseLine:
    """The answer to one line; what was refused confirms nothing."""
    refused = decided.decision is Decision.REJECTED
    return ResponseLine(
        position=line.position,
        decision=_LINES.get(decided.decision, LineAnswer.REJECTED),
        gtin=line.gtin,
        supplier_sku=line.supplier_sku,
        buyer_sku=line.buyer_sku,
        ordered=line.quantity,
        confirmed=None if refused else decided.quantity,
        backordered=decided.backordered or None,
        refused=None if refused else _refused(line, decided),
        unit=line.unit or _counted_in(line, decided),
        unit_as_received=line.unit_as_received,
        deliver_on=decided.deliver_on,
        promised_on=_promised(decided),
        price=decided.price,
        reason=_note((decided.reason_text,)) if decided.reason_text else reason_text(decided.reasons),
        reasons=decided.reasons,
        schedule=decided.schedule,
        extras=line.extras,
    )


def _counted_in(line: Line, decided: LineDecision) -> str | None:
    """Our unit, for a line that states none: an answer is to say what the quantity was taken for."""
    return decided.unit if line.unit_as_received is None and decided.pack == 1 else None


def _refused(line: Line, decided: LineDecision) -> Decimal | None:
    """What of the ordered quantity neither comes nor is on back order."""
    lacking = (line.quantity or Decimal(0)) - decided.quantity - decided.backordered
    return lacking if lacking > 0 else None


def _promised(decided: LineDecision) -> date | None:
    """The day that is news to the buyer: his own was not met, and no schedule tells it."""
    is_news = "order.line.late" in decided.reasons and not decided.schedule
    return decided.deliver_on if is_news and decided.decision is not Decision.REJECTED else None


def _unknown_lines(reply: Reply) -> list[ResponseLine]:
    """The change's lines that could not be applied: 10 is for a line we do not have."""
    if reply.change is None:
        return []
    places = {issue.field: issue.code for issue in reply.change_issues}
    found = []
    for index, line in enumerate(reply.change.lines):
        code = places.get(f"lines[{index}]")
        if code:
            missing = code == "order-change.line-unknown" and line.action is not LineAction.ADD
            found.append(
                ResponseLine(
                    position=line.position,
                    decision=LineAnswer.NOT_FOUND if missing else LineAnswer.REJECTED,
                    gtin=line.gtin,
                    supplier_sku=line.supplier_sku,
                    buyer_sku=line.buyer_sku,
                    ordered=line.quantity,
                    unit=line.unit,
                    unit_as_received=line.unit_as_received,
                    reason=reason_text((code,)),
                    reasons=(code,),
                    extras=line.extras,
                )
            )
    return found


def _with_unknown(answer: Answer, reply: Reply) -> Answer:
    """The header of the answer, lines that could not be applied counted as refused."""
    if not _unknown_lines(reply):
        return answer
    return {Answer.ACCEPTED: Answer.LINES_CHANGED, Answer.HEADER_CHANGED: Answer.BOTH_CHANGED}.get(answer, answer)
