"""pydifact as an oracle, its known defects kept apart, and as a partner through its own classes."""

from __future__ import annotations

import random

import pytest
from pydifact.control.characters import Characters
from pydifact.exceptions import EDISyntaxError
from pydifact.parser import Parser
from pydifact.segmentcollection import Interchange as PydifactInterchange

from gateway.edifact.interop import FastParser, from_pydifact, to_pydifact
from gateway.edifact.reader import read
from gateway.edifact.syntax import Element, Repeated, Segment
from gateway.edifact.writer import write_interchange
from tests.edifact.test_reader import ORDER, UNB, UNZ
from tests.edifact.test_writer import HEADER, order

# The wheel of pydifact lacks the tables it looks for.
pytestmark = pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")

SEGMENTS: list[Segment] = [
    [["BGM"], ["220"], ["PO'1"], ["9"]],
    [["NAD"], ["BY"], ["4012345000009", "", "9"], [""], ["MÜLLER + SÖHNE: WAS?"]],
    [["LIN"], ["1"], [""], ["4000862141404", "EN"]],
]
CONTENT = write_interchange(HEADER, [order(*SEGMENTS)])[0].decode("latin-1")


def test_segments_survive_the_way_to_pydifact_and_back():
    assert from_pydifact(to_pydifact(SEGMENTS)) == SEGMENTS


def test_what_we_write_pydifact_reads():
    [message] = list(PydifactInterchange.from_str(CONTENT).get_messages())
    assert from_pydifact(message.segments) == SEGMENTS


def test_what_pydifact_writes_we_read():
    interchange = PydifactInterchange.from_str(CONTENT)
    [[message]] = [list(found.messages()) for found in read(interchange.serialize().encode("latin-1"))]
    assert message.segments[1:-1] == SEGMENTS


def test_the_fast_parser_serves_pydifact_programs():
    slow = PydifactInterchange.from_str(CONTENT)
    fast = PydifactInterchange.from_str(CONTENT, parser=FastParser())
    assert fast.segments == slow.segments
    assert fast.serialize() == slow.serialize()


def test_the_fast_parser_keeps_other_service_characters():
    text = "UNA!^.\\ ~UNB^UNOC!3^S^R^240101!1200^1~UNH^1^ORDERS!D!96A!UN~BGM^A\\~+~UNT^3^1~UNZ^1^1~"
    interchange = PydifactInterchange.from_str(text, parser=FastParser())
    assert interchange.segments[1].elements == ["A~+"]
    assert interchange.characters.data_separator == "^"


def test_the_fast_parser_takes_given_service_characters():
    characters = Characters.from_str("UNA!^.\\ ~")
    [segment] = FastParser(characters=characters).parse("BGM^A!B~", characters)
    assert segment.elements == [["A", "B"]]


def test_the_fast_parser_refuses_service_characters_that_are_the_same():
    with pytest.raises(EDISyntaxError, match="told apart"):
        list(FastParser().parse("UNA::.? 'UNB+"))


def test_reading_agrees_with_pydifact_apart_from_its_defects():
    draw = random.Random(20)  # noqa: S311 - a seed, not a secret
    # pydifact drops empty components at the end of an element and blanks before a segment; neither is drawn here.
    alphabet = "AB1 +:?'.,-/()"
    for _ in range(300):
        body: list[Segment] = []
        for _ in range(draw.randrange(1, 8)):
            elements = [
                [_value(draw, alphabet) for _ in range(draw.choice((1, 1, 2)))] for _ in range(draw.randrange(1, 5))
            ]
            body.append([[draw.choice(("BGM", "FTX", "LIN"))], *elements])
        text = write_interchange(HEADER, [order(*body)])[0].decode("latin-1")
        [[message]] = [list(interchange.messages()) for interchange in read(text.encode("latin-1"))]
        assert from_pydifact(Parser().parse(text))[1:-1] == message.segments


def _value(draw: random.Random, alphabet: str) -> str:
    return "X" + "".join(draw.choice(alphabet) for _ in range(draw.randrange(6))) + "Y"


# What pydifact 0.2.3 makes of sound or plainly meant files, each beside what is read here.
ORDER_TEXT = (UNB + ORDER + UNZ).decode()
GROUPED = ORDER_TEXT.replace("UNH", "UNG+ORDERS+S+R+240101:1200+G1+UN+D:96A'UNH", 1).replace("UNZ", "UNE+1+G1'UNZ")
DEFECTS = {
    "a released quote before UNA is taken for a service string": ORDER_TEXT.replace("PO1", "L?'UNA X"),
    "a byte order mark raises": "\ufeff" + ORDER_TEXT,
    "^Z behind the end raises": ORDER_TEXT + "\x1a",
    "a missing last terminator raises": ORDER_TEXT[:-1],
    "groups raise": GROUPED,
    "blanks of data vanish without a release character": "UNA:+.  '" + ORDER_TEXT.replace("PO1", "P O 1"),
    "repetitions are not parted": ORDER_TEXT.replace("UNOC:3", "UNOC:4").replace("PO1", "A*B"),
    "empty components at the end vanish": ORDER_TEXT.replace("PO1", "PO1::"),
    "line ends stay in the data": ORDER_TEXT.replace("PO1", "P\r\nO1"),
}
READ_HERE: dict[str, Element] = {
    "a released quote before UNA is taken for a service string": ["L'UNA X"],
    "blanks of data vanish without a release character": ["P O 1"],
    "repetitions are not parted": Repeated([["A"], ["B"]]),
    "empty components at the end vanish": ["PO1", "", ""],
}


def second_element_by_pydifact(text: str) -> Element | None:
    try:
        [message] = list(PydifactInterchange.from_str(text).get_messages())
    except EDISyntaxError:
        return None
    return from_pydifact(message.segments)[0][2]


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_pydifact_breaks_at_is_read_here(defect: str):
    text = DEFECTS[defect]
    [(message,)] = [tuple(interchange.messages()) for interchange in read(text.encode("utf-8"))]
    expected = READ_HERE.get(defect, ["PO1"])
    assert message.segments[1] == [["BGM"], ["220"], expected, ["9"]]
    assert not any(issue.is_error for issue in message.issues)
    assert second_element_by_pydifact(text) != expected


def test_counts_that_pydifact_does_not_check_are_told_here():
    text = ORDER_TEXT.replace("UNT+3", "UNT+8").replace("UNZ+1", "UNZ+9")
    [(interchange, [message])] = [(found, list(found.messages())) for found in read(text.encode())]
    assert [issue.code for issue in [*message.issues, *interchange.issues]] == ["envelope.count.mismatch"] * 2
    assert "UNZ+1+" in PydifactInterchange.from_str(text).serialize()


def test_two_interchanges_that_pydifact_merges_are_two_here():
    text = ORDER_TEXT + ORDER_TEXT.replace("IC1", "IC2")
    assert [found.header.control_reference for found in read(text.encode())] == ["IC1", "IC2"]
    assert len(list(PydifactInterchange.from_str(text).get_messages())) == 2
