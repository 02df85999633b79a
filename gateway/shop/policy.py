"""What a browser may do with our pages: nothing from elsewhere, framed and sent to where the buyer's system is."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.outbound.origins import SAP_GUI
from gateway.workspace.values import Connection

_OWN = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; base-uri 'none'"
_SAP_GUI = "sapevent:"


def page_headers(connection: Connection | None) -> dict[str, str]:
    """The head of a page shown to shoppers of a connection; of none, to whoever calls us wrongly.

    X-Frame-Options is never among it: it knows no list of origins, and would win in old browsers.
    """
    returning, framing = _origins(connection, "return_origins"), _origins(connection, "frame_origins")
    forms = ["'self'", *(_SAP_GUI if each == SAP_GUI else each for each in returning)]
    # A page that tells of a call gone wrong has nothing to press, and must not stay blank in the buyer's frame.
    frames = framing or [each for each in returning if each != SAP_GUI] or ["'none'" if connection else "*"]
    policy = f"{_OWN}; form-action {' '.join(forms)}; frame-ancestors {' '.join(frames)}"
    return {
        "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex",
    }  # fmt: skip


def _origins(connection: Connection | None, name: str) -> list[str]:
    if connection is None or not connection.values.has(name):
        return []
    return list(_checked(connection.values.texts(name)))


def _checked(origins: Iterable[str]) -> Iterable[str]:
    """Origins hold nothing that ends a directive: the configuration takes no others."""
    return (each for each in origins if not set(each) & set("; ,'\""))
