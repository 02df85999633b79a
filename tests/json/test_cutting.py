"""Parts of JSON: whatever the reader takes is cut, each part as it stands."""

from __future__ import annotations

from codecs import BOM_UTF8

import pytest

from gateway.json.cutting import cut_json
from gateway.json.reader import read_json
from gateway.tree import Tree

TEXT = '{"value": [{"name": "ä"}, {"amount": 1.50}], "next": null}'
PARTS = ['{"name": "ä"}', '{"amount": 1.50}']


@pytest.mark.parametrize(
    ("content", "often"),
    [
        (TEXT.encode(), 1),
        (BOM_UTF8 + TEXT.encode(), 1),
        (f"\r\n {TEXT}\r\n".encode("utf-16"), 1),
        (f"{TEXT}\n{TEXT}\n".encode(), 2),
        (f"[[{TEXT}], {TEXT}]".encode(), 2),
        (b'{"value": null}', 0),
        (b'{"value": ' + b"9" * 5000 + b"}", 0),
    ],
)
def test_what_stands_at_a_path_is_cut_out_as_it_stands(content: bytes, often: int) -> None:
    assert isinstance(read_json(content), Tree)
    parts = [part.decode() for part in cut_json(content, ["value"])]
    assert [part for part in parts if part.startswith("{")] == PARTS * often
    assert cut_json(content, ["value", "gone"]) == []
