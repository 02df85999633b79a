"""From the call for the shop to the confirmed order, over HTTP, between a served gateway and a buyer's cXML server."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import httpx
import pytest

from gateway.cxml.document import CxmlDocument, attribute, inner, read_cxml
from gateway.cxml.dtd import validate
from gateway.punchout.carts import put
from gateway.punchout.filling import Item
from gateway.punchout.open_cart import Problem
from gateway.punchout.sessions import redeem, session_of
from gateway.punchout.transfer import ReturnForm, transfer
from gateway.testing.cxml_buyer import CxmlBuyer, cxml_buyer
from tests import cxml_sent
from tests.cxml.reference import dtds
from tests.processes import PATIENCE_S, driven, eventually, serving
from tests.workspaces import Place

LINK = re.compile(rb"<URL>http://[\d.:]+/shop/open/([\w-]+)</URL>")
ORDER = cxml_sent.cxml(cxml_sent.order("PO-1", cxml_sent.bolts()))


@pytest.fixture
def buyer(monkeypatch: pytest.MonkeyPatch) -> Iterator[CxmlBuyer]:
    """The buyer's server; what both sides show each other is in the environment."""
    for name, value in {**cxml_sent.SECRETS, "SHOWN_TO_NORDWERK": "what-we-show"}.items():
        monkeypatch.setenv(name, value)
    with cxml_buyer() as each:
        yield each


@pytest.fixture
def traded(demo: Place, buyer: CxmlBuyer) -> Place:
    """The demo with that buyer."""
    return cxml_sent.trade_by_cxml(demo, buyer.url, 'secret = "env:SHOWN_TO_NORDWERK"\n')


def posted(address: str, content: bytes) -> tuple[int, bytes]:
    """The code of the Status that a document is answered with, and the Response."""
    head = {"Content-Type": "text/xml; charset=UTF-8"}
    response = httpx.post(f"{address}/cxml", content=content, headers=head, timeout=PATIENCE_S)
    document = read_cxml(response.content)
    assert response.status_code == 200
    assert isinstance(document, CxmlDocument), response.text
    assert document.status is not None
    return document.status.code, response.content


class Carried(NamedTuple):
    """A line of a cart as the buyer's system has it."""

    sku: str
    auxiliary_id: str
    quantity: str
    unit: str
    price: str
    per: str
    text: str

    def ordered(self, position: int, **otherwise: str) -> cxml_sent.Item:
        """The line of an order that repeats it."""
        values = {**self._asdict(), **otherwise}
        return cxml_sent.item(position, **values)  # type: ignore[arg-type]


def shopped(place: Place, token: str) -> list[Carried]:
    """What the buyer's system is given: the session opened, two articles put into the cart, the cart transferred."""
    with place.opened() as gateway:
        line = gateway.line
        key = redeem(line, token)
        with line.store.read() as db:
            session = session_of(line, db, key)
        for sku, quantity, unit in ((cxml_sent.BOLT, "400", "PCE"), (cxml_sent.GLOVE, "7", "PR")):
            done = put(line, session, Item(sku, Decimal(quantity), unit))
            assert not isinstance(done, Problem), done
        form = transfer(line, session)
    assert isinstance(form, ReturnForm), form
    [(_, message)] = form.fields
    document = read_cxml(message.encode())
    assert isinstance(document, CxmlDocument)
    return [carried(each) for each in document.body.children if each.name == "ItemIn"]


def make_dearer(place: Place) -> None:
    """Bolts cost the buyer more from now on."""
    rows = [
        f"K-ACME,account:10001,product:{cxml_sent.BOLT},PRICE,{each}" for each in ("99,EUR,100,PCE", "198,EUR,1,BX")
    ]
    place.write("dearer.csv", "\n".join(["list,subject,object,type,amount,currency,per,unit", *rows, ""]))
    assert place.run("import", "prices", place.root / "dearer.csv").status == 0
    asked = ("--account", cxml_sent.ACCOUNT, "--product", cxml_sent.BOLT, "--quantity", "400")
    [explained] = place.run("price", "explain", *asked, "--json").lines
    assert explained["net"] == "396.00"


def carried(node: object) -> Carried:
    item, detail = inner(node, "ItemID"), inner(node, "ItemDetail")  # type: ignore[arg-type]
    basis = inner(detail, "PriceBasisQuantity")

    def text(around: object, name: str) -> str:
        found = inner(around, name)  # type: ignore[arg-type]
        return found.text if found else ""

    return Carried(
        text(item, "SupplierPartID"), text(item, "SupplierPartAuxiliaryID"), attribute(node, "quantity"),  # type: ignore[arg-type]
        text(detail, "UnitOfMeasure"), text(inner(detail, "UnitPrice"), "Money"),
        attribute(basis, "quantity") if basis else "1", text(detail, "Description"),
    )  # fmt: skip


@pytest.mark.both_stores
def test_what_was_put_into_the_cart_is_ordered_and_confirmed_to_the_cent(traded: Place, buyer: CxmlBuyer) -> None:
    with serving(traded.root) as server:
        code, answer = posted(server.address, cxml_sent.cxml(cxml_sent.setup(), "setup-1"))
        [token] = LINK.findall(answer)
        lines = shopped(traded, token.decode())
        make_dearer(traded)
        items = [each.ordered(n) for n, each in enumerate(lines, 1)]
        code, _ = posted(server.address, cxml_sent.cxml(cxml_sent.order("PO-1", *items), "order-1"))
        assert code == 200
        confirmed = eventually(lambda: buyer.posted)
    order = traded.order("PO-1")
    assert (order["decision"], Decimal(order["total"])) == ("accepted", sum(each.amount for each in items))
    assert [issue["code"] for each in traded.run("messages", "list", "--json").lines for issue in each["issues"]] == []
    [confirmation] = confirmed
    assert confirmation.document.type == "ConfirmationRequest"
    assert validate(confirmation.content, dtds()) == []
    header = inner(confirmation.document.body, "ConfirmationHeader")
    assert header is not None
    assert attribute(header, "type") == "accept"
    assert [each.secret for each in confirmation.document.header.sender] == ["what-we-show"]
    assert [(each.domain, each.identity) for each in confirmation.document.header.to] == [cxml_sent.THEM]
    reference = inner(inner(confirmation.document.body, "OrderReference"), "DocumentReference")
    assert reference is not None
    assert attribute(reference, "payloadID") == "order-1"


def test_what_is_ordered_otherwise_than_in_the_cart_is_told_and_confirmed_at_what_was_given(
    traded: Place, buyer: CxmlBuyer
) -> None:
    with serving(traded.root) as server:
        _, answer = posted(server.address, cxml_sent.cxml(cxml_sent.setup(), "setup-1"))
        bolt, glove = shopped(traded, LINK.findall(answer)[0].decode())
        items = [bolt.ordered(1, price="1"), glove.ordered(2, quantity="8", text="something else")]
        code, _ = posted(server.address, cxml_sent.cxml(cxml_sent.order("PO-1", *items), "order-1"))
        assert code in (200, 201)
        eventually(lambda: buyer.posted)  # where it took long, word only follows
    [message] = [each for each in traded.run("messages", "list", "--json").lines if each["type"] == "OrderRequest"]
    found = {each["code"].removeprefix("order.line.cart-differs.") for each in message["issues"]}
    assert {"price", "quantity", "text"} <= found
    shown = traded.order("PO-1")["lines"]
    assert Decimal(shown[0]["agreed"]["price"]) * 100 / Decimal(shown[0]["agreed"]["per"]) == Decimal(bolt.price) * (
        100 / Decimal(bolt.per)
    )


# A gateway that kills itself at the commit in which an order is decided, before anybody is told.
DRIVER = """
import os, signal, sys, threading
from contextlib import contextmanager
from gateway.store.engine import Store
words = sys.argv[1:]
real = Store.write

@contextmanager
def write(self, **how):
    with real(self, **how) as db:
        yield db
        is_line = threading.current_thread().name == "line"
        is_it = is_line and db.exec_driver_sql("select count(*) from message where state = 'processed'").scalar()
    if is_it:
        os.kill(os.getpid(), signal.SIGKILL)

Store.write = write
from gateway.cli.app import main
sys.argv = ["gateway", *words]
main()
"""


def test_an_order_whose_answer_was_lost_with_the_process_is_one_order_and_answered_when_it_is_sent_again(
    traded: Place, buyer: CxmlBuyer
) -> None:
    with driven(traded.root, DRIVER) as server:
        with pytest.raises(httpx.TransportError):
            posted(server.address, ORDER)
        assert server.process.wait(PATIENCE_S) == -signal.SIGKILL
    with serving(traded.root) as server:
        answers = [posted(server.address, ORDER) for _ in range(3)]
        eventually(lambda: buyer.posted)
    assert answers[0][0] == 200
    assert len(set(answers)) == 1
    assert len(traded.orders()) == 1
    assert len(buyer.kept) == 1
