"""EDI and procurement integration gateway: every partner's order, one account's prices, one line."""

from __future__ import annotations

__version__ = "0.1.0"
