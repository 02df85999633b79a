"""A service without a WSDL: documents as they are, answers by status, lists by pages and only when they changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.connector import Connection, Delivery, Finder, Receipt
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import content_of
from gateway.testing.erp import PlayedErp
from gateway.testing.memory import Notes
from tests.connectors.test_soap import open_service
from tests.connectors.test_soap_faults import CONFIRMATIONS, SEND_ORDERS
from tests.outbound.servers import answered, other_side

BY_JSON = {
    "path": "/orders",
    "key": "{Number}/{Version}",
    "found_in": "Key",
    "receipt_in": "ErpNumber",
    "look_up": {"path": "/orders/{key}"},
}
BY_XML = {"path": "/xml/orders", "key": "{Number}/{Version}", "found_in": "Key", "receipt_in": "ErpNumber"}
PAGES = {
    "path": "/Confirmations",
    "name": "confirmations",
    "each": "value",
    "id_in": "Id",
    "next_in": "@odata.nextLink",
    "confirm": {"path": "/Confirmations/{id}", "method": "POST"},
}
STOCK = {"path": "/stock.xml", "name": "stock"}


def order(number: str, quantity: str = "5") -> Delivery:
    line = {"Position": "10", "Article": "A", "Quantity": quantity, "Unit": "PCE"}
    content = json.dumps({"Number": number, "Version": 1, "Line": [line]}).encode()
    return Delivery(f"order_{number}.json", content, f"order/{number}/1", "order", number)


def to_erp(folder: Path, erp: PlayedErp, memory: Notes | None = None, **data: object) -> Connection:
    return open_service(folder, memory, **{"endpoint": f"{erp.url}/plain/", "mode": "json", **data})


def test_an_order_as_json_gets_the_number_of_the_erp(erp: PlayedErp, tmp_path: Path) -> None:
    sender = to_erp(tmp_path, erp, send=[BY_JSON]).sender()
    assert isinstance(sender, Finder)
    assert sender.find(order("A-1")) is None
    assert sender.send(order("A-1")) == Receipt("ERP-70001")
    assert sender.find(order("A-1")) == Receipt("ERP-70001", repeated=True)
    assert erp.state()["seen"][1]["idempotency_key"] == "order/A-1/1"


def test_an_order_as_xml_gets_the_number_of_the_erp(erp: PlayedErp, tmp_path: Path) -> None:
    content = b"<Order><Number>A-2</Number><Version>1</Version></Order>"
    sender = to_erp(tmp_path, erp, mode="xml", send=[BY_XML]).sender()
    assert not isinstance(sender, Finder)
    assert sender.send(Delivery("order.xml", content, "x")) == Receipt("ERP-70001")


def test_why_an_order_is_refused_is_told(erp: PlayedErp, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="order A-1: a quantity is not positive"):
        to_erp(tmp_path, erp, send=[BY_JSON]).sender().send(order("A-1", "-1"))


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("html502", UnknownOutcomeError),
        ("html503", TransientError),
        ("html200", UnknownOutcomeError),
        ("empty", UnknownOutcomeError),
        ("missing", TransientError),
        ("redirect", TransientError),
        ("cut", UnknownOutcomeError),
    ],
)
def test_what_became_of_an_order_is_told_by_the_status(
    erp: PlayedErp, tmp_path: Path, fault: str, raised: type[GatewayError]
) -> None:
    sender = to_erp(tmp_path, erp, send=[BY_JSON]).sender()
    erp.come(fault)
    with pytest.raises(GatewayError) as caught:
        sender.send(order("A-1"))
    assert type(caught.value) is raised


def test_a_page_of_a_proxy_does_not_say_that_an_order_is_missing(erp: PlayedErp, tmp_path: Path) -> None:
    sender = to_erp(tmp_path, erp, send=[BY_JSON]).sender()
    sender.send(order("A-1"))
    erp.come("missing")
    assert isinstance(sender, Finder)
    with pytest.raises(TransientError, match="nothing at this address"):
        sender.find(order("A-1"))


def test_a_list_is_fetched_page_by_page_and_confirmed(erp: PlayedErp, tmp_path: Path) -> None:
    connection = to_erp(tmp_path, erp, send=[BY_JSON], receive=[PAGES])
    for each in ("A-1", "A-2", "A-3", "A-4", "A-5"):
        connection.sender().send(order(each, "0.10"))
    poller = connection.poller()
    taken = list(poller.poll())
    assert [json.loads(content_of(each))["Number"] for each in taken] == ["A-1", "A-2", "A-3", "A-4", "A-5"]
    assert b'"Quantity": "0.10"' in content_of(taken[0])
    for each in taken:
        poller.done(each)
    assert not erp.state()["waiting"]
    assert not list(poller.poll())


def test_a_list_is_fetched_whole_only_where_it_changed(erp: PlayedErp, tmp_path: Path) -> None:
    memory = Notes()
    erp.lack({"A": "5"})
    poller = to_erp(tmp_path, erp, memory, mode="xml", receive=[STOCK]).poller()
    [arrival] = poller.poll()
    assert (arrival.name.partition("_")[0], content_of(arrival)) == (
        "stock",
        b'<Stock><Row Article="A">5</Row></Stock>',
    )
    assert memory.recall("tag/stock") is None
    poller.done(arrival)
    assert not list(poller.poll())
    assert erp.state()["seen"][-1]["if_none_match"] == memory.recall("tag/stock")
    erp.lack({"A": "6"})
    assert len(list(poller.poll())) == 1


def test_nobody_is_asked_at_another_server(tmp_path: Path) -> None:
    with other_side() as ours, other_side() as theirs:
        page = json.dumps({"value": [{"Id": "1"}], "@odata.nextLink": theirs.url("/page2")}).encode()
        ours.respond = answered(200, page, "application/json")
        data = {"endpoint": ours.url(""), "mode": "json", "receive": [PAGES], "token": "env:T"}
        polled = open_service(tmp_path, **data).poller().poll()
        assert next(polled).name == "confirmations_1.json"
        with pytest.raises(PermanentError, match="Another server is not asked"):
            next(polled)
        assert not theirs.taken


def test_a_key_with_signs_of_a_path_stays_one_word(erp: PlayedErp, tmp_path: Path) -> None:
    with other_side() as side:
        side.respond = answered(404, b"{}", "application/json")
        look_up = {"path": "/orders/{key}"}
        sender = open_service(
            tmp_path, endpoint=side.url(""), mode="json", send=[{**BY_JSON, "look_up": look_up}]
        ).sender()
        assert isinstance(sender, Finder)
        assert sender.find(order("../../admin?x=1&y#z")) is None
        assert side.taken[0].line.startswith("GET /orders/..%2F..%2Fadmin%3Fx%3D1%26y%23z%2F1 ")


@pytest.mark.parametrize(
    ("data", "fault", "text"),
    [
        ({}, "", "can be asked"),
        ({}, "unauthorized", "user, password"),
        ({}, "redirect", "new endpoint"),
        ({}, "missing", "endpoint and path"),
        ({"wsdl": "gone.wsdl"}, "", "gone.wsdl cannot be used"),
        ({"send": [{**SEND_ORDERS, "operation": "MakeOrder"}]}, "", "It has AckConfirmation, AckDocument, CreateOrder"),
        ({"port": "Other"}, "", "has no operation"),
        ({"private": False}, "", "private = true"),
        ({"endpoint": "http://127.0.0.1:9/soap"}, "", "cannot be reached"),
        ({"endpoint": "https://localhost\\@erp.example/"}, "", "not one that is taken"),
        ({"endpoint": "https://127.0.0.1:9/soap", "certificate": "ours.pem"}, "", "ours.pem"),
    ],
)
def test_what_is_wrong_with_a_connection_is_told(
    erp: PlayedErp, tmp_path: Path, data: dict[str, object], fault: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "erp.wsdl").write_bytes(erp.wsdl())
    told = {"endpoint": f"{erp.url}/soap", "send": [SEND_ORDERS], "receive": [CONFIRMATIONS], **data}
    if fault:
        erp.come(fault)
    try:
        seen = " ".join(open_service(tmp_path, **told).test())
    except GatewayError as error:
        seen = str(error)
    assert text in seen
