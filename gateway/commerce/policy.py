"""What is done in each case in which an order differs from what was agreed."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from gateway.model.value import Value


class Action(StrEnum):
    """What is done about a deviation. `counter` answers with the agreed value."""

    ACCEPT = "accept"
    COUNTER = "counter"
    REJECT = "reject"
    HOLD = "hold"


class Tolerance(Value):
    """Limits within which a stated price counts as the agreed one; all given limits must hold.

    `unit_price` and `unit_price_percent` per the buyer's price unit, `line_value` on the line, in the order's currency.
    """

    unit_price: Decimal | None = None
    unit_price_percent: Decimal | None = None
    line_value: Decimal | None = None


DEFAULT_TOLERANCE = Tolerance(unit_price=Decimal("0.05"), unit_price_percent=Decimal("0.5"), line_value=Decimal("1.00"))


class DecidePolicy(Value):
    """A partner's `[decide]`: one action a case."""

    price_too_low: Action = Action.COUNTER
    price_too_high: Action = Action.COUNTER
    no_price_stated: Action = Action.ACCEPT
    no_agreed_price: Action = Action.HOLD
    price_unit: Action = Action.HOLD
    unknown_article: Action = Action.REJECT
    not_in_assortment: Action = Action.REJECT
    quantity_step: Action = Action.COUNTER
    expired_contract: Action = Action.COUNTER
    late: Action = Action.COUNTER
    terms_differ: Action = Action.HOLD
    total_differs: Action = Action.HOLD
    line_count_differs: Action = Action.HOLD
    below_minimum: Action = Action.HOLD
    above_maximum: Action = Action.HOLD
    account_blocked: Action = Action.HOLD
    over_credit: Action = Action.HOLD
    currency_differs: Action = Action.HOLD
    date_past: Action = Action.COUNTER
    tolerance: Tolerance = DEFAULT_TOLERANCE

    def action(self, code: str) -> Action:
        """What is done about an issue of this code; what no case covers waits for a person."""
        case = _CASES.get(code)
        if case is None:
            return Action.HOLD
        action = Action(getattr(self, case))
        if action in (Action.REJECT, Action.HOLD) or code not in _WITHOUT_VALUE:
            return action
        return Action.ACCEPT if action is Action.ACCEPT and code in _BEARABLE else Action.HOLD


_CASES = {
    "order.line.price.too-low": "price_too_low",
    "order.line.price.too-high": "price_too_high",
    "order.line.price.none-stated": "no_price_stated",
    "order.line.price.none-agreed": "no_agreed_price",
    "order.line.price.unit-suspected": "price_unit",
    "order.line.cart-differs.unit": "price_unit",
    "order.line.product.unknown": "unknown_article",
    "order.line.product.not-in-assortment": "not_in_assortment",
    "order.line.quantity.step": "quantity_step",
    "order.contract.expired": "expired_contract",
    "order.quote.not-valid": "expired_contract",
    "order.line.late": "late",
    "order.line.not-available": "late",
    "order.terms.differ": "terms_differ",
    "order.total.differs": "total_differs",
    "order.line-count.differs": "line_count_differs",
    "order.below-minimum": "below_minimum",
    "order.above-maximum": "above_maximum",
    "account.blocked": "account_blocked",
    "account.over-credit": "over_credit",
    "order.currency.differs": "currency_differs",
    "date.past": "date_past",
}

# Nothing agreed can be put in the place of what the buyer stated, so `counter` waits for a person.
_WITHOUT_VALUE = frozenset(
    {
        "account.blocked",
        "account.over-credit",
        "order.above-maximum",
        "order.below-minimum",
        "order.line-count.differs",
        "order.line.price.none-agreed",
        "order.line.product.not-in-assortment",
        "order.line.product.unknown",
        "order.total.differs",
    }
)
# Of those, what can be let pass: an article we do not know can not.
_BEARABLE = _WITHOUT_VALUE - {"order.line.product.unknown"}
