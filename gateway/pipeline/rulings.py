"""What was said of an order's lines after they were decided by rule, as the text the store keeps."""

from __future__ import annotations

import msgspec

from gateway.commerce.verdict import Verdict


def rulings_to_json(rulings: dict[int, Verdict]) -> str:
    """What a person or the ERP said of the lines, as the text the store keeps."""
    return msgspec.json.encode(rulings).decode()


def rulings_from_json(text: str) -> dict[int, Verdict]:
    """What a person or the ERP said of the lines so far."""
    return msgspec.json.decode(text, type=dict[int, Verdict])
