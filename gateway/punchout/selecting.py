"""The article that a session begins with, however the buyer's system names it."""

from __future__ import annotations

from gateway.model.shopping import Session
from gateway.store import Connection
from gateway.store.transferred_lines import decisions_for


def selected_sku(db: Connection, session: Session) -> str | None:
    """What the setup selected, as our number: by the id of a line given before, else as it was stated.

    None where nothing was selected. There may be no such article, and the account may not be allowed to buy it.
    """
    setup = session.setup
    stated = [each for each in (setup.selected_auxiliary_id, setup.selected) if each]
    known = decisions_for(db, session.account, stated)
    return next((known[each].line.sku for each in stated if each in known), setup.selected)
