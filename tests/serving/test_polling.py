"""Polling: a connection that cannot be visited now is visited later."""

from __future__ import annotations

import threading

import pytest

from gateway.serving.server import Server
from gateway.wiring import Gateway
from tests.serving.test_server import FakePoller, order, visited
from tests.workspaces import Place


def test_a_connection_for_which_no_thread_is_left_is_visited_later(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Thread.start

    def none_left(thread: threading.Thread) -> None:
        if thread.name.startswith("polling "):
            raise RuntimeError("can't start new thread")
        begin(thread)

    acme = FakePoller(order(1))
    with demo.opened() as gateway:
        monkeypatch.setattr(Gateway, "pollers", lambda _: {"acme_inbox": acme})
        server = Server(gateway, "127.0.0.1", 0)
        part = next(each for each in server.parts if each.name == "polling")
        with monkeypatch.context() as crowded:
            crowded.setattr(threading.Thread, "start", none_left)
            assert not part.once(server._health)
        assert part.once(server._health)
        visited()
        part._end()
        server._lock.release()
    assert acme.waiting == {}
