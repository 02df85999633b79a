"""The demo's workspace asked over HTTP, without a server of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from gateway.health import Health
from gateway.http.application import application
from gateway.http.calls import Api
from gateway.http.cxml_door import CxmlDoor
from gateway.http.door import Door
from gateway.queue.dispatch import work_off
from gateway.search.index import SearchIndex
from gateway.settings import ApiSettings, ReceiveSettings
from gateway.wiring import Gateway
from tests.workspaces import Place

API = "/api/v1"
RECEIVING = ReceiveSettings(posts_per_second=1e6, burst=10**6)
"""No key is ever too fast."""


class Client:
    """Asks an application as a web server would, one request after the other."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://gateway.test")
        self._runner = runner

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer."""
        return self._runner.run(self._client.request(method, path, **more))

    def together(self, method: str, path: str, bodies: Sequence[bytes], **more: Any) -> list[httpx.Response]:
        """The answers to requests with these bodies, all on their way at once."""

        async def ask() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.request(method, path, content=each, **more) for each in bodies))

        return self._runner.run(ask())


class Asked:
    """The API of an open gateway; `key` makes a caller of a scope."""

    def __init__(self, place: Place, gateway: Gateway, client: Client, api: Api, door: Door) -> None:
        self.place = place
        self.gateway = gateway
        self.client = client
        self.api = api
        self.door = door
        self.health = door._health
        self._keys: dict[str, str] = {}

    def key(self, scope: str) -> str:
        """A key of this scope; the same one each time."""
        if scope not in self._keys:
            name = scope.replace(":", "-")
            [made] = self.place.run("key", "add", name, "--scope", scope, "--json").lines
            self._keys[scope] = made["key"]
        return self._keys[scope]

    def head(self, scope: str) -> dict[str, str]:
        """The field of the head that shows a key of this scope."""
        return {"Authorization": f"Bearer {self.key(scope)}"}

    def get(self, path: str, scope: str = "role:viewer", **params: object) -> Any:
        """The answer to a GET below /api/v1."""
        return self.client.request("GET", API + path, headers=self.head(scope), params=params)

    def post(self, path: str, body: object, scope: str = "role:operator", **head: str) -> Any:
        """The answer to a POST of a JSON value below /api/v1."""
        return self.client.request("POST", API + path, json=body, headers={**self.head(scope), **head})

    def send(self, path: str, raw: bytes, scope: str = "role:operator", media: str = "application/json") -> Any:
        """The answer to a POST of bytes below /api/v1."""
        return self.client.request("POST", API + path, content=raw, headers={**self.head(scope), "Content-Type": media})


@contextmanager
def asked_at(
    place: Place, settings: ApiSettings, monotonic: Callable[[], float] | None = None,
    receiving: ReceiveSettings = RECEIVING,
) -> Iterator[Asked]:  # fmt: skip
    """The API of a workspace; what is put into the line is worked off at once."""
    with place.opened() as gateway:
        more: dict[str, Any] = {"kept_secret": gateway.vault.kept}
        more |= {"monotonic": monotonic} if monotonic else {}
        index = SearchIndex(place.root / "var")
        api = Api(lambda: gateway.line, settings, lambda: work_off(gateway.line, {}) and None, index, **more)
        health = Health(gateway.store, gateway.clock)
        door = Door(api, gateway.listeners, receiving, place.root / "var", health)
        cxml = CxmlDoor(api, gateway.vault, lambda: "http://gateway.test", receiving, place.root / "var")
        app = application(health, api, door, cxml.routes)
        with asyncio.Runner() as runner:
            yield Asked(place, gateway, Client(app, runner), api, door)
        door.close()
        cxml.close()
        api.close()


@pytest.fixture
def asked(demo: Place) -> Iterator[Asked]:
    """The API of the demo, no key of it ever too fast."""
    with asked_at(demo, ApiSettings(requests_per_second=1e6, burst=10**6)) as ready:
        yield ready
