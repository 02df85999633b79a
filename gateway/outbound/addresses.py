"""Where a URL leads: read strictly, its name resolved once, each address of it looked at before any is used."""

from __future__ import annotations

import re
import socket
import threading
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from typing import NamedTuple

from gateway.errors import PermanentError, TransientError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*)?(?P<query>\?[!-~]*)?",
    re.ASCII,
)
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?", re.ASCII)
"""A host whose last label is a number: programs take it for an IPv4 address, in whatever way it is written."""
_PORTS = {"http": 80, "https": 443}
_PRIVATE = tuple(
    ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "fc00::/7", "::1/128")
)
_NEVER = tuple(ip_network(each) for each in ("::/96", "fec0::/10", "64:ff9b:1::/48", "2001::/23"))
"""Of version 6 and not to be had from outside, though some versions of Python call them global."""
_NAT64 = ip_network("64:ff9b::/96")
_MOST_ADDRESSES = 8


class Target(NamedTuple):
    """Where a URL leads: `host` is a name or an address without brackets, `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def where(self) -> str:
        """Host and port, as people are told of it: the path may hold a token."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def host_field(self) -> str:
        """What the header Host holds."""
        return _bracketed(self.host) if self.port == _PORTS[self.scheme] else self.where

    def at(self, address: Address) -> str:
        """The URL with this address in the place of the name."""
        return f"{self.scheme}://{_bracketed(str(address))}:{self.port}{self.path}"


class Reach(NamedTuple):
    """What may be connected to: the public internet, private addresses only where that is said, and named networks."""

    private: bool = False
    networks: tuple[Network, ...] = ()

    def allows(self, address: Address) -> bool:
        """Whether the address may be connected to, and each that it holds within."""
        return all(self._allows(each) for each in (address, *embedded(address)))

    def would_allow(self, address: Address) -> bool:
        """Whether the address may be connected to where private ones may."""
        return self._replace(private=True).allows(address)

    def is_inside(self, address: Address) -> bool:
        """Whether the address is one of our own networks, where nobody listens on the way."""
        return any(address in each for each in (*_PRIVATE, *self.networks))

    def _allows(self, address: Address) -> bool:
        if any(address in network for network in self.networks):
            return True
        if any(address in network for network in _PRIVATE):
            return self.private
        return address.is_global and not address.is_multicast and not any(address in network for network in _NEVER)


PUBLIC = Reach()


def embedded(address: Address) -> tuple[Address, ...]:
    """The addresses of version 4 that one of version 6 leads to: mapped, 6to4, NAT64; Teredo is never public."""
    if isinstance(address, IPv4Address):
        return ()
    held = [address.ipv4_mapped, address.sixtofour]
    if address in _NAT64:
        held.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(each for each in held if each is not None)


def networks_of(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks these texts name, as 10.1.0.0/16; raises PermanentError for any other text."""
    try:
        return tuple(ip_network(each) for each in texts)
    except ValueError as error:
        raise PermanentError(f"{error}. Name networks as 10.1.0.0/16.") from None


def target_of(url: str) -> Target:
    """Where a URL leads; raises PermanentError for one that others might read in another way.

    RFC 3986, of which only what every program reads alike is taken: no user, no fragment, no backslash, hosts in ASCII.
    """
    found = _URL.fullmatch(url)
    if found is None or "\\" in url or "#" in url:
        raise PermanentError(
            "The URL is not one that is taken. Write https://HOST/PATH without user, spaces, backslash or #,"
            " and a name with other letters as xn--."
        )
    host, port = found["host"].strip("[]"), int(found["port"] or _PORTS[found["scheme"]])
    if not 0 < port < 65536:
        raise PermanentError(f"{port} is no port. Write one from 1 to 65535.")
    if _literal(host) is None and (":" in host or _NUMERIC.fullmatch(host)):
        raise PermanentError(f"The host {host} is no address as it is usually written. Write it as 192.0.2.1.")
    return Target(found["scheme"], host, port, (found["path"] or "/") + (found["query"] or ""))


def may_lead(target: Target, reach: Reach) -> bool:
    """Whether a URL may lead where it does, as far as it says so itself: a name is resolved when it is gone to."""
    literal = _literal(target.host)
    if literal is None:
        return target.scheme == "https" or reach.private or bool(reach.networks)
    return reach.allows(literal) and (target.scheme == "https" or reach.is_inside(literal))


def addresses_of(target: Target, reach: Reach, within_s: float) -> list[Address]:
    """The addresses to try, in order, each of which may be connected to.

    Raises TransientError where the name cannot be resolved now, PermanentError where it leads where it may not.
    """
    literal = _literal(target.host)
    found = [literal] if literal else _resolved(target, within_s)
    for address in found:
        if not reach.allows(address):
            meant = "say private = true, or name" if reach.would_allow(address) else "name"
            raise PermanentError(
                f"{target.where} leads to {address}, which is no public address. Where that is meant,"
                f" {meant} its network in networks."
            )
        if target.scheme == "http" and not reach.is_inside(address):
            raise PermanentError(f"{target.where} is public, and http:// is not encrypted. Write https://.")
    return found[:_MOST_ADDRESSES]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _resolved(target: Target, within_s: float) -> list[Address]:
    """The addresses of the name; the system's resolver keeps no time, so it is asked by a thread that may be left."""
    answers: SimpleQueue[list[Address] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            # A scope, as in fe80::1%eth0, is told beside the address, too.
            answers.put(list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in told)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name=f"name of {target.host}", daemon=True).start()
    try:
        answer = answers.get(timeout=within_s)
    except Empty:
        raise TransientError(f"The name {target.host} could not be resolved in {within_s:.3g} s.") from None
    if isinstance(answer, list) and answer:
        return answer
    raise TransientError(f"The name {target.host} cannot be resolved. See that it is written right and DNS answers.")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
