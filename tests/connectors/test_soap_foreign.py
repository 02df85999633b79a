"""WSDLs and answers of services as others make them: wrapped, bare and rpc, SOAP 1.1 and 1.2, parts in other files."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.connector import Connection, Delivery, Receipt
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.testing.connector_suite import content_of
from tests.connectors.test_soap import open_service
from tests.outbound.servers import Other, answered

FOREIGN = Path(__file__).parent / "foreign"
SOAP_11, SOAP_12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
NIL = '<Note xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
ORDER = (
    f'<CreateOrder xmlns="urn:orders"><Key>key/1</Key><Kind>ZOR</Kind>{NIL}<Duns>1</Duns>'
    '<Line no="1"><Sku xmlns="">A-17</Sku><Qty xmlns="">1.50</Qty></Line><z:More xmlns:z="urn:z">1</z:More>'
    "</CreateOrder>"
)
TAKEN = '<CreateOrderResponse xmlns="urn:orders"><Key>key/1</Key><Number>17</Number></CreateOrderResponse>'
PUT = '<t:PutOrder xmlns:t="urn:rpc:ns"><order><Key>k</Key><Qty>1</Qty></order><mode>x</mode></t:PutOrder>'
BARE = '<Order xmlns="urn:bare"><Key>k</Key></Order>'


def envelope(body: str, space: str = SOAP_11) -> bytes:
    return f'<s:Envelope xmlns:s="{space}"><s:Header/><s:Body>\n<!-- -->{body}</s:Body></s:Envelope>'.encode()


def service(other: Other, wsdl: str, **data: object) -> Connection:
    return open_service(FOREIGN, endpoint=other.url("/erp"), wsdl=wsdl, **data)


def sent(other: Other, wsdl: str, operation: str, document: str, **data: object) -> Receipt:
    send = [{"operation": operation, "receipt_in": "Number"}]
    delivery = Delivery("a.xml", document.encode(), "key/1", "order")
    return service(other, wsdl, send=send, **data).sender().send(delivery)


@pytest.mark.parametrize(
    ("wsdl", "operation", "document", "answer", "data"),
    [
        ("wrapped.wsdl", "CreateOrder", ORDER, envelope(TAKEN), {"service": "S", "port": "P11"}),
        ("wrapped.wsdl", "CreateOrder", ORDER, envelope(TAKEN, SOAP_12), {"service": "S", "port": "P12"}),
        ("split.wsdl", "CreateOrder", ORDER, envelope(TAKEN), {}),
        ("bare.wsdl", "Put", BARE, envelope('<Ack xmlns="urn:bare"> key/1 </Ack>'), {}),
        (
            "rpc.wsdl", "PutOrder", PUT,
            envelope('<r:PutOrderResponse xmlns:r="urn:rpc:ns"><key>key/1</key></r:PutOrderResponse>'), {},
        ),
    ],
)  # fmt: skip
def test_a_document_goes_as_it_is_in_the_envelope_of_its_binding(
    other: Other, wsdl: str, operation: str, document: str, answer: bytes, data: dict[str, str]
) -> None:
    other.respond = answered(200, answer, "text/xml")
    assert sent(other, wsdl, operation, document, **data).reference in ("17", "key/1")
    [taken] = other.taken
    assert document.encode() in taken.body
    newer = data.get("port") == "P12"
    assert (SOAP_12 if newer else SOAP_11).encode() in taken.body
    assert taken.headers["content-type"].startswith("application/soap+xml" if newer else "text/xml")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ((NIL, ""), "Note"),
        (("<Duns>1</Duns>", "<Duns>1</Duns><Gln>1</Gln>"), "Gln"),
        (("1.50", "1,50"), "a number is not written as XML Schema has it"),
        (('<Qty xmlns="">1.50</Qty>', ""), "Missing element Qty"),
        (("urn:orders", "urn:other"), "takes {urn:orders}CreateOrder"),
    ],
)
def test_a_document_that_does_not_fit_is_not_sent(other: Other, changed: tuple[str, str], told: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        sent(other, "split.wsdl", "CreateOrder", ORDER.replace(*changed))
    assert told in str(refusal.value)
    assert not other.taken


FAULT_11 = (
    "<s:Fault><faultcode>s:{code}</faultcode><faultstring>Validation failed</faultstring>"
    '<detail><f:OrderFault xmlns:f="urn:orders"><f:Code>E17: no such article</f:Code></f:OrderFault></detail></s:Fault>'
)
FAULT_12 = (
    "<s:Fault><s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>x:Bad</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="de">Validation failed</s:Text></s:Reason>'
    "<s:Detail><Code>E17: no such article</Code></s:Detail></s:Fault>"
)


@pytest.mark.parametrize(
    ("fault", "code", "space", "raised"),
    [
        (FAULT_11, "Client", SOAP_11, PermanentError),
        (FAULT_11, "Client.Authorization", SOAP_11, PermanentError),
        (FAULT_11, "Server", SOAP_11, UnknownOutcomeError),
        (FAULT_11, "Broken", SOAP_11, UnknownOutcomeError),
        (FAULT_12, "Sender", SOAP_12, PermanentError),
        (FAULT_12, "Receiver", SOAP_12, UnknownOutcomeError),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_a_fault_tells_its_reason_and_its_detail(
    other: Other, fault: str, code: str, space: str, raised: type[GatewayError], status: int
) -> None:
    other.respond = answered(status, envelope(fault.format(code=code), space), "text/xml")
    with pytest.raises(raised, match="Validation failed, E17: no such article"):
        sent(other, "split.wsdl", "CreateOrder", ORDER)


def test_an_answer_whose_parts_stand_beside_it_is_not_taken_for_a_document(other: Other) -> None:
    answer = (
        '<r:GetOrderResponse xmlns:r="urn:rpc:ns"><key href="#a"/></r:GetOrderResponse><multiRef id="a">1</multiRef>'
    )
    other.respond = answered(200, envelope(answer), "text/xml")
    receive = [{"operation": "GetOrder", "parameters": {"key": "1"}}]
    with pytest.raises(TransientError, match=r"2 elements in one body.*Ask for a binding with use=literal"):
        list(service(other, "rpc.wsdl", receive=receive).poller().poll())


@pytest.mark.parametrize(
    ("wsdl", "operation", "takes"),
    [("bare.wsdl", "Ask", "value: xsd:string"), ("rpc.wsdl", "GetOrder", "key: xsd:string")],
)
def test_what_an_operation_is_asked_by_is_told_where_it_is_asked_otherwise(
    other: Other, wsdl: str, operation: str, takes: str
) -> None:
    other.respond = answered(200, envelope('<Ack xmlns="urn:bare">yes</Ack>'), "text/xml")
    wrong = [{"operation": operation, "parameters": {"bogus": "1"}}]
    with pytest.raises(TransientError, match=f"it takes {takes}. Mend parameters"):
        list(service(other, wsdl, receive=wrong).poller().poll())
    assert not other.taken


def test_an_element_of_a_simple_type_is_asked_for_by_its_value(other: Other) -> None:
    other.respond = answered(200, envelope('<Ack xmlns="urn:bare">yes</Ack>'), "text/xml")
    receive = [{"operation": "Ask", "parameters": {"value": "ä"}}]
    [arrival] = service(other, "bare.wsdl", receive=receive).poller().poll()
    assert b">yes</Ack>" in content_of(arrival)
    assert ">ä<" in other.taken[0].body.decode()


def test_an_operation_that_several_ports_have_is_chosen_in_the_file(other: Other) -> None:
    with pytest.raises(TransientError, match=r"CreateOrder more than once\. Name service and port"):
        sent(other, "wrapped.wsdl", "CreateOrder", ORDER)


STOCK = '<ReadStockResponse xmlns="urn:nested"><Row>A-17 5</Row></ReadStockResponse>'
ASKED = {"Request/Context/Client": "100", "Request/Since": "{cursor}", "Request/@version": "2"}
READ = {"operation": "ReadStock", "each": "Row", "start": "7", "parameters": ASKED}
LATIN = envelope(TAKEN.replace("17", "Ü17")).decode().encode("latin-1")


@pytest.mark.parametrize(
    ("answer", "kind", "reference"),
    [
        (b'\r\n<?xml version="1.0"?>' + envelope(TAKEN), "text/xml", "17"),
        (LATIN, "text/xml; charset=ISO-8859-1", "Ü17"),
        (b'<?xml version="1.0"?>' + LATIN, 'text/xml; charset="iso-8859-1"', "Ü17"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + LATIN, "text/xml; charset=utf-8", "Ü17"),
        (("\ufeff" + envelope(TAKEN).decode()).encode(), "text/xml; charset=utf-8", "17"),
        (envelope(TAKEN), "text/xml; charset=unheard-of", "17"),
    ],
)
def test_an_answer_is_read_in_the_encoding_that_it_or_else_its_head_names(
    other: Other, answer: bytes, kind: str, reference: str
) -> None:
    other.respond = answered(200, answer, kind)
    assert sent(other, "split.wsdl", "CreateOrder", ORDER).reference == reference


def test_an_answer_with_attachments_is_told_to_be_one(other: Other) -> None:
    parts = b"--b\r\nContent-Type: application/xop+xml\r\n\r\n" + envelope(TAKEN) + b"\r\n--b--"
    other.respond = answered(200, parts, 'multipart/related; type="application/xop+xml"; boundary="b"')
    with pytest.raises(UnknownOutcomeError, match="in parts, as MTOM and SwA have it"):
        sent(other, "split.wsdl", "CreateOrder", ORDER)


@pytest.mark.parametrize(
    ("wsdl", "data", "told"),
    [
        (
            "split.wsdl", {"send": [{"operation": "CreateOrder", "found_in": "Kee"}]},
            "found_in is 'Kee', and CreateOrder has no Kee there. Mend found_in",
        ),
        (
            "rpc.wsdl",
            {"send": [{"operation": "PutOrder", "found_in": "key", "look_up": {"operation": "GetOrder",
             "parameters": {"key": "{key}"}, "receipt_in": "status"}}]},
            "receipt_in of look_up is 'status', and GetOrder has no status there",
        ),
        ("bare.wsdl", {"send": [{"operation": "OneWay", "found_in": "Key"}]}, "OneWay has no answer"),
        ("nested.wsdl", {"receive": [{**READ, "id_in": "Id"}]}, "id_in is 'Row/Id', and ReadStock has no Id there"),
        (
            "nested.wsdl", {"receive": [{**READ, "confirm": {"operation": "Done", "parameters": {"Line": "{id}"}}}]},
            "Done is not asked so: it takes Row",
        ),
    ],
)  # fmt: skip
def test_a_path_into_an_answer_is_compared_with_the_wsdl_by_looking_at_the_connection(
    other: Other, wsdl: str, data: dict[str, object], told: str
) -> None:
    with pytest.raises(TransientError, match=told):
        service(other, wsdl, **data).test()
    assert not other.taken


def test_a_path_into_what_the_wsdl_leaves_open_is_not_told_to_be_missing(other: Other, tmp_path: Path) -> None:
    nested = (FOREIGN / "nested.wsdl").read_text("utf-8")
    row = 'name="Row" minOccurs="0" maxOccurs="unbounded" type="xs:'
    (tmp_path / "open.wsdl").write_text(nested.replace(f"{row}string", f"{row}anyType"), "utf-8")
    receive = [{**READ, "id_in": "Id"}]
    told = open_service(tmp_path, endpoint=other.url("/erp"), wsdl="open.wsdl", receive=receive).test()
    assert told[0].startswith("open.wsdl has 2 operations")


def test_a_header_that_the_wsdl_names_is_told_by_looking_at_the_connection(other: Other, tmp_path: Path) -> None:
    bare = (FOREIGN / "bare.wsdl").read_text("utf-8")
    body, header = '<soap:body use="literal"/>', '<soap:header message="t:AIn" part="body" use="literal"/>'
    (tmp_path / "headed.wsdl").write_text(bare.replace(body, header + body, 1), "utf-8")
    other.respond = answered(200)
    sending = {"send": [{"operation": "Put"}], "receive": [{"operation": "Ask", "parameters": {"value": "1"}}]}
    told = open_service(tmp_path, endpoint=other.url("/erp"), wsdl="headed.wsdl", **sending).test()
    assert [line for line in told if "header" in line] == [
        "Put has in its header Ask, which is not written: ask whether it can be left out"
    ]


def test_looking_at_a_service_that_what_stands_before_it_does_not_reach_says_so(other: Other) -> None:
    other.respond = answered(502, b"<html>", "text/html")
    with pytest.raises(TransientError, match="answers 502: what stands before it does not reach it"):
        service(other, "split.wsdl", send=[{"operation": "CreateOrder", "found_in": "Key"}]).test()


def test_what_lies_deeper_in_a_question_is_named_by_its_path(other: Other) -> None:
    other.respond = answered(200, envelope(STOCK), "text/xml")
    [arrival] = service(other, "nested.wsdl", receive=[READ]).poller().poll()
    assert b">A-17 5</Row>" in content_of(arrival)
    asked = other.taken[0].body.decode().replace("ns0:", "")
    assert '<Request version="2"><Context><Client>100</Client></Context><Since>7</Since></Request>' in asked


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"Request/@version": "2"}, r"Missing element Context \(ReadStock.Request.Context\)\): it takes Request"),
        ({"Request": "2", "Request/Since": "7"}, "it takes Request"),
        ({"Request/Since": "7", "Request": "2"}, "it takes Request"),
    ],
)
def test_a_question_that_the_wsdl_has_otherwise_is_told_by_looking_at_the_connection(
    other: Other, parameters: dict[str, str], told: str
) -> None:
    with pytest.raises(TransientError, match=told):
        service(other, "nested.wsdl", receive=[{"operation": "ReadStock", "parameters": parameters}]).test()
    assert not other.taken


def test_an_operation_that_gives_no_answer_confirms_with_none(other: Other) -> None:
    def respond(side: Other, line: socket.socket) -> None:
        is_asked = b"ReadStock" in side.taken[-1].body
        (answered(200, envelope(STOCK), "text/xml") if is_asked else answered(202))(side, line)

    other.respond = respond
    confirm = {"operation": "Done", "parameters": {"Row": "{id}"}}
    poller = service(other, "nested.wsdl", receive=[{**READ, "id_in": ".", "confirm": confirm}]).poller()
    [arrival] = poller.poll()
    poller.done(arrival)
    assert b">A-17 5<" in other.taken[-1].body
