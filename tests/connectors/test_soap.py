"""A service keeps the connector contract, played by spyne in a process of its own; what became of a call is told."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.soap import CONNECTOR
from gateway.bundle import bundled
from gateway.connector import (
    Arrival,
    Connection,
    ConnectionConfig,
    Delivery,
    Finder,
    Poller,
    Receipt,
    Sender,
    safe_name,
)
from gateway.fields import Reader
from gateway.testing.connector_suite import FinderSuite, KeepingSuite, PollerSuite, SenderSuite, content_of
from gateway.testing.erp import PlayedErp
from gateway.testing.memory import Notes
from gateway.workspace.connections import FIELDS

NAMESPACE = "urn:example:erp"
PASSWORD = "geheim-0815"  # noqa: S105 - of the played ERP
SEND_DOCUMENTS = {
    "operation": "PutDocument",
    "key": "{Key}",
    "found_in": "PutDocumentResult/Key",
    "receipt_in": "PutDocumentResult/Name",
    "repeated": {"PutDocumentResult/Known": "true"},
    "look_up": {
        "operation": "FindDocument",
        "parameters": {"Key": "{key}"},
        "found_in": "FindDocumentResult/Key",
        "receipt_in": "FindDocumentResult/Name",
    },
}


def written(**data: object) -> dict[str, object]:
    return {"endpoint": "http://127.0.0.1:9/soap", "private": True, "wsdl": "erp.wsdl", **data}


def open_service(workspace: Path, memory: Notes | None = None, **data: object) -> Connection:
    reader = Reader("connections/erp.toml", lambda _: (1, 1))
    values = reader.read({"kind": "soap", **written(**data)}, (*FIELDS, *CONNECTOR.fields))
    assert not reader.problems
    return CONNECTOR.open(ConnectionConfig("erp", workspace, values, lambda _: PASSWORD, memory or Notes()))


class WrappingSender:
    """Puts what the suite sends into the operation's element, as a mapping does."""

    def __init__(self, inner: Sender) -> None:
        self._inner = inner

    def send(self, delivery: Delivery) -> Receipt:
        return self._inner.send(self._wrapped(delivery))

    def find(self, delivery: Delivery) -> Receipt | None:
        assert isinstance(self._inner, Finder)
        return self._inner.find(self._wrapped(delivery))

    def _wrapped(self, delivery: Delivery) -> Delivery:
        content = base64.b64encode(delivery.content).decode()
        text = (
            f'<?xml version="1.0"?><PutDocument xmlns="{NAMESPACE}"><Name>{safe_name(delivery.name)}</Name>'
            f"<Key>{delivery.idempotency_key}</Key><Content>{content}</Content></PutDocument>"
        )
        return replace(delivery, content=text.encode())


class UnwrappingPoller:
    """Takes what the suite left out of the element it came in, as a mapping does."""

    def __init__(self, inner: Poller) -> None:
        self._inner = inner
        self.done, self.release, self.recover = inner.done, inner.release, inner.recover

    def poll(self) -> Iterator[Arrival]:
        for arrival in self._inner.poll():
            content = content_of(arrival)
            found = re.search(rb'Content(?:>|": ?")([A-Za-z0-9+/=]*)', content)
            assert found
            inside = base64.b64decode(found[1])
            yield replace(arrival, size=len(inside), chunks=partial(iter, [inside]))


@dataclass
class ErpOutside:
    """The played ERP, which is given documents and gives some."""

    erp: PlayedErp
    workspace: Path
    data: dict[str, object]
    wraps: bool

    def __post_init__(self) -> None:
        self._memory = Notes()

    def open(self) -> Connection:
        connection = open_service(self.workspace, self._memory, **self.data)
        return SimpleNamespace(  # type: ignore[return-value]
            sender=lambda: WrappingSender(connection.sender()) if self.wraps else connection.sender(),
            poller=lambda: UnwrappingPoller(connection.poller()),
        )

    def leave(self, name: str, content: bytes) -> None:
        # XML has no escape character: whoever writes it replaces it.
        self.erp.leave(name.replace("\x1b", "_"), content)

    def begin(self, name: str, content: bytes) -> None:
        """What is not finished is not told of."""

    def finds(self) -> dict[str, bytes]:
        return self.erp.documents()


def by_soap(erp: PlayedErp, workspace: Path) -> ErpOutside:
    receive = {
        "operation": "GetDocuments",
        "each": "GetDocumentsResult",
        "id_in": "Id",
        "name_in": "Name",
        "confirm": {"operation": "AckDocument", "parameters": {"Id": "{id}"}},
    }
    data = {"endpoint": f"{erp.url}/soap", "send": [SEND_DOCUMENTS], "receive": [receive]}
    return ErpOutside(erp, workspace, data, wraps=True)


def by_json(erp: PlayedErp, workspace: Path) -> ErpOutside:
    send = {
        "method": "PUT", "path": "/documents/{name}", "found_in": "Key", "receipt_in": "Name",
        "repeated": {"Known": "true"}, "look_up": {"path": "/documents/by-key/{key}"},
    }  # fmt: skip
    receive = {
        "path": "/Documents", "name": "documents", "each": "value", "id_in": "Id", "name_in": "Name",
        "confirm": {"path": "/Documents/{id}", "method": "POST"},
    }  # fmt: skip
    data = {"endpoint": f"{erp.url}/plain", "mode": "json", "send": [send], "receive": [receive]}
    return ErpOutside(erp, workspace, data, wraps=False)


class TestSoapPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, erp: PlayedErp, workspace: Path) -> None:
        self.outside = by_soap(erp, workspace)


class TestSoapSender(SenderSuite, KeepingSuite, FinderSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, erp: PlayedErp, workspace: Path) -> None:
        self.outside = by_soap(erp, workspace)


class TestJsonPoller(PollerSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, erp: PlayedErp, workspace: Path) -> None:
        self.outside = by_json(erp, workspace)


class TestJsonSender(SenderSuite, KeepingSuite, FinderSuite):
    @pytest.fixture(autouse=True)
    def _outside(self, erp: PlayedErp, workspace: Path) -> None:
        self.outside = by_json(erp, workspace)


def test_the_wsdl_of_the_demo_is_what_the_played_erp_says_of_itself(erp: PlayedErp) -> None:
    shipped = (bundled("sample_messages") / "with_erp/workspace/wsdl/erp.wsdl").read_text("utf-8")
    assert erp.wsdl().decode().replace(erp.url, "http://127.0.0.1:8791") == shipped
