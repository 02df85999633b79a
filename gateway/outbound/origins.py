"""Where a browser may be sent back to: addresses compared by their exact origin, and never by how they begin."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import PermanentError
from gateway.outbound.addresses import target_of

SAP_GUI = "SAPEVENT:POST"
"""What the browser within SAP GUI calls its own window (OCI 4.0): it is no address, and is allowed by this name."""


def origin_of(url: str) -> str:
    """The origin of a URL, as https://host or https://host:8443, in small letters (RFC 6454).

    Raises PermanentError for a URL that others might read in another way: with a user, a backslash, a fragment, spaces,
    or a host in other letters than ASCII.
    """
    target = target_of(url)
    return f"{target.scheme}://{target.host_field.lower()}"


def is_origin(text: str) -> bool:
    """Whether a text is an origin and nothing more, or the one of SAP GUI."""
    if text == SAP_GUI:
        return True
    try:
        return target_of(text).path == "/" and text[-1] != "/"
    except PermanentError:
        return False


def may_return_to(url: str, origins: Iterable[str]) -> bool:
    """Whether the URL has one of these origins."""
    allowed = list(origins)
    if url.upper() == SAP_GUI:
        return SAP_GUI in allowed
    try:
        return origin_of(url) in {origin_of(each) for each in allowed if each != SAP_GUI}
    except PermanentError:
        return False
