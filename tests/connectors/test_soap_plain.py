"""A service without a WSDL: documents as they are, answers by status, lists by pages and only when they changed."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from gateway.connector import Connection, Delivery, Finder, Receipt
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import content_of
from gateway.testing.erp import PlayedErp
from gateway.testing.memory import Notes
from tests.connectors.test_soap import open_service
from tests.connectors.test_soap_faults import CONFIRMATIONS, SEND_ORDERS
from tests.outbound.servers import Other, answered, other_side
from tests.workspace.test_configuration import told as lint_told
from tests.workspace.test_configuration import workspace

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


@pytest.mark.parametrize("found", [b'{"Order": {"Number": "A-1/1"}}', b'{"key": "A-1/1", "d": {"Number": null}}'])
def test_an_order_that_is_told_of_elsewhere_than_was_said_is_not_sent_again(
    other: Other, tmp_path: Path, found: bytes
) -> None:
    other.respond = answered(200, found, "application/json")
    look_up = {"path": "/orders/{key}", "found_in": "d/Number"}
    sender = open_service(tmp_path, endpoint=other.url("/o"), mode="json", send=[{**BY_JSON, "look_up": look_up}])
    with pytest.raises(PermanentError, match=r"elsewhere than at d/Number\. Mend found_in"):
        sender.sender().find(order("A-1"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "mode"),
    [
        (b'{"error": {"message": {"value": "The database is busy"}}}', "json"),
        (b"<Error>The database is busy</Error>", "xml"),
    ],
)
def test_an_error_that_comes_as_a_good_answer_does_not_say_that_an_order_is_missing(
    other: Other, tmp_path: Path, answer: bytes, mode: str
) -> None:
    other.respond = answered(200, answer, f"application/{mode}")
    send = [{"path": "/orders", "look_up": {"path": "/orders/{key}", "found_in": "d/Number"}}]
    sender = open_service(tmp_path, endpoint=other.url("/o"), mode=mode, send=send).sender()
    with pytest.raises(TransientError, match="tells of an error: The database is busy"):
        sender.find(order("A-1"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "answer", [b'{"error": false, "d": null}', b'{"error": {"code": 0, "message": ""}, "d": {"Number": null}}']
)
def test_an_answer_that_says_there_was_no_error_says_that_an_order_is_missing(
    other: Other, tmp_path: Path, answer: bytes
) -> None:
    other.respond = answered(200, answer, "application/json")
    send = [{**BY_JSON, "look_up": {"path": "/orders/{key}", "found_in": "d/Number"}}]
    sender = open_service(tmp_path, endpoint=other.url("/o"), mode="json", send=send).sender()
    assert sender.find(order("A-1")) is None  # type: ignore[attr-defined]


def test_a_refusal_in_xml_to_who_asked_for_json_tells_its_reason(other: Other, tmp_path: Path) -> None:
    other.respond = answered(400, b"<error><message>No such article</message></error>", "application/xml")
    with pytest.raises(PermanentError, match="No such article"):
        open_service(tmp_path, endpoint=other.url("/o"), mode="json", send=[BY_JSON]).sender().send(order("A-1"))


def test_a_blank_in_the_address_of_the_next_page_is_written_as_addresses_have_it(other: Other, tmp_path: Path) -> None:
    pages = [b'{"value": [{"Id": 1}], "next": "a?$filter=Id gt 1%20"}', b'{"value": [{"Id": 2}]}']
    other.respond = lambda side, line: answered(200, pages[len(side.taken) - 1], "application/json")(side, line)
    receive = [{"path": "/a", "each": "value", "id_in": "Id", "next_in": "next"}]
    poller = open_service(tmp_path, endpoint=other.url("/o"), mode="json", receive=receive).poller()
    assert [each.name for each in poller.poll()] == ["answer_1.json", "answer_2.json"]
    assert other.taken[1].line.split(" ")[1] == "/o/a?$filter=Id%20gt%201%20"


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


def test_a_document_that_cannot_be_confirmed_keeps_none_behind_it_from_coming(tmp_path: Path) -> None:
    memory, told = Notes(), [{"Id": "1"}]

    def respond(side: Other, line: socket.socket) -> None:
        page = json.dumps({"value": told, "Next": str(len(told))}).encode()
        is_refused = side.taken[-1].line.startswith("POST /Confirmations/1 ")
        answered(422 if is_refused else 200, page, "application/json")(side, line)

    with other_side() as side:
        side.respond = respond
        receiving = {name: value for name, value in PAGES.items() if name != "next_in"} | {"cursor_in": "Next"}
        data = {"endpoint": side.url(""), "mode": "json", "receive": [receiving]}
        poller = open_service(tmp_path, memory, **data).poller()
        [first] = poller.poll()
        with pytest.raises(GatewayError, match="422"):
            poller.done(first)
        told.append({"Id": "2"})
        polled = poller.poll()
        second = next(polled)
        assert second.name == "confirmations_2.json"
        poller.done(second)
        with pytest.raises(GatewayError, match="422"):
            next(polled)
        assert any(each.line.startswith("POST /Confirmations/2 ") for each in side.taken)
        assert memory.recall("cursor/confirmations") is None


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


def test_what_was_taken_stays_taken_where_nothing_was_new_meanwhile(other: Other, tmp_path: Path) -> None:
    receive = [{"path": "/orders", "name": "orders", "each": "value", "id_in": "Id"}]
    poller = open_service(tmp_path, endpoint=other.url("/erp"), mode="json", receive=receive).poller()
    other.respond = answered(200, b'{"value": [{"Id": 1}]}', "application/json", {"ETag": '"a"'})
    [first] = poller.poll()
    poller.done(first)
    other.respond = answered(304)
    assert not list(poller.poll())
    other.respond = answered(200, b'{"value": [{"Id": 1}, {"Id": 2}]}', "application/json", {"ETag": '"b"'})
    assert [each.name for each in poller.poll()] == ["orders_2.json"]


def test_of_an_answer_that_is_a_list_each_item_is_a_document_and_of_null_none(other: Other, tmp_path: Path) -> None:
    for each, answer in ((".", b'[{"Id": 1}, {"Id": 2}]'), ("value", b'{"value": null}')):
        other.respond = answered(200, answer, "application/json")
        receive = [{"path": "/orders", "name": "orders", "each": each}]
        poller = open_service(tmp_path, endpoint=other.url("/erp"), mode="json", receive=receive).poller()
        taken = [content_of(arrival) for arrival in poller.poll()]
        assert taken == ([b'{"Id": 1}', b'{"Id": 2}'] if each == "." else [])


@pytest.mark.parametrize("following", ["?page=2", "/erp/orders?page=2", "orders?page=2"])
def test_the_next_page_is_where_its_address_leads_from_the_one_before(
    other: Other, tmp_path: Path, following: str
) -> None:
    pages = iter([{"value": [1], "next": following}, {"value": [2], "next": None}])
    other.respond = lambda taken, line: answered(200, json.dumps(next(pages)).encode(), "application/json")(taken, line)
    receive = [{"path": "/orders", "name": "orders", "each": "value", "next_in": "next"}]
    poller = open_service(tmp_path, endpoint=other.url("/erp"), mode="json", receive=receive).poller()
    assert [content_of(each) for each in poller.poll()] == [b"1", b"2"]
    assert [taken.line.split()[1] for taken in other.taken] == ["/erp/orders", "/erp/orders?page=2"]


def test_pages_that_lead_in_a_circle_are_not_gone_round(other: Other, tmp_path: Path) -> None:
    other.respond = answered(200, b'{"value": [1], "next": "?page=2"}', "application/json")
    receive = [{"path": "/orders", "name": "orders", "each": "value", "next_in": "next"}]
    poller = open_service(tmp_path, endpoint=other.url("/erp"), mode="json", receive=receive).poller()
    with pytest.raises(TransientError, match="leads back to a page that was fetched before"):
        list(poller.poll())
    assert len(other.taken) == 2


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
        ({"port": "Other"}, "", "has no port 'Other'. It has Erp"),
        ({"service": "Other"}, "", "has no service 'Other'. It has "),
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


def test_a_service_that_wants_a_token_of_who_changes_something_gets_the_one_it_gives(
    other: Other, tmp_path: Path
) -> None:
    given = {
        "X-CSRF-Token": "t0ken==",
        "Set-Cookie": "a=1; expires=Thu, 01 Jan 2099 00:00:00 GMT; path=/, B_100=x=y; secure",
    }
    names: list[str] = []

    def respond(side: Other, line: socket.socket) -> None:
        asked = side.taken[-1]
        names.append(asked.line.partition(" ")[0])
        if names[-1] == "GET":
            assert asked.headers["x-csrf-token"] == "Fetch"
            answered(200, b"{}", "application/json", given)(side, line)
        elif (asked.headers.get("x-csrf-token"), asked.headers.get("cookie")) == ("t0ken==", "a=1; B_100=x=y"):
            answered(201, b'{"Key": "A-1/1"}', "application/json")(side, line)
        else:
            answered(403, b"CSRF token validation failed", headers={"X-CSRF-Token": "Required"})(side, line)

    other.respond = respond
    sender = open_service(tmp_path, endpoint=other.url("/odata"), mode="json", send=[BY_JSON]).sender()
    sender.send(order("A-1"))
    sender.send(order("A-1"))
    assert names == ["POST", "GET", "POST", "POST"]
    given["X-CSRF-Token"] = "another"
    with pytest.raises(TransientError, match="403"):
        open_service(tmp_path, endpoint=other.url("/odata"), mode="json", send=[BY_JSON]).sender().send(order("A-1"))


def test_where_no_token_comes_nothing_was_sent(other: Other, tmp_path: Path) -> None:
    def respond(side: Other, line: socket.socket) -> None:
        if side.taken[-1].line.startswith("POST"):
            answered(403, headers={"X-CSRF-Token": "Required"})(side, line)

    other.respond = respond
    sender = open_service(tmp_path, endpoint=other.url("/odata"), mode="json", send=[BY_JSON]).sender()
    with pytest.raises(TransientError, match="asked for a token; nothing was sent"):
        sender.send(order("A-1"))


def test_a_confirmation_is_taken_by_a_success_without_a_word_and_a_page_of_a_proxy_is_none(tmp_path: Path) -> None:
    said = [answered(200), answered(200, b"<html></html>", "text/html")]

    def respond(side: Other, line: socket.socket) -> None:
        is_asked = side.taken[-1].line.startswith("GET")
        page = answered(200, b'{"value": [{"Id": "1"}, {"Id": "2"}]}', "application/json")
        (page if is_asked else said.pop(0))(side, line)

    with other_side() as side:
        side.respond = respond
        poller = open_service(tmp_path, endpoint=side.url(""), mode="json", receive=[PAGES]).poller()
        first, second = poller.poll()
        poller.done(first)
        with pytest.raises(TransientError, match="with something else than what was asked for"):
            poller.done(second)


def test_what_is_asked_is_written_as_every_service_reads_it(other: Other, tmp_path: Path) -> None:
    other.respond = answered(200, b"[]", "application/json")
    filtered = {"path": "/Stock", "name": "a", "parameters": {"$filter": "Changed gt '{cursor}'"}, "start": "x{id}+1"}
    asked = {"path": "/Find", "name": "b", "method": "POST", "parameters": {"filter/since": "1", "filter/to": "2"}}
    list(open_service(tmp_path, endpoint=other.url("/o"), mode="json", receive=[filtered, asked]).poller().poll())
    assert other.taken[0].line.split(" ")[1] == "/o/Stock?$filter=Changed%20gt%20%27x%7Bid%7D%2B1%27"
    assert json.loads(other.taken[1].body) == {"filter": {"since": "1", "to": "2"}}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('mode = "json"', "neither [[send]] nor [[receive]] is named (say what is called)"),
        ('[[receive]]\noperation = "GetStock"', "no wsdl is named (name it, or set mode to xml or json)"),
        ('wsdl = "erp.wsdl"\n[[receive]]\nname = "a"', ":5:1: operation is missing (name the operation of the WSDL)"),
        (
            'wsdl = "erp.wsdl"\n[[receive]]\noperation = "GetStock"\nconfirm = { parameters = { Id = "{id}" } }',
            ":7:1: operation is missing",
        ),
        ('mode = "json"\nwsse = "text"\nuser = "we"\n[[receive]]\npath = "/a"', ":5:1: wsse tells a user and"),
        (
            'mode = "json"\n[[receive]]\npath = "/a"\n[[receive]]\npath = "/b"',
            ":7:1: two [[receive]] are called answer (give each a name of its own)",
        ),
        (
            'mode = "json"\n[[send]]\npath = "/a"\nkey = "Order/Number"',
            ":7:1: key 'Order/Number' is the same for every document (put its paths in braces, as {Order/Number})",
        ),
        ('mode = "json"\n[[receive]]\npath = "{next}"', ":6:1: path knows no {next} (it knows {cursor})"),
        (
            'mode = "json"\n[[receive]]\npath = "/a"\nconfirm = { path = "/b", parameters = { Id = "{key}" } }',
            ":7:26: parameters knows no {key} (it knows {id}, {name})",
        ),
        ('mode = "json"\nuser = "we"\n[[receive]]\npath = "/a"', ":5:1: user is named without password"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place_before_anything_is_reached(said: str, told: str) -> None:
    text = f'kind = "soap"\nendpoint = "https://erp.example/x"\nprivate = true\n{said}\n'
    problems = lint_told(workspace(connections_more=text.encode()))
    assert [each for each in problems if told in each and "more.toml" in each], problems


def test_an_address_that_is_only_sent_to_is_looked_at_and_a_wrong_path_of_a_list_shows(
    other: Other, tmp_path: Path
) -> None:
    other.respond = answered(404)
    [told] = open_service(tmp_path, endpoint=other.url("/o"), mode="json", send=[{"path": "/orders"}]).test()
    assert "answers; whether it takes documents" in told
    other.respond = answered(401)
    with pytest.raises(TransientError, match="user, password"):
        open_service(tmp_path, endpoint=other.url("/o"), mode="json", send=[{"path": "/orders"}]).test()
    other.respond = answered(200, b'{"value": [{}, {}]}', "application/json")
    for path, count in (("value", 2), ("d/results", 0)):
        [told] = open_service(
            tmp_path, endpoint=other.url("/o"), mode="json", receive=[{"path": "/a", "each": path}]
        ).test()
        assert told.endswith(f"with {count} documents at {path}")
