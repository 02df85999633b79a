"""Plans: what a mapping has worked out for one place never changes what it reads at another."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.library import Library
from gateway.mapping.table_reader import TableReader
from tests.mapping.orders import BUNDLE, tried_of

MAPPINGS = Library(BUNDLE)

# In the order the message's table has them; each may stand several times, filled, empty or with another qualifier.
SEGMENTS = (
    ("PIA+1+A1:SA+B1:IN'", "PIA+5+B2:IN'", "PIA+1+:IN'", "PIA+1+A1:SA+M1:MF+B3:IN'", "PIA+2+S1:SA'"),
    ("IMD+F++:::one'", "IMD+F++:::one:two'", "IMD+C++X'", "IMD'"),
    ("QTY+21:5:PCE'", "QTY+21:6'", "QTY+21'", "QTY+192:1:PCE'", "QTY+21:x'"),
    ("DTM+2:20240301:102'", "DTM+2'", "DTM+64:20240228:102'", "DTM+999:1:102'"),
    ("MOA+203:1.50'", "MOA+203'", "MOA+66:2'"),
    ("FTX+AAI+++note'", "FTX+AAI'", "FTX+DIN+++gate'"),
    ("PRI+AAA:3.50'", "PRI+AAA:3.50:CT:NTP:100:PCE'", "PRI+AAB:4'", "PRI+AAA'"),
    ("RFF+CT:C1'", "RFF+CT:C1:10'", "RFF+ON:O1'", "RFF+CT'"),
    ("LOC+7+S1::9'QTY+11:2'", "LOC+7+S2'", "LOC+27+DE'"),
    ("ALC+A++++DI'PCD+1:2'", "ALC+C++++FC'MOA+8:3'MOA+236:9'", "ALC+A'"),
    ("SCC+1'QTY+21:2'DTM+2:20240301:102'", "SCC+4'QTY+21:1'QTY+21:2'", "SCC+1'"),
)
HEADS = ("LIN+1++4012345000023:EN'", "LIN+1++X1:VP'", "LIN+1'", "LIN+1+1+X1:VP+1:7+1'")
LINE = st.tuples(
    st.sampled_from(HEADS), *(st.lists(st.sampled_from(options), max_size=3).map("".join) for options in SEGMENTS)
).map("".join)


def forget(table: TableReader) -> None:
    """Makes a table and those inside it work out every plan anew."""
    table.plans.clear()
    for _, part in table.parts:
        forget(part.table)


def read(mappings: Library, segments: str) -> list[tuple[object, list[tuple[str, str | None]], list[str]]]:
    """What each line comes to with its issues and what is unread of it."""
    forget(mappings.inbound("edifact/orders_d96a").root.table)
    trial = tried_of(mappings, "edifact/orders_d96a", segments)
    lines = trial.document.get("lines", [])
    assert isinstance(lines, list)
    issues = [(issue.code, issue.field) for issue in trial.issues if issue.rule]
    return [(line, issues, [one.path for one in trial.unread]) for line in lines]


@settings(max_examples=150, deadline=None)
@given(st.lists(LINE, min_size=2, max_size=6))
def test_what_a_line_comes_to_does_not_depend_on_the_lines_before(lines: list[str]) -> None:
    together = read(MAPPINGS, "".join(lines))
    alone = [read(MAPPINGS, line)[0] for line in lines]
    assert [line for line, _, _ in together] == [line for line, _, _ in alone]
    assert together[0][2] == [path for _, _, unread in alone for path in unread]
    assert [code for code, _ in together[0][1]] == [code for _, issues, _ in alone for code, _ in issues]


def test_more_segments_of_a_tag_nobody_tests_move_none_of_the_others() -> None:
    """The tags and qualifiers are the same; the second line has one description less."""
    one, two = read(MAPPINGS, "LIN+1'IMD+F++:::a'IMD+F++:::b'QTY+21:5'LIN+1'IMD+F++:::c'QTY+21:6'")
    assert (one[0]["text"], str(one[0]["quantity"])) == ("a b", "5")  # type: ignore[index]
    assert (two[0]["text"], str(two[0]["quantity"])) == ("c", "6")  # type: ignore[index]


def test_a_value_that_was_empty_at_a_place_of_the_same_shape_is_read_at_the_next() -> None:
    one, two = read(MAPPINGS, "LIN+1'QTY+21:5'PRI+AAA'LIN+1'QTY+21:6:PCE'PRI+AAA:3'")
    assert "price" not in one[0]  # type: ignore[operator]
    assert str(two[0]["price"]["amount"]) == "3"  # type: ignore[index]
    assert two[0]["unit"] == "PCE"  # type: ignore[index]
