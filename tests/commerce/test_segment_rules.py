from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.rule_grammar import (
    MOST_CHARACTERS,
    MOST_DEPTH,
    Comparison,
    FieldType,
    Joined,
    Negation,
    Part,
    RuleError,
    text_of,
)
from gateway.commerce.segment_rules import FIELDS, parse
from gateway.commerce.segmentation import holding
from gateway.model.account import Account

TODAY = date(2026, 6, 15)
ACCOUNT = Account(account="1", name="One", country="DE", credit_limit=Decimal("500.5"))

NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False).map(
    lambda number: Decimal(format(number.normalize(), "f"))
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
VALUES = {
    FieldType.TEXT: TEXTS,
    FieldType.NUMBER: NUMBERS,
    FieldType.DATE: st.dates(),
    FieldType.FLAG: st.booleans(),
}
ASKED = {
    FieldType.TEXT: ("country", "type", "segment"),
    FieldType.NUMBER: ("revenue_12m", "credit_limit", "lines_edifact"),
    FieldType.DATE: ("last_order", "last_usage"),
}


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    kind = draw(st.sampled_from(sorted(ASKED)))
    field = draw(st.sampled_from(ASKED[kind]))
    ops = ("=", "!=", "in") if kind is FieldType.TEXT else ("<", "<=", "=", "!=", ">=", ">", "in")
    op = draw(st.sampled_from(ops))
    count = draw(st.integers(1, 3)) if op == "in" else 1
    return Comparison(field, op, tuple(draw(VALUES[kind]) for _ in range(count)))


RULES: st.SearchStrategy[Part] = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        inner.filter(lambda part: not isinstance(part, Negation)).map(Negation),
        st.builds(Joined, st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(RULES)
def test_a_rule_written_out_is_read_back_as_it_was(rule: Part) -> None:
    text = text_of(rule)
    if len(text) <= MOST_CHARACTERS:
        assert parse(text) == rule


def evaluated(part: Part, values: dict[str, object]) -> bool:
    """The rule's worth by Python's own operators, every comparison written out apart."""
    match part:
        case Negation(inner):
            return not evaluated(inner, values)
        case Joined("and", parts):
            return all(evaluated(each, values) for each in parts)
        case Joined(_, parts):
            return any(evaluated(each, values) for each in parts)
        case Comparison(field, op, stated):
            value = values.get(field)
            if value is None:
                return False
            first: object = stated[0]
            told = {
                "in": lambda: any(value == each for each in stated),
                "=": lambda: value == first,
                "!=": lambda: value != first,
                "<": lambda: value < first,  # type: ignore[operator]
                "<=": lambda: not value > first,  # type: ignore[operator]
                ">": lambda: value > first,  # type: ignore[operator]
                ">=": lambda: not value < first,  # type: ignore[operator]
            }
            return told[op]()
    raise AssertionError(part)


@given(
    RULES,
    st.fixed_dictionaries({"country": st.none() | TEXTS, "type": TEXTS, "segment": st.none() | TEXTS}),
    st.none() | NUMBERS,
    st.dictionaries(st.sampled_from(("revenue_12m", "lines_edifact")), NUMBERS),
    st.dictionaries(st.sampled_from(("last_order", "last_usage")), st.dates()),
)
def test_a_rule_holds_as_its_comparisons_say(
    rule: Part, texts: dict, limit: Decimal | None, numbers: dict, days: dict
) -> None:
    account = Account(account="1", name="One", credit_limit=limit, **texts)
    known = {**texts, "credit_limit": limit, "revenue_12m": Decimal(0), "lines_edifact": Decimal(0), **numbers, **days}
    because = holding(rule, account, {**numbers, **days}, TODAY)
    assert (because is not None) == evaluated(rule, known)
    for each in because or ():
        assert evaluated(parse(each.condition), known), "what is told as the reason holds by itself"


def refused(text: str) -> RuleError | None:
    try:
        parse(text)
    except RuleError as refusal:
        return refusal
    return None


@given(st.text() | st.text(alphabet="()andort not=<>!,\"' 0123456789.-x\xa0", max_size=60))
def test_whatever_is_written_is_a_rule_or_refused_at_a_column(text: str) -> None:
    refusal = refused(text)
    if refusal is not None:
        assert 1 <= refusal.column <= len(text) + 1
        assert str(refusal).startswith(f"column {refusal.column}: ")


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("revenue >= 1", 1, "there is no field revenue: do you mean revenue_12m?"),
        ("zzzzzz = 1", 1, "name a column of accounts or a metric"),
        ('revenue_12m >= "100"', 16, 'revenue_12m is a number: write a number like 100000 or 2.5, not "100"'),
        ("country = DE", 11, 'country is a text: write a text like "DE", not DE'),
        ('country < "DE"', 9, "country is a text: it is compared by =, !=, in, not by <"),
        ("last_order > 20260101", 14, "last_order is a date: write a day like 2026-01-31, not 20260101"),
        ("last_order > 2026-02-30", 14, "day is out of range"),
        ("revenue_12m >= 1234567890123", 16, "more than 12 integer"),
        ('country in "DE"', 12, "expected `(` and the values after `in`"),
        ("country in ()", 13, "found ')'"),
        ('country = "DE" country = "AT"', 16, "expected `and`, `or` or the end, found 'country'"),
        ('country = "DE" and', 19, "expected a field, `not` or `(`, found the end"),
        ('(country = "DE"', 16, "expected `)` for the `(` in column 1"),
        ('country = "DE', 11, 'the text is not closed: end it with "'),
        ("country == 1", 10, "found '='"),
        ("country ~ 1", 9, "'~' has no meaning here"),
        ("", 1, "found the end"),
        ("not not order_count = 1", 5, "`not` twice"),
        ("in = 1", 1, "expected a field"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_column_and_advice(text: str, column: int, told: str) -> None:
    with pytest.raises(RuleError) as refusal:
        parse(text)
    assert refusal.value.column == column
    assert told in str(refusal.value)


def test_and_binds_tighter_than_or() -> None:
    plain, bracketed = (
        'country = "AT" and order_count > 1 or type = "customer"',
        'country = "AT" and (order_count > 1 or ',
    )
    assert holding(parse(plain), ACCOUNT, {}, TODAY) is not None
    assert holding(parse(bracketed + 'type = "customer")'), ACCOUNT, {}, TODAY) is None
    assert text_of(parse(plain)) == plain


def test_nothing_compares_with_what_is_not_known_and_not_turns_that_round() -> None:
    for op in ("=", "!="):
        assert holding(parse(f'price_group {op} "A"'), ACCOUNT, {}, TODAY) is None
    assert holding(parse('not price_group = "A"'), ACCOUNT, {}, TODAY) is not None
    assert holding(parse("last_order < 2099-01-01"), ACCOUNT, {}, TODAY) is None
    assert holding(parse("days_since_order > 1"), ACCOUNT, {}, TODAY) is None
    assert holding(parse("revenue_12m < 1"), ACCOUNT, {}, TODAY) is not None, "a number without orders is 0"


def test_the_reason_is_what_held_with_its_values() -> None:
    rule = parse('(country in ("DE", "AT") or revenue_12m > 5) and not gln = "1" and days_since_order <= 30')
    because = holding(rule, ACCOUNT, {"last_order": date(2026, 6, 1)}, TODAY)
    assert because is not None
    assert [(each.condition, each.values) for each in because] == [
        ('country in ("DE", "AT")', {"country": '"DE"'}),
        ('not gln = "1"', {"gln": None}),
        ("days_since_order <= 30", {"days_since_order": "14"}),
    ]


def test_texts_in_either_quotes_and_words_in_any_case_are_read() -> None:
    assert parse("country = 'DE' AND name = 'a''b' Or name = \"a\"\"b\"") == parse(
        'country = "DE" and name = "a\'b" or name = "a""b"'
    )


def test_a_rule_may_be_deep_and_long_to_a_limit() -> None:
    deep = "(" * MOST_DEPTH + "order_count > 1" + ")" * MOST_DEPTH
    assert parse(deep) == parse("order_count > 1")
    with pytest.raises(RuleError, match=f"column {MOST_DEPTH + 1}: parentheses stand at most"):
        parse("(" * 1_900)
    with pytest.raises(RuleError, match="at most 2000 characters"):
        parse("order_count > 1 or " * 200)


def test_every_column_of_accounts_that_compares_is_a_field() -> None:
    assert {name: FIELDS[name] for name in ("account", "country", "credit_limit", "revenue_12m", "last_order")} == {
        "account": FieldType.TEXT,
        "country": FieldType.TEXT,
        "credit_limit": FieldType.NUMBER,
        "revenue_12m": FieldType.NUMBER,
        "last_order": FieldType.DATE,
    }
