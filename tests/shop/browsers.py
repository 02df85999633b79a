"""A browser, a buyer's system that it comes from and goes back to, and the gateway's doors between them, all real."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.parse import parse_qsl

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette

from gateway.http.calls import Api
from gateway.http.cxml_door import CxmlDoor
from gateway.http.oci_door import OciDoor
from gateway.http.shop_door import ShopDoor
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.settings import ApiSettings, ReceiveSettings, Settings
from gateway.vault import Vault
from tests.processes import PATIENCE_S, eventually
from tests.punchout.shops import CXML, OCI, Shop

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--test-third-party-cookie-phaseout"]
_PATIENCE_MS = 1_000 * PATIENCE_S
SECRETS = {"ACME_CXML": "s3cret", "ACME_OCI": "s3cret"}
"""What the shop's partner shows, as variables of the environment."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser that keeps no cookies of third parties; the test is skipped where there is none, but not on CI."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=_PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS, timeout=_PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()


def clicked(page: Page, button: str) -> None:
    """The button is pressed, and the page that comes of it is there."""
    with page.expect_navigation(timeout=_PATIENCE_MS):
        page.get_by_role("button", name=button).click()


@dataclass
class Buyer:
    """A buyer's system: its pages frame others or call them, and what is posted to it is kept.

    It has a name of its own: for a browser another site than the gateway's.
    """

    origin: str
    posted: Queue[list[tuple[str, str]]] = field(default_factory=Queue)
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def hook(self) -> str:
        """Where carts are sent."""
        return f"{self.origin}/hook"

    def framing(self, address: str) -> str:
        """A page of the buyer with a frame that shows an address."""
        self.pages["/frame"] = f'<iframe name="shop" src="{escape(address)}" width="900" height="600"></iframe>'
        return f"{self.origin}/frame"

    def calling(self, action: str, **fields: str) -> str:
        """A page of the buyer with a form that calls an address."""
        hidden = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items())
        self.pages["/call"] = f'<form method="post" action="{escape(action)}">{hidden}<button>Call</button></form>'
        return f"{self.origin}/call"

    def taken(self) -> list[tuple[str, str]]:
        """The fields of the next form that is posted."""
        return self.posted.get(timeout=PATIENCE_S)


@contextmanager
def open_buyer(host: str = "localhost") -> Iterator[Buyer]:
    """A buyer's system while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(buyer.pages.get(self.path, ""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            buyer.posted.put(parse_qsl(body, keep_blank_values=True))
            self._answer("<p>Taken</p>")

        def _answer(self, text: str) -> None:
            content = f"<!doctype html><title>Buyer</title>{text}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    buyer = Buyer(f"http://{host}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield buyer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Street:
    """A shop with its doors at an address, and the buyer whose users come to it."""

    shop: Shop
    address: str
    buyer: Buyer
    index: SearchIndex

    def indexed(self) -> None:
        """What the shop sells now is found."""
        keep(self.shop.store, self.index)

    def called_by_cxml(self, template: str) -> str:
        """The address of a session that the buyer's system asked for; the template is that of its request."""
        request = template.replace("{hook}", self.buyer.hook)
        head = {"Content-Type": "text/xml"}
        answer = httpx.post(f"{self.address}/cxml", content=request.encode(), headers=head, timeout=PATIENCE_S)
        assert "<StartPage>" in answer.text, answer.text
        return answer.text.partition("<URL>")[2].partition("</URL>")[0]

    def opening(self, **more: object) -> str:
        """The address of a new session."""
        return f"{self.address}/shop/open/{self.shop.token(**more)}"


@contextmanager
def open_street(shop: Shop, folder: Path, buyer: Buyer) -> Iterator[Street]:
    """The doors of a shop, served while the block runs."""
    for name in (CXML, OCI):
        shop.configured(name, return_origins=[buyer.origin])
    index, vault = SearchIndex(folder / "index"), Vault(Settings(workspace=folder), shop.store)
    address = ""
    api = Api(lambda: shop.line, ApiSettings(), lambda: None, index)
    cxml = CxmlDoor(api, vault, lambda: address, ReceiveSettings(), folder)
    routes = [*ShopDoor(api).routes, *OciDoor(api, vault.secret).routes, *cxml.routes]
    config = uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        street = Street(shop, address, buyer, index)
        street.indexed()
        yield street
    finally:
        server.should_exit = True
        thread.join()
        cxml.close()
        api.close()
