"""Documents posted to a gateway that is killed: what was acknowledged is there, and posted again it is one order."""

from __future__ import annotations

import contextlib
import random
import signal
import threading

import httpx
import pytest

from tests.http.posts import ADDRESS, ORDER, SCOPE, hurried, order
from tests.http.test_served import ask, new_key
from tests.processes import PATIENCE_S, driven, eventually, serving
from tests.workspaces import Place

# A gateway that kills itself at the commit of what was posted: before it, or after it and before anybody is told.
DRIVER = """
import os, signal, sys, threading
from contextlib import contextmanager
from gateway.store.engine import Store
moment, *words = sys.argv[1:]
real = Store.write

@contextmanager
def write(self, **how):
    is_posted = threading.current_thread().name == "commits"
    with real(self, **how) as db:
        yield db
        if is_posted and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    if is_posted:
        os.kill(os.getpid(), signal.SIGKILL)

Store.write = write
from gateway.cli.app import main
sys.argv = ["gateway", *words]
main()
"""


def post(address: str, key: str, raw: bytes = ORDER) -> httpx.Response:
    head = {"Authorization": f"Bearer {key}"}
    return httpx.post(address + ADDRESS, content=raw, headers=head, timeout=PATIENCE_S)


def settled(place: Place, count: int) -> list[dict]:
    """The orders, once there are so many and nothing is on its way."""
    eventually(lambda: len(place.orders()) >= count)
    messages = place.run("messages", "list", "--json").lines
    return [each for each in messages if each["type"] == "ORDERS"]


@pytest.mark.both_stores
@pytest.mark.parametrize(("moment", "status"), [("before", 202), ("after", 200)])
def test_killed_at_the_commit_of_a_post_the_sender_posts_again_and_it_is_one_order(
    demo: Place, moment: str, status: int
) -> None:
    key = new_key(hurried(demo), SCOPE)  # what was posted may have been taken up between the commit and the end
    with driven(demo.root, DRIVER, moment) as server:
        with pytest.raises(httpx.HTTPError):
            post(server.address, key)
        assert server.process.wait(PATIENCE_S) == -signal.SIGKILL
    with serving(demo.root) as server:
        answer = post(server.address, key)
        assert answer.status_code == status
        assert post(server.address, key).content == answer.content
        assert [each["state"] for each in settled(demo, 1)] == ["processed"]
        shown = ask(server, key, f"transmissions/{answer.json()['transmission']}").json()
        assert [each["order"] for each in shown["messages"]] == [each["order"] for each in demo.orders()]


@pytest.mark.both_stores
@pytest.mark.parametrize("seed", range(1))
def test_killed_at_random_while_many_post_nothing_acknowledged_is_lost_or_doubled(demo: Place, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same kills in every run
    key = new_key(hurried(demo), SCOPE)
    waiting = list(range(40))
    acknowledged: dict[int, str] = {}
    while waiting:
        with serving(demo.root) as server:
            enough = len(acknowledged) + chance.randint(1, 16)
            threads = [
                threading.Thread(target=_post_all, args=(server.address, key, waiting[share::4], acknowledged))
                for share in range(4)
            ]
            for thread in threads:
                thread.start()
            eventually(lambda: len(acknowledged) >= min(enough, 40))  # noqa: B023
            server.end(signal.SIGKILL)
            for thread in threads:
                thread.join()
        waiting = [number for number in waiting if number not in acknowledged]
    with serving(demo.root) as server:
        for number, told in acknowledged.items():
            again = post(server.address, key, order(number))
            assert (again.status_code, again.json()["transmission"]) == (200, told)
        messages = settled(demo, 40)
    assert sorted(each["reference"] for each in messages) == sorted(f"PO-{number}" for number in range(40))
    assert len(demo.orders()) == 40


def _post_all(address: str, key: str, numbers: list[int], acknowledged: dict[int, str]) -> None:
    """Post until the gateway is gone."""
    with contextlib.suppress(httpx.HTTPError):
        for number in numbers:
            while (answer := post(address, key, order(number))).status_code == 503:  # he is to come again
                threading.Event().wait(0.05)
            assert answer.status_code in (200, 202)
            acknowledged[number] = answer.json()["transmission"]
