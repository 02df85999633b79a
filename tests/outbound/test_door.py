"""The door: one exchange with the address that was checked, which ends in time and tells what is known of it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway import __version__
from gateway.errors import ConfigError, PermanentError, TransientError, UnknownOutcomeError
from gateway.outbound import Answer, Door, Limits, Reach, Tls
from tests.outbound.servers import Authority, Other, answered, other_side
from tests.processes import PATIENCE_S, eventually

INSIDE = Reach(private=True)
LATE = Limits(timeout_s=PATIENCE_S, connect_s=PATIENCE_S, max_answer_bytes=1000)
SOON = LATE._replace(timeout_s=1.5)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def other() -> Iterator[Other]:
    with other_side() as served:
        yield served


def post(other: Other, host: str = "127.0.0.1", door: Door | None = None, limits: Limits = LATE) -> Answer:
    headers = {"Content-Type": "application/edifact", "X-Ours": "yes"}
    return (door or Door(INSIDE)).request("POST", other.url(host=host), headers, b"UNB", limits)


def late(other: Other) -> str:
    """What is told of a request whose time was over after it had begun: a slow machine may need a second one."""

    def told() -> str:
        try:
            return f"answered {post(other, limits=SOON).status}"
        except UnknownOutcomeError as over:
            return str(over)
        except TransientError:
            return ""

    return eventually(told)


def leading_to(*addresses: str) -> Callable[..., list[object]]:
    """Every name leads to these."""
    return lambda *_: [ip_address(each) for each in addresses]


def test_a_request_arrives_as_it_was_given_and_its_answer_comes_back(other: Other) -> None:
    other.respond = answered(201, b"taken", headers={"X-Theirs": "17"})
    answer = post(other)
    assert (answer.status, answer.body, answer.headers["x-theirs"], answer.is_cut) == (201, b"taken", "17", False)
    [taken] = other.taken
    assert taken.line == "POST /in?token=CANARY HTTP/1.1"
    assert taken.body == b"UNB"
    assert taken.headers["host"] == f"127.0.0.1:{other.port}"
    assert (taken.headers["x-ours"], taken.headers["content-type"]) == ("yes", "application/edifact")
    assert (taken.headers["connection"], taken.headers["accept-encoding"]) == ("close", "identity")


def test_who_asks_is_named_unless_the_connection_names_another(other: Other) -> None:
    for named, said in (({}, f"gateway/{__version__}"), ({"user-agent": "shop/1"}, "shop/1")):
        Door(INSIDE).request("GET", other.url(), named, None)
        assert other.taken[-1].headers["user-agent"] == said


def test_a_name_is_resolved_once_and_its_address_is_what_is_connected_to(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def resolve(name: str, *_: object, **__: object) -> list[object]:
        asked.append(name)
        return [(0, 0, 0, "", ("127.0.0.1", other.port))]

    with monkeypatch.context() as changed:
        changed.setattr(socket, "getaddrinfo", resolve)
        post(other, host="erp.example")
    assert [name for name in asked if name == "erp.example"] == ["erp.example"]
    assert other.taken[0].headers["host"] == f"erp.example:{other.port}"


def test_where_the_first_address_takes_no_connection_the_next_one_is_tried(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outbound.door.addresses_of", leading_to("127.0.0.77", "127.0.0.1"))
    assert post(other, host="erp.example").status == 204


def test_our_own_network_is_no_place_to_send_to_unless_that_is_said(other: Other) -> None:
    with pytest.raises(PermanentError, match="private = true"):
        post(other, door=Door())
    assert not other.taken


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_nobody_goes_there(other: Other, status: int) -> None:
    with other_side() as elsewhere:
        other.respond = answered(status, headers={"Location": elsewhere.url()})
        answer = post(other)
        assert (answer.status, answer.headers["location"]) == (status, elsewhere.url())
        assert not elsewhere.taken


def test_proxies_and_passwords_of_the_environment_are_nothing_to_it(
    other: Other, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password CANARY\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with other_side() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        post(other)
        assert not proxy.taken
    assert "authorization" not in other.taken[0].headers


def test_a_drip_of_a_byte_now_and_then_ends_in_time(other: Other) -> None:
    dripped: list[int] = []

    def drip(side: Other, line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for number in range(1000):
            if side.ends.wait(0.05):
                return
            line.sendall(b"x")
            dripped.append(number)

    other.respond = drip
    assert "did not answer in 1.5 s" in late(other)
    assert max(dripped, default=0) < 100


def test_a_drip_of_headers_ends_in_time(other: Other) -> None:
    def drip(side: Other, line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        while not side.ends.wait(0.05):
            line.sendall(b"X-More: 1\r\n")

    other.respond = drip
    assert "did not answer in 1.5 s" in late(other)


def test_endless_headers_are_not_kept(other: Other) -> None:
    other.respond = lambda _, line: line.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 20_000 + b"\r\n")
    with pytest.raises(UnknownOutcomeError, match="no whole answer"):
        post(other)


def test_of_a_huge_body_only_the_beginning_is_kept(other: Other) -> None:
    other.respond = answered(200, b"x" * 5_000_000)
    answer = post(other)
    assert (answer.status, len(answer.body), answer.is_cut) == (200, 1000, True)


def test_what_is_encoded_all_the_same_is_not_unfolded(other: Other) -> None:
    other.respond = answered(200, b"\x1f\x8bbomb", headers={"Content-Encoding": "gzip"})
    assert post(other).body == b"\x1f\x8bbomb"


def test_an_answer_that_breaks_off_leaves_the_outcome_unknown(other: Other) -> None:
    other.respond = lambda _, line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    with pytest.raises(UnknownOutcomeError, match="is not known"):
        post(other)


def test_a_reset_in_the_middle_leaves_the_outcome_unknown(other: Other) -> None:
    def reset(_: Other, line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    other.respond = reset
    with pytest.raises(UnknownOutcomeError):
        post(other)


def test_what_is_no_http_leaves_the_outcome_unknown(other: Other) -> None:
    other.respond = lambda _, line: line.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    with pytest.raises(UnknownOutcomeError):
        post(other)


def test_where_nobody_listens_nothing_was_sent(other: Other) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        other.port = taken.getsockname()[1]
        with pytest.raises(TransientError, match=r"127\.0\.0\.1:\d+ cannot be reached .*Nothing was sent"):
            post(other)


def test_what_is_told_of_a_failure_holds_no_path_and_no_header(other: Other) -> None:
    other.respond = lambda _, __: None
    with pytest.raises(UnknownOutcomeError) as told:
        post(other)
    assert "CANARY" not in str(told.value)


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nEvil: 1"},
        {"X\r\nEvil": "1"},
        {"X": "a\x00"},
        {"X": " led"},
        {"X": "grün"},
        {"Host": "evil.example"},
        {"Content-Length": "1"},
        {"transfer-encoding": "chunked"},
    ],
)
def test_a_header_that_would_be_something_else_is_never_sent(other: Other, headers: dict[str, str]) -> None:
    with pytest.raises(PermanentError, match="cannot be sent"):
        Door(INSIDE).request("POST", other.url(), headers, b"", LATE)
    assert not other.taken


def test_a_header_that_two_places_name_is_not_sent_twice(other: Other) -> None:
    with pytest.raises(PermanentError, match="'content-type' would be sent twice"):
        Door(INSIDE).request("POST", other.url(), {"Content-Type": "a/b", "content-type": "c/d"}, b"", LATE)
    assert not other.taken


def test_a_certificate_of_a_trusted_authority_for_the_right_name_is_taken(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(INSIDE, Tls(authority.file))
    with other_side(authority.certificate("erp.example")) as other:
        monkeypatch.setattr("gateway.outbound.door.addresses_of", leading_to("127.0.0.1"))
        assert post(other, host="erp.example", door=door).status == 204


@pytest.mark.parametrize(
    ("names", "days", "reason"),
    [
        (("other.example",), 1, "certificate is not taken: .*mismatch.*; see that the address has the name it is for"),
        (("127.0.0.1",), -1, "certificate is not taken: certificate has expired; it has to be renewed there"),
    ],
)
def test_a_certificate_that_is_not_right_gets_nothing(
    authority: Authority, names: tuple[str, ...], days: int, reason: str
) -> None:
    with other_side(authority.certificate(*names, days=days)) as other:
        with pytest.raises(TransientError, match=reason):
            post(other, door=Door(INSIDE, Tls(authority.file)))
        assert not other.taken


def test_a_certificate_of_nobody_we_trust_gets_nothing(authority: Authority) -> None:
    with other_side(authority.certificate("127.0.0.1")) as other:
        with pytest.raises(TransientError, match=r"certificate is not taken: .*; name who vouches for it in ca"):
            post(other, door=Door(INSIDE))
        assert not other.taken


def test_who_asks_for_our_certificate_is_shown_it(authority: Authority) -> None:
    ours = authority.certificate("gateway", file="ours.pem")
    with other_side(authority.certificate("127.0.0.1"), ask_for=authority.file) as other:
        apart = ours.read_text().split("-----END PRIVATE KEY-----\n")
        key, chain = apart[0] + "-----END PRIVATE KEY-----\n", ours.with_name("chain.pem")
        chain.write_text(apart[1])
        assert post(other, door=Door(INSIDE, Tls(authority.file, ours))).status == 204
        assert post(other, door=Door(INSIDE, Tls(authority.file, chain, key))).status == 204
        with pytest.raises((UnknownOutcomeError, TransientError)):
            post(other, door=Door(INSIDE, Tls(authority.file)))


def test_who_breaks_off_for_the_sake_of_our_certificate_has_done_nothing(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate("127.0.0.1"))
    context.verify_mode = ssl.CERT_REQUIRED

    def refuse(line: socket.socket) -> None:
        encrypted = context.wrap_socket(line, server_side=True, do_handshake_on_connect=False)
        with suppress(ssl.SSLError):
            encrypted.do_handshake()
        while socket.socket.recv(encrypted, 4096):  # who closes at once may take his own alert back
            pass
        encrypted.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        served = threading.Thread(target=lambda: refuse(listening.accept()[0]), daemon=True)
        served.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(TransientError, match="does not take our certificate, or wants one of us"):
            Door(INSIDE, Tls(authority.file)).request("POST", url, {}, b"UNB", LATE)
        served.join(PATIENCE_S)


def test_a_file_of_tls_that_is_none_is_told_with_what_to_do(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")
    for tls in (Tls(authorities=wrong), Tls(certificate=wrong), Tls(authorities=tmp_path / "none.pem")):
        with pytest.raises(ConfigError, match="in PEM"):
            Door(INSIDE, tls).request("GET", "https://127.0.0.1:1/", {}, None, LATE)


def test_an_encrypted_exchange_with_who_does_not_encrypt_sends_nothing(other: Other) -> None:
    other.scheme = "https"
    with pytest.raises(TransientError, match="TLS"):
        post(other)
