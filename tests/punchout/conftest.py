"""A shop to be called for."""

from __future__ import annotations

import pytest

from gateway.store.engine import Store
from tests.punchout.shops import Shop


@pytest.fixture
def shop(store: Store) -> Shop:
    """A shop in an empty store."""
    return Shop(store)
