"""Paths: what they see of a message, and which of several values they take."""

from __future__ import annotations

from tests.mapping.orders import errors, lines, of_line, of_order, texts_of, unread

TWO_LINES = "LIN+1'IMD+F++:::first'LIN+2'IMD+F++:::second'"


def test_a_path_sees_the_segments_of_its_own_group() -> None:
    trial = of_line('text = "IMD/7008"', TWO_LINES)
    assert lines(trial) == [{"text": "first"}, {"text": "second"}]


def test_a_path_sees_the_triggers_of_groups_directly_inside() -> None:
    assert texts_of("RFF[CT]/1154", "LIN+1'RFF+CT:C-9'") == "C-9"


def test_a_path_does_not_see_what_stands_deeper() -> None:
    """The date of a reference is not the line's, though it stands inside the line."""
    trial = of_line('deliver_on = "DTM[2] | date"\ncontract = "RFF[CT]/1154"', "LIN+1'RFF+CT:C-9'DTM+2:20240301:102'")
    assert lines(trial) == [{"contract": "C-9"}]


def test_a_path_goes_deeper_by_naming_the_group() -> None:
    trial = of_line('deliver_on = "RFF[CT]>DTM[171] | date"', "LIN+1'RFF+CT:C-9'DTM+171:20240301:102'")
    assert str(lines(trial)[0]["deliver_on"]) == "2024-03-01"


def test_a_group_on_the_way_is_chosen_by_its_filter() -> None:
    segments = "LIN+1'RFF+ON:1'DTM+171:20240301:102'RFF+CT:2'DTM+171:20240302:102'"
    trial = of_line('deliver_on = "RFF[CT]>DTM[171] | date"', segments)
    assert str(lines(trial)[0]["deliver_on"]) == "2024-03-02"


def test_a_path_goes_down_several_groups() -> None:
    trial = of_order('note = "NAD[BY]>CTA[OC]>COM[3155=EM]/3148"', "NAD+BY+1'CTA+OC+:J'COM+a@b.example:EM'")
    assert trial.document["note"] == "a@b.example"


def test_a_path_sees_the_trigger_of_the_group_around() -> None:
    rules = 'schedule.each = "SCC>QTY[21]"\nschedule.pattern = "SCC/4017"\nschedule.frequency = "LIN/1082"'
    trial = of_line(rules, "LIN+7'SCC+4'QTY+21:1'")
    assert lines(trial) == [{"schedule": [{"pattern": "4", "frequency": "7"}]}]


def test_the_first_segment_is_taken_and_a_second_left_unread() -> None:
    trial = of_line('text = "IMD/7008"', "LIN+1'IMD+F++:::first'IMD+F++:::second'")
    assert lines(trial) == [{"text": "first"}]
    assert "IMD[F]/7008" in unread(trial)


def test_the_first_occurrence_is_taken_and_the_second_left_unread() -> None:
    trial = of_line('text = "IMD/7008"', "LIN+1'IMD+F++:::one:two'")
    assert lines(trial) == [{"text": "one"}]
    assert unread(trial).count("IMD[F]/7008") == 1


def test_a_star_collects_every_occurrence_of_every_segment_in_order() -> None:
    assert texts_of("IMD/7008* | join('-')", "LIN+1'IMD+F++:::a:b'IMD+F++:::c'") == "a-b-c"


def test_a_star_leaves_nothing_of_what_it_collects_unread() -> None:
    trial = of_line("text = \"IMD/7008* | join(' ')\"", "LIN+1'IMD+F++:::a:b'IMD+F++:::c'")
    assert not [path for path in unread(trial) if path.endswith("7008")]


def test_a_number_takes_the_occurrence_it_names() -> None:
    assert texts_of("IMD/7008#2", "LIN+1'IMD+F++:::one:two'") == "two"


def test_a_number_takes_no_other_occurrence() -> None:
    assert texts_of("IMD/7008#2", "LIN+1'IMD+F++:::one'") is None


def test_only_takes_the_one_value_there_is() -> None:
    assert texts_of("RFF[CT]/1154 | only", "LIN+1'RFF+CT:C-9'") == "C-9"


def test_only_refuses_a_second_value() -> None:
    trial = of_line('contract = "RFF[CT]/1154 | only"', "LIN+1'RFF+CT:1'RFF+CT:2'")
    assert [(issue.code, issue.field) for issue in errors(trial)] == [("mapping.value.ambiguous", "lines[0].contract")]


def test_only_guards_a_segment_as_a_whole_too() -> None:
    trial = of_line('deliver_on = "DTM[2] | only | date"', "LIN+1'DTM+2:20240301:102'DTM+2:20240302:102'")
    assert [issue.code for issue in errors(trial)] == ["mapping.value.ambiguous"]
    assert str(lines(of_line('deliver_on = "DTM[2] | only | date"', "LIN+1'DTM+2:20240301:102'"))[0]["deliver_on"]) == (
        "2024-03-01"
    )


def test_a_filter_without_an_element_asks_the_qualifier() -> None:
    assert texts_of("RFF[CT]/1154", "LIN+1'RFF+ON:1'RFF+CT:2'") == "2"


def test_a_filter_names_several_values_any_of_which_may_stand() -> None:
    assert texts_of("RFF[CT,ON]/1154", "LIN+1'RFF+PL:1'RFF+ON:2'") == "2"


def test_all_filters_of_a_segment_hold_at_once() -> None:
    segments = "LIN+1'PIA+5+A:IN'PIA+1+B:SA'PIA+1+C:IN'"
    assert texts_of("PIA[1][7143=IN]/7140", segments) == "C"


def test_filter_and_value_hold_in_the_same_occurrence_of_a_composite() -> None:
    assert texts_of("PIA[7143=IN]/7140", "LIN+1'PIA+1+A:SA+B:IN+C:MF'") == "B"


def test_a_filter_met_where_the_value_is_empty_finds_nothing() -> None:
    assert texts_of("PIA[7143=IN]/7140", "LIN+1'PIA+1+A:SA+:IN'") is None


def test_a_star_collects_only_the_occurrences_in_which_the_filter_holds() -> None:
    assert texts_of("PIA[7143=IN]/7140* | join('-')", "LIN+1'PIA+1+A:IN+B:SA+C:IN'") == "A-C"


def test_a_value_of_a_filter_may_be_quoted() -> None:
    assert texts_of("RFF['CT']/1154", "LIN+1'RFF+CT:1'") == "1"


def test_reading_a_value_reads_the_filter_that_chose_it() -> None:
    trial = of_line('contract = "RFF[CT]/1154"', "LIN+1'RFF+CT:1'")
    assert not [path for path in unread(trial) if path.startswith("RFF")]


def test_a_whole_segment_is_read_by_a_step_that_knows_it_with_its_format() -> None:
    trial = of_order('deliver_on = "DTM[2] | date"', "DTM+2:240301:101'")
    assert str(trial.document["deliver_on"]) == "2024-03-01"
    assert not [path for path in unread(trial) if path.startswith("DTM[2]")]


def test_a_list_collects_what_is_present_of_several_paths() -> None:
    rule = "(LIN/1082, '/', RFF[CT]/1154, RFF[ON]/1154) | join('')"
    assert texts_of(rule, "LIN+1'RFF+CT:9'") == "1/9"


def test_a_list_of_which_no_path_is_present_is_absent() -> None:
    for segments in ("LIN+1'IMD+F++:::x'", "LIN+1'RFF+ON'"):
        assert texts_of("(RFF[ON]/1154, 'x') | join('')", segments) is None
