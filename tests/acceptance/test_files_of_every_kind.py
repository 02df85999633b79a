"""One order as EDIFACT, CSV, fixed columns, JSON and XML, left in a folder and posted: the same decision and prices."""

from __future__ import annotations

import pytest

from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.settings import ApiSettings
from gateway.store.messages import MessageQuery, list_messages
from gateway.store.records import State
from tests import sent
from tests.documents import CONNECTION, ENDS, WAYS, Lines, agree, posted, written
from tests.http.conftest import Asked, asked_at
from tests.processes import eventually
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

BASKET = ((sent.BOLT, "400"), (sent.GLOVE, "7"), (sent.MASK, "1000"), (sent.SEALANT, "12"))
LINES: Lines = [(gtin, quantity) for (gtin, _), quantity in BASKET]


def by_edifact(place: Place, number: str) -> None:
    lines = [sent.line(n, article, quantity, price="", unit="") for n, (article, quantity) in enumerate(BASKET, 1)]
    place.ingest(sent.interchange("P1", sent.order(number, *lines)), status=0)


def by_folder(asked: Asked, syntax: str, number: str) -> None:
    inbox = asked.place.root / "inbox" / "files"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / f"{number}.{ENDS.get(syntax, syntax)}").write_bytes(written(syntax, (number, LINES)))
    poller = asked.gateway.pollers()[CONNECTION]
    arrival = eventually(lambda: next(iter(poller.poll()), None))
    receive(asked.gateway.line, arrival.name, arrival.chunks(), CONNECTION)
    poller.done(arrival)
    work_off(asked.gateway.line, {})


def by_post(asked: Asked, syntax: str, number: str) -> None:
    name = posted(syntax)
    head = {"Authorization": f"Bearer {asked.key(f'connection:{name}')}"}
    answer = asked.client.request("POST", f"/in/{name}", content=written(syntax, (number, LINES)), headers=head)
    assert answer.status_code == 202, answer.text
    eventually(lambda: _is_processed(asked, number))


def _is_processed(asked: Asked, number: str) -> bool:
    with asked.gateway.store.read() as db:
        return any(each.state == State.PROCESSED for each in list_messages(db, MessageQuery(reference=number)))


def told(place: Place, number: str) -> tuple[str, dict]:
    """The channel of an order, and all else that is said of it but when it came, and under which numbers."""
    [shown] = place.run("orders", "show", number, "--trace", "--json").lines
    own = ("order", "number", "channel", "message", "document", "events")
    return shown["channel"], {name: value for name, value in shown.items() if name not in own}


def test_an_order_is_decided_alike_in_whatever_syntax_it_comes(demo: Place) -> None:
    agree(demo, *WAYS)
    by_edifact(demo, "EDI")
    with asked_at(demo, ApiSettings()) as asked:
        for syntax in WAYS:
            by_folder(asked, syntax, f"{syntax}-1")
            by_post(asked, syntax, f"{syntax}-2")
    channel, as_edifact = told(demo, "EDI")
    assert channel == "edifact"
    assert as_edifact["decision"] == "accepted"
    assert all(line["trace"]["net"] for line in as_edifact["lines"])
    for syntax in WAYS:
        for number in (f"{syntax}-1", f"{syntax}-2"):
            assert told(demo, number) == (syntax, as_edifact)
    messages = demo.run("messages", "list", "--json").lines
    assert [each["state"] for each in messages] == ["processed"] * 9
