"""Sources: the address that a request comes from, also through proxies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request

_PORT = re.compile(r"\[([^\]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
_OF_ONE_HOUSE = 64


def source_of(request: Request, proxies: Sequence[str]) -> str:
    """The address a request comes from; of IPv6 the network of 64 bits, all of which one caller may have.

    What X-Forwarded-For says counts from its end, as far as who says it is in one of these networks. Empty where the
    request comes over no network.
    """
    trusted = [ip_network(each) for each in proxies]
    told = [hop for field in request.headers.getlist("x-forwarded-for") for hop in field.split(",")]
    address = _parsed(request.client.host if request.client else "")
    while told and address is not None and any(address in each for each in trusted):
        before = _parsed(told.pop())
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _OF_ONE_HOUSE), strict=False))
    return str(address or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address in a text, with or without a port; None where there is none."""
    with_port = _PORT.fullmatch(text.strip())
    try:
        address = ip_address((with_port[1] or with_port[2]) if with_port else text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
