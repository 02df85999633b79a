"""Messages as text, read as the gateway reads them."""

from __future__ import annotations

from gateway.edifact.envelope import Envelope, InterchangeHeader
from gateway.edifact.message import Message, parse_message
from gateway.edifact.syntax import ServiceCharacters, default_service

ORDER_HEAD = "UNH+1+ORDERS:D:96A:UN'BGM+220+PO1+9'DTM+137:20240101:102'"


def message(text: str, *, decimal: str = ".", syntax: str = "3") -> Message:
    """The message that a text from UNH to UNT holds; line breaks between segments are left out."""
    service: ServiceCharacters = default_service(syntax)._replace(decimal=decimal)
    header = InterchangeHeader(syntax_version=syntax)
    return parse_message(text.replace("\n", "").encode("latin-1"), Envelope(header=header, service=service))


def order(body: str, *, decimal: str = ".") -> Message:
    """A D.96A order with this body between its head and its UNT."""
    return message(f"{ORDER_HEAD}{body}UNT+9+1'", decimal=decimal)
