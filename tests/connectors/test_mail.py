"""The mail connector: a document attached whole, to all its recipients or none, and nothing sent in the open."""

from __future__ import annotations

import asyncio
import email.policy
import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from connectors.mail import CONNECTOR
from gateway.connector import Connection, ConnectionConfig, Delivery
from gateway.errors import ConfigError, GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import LostAnswerSuite, QuietSenderSuite, SenderSuite
from gateway.testing.memory import Notes
from gateway.workspace.configuration import load
from tests.outbound.servers import Authority
from tests.processes import PATIENCE_S
from tests.workspace.test_configuration import told, workspace

DELIVERY = Delivery("ORDERS_4711_01J.edi", b"UNB+UNOC:3\x00\r\n.\r\n\xff", "order/01J/1", "ORDERS", "4711", "01J")
RIGHT = "the-right-one"
# The server of these tests talks in this process.
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)


class Post:
    """What the server took, and what it says to recipients, to a mail and to its end."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.written: list[bytes] = []
        self.logins: list[bool] = []
        self.recipients: dict[str, str] = {}
        self.answer = "250 taken"
        self.hangs_up = False
        self.silent_s = 0.0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _: Any) -> str:  # noqa: N802
        if address in self.recipients:
            return self.recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.silent_s)
        if self.hangs_up:
            server.transport.abort()
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=email.policy.SMTP)
            assert isinstance(mail, EmailMessage)
            self.written.append(envelope.content)
            self.mails.append((list(envelope.rcpt_tos), mail))
        return self.answer

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"edi", RIGHT.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=right)


class Server(NamedTuple):
    """A mail server on a free port."""

    authority: Path
    port: int
    post: Post


@contextmanager
def served(post: Post, **options: Any) -> Iterator[int]:
    """The port on which the post is taken, by a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(post, loop=loop, **options), "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_tasks() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[Server]:
    """A server that offers STARTTLS and lets in only who shows the password behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate("127.0.0.1"))
    post = Post()
    with served(
        post, tls_context=context, require_starttls=True, auth_required=True, authenticator=post.login,
        data_size_limit=1 << 20,
    ) as port:  # fmt: skip
        yield Server(authority.file, port, post)


@pytest.fixture
def server(running: Server) -> Server:
    running.post.__init__()  # type: ignore[misc]
    return running


def mail(server: Server, *more: str, password: str = RIGHT, **changed: str) -> Connection:
    """A connection to the server."""
    told = {
        "port": str(server.port), "from": '"edi@example.com"', "to": '["a@buyer.example", "b@buyer.example"]',
        "ca": f'"{server.authority}"', "user": '"edi"', "password": '"env:MAIL"', **changed,
    }  # fmt: skip
    lines = [
        'kind = "mail"',
        'host = "127.0.0.1"',
        *(f"{name} = {value}" for name, value in told.items() if value),
        *more,
    ]
    loaded = load({"connections/post.toml": "\n".join(lines).encode()})
    values = loaded.connections["post"].values
    return CONNECTOR.open(ConnectionConfig("post", Path(), values, lambda _: password, Notes()))


class _Mailbox:
    """What lies in it, by the names of the attachments."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def open(self) -> Connection:
        return mail(self._server)

    def lose_answers(self) -> None:
        self._server.post.hangs_up = True

    def mend(self) -> None:
        self._server.post.hangs_up = False

    def finds(self) -> Mapping[str, bytes]:
        attached = [each for _, taken in self._server.post.mails for each in taken.iter_attachments()]
        return {each.get_filename() or "": each.get_content() for each in attached}


class TestMailSender(SenderSuite, LostAnswerSuite, QuietSenderSuite):
    secrets = (RIGHT,)

    @pytest.fixture(autouse=True)
    def _outside(self, server: Server) -> None:
        self.outside = _Mailbox(server)  # type: ignore[assignment]


def test_a_document_is_attached_byte_for_byte_under_its_name_to_everyone(server: Server) -> None:
    receipt = mail(server).sender().send(DELIVERY)
    [(recipients, taken)] = server.post.mails
    assert recipients == ["a@buyer.example", "b@buyer.example"]
    assert (taken["From"], taken["To"]) == ("edi@example.com", "a@buyer.example, b@buyer.example")
    assert (taken["Subject"], taken["Message-ID"]) == ("ORDERS 4711", receipt.reference)
    [attached] = taken.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("ORDERS_4711_01J.edi", "application/edifact")
    assert attached.get_content() == DELIVERY.content
    assert server.post.logins == [True]


def test_the_same_delivery_has_the_same_message_id_and_another_one_another(server: Server) -> None:
    connection = mail(server)
    first, again = (connection.sender().send(DELIVERY).reference for _ in range(2))
    other = connection.sender().send(Delivery("a.edi", b"", "order/01J/2")).reference
    assert first == again != other
    assert first.endswith("@example.com>")


@pytest.mark.parametrize("evil", ["4711\r\nBcc: evil@example.com", "4711\n\n<html>", "{name}\x00\x1b", "Ä" * 500])
def test_what_a_document_is_called_never_becomes_a_header(server: Server, evil: str) -> None:
    mail(server).sender().send(Delivery(f"{evil}.csv", b"a", "k", "ORDERS", evil, "01J"))
    [(recipients, taken)] = server.post.mails
    assert len(recipients) == 2
    assert taken["Bcc"] is None
    assert set(taken.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert "\n" not in taken["Subject"]
    assert len(taken["Subject"]) <= 200


def test_subject_and_text_are_as_configured(server: Server) -> None:
    mail(server, 'subject = "Ihre {type} {reference}"', 'text = "Anbei {name}."').sender().send(DELIVERY)
    [(_, taken)] = server.post.mails
    assert taken["Subject"] == "Ihre ORDERS 4711"
    body = taken.get_body()
    assert body is not None
    assert body.get_content().strip() == "Anbei ORDERS_4711_01J.edi."


def test_letters_of_any_language_and_long_lines_go_as_ascii_and_arrive_as_they_were(server: Server) -> None:
    text = "Bestätigung 確認 " + "x" * 2000
    mail(server, f'text = "{text}"').sender().send(Delivery("Größe.csv", b"a;" * 3000, "k", "ORDERS", "Köln", "01J"))
    [(_, taken)] = server.post.mails
    assert server.post.written[0].isascii()
    assert max(map(len, server.post.written[0].splitlines())) <= 998
    body = taken.get_body()
    assert body is not None
    assert body.get_content().strip() == text
    assert (taken["Subject"], [each.get_filename() for each in taken.iter_attachments()]) == (
        "ORDERS Köln", ["Größe.csv"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "error"), [("550 nobody", PermanentError), ("450 later", TransientError), ("552 full", PermanentError)]
)
def test_where_one_recipient_is_refused_nobody_gets_it(server: Server, reply: str, error: type[GatewayError]) -> None:
    server.post.recipients["b@buyer.example"] = reply
    with pytest.raises(error, match=r"b@buyer\.example"):
        mail(server).sender().send(DELIVERY)
    assert not server.post.mails


@pytest.mark.parametrize(
    ("reply", "error"), [("554 no", PermanentError), ("451 later", TransientError), ("552 too much", PermanentError)]
)
def test_a_mail_that_the_server_refuses_is_told_apart_by_whether_it_may_later(
    server: Server, reply: str, error: type[GatewayError]
) -> None:
    server.post.answer = reply
    with pytest.raises(error):
        mail(server).sender().send(DELIVERY)


def test_a_document_too_large_for_the_server_is_not_even_sent(server: Server) -> None:
    with pytest.raises(PermanentError, match="SMTPSenderRefused 552"):
        mail(server).sender().send(Delivery("a.edi", b"x" * (2 << 20), "k"))


def test_who_hangs_up_after_the_mail_leaves_the_outcome_unknown(server: Server) -> None:
    server.post.hangs_up = True
    with pytest.raises(UnknownOutcomeError, match="did not say whether it has the mail"):
        mail(server).sender().send(DELIVERY)


def test_who_says_nothing_after_the_mail_is_left_in_time_with_the_outcome_unknown(server: Server) -> None:
    server.post.silent_s = PATIENCE_S
    began = monotonic()
    with pytest.raises(UnknownOutcomeError):
        mail(server, timeout='"2s"').sender().send(DELIVERY)
    assert monotonic() - began < PATIENCE_S / 4


def test_a_wrong_password_is_told_without_it(server: Server) -> None:
    with pytest.raises(PermanentError, match="SMTPAuthenticationError 535") as told:
        mail(server, password="CANARY").sender().send(DELIVERY)
    assert "CANARY" not in str(told.value)


def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(server: Server) -> None:
    with pytest.raises(PermanentError, match="its certificate is not taken"):
        mail(server, ca="").sender().send(DELIVERY)
    assert not server.post.logins


def test_a_server_that_does_not_encrypt_gets_neither_password_nor_mail(authority: Authority) -> None:
    post = Post()
    with served(post, auth_require_tls=False, authenticator=post.login) as port:
        plain = Server(authority.file, port, post)
        with pytest.raises(PermanentError, match="it offers no STARTTLS"):
            mail(plain).sender().send(DELIVERY)
        with pytest.raises(ConfigError, match="not sent unencrypted"):
            mail(plain, security='"none"').sender().send(DELIVERY)
        assert not post.logins
        mail(plain, security='"none"', user="").sender().send(DELIVERY)
        assert len(post.mails) == 1


def test_where_nobody_listens_it_is_tried_again(server: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = str(taken.getsockname()[1])
        with pytest.raises(
            TransientError, match="took no mail: nobody listens there; see that host and port are right"
        ):
            mail(server, port=nobody).sender().send(DELIVERY)


def test_looking_at_it_sends_no_mail_and_tells_of_a_refused_recipient(server: Server) -> None:
    assert mail(server).test() == ["lets us in (starttls) and takes mail for a@buyer.example, b@buyer.example"]
    server.post.recipients["a@buyer.example"] = "550 nobody"
    with pytest.raises(PermanentError, match=r"refuses a@buyer\.example \(550\)"):
        mail(server).test()
    assert not server.post.mails


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("to = []", "4:1: to names nobody (name at least one address)"),
        ('to = ["ACME <edi@acme.example>"]', "4:1: to: 'ACME <edi@acme.example>' is no address (write it as"),
        ('to = "a@b.example"\nport = 70000', "5:1: port 70000 is none (write at most 65535)"),
        ('to = "a@b.example"\nsubject = "{typ}"', "5:1: subject knows no {typ} (it knows {type}, {reference}, {id}"),
        ('to = "a@b.example"\ntext = "Größe {größe}"', "5:1: text knows no {größe} (it knows {type}"),
        ('to = "a@b.example"\nuser = "we"', "5:1: user and password belong together (name both, or none)"),
        (
            'to = "a@b.example"\nuser = "we"\npassword = "env:A"\nsecurity = "none"',
            "7:1: no password is sent unencrypted (write starttls or tls)",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(line: str, problem: str) -> None:
    text = f'kind = "mail"\nhost = "smtp.example"\nfrom = "edi@a.example"\n{line}\n'
    [only] = told(workspace(connections_more=text.encode()))
    assert only.startswith(f"connections/more.toml:{problem}")


@pytest.mark.parametrize(
    "address", ["ACME <edi@acme.example>", "edi@acme.example, b@c.example", "edi", "a@b\\nBcc: c@d"]
)
def test_an_address_that_is_none_is_told_before_anything_is_sent(server: Server, address: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        mail(server, to=f'"{address}"').sender()
