"""Calling a service: SOAP in envelopes by its WSDL, or plain XML and JSON over HTTP; the answer is a tree."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol
from urllib.parse import quote, urlencode

from connectors.soap.answers import UNCHANGED, Told, nodes_at, plain, raise_refusal, raise_status, text_at
from connectors.soap.bodies import branched, read
from connectors.soap.config import JSON, Asked, SoapConfig
from connectors.soap.exchange import Exchange
from connectors.soap.wsdl import Operation, Wsdl, user_name_token
from gateway.errors import TransientError, UnknownOutcomeError
from gateway.issues import Issue
from gateway.outbound import Answer
from gateway.tree import Node

_ENVELOPES = {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}
# SAP Gateway, "Cross-Site Request Forgery Protection": who changes something shows a token that was fetched before.
_FORGERY = "x-csrf-token"
# Several of them come as one field, with commas between; one stands in a date too.
_COOKIES = re.compile(r",\s*(?=[^;,=\s]+=)")
_WORD = re.compile(r"\{(\w+)\}", re.ASCII)
# SOAP 1.1 section 4.4.1, SOAP 1.2 part 1 section 5.4.6: whose fault it is.
_OURS = ("Client", "Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown")
_SILENT = Told(Node("", "", None, (0, 1, 1)), b"")

Words = Mapping[str, str]


class Service(Protocol):
    """A service that can be asked.

    Both raise PermanentError where it refuses, TransientError where it surely did nothing, UnknownOutcomeError where
    that is open.
    """

    def give(self, asked: Asked, words: Words, document: bytes, headers: Words) -> Told:
        """What it answers to a document."""

    def ask(self, asked: Asked, words: Words, headers: Words) -> Told | None:
        """What it answers to a question; None where it says that there is nothing, UNCHANGED where nothing is new."""

    def tell(self, asked: Asked, words: Words) -> None:
        """It is told something, to which it may answer without a word."""


class SoapService:
    """A service with a WSDL."""

    def __init__(self, config: SoapConfig, exchange: Exchange, user: tuple[str, str, bool] | None) -> None:
        self._config = config
        self._exchange = exchange
        self._user = user

    @cached_property
    def wsdl(self) -> Wsdl:
        """Its WSDL; raises TransientError where that cannot be used."""
        if self._config.wsdl is None:
            raise TransientError(f"{self._config.name} names no wsdl. Name it, or set mode to xml or json.")
        return Wsdl(self._config.workspace, self._config.wsdl, self._config.service, self._config.port)

    def give(self, asked: Asked, words: Words, document: bytes, headers: Words) -> Told:  # noqa: ARG002 - as Service has it
        """What it answers to a document, which is the operation's element; refused where the WSDL has it otherwise."""
        operation = self.wsdl.operation(asked.operation)
        body, misfit = operation.fitted(document)
        if misfit:
            raise_refusal(str(self._config.wsdl), misfit)
        return self._called(operation, body, headers)

    def ask(self, asked: Asked, words: Words, headers: Words) -> Told | None:
        """What it answers to the operation with its parameters."""
        return self._called(*self.question(asked, words), headers)

    def question(self, asked: Asked, words: Words) -> tuple[Operation, bytes]:
        """The operation, and the body that asks by it; raises TransientError where the WSDL has either otherwise."""
        operation = self.wsdl.operation(asked.operation)
        return operation, operation.body_of(_filled(asked.parameters, words))

    def tell(self, asked: Asked, words: Words) -> None:
        """It is told by the operation, whose WSDL says whether it answers."""
        self.ask(asked, words, {})

    def _called(self, operation: Operation, body: bytes, headers: Words) -> Told:
        header = b""
        if self._user:
            name, password, as_digest = self._user
            header = b"<e:Header>" + user_name_token(name, password, as_digest=as_digest) + b"</e:Header>"
        start = f'<?xml version="1.0" encoding="utf-8"?>\n<e:Envelope xmlns:e="{operation.space}">'.encode()
        envelope = start + header + b"<e:Body>" + body + b"</e:Body></e:Envelope>"
        answer = self._exchange.ask("POST", self._exchange.endpoint, {**headers, **_kind(operation)}, envelope)
        return _opened(self._exchange.where, operation, answer)


class PlainService:
    """A service that takes and gives documents as they are."""

    def __init__(self, config: SoapConfig, exchange: Exchange) -> None:
        self._json = config.mode == JSON
        self._kind = "application/json" if self._json else "application/xml"
        self._exchange = exchange
        self._session: Words = {}

    def give(self, asked: Asked, words: Words, document: bytes, headers: Words) -> Told:
        """What it answers to a document, which is the body."""
        fields = {"Accept": self._kind, "Content-Type": self._kind, **headers}
        answer = self._changed(asked.method or "POST", self._url(asked, words), fields, document)
        if not 200 <= answer.status < 300:
            raise_status(self._exchange.where, answer.status, self._reason(answer))
        return self._told(answer)

    def ask(self, asked: Asked, words: Words, headers: Words) -> Told | None:
        """What it answers to the path with its parameters."""
        url, answer = self._asked(asked, words, headers)
        if answer.status == 304:
            return UNCHANGED
        return None if self._has_none(answer) else self._told(answer)._replace(url=url)

    def tell(self, asked: Asked, words: Words) -> None:
        """It is told by the path with its parameters, and answers with a success, empty or not."""
        _, answer = self._asked(asked, words, {})
        if answer.body and not self._has_none(answer):
            self._told(answer)

    def _asked(self, asked: Asked, words: Words, headers: Words) -> tuple[str, Answer]:
        """The address that was asked, and its answer; raises what a status says that is neither success nor nothing."""
        method, content, url = asked.method or "GET", None, self._url(asked, words)
        fields = {"Accept": self._kind, **headers}
        parameters = _filled(asked.parameters, words)
        if method != "GET" and self._json:
            fields["Content-Type"], content = self._kind, json.dumps(branched(parameters)).encode()
        elif parameters:
            # Not everybody takes a + for a blank.
            url += ("&" if "?" in url else "?") + urlencode(parameters, quote_via=quote, safe="$")
        answer = self._changed(method, url, fields, content)
        if not (200 <= answer.status < 300 or answer.status == 304 or self._has_none(answer)):
            raise_status(self._exchange.where, answer.status, self._reason(answer))
        return url, answer

    def _has_none(self, answer: Answer) -> bool:
        return answer.status == 204 or (answer.status == 404 and self._is_ours(answer))

    def _changed(self, method: str, url: str, headers: Words, content: bytes | None) -> Answer:
        """The answer, with the token that a service of SAP's wants of who changes something, fetched where it asks."""
        if method == "GET":
            return self._exchange.ask(method, url, headers, content)
        answer = self._exchange.ask(method, url, {**headers, **self._session}, content)
        if answer.status != 403 or answer.headers.get(_FORGERY, "").lower() != "required":
            return answer
        self._session = self._begun()
        return self._exchange.ask(method, url, {**headers, **self._session}, content) if self._session else answer

    def _begun(self) -> dict[str, str]:
        """The token of a new session, and the cookies without which it does not count; nothing where none is given."""
        try:
            given = self._exchange.ask("GET", self._exchange.endpoint, {"Accept": self._kind, _FORGERY: "Fetch"}, None)
        except UnknownOutcomeError as lost:
            raise TransientError(f"{lost} It was asked for a token; nothing was sent.") from lost
        told = _COOKIES.split(given.headers.get("set-cookie", ""))
        cookies = "; ".join(each.partition(";")[0] for each in told if each)
        token = {_FORGERY: given.headers[_FORGERY]} if given.headers.get(_FORGERY) else {}
        return token | ({"Cookie": cookies} if token and cookies else {})

    def _url(self, asked: Asked, words: Words) -> str:
        path = asked.path
        if path in ("{next}", "{cursor}"):  # an address that an answer named
            return self._exchange.address(words[path[1:-1]])
        quoted = {name: quote(word, safe="") for name, word in words.items()}
        return self._exchange.address(_worded(path, quoted))

    def _told(self, answer: Answer) -> Told:
        root = _readable(self._exchange.where, answer, _read(answer, as_json=self._json))
        return Told(root, answer.body, (root.name,) if root.name else (), answer.headers.get("etag", ""))

    def _is_ours(self, answer: Answer) -> bool:
        """Whether the service itself said so: a page of HTML is of something that stands before it."""
        return not answer.body or ("json" if self._json else "xml") in answer.headers.get("content-type", "")

    def _reason(self, answer: Answer) -> str:
        """What a refusal says of itself; nothing of a page of HTML."""
        kind = answer.headers.get("content-type", "")
        as_json = "json" in kind or (self._json and "xml" not in kind)  # SAP tells faults in XML to who wants JSON
        found = read(answer.body, as_json=as_json) if "html" not in kind else None
        if not isinstance(found, Node):
            return ""
        return ", ".join(node.text for node in found.walk() if node.text)


def _filled(texts: Mapping[str, str], words: Words) -> dict[str, str]:
    """The texts with the words in the place of their names in braces."""
    return {each: _worded(text, words) for each, text in texts.items()}


def _worded(text: str, words: Words) -> str:
    return _WORD.sub(lambda found: words.get(found[1], found[0]), text)


def _kind(operation: Operation) -> dict[str, str]:
    """The headers by which an envelope is told: SOAP 1.1 section 6.1.1, RFC 3902 for 1.2."""
    if operation.is_newer:
        return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{operation.action}"'}
    return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation.action}"'}


def _read(answer: Answer, *, as_json: bool) -> Node | Issue | None:
    """The answer's body; None where it is not here as a whole."""
    return None if answer.is_cut else read(answer.body, as_json=as_json)


def _readable(where: str, answer: Answer, found: Node | Issue | None) -> Node:
    """What was found in an answer; raises UnknownOutcomeError where it cannot be read."""
    if found is None:
        raise UnknownOutcomeError(f"{where} answers more than max_bytes. What was asked is done, or it is not.")
    if isinstance(found, Issue) and not answer.body:
        raise UnknownOutcomeError(f"{where} answers {answer.status} with nothing. Whether it is done is not known.")
    if isinstance(found, Issue) and answer.headers.get("content-type", "").lower().startswith("multipart/"):
        text = f"{where} answers {answer.status} in parts, as MTOM and SwA have it, and these are not read"
        raise UnknownOutcomeError(f"{text}. Ask who runs the service for answers without attachments.")
    if isinstance(found, Issue):
        raise UnknownOutcomeError(
            f"{where} answers {answer.status} with something else than what was asked for ({found.text})."
            " See that endpoint leads to the service and not to a page before it."
        )
    return found


def _opened(where: str, operation: Operation, answer: Answer) -> Told:
    """What an envelope holds; raises what a fault or a status says."""
    found = _read(answer, as_json=False)
    elements = _inside(found) if isinstance(found, Node) else []
    inside = elements[0] if elements else None
    if inside is not None and inside.name == "Fault" and inside.space in _ENVELOPES:
        _raise_fault(where, inside)
    if not 200 <= answer.status < 300:
        raise_status(where, answer.status, "")
    if operation.is_one_way and not answer.body:
        return _SILENT
    envelope = _readable(where, answer, found)
    if inside is None:
        if operation.answer or _inside_body(envelope) is None:
            raise UnknownOutcomeError(f"{where} answers <{plain(envelope.name)}>, and no envelope with an answer.")
        return _SILENT
    if len(elements) > 1:
        text = f"{where} answers with {len(elements)} elements in one body, as encoded services do, and one is read"
        raise UnknownOutcomeError(f"{text}. Ask for a binding with use=literal.")
    name = f"{{{inside.space}}}{inside.name}" if inside.space else inside.name
    if operation.answer and name != operation.answer:
        raise UnknownOutcomeError(f"{where} answers {plain(name)}, and {operation.name} has {operation.answer}.")
    return Told(inside, answer.body, ("Envelope", "Body", inside.name))


def _inside_body(envelope: Node) -> Node | None:
    """The body of an envelope; None where the root is none."""
    if envelope.name != "Envelope" or envelope.space not in _ENVELOPES:
        return None
    return next((each for each in envelope.children if each.name == "Body" and each.space == envelope.space), None)


def _inside(envelope: Node) -> list[Node]:
    """The elements of an envelope's body."""
    body = _inside_body(envelope)
    return [each for each in body.children if not each.name.startswith("@")] if body else []


def _raise_fault(where: str, fault: Node) -> None:
    code = text_at(fault, "faultcode") or text_at(fault, "Code/Value")
    told = [text_at(fault, "faultstring") or text_at(fault, "Reason/Text") or code]
    # Which article, which price: what the service means often stands in the detail only.
    told += [node.text for path in ("detail", "Detail") for detail in nodes_at(fault, path) for node in detail.walk()]
    text = ", ".join(dict.fromkeys(each for each in told if each))
    kind = code.rpartition(":")[2].partition(".")[0]
    if kind in _OURS:
        raise_refusal(where, text)
    raise UnknownOutcomeError(
        f"{where} failed while it worked on it: {plain(text)}. Whether it did what was asked is not known."
    )
