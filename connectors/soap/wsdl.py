"""The WSDL of a service, read from the workspace: what operations there are, and whether a document fits one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zeep.exceptions import Error, ValidationError
from zeep.loader import parse_xml
from zeep.settings import Settings
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap12Binding, SoapBinding
from zeep.wsdl.utils import etree_to_string
from zeep.wsse.username import UsernameToken
from zeep.xsd import Any as AnyElement
from zeep.xsd import AnyType

from connectors.soap.bodies import branched
from gateway.errors import TransientError

MOST_BYTES = 16 << 20
_STRICT = {"strict": True, "forbid_dtd": True, "forbid_entities": True, "forbid_external": True}
# What zeep raises about a file that is XML and no WSDL, or about a value that is none of its type.
_AMISS = (Error, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)

# It logs what does not fit with the content of the document.
logging.getLogger("zeep").setLevel(logging.CRITICAL + 1)


class Operation:
    """One operation: `space` is the namespace of its envelope, `answer` the name of the element in its answer.

    `answer` is empty where it may be any; `is_one_way` where none is given.
    """

    def __init__(self, binding: Any, found: Any, wsdl: Wsdl) -> None:
        self.name = str(found.name)
        self.action = str(found.soapaction or "")
        self.is_newer = isinstance(binding, Soap12Binding)
        self.space = str(binding.nsmap["soap-env"])
        # The name of an answer's element means nothing in the rpc style (WSDL 1.1, 3.5).
        self.answer = _name(found.output) if found.style == "document" else ""
        self.is_one_way = found.abstract.output_message is None
        self._found = found
        self._wsdl = wsdl

    def body_of(self, parameters: Mapping[str, str]) -> bytes:
        """The body that asks with these parameters, an @ before the names of attributes.

        Raises TransientError where the WSDL knows them otherwise.
        """
        try:
            named = {path.replace("@", ""): text for path, text in parameters.items()}
            envelope = self._found.create(**branched(named)).content
        except _AMISS as error:
            takes = self._found.input.signature()
            takes = takes if " " in takes or not takes else f"value: {takes}"  # the only one has no name of its own
            why = f" ({error})" if isinstance(error, ValidationError) else ""
            text = f"{self._wsdl.file}: {self.name} is not asked so{why}: it takes {takes or 'nothing'}"
            raise TransientError(f"{text}. Mend parameters in the connection.") from error
        return b"".join(_bare(child) for child in envelope.find(f"{{{self.space}}}Body"))

    def fitted(self, document: bytes) -> tuple[bytes, str]:
        """The document without declaration, and what does not fit the WSDL; a text that is empty where all does.

        Names, order, presence and types of elements are compared; lengths and patterns are not.
        """
        try:
            element = parse_xml(document, self._wsdl.files, settings=self._wsdl.settings)
            body = self._found.input.body
            wanted = _name(self._found.input)
            if wanted and element.tag != wanted:
                return b"", f"the document is {element.tag}, and {self.name} takes {wanted}"
            if wanted:
                # Reading it takes what xs:any lets in out of the tree.
                read = body.parse(deepcopy(element), self._wsdl.types)
                body.render(parse_xml(b"<any/>", self._wsdl.files), read)
        except ArithmeticError:
            return b"", "a number is not written as XML Schema has it"
        except _AMISS as error:
            return b"", str(error)
        return _bare(element), ""

    @property
    def headers(self) -> list[str]:
        """The elements that the WSDL names for the header of its envelope: none of them is written."""
        header = self._found.input.header
        return [] if header is None else [str(element.name) for _, element in header.type.elements]

    def lacks(self, path: str) -> str:
        """The first name of a path into the answer that the WSDL does not have there; empty where it may all be."""
        message = self._found.output
        inside = message.body.type if message is not None and message.body is not None else None
        for name in path.split("/"):
            children = [element for _, element in getattr(inside, "elements", ())]
            if name.startswith("@") or _is_open(inside) or _takes_any(children):
                return ""
            if name != ".":
                inside = next((each.type for each in children if each.name == name), None)
                if inside is None:
                    return name
        return ""


class Wsdl:
    """A WSDL and what it imports, all from the workspace; raises TransientError for one that cannot be used."""

    def __init__(self, workspace: Path, file: str, service: str | None, port: str | None) -> None:
        self.file = file
        self.files = _Files(workspace)
        self.settings = Settings(**_STRICT)
        self._service = service
        self._port = port
        try:
            self._document = Document(str(workspace / file), self.files, settings=self.settings)
        except (*_AMISS, OSError) as error:
            raise TransientError(f"{file} cannot be used: {error}. Put the whole WSDL into the workspace.") from error
        self.types = self._document.types

    def names(self) -> list[str]:
        """The operations there are."""
        return sorted({name for binding in self._bindings() for name in binding.all()})

    def operation(self, name: str) -> Operation:
        """The operation of this name; raises TransientError where there is none, or several."""
        found = [binding for binding in self._bindings() if name in binding.all()]
        if not found:
            raise TransientError(self._without(name))
        if len({each.nsmap["soap-env"] for each in found}) == 1 and len({each.port_name for each in found}) == 1:
            return Operation(found[0], found[0].get(name), self)
        raise TransientError(f"{self.file} has {name} more than once. Name service and port in the connection.")

    def _without(self, name: str) -> str:
        """What is not there: a WSDL at all, the service or the port that the connection names, or the operation."""
        ports = [(service.name, port) for service in self._document.services.values() for port in service.ports]
        chosen = [port for service, port in ports if self._service in (None, service)]
        if not ports:
            return f"{self.file} has no service. Put the WSDL of the service there, and not a page about it."
        if not chosen:
            return f"{self.file} has no service {self._service!r}. It has {_listed(name for name, _ in ports)}."
        if self._port not in (None, *chosen):
            return f"{self.file} has no port {self._port!r}. It has {_listed(chosen)}."
        return f"{self.file} has no operation {name!r}. It has {_listed(self.names()) or 'none of SOAP'}."

    def _bindings(self) -> list[Any]:
        return [
            port.binding
            for service in self._document.services.values()
            for port in service.ports.values()
            if self._service in (None, service.name) and self._port in (None, port.name)
            if isinstance(port.binding, SoapBinding)
        ]


class _Files:
    """What zeep loads by: files of the workspace, and nothing else."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace.resolve()

    def load(self, url: str) -> bytes:
        """The content of a file; raises zeep's Error for what lies elsewhere."""
        file = Path(url)
        if urlsplit(url).scheme or not file.resolve().is_relative_to(self._workspace):
            raise Error(f"it imports {url}, which is outside the workspace and not fetched; put it beside the WSDL")
        if file.stat().st_size > MOST_BYTES:
            raise Error(f"{file.name} has more than {MOST_BYTES} bytes")
        return file.read_bytes()


def user_name_token(user: str, password: str, *, as_digest: bool) -> bytes:
    """The content of an envelope's header that tells who we are: WS-Security, user name token profile 1.1."""
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    envelope = parse_xml(f'<e:Envelope xmlns:e="{space}"><e:Body/></e:Envelope>'.encode(), None)
    UsernameToken(user, password, use_digest=as_digest, zulu_timestamp=True).apply(envelope, {})
    return b"".join(_bare(child) for child in envelope.find(f"{{{space}}}Header"))


def _name(message: Any) -> str:
    """The name of a message's element; empty where it has none of its own, or several."""
    body = message.body if message is not None else None
    return "" if body is None or message._is_body_wrapped else str(body.qname.text)  # noqa: SLF001 - told nowhere else


def _is_open(kind: Any) -> bool:
    """Whether the WSDL leaves to the answer what stands in an element of this type."""
    return type(kind) is AnyType or bool(getattr(kind, "abstract", False))


def _takes_any(elements: Iterable[Any]) -> bool:
    return any(isinstance(each, AnyElement) for each in elements)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _bare(element: Any) -> bytes:
    """The element as it stands within another document."""
    return bytes(etree_to_string(element)).partition(b"?>")[2].lstrip()
