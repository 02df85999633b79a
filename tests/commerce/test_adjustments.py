"""Discounts and surcharges: which apply together, in which order, from which base, down to which floor."""

from __future__ import annotations

import msgspec
import pytest

from gateway.commerce.conditions import BelowFloor, PriceRules
from gateway.commerce.pricing import PriceAnswer, PriceCode, Wanted, resolve
from gateway.model.money import Rounding
from gateway.model.price import PriceCondition, PriceList

from .goods import CONTEXT, SCREW, D, condition

PRICE = condition("p", "all", "all", "100")


def priced(*rows: PriceCondition, quantity: str = "1", **context) -> PriceAnswer:
    lists: dict[str, PriceList] = context.pop("lists", {})
    return resolve(CONTEXT._replace(**context), Wanted(SCREW, D(quantity), "PCE"), rows, lists)


def off(key: str, amount: str, subject: str = "all", kind: str = "DISC_PCT", **fields) -> PriceCondition:
    return condition(key, subject, "all", amount, kind, **fields)


def ladder(key: str, text: str, **fields) -> PriceCondition:
    return msgspec.structs.replace(off(key, "0", kind="DISC_LADDER", **fields), ladder=text)


def because(answer: PriceAnswer) -> dict[str, str]:
    lost: list[dict[str, str]] = answer.trace()["lost"]  # type: ignore[assignment]
    return {each["key"]: each["because"] for each in lost}


def applied(answer: PriceAnswer) -> list[str]:
    return [step.offer.condition.key for step in answer.steps]


def test_a_ladder_takes_each_percentage_off_what_the_one_before_left():
    answer = priced(PRICE, ladder("l", "10+5+2"))
    assert answer.net == D("83.79")  # 100 x 0.90 x 0.95 x 0.98
    assert answer.trace()["steps"] == [
        {"type": "DISC_LADDER", "value": "10+5+2", "base": "running", "from": "all, all"}
    ]


def test_changes_follow_the_steps_of_their_types():
    rows = (off("sa", "1", kind="SURCH_ABS"), off("sp", "10", kind="SURCH_PCT"), off("da", "-2", kind="DISC_ABS"),
            off("dp", "-10"), ladder("dl", "50"))  # fmt: skip
    answer = priced(PRICE, *rows)
    assert applied(answer) == ["dl", "dp", "da", "sp", "sa"]
    assert answer.net == D("48.30")  # ((100 x 0.5 x 0.9) - 2) x 1.1 + 1


def test_a_step_of_its_own_moves_a_change():
    assert applied(priced(PRICE, off("early", "-5", kind="DISC_ABS", step=5), off("late", "-10"))) == ["early", "late"]


def test_within_a_step_the_type_decides_then_the_row_key():
    rows = (off("z", "-1", list="b", step=20, kind="DISC_ABS"), off("b", "-10", list="c", stack=True),
            off("a", "-10", list="d", stack=True))  # fmt: skip
    assert applied(priced(PRICE, *rows)) == ["z", "b", "a"]


def test_what_stacks_applies_beside_the_nearest():
    near, far = off("near", "-10", "account:10001"), off("far", "-5", stack=True)
    assert priced(PRICE, near, far).net == D("85.50")
    assert priced(PRICE, near, msgspec.structs.replace(far, stack=False)).net == D("90.00")


def test_stacked_rows_of_one_list_are_still_steps_of_a_ladder():
    rows = tuple(off(f"s{least}", amount, stack=True, list="s", min_quantity=D(least))
                 for least, amount in ((0, "-1"), (10, "-2"), (100, "-3")))  # fmt: skip
    answer = priced(PRICE, *rows, quantity="10")
    assert applied(answer) == ["s10"]
    assert because(answer) == {"s0": "scale from 10 reached", "s100": "10 < 100"}


GROUP = (
    ladder("lad", "4", exclusion_group="g"),
    off("pct", "-5", exclusion_group="g"),
    off("abs", "-3", kind="DISC_ABS", exclusion_group="g"),
)


@pytest.mark.parametrize(("mode", "key"), [("first", "lad"), ("best", "pct"), (None, "pct"), ("worst", "abs")])
def test_of_an_exclusion_group_one_applies_and_the_others_say_so(mode, key):
    answer = priced(PRICE, *(msgspec.structs.replace(row, exclusion_mode=mode) for row in GROUP))
    (kept,) = answer.steps
    assert kept.offer.condition.key == key
    kind = kept.offer.condition.type
    others = {row.key for row in GROUP} - {key}
    assert because(answer) == dict.fromkeys(others, f"exclusion group g: {kind} {key} applies")


def test_the_members_of_a_sum_count_from_the_same_price():
    rows = (off("a", "-10", exclusion_group="g", exclusion_mode="sum"),
            off("b", "-10", step=25, exclusion_group="g", exclusion_mode="sum"), off("c", "-50", step=30))  # fmt: skip
    assert priced(PRICE, *rows).net == D("40.00")  # (100 - 10 - 10) x 0.5


def test_rows_of_two_exclusion_groups_do_not_meet():
    rows = (off("a", "-10", exclusion_group="g"), off("b", "-10", step=25, exclusion_group="h"))
    assert priced(PRICE, *rows).net == D("81.00")


def test_the_nearest_access_wins_inside_its_exclusion_group_before_the_group_chooses():
    rows = (off("near", "-2", "account:10001", exclusion_group="g"), off("far", "-9", exclusion_group="g"))
    answer = priced(PRICE, *rows)
    assert (applied(answer), because(answer)) == (["near"], {"far": "account beats all"})


def test_nothing_follows_a_change_that_stops():
    answer = priced(PRICE, off("last", "-10", stop=True), off("more", "-5", kind="DISC_ABS"))
    assert (answer.net, because(answer)) == (D("90.00"), {"more": "nothing follows last"})


def test_a_net_price_and_a_price_of_the_erp_say_why_nothing_came_off():
    for price, lists in (
        (msgspec.structs.replace(PRICE, stop=True), {}),
        (PRICE, {"p": PriceList(list="p", kind="erp_net")}),
    ):
        answer = priced(price, off("d", "-10"), lists=lists)
        assert (answer.net, because(answer)) == (D("100.00"), {"d": "the price stands net"})


def test_an_exclusive_list_takes_its_own_discounts_only():
    lists = {"p": PriceList(list="p", exclusive=True)}
    own = off("own", "-1", list="p")
    answer = priced(PRICE, own, off("other", "-10", "account:10001"), lists=lists)
    assert (answer.net, because(answer)) == (D("99.00"), {"other": "list p is exclusive"})


def test_nothing_behind_an_exclusive_list_is_compared_for_the_lowest_price():
    dear = condition("dear", "account:10001", "all", "120")
    lists = {"dear": PriceList(list="dear", exclusive=True)}
    assert priced(PRICE, dear, policy="lowest").net == D("100.00")
    answer = priced(PRICE, dear, policy="lowest", lists=lists)
    assert (answer.net, because(answer)) == (D("120.00"), {"p": "list dear is exclusive"})


def test_the_lowest_price_is_the_lowest_after_discounts_and_ties_go_to_the_nearer():
    own = condition("own", "account:10001", "all", "99", stop=True)
    assert priced(PRICE, own, off("d", "-10"), policy="lowest").net == D("90.00")
    same = condition("same", "account:10001", "all", "100")
    answer = priced(PRICE, same, policy="lowest")
    assert answer.winner and answer.winner.condition.key == "same"  # noqa: PT018 the first is for the type


def test_a_price_is_held_at_its_floor_and_both_are_told():
    floored = condition("p", "all", "all", "100", per=D(10), unit="PCE", floor=D(95))
    answer = priced(floored, off("d", "-10"), quantity="3")
    assert (answer.net, answer.code) == (D("28.50"), None)
    assert answer.trace()["floor"] == {"floor": "95/10", "computed": "90", "then": "clamp"}
    assert priced(floored, off("d", "-5"), quantity="3").trace().get("floor") is None


def test_a_price_below_its_floor_waits_where_the_rules_say_so():
    floored = msgspec.structs.replace(PRICE, floor=D(95))
    rules = PriceRules(below_floor=BelowFloor.HOLD)
    answer = priced(floored, off("d", "-10"), rules=rules)
    assert (answer.code, answer.net) == (PriceCode.BELOW_FLOOR, None)
    assert answer.trace()["floor"] == {"floor": "95/1", "computed": "90", "then": "hold"}
    assert priced(floored, off("d", "-5"), rules=rules).net == D("95.00")


def test_a_price_below_nothing_is_none_unless_a_floor_holds_it():
    much = off("d", "-200", kind="DISC_ABS")
    assert priced(PRICE, much).code is PriceCode.NEGATIVE
    assert priced(msgspec.structs.replace(PRICE, floor=D(0)), much).net == D("0.00")


def test_what_is_statistical_is_told_and_changes_nothing():
    rows = (off("rebate", "-2", kind="REBATE", statistical=True),
            condition("rrp", "all", "product:P1", "149", statistical=True),
            off("s", "-3", statistical=True, min_quantity=D(5)))  # fmt: skip
    answer = priced(PRICE, *rows)
    told = answer.trace()
    assert (answer.net, told["lost"]) == (D("100.00"), [])
    assert told["statistical"] == [
        {"type": "PRICE", "value": "+149/1", "list": "rrp", "key": "rrp", "from": "all, product P1"},
        {"type": "REBATE", "value": "-2", "list": "rebate", "key": "rebate", "from": "all, all"},
    ]


@pytest.mark.parametrize(
    ("rounding", "net"), [(Rounding.HALF_UP, "0.13"), (Rounding.HALF_EVEN, "0.12"), (Rounding.DOWN, "0.12")]
)
def test_the_amount_is_rounded_once_as_the_rules_say(rounding, net):
    assert str(priced(condition("p", "all", "all", "0.125"), rules=PriceRules(rounding)).net) == net


def test_a_franc_line_is_not_rounded_to_five_centimes():
    row = condition("p", "all", "all", "1.02", currency="CHF")
    assert priced(row, currency="CHF").net == D("1.02")


def test_the_segment_of_higher_rank_wins_whatever_its_name():
    rows = (condition("a", "segment:a", "all", "1"), condition("z", "segment:z", "all", "2"))
    assert priced(*rows, subjects=("segment:z", "segment:a", "all")).net == D("2.00")
