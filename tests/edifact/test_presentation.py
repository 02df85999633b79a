from __future__ import annotations

import json

from gateway.edifact.presentation import as_json, as_lines
from gateway.edifact.reader import read
from tests.edifact.test_reader import ORDER, UNB, UNZ

PIA = b"UNB+UNOC:4+S:14:SR+R+20240101:1200+IC1++++++1'UNH+1+ORDERS:D:96A:UN'PIA+5+1:SA*2:IN+?+'UNT+3+1'UNZ+1+IC1'"


def test_json_shows_every_segment_with_its_place():
    shown = json.loads(json.dumps(as_json(read(UNB + ORDER + UNZ))))
    [interchange] = shown["interchanges"]
    assert shown["issues"] == []
    assert list(interchange) == [
        "sender", "recipient", "control_reference", "syntax", "test", "groups", "messages", "issues",
    ]  # fmt: skip
    assert interchange["sender"] == {"id": "SENDER", "qualifier": "14", "routing": ""}
    assert (interchange["control_reference"], interchange["syntax"], interchange["test"]) == ("IC1", "UNOC:3", False)
    [message] = interchange["messages"]
    assert {name: message[name] for name in message if name != "segments"} == {
        "reference": "M1", "type": "ORDERS", "version": "D", "release": "96A", "association": "EAN008",
        "group": None, "offset": 50, "issues": [],
    }  # fmt: skip
    assert message["segments"][1] == {"tag": "BGM", "offset": 80, "elements": [["220"], ["PO1"], ["9"]]}


def test_json_shows_repetitions_and_groups():
    [interchange] = as_json(read(PIA))["interchanges"]  # type: ignore[misc]
    assert interchange["test"] is True
    assert interchange["messages"][0]["segments"][1]["elements"] == [
        ["5"], {"repetitions": [["1", "SA"], ["2", "IN"]]}, ["+"],
    ]  # fmt: skip
    grouped = UNB + b"UNG+ORDERS+S+R+240101:1200+G1+UN+D:96A'" + ORDER + b"UNE+2+G1'" + UNZ
    [interchange] = as_json(read(grouped))["interchanges"]  # type: ignore[misc]
    assert interchange["messages"][0]["group"] == "G1"
    assert interchange["groups"][0]["reference"] == "G1"
    assert interchange["groups"][0]["issues"][0]["code"] == "envelope.group.mismatch"


def test_json_of_what_is_no_edifact_has_one_issue():
    for content in (b"", b"\x00\x00", b"what?"):
        shown = as_json(read(content))
        assert shown["interchanges"] == []
        assert [issue["code"] for issue in shown["issues"] if issue["severity"] == "error"] == ["envelope.missing"]  # type: ignore[attr-defined]


def test_lines_hold_one_segment_each():
    content = b"UNA:+.? '" + UNB + ORDER.replace(b"PO1", b"P?'1") + UNZ
    assert list(as_lines(content)) == [
        "UNA:+.? '", UNB.decode(), "UNH+M1+ORDERS:D:96A:UN:EAN008'", "BGM+220+P?'1+9'", "UNT+3+M1'", "UNZ+1+IC1'",
    ]  # fmt: skip
    assert "".join(as_lines(content)).encode() == content
