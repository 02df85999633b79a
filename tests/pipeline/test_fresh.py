"""Messages kept between decoding and translating: nothing depends on them, and they fill no memory."""

from __future__ import annotations

import pytest

from gateway.edifact.reader import read
from gateway.edifact.structure import Group
from gateway.pipeline import fresh
from gateway.pipeline.fresh import FreshMessages
from tests import sent
from tests.workspaces import Place

ONE = sent.line(1, sent.SEALANT, "12")


def messages(count: int) -> list:
    content = sent.interchange("IC1", *[sent.order(f"F-{n}", ONE, reference=str(n)) for n in range(count)])
    return [message for interchange in read(content) for message in interchange.messages()]


def test_a_message_is_given_out_once() -> None:
    (message,), kept = messages(1), FreshMessages()
    root = Group()
    kept.keep("a", message, root)
    assert kept.take("a") == (message, root)
    assert kept.take("a") is None


def test_what_there_is_no_room_for_is_not_kept_until_room_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = messages(2)
    monkeypatch.setattr(fresh, "MOST_SEGMENTS", len(first.segments) + 1)
    kept = FreshMessages()
    kept.keep("a", first, Group())
    kept.keep("b", second, Group())
    assert kept.take("b") is None
    kept.clear()
    kept.keep("b", second, Group())
    assert kept.take("b") is not None


def test_an_order_comes_to_the_same_whether_it_is_kept_or_read_again(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = demo.ingest(sent.interchange("IC1", sent.order("F-1", ONE)), status=0)
    monkeypatch.setattr(fresh, "MOST_SEGMENTS", 0)
    again = demo.ingest(sent.interchange("IC2", sent.order("F-2", ONE)), status=0)
    assert [line["decision"] for line in kept] == [line["decision"] for line in again] == ["accepted"]
    one, other = demo.order("F-1"), demo.order("F-2")
    assert one["lines"] == other["lines"]
