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
from gateway.edifact.syntax import Segment
from gateway.edifact.writer import write_interchange
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
