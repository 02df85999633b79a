"""Channels and webhooks while the gateway is killed again and again: each thing has its effect once, in its order.

A partner posts orders, the ERP gets them by a folder and confirms them by another one, its stock comes in and goes on
to a shop, and a webhook is told of everything. `make soak` prints how much of it there was.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic

import msgspec
import pytest

from gateway.pipeline.telling import tell
from gateway.store.feed import FeedEvent, FeedFilter, cursors, events_after, last_seq
from gateway.store.outbox import list_outputs
from gateway.store.visible import Sight
from gateway.testing.webhooks import refusal
from tests.acceptance.test_never_lost import Node, Partner, served, soak
from tests.erp_folders import with_erp
from tests.http.posts import hurried
from tests.outbound.servers import Other, answered
from tests.processes import eventually
from tests.workspaces import Place

pytestmark = pytest.mark.timeout(0 if "SOAK_S" in os.environ else 300)
ROUNDS = 3
BETWEEN_ORDERS_S = 0.3
MOST_BEHIND = 10
"""Orders that wait for the ERP's word: on a slow machine more would only make everything else wait behind them."""
ANSWERS_AFTER_S = 0.02
"""So long a post is on its way: a kill finds some there."""
SECRET, SKU = "s3cr3t", "A-1001"
HOOK = 'kind = "webhook"\nprivate = true\nsecret = "env:SHOP_HOOK"\nurl = "{}"\n'


@dataclass
class Erp:
    """Confirms each order it finds in its folder, and says how much stock there is: one more each time."""

    place: Place
    confirmed: dict[str, str] = field(default_factory=dict)
    stock: int = 1_000
    stopped: threading.Event = field(default_factory=threading.Event)

    def confirm_until_stopped(self) -> None:
        while not self.stopped.wait(0.1):
            for file in self.place.outbox("erp_orders"):
                if file.name not in self.confirmed:
                    number = json.loads(file.read_bytes())["order"]
                    words = {"number": f"AB-{number}", "order": number, "status": "accepted"}
                    self.confirmed[file.name] = self._drop(f"confirmation_{number}.json", json.dumps(words))

    def count(self) -> None:
        self.stock += 1
        self._drop(f"stock_{self.stock}.csv", f"sku,quantity\n{SKU},{self.stock}\n")

    def _drop(self, name: str, text: str) -> str:
        folder = self.place.root / "inbox" / "erp"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f".{name}").write_text(text)
        (folder / f".{name}").rename(folder / name)
        return name


@pytest.fixture
def hook(other: Other, monkeypatch: pytest.MonkeyPatch) -> Other:
    """Who is told of everything."""
    answer = answered(204)

    def late(side: Other, line: object) -> None:
        side.ends.wait(ANSWERS_AFTER_S)
        answer(side, line)  # type: ignore[arg-type]

    other.respond = late
    monkeypatch.setenv("SHOP_HOOK", SECRET)
    monkeypatch.setattr("tests.acceptance.test_never_lost.PAUSE_S", BETWEEN_ORDERS_S)
    return other


def joined(demo: Place, hook: Other) -> Place:
    """The demo with an ERP, a shop that gets what it says, and a webhook."""
    place = with_erp(demo)
    place.change("channels/erp_in.toml", "flows = {", 'flows = { stock = "in",')
    place.change("channels/erp_in.toml", "files = {", 'files = { stock = "stock*",')
    place.write("connections/shop_data.toml", 'kind = "folder"\npath = "outbox/shop_data"\n')
    place.write("channels/shop_data.toml", 'connection = "shop_data"\nsystem = "shop"\nflows = { stock = "out" }\n')
    place.write("connections/hook.toml", HOOK.format(hook.url("/hook")))
    for name in ("erp_orders", "shop_states", "shop_data", "hook"):
        kept = (place.root / "connections" / f"{name}.toml").read_text("utf-8")
        place.write(f"connections/{name}.toml", f'{kept}timeout = "1s"\n')
    place.change("connections/erp_words.toml", 'kind = "folder"\n', 'kind = "folder"\npoll = "1s"\n')
    return hurried(place)


def begun(place: Place) -> int:
    """The number of the feed after which the webhook is told of everything."""
    with place.opened() as gateway:
        tell(gateway.line)
        with gateway.store.read() as db:
            return cursors(db)["hook"].seq


def happened(place: Place, after: int) -> list[FeedEvent]:
    """What the feed holds after a number."""
    found: list[FeedEvent] = []
    with place.opened() as gateway, gateway.store.read() as db:
        while (part := events_after(db, found[-1].seq if found else after, Sight(), FeedFilter(), 5_000)).events:
            found += part.events
    return found


def is_settled(place: Place, partner: Partner, erp: Erp) -> bool:
    """Whether all that came has its end, is confirmed and told on, and nothing waits."""
    messages = place.run("messages", "list", "--json").lines
    flows = [each for each in place.run("sync", "status", "--json").lines if each["way"] == "out"]
    orders = place.orders()
    # Looked at last: what the messages above made has to be told by now.
    with place.opened() as gateway, gateway.store.read() as db:
        outputs = Counter(each.state for each in list_outputs(db))
        is_told = cursors(db)["hook"].seq == last_seq(db)
    return (
        is_told
        and set(outputs) == {"sent"}
        and {message["state"] for message in messages} <= {"processed", "duplicate"}
        and {message["file"] for message in messages} >= {*erp.confirmed.values(), f"stock_{erp.stock}.csv"}
        and len(erp.confirmed) == len(orders) >= len(partner.posted)
        and all(each["behind"] == 0 for each in flows)
    )


def suffered(demo: Place, hook: Other, count: int, rounds: int, seconds: float = 0) -> None:
    """Nodes killed at random moments, so many times and for so long, while everything flows."""
    place = joined(demo, hook)
    after, erp = begun(place), Erp(place)
    draw, until = random.Random(count), monotonic() + seconds  # noqa: S311 - a seed, not a secret
    kills = 0
    with served(place, count) as (nodes, partner), confirming(erp):
        partner.rests = lambda: len(partner.posted) - len(erp.confirmed) > MOST_BEHIND
        while kills < rounds or monotonic() < until:
            eventually(lambda: any(node.is_ready() for node in nodes))
            seen = [lambda: len(erp.confirmed), lambda: len(place.outbox("shop_data"))][kills % 2]
            before = seen()
            erp.count()
            eventually(lambda seen=seen, before=before: seen() > before)
            threading.Event().wait(draw.uniform(0, 1.0))
            node = draw.choice(nodes)
            node.end()
            node.start()
            kills += 1
        erp.count()
        settled(nodes, partner, lambda: is_settled(place, partner, erp))
    verify(place, partner, erp)
    posts = verify_told(hook, happened(place, after))
    print(f"kills {kills} / orders {len(partner.posted)} / stock {erp.stock - 1_000} / {posts}")


@contextmanager
def confirming(erp: Erp) -> Iterator[None]:
    thread = threading.Thread(target=erp.confirm_until_stopped)
    thread.start()
    try:
        yield
    finally:
        erp.stopped.set()
        thread.join()


def settled(nodes: Sequence[Node], partner: Partner, look: Callable[[], bool]) -> None:
    """The partner posts no more, everything has its end, and the nodes stop as they are told."""
    eventually(lambda: all(node.is_ready() for node in nodes))
    partner.stop()
    eventually(look)
    assert [node.end(signal.SIGTERM) for node in nodes] == [0] * len(nodes)


def verify(place: Place, partner: Partner, erp: Erp) -> None:
    """Each order reached the ERP once, was confirmed and answered once, and the shop knows of it and of the stock."""
    orders = place.orders()
    numbers = sorted(each["number"] for each in orders)
    assert numbers == sorted({*numbers, *(f"PO-{number}" for number in partner.posted)})
    assert {each["state"] for each in orders} == {"confirmed"}
    assert sorted(file.name.split("_")[1] for file in place.outbox("erp_orders")) == numbers
    assert sorted(answer.having("RFF+ON")[0][7:] for answer in place.answers("acme", "ORDRSP")) == numbers
    messages = place.run("messages", "list", "--json").lines
    once = Counter(each["file"] for each in messages if each["state"] == "processed" and each["type"] != "ORDERS")
    words = [*erp.confirmed.values(), *(f"stock_{number}.csv" for number in range(1_001, erp.stock + 1))]
    assert once == Counter(words)
    told = defaultdict(list)
    for file in place.outbox("shop_states"):
        shown = json.loads(file.read_bytes())
        told[shown["order_number"]].append(shown.get("state", "confirmation"))
    assert dict(told) == {number: ["open", "confirmation", "confirmed"] for number in numbers}
    verify_stock(place, erp.stock)
    assert place.run("db", "verify").status == 0
    assert place.run("audit", "verify").status == 0


def verify_stock(place: Place, last: int) -> None:
    """The shop's files have numbers without a gap, hold each change once, in its order, and come to what we hold."""
    files = place.outbox("shop_data")
    assert [file.name.split("_")[1] for file in files] == [f"{number:06d}" for number in range(1, len(files) + 1)]
    held: dict[tuple[str, str], str] = {}
    counted: list[int] = []
    rows = 0
    for file in files:
        for row in csv.DictReader(file.read_text("utf-8").splitlines()):
            held[row["sku"], row.get("available_on") or ""] = row["quantity"]
            counted += [int(row["quantity"])] if row["sku"] == SKU else []
            rows += 1
    assert all(one < other for one, other in pairwise(counted))
    assert counted[-1] == last
    ours = csv.DictReader(place.run("export", "stock").out.splitlines())
    assert held == {(row["sku"], row["available_on"]): row["quantity"] for row in ours}
    [flow] = [each for each in place.run("sync", "status", "--json").lines if each["channel"] == "shop_data"]
    assert (flow["behind"], flow["files"], flow["rows"], flow["waiting"]) == (0, len(files), rows, 0)


def verify_told(hook: Other, events: list[FeedEvent]) -> str:
    """How much was posted: every event of the feed, the same each time it came, those about one thing in order."""
    bodies: dict[int, bytes] = {}
    for taken in hook.taken:
        assert refusal(taken.headers, taken.body, [SECRET], float(taken.headers["gateway-timestamp"])) is None
        assert bodies.setdefault(int(taken.headers["gateway-event"]), taken.body) == taken.body
    assert {each.seq: msgspec.json.encode(each.as_object()) for each in events} == bodies
    in_turn = defaultdict(list)
    for number, body in bodies.items():
        about = json.loads(body)
        in_turn[about["aggregate"], about["id"]].append(number)
    assert all(numbers == sorted(numbers) for numbers in in_turn.values())
    return f"events {len(bodies)} / posted again {len(hook.taken) - len(bodies)}"


def test_what_flows_by_channels_and_webhooks_has_its_effect_once_though_the_gateway_is_killed(
    demo: Place, hook: Other
) -> None:
    suffered(demo, hook, 1, ROUNDS)


@pytest.mark.soak
@soak
def test_what_flows_has_its_effect_once_though_two_nodes_are_killed_fifty_times_and_more(
    demo_on: Callable[[str], Place], hook: Other
) -> None:
    suffered(demo_on("postgresql"), hook, 2, 50, float(os.environ["SOAK_S"]))
