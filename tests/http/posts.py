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


def hurried(place: Place) -> Place:
    """The workspace with a connection that is posted to; what a node that died held is soon another's."""
    settings = (place.root / "gateway.toml").read_text("utf-8")
    place.write("gateway.toml", f'lease = "2s"\n{settings}')
    for name in ("acme_outbox", "erp"):
        kept = (place.root / "connections" / f"{name}.toml").read_text("utf-8")
        place.write(f"connections/{name}.toml", f'{kept}\ntimeout = "1s"\n')
    return listen(place)


def order(number: int) -> bytes:
    """The order under another number and control reference."""
    text = ORDER.decode("iso8859-1").replace("4500017801", f"PO-{number}").replace("ACM0000101", f"IC{number}")
    return text.encode("iso8859-1")
