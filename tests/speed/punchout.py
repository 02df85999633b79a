"""Punchout over HTTP: shoppers with a second to think, called for, filling carts and giving them back; their orders.

PRICE_CONDITIONS says over how many conditions (1,000,000); one in fifty is an article.
"""

from __future__ import annotations

import html
import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx

from gateway.conformance.cxml_buyer import order, text_in
from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.issues import Issue
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.wiring import open_gateway
from gateway.workspace.template import make_workspace
from tests import cxml_sent
from tests.processes import serving
from tests.speed.figures import Figure
from tests.speed.price_data import Size, account, fill, own_articles, sku
from tests.workspaces import Place

CONDITIONS = int(os.environ.get("PRICE_CONDITIONS", "1_000_000"))
SHOPPERS, THINK_S, ROUNDS, ADDED, ORDERED, LARGE, LARGE_RUNS = 10, 1.0, 6, 5, 100, 2_000, 3
_STEPS = 2 * ADDED + 3
"""What a shopper waits for in a round: setup, an article's page and its way into the cart, transfer, order."""
BUYER = 7
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
_SEEN = re.compile(r'name="seen" value="(\d+)"')
_FIELD = re.compile(r'name="cXML-urlencoded" value="([^"]*)"')


class Took(NamedTuple):
    """What was done, and how many milliseconds it took."""

    what: str
    ms: float


def measure() -> Iterator[Figure]:
    """The times of shoppers on SQLite, the client on the same machine; nothing of before is remembered."""
    size = Size(CONDITIONS, CONDITIONS // 50)
    os.environ.update(cxml_sent.SECRETS)
    with TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        _workspace(root, size)
        with serving(root) as server:
            yield from _shoppers(server.address, size)
            yield from _large(server.address, size)


def _workspace(root: Path, size: Size) -> None:
    make_workspace(root)
    place = cxml_sent.trade_by_cxml(Place(root))
    place.change(f"partners/{cxml_sent.PARTNER}.toml", f'"{cxml_sent.ACCOUNT}"', f'"{account(BUYER)}"')
    with open_gateway(root) as gateway:
        fill(gateway.store, size)
        keep(gateway.store, SearchIndex(root / "var"))


def _shoppers(address: str, size: Size) -> Iterator[Figure]:
    """All of them at once, each going on a second after he has what he asked for."""
    with ThreadPoolExecutor(SHOPPERS) as pool:
        took = [
            each for shopper in pool.map(lambda n: list(_shops(address, size, n)), range(SHOPPERS)) for each in shopper
        ]
    name = f"{CONDITIONS:,} conditions, {size.products:,} articles, {SHOPPERS} shoppers"
    yield from _spread(f"{name}: setup to its Response", took, "setup", 50)
    yield from _spread("an article put into the cart, until its page shows it", took, "put", 60)
    yield from _spread("an article's page", took, "article", None)
    yield from _spread(f"a cart of {ORDERED} lines given back, until the form is there", took, "transfer", None)
    yield from _spread(f"OrderRequest of {ORDERED} lines to its Response, committed", took, "order", 150)


def _large(address: str, size: Size) -> Iterator[Figure]:
    """A cart of very many lines, given back by somebody alone."""
    shopper = _Shopper(address, size, SHOPPERS)
    taken = []
    for _ in range(LARGE_RUNS):
        shopper.enter()
        shopper.fill(shopper.articles(LARGE))
        taken.append(shopper.give_back(LARGE).ms / 1_000)
    yield Figure(
        f"a cart of {LARGE:,} lines given back, until the form is there", sorted(taken)[LARGE_RUNS // 2], "s", at_most=2
    )
    yield Figure("the slowest of the same", max(taken), "s")


def _spread(name: str, took: Sequence[Took], what: str, at_most: float | None) -> Iterator[Figure]:
    times = sorted(each.ms for each in took if each.what == what)
    yield Figure(f"{name}, p50", times[len(times) // 2], "ms")
    yield Figure("the same, p95", times[min(int(len(times) * 0.95), len(times) - 1)], "ms", at_most=at_most)


def _shops(address: str, size: Size, number: int) -> Iterator[Took]:
    shopper = _Shopper(address, size, number)
    # Shoppers come when they like: each begins a tenth of a round after the one before.
    time.sleep(THINK_S * _STEPS * number / SHOPPERS)
    for _ in range(ROUNDS):
        for took in shopper.round():
            yield took
            time.sleep(THINK_S)


class _Shopper:
    """A buyer's user with his browser and his procurement system."""

    def __init__(self, address: str, size: Size, number: int) -> None:
        self._client = httpx.Client(base_url=address, timeout=60)
        self._chance = random.Random(number)  # noqa: S311 - the same carts in every run
        self._size = size
        self._called = f"{number}"
        self._count = 0
        self._page = ""
        self._shop = ""
        self._cart: CxmlDocument | None = None

    def round(self) -> Iterator[Took]:
        """What he does, from the call to the order."""
        yield self.enter()
        articles = self.articles(ORDERED)
        for article in articles[:ADDED]:
            page = f"{self._shop}p/{article}"
            yield self._shown("article", page)
            yield self._put(article, page)
        self.fill(articles[ADDED:])
        yield self.give_back(ORDERED)
        yield self._order()

    def enter(self) -> Took:
        """A setup, whose session is opened."""
        body = cxml_sent.setup(f"cookie {self._called}")
        took, document = self._posted("setup", body)
        opened = self._client.get(text_in(document, "URL"), follow_redirects=True)
        self._take(opened)
        self._shop = str(opened.url.join("./"))
        return took

    def fill(self, articles: Sequence[str]) -> None:
        """These articles in the cart, pasted."""
        text = "\n".join(f"{article}\t{self._chance.choice((10, 150, 2_000))}" for article in articles)
        self._take(self._client.get(f"{self._shop}quick"))
        self._sent("quick", {"back": "quick", "do": "put", "paste": text})

    def give_back(self, lines: int) -> Took:
        """The cart given back, as his system takes it out of the form."""
        self._take(self._client.get(f"{self._shop}cart"))
        seen = _SEEN.search(self._page)
        if seen is None:
            raise AssertionError(self._page[:2_000])
        began = time.perf_counter()
        self._sent("cart", {"back": "cart", "do": "transfer", "seen": seen[1]})
        took = Took("transfer", (time.perf_counter() - began) * 1_000)
        found = _FIELD.search(self._page)
        message = read_cxml(html.unescape(found[1]).encode()) if found else None
        if message is None or isinstance(message, Issue):
            raise AssertionError(self._page[:2_000])
        self._cart = message
        given = sum(each.name == "ItemIn" for each in message.body.children)
        if given != lines:
            raise AssertionError(f"{given} lines were given back, not {lines}")
        return took

    def _order(self) -> Took:
        assert self._cart
        self._count += 1
        took, _ = self._posted(
            "order", order(f"PO-{self._called}-{self._count}", cxml_sent.TODAY.isoformat(), self._cart)
        )
        return took

    def _put(self, article: str, page: str) -> Took:
        began = time.perf_counter()
        self._sent("add", {"back": f"p/{article}", "sku": article, "n": "20", "u": "PCE"})
        took = Took("put", (time.perf_counter() - began) * 1_000)
        if 'role="status"' not in self._page:
            raise AssertionError(f"{page} does not show what is in the cart")
        return took

    def _shown(self, what: str, page: str) -> Took:
        began = time.perf_counter()
        self._take(self._client.get(page))
        return Took(what, (time.perf_counter() - began) * 1_000)

    def _posted(self, what: str, body: str) -> tuple[Took, CxmlDocument]:
        self._count += 1
        content = cxml_sent.cxml(body, f"{self._called}.{self._count}@speed")
        began = time.perf_counter()
        answer = self._client.post("/cxml", content=content, headers={"Content-Type": "text/xml"})
        took = Took(what, (time.perf_counter() - began) * 1_000)
        document = read_cxml(answer.content)
        if isinstance(document, Issue) or document.status is None or document.status.code != 200:
            raise AssertionError(answer.text)
        return took, document

    def _sent(self, action: str, fields: dict[str, str]) -> None:
        found = _TOKEN.search(self._page)
        if found is None:
            raise AssertionError(self._page[:2_000])
        given = {"token": found[1], **fields}
        self._take(self._client.post(f"{self._shop}{action}", data=given, follow_redirects=True))

    def _take(self, answer: httpx.Response) -> None:
        answer.raise_for_status()
        self._page = answer.text

    def articles(self, count: int) -> list[str]:
        """Articles, half of which have prices of the account's own where it has so many."""
        own = own_articles(self._size, BUYER)
        chosen = self._chance.sample(own, min(len(own), count // 2))
        rest = self._chance.sample(range(self._size.products), min(self._size.products, count + len(chosen)))
        return [sku(each) for each in [*chosen, *(each for each in rest if each not in chosen)][:count]]
