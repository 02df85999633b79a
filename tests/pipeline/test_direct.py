"""An order placed by a shop or by sales goes the same line as every other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.errors import ConflictError, UsageError
from gateway.model.direct_order import DirectLine, DirectOrder
from gateway.pipeline.direct import place_order
from gateway.queue.dispatch import work_off
from gateway.wiring import Gateway
from tests.workspaces import Place

ARTICLE = "A-1006"


def stated(number: str = "SHOP-1", account: str = "10012", **line: object) -> DirectOrder:
    values = {"product": ARTICLE, "quantity": Decimal(12), **line}
    return DirectOrder(account=account, number=number, channel="shop", lines=(DirectLine(**values),))


def placed(gateway: Gateway, order: DirectOrder, key: str | None = None) -> str:
    message = place_order(gateway.line, order, repr(order).encode(), key).message
    work_off(gateway.line, {})
    return message


def test_a_direct_order_is_priced_confirmed_and_listed_with_its_channel(demo: Place) -> None:
    with demo.opened() as gateway:
        placed(gateway, stated())
    [order] = demo.orders()
    assert (order["number"], order["channel"], order["decision"]) == ("SHOP-1", "shop", "accepted")
    explained = demo.run(
        "price", "explain", "--account", "10012", "--product", ARTICLE, "--quantity", "12", "--json"
    ).lines[0]
    assert Decimal(order["total"]) == Decimal(explained["net"])


def test_a_direct_order_leaves_for_the_erp_of_its_partner(demo: Place) -> None:
    with demo.opened() as gateway:
        placed(gateway, stated())
    [row] = demo.run("outbox", "list", "--json").lines
    assert (row["type"], row["reference"]) == ("order", "SHOP-1")


def test_an_account_without_a_partner_orders_under_the_default_policy(demo: Place) -> None:
    accounts = demo.root / "more.csv"
    accounts.write_text("account,name,currency\n77,Walk-in,EUR\n")
    assert demo.run("import", "accounts", accounts).status == 0
    with demo.opened() as gateway:
        message = placed(gateway, stated(account="77", product="nothing"))
        placed(gateway, stated("SHOP-2", account="77"))
    assert [order["decision"] for order in demo.orders()] == ["rejected", "accepted"]
    shown = demo.run("messages", "show", message, "--json").lines[0]
    assert shown["partner"] == "account:77"
    assert "order.line.product.unknown" in str(demo.run("orders", "show", "SHOP-1", "--json").lines[0])


def test_the_same_request_has_one_effect_and_another_one_under_its_key_is_refused(demo: Place) -> None:
    with demo.opened() as gateway:
        first = placed(gateway, stated(), key="K1")
        assert placed(gateway, stated(), key="K1") == first
        with pytest.raises(ConflictError):
            place_order(gateway.line, stated(quantity=Decimal(13)), b"other", "K1")
    assert len(demo.orders()) == 1


def test_the_same_order_placed_twice_is_one_order(demo: Place) -> None:
    with demo.opened() as gateway:
        placed(gateway, stated())
        placed(gateway, stated())
        placed(gateway, stated(quantity=Decimal(13)))
    assert [message["state"] for message in demo.run("messages", "list", "--json").lines] == [
        "processed",
        "duplicate",
        "held",
    ]
    assert len(demo.orders()) == 1


def test_an_order_of_an_unknown_account_is_refused_before_anything_is_stored(demo: Place) -> None:
    with demo.opened() as gateway, pytest.raises(UsageError):
        placed(gateway, stated(account="nobody"))
    assert demo.run("messages", "list", "--json").lines == []


def test_a_held_direct_order_is_replayed_and_decided_like_any_other(demo: Place) -> None:
    with demo.opened() as gateway:
        message = placed(gateway, stated(price=Decimal("0.042"), per=Decimal(1), unit="PCE"))
    assert [order["decision"] for order in demo.orders()] == ["held"]
    assert demo.run("messages", "replay", message, "--from", "translate").status == 1
    assert [order["decision"] for order in demo.orders()] == ["held"]
    assert demo.run("orders", "decide", "SHOP-1", "--as", "accepted", "--note", "agreed by phone").status == 0
    assert demo.orders()[0]["decision"] == "accepted"
