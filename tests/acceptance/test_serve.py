"""`gateway serve`: files dropped into its folders are answered, it tells of its health, and it ends when told to."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import httpx
import pytest

from tests import sent
from tests.processes import GATEWAY, PATIENCE_S, Serving, call, environment, eventually, serving
from tests.workspaces import SAMPLES, Place, list_article

ONE = sent.line(1, sent.SEALANT, "12")


@pytest.fixture
def quick(demo: Place) -> Place:
    """The demo's workspace, its folders looked at often."""
    for name in ("acme", "castle", "nordwind"):
        demo.change(f"connections/{name}_inbox.toml", 'poll = "2s"', 'poll = "1s"')
    return demo


def drop(place: Place, name: str, file: Path) -> None:
    folder = place.root / "inbox" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, folder / f".{file.name}")
    (folder / f".{file.name}").rename(folder / file.name)


def answered(server: Serving, status: int) -> httpx.Response | None:
    """What it says of its readiness, where that is of this status."""
    answer = server.get("/readyz")
    return answer if answer.status_code == status else None


@pytest.mark.both_stores
def test_a_dropped_file_is_answered_and_archived(quick: Place) -> None:
    with serving(quick.root) as server:
        drop(quick, "acme", SAMPLES / "01_acme_order.edi")
        drop(quick, "nordwind", SAMPLES / "13_nordwind_one_bad_quantity.edi")
        eventually(lambda: len(quick.outbox("acme")) == 2 and len(quick.outbox("nordwind")) == 5)
        eventually(lambda: len(quick.outbox("erp")) == 5)
        assert [answer.type for answer in quick.answers("acme")] == ["CONTRL", "ORDRSP"]
        assert any(line.startswith("watching  acme_inbox every 1 s") for line in server.told)
        assert server.end() == 0
    (archived,) = (quick.root / "inbox" / "acme" / "archive").rglob("*.edi")
    assert archived.read_bytes() == (SAMPLES / "01_acme_order.edi").read_bytes()
    assert [line["state"] for line in quick.run("messages", "list", "--partner", "acme", "--json").lines] == [
        "processed"
    ]


def test_health_and_readiness_are_told(quick: Place) -> None:
    with serving(quick.root) as server:
        alive = server.get("/healthz")
        ready = server.get("/readyz")
        assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "failing": {}})
        assert server.get("/docs").status_code == 404


def test_without_its_store_the_gateway_is_alive_and_not_ready(quick: Place) -> None:
    with serving(quick.root) as server:
        store = quick.root / "var" / "gateway.db"
        store.rename(store.with_name("away.db"))
        answer = server.get("/readyz")
        assert (answer.status_code, "store" in answer.json()["failing"]) == (503, True)
        assert server.get("/healthz").status_code == 200
        drop(quick, "acme", SAMPLES / "01_acme_order.edi")
        store.with_name("away.db").rename(store)
        eventually(lambda: len(quick.outbox("acme")) == 2)
        eventually(lambda: answered(server, 200))


def test_a_folder_that_cannot_be_watched_is_told_and_the_others_are_served(quick: Place) -> None:
    (quick.root / "inbox").mkdir()
    (quick.root / "inbox" / "castle").write_text("a file where the folder should be")
    with serving(quick.root) as server:
        drop(quick, "acme", SAMPLES / "01_acme_order.edi")
        eventually(lambda: len(quick.outbox("acme")) == 2)
        answer = eventually(lambda: answered(server, 503))
        assert list(answer.json()["failing"]) == ["castle_inbox"]
        (quick.root / "inbox" / "castle").unlink()
        eventually(lambda: answered(server, 200))


def test_a_second_server_of_an_embedded_store_is_refused_with_the_reason(quick: Place) -> None:
    with serving(quick.root) as server:
        second = call("--workspace", quick.root, "serve", "--port", "0")
        assert (second.returncode, "Traceback" in second.stderr) == (2, False)
        assert "This store is served already" in second.stderr
        assert str(server.process.pid) in second.stderr


def test_a_port_that_is_taken_is_a_sentence(quick: Place, tmp_path: Path) -> None:
    with serving(quick.root) as server:
        port = server.address.rpartition(":")[2]
        other = tmp_path / "other"
        shutil.copytree(quick.root, other, ignore=shutil.ignore_patterns("var"))
        taken = call("--workspace", other, "serve", "--port", port)
        assert (taken.returncode, "cannot be listened on" in taken.stderr) == (2, True)
        assert "Traceback" not in taken.stderr


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0(quick: Place, by: int) -> None:
    with serving(quick.root) as server:
        assert server.end(by) == 0
        assert server.process.stderr
        assert server.process.stderr.read() == ""


@pytest.mark.both_stores
def test_ingest_beside_a_server_stores_and_waits_for_it(quick: Place) -> None:
    with serving(quick.root) as server:
        (line,) = quick.sample(1, status=0)
        assert (line["state"], line["decision"]) == ("processed", "accepted")
        assert len(quick.outbox("acme")) == 2
        assert server.process.poll() is None


def test_ingest_does_not_wait_for_what_is_paused_or_away(quick: Place) -> None:
    quick.sample(4)
    quick.run("lane", "pause", "direct/in/acme")
    (quick.root / "outbox" / "castle").write_text("a file where the folder should be")
    with serving(quick.root):
        assert quick.sample(1, status=0)[0]["state"] == "ready"
        assert quick.sample(3, status=0)[0]["state"] == "processed"


def test_when_the_server_ends_ingest_goes_on_by_itself(quick: Place) -> None:
    with serving(quick.root) as server:
        eventually(lambda: _stopped_between_writes(server, quick.root / "var" / "gateway.db"))
        words = ["--workspace", str(quick.root), "ingest", str(SAMPLES / "01_acme_order.edi"), "--json"]
        with subprocess.Popen([*GATEWAY, *words], stdout=subprocess.PIPE, text=True, env=environment()) as ingest:
            eventually(lambda: quick.run("db", "verify").status == 0 and _received(quick))
            assert ingest.poll() is None
            server.process.kill()
            out, _ = ingest.communicate(timeout=PATIENCE_S)
        assert '"state": "processed"' in out


def _stopped_between_writes(server: Serving, database: Path) -> bool:
    """Whether the server holds the dispatcher's lock, does nothing, and keeps nobody from the store."""
    server.process.send_signal(signal.SIGSTOP)
    eventually(lambda: server.stands_still)
    with contextlib.closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE").close()
        except sqlite3.OperationalError:
            server.process.send_signal(signal.SIGCONT)
            return False
        db.execute("ROLLBACK").close()
    return True


def _received(place: Place) -> bool:
    with place.opened() as gateway, gateway.store.read() as db:
        return bool(db.exec_driver_sql("SELECT count(*) FROM transmission").scalar())


def test_a_half_written_file_is_left_until_it_is_whole(quick: Place) -> None:
    folder = quick.root / "inbox" / "acme"
    folder.mkdir(parents=True)
    whole = (SAMPLES / "01_acme_order.edi").read_bytes()
    with serving(quick.root):
        (folder / "order.edi.part").write_bytes(whole[:300])
        drop(quick, "nordwind", SAMPLES / "02_nordwind_order.edi")
        eventually(lambda: len(quick.outbox("nordwind")) == 2)
        assert quick.outbox("acme") == []
        (folder / "order.edi.part").write_bytes(whole)
        (folder / "order.edi.part").rename(folder / "order.edi")
        eventually(lambda: len(quick.outbox("acme")) == 2)


def test_a_replay_beside_a_server_waits_for_it_but_not_with_the_configuration_of_then(quick: Place) -> None:
    (held,) = quick.sample(5)
    list_article(quick)
    with serving(quick.root):
        then = quick.run("messages", "replay", held["message"], "--as-then")
        assert (then.status, "Stop it first" in then.err) == (2, True)
        now = quick.run("messages", "replay", held["message"], "--json")
        assert (now.status, now.lines[0]["state"], len(quick.answers("acme", "ORDRSP"))) == (0, "processed", 2)


BUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])


@BUFFERED
def test_who_reads_no_further_gets_no_complaint(quick: Place, unbuffered: str) -> None:
    for number in (1, 13, 23):
        quick.sample(number)
    command = [*GATEWAY, "--workspace", str(quick.root), "export", "prices"]
    told = {**environment(), "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=told, text=True) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == ""


@BUFFERED
def test_a_list_that_finds_no_room_is_told_in_one_line(unbuffered: str) -> None:
    told = {**environment(), "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*GATEWAY, "connection", "kinds"], stdout=full, stderr=subprocess.PIPE, env=told, text=True, check=False
        )
    told_is = "A file: No space left on device. Make room, then give the command again.\n"
    assert (ended.returncode, ended.stderr) == (2, told_is)


@pytest.mark.parametrize(
    ("closed", "words", "status"),
    [(">&-", ("connection", "kinds"), 0), ("2>&-", ("connection", "kinds", "none"), 2), ("<&-", ("secret", "list"), 0)],
)
def test_what_nobody_listens_to_is_said_to_nobody(
    quick: Place, closed: str, words: tuple[str, ...], status: int
) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *GATEWAY, "--workspace", str(quick.root), *words]
    ended = subprocess.run(command, capture_output=True, env=environment(), text=True, check=False)
    assert (ended.returncode, ended.stderr) == (status, "")


def test_a_version_published_meanwhile_holds_from_the_next_message_on(quick: Place) -> None:
    with serving(quick.root):
        (held,) = quick.sample(5, status=1)
        quick.change("partners/acme.toml", 'unknown_article = "hold"', 'unknown_article = "reject"')
        quick.change("connections/acme_inbox.toml", "inbox/acme", "inbox/acme-new")
        assert quick.run("publish").status == 0
        eventually(lambda: (quick.root / "inbox" / "acme-new").is_dir())
        raw = (SAMPLES / "05_acme_unknown_article.edi").read_bytes()
        (changed,) = quick.ingest(raw.replace(b"ACM0000103", b"ACM0000999").replace(b"4500017803", b"4500017899"))
        assert (held["decision"], changed["decision"]) == ("held", "changed")
        drop(quick, "acme-new", SAMPLES / "01_acme_order.edi")
        eventually(lambda: "4500017801" in [order["number"] for order in quick.orders()])


def test_a_connection_taken_out_is_no_reason_any_more_not_to_be_ready(quick: Place) -> None:
    (quick.root / "inbox").mkdir()
    (quick.root / "inbox" / "castle").write_text("a file where the folder should be")
    with serving(quick.root) as server:
        eventually(lambda: answered(server, 503))
        for path in ("partners/castle.toml", "connections/castle_inbox.toml"):
            (quick.root / path).unlink()
        shutil.rmtree(quick.root / "mappings" / "partners" / "castle")
        assert quick.run("publish").status == 0
        eventually(lambda: answered(server, 200))
