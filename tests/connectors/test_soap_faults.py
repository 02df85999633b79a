"""What became of a call that went wrong: refused, not done, or not known; and nothing is lost or doubled by it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from threading import get_ident

import pytest

from gateway.connector import Connection, Delivery, Finder, Receipt
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import content_of
from gateway.testing.erp import PlayedErp, played_erp
from gateway.testing.memory import Notes
from tests.connectors.test_soap import NAMESPACE, PASSWORD, open_service
from tests.outbound.servers import Authority
from tests.processes import eventually

ORDER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- by the mapping -->\n'
    f'<CreateOrder xmlns="{NAMESPACE}"><Order><Number>A-17</Number><Version>1</Version><Account>10001</Account>'
    "<Line><Position>10</Position><Article>Ä &amp; B</Article><Quantity>5</Quantity><Unit>PCE</Unit></Line>"
    "</Order></CreateOrder>"
).encode()
DELIVERY = Delivery("order_A-17_x.xml", ORDER, "order/A-17/1", "order", "A-17", "x")
SEND_ORDERS = {
    "operation": "CreateOrder",
    "key": "{Order/Number}/{Order/Version}",
    "found_in": "CreateOrderResult/Key",
    "receipt_in": "CreateOrderResult/ErpNumber",
    "repeated": {"CreateOrderResult/Known": "true"},
    "look_up": {
        "operation": "GetOrder",
        "parameters": {"Key": "{key}"},
        "found_in": "GetOrderResult/Key",
        "receipt_in": "GetOrderResult/ErpNumber",
    },
}
CONFIRMATIONS = {
    "operation": "GetConfirmations",
    "name": "confirmations",
    "each": "GetConfirmationsResult",
    "id_in": "Id",
    "confirm": {"operation": "AckConfirmation", "parameters": {"Id": "{id}"}},
}
STATUS = {
    "operation": "GetStatus",
    "name": "status",
    "parameters": {"Since": "{cursor}", "Most": "1"},
    "start": "0",
    "cursor_in": "GetStatusResult/Next",
    "each": "GetStatusResult/Status",
}


def to_erp(workspace: Path, erp: PlayedErp, memory: Notes | None = None, **data: object) -> Connection:
    return open_service(workspace, memory, **{"endpoint": f"{erp.url}/soap", "send": [SEND_ORDERS], **data})


def found(connection: Connection) -> Receipt | None:
    sender = connection.sender()
    assert isinstance(sender, Finder)
    return sender.find(DELIVERY)


@pytest.mark.parametrize("path", ["soap", "soap12"])
def test_an_order_gets_the_number_of_the_erp(erp: PlayedErp, workspace: Path, path: str) -> None:
    wsdl = "erp12.wsdl" if path == "soap12" else "erp.wsdl"
    connection = to_erp(workspace, erp, endpoint=f"{erp.url}/{path}", wsdl=wsdl)
    assert connection.sender().send(DELIVERY) == Receipt("ERP-70001")
    assert connection.sender().send(DELIVERY) == Receipt("ERP-70001", repeated=True)
    assert erp.state()["quantities"] == {"A-17/1": ["5"]}
    bad = ORDER.replace(b"A-17", b"A-18").replace(b">5<", b">-5<")
    with pytest.raises(PermanentError, match="order A-18: a quantity is not positive"):
        connection.sender().send(Delivery("order.xml", bad, "x", "order"))


@pytest.mark.parametrize(
    ("fault", "raised", "text"),
    [
        ("client", PermanentError, "refuses it: no credit"),
        ("server", UnknownOutcomeError, "out of order"),
        ("html502", UnknownOutcomeError, "answers 502"),
        ("html503", TransientError, "answers 503"),
        ("html200", UnknownOutcomeError, "answers <html>, and no envelope"),
        ("other", UnknownOutcomeError, "PingResponse"),
        ("foreign", UnknownOutcomeError, "'A-17/1' does not stand in the answer"),
        ("empty", UnknownOutcomeError, "answers 200 with nothing"),
        ("unauthorized", TransientError, "user, password"),
        ("forbidden", TransientError, "ask for the right"),
        ("missing", TransientError, "endpoint"),
        ("busy", TransientError, "rate"),
        ("redirect", TransientError, "no redirect is followed"),
        ("huge", UnknownOutcomeError, "max_bytes"),
        ("bomb", UnknownOutcomeError, "entities"),
    ],
)
def test_what_became_of_an_order_is_told_by_the_answer(
    erp: PlayedErp, workspace: Path, fault: str, raised: type[GatewayError], text: str
) -> None:
    connection = to_erp(workspace, erp, max_bytes=1 << 20)
    erp.come(fault)
    with pytest.raises(GatewayError, match=text) as caught:
        connection.sender().send(DELIVERY)
    assert type(caught.value) is raised
    assert found(connection) is None
    assert connection.sender().send(DELIVERY) == Receipt("ERP-70001")


@pytest.mark.parametrize("fault", ["cut", "drip", "silent", "html504"])
def test_an_order_whose_answer_is_lost_is_found_and_not_sent_again(erp: PlayedErp, workspace: Path, fault: str) -> None:
    erp.come(fault)
    with pytest.raises(UnknownOutcomeError):
        to_erp(workspace, erp, timeout="1s").sender().send(DELIVERY)
    eventually(lambda: erp.state()["orders"] == ["A-17/1"])
    assert found(to_erp(workspace, erp)) == Receipt("ERP-70001", repeated=True)
    assert erp.state()["orders"] == ["A-17/1"]


@pytest.mark.parametrize("fault", ["server", "html502", "html200", "empty", "cut"])
def test_who_cannot_be_asked_now_is_asked_later(erp: PlayedErp, workspace: Path, fault: str) -> None:
    connection = to_erp(workspace, erp)
    erp.come(fault)
    with pytest.raises(TransientError):
        found(connection)


def test_an_answer_about_another_order_says_nothing(erp: PlayedErp, workspace: Path) -> None:
    connection = to_erp(workspace, erp)
    connection.sender().send(DELIVERY)
    erp.come("foreign")
    look_up = {**SEND_ORDERS["look_up"], "operation": "CreateOrder"}  # type: ignore[dict-item]
    astray = to_erp(workspace, erp, send=[{**SEND_ORDERS, "look_up": look_up, "found_in": "CreateOrderResult/Key"}])
    with pytest.raises(GatewayError):
        found(astray)


def test_nobody_listens_is_nothing_sent(erp: PlayedErp, workspace: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        connection = to_erp(workspace, erp, endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}/soap")
        with pytest.raises(TransientError, match="Nothing was sent"):
            connection.sender().send(DELIVERY)


@pytest.mark.parametrize(
    ("written", "instead", "text"),
    [
        ("<Account>10001</Account>", "", "expected '.*Account'"),
        ("<Account>", "<Acount>", "no well-formed XML|mismatch"),
        ("<Version>1</Version>", "<Version>one</Version>", "Version"),
        ("<Quantity>5</Quantity>", "<Quantity>5,0</Quantity>", "number"),
        ("</Order>", "<Colour>red</Colour></Order>", "Colour"),
        ("CreateOrder", "CreateOffer", "takes .*CreateOrder"),
    ],
)
def test_a_document_that_the_wsdl_has_otherwise_is_not_sent(
    erp: PlayedErp, workspace: Path, written: str, instead: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    content = ORDER.decode().replace(written, instead).encode()
    with caplog.at_level(logging.DEBUG), pytest.raises(PermanentError, match=text):
        to_erp(workspace, erp).sender().send(Delivery("order.xml", content, "x", "order"))
    assert not erp.state()["seen"]
    assert not [each for each in caplog.records if each.thread == get_ident()]


def test_a_document_without_our_key_is_not_sent(erp: PlayedErp, workspace: Path) -> None:
    sender = to_erp(workspace, erp, send=[{**SEND_ORDERS, "key": "{Order/Numero}"}]).sender()
    with pytest.raises(PermanentError, match="nothing at Order/Numero"):
        sender.send(DELIVERY)
    assert not erp.state()["seen"]


def test_a_refusal_in_a_good_answer_is_one(erp: PlayedErp, workspace: Path) -> None:
    refused = {"refused": {"CreateOrderResult/Known": "false"}, "reason_in": "CreateOrderResult/ErpNumber"}
    with pytest.raises(PermanentError, match="refuses it: ERP-70001"):
        to_erp(workspace, erp, send=[{**SEND_ORDERS, **refused}]).sender().send(DELIVERY)


def test_a_document_of_a_type_that_nothing_is_called_for_is_not_sent(erp: PlayedErp, workspace: Path) -> None:
    connection = to_erp(workspace, erp, send=[{**SEND_ORDERS, "documents": ["stock", "prices"]}])
    with pytest.raises(PermanentError, match=r"no \[\[send\]\] for order"):
        connection.sender().send(DELIVERY)


@pytest.mark.parametrize(
    ("way", "data"),
    [
        ("basic", {"user": "erp", "password": "env:ERP"}),
        ("bearer", {"token": "env:ERP"}),
        ("text", {"user": "erp", "password": "env:ERP", "wsse": "text"}),
        ("digest", {"user": "erp", "password": "env:ERP", "wsse": "digest"}),
    ],
)
def test_who_we_are_is_told_in_every_way(erp: PlayedErp, workspace: Path, way: str, data: dict[str, str]) -> None:
    erp.know("erp", PASSWORD, way)
    assert to_erp(workspace, erp, **data).sender().send(DELIVERY).reference == "ERP-70001"
    if "wsse" in data:
        assert "authorization" not in erp.state()["seen"][-1]
    erp.know("erp", "another", way)
    with pytest.raises(TransientError, match="does not know us") as caught:
        to_erp(workspace, erp, **data).sender().send(DELIVERY)
    assert PASSWORD not in str(caught.value)


def test_what_a_wsdl_imports_from_elsewhere_is_not_fetched(erp: PlayedErp, workspace: Path) -> None:
    outside = workspace.parent / f"{workspace.name}-outside.xsd"
    outside.write_text(f'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}"/>')
    (workspace / "linked.xsd").symlink_to(outside)
    places = (f"{erp.url}/soap?wsdl", f"file://{outside}", str(outside), f"../{outside.name}", "linked.xsd")
    for place in places:
        imported = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="{place}"/>'
        wsdl = erp.wsdl().decode().replace("<wsdl:types>", f"<wsdl:types>{imported}</xs:schema>")
        (workspace / "far.wsdl").write_text(wsdl)
        erp.burn()
        with pytest.raises(TransientError, match=r"far\.wsdl cannot be used"):
            to_erp(workspace, erp, wsdl="far.wsdl").sender().send(DELIVERY)
        assert not erp.state()["seen"], place


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>log in",
        b"<html/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><definitions xmlns="http://schemas.xmlsoap.org/wsdl/">&a;</definitions>',
        b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><binding name="b" type="x:y"/></definitions>',
    ],
)
def test_a_wsdl_that_is_none_is_told(erp: PlayedErp, workspace: Path, content: bytes) -> None:
    (workspace / "bad.wsdl").write_bytes(content)
    with pytest.raises(TransientError, match=r"bad\.wsdl"):
        to_erp(workspace, erp, wsdl="bad.wsdl").sender().send(DELIVERY)


def test_a_certificate_that_vouches_for_nothing_is_not_taken(tmp_path: Path, erp: PlayedErp, workspace: Path) -> None:
    authority = Authority(tmp_path)
    client = authority.certificate("gateway", file="client.pem")
    good = authority.certificate("127.0.0.1", file="good.pem")
    with played_erp("--certificate", str(good), "--client-ca", str(authority.file)) as safe:
        endpoint = {"endpoint": f"{safe.url}/soap"}
        known = {**endpoint, "ca": authority.file.name, "certificate": client.name}
        assert to_erp(workspace, safe, **known).sender().send(DELIVERY).reference == "ERP-70001"
        with pytest.raises((TransientError, UnknownOutcomeError)):
            to_erp(workspace, safe, **endpoint, ca=authority.file.name).sender().send(DELIVERY)
        with pytest.raises(TransientError, match="certificate is not taken"):
            to_erp(workspace, safe, **endpoint).sender().send(DELIVERY)
    for name, days in (("other.example", 1), ("127.0.0.1", -1)):
        bad = authority.certificate(name, days=days, file="bad.pem")
        with played_erp("--certificate", str(bad)) as unsafe:
            connection = to_erp(workspace, unsafe, endpoint=f"{unsafe.url}/soap", ca=authority.file.name)
            with pytest.raises(TransientError, match="certificate is not taken"):
                connection.sender().send(DELIVERY)


def test_a_public_address_in_the_clear_and_a_private_one_unasked_are_refused(erp: PlayedErp, workspace: Path) -> None:
    with pytest.raises(PermanentError, match="private"):
        to_erp(workspace, erp, private=False).sender().send(DELIVERY)
    assert not erp.state()["seen"]


def test_a_confirmation_that_is_lost_is_said_again_and_what_it_is_about_taken_once(
    erp: PlayedErp, workspace: Path
) -> None:
    memory = Notes()
    connection = to_erp(workspace, erp, memory, receive=[CONFIRMATIONS])
    connection.sender().send(DELIVERY)
    poller = connection.poller()
    [arrival] = poller.poll()
    assert arrival.name == "confirmations_C-70001.xml"
    assert b"<" in content_of(arrival)
    erp.come("html502")
    with pytest.raises(TransientError):
        poller.done(arrival)
    assert erp.state()["waiting"] == ["C-70001"]
    again = to_erp(workspace, erp, memory, receive=[CONFIRMATIONS]).poller()
    assert not again.recover()
    assert not list(again.poll())
    assert not erp.state()["waiting"]
    assert not list(again.poll())
    assert not memory.recalled("seen/")


def test_a_cursor_goes_on_only_behind_what_was_taken(erp: PlayedErp, workspace: Path) -> None:
    memory = Notes()
    connection = to_erp(workspace, erp, memory, receive=[CONFIRMATIONS])
    for number in ("A-17", "A-18", "A-19"):
        content = ORDER.decode().replace("A-17", number).encode()
        connection.sender().send(Delivery("o.xml", content, number, "order"))
    poller = connection.poller()
    for arrival in poller.poll():
        poller.done(arrival)
    poller = to_erp(workspace, erp, memory, receive=[STATUS]).poller()
    first, second, third = poller.poll()
    assert b"A-17" in content_of(first)
    poller.done(second)
    assert memory.recall("cursor/status") is None
    poller.done(first)
    assert memory.recall("cursor/status") == "70003"
    poller.release(third)
    [again] = poller.poll()
    assert content_of(again) == content_of(third)
    poller.done(again)
    assert memory.recall("cursor/status") == "70004"
    assert not list(poller.poll())


def test_a_kind_that_fails_keeps_no_other_from_being_fetched(erp: PlayedErp, workspace: Path) -> None:
    connection = to_erp(workspace, erp, receive=[{"operation": "GetStock"}, CONFIRMATIONS])
    connection.sender().send(DELIVERY)
    erp.come("html200")
    polled = connection.poller().poll()
    assert next(polled).name == "confirmations_C-70001.xml"
    with pytest.raises(TransientError, match="no envelope"):
        next(polled)


def test_a_list_that_did_not_change_is_taken_once(erp: PlayedErp, workspace: Path) -> None:
    stock = {"operation": "GetStock", "name": "stock"}
    poller = to_erp(workspace, erp, receive=[stock]).poller()
    assert not list(poller.poll())
    for number in ("5", "6"):
        erp.lack({"A-1007": number})
        [arrival] = poller.poll()
        assert f">{number}<".encode() in content_of(arrival)
        poller.done(arrival)
        assert not list(poller.poll())
