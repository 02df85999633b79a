"""Several `gateway serve` on one PostgreSQL: each order once and in order, whichever node is killed or stands still."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.store.lanes import list_lanes
from gateway.store.messages import MessageQuery, list_messages
from gateway.store.outbox import list_outputs
from gateway.store.postgresql import Lock
from gateway.store.records import OutputState
from gateway.wiring import Gateway, open_gateway
from tests import sent
from tests.processes import Serving, call, driven, eventually, serving
from tests.workspaces import SAMPLES, Place

FILES, ORDERS_IN_A_FILE, LINES = 20, 10, 30
# A node that stops itself whenever it has computed what is in a lane and not written it, until a file says enough.
STOPPING = """
import os, pathlib, signal, sys
from gateway.queue import drain
enough, *words = sys.argv[1:]
compute = drain._compute

def stopping(*given):
    computed = compute(*given)
    if not pathlib.Path(enough).exists():
        os.kill(os.getpid(), signal.SIGSTOP)
    return computed

drain._compute = stopping
from gateway.cli.app import main
sys.argv = ["gateway", *words]
main()
"""
LANES = ("acme_inbox", None)


@pytest.fixture
def place(demo_on: Callable[[str], Place]) -> Place:
    """The demo's workspace on PostgreSQL."""
    return demo_on("postgresql")


@pytest.fixture
def hasty(place: Place) -> Place:
    """The same, its leases short: whoever computes for longer on a slow machine may lose his lane, too."""
    settings = (place.root / "gateway.toml").read_text("utf-8")
    place.write("gateway.toml", f'lease = "2s"\n{settings}')
    return place


@contextlib.contextmanager
def nodes(place: Place, count: int) -> Iterator[list[Serving]]:
    with contextlib.ExitStack() as running:
        yield [running.enter_context(serving(place.root)) for _ in range(count)]


def send(gateway: Gateway, files: int = FILES, count: int = LINES) -> None:
    """Files of orders, by two connections in turn; the number of an order says where it stands in its lane."""
    for file in range(files):
        connection = LANES[file % len(LANES)]
        numbers = [f"{connection}-{file:03}-{at:03}" for at in range(ORDERS_IN_A_FILE)]
        lines = [sent.line(at, sent.SEALANT, "12") for at in range(1, count + 1)]
        orders = [sent.order(number, *lines, reference=str(at)) for at, number in enumerate(numbers, 1)]
        body = sent.interchange(f"IC{file}", *orders)
        receive(gateway.line, f"{file:03}.edi", iter([body]), connection)


def states(gateway: Gateway) -> list[str]:
    with gateway.store.read() as db:
        return [message.state for message in list_messages(db, MessageQuery())]


def all_are_processed(gateway: Gateway, count: int = FILES * ORDERS_IN_A_FILE) -> bool:
    return states(gateway) == ["processed"] * count


def leaving(gateway: Gateway) -> bool:
    with gateway.store.read() as db:
        return any(output.state != OutputState.SENT for output in list_outputs(db))


def each_is_there_once_and_in_order(place: Place, count: int = FILES * ORDERS_IN_A_FILE) -> None:
    orders = place.orders()
    assert len({order["number"] for order in orders}) == len(orders) == count
    assert sorted(order["order"] for order in orders) == [f"SO{number:08d}" for number in range(1, count + 1)]
    for connection in LANES:
        mine = [order for order in orders if order["number"].startswith(f"{connection}-")]
        in_turn = [order["number"] for order in sorted(mine, key=lambda order: order["order"])]
        assert in_turn == sorted(in_turn)
    assert {row["state"] for row in place.run("outbox", "list", "--json").lines} == {"sent"}
    answered = [answer.having("RFF+ON")[0][7:] for answer in place.answers("acme", "ORDRSP")]
    assert sorted(answered) == sorted(order["number"] for order in orders)
    assert len(place.outbox("erp")) == count


def lanes(gateway: Gateway) -> list[dict[str, Any]]:
    with gateway.store.read() as db:
        return list_lanes(db)


_WRITING = f"""
    SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND classid = {Lock.WRITER:d} AND application_name LIKE '%%:' || CAST(%s AS text)
"""  # noqa: S608


def stands_still_in_a_lane(node: Serving, gateway: Gateway) -> bool:
    """Whether the node has stopped itself in a lane, and keeps nobody from writing; else it goes on."""
    if not node.stands_still:
        return False
    with gateway.store.read() as db:
        is_writing = db.exec_driver_sql(_WRITING, (node.process.pid,)).scalar()
    if is_writing:
        node.process.send_signal(signal.SIGCONT)
    return not is_writing


def test_two_nodes_share_the_work_and_a_command_beside_them_waits_for_it(place: Place) -> None:
    with nodes(place, 2) as (one, other), place.opened() as gateway:
        send(gateway, 4, 3)  # small ones: nobody waits for the other's commit for so long that he says so
        eventually(lambda: all_are_processed(gateway, 40) and not leaving(gateway))
        each_is_there_once_and_in_order(place, 40)
        (line,) = place.sample(1, status=0)
        assert line["state"] == "processed"
        for node in (one, other):
            assert node.get("/readyz").json() == {"ready": True, "failing": {}}
            assert node.end() == 0
            assert node.process.stderr
            assert node.process.stderr.read() == ""
        assert {row["holder"] for row in lanes(gateway)} == {None}


def test_a_node_killed_and_one_that_stood_still_past_its_lease_do_nothing_twice_and_lose_nothing(hasty: Place) -> None:
    enough = hasty.root / "enough"
    with driven(hasty.root, STOPPING, str(enough)) as stopped, hasty.opened() as gateway:
        send(gateway)
        eventually(lambda: stands_still_in_a_lane(stopped, gateway))
        enough.touch()
        held = [row["name"] for row in lanes(gateway) if (row["holder"] or "").endswith(f":{stopped.process.pid}")]
        with nodes(hasty, 2) as (killed, _):
            eventually(lambda: states(gateway).count("processed") >= 2 * ORDERS_IN_A_FILE)
            os.kill(killed.process.pid, signal.SIGKILL)
            eventually(lambda: all_are_processed(gateway))
            stopped.process.send_signal(signal.SIGCONT)
            eventually(lambda: stopped.get("/readyz").status_code == 200)
            assert stopped.end() == 0
        assert stopped.process.stderr
        told = stopped.process.stderr.read()
        assert any(f"lane {name}: Another process has taken over" in told for name in held)
    # What the killed node was sending is leased for as long as sending may take.
    with open_gateway(hasty.root, clock=lambda: datetime.now(UTC) + timedelta(hours=1)) as later:
        work_off(later.line, later.senders())
    each_is_there_once_and_in_order(hasty)


def test_what_a_dead_node_polled_is_polled_by_another(hasty: Place) -> None:
    inbox = hasty.root / "inbox" / "acme"
    inbox.mkdir(parents=True)  # else whoever looks first makes it, and he may die before
    with nodes(hasty, 2) as running:
        with hasty.opened() as gateway:
            pids = {str(node.process.pid): node for node in running}
            row = eventually(
                lambda: next(
                    (row for row in lanes(gateway) if row["name"] == "acme_inbox/poll" and row["holder"]), None
                )
            )
        holder = pids[row["holder"].rpartition(":")[2]]
        holder.process.kill()
        (inbox / ".order.edi").write_bytes((SAMPLES / "01_acme_order.edi").read_bytes())
        (inbox / ".order.edi").rename(inbox / "order.edi")
        eventually(lambda: len(hasty.outbox("acme")) == 2)


def test_while_no_node_works_a_command_works_itself_and_a_node_of_the_web_alone_is_none(place: Place) -> None:
    with serving(place.root, "--roles", "web") as web:
        (line,) = place.sample(1, status=0)
        assert line["state"] == "processed"
        assert web.get("/readyz").json() == {"ready": True, "failing": {}}


def test_an_embedded_store_is_served_whole_or_not(demo: Place) -> None:
    for roles, words in (("web", "Leave --roles out"), ("web,cook", "names no roles"), ("", "names no roles")):
        ran = call("--workspace", demo.root, "serve", "--port", "0", "--roles", roles)
        assert (ran.returncode, words in ran.stderr, "Traceback" in ran.stderr) == (2, True, False)
