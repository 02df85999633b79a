"""Buyers who shop and order while the gateway is killed again and again: a cart is as it was told, an order is once.

Several punch out at the same time. Each opens his link, puts articles into the cart, gives it back and orders what his
system was given, and repeats each step until it is answered. `make soak` prints how much of it there was.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from time import monotonic
from urllib.parse import urljoin

import httpx
import pytest

from gateway.cxml.document import CxmlDocument, attribute, inner, read_cxml
from gateway.testing.cxml_buyer import CxmlBuyer
from tests import cxml_sent
from tests.acceptance.test_never_lost import Node, nodes_of, soak
from tests.acceptance.test_punchout_orders import LINK, Carried, buyer, carried
from tests.http.posts import hurried
from tests.processes import PATIENCE_S, eventually
from tests.shop.shoppers import Page
from tests.workspaces import Place

__all__ = ["buyer"]

pytestmark = pytest.mark.timeout(0 if "SOAK_S" in os.environ else 300)
ROUNDS, SHOPPERS = 3, 3
MOST_ANSWERS, LATER_S = 40, 0.1
"""A node is killed after so many answers at most, and so many seconds: in the middle of another one."""
SOLD = {cxml_sent.BOLT: 100, cxml_sent.GLOVE: 1, cxml_sent.MASK: 20, cxml_sent.SEALANT: 12}
"""The articles that are bought, each in multiples of so much."""
CONFIRMED = "ConfirmationRequest"
AGAIN_S = 0.05
"""The pause before what had no answer is asked again."""


@dataclass
class Calls:
    """Calls over HTTP to whichever node answers; `answered` counts them."""

    nodes: Sequence[Node]
    client: httpx.Client
    answered: int = 0

    def once(self, method: str, address: str, turn: int = 0, **more: object) -> httpx.Response | None:
        """The answer; None where it was lost, and nobody knows what was done."""
        node = self.nodes[turn % len(self.nodes)]
        try:
            answer = self.client.request(method, node.address + address, **more)  # type: ignore[arg-type]
        except httpx.TransportError:
            return None
        self.answered += 1
        return answer

    def until_answered(self, method: str, address: str, turn: int = 0, **more: object) -> httpx.Response:
        """The first answer that does not say to come again."""
        for attempt in range(10_000):
            answer = self.once(method, address, turn + attempt, **more)
            if answer is not None and answer.status_code not in (429, 503):
                return answer
            threading.Event().wait(AGAIN_S)
        raise AssertionError(f"{address} was never answered")

    def page(self, address: str) -> Page:
        """A page of a session."""
        answer = self.until_answered("GET", address)
        assert answer.status_code == 200, answer.text
        return Page(address, answer.status_code, answer.headers, answer.text)

    def posted(self, content: bytes, turn: int = 0) -> tuple[int, bytes]:
        """The code of the Status of a document that is not to come again, and the Response."""
        for attempt in range(10_000):
            head = {"Content-Type": "text/xml; charset=UTF-8"}
            answer = self.until_answered("POST", "/cxml", turn + attempt, content=content, headers=head)
            document = read_cxml(answer.content)
            assert isinstance(document, CxmlDocument), answer.text
            assert document.status is not None
            if document.status.code != 560:
                return document.status.code, answer.content
            threading.Event().wait(AGAIN_S)
        raise AssertionError("the document was never answered")


@dataclass
class Shopper:
    """Buys again and again until he is told to stop, each time under a payloadID and a number of his own."""

    name: str
    calls: Calls
    draw: random.Random
    stopped: threading.Event
    ordered: dict[str, Decimal] = field(default_factory=dict)
    """What each order comes to, by the cart, that was answered by Status 200 or 201."""
    owed: list[str] = field(default_factory=list)
    """The payloadIDs of those that were answered 201, as where the gateway was told to stop: word is to follow."""
    links_lost: int = 0
    """Links that were used up by an answer that never came: he calls again."""

    def buy_until_stopped(self) -> None:
        number = 0
        try:
            with ThreadPoolExecutor(2) as self._both:
                while not self.stopped.is_set():
                    number += 1
                    self.buy(f"{self.name}-{number}")
        finally:
            self.stopped.set()  # of all, where he found a fault

    def buy(self, name: str) -> None:
        """One purchase, from the call for the shop to the order that is answered."""
        home = self.opened(self.called(cxml_sent.cxml(cxml_sent.setup(name), f"setup-{name}")))
        if home is None:
            self.links_lost += 1
            return
        filled = self.filled(home)
        lines = self.given(home)
        assert {each.sku: Decimal(each.quantity) for each in lines} == filled
        items = [each.ordered(at) for at, each in enumerate(lines, 1)]
        if self.order(cxml_sent.cxml(cxml_sent.order(f"PO-{name}", *items), f"order-{name}")) != 200:
            self.owed.append(f"order-{name}")
        self.ordered[f"PO-{name}"] = sum((each.amount for each in items), Decimal(0))

    def called(self, setup: bytes) -> str:
        """What opens the session: the same in every answer to the same call."""
        [(code, answer)] = {self.calls.posted(setup, turn) for turn in (0, 1)}
        assert code == 200, answer
        [token] = LINK.findall(answer)
        return str(token, "ascii")

    def opened(self, token: str) -> str | None:
        """The address of the session's pages: of two browsers at once one is let in, and nobody later."""

        def let_in(turn: int) -> str | None:
            answer = self.calls.until_answered("GET", f"/shop/open/{token}", turn)
            assert answer.status_code in (303, 410), answer.text
            return urljoin(f"/shop/open/{token}", answer.headers["location"]) if answer.status_code == 303 else None

        found = [each for each in [*self._both.map(let_in, (0, 1)), let_in(0)] if each]
        assert len(found) <= 1
        return found[0] if found else None

    def filled(self, home: str) -> dict[str, Decimal]:
        """The quantities he was told are in the cart, by article; each is in sight from then on."""
        filled: dict[str, Decimal] = {}
        for sku in self.draw.sample(sorted(SOLD), self.draw.randint(1, len(SOLD))):
            quantity = SOLD[sku] * self.draw.randint(1, 9)
            while not self.is_put(home, sku, str(quantity)):
                threading.Event().wait(AGAIN_S)
            filled[sku] = Decimal(quantity)
            cart = self.calls.page(f"{home}cart").words
            assert all(each in cart for each in filled), cart
        return filled

    def is_put(self, home: str, sku: str, quantity: str) -> bool:
        """Whether the article is in the cart: he was told so, or sees it there where the answer was lost."""
        address, fields = self.form(f"{home}p/{sku}", "add")
        answer = self.calls.once("POST", address, data={**fields, "n": quantity})
        if answer is None or answer.status_code == 503:
            return sku in self.calls.page(f"{home}cart").words
        assert (answer.status_code, "why=" in answer.headers["location"]) == (303, False), answer.headers
        return True

    def form(self, address: str, action: str) -> tuple[str, dict[str, str]]:
        """Where a form of a page goes, and its fields."""
        [form] = [each for each in self.calls.page(address).forms if each.action.endswith(action)][:1]
        return urljoin(address, form.action), form.fields

    def given(self, home: str) -> list[Carried]:
        """The lines of the cart that his system is given: the same however often it is asked for."""
        address, fields = self.form(f"{home}cart", "cart")
        answer = self.calls.until_answered("POST", address, data={**fields, "do": "transfer"})
        assert (answer.status_code, answer.headers["location"]) == (303, "transfer"), answer.text
        [message] = {self.form(f"{home}transfer", "/return")[1]["cXML-urlencoded"] for _ in range(2)}
        document = read_cxml(message.encode())
        assert isinstance(document, CxmlDocument)
        return [carried(each) for each in document.body.children if each.name == "ItemIn"]

    def order(self, content: bytes) -> int:
        """The Status of the order, which is taken; the same bytes whether it is sent at once to two nodes or again."""
        [(code, answer)] = {*self._both.map(lambda turn: self.calls.posted(content, turn), (0, 1))} | {
            self.calls.posted(content)
        }
        assert code in (200, 201), answer
        return code


@contextmanager
def running(place: Place, count: int) -> Iterator[list[Node]]:
    """Nodes that serve the workspace; they end with the block."""
    with nodes_of(place, count) as nodes:
        for node in nodes:
            node.start()
        eventually(lambda: all(node.is_ready() for node in nodes))
        yield nodes
    assert not any("Traceback" in node.said() for node in nodes)


@contextmanager
def shopping(nodes: Sequence[Node]) -> Iterator[tuple[Calls, list[Shopper]]]:
    """Buyers who shop, and their calls; what they began they end, with the block."""
    stopped = threading.Event()
    with httpx.Client(timeout=PATIENCE_S) as client, ThreadPoolExecutor(SHOPPERS) as pool:
        calls = Calls(nodes, client)
        shoppers = [Shopper(f"B{at}", calls, random.Random(at), stopped) for at in range(SHOPPERS)]  # noqa: S311 - seeds
        ended = [pool.submit(each.buy_until_stopped) for each in shoppers]
        try:
            yield calls, shoppers
        finally:
            stopped.set()
    for each in ended:
        each.result()


def trading(place: Place, buyer: CxmlBuyer) -> None:
    """The buyer trades with the place, which keeps the links it gives."""
    hurried(cxml_sent.trade_by_cxml(place, buyer.url, 'timeout = "1s"\n'))
    place.write("var/master.key", "0123456789abcdef" * 3)
    settings = (place.root / "gateway.toml").read_text("utf-8")
    place.write("gateway.toml", f'master_key_file = "var/master.key"\n{settings}')


def suffered(place: Place, buyer: CxmlBuyer, count: int, rounds: int, seconds: float = 0) -> None:
    """Nodes killed, or told to stop, at random moments, so many times and for so long, while buyers shop."""
    trading(place, buyer)
    draw, until = random.Random(count), monotonic() + seconds  # noqa: S311 - a seed, not a secret
    kills = 0
    with running(place, count) as nodes:
        with shopping(nodes) as (calls, shoppers):
            while (kills < rounds or monotonic() < until) and not shoppers[0].stopped.is_set():
                enough = calls.answered + draw.randint(1, MOST_ANSWERS)
                eventually(lambda enough=enough: calls.answered >= enough or shoppers[0].stopped.is_set())
                threading.Event().wait(draw.uniform(0, LATER_S))
                node, by = draw.choice(nodes), draw.choice((signal.SIGKILL, signal.SIGTERM))
                assert node.end(by) in (-by, 0)
                node.start()
                kills += 1
        eventually(lambda: all(node.is_ready() for node in nodes))
        eventually(lambda: is_settled(place))
        assert [node.end(signal.SIGTERM) for node in nodes] == [0] * count
    verify(place, buyer, {number: total for each in shoppers for number, total in each.ordered.items()})
    assert sorted(promised(buyer)) == sorted(payload_id for each in shoppers for payload_id in each.owed)
    lost = sum(each.links_lost for each in shoppers)
    again = len(buyer.posted) - len(buyer.kept)
    print(f"kills {kills} / orders {len(place.orders())} / links lost {lost} / confirmed again {again}")


def is_settled(place: Place) -> bool:
    """Whether every order has its end, and all answers have left."""
    messages = place.run("messages", "list", "--json").lines
    outputs = place.run("outbox", "list", "--json").lines
    return {each["state"] for each in messages} == {"processed"} and {each["state"] for each in outputs} == {"sent"}


def verify(place: Place, buyer: CxmlBuyer, ordered: dict[str, Decimal]) -> None:
    """Each order that was answered is there once, at what its cart came to, and confirmed once; no other one is."""
    orders = place.orders()
    assert sorted(each["number"] for each in orders) == sorted(ordered)
    assert {each["number"]: Decimal(each["total"]) for each in orders} == ordered
    assert {each["decision"] for each in orders} == {"accepted"}
    confirmed = Counter(_number(each.document) for each in buyer.kept.values() if each.document.type == CONFIRMED)
    assert confirmed == Counter(list(ordered))
    first = {each.document.payload_id: each.content for each in buyer.kept.values()}
    assert all(each.content == first[each.document.payload_id] for each in buyer.posted)
    assert place.run("db", "verify").status == 0
    assert place.run("audit", "verify").status == 0


def _number(confirmation: CxmlDocument) -> str:
    """The order that a ConfirmationRequest is about, which it accepts."""
    header, about = inner(confirmation.body, "ConfirmationHeader"), inner(confirmation.body, "OrderReference")
    assert header is not None
    assert about is not None
    assert attribute(header, "type") == "accept"
    return attribute(about, "orderID")


def promised(buyer: CxmlBuyer) -> list[str]:
    """The payloadIDs of orders whose Status was told later: they are taken, with Status 200."""
    told = []
    for each in buyer.kept.values():
        if each.document.type != CONFIRMED:
            status, about = inner(each.document.body, "Status"), inner(each.document.body, "DocumentReference")
            assert status is not None
            assert about is not None
            assert attribute(status, "code") == "200"
            told.append(attribute(about, "payloadID"))
    return told


def test_what_buyers_shop_and_order_is_as_they_were_told_though_the_gateway_is_killed(
    demo: Place, buyer: CxmlBuyer
) -> None:
    suffered(demo, buyer, 1, ROUNDS)


def test_what_buyers_shop_at_two_nodes_is_as_they_were_told_though_they_are_killed_in_turns(
    demo_on: Callable[[str], Place], buyer: CxmlBuyer
) -> None:
    suffered(demo_on("postgresql"), buyer, 2, ROUNDS)


@pytest.mark.soak
@soak
@pytest.mark.both_stores
def test_what_buyers_shop_is_as_they_were_told_though_the_gateway_is_killed_fifty_times_and_more(
    demo: Place, buyer: CxmlBuyer
) -> None:
    suffered(demo, buyer, 1, 50, float(os.environ["SOAK_S"]))


@pytest.mark.soak
@soak
def test_what_buyers_shop_at_two_nodes_is_as_they_were_told_though_they_are_killed_fifty_times_and_more(
    demo_on: Callable[[str], Place], buyer: CxmlBuyer
) -> None:
    suffered(demo_on("postgresql"), buyer, 2, 50, float(os.environ["SOAK_S"]))
