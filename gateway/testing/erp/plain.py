"""The played ERP without SOAP: orders and documents by plain XML and JSON, and lists by pages as OData has them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from urllib.parse import parse_qs, unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from gateway.testing.erp.books import Books, Line, Order, RefusedError

PAGE = 2
_JSON = "application/json"


class Plain:
    """The books by paths."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """What comes of one call."""
        method, path = environ["REQUEST_METHOD"], unquote(environ.get("PATH_INFO", ""))
        content = environ["wsgi.input"].read()
        try:
            status, kind, answer = self._answer(method, path, environ, content)
        except RefusedError as refused:
            status, kind, answer = "409 Conflict", _JSON, _json({"error": {"message": str(refused)}})
        tag = f'"{hashlib.sha256(answer).hexdigest()[:16]}"'
        headers = [("Content-Type", kind), ("ETag", tag)]
        if method == "GET" and environ.get("HTTP_IF_NONE_MATCH") == tag:
            start("304 Not Modified", headers)
            return []
        start(status, [*headers, ("Content-Length", str(len(answer)))])
        return [answer]

    def _answer(self, method: str, path: str, environ: WSGIEnvironment, content: bytes) -> tuple[str, str, bytes]:
        match method, path.strip("/").split("/")[1:]:
            case "POST", ["orders"]:
                return self._order(_order_of_json(json.loads(content)))
            case "POST", ["xml", "orders"]:
                return self._order(_order_of_xml(content.decode()), as_xml=True)
            case "PUT", ["documents", name]:
                key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
                known = self._books.keep(name, key, content)
                return "200 OK", _JSON, _json({"Key": key, "Name": name, "Known": known})
            case "POST", ["Documents" | "Confirmations" as kind, identity]:
                known = self._books.acknowledge(kind.lower(), identity)
                return "200 OK", _JSON, _json({"Id": identity, "Known": known})
            case "GET", ["Confirmations"]:
                return self._page(environ)
            case "GET", names:
                return self._told(names)
        return _missing()

    def _told(self, names: list[str]) -> tuple[str, str, bytes]:
        """What there is under these names."""
        match names:
            case ["orders", *key] if found := self._books.order("/".join(key)):
                return "200 OK", _JSON, _json(_told(found))
            case ["documents", "by-key", *key] if name := self._books.document_of("/".join(key)):
                return "200 OK", _JSON, _json({"Key": "/".join(key), "Name": name})
            case ["Documents"]:
                listed = [
                    {"Id": each.identity, "Name": each.name, "Content": base64.b64encode(each.content).decode()}
                    for each in self._books.waiting("documents")
                ]
                return "200 OK", _JSON, _json({"value": listed})
            case ["stock.xml"]:
                rows = "".join(f'<Row Article="{name}">{most}</Row>' for name, most in self._books.short.items())
                return "200 OK", "application/xml", f"<Stock>{rows}</Stock>".encode()
        return _missing()

    def _order(self, order: Order, *, as_xml: bool = False) -> tuple[str, str, bytes]:
        booked, known = self._books.book(order)
        if as_xml:
            text = f"<Accepted><Key>{booked.key}</Key><ErpNumber>{booked.erp_number}</ErpNumber></Accepted>"
            return "200 OK", "application/xml", text.encode()
        return "201 Created", _JSON, _json({"Key": booked.key, "ErpNumber": booked.erp_number, "Known": known})

    def _page(self, environ: WSGIEnvironment) -> tuple[str, str, bytes]:
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        skip = int(asked.get("$skip", ["0"])[0])
        waiting = self._books.waiting("confirmations")
        value = [{"Id": each.identity, **_told(each.order)} for each in waiting[skip : skip + PAGE] if each.order]
        page: dict[str, object] = {"value": value}
        if skip + PAGE < len(waiting):
            here = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}/plain/Confirmations"
            page["@odata.nextLink"] = f"{here}?$skip={skip + PAGE}"
        return "200 OK", _JSON, _json(page)


def _told(order: Order) -> dict[str, object]:
    lines = [{"Position": each.position, "Quantity": str(each.quantity), "Unit": each.unit} for each in order.lines]
    return {"Key": order.key, "Number": order.number, "ErpNumber": order.erp_number, "Line": lines}


def _order_of_json(sent: dict[str, object]) -> Order:
    listed = sent.get("Line")
    lines = [
        Line(str(each["Position"]), str(each["Article"]), Decimal(str(each["Quantity"])), str(each["Unit"]))
        for each in (listed if isinstance(listed, list) else [])
    ]
    return Order(str(sent["Number"]), int(str(sent["Version"])), lines)


def _order_of_xml(text: str) -> Order:
    number, version = (re.search(rf"<{name}>([^<]*)</{name}>", text) for name in ("Number", "Version"))
    if number is None or version is None:
        raise RefusedError("the order has no Number or no Version")
    return Order(number[1], int(version[1]))


def _missing() -> tuple[str, str, bytes]:
    return "404 Not Found", _JSON, _json({"error": {"message": "there is none"}})


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
