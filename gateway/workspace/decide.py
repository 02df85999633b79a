"""A partner's `[decide]`: which action in which case, and within which limits a stated price counts as agreed."""

from __future__ import annotations

from decimal import Decimal

from gateway.fields import Field, FieldType, Reader, Values
from gateway.workspace.values import Decide

ACTIONS = ("accept", "counter", "reject", "hold")


def _case(name: str, default: str, sentence: str) -> Field:
    return Field(name=name, default=default, choices=ACTIONS, help=sentence)


CASES = (
    _case("price_too_low", "counter", "The stated price lies below the agreed one, outside the tolerance."),
    _case("price_too_high", "counter", "The stated price lies above the agreed one, outside the tolerance."),
    _case("no_price_stated", "accept", "The order states no price; the agreed one holds."),
    _case("no_agreed_price", "hold", "No price is agreed for this article and account."),
    _case(
        "price_unit",
        "hold",
        "The stated price seems to be meant for another price unit, or the unit is not the cart's.",
    ),
    _case("unknown_article", "reject", "No article is known by the numbers stated."),
    _case("not_in_assortment", "reject", "The article is known and not sold to this account."),
    _case("quantity_step", "counter", "The quantity is no multiple of the sales unit, or below the least one."),
    _case("expired_contract", "counter", "The contract cited is over."),
    _case("late", "counter", "The goods cannot be there on the requested date."),
    _case("terms_differ", "hold", "The stated terms differ from the agreed ones."),
    _case("total_differs", "hold", "The stated total differs from the sum of the lines."),
    _case("line_count_differs", "hold", "The stated number of lines differs from the lines sent."),
    _case("below_minimum", "hold", "The order lies below the least order value, and that is a hard one."),
    _case("above_maximum", "hold", "The order lies above the highest order value."),
    _case("account_blocked", "hold", "The account is blocked."),
    _case("over_credit", "hold", "The order passes the account's credit limit."),
    _case("currency_differs", "hold", "The order's currency is not the account's."),
    _case("date_past", "counter", "The requested delivery date is over."),
)
LIMITS = (
    Field(name="unit_price", type=FieldType.DECIMAL, help="Difference per price unit, in the order's currency."),
    Field(name="unit_price_percent", type=FieldType.DECIMAL, help="Difference per price unit, in percent."),
    Field(name="line_value", type=FieldType.DECIMAL, help="Difference of the line's value, in the order's currency."),
)
DEFAULT_TOLERANCE = {
    "unit_price": Decimal("0.05"),
    "unit_price_percent": Decimal("0.5"),
    "line_value": Decimal("1.00"),
}
DEFAULT_DECIDE = Decide(actions={case.name: str(case.default) for case in CASES}, tolerance=DEFAULT_TOLERANCE)
FIELDS = (
    *CASES,
    Field(name="tolerance", type=FieldType.TABLE, fields=LIMITS, help="All limits given must hold; none given: none."),
)


def decide_of(reader: Reader, table: Values) -> Decide:
    """The policy a `[decide]` table states; a case left out has its default, a tolerance left out the default one."""
    stated = table.table("tolerance")
    given = {limit.name: stated.decimal(limit.name) for limit in LIMITS}
    tolerance = {name: number for name, number in given.items() if number is not None}
    for name, number in tolerance.items():
        if number < 0:
            reader.problems.append(stated.place(name).problem(f"{name} is negative", "write a number from 0 up"))
    actions = {case.name: table.text(case.name) for case in CASES}
    return Decide(actions=actions, tolerance=tolerance if table.has("tolerance") else DEFAULT_TOLERANCE)
