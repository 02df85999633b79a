"""What Responses hold beside their Status: where the shop is opened, and which documents are taken where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.xml.writer import escaped_attribute, escaped_text


def setup_response(url: str) -> bytes:
    """The PunchOutSetupResponse that names the page to open."""
    return _element(f"<PunchOutSetupResponse>\n<StartPage>\n{_url(url)}\n</StartPage>\n</PunchOutSetupResponse>")


def profile_response(effective: datetime, taken: Mapping[str, str]) -> bytes:
    """The ProfileResponse with the address of each request that is taken; there is one at least."""
    transactions = "".join(
        f'<Transaction requestName="{escaped_attribute(name)}">\n{_url(url)}\n</Transaction>\n'
        for name, url in taken.items()
    )
    told = effective.isoformat(timespec="seconds")
    return _element(f'<ProfileResponse effectiveDate="{told}">\n{transactions}</ProfileResponse>')


def _url(url: str) -> str:
    return f"<URL>{escaped_text(url)}</URL>"


def _element(text: str) -> bytes:
    return text.encode()
