"""Tables: what they stand for, when they are there, and what of a message is left unread."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.mapping.orders import LINES, ORDER, errors, lines, of_line, of_order, tried, unread

BUYER = '[order.buyer]\nat = "NAD[BY]"\nid = "NAD/3039"\ncontact = "CTA[OC]/3412"\n'
PRICE = '[order.lines.price]\namount = "PRI[AAA]/5118 | decimal"\nper = "PRI[AAA]/5284 // \'1\' | decimal"\n'
TEXTS = '[order.texts]\neach = "FTX"\nsubject = "FTX/4451"\ntext = "FTX/4440"\n'


def test_at_reads_everything_inside_the_one_group() -> None:
    trial = of_order(BUYER, "NAD+SU+2'CTA+OC+:S'NAD+BY+1'CTA+OC+:B'")
    assert trial.document["buyer"] == {"id": "1", "contact": "B"}


def test_each_makes_an_item_of_every_group() -> None:
    assert lines(of_line("", "LIN+1'LIN+5'")) == [{}, {}]


def test_each_makes_an_item_of_every_segment_where_the_tag_opens_no_group() -> None:
    trial = of_order(TEXTS, "FTX+AAI+++one'FTX+DIN+++two'")
    assert trial.document["texts"] == [{"subject": "AAI", "text": "one"}, {"subject": "DIN", "text": "two"}]


def test_each_goes_down_to_the_groups_it_repeats_over() -> None:
    rules = '[order.lines.schedule]\neach = "SCC>QTY[21]"\nquantity = "QTY/6060 | decimal"\n'
    trial = of_line(rules, "LIN+1'SCC+1'QTY+21:1'QTY+113:9'QTY+21:2'SCC+4'QTY+21:3'")
    assert lines(trial)[0]["schedule"] == [{"quantity": Decimal(1)}, {"quantity": Decimal(2)}, {"quantity": Decimal(3)}]


def test_when_leaves_out_items_of_which_it_does_not_hold() -> None:
    trial = tried(ORDER + LINES + "when = \"LIN/1229 = '1', '3'\"\n", "LIN+1+1'LIN+2+2'LIN+3+3'")
    assert [line["position"] for line in trial.document["lines"]] == [1, 3]  # type: ignore[attr-defined]


def test_when_may_say_what_must_not_be() -> None:
    trial = tried(ORDER + LINES + "when = \"LIN/1229 != '2'\"\n", "LIN+1'LIN+2+2'")
    assert [line["position"] for line in trial.document["lines"]] == [1]  # type: ignore[attr-defined]


def test_a_table_none_of_whose_values_came_from_the_source_is_absent() -> None:
    assert lines(of_line(PRICE, "LIN+1'PRI+AAB:3'")) == [{}]


def test_a_text_of_a_rule_stands_beside_what_came_from_the_source() -> None:
    assert lines(of_line(PRICE, "LIN+1'PRI+AAA:3'")) == [{"price": {"amount": Decimal(3), "per": Decimal(1)}}]


def test_a_list_without_items_is_absent() -> None:
    assert "texts" not in of_order(TEXTS, "").document


def test_the_first_source_that_is_present_wins() -> None:
    rule = 'contract = "RFF[CT]/1154 // RFF[ON]/1154"'
    assert of_order(rule, "RFF+ON:1'RFF+CT:2'").document["contract"] == "2"
    assert of_order(rule, "RFF+ON:1'").document["contract"] == "1"


def test_an_empty_element_is_absent_so_the_fallback_is_read() -> None:
    assert of_order('contract = "RFF[CT]/1154 // RFF[ON]/1154"', "RFF+CT'RFF+ON:1'").document["contract"] == "1"


def test_a_quote_inside_a_text_is_written_twice() -> None:
    trial = of_order("note = \"FTX/4440 // 'buyer''s own'\"", "")
    assert trial.document["note"] == "buyer's own"


def test_the_text_at_the_end_goes_through_the_steps_too() -> None:
    assert of_order("purpose = \"BGM/1225 // '9' | code(order_purpose)\"", "").document["purpose"] == "original"


def test_required_and_absent_is_an_issue_at_the_place_it_should_stand() -> None:
    trial = of_line('quantity = "QTY[21]/6060 | decimal | required"', "LIN+4'QTY+21'")
    (issue,) = errors(trial)
    assert (issue.code, issue.field, issue.tag, issue.element) == (
        "order.line.quantity.missing", "lines[0].quantity", "QTY", "6060",
    )  # fmt: skip
    assert issue.rule == "test/order/mapping.toml:10"


def test_required_without_its_segment_is_an_issue_at_the_group() -> None:
    (issue,) = errors(of_line('quantity = "QTY[21]/6060 | decimal | required"', "LIN+4'"))
    assert (issue.tag, issue.segment, issue.element) == ("LIN", 4, None)


def test_empty_after_the_steps_is_missing_for_required() -> None:
    assert [issue.code for issue in errors(of_order('contract = "RFF[CT]/1154 | trim | required"', "RFF+CT:  '"))] == [
        "mapping.value.missing"
    ]


def test_absent_and_not_required_says_nothing() -> None:
    assert errors(of_line('quantity = "QTY[21]/6060 | decimal"', "LIN+4'")) == []


def test_all_issues_of_a_message_are_collected_with_the_field_of_each() -> None:
    trial = of_line('quantity = "QTY[21]/6060 | decimal | required"', "LIN+1'LIN+2'QTY+21:1'LIN+3'QTY+21:x'")
    assert [(issue.code, issue.field) for issue in errors(trial)] == [
        ("order.line.quantity.missing", "lines[0].quantity"),
        ("order.line.quantity.not-a-number", "lines[2].quantity"),
    ]


def test_an_issue_deep_in_a_list_names_every_index_around_it() -> None:
    rules = '[order.lines.charges]\neach = "ALC"\nkind = "ALC/5463 | code(charge_kind)"\n'
    trial = of_line(rules, "LIN+1'LIN+2'ALC+A'ALC+Q'")
    assert [issue.field for issue in errors(trial)] == ["lines[1].charges[1].kind"]


def test_a_position_that_is_missing_is_counted_and_a_finding() -> None:
    trial = of_line('text = "IMD/7008"', "LIN+7'IMD+F++:::a'LIN'IMD+F++:::b'")
    assert [line["position"] for line in trial.document["lines"]] == [7, 2]  # type: ignore[attr-defined]
    (issue,) = [issue for issue in trial.issues if issue.code == "mapping.position.missing"]
    assert (issue.is_error, issue.field, issue.segment) == (False, "lines[1].position", 6)


def test_an_unknown_code_is_an_issue_and_never_passed_through() -> None:
    trial = of_order('currency = "CUX[2]/6345 | code(currency)"', "CUX+2:QQQ:9'")
    assert "currency" not in trial.document
    assert [(issue.code, issue.field) for issue in errors(trial)] == [("mapping.code.unknown", "currency")]


HOLDING = [
    ("LIN+1'DOC+105'", "DOC/1001"),
    ("LIN+1'RFF+ON:1'DTM+171:20240101:102'", "DTM[171]/2380"),
    ("ALC+A'MOA+8:3'", "MOA[8]/5004"),
    ("LIN+1'SCC+1'QTY+21:1'", "QTY[21]/6060"),
    ("SCC+1'FTX+AAI+++noon'", "FTX[AAI]/4440"),
    ("LIN+1'LOC+7+X'", "LOC[7]/3225"),
    ("TDT+20'LOC+7+X'", "LOC[7]/3225"),
    ("TOD+6++CIF'", "TOD[6]/4053"),
]


@pytest.mark.parametrize(("segments", "path"), HOLDING)
def test_what_is_unread_in_a_line_an_allowance_a_schedule_a_place_or_terms_holds(segments: str, path: str) -> None:
    trial = tried(ORDER, segments)
    (found,) = [one for one in trial.unread if one.path == path]
    assert found.holds
    assert found.issue().is_error
    assert found.issue().code == "mapping.unread"


@pytest.mark.parametrize("segments", ["FTX+ZZZ+++GATE 4'", "NAD+BY+++Retail'", "NAD+BY'LOC+7+X'", "CUX+2:EUR'"])
def test_what_is_unread_elsewhere_is_a_finding(segments: str) -> None:
    trial = tried(ORDER, segments)
    assert unread(trial)
    assert not any(one.holds for one in trial.unread)


def test_unread_names_segment_path_value_and_offset() -> None:
    trial = tried(ORDER, "FTX+ZZZ+++GATE 4'")
    (found,) = [one for one in trial.unread if one.path == "FTX[ZZZ]/4440"]
    raw = trial.message.raw
    assert (found.segment, found.value, raw[found.offset : found.offset + 7]) == (4, "GATE 4", b"FTX+ZZZ")


def test_a_value_the_directory_has_no_place_for_is_unread_by_its_position() -> None:
    assert "BGM[220]/6" in unread(tried(ORDER, "BGM+220+1++++X'"))


IGNORED = [
    ('"FTX" = "texts are not read"', "FTX+ZZZ+++GATE 4'", True),
    ('"FTX[ZZZ]" = "texts of this kind are not read"', "FTX+ZZZ+++GATE 4'", True),
    ('"FTX[AAI]" = "texts of that kind are not read"', "FTX+ZZZ+++GATE 4'", False),
    ('"FTX/4440" = "the words are not read"', "FTX+ZZZ+++GATE 4'", False),
    ('"LIN>DOC" = "documents of lines are not read"', "LIN+1'DOC+105'", True),
    ('"NAD>DOC" = "documents of parties are not read"', "LIN+1'DOC+105'", False),
    ('"NAD>LOC" = "places of parties are not read"', "NAD+BY'LOC+7+X'", True),
    ('"NAD>LOC" = "places of parties are not read"', "LIN+1'LOC+7+X'", False),
    ('"LIN>NAD>LOC" = "places of parties of lines are not read"', "NAD+BY'LOC+7+X'", False),
]


@pytest.mark.parametrize(("line", "segments", "is_ignored"), IGNORED)
def test_what_is_ignored_is_not_unread_in_the_groups_it_names_and_nowhere_else(
    line: str, segments: str, is_ignored: bool
) -> None:
    last = segments.rstrip("'").rpartition("'")[2][:3]
    left = [path for path in unread(tried(ORDER + LINES + "[ignore]\n" + line, segments)) if path.startswith(last)]
    assert (not left) is is_ignored


def test_what_is_read_and_not_usable_is_not_unread_too() -> None:
    trial = of_line('quantity = "QTY[21]/6060 | decimal"', "LIN+1'QTY+21:two'")
    assert not [path for path in unread(trial) if path.startswith("QTY")]


def test_a_group_that_may_stand_at_two_levels_belongs_where_it_stands() -> None:
    trial = of_order(BUYER, "LIN+1'QTY+21:1'NAD+BY+1'")
    assert "buyer" not in trial.document
    assert "NAD[BY]/3039" in unread(trial)


def test_an_empty_component_of_what_a_step_reads_hides_nothing_that_stands_behind_it() -> None:
    """DTM without a format, and with a component too many, which the directory does not have."""
    trial = of_order('deliver_on = "DTM[2] | date"', "DTM+2:20240301::X'")
    assert str(trial.document["deliver_on"]) == "2024-03-01"
    assert [path for path in unread(trial) if path.startswith("DTM")] == ["DTM[2]/1"]


def test_a_date_without_a_format_is_read_whole() -> None:
    trial = of_order('deliver_on = "DTM[2] | date"', "DTM+2:20240301'DTM+2:20240302:102'")
    assert str(trial.document["deliver_on"]) == "2024-03-01"
    assert unread(trial).count("DTM[2]/2380") == 1
