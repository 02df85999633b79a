"""What a mapping is refused for when it is compiled, with file, line and column."""

from __future__ import annotations

import pytest

from tests.mapping.orders import FILE, LINES, ORDER, library, refused

# The rules of ORDER stand in lines 4 to 6 of the file, what a test adds begins in line 7; LINES take lines 7 to 9.


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ('note = "XYZ/1004"', f"{FILE}:7:9: ORDERS D.96A has no segment XYZ"),
        ('note = "BGM/9999"', f"{FILE}:7:13: BGM has no such element 9999 (it has 1001, 1131"),
        ('note = "BGM/1004#2"', f"{FILE}:7:13: BGM has no such element 1004"),
        ('note = "RFF[9999=X]/1154"', f"{FILE}:7:13: RFF has no such element 9999"),
        ('note = "PRI[AAA]/5118"', f"{FILE}:7:9: PRI is out of sight here in ORDERS D.96A (a path sees"),
        ('note = "NAD[BY]>RFF[VA]>LOC/3225"', f"{FILE}:7:25: LOC is out of sight here"),
        ('note = "BGM>RFF/1154"', f"{FILE}:7:9: BGM opens no group here in ORDERS D.96A (groups here: RFF,"),
        ('deliver_on = "DTM[2]"', f"{FILE}:7:15: deliver_on is a date, this rule gives a segment (end the"),
        ('deliver_on = "RFF[CT] | date"', "RFF has no such element 2380"),
        ('sum = "BGM/1004"', f"{FILE}:7:1: Order has no field 'sum' (it has number, kind"),
        ('deliver_on = "DTM[2]/2380"', f"{FILE}:7:15: deliver_on is a date, this rule gives a text (end the rule"),
        ('exchange_rate = "CUX/5402"', f"{FILE}:7:18: exchange_rate is a number, this rule gives a text"),
        ('note = "FTX/4440*"', f"{FILE}:7:9: note is a text, this rule gives a list of texts"),
        ('note = "BGM/1004 | decimal"', "note is a text, this rule gives a number"),
        ('buyer = "NAD[BY]/3039"', f"{FILE}:7:10: buyer is filled by a table (write [...buyer])"),
        ('lines = "LIN/1082"', f"{FILE}:7:10: lines is filled by a table"),
        ('note = "BGM/1004 | shout"', f"{FILE}:7:20: there is no step 'shout'"),
        ('note = "BGM/1004 | decimal | trim"', f"{FILE}:7:30: trim does not take a number (it takes a text)"),
        ('note = "BGM/1001 | code(nowhere)"', f"{FILE}:7:20: code: there is no code list 'nowhere'"),
        ("note = \"'x' // BGM/1004\"", f"{FILE}:7:15: nothing comes after a text: it is always present (put the text"),
        ("exchange_rate = \"CUX/5402 // 'x' | decimal\"", "the text 'x' cannot be used: 'x' is not a number"),
        ('purpose = "BGM/1225"', "purpose takes words of its own list (end it in code(...) with the values original"),
        ('purpose = "BGM/1001 | code(order_kind)"', "purpose cannot be 'blanket', 'call_off'"),
        ("purpose = \"BGM/1225 // 'huh'\"", "purpose takes words of its own list"),
        ("purpose = \"'huh'\"", f"{FILE}:7:12: purpose cannot be 'huh' (it is original"),
        ('note = "DTM[2] // BGM/1004 | date"', "this rule mixes segments and elements"),
        ('note = "BGM/1004 FTX/4440"', f"{FILE}:7:18: 'FTX/4440' is not expected here (put // or | between parts)"),
        ('note = "BGM/10"', f"{FILE}:7:13: an element of four digits is expected here, not '10'"),
        ('note = "bgm/1004"', f"{FILE}:7:9: a segment tag is expected here, not 'bgm/1004'"),
        ('note = "BGM/1004 |"', "a step is expected here, not the end of the rule"),
        ('note = "RFF[CT/1154"', f"{FILE}:7:20: ']' is expected here"),
        ("note = \"'x\"", f"{FILE}:7:9: this text has no closing quote"),
        ('note = "(BGM/1004, FTX/4440"', "')' is expected here"),
        ("note = 7", f"{FILE}:7:1: a rule is a text"),
        ('extra = "x"\n[more]\nx = "y"', "'more' is no part of a mapping that makes 'order'"),
        ('[order.lines]\nposition = "LIN/1082 | int"', f"{FILE}:7:1: lines is a list: the table needs each"),
        ('[order.buyer]\neach = "NAD[BY]"\nid = "NAD/3039"', f"{FILE}:7:1: buyer is no list: use at, not each"),
        ('[order.note]\nx = "BGM/1004"', "note is filled by a rule, not by a table"),
        ('[order.sums]\nx = "BGM/1004"', f"{FILE}:7:1: Order has no field 'sums'"),
        ('[order.texts]\neach = "FTX"\nat = "FTX"\ntext = "FTX/4440"', "a table has at or each, not both"),
        ('[order.texts]\neach = "FTX/4440"\ntext = "FTX/4440"', "at and each name groups or segments, no element"),
        ('[order.texts]\neach = "PIA"\ntext = "FTX/4440"', "PIA opens no group and is no segment here"),
        ('[order.texts]\neach = "FTX"\ntext = "DTM[2]/2380"', f"{FILE}:9:9: DTM is out of sight here"),
        ('[order.texts]\neach = "FTX"\nwhen = "FTX/4451"\ntext = "FTX/4440"', "'=' is expected here"),
        ("[order.texts]\neach = \"FTX\"\nwhen = \"FTX/4451 = FTX/4440\"\ntext = \"FTX/4440\"", "no closing quote"),
        ('[ignore]\n"XYZ" = "no such segment"', f"{FILE}:8:1: ORDERS D.96A has no segment XYZ"),
        ('[ignore]\n"BGM/9999" = "no such element"', "BGM has no such element 9999"),
        ('[ignore]\n"BGM/1131" = ""', f"{FILE}:8:1: BGM/1131 is ignored without a reason (say why in the text)"),
        ('[ignore]\n"NAD[BY]>LOC" = "the buyer\'s"', "groups of [ignore] take no filter"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_right_is_refused_at_its_place(rules: str, problem: str) -> None:
    problems = refused(ORDER + rules)
    assert [found for found in problems if problem in found], problems


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ('[order]\nordered_on = "DTM[137] | date | required"\n', f"{FILE}:4:1: Order needs 'number', which no rule"),
        (
            '[order]\nnumber = "BGM/1004"\nordered_on = "DTM[137] | date | required"\n',
            f"{FILE}:5:1: number is a required field, this rule can leave it empty (end it in | required or // 'text')",
        ),
    ],
)  # fmt: skip
def test_a_required_field_that_may_stay_empty_is_refused(order: str, problem: str) -> None:
    assert [found for found in refused(order) if problem in found]


def test_a_required_field_may_end_in_a_text() -> None:
    order = '[order]\nnumber = "BGM/1004 // \'none\'"\nordered_on = "DTM[137] | date | required"\n'
    library(order).mapping("test/order")


def test_every_problem_of_a_mapping_is_reported_at_once() -> None:
    assert len(refused(ORDER + 'note = "XYZ/1004"\nsum = "BGM/1004"\ncurrency = "CUX/6345 | code(no)"\n')) == 3


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ('reads = "edifact ORDERS D.11Z"\nmakes = "order"\n', ":1:1: there are no tables for 'edifact ORDERS D.11Z'"),
        ('reads = "edifact ORDERZ D.96A"\nmakes = "order"\n', ":1:1: D.96A has no message ORDERZ"),
        ('reads = "edifact ORDERS D.96A"\nmakes = "invoice"\n', ":2:1: no mapping makes 'invoice' (it makes order or"),
        ('reads = "order"\nmakes = "order"\n', "reads and makes name one outside syntax and one canonical document"),
        ('reads = "edifact ORDERS D.96A"\nmakes = 5\n', ":2:1: makes is a text"),
        ('partner = "acme"\nreads = "edifact ORDERS D.96A"\n', ":1:1: a partner's mapping lies below partners/"),
        ("reads = \n", "correct the TOML"),
    ],
)
def test_a_header_that_cannot_be_right_is_refused(header: str, problem: str) -> None:
    files = {"other/order/mapping.toml": header + ORDER}
    problems = refused(ORDER, files, "other/order")
    assert [found for found in problems if problem in found], problems


def test_a_mapping_has_at_most_500_rules() -> None:
    rules = "".join(f'rule_{index} = "BGM/1004"\n' for index in range(500))
    assert [found for found in refused(ORDER + rules) if "this mapping has more than 500 rules" in found]


def test_tables_are_nested_at_most_four_deep() -> None:
    text = ORDER + LINES + '[order.lines.charges.amounts.more]\nx = "BGM/1004"\n'
    assert [found for found in refused(text) if f"{FILE}:10:1: tables are nested at most 4 deep" in found]


def test_a_rule_has_at_most_five_fallbacks() -> None:
    sources = [f"RFF[A{index}]/1154" for index in range(7)]
    library(ORDER + f'contract = "{" // ".join(sources[:6])}"').mapping("test/order")
    problems = refused(ORDER + f'contract = "{" // ".join(sources)}"')
    assert problems == [f"{FILE}:7:{13 + len(' // '.join(sources))}: this rule has more than 5 fallbacks"]


def test_a_rule_is_at_most_64_kilobytes_long() -> None:
    text = "x" * 64_001
    assert refused(ORDER + f"note = \"'{text}'\"") == [f"{FILE}:7:9: this rule is longer than 64 kB"]
