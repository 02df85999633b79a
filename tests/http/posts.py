"""A connection of the demo that listens, and documents to post to it."""

from __future__ import annotations

from tests.workspaces import SAMPLES, Place

NAME = "acme_http"
SCOPE = f"connection:{NAME}"
ADDRESS = f"/in/{NAME}"
ORDER = next(SAMPLES.glob("01_*.edi")).read_bytes()
OTHERS = next(SAMPLES.glob("02_*.edi")).read_bytes()
"""An order of another partner."""


def listen(place: Place, more: str = 'accepts = ["edifact"]\n') -> Place:
    """The workspace with a connection that acme posts to, beside its folder."""
    place.write(f"connections/{NAME}.toml", f'kind = "http"\n{more}')
    acme = place.root / "partners" / "acme.toml"
    acme.write_text(acme.read_text("utf-8").replace('"acme_inbox"', f'["acme_inbox", "{NAME}"]'), "utf-8")
    return place


def order(number: int) -> bytes:
    """The order under another number and control reference."""
    text = ORDER.decode("iso8859-1").replace("4500017801", f"PO-{number}").replace("ACM0000101", f"IC{number}")
    return text.encode("iso8859-1")
