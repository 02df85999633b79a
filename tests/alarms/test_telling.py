"""Telling: each channel hears of each alarm in order and at least once, and none keeps another from telling."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from gateway.alarms import mail, webhook
from gateway.alarms.channels import channels_of
from gateway.alarms.mail import MailChannel, Post
from gateway.alarms.telling import LEASE, Channel, LogChannel, tell
from gateway.alarms.webhook import Webhook
from gateway.errors import ConfigError
from gateway.settings import AlarmSettings, effective, load_settings
from gateway.signing import signature
from gateway.store.alarms import Kind, Notice, Reason, clear_alarm, failing_channels, raise_alarm, told_of
from gateway.vault import environment_secret
from tests.alarms.servers import (
    RIGHT,
    HttpServer,
    MailServer,
    certificate_for_loopback,
    http_server,
    mail_server,
)
from tests.at_a_time import AtATime, opened
from tests.processes import PATIENCE_S, eventually
from tests.workspaces import Place

FROM, TO = "gateway@example.com", ("ops@example.com", "edi@example.com")


@pytest.fixture
def http() -> Iterator[HttpServer]:
    with http_server() as server:
        yield server


@pytest.fixture
def smtp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server whose certificate is trusted."""
    certificate = certificate_for_loopback(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate) as server:
        yield server


@pytest.fixture
def acme(demo: Place) -> Iterator[AtATime]:
    with opened(demo) as at:
        yield at


def alarm(acme: AtATime, *subjects: str) -> None:
    """Raise alarms about lanes."""
    with acme.gateway.store.write() as db:
        for each in subjects:
            raise_alarm(db, Reason(Kind.LANE_PAUSED, each, f"lane {each} waits"), acme.gateway.line.now())


def end(acme: AtATime, subject: str) -> None:
    with acme.gateway.store.write() as db:
        clear_alarm(db, Kind.LANE_PAUSED, subject, acme.gateway.line.now())


def why(acme: AtATime, channel: Channel) -> str | None:
    """Why the channel could not tell."""
    with acme.gateway.store.read() as db:
        return failing_channels(db).get(channel.name)


def hook(acme: AtATime, http: HttpServer) -> Webhook:
    return Webhook(http.url, "s3cr3t", acme.clock)


def post(server: MailServer, password: str = RIGHT, security: str = "starttls") -> Post:
    settings = AlarmSettings(
        smtp_host="127.0.0.1", smtp_port=server.port, smtp_security=security, mail_from=FROM, mail_to=TO,
        smtp_user=None if security == "none" else "edi", smtp_password=None if security == "none" else "env:MAIL",
    )  # fmt: skip
    (channel,) = [each for each in channels_of(settings, lambda _: password, lambda: datetime.now(UTC)) if each.in_sum]
    assert isinstance(channel, MailChannel)
    return channel._post


class Remembering:
    """A channel that keeps what it is told, and fails as often as it is told to."""

    name, most, in_sum = "memory", 3, False

    def __init__(self, fails: int = 0, rest: timedelta = timedelta()) -> None:
        self.rest = rest
        self.fails = fails
        self.told: list[tuple[str, str]] = []

    def tell(self, notices: list[Notice], total: int) -> None:  # noqa: ARG002
        if self.fails:
            self.fails -= 1
            raise ValueError("no")
        self.told += [(each.what, each.subject) for each in notices]


# In order, at least once ----------------------------------------------------------------------------------------------


@pytest.mark.both_stores
def test_what_is_raised_and_cleared_is_told_once_in_order_and_no_more_at_a_time_than_is_taken(acme: AtATime) -> None:
    channel = Remembering()
    tell(acme.gateway.line, [channel])
    alarm(acme, "a", "b")
    end(acme, "a")
    alarm(acme, "c")
    assert tell(acme.gateway.line, [channel]) == 3
    assert tell(acme.gateway.line, [channel]) == 1
    assert tell(acme.gateway.line, [channel]) == 0
    assert channel.told == [("raised", "a"), ("raised", "b"), ("cleared", "a"), ("raised", "c")]
    with acme.gateway.store.read() as db:
        (standing, _) = acme.alarms()
        assert told_of(db, [standing.id]) == {standing.id: ["memory"]}


@pytest.mark.both_stores
def test_a_channel_that_fails_is_tried_again_later_and_keeps_no_other_from_telling(acme: AtATime) -> None:
    failing, other = Remembering(fails=2), Remembering()
    other.name = "other"
    alarm(acme, "a")
    tell(acme.gateway.line, [failing, other])
    assert (failing.told, other.told) == ([], [("raised", "a")])
    assert why(acme, failing) == "ValueError: no"
    tell(acme.gateway.line, [failing])
    assert failing.fails == 1, "not at once"
    for _ in range(2):
        acme.later(seconds=30)
        tell(acme.gateway.line, [failing])
    assert failing.told == [("raised", "a")]
    assert why(acme, failing) is None


@pytest.mark.both_stores
def test_a_process_that_dies_while_it_tells_is_followed_by_another_after_its_lease(acme: AtATime) -> None:
    class Dying(Remembering):
        def tell(self, notices: list[Notice], total: int) -> None:
            super().tell(notices, total)
            raise KeyboardInterrupt

    alarm(acme, "a")
    channel = Remembering()
    with pytest.raises(KeyboardInterrupt):
        tell(acme.gateway.line, [Dying()])
    tell(acme.gateway.line, [channel])
    assert channel.told == [], "the other may be at it"
    acme.now += LEASE
    tell(acme.gateway.line, [channel])
    assert channel.told == [("raised", "a")], "at least once: the first may have told"


@pytest.mark.both_stores
def test_one_who_comes_back_late_does_not_undo_what_another_told(acme: AtATime) -> None:
    alarm(acme, "a")
    channel = Remembering()

    class Slow(Remembering):
        def tell(self, notices: list[Notice], total: int) -> None:  # noqa: ARG002
            acme.now += LEASE
            alarm(acme, "b")
            tell(acme.gateway.line, [channel])
            raise ValueError("too late")

    tell(acme.gateway.line, [Slow()])
    assert channel.told == [("raised", "a"), ("raised", "b")]
    assert why(acme, channel) is None


def test_a_new_channel_begins_with_the_alarms_that_stand(acme: AtATime) -> None:
    alarm(acme, "a", "b", "c")
    end(acme, "a")
    channel = Remembering()
    tell(acme.gateway.line, [channel])
    assert channel.told[0] == ("raised", "b")


def test_the_log_has_a_line_for_each(acme: AtATime, caplog: pytest.LogCaptureFixture) -> None:
    alarm(acme, "a")
    end(acme, "a")
    with caplog.at_level(logging.INFO, "gateway.alarms"):
        tell(acme.gateway.line, [LogChannel()])
    # The channel is new, and what is over by then is no news.
    assert caplog.messages == []
    alarm(acme, "b")
    with caplog.at_level(logging.INFO, "gateway.alarms"):
        tell(acme.gateway.line, [LogChannel()])
    assert caplog.messages == ["alarm raised kind=lane.paused subject=b count=1 text=lane b waits"]


# Webhook --------------------------------------------------------------------------------------------------------------


def test_alarms_are_posted_as_json_and_signed(acme: AtATime, http: HttpServer) -> None:
    alarm(acme, "ä")
    tell(acme.gateway.line, [hook(acme, http)])
    ((headers, body),) = http.posts
    told = json.loads(body)
    assert told["more"] == 0
    (notice,) = told["alarms"]
    assert (notice["what"], notice["kind"], notice["subject"]) == ("raised", "lane.paused", "ä")
    assert headers["Content-Type"] == "application/json"
    assert headers["Gateway-Timestamp"] == f"{acme.now.timestamp():.0f}"
    assert headers["Gateway-Signature"] == signature("s3cr3t", headers["Gateway-Timestamp"], body)


def test_the_signature_is_hmac_sha_256_of_timestamp_and_body() -> None:
    # openssl dgst -sha256 -hmac key, of 1.{}
    assert signature("key", "1", b"{}") == "sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224"


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_an_answer_that_is_not_2xx_is_no_telling_and_no_redirect_is_followed(
    acme: AtATime, http: HttpServer, status: int
) -> None:
    http.status = status
    alarm(acme, "a")
    channel = hook(acme, http)
    tell(acme.gateway.line, [channel])
    reason = why(acme, channel)
    assert reason is not None
    assert f"answered {status}" in reason
    assert "CANARY" not in reason, "the address may hold a token"
    assert len(http.posts) == 1
    http.status = 200
    acme.later(seconds=10)
    tell(acme.gateway.line, [channel])
    assert why(acme, channel) is None


def test_a_server_that_drips_or_talks_without_end_is_left(
    acme: AtATime, http: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "DEADLINE_S", 0.5)
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.05):
            try:
                handler.wfile.write(b"x: y\r\n")
            except OSError:
                return

    http.answer = drip
    alarm(acme, "a")
    channel = hook(acme, http)

    def is_left() -> bool:
        acme.later(hours=1)  # the first time this machine may have been too slow to begin
        tell(acme.gateway.line, [channel])
        return "did not answer in 0.5 s:" in str(why(acme, channel))

    eventually(is_left)
    over.set()

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        try:
            while True:
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            return

    http.answer = flood
    monkeypatch.setattr(webhook, "DEADLINE_S", PATIENCE_S)
    acme.later(hours=1)
    tell(acme.gateway.line, [channel])
    assert why(acme, channel) is None, "its status counts; what it says is thrown away"


def test_a_webhook_that_is_not_there_is_tried_again(acme: AtATime) -> None:
    channel = Webhook("http://127.0.0.1:9/", None, acme.clock)
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    reason = why(acme, channel)
    assert reason is not None
    assert reason.startswith("127.0.0.1:9 cannot be reached (Connection refused; see that host and port are right")


# Mail -----------------------------------------------------------------------------------------------------------------


def test_a_mail_is_encrypted_logged_in_and_goes_to_everyone(acme: AtATime, smtp: MailServer) -> None:
    alarm(acme, "a", "b")
    end(acme, "a")
    channel = MailChannel(post(smtp), timedelta(minutes=15))
    tell(acme.gateway.line, [Remembering()])
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    (taken,), (recipients,) = smtp.mails, smtp.recipients
    assert smtp.logins == [("edi", RIGHT)]
    assert recipients == list(TO)
    assert taken["Subject"] == "[gateway] alarms: 2 raised, 1 cleared"
    assert taken["Auto-Submitted"] == "auto-generated"
    text = taken.get_payload(decode=True).decode()
    assert text.splitlines()[:2] == ["2026-06-15 08:00 UTC  raised  lane.paused", "    lane b waits"]


def test_at_a_flood_there_is_one_mail_and_the_next_one_after_the_pause(acme: AtATime, smtp: MailServer) -> None:
    channel = MailChannel(post(smtp), timedelta(minutes=15))
    alarm(acme, "first")
    tell(acme.gateway.line, [channel])
    alarm(acme, *(f"lane-{number}" for number in range(500)))
    tell(acme.gateway.line, [channel])
    acme.later(minutes=14)
    tell(acme.gateway.line, [channel])
    assert len(smtp.mails) == 1
    acme.later(minutes=1)
    assert tell(acme.gateway.line, [channel]) == 500
    assert len(smtp.mails) == 2
    text = smtp.mails[1].get_payload(decode=True).decode()
    assert text.count("lane.paused") == 50
    assert "and 450 more" in text
    acme.later(minutes=15)
    assert tell(acme.gateway.line, [channel]) == 0


def test_a_login_that_is_wrong_is_told_without_the_password(acme: AtATime, smtp: MailServer) -> None:
    channel = MailChannel(post(smtp, password="wrong-CANARY"), timedelta())
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    reason = why(acme, channel)
    assert reason is not None
    assert "does not let us in (SMTPAuthenticationError 535)" in reason
    assert "CANARY" not in reason
    assert smtp.mails == []


def test_nothing_is_sent_in_the_open_where_encryption_is_asked_for(acme: AtATime, smtp: MailServer) -> None:
    smtp.speaks_tls = False
    channel = MailChannel(post(smtp), timedelta())
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    assert why(acme, channel) is not None
    assert (smtp.logins, smtp.mails) == ([], [])


def test_a_server_nobody_vouches_for_gets_nothing(
    acme: AtATime, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    channel = MailChannel(post(smtp), timedelta())
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    assert "its certificate is not taken" in str(why(acme, channel))
    assert smtp.logins == []


def test_one_wrong_address_keeps_no_other_from_his_mail(acme: AtATime, smtp: MailServer) -> None:
    smtp.refuses.add(TO[0])
    channel = MailChannel(post(smtp), timedelta())
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    assert smtp.recipients == [[TO[1]]]
    assert why(acme, channel) is None
    smtp.refuses.add(TO[1])
    alarm(acme, "b")
    tell(acme.gateway.line, [channel])
    assert "refuses ops@example.com (550), edi@example.com (550)" in str(why(acme, channel))


def test_a_mail_server_that_is_silent_or_hangs_up_is_tried_again(
    acme: AtATime, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    smtp.is_away = True
    channel = MailChannel(post(smtp, security="none"), timedelta())
    alarm(acme, "a")
    tell(acme.gateway.line, [channel])
    assert "took no mail" in str(why(acme, channel))
    smtp.is_away = False
    monkeypatch.setattr(mail, "DEADLINE_S", 0.0)
    acme.later(seconds=10)
    tell(acme.gateway.line, [channel])
    assert why(acme, channel) is not None
    monkeypatch.setattr(mail, "DEADLINE_S", 60.0)
    acme.later(seconds=30)
    tell(acme.gateway.line, [channel])
    assert (len(smtp.mails), why(acme, channel)) == (1, None)


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        'webhook_secret = "in the open"',
        'webhook_url = "ftp://example.com"',
        'webhook_url = "https://user:password@example.com/"',
        'smtp_host = "mail.example.com"',
        'smtp_host = "m"\nmail_from = "a@b.c"\nmail_to = ["a@b.c\\r\\nBcc: x@y.z"]',
        'smtp_host = "m"\nmail_from = "a@b.c"\nmail_to = ["a@b.c"]\nsmtp_user = "u"',
        'smtp_user = "u"\nsmtp_password = "env:P"\nsmtp_security = "none"',
    ],
)
def test_settings_that_tell_nobody_or_tell_a_secret_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "gateway.toml").write_text(f"[alarms]\n{line}\n", "utf-8")
    with pytest.raises(ConfigError) as raised:
        load_settings(tmp_path)
    assert 'in the open"' not in str(raised.value)
    assert "password@" not in str(raised.value)


def test_a_secret_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_KEY", raising=False)
    settings = AlarmSettings(webhook_url="https://example.com/", webhook_secret="env:HOOK_KEY")
    with pytest.raises(ConfigError, match="env:HOOK_KEY is not set"):
        channels_of(settings, environment_secret, lambda: datetime.now(UTC))


def test_the_token_in_the_address_of_a_webhook_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('[alarms]\nwebhook_url = "https://chat.example.com/hooks/CANARY"\n', "utf-8")
    shown = {each.name: each.value for each in effective(load_settings(tmp_path))}
    assert shown["alarms.webhook_url"] == "https://chat.example.com/***"
