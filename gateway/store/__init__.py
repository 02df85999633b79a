"""The central store: engine, tables, repositories and migrations; SQLModel lives here and nowhere else.

`Connection` is what `Store.read()` and `Store.write()` give and every repository function takes first.
"""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["Connection"]
