"""Addresses: a URL is read in one way only, and leads nowhere that was not meant."""

from __future__ import annotations

import socket
import threading
from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import PermanentError, TransientError
from gateway.outbound.addresses import PUBLIC, Reach, addresses_of, may_lead, networks_of, target_of

INSIDE = Reach(private=True)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://buyer.example", "buyer.example", 443, "/"),
        ("http://buyer.example:8080/in?x=1&y=%20", "buyer.example", 8080, "/in?x=1&y=%20"),
        ("https://[2001:db8::1]/in", "2001:db8::1", 443, "/in"),
        ("https://192.0.2.7?x", "192.0.2.7", 443, "/?x"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
    ],
)
def test_a_plain_url_leads_where_it_says(url: str, host: str, port: int, path: str) -> None:
    target = target_of(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example\\@buyer.example/",
        "https://evil.example/\\@buyer.example/",
        "https://user@buyer.example/",
        "https://user:secret@buyer.example/",
        "https://buyer.example@evil.example/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://0x7f000001/",
        "https://buyer.example.1/",
        "https://[::1/",
        "https://[::ffff:127.0.0.1%25eth0]/",
        "https://[zz]/",
        "https://buyer.example:0/",
        "https://buyer.example:65536/",
        "https://buyer.example:80:80/",
        "https://buyer.example/a b",
        "https://buyer.example/\r\nHost: evil",
        "https://buyer.example/#part",
        "https://bücher.example/",
        "https://１２７.0.0.1/",
        "https:/buyer.example/",
        "https://",
        "file:///etc/passwd",
        "ftp://buyer.example/",
        "gopher://buyer.example/",
        "//buyer.example/",
        "",
    ],
)
def test_a_url_that_others_may_read_otherwise_is_refused(url: str) -> None:
    with pytest.raises(PermanentError):
        target_of(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1",
        str(IPv4Address(0)),
        "255.255.255.255", "240.0.0.1", "192.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_reached_only_where_that_is_said(address: str) -> None:
    assert not PUBLIC.allows(ip_address(address))


def test_private_addresses_are_reached_where_that_is_said_and_what_tells_of_machines_is_not() -> None:
    for address in ("127.0.0.1", "10.1.2.3", "192.168.1.1", "fc00::1", "::1"):
        assert INSIDE.allows(ip_address(address))
    for address in ("169.254.169.254", "fe80::1", str(IPv4Address(0)), "224.0.0.1", "64:ff9b::a9fe:a9fe"):
        assert not INSIDE.allows(ip_address(address))


def test_a_named_network_is_reached_and_its_neighbours_are_not() -> None:
    reach = Reach(networks=networks_of(("10.1.0.0/16", "fd00:1::/32")))
    assert reach.allows(ip_address("10.1.2.3"))
    assert reach.allows(ip_address("fd00:1::7"))
    assert not reach.allows(ip_address("10.2.0.1"))
    assert not reach.allows(ip_address("127.0.0.1"))
    with pytest.raises(PermanentError, match="Name networks as"):
        networks_of(("10.1.0.0/99",))


@given(st.ip_addresses(v=4))
def test_an_address_of_version_4_is_judged_the_same_however_it_is_wrapped(address: object) -> None:
    plain = ip_address(str(address))
    packed = int(plain)
    wrapped = [
        ip_address((0x2002 << 112) | (packed << 80)),
        ip_address(int(ip_network("64:ff9b::/96").network_address) | packed),
        ip_address((0xFFFF << 32) | packed),
    ]
    if not PUBLIC.allows(plain):
        assert not any(PUBLIC.allows(each) for each in wrapped)


def test_a_name_of_which_one_address_is_private_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ["93.184.215.14", "10.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (each, 443)) for each in told])
    target = target_of("https://buyer.example/")
    with pytest.raises(PermanentError, match=r"buyer\.example:443 leads to 10\.0\.0\.1"):
        addresses_of(target, PUBLIC, 5)
    assert [str(each) for each in addresses_of(target, INSIDE, 5)] == told


def test_what_is_public_is_spoken_to_encrypted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.215.14", 80))])
    with pytest.raises(PermanentError, match="Write https://"):
        addresses_of(target_of("http://buyer.example/"), INSIDE, 5)


def test_a_resolver_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [over.wait(20)][1:])
    with pytest.raises(TransientError, match="could not be resolved"):
        addresses_of(target_of("https://buyer.example/"), PUBLIC, 0.05)
    over.set()


def test_a_name_that_nobody_knows_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransientError, match=r"buyer\.example cannot be resolved"):
        addresses_of(target_of("https://buyer.example/"), PUBLIC, 5)


@pytest.mark.parametrize(
    ("host", "advice"), [("169.254.169.254", "meant, name its"), ("10.1.2.3", "say private = true")]
)
def test_who_may_not_be_reached_is_told_with_what_would_let_us(host: str, advice: str) -> None:
    with pytest.raises(PermanentError, match=advice):
        addresses_of(target_of(f"https://{host}/"), PUBLIC, 1)


@pytest.mark.parametrize(
    ("url", "reach", "may"),
    [
        ("https://erp.example/", PUBLIC, True),
        ("http://erp.example/", PUBLIC, False),
        ("http://erp.example/", Reach(networks=networks_of(("10.1.0.0/16",))), True),
        ("https://10.1.0.5/", PUBLIC, False),
        ("http://10.1.0.5/", Reach(networks=networks_of(("10.1.0.0/16",))), True),
        ("http://10.2.0.5/", Reach(networks=networks_of(("10.1.0.0/16",))), False),
        ("http://8.8.8.8/", Reach(private=True), False),
    ],
)
def test_a_url_that_says_itself_that_it_leads_out_of_reach_is_known_before_it_is_gone_to(
    url: str, reach: Reach, may: bool
) -> None:
    assert may_lead(target_of(url), reach) == may
