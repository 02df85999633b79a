"""A shopper without a browser: follows links and sends forms as they stand in the pages, one request after another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import httpx
from starlette.applications import Starlette

from gateway.http.calls import Api
from gateway.http.shop_door import ShopDoor
from gateway.model.punchout import PunchoutSetup
from gateway.punchout.sessions import redeem, session_of
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.settings import ApiSettings
from gateway.shop.addresses import Place
from gateway.shop.look import PLAIN, Look
from gateway.shop.visit import Visit
from tests.punchout.shops import Shop

GATEWAY = "https://gateway.test"


@contextmanager
def open_mall(shop: Shop, folder: Path, look: Look = PLAIN) -> Iterator[Mall]:
    """A shop with its door while the block runs; what it sells now is found."""
    index = SearchIndex(folder)
    api = Api(lambda: shop.line, ApiSettings(), lambda: None, index, is_store_away=lambda: mall.is_away)
    with asyncio.Runner() as runner:
        mall = Mall(shop, Starlette(routes=ShopDoor(api, look).routes), index, runner)
        mall.indexed()
        yield mall
    api.close()


def place(page: str, query: Mapping[str, str]) -> str:
    """The address of a page within a session."""
    return f"{quote(page)}?{urlencode(query, errors='replace')}"


@dataclass
class Form:
    """A form as it stands in a page."""

    action: str
    method: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """What its fields hold, the last one of each name."""
        return dict(self.pairs)

    @property
    def words(self) -> str:
        """What its first button says."""
        return next(iter(self.buttons), "")

    def filled(self, words: str, **fields: str) -> list[tuple[str, str]]:
        """What is sent by the button that says so, all fields of these names filled so."""
        kept = [(name, fields.get(name, value)) for name, value in self.pairs]
        more = [each for each in fields.items() if each[0] not in self.fields]
        return [*kept, *more, *self.buttons[words]]


class _Forms(HTMLParser):
    """The forms of a page, in their order, with what their fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self._open: Form | None = None
        self._select = ""
        self._chosen: str | None = None
        self._button: list[tuple[str, str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._open)
        elif self._open is not None:
            if tag == "input" and "name" in given:
                self._open.pairs.append((given["name"], given.get("value", "")))
            elif tag == "select":
                self._select, self._chosen = given["name"], None
            elif tag == "option" and self._select:
                self._chosen = given["value"] if self._chosen is None or "selected" in given else self._chosen
            elif tag == "button":
                self._button = [(given["name"], given["value"])] if "name" in given else []
                self._named(given.get("aria-label", ""))

    def handle_data(self, data: str) -> None:
        self._named(data.strip())

    def _named(self, words: str) -> None:
        if words and self._button is not None and self._open is not None:
            self._open.buttons.setdefault(words, self._button)
            self._button = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select" and self._open is not None:
            self._open.pairs.append((self._select, self._chosen or ""))
            self._select = ""
        elif tag == "button":
            self._button = None


@dataclass
class Page:
    """A page as it came."""

    address: str
    status: int
    head: httpx.Headers
    text: str

    @property
    def _read(self) -> _Forms:
        read = _Forms()
        read.feed(self.text)
        return read

    @property
    def forms(self) -> list[Form]:
        """Its forms."""
        return self._read.forms

    @property
    def ids(self) -> set[str]:
        """What an anchor can lead to."""
        return self._read.ids

    def form(self, words: str) -> Form:
        """The form with a button that says so."""
        found = [form for form in self.forms if words in form.buttons]
        assert found, [list(form.buttons) for form in self.forms]
        return found[0]

    @property
    def words(self) -> str:
        """What it says, without its marks and with every space alike."""
        read = _Words()
        read.feed(self.text)
        return " ".join("".join(read.said).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("b", "bdi"):
            self.said.append(" ")


class Shopper:
    """Shops in one session."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url=GATEWAY, headers={"accept-language": "de"})
        self._runner = runner
        self.home = ""

    def ask(self, method: str, address: str, **more: Any) -> Page:
        """The answer to one request, wherever it leads."""
        answer = self._runner.run(self._client.request(method, address, **more))
        assert "set-cookie" not in answer.headers
        return Page(address, answer.status_code, answer.headers, answer.text)

    def go(self, address: str) -> Page:
        """The page at an address of the session, after where it leads."""
        return self._followed(self.ask("GET", urljoin(self.home, address)))

    def send(self, page: Page, words: str, **fields: str) -> Page:
        """The page that comes of a form with a button that says so, some of its fields filled."""
        return self._followed(self.sent(page, words, **fields))

    def sent(self, page: Page, words: str, **fields: str) -> Page:
        """The answer itself to a form."""
        form = page.form(words)
        address = urljoin(page.address, form.action)
        content = urlencode(form.filled(words, **fields))
        head = {"content-type": "application/x-www-form-urlencoded"}
        if form.method == "get":
            return self.ask("GET", f"{address}?{content}")
        return self.ask("POST", address, content=content, headers=head)

    def _followed(self, page: Page) -> Page:
        for _ in range(5):
            if page.status != 303:
                return page
            page = self.ask("GET", urljoin(page.address, page.head["location"]))
        raise AssertionError("it leads round in a circle")


@dataclass
class Mall:
    """A shop with its door, which shoppers come into."""

    shop: Shop
    app: Any
    index: SearchIndex
    runner: asyncio.Runner
    is_away: bool = False

    def stranger(self) -> Shopper:
        """Somebody without a session."""
        return Shopper(self.app, self.runner)

    def shopper(self, setup: PunchoutSetup | None = None, **more: object) -> Shopper:
        """Somebody whose session has just been opened, in German where the setup says nothing."""
        came = Shopper(self.app, self.runner)
        token = self.shop.token(setup=setup or PunchoutSetup(buyer_cookie="C", language="de"), **more)
        opened = came.ask("GET", f"{GATEWAY}/shop/open/{token}")
        assert opened.status == 303, opened.words
        first = urljoin(opened.address, opened.head["location"])
        came.home = "/".join(first.split("/")[:5]) + "/"
        return came

    def indexed(self) -> None:
        """What the shop sells now is found."""
        keep(self.shop.store, self.index)

    @contextmanager
    def visit(self, language: str) -> Iterator[Visit]:
        """A visit in a new session, without its pages."""
        key = redeem(self.shop.line, self.shop.token())
        with self.shop.store.read() as db:
            yield Visit(self.shop.line, db, session_of(self.shop.line, db, key), Place(key, language))

    def later(self, **time: float) -> None:
        """Move the clock on."""
        self.shop.now += timedelta(**time)
