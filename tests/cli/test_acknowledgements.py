"""`gateway acknowledgements`, `alarms` and `digest`: what is overdue is seen, closed by hand, and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alarms.watching import watch
from gateway.store.alarms import Kind, Reason, raise_alarm
from gateway.store.messages import MessageQuery, list_messages
from tests.alarms.servers import MailServer, certificate_for_loopback, http_server, mail_server
from tests.at_a_time import AtATime, opened
from tests.pipeline.test_ledger import ORDER
from tests.workspaces import Place


@pytest.fixture
def late(demo: Place) -> Iterator[AtATime]:
    """ACME's gateway two hours after an ORDRSP left that he has not acknowledged."""
    answer = 'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"'
    demo.change("partners/acme.toml", answer, f'{answer}\nexpects = {{ CONTRL = "2h" }}')
    with opened(demo) as at:
        at.take(ORDER)
        at.later(hours=3)
        at.look()
        watch(at.gateway.line, {})
        yield at


@pytest.mark.both_stores
def test_what_is_overdue_is_listed_alone_by_partner_and_as_json(late: AtATime, demo: Place) -> None:
    every = demo.run("acknowledgements", "list", "--json").lines
    assert [(row["side"], row["type"], row["state"]) for row in every] == [
        ("owes", "CONTRL", "settled"),
        ("expects", "CONTRL", "overdue"),
        ("owes", "ORDRSP", "settled"),
    ]
    (overdue,) = demo.run("acknowledgements", "list", "--overdue", "--json").lines
    (ordrsp,) = late.outputs("ORDRSP")
    assert overdue["output"] == ordrsp.id
    assert overdue["agreement"] == "edifact ORDRSP D.96A"
    assert overdue["late"] is True
    assert demo.run("acknowledgements", "list", "--partner", "castle", "--json").lines == []
    assert "OR00000001" in demo.run("acknowledgements", "list", "--overdue").out


@pytest.mark.both_stores
def test_a_message_and_an_output_show_what_is_owed_and_expected_for_them(late: AtATime, demo: Place) -> None:
    (ordrsp,) = late.outputs("ORDRSP")
    with late.gateway.store.read() as db:
        (message,) = list_messages(db, MessageQuery())
    (shown,) = demo.run("messages", "show", message.id, "--json").lines
    assert [(row["type"], row["state"]) for row in shown["acknowledgements"]] == [
        ("CONTRL", "settled"),
        ("ORDRSP", "settled"),
    ]
    told = demo.run("messages", "show", message.id).out
    assert "ORDRSP is owed to acme by 2026-06-15 12:00:00 UTC: settled" in told
    (shown,) = demo.run("outbox", "show", ordrsp.id, "--json").lines
    assert [(row["side"], row["type"]) for row in shown["acknowledgements"]] == [
        ("owes", "ORDRSP"),
        ("expects", "CONTRL"),
    ]
    told = demo.run("outbox", "show", ordrsp.id).out
    assert "CONTRL is expected of acme by 2026-06-15 10:00:00 UTC: overdue" in told


@pytest.mark.both_stores
def test_what_is_no_longer_waited_for_is_closed_once_with_a_note(late: AtATime, demo: Place) -> None:
    (overdue,) = demo.run("acknowledgements", "list", "--overdue", "--json").lines
    words = ("acknowledgements", "resolve", overdue["acknowledgement"], "--note", "he has it, by telephone")
    assert demo.run(*words).status == 0
    assert demo.run("acknowledgements", "list", "--overdue", "--json").lines == []
    watch(late.gateway.line, {})
    assert late.alarms() == []
    again = demo.run(*words)
    assert (again.status, "is cancelled; there is nothing to resolve" in again.err) == (2, True)
    unknown = demo.run("acknowledgements", "resolve", "01J", "--note", "x")
    assert (unknown.status, "There is no acknowledgement 01J" in unknown.err) == (2, True)


@pytest.mark.both_stores
def test_alarms_are_listed_and_those_that_nothing_ends_are_cleared_by_hand(late: AtATime, demo: Place) -> None:
    with late.gateway.store.write() as db:
        raise_alarm(db, Reason(Kind.AUDIT_BROKEN, "event 7", "event 7 was altered"), late.gateway.line.now())
    rows = demo.run("alarms", "list", "--open", "--json").lines
    assert [row["kind"] for row in rows] == ["acknowledgement.overdue", "audit.broken"]
    by_itself, by_hand = rows
    refused = demo.run("alarms", "clear", by_itself["alarm"], "--note", "x")
    assert (refused.status, "ends by itself" in refused.err) == (2, True)
    assert demo.run("alarms", "clear", by_hand["alarm"], "--note", "restored").status == 0
    assert demo.run("alarms", "clear", by_hand["alarm"], "--note", "restored").status == 2
    assert [row["kind"] for row in demo.run("alarms", "list", "--open", "--json").lines] == ["acknowledgement.overdue"]
    assert len(demo.run("alarms", "list", "--json").lines) == 2
    assert "event 7 was altered" in demo.run("alarms", "list").out


def test_the_digest_is_a_table_json_or_a_mail(
    late: AtATime, demo: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (told,) = demo.run("digest", "--json").lines
    assert [(row["what"], row["partner"], row["count"]) for row in told["waiting"]] == [("overdue.expects", "acme", 1)]
    assert "overdue.expects" in demo.run("digest").out
    nowhere = demo.run("digest", "--mail")
    assert (nowhere.status, "No mail server is set" in nowhere.err) == (2, True)
    certificate = certificate_for_loopback(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate) as server:
        _mailing(demo, server)
        assert demo.run("digest", "--mail").status == 0
    (mail,) = server.mails
    assert mail["Subject"].endswith(": 1 waiting")
    assert "overdue.expects" in mail.get_payload(decode=True).decode()


def _mailing(demo: Place, server: MailServer, **more: str) -> None:
    lines = [
        "[alarms]", 'smtp_host = "127.0.0.1"', f"smtp_port = {server.port}",
        'mail_from = "gateway@example.com"', 'mail_to = ["ops@example.com"]',
        *(f'{name} = "{value}"' for name, value in more.items()), "",
    ]  # fmt: skip
    demo.write("gateway.toml", (demo.root / "gateway.toml").read_text("utf-8") + "\n".join(lines))


def test_every_channel_can_be_tried(demo: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_for_loopback(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with http_server() as http, mail_server(certificate) as server:
        _mailing(demo, server, webhook_url=http.url)
        tried = demo.run("alarms", "test")
        assert (tried.status, tried.out.split("\n")) == (0, ["log: told", "webhook: told", "mail: told", ""])
        server.is_away = True
        tried = demo.run("alarms", "test")
        assert tried.status == 1
        assert "mail: 127.0.0.1" in tried.err
    assert (len(http.posts), len(server.mails)) == (2, 1)


@pytest.mark.both_stores
def test_a_chain_that_was_altered_is_an_alarm_until_it_is_found_whole(late: AtATime, demo: Place) -> None:
    def altered(old: str, new: str) -> None:
        with late.gateway.store.write() as db:
            db.exec_driver_sql(f"UPDATE event SET text = '{new}' WHERE text = '{old}'")  # noqa: S608

    broken = {"audit.broken": 1}
    assert demo.run("audit", "verify").status == 0
    altered("CONTRL was due 2026-06-15T10:00 UTC", "nothing was due")
    for _ in range(2):
        assert demo.run("audit", "verify").status == 1
        assert {each.kind: 1 for each in late.alarms("audit.broken")} == broken
    altered("nothing was due", "CONTRL was due 2026-06-15T10:00 UTC")
    assert demo.run("audit", "verify").status == 0
    assert late.alarms("audit.broken") == []
