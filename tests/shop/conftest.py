"""A shop with its door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.punchout.shops import Shop
from tests.shop.shoppers import Mall, open_mall


@pytest.fixture
def mall(request: pytest.FixtureRequest, kept_in: str, tmp_path: Path) -> Iterator[Mall]:
    """A shop with its door, in an empty store: on both kinds for tests that are marked so."""
    with open_mall(Shop(request.getfixturevalue("store")), tmp_path) as opened:
        yield opened
