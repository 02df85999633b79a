"""cXML documents read: who sends what to whom, with findings where others would refuse."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from gateway.cxml.encodings import codec_of
from gateway.cxml.status import Status
from gateway.issues import Issue, Severity
from gateway.tree import Node, NodePaths, Tree, TreeLimits
from gateway.xml.reader import read_xml

_OF_PREFACE = TreeLimits(nodes=2_000)
"""Some dozens are usual: who sends it is not known yet."""
_MODES = frozenset({"production", "test"})
_OTHER_PROOFS = frozenset({"DigitalSignature", "CredentialMac"})
_TEST_SUFFIX = re.compile(r"-[Tt]\Z")


class Kind(StrEnum):
    """What a cXML document is: it asks for an answer, it asks for none, or it is one."""

    REQUEST = "Request"
    MESSAGE = "Message"
    RESPONSE = "Response"


class Credential(NamedTuple):
    """A Credential; `secret` is the SharedSecret that is shown, None where none is. Its repr tells no secret.

    `other_proof` is the name of what it shows besides and nobody here checks, as CredentialMac.
    """

    domain: str
    identity: str
    secret: str | None = None
    other_proof: str = ""

    @property
    def is_test(self) -> bool:
        """Whether the identity is that of a test account: it ends in -T, as on SAP Business Network."""
        return _TEST_SUFFIX.search(self.identity) is not None

    def names(self, domain: str, identity: str) -> bool:
        """Whether it is this identity, or the test account of it; capitals of domains do not count."""
        same = self.identity == identity or _TEST_SUFFIX.sub("", self.identity) == identity
        return same and self.domain.casefold() == domain.casefold()

    def __repr__(self) -> str:
        return f"Credential({self.domain!r}, {self.identity!r}{'' if self.secret is None else ', secret=***'})"


class Header(NamedTuple):
    """Who sends (`from_`), to whom, and by whom; `user_agent` is the program that made it."""

    from_: tuple[Credential, ...] = ()
    to: tuple[Credential, ...] = ()
    sender: tuple[Credential, ...] = ()
    user_agent: str = ""


class Preface(NamedTuple):
    """What stands before the document itself: what kind it is, of which version, and who sends it."""

    kind: Kind
    version: str
    header: Header


@dataclass(frozen=True, slots=True, kw_only=True)
class CxmlDocument:
    """A cXML document: its envelope as values, and the element in it as a node of the tree.

    `dtd` is the address in the DOCTYPE, `type` the name of `body`; that of a Response which holds nothing beside its
    Status is Status. `timestamp` stands as it was written. What is left out is empty, the deployment mode "production".
    """

    payload_id: str
    timestamp: str
    version: str
    dtd: str
    language: str
    kind: Kind
    type: str
    deployment_mode: str
    in_reply_to: str
    header: Header
    status: Status | None
    body: Node
    tree: Tree
    findings: list[Issue] = field(default_factory=list)

    @property
    def is_test(self) -> bool:
        """Whether it says that it is a test: by its mode, or because a test account is named."""
        named = (*self.header.from_, *self.header.to, *self.header.sender)
        return self.deployment_mode == "test" or any(credential.is_test for credential in named)


def read_preface(content: bytes) -> Preface | Issue:
    """What stands before the document itself, or the issue for which nothing can be made of it.

    No more is read: a document may be long, and it is not known yet who sent it.
    """
    found = _found(content, _OF_PREFACE, set(Kind))
    if isinstance(found, Issue):
        return found
    tree, envelope = found
    return Preface(Kind(envelope.name), attribute(tree.root, "version"), _Reading(tree, envelope, envelope).header())


def read_cxml(content: bytes, limits: TreeLimits | None = None) -> CxmlDocument | Issue:
    """The document, or the issue for which nothing can be made of it.

    Read leniently: what the DTD demands and is not there is a finding. cXML 1.2 Reference Guide, "cXML Envelope".
    """
    found = _found(content, limits)
    if isinstance(found, Issue):
        return found
    tree, envelope = found
    body = _body(envelope)
    if body is None:
        return _refusal("cxml.body.missing", f"the {envelope.name} is empty", envelope)
    others = [each for each in tree.root.children if each.name in set(Kind) and each is not envelope]
    others += [each for each in _documents(envelope) if each is not body]
    if others:
        # What would be taken of them is answered, and the rest lost.
        text = f"{others[0].name} stands beside {body.name}: send each in a cXML of its own"
        return _refusal("cxml.body.several", text, others[0])
    return _Reading(tree, envelope, body).document()


def _found(
    content: bytes, limits: TreeLimits | None, until: Collection[str] = frozenset()
) -> tuple[Tree, Node] | Issue:
    """The tree, and the Request, Message or Response in it."""
    if codec_of(content) is None:
        return Issue(code="charset.invalid", text="this is no XML, or in no encoding that is taken", line=1, column=1)
    tree = read_xml(content, limits, until)
    if isinstance(tree, Issue):
        return tree
    if tree.root.name != "cXML":
        return _refusal("cxml.missing", f"the document is {tree.root.name}, not cXML", tree.root)
    envelope = next((node for node in tree.root.children if node.name in set(Kind)), None)
    if envelope is None:
        return _refusal("cxml.body.missing", "cXML holds no Request, no Message and no Response", tree.root)
    return tree, envelope


def attribute(node: Node, name: str) -> str:
    """The text of an attribute; empty where there is none."""
    return next((child.text for child in node.children if child.name == f"@{name}"), "")


def inner(node: Node | None, name: str) -> Node | None:
    """The first element of the name directly inside a node."""
    return next((child for child in node.children if child.name == name), None) if node else None


def _body(envelope: Node) -> Node | None:
    """The element a Request, Message or Response holds; the Status where there is nothing else."""
    return next(iter(_documents(envelope)), inner(envelope, "Status"))


def _documents(envelope: Node) -> list[Node]:
    """The elements beside a Status."""
    return [child for child in envelope.children if not child.name.startswith("@") and child.name != "Status"]


def _refusal(code: str, text: str, node: Node) -> Issue:
    return Issue(code=code, text=text, line=node.line, column=1, path=node.name)


class _Reading:
    """Reads the envelope of one tree; `findings` is what should be otherwise."""

    def __init__(self, tree: Tree, envelope: Node, body: Node) -> None:
        self._tree = tree
        self._envelope = envelope
        self._body = body
        self._paths = NodePaths()
        self.findings: list[Issue] = []

    def document(self) -> CxmlDocument:
        root, envelope = self._tree.root, self._envelope
        kind = Kind(envelope.name)
        self._check_stamp(root)
        signature = inner(root, "Signature")
        if signature is not None:
            self._find("cxml.signature.not-checked", "the Signature of the document is not checked here", signature)
        return CxmlDocument(
            payload_id=attribute(root, "payloadID"), timestamp=attribute(root, "timestamp"),
            version=attribute(root, "version"), dtd=self._tree.doctype, language=attribute(root, "lang"), kind=kind,
            type=self._body.name, deployment_mode=self._mode(), in_reply_to=attribute(envelope, "inReplyTo"),
            header=self.header(),
            status=self._status(inner(envelope, "Status")), body=self._body, tree=self._tree, findings=self.findings,
        )  # fmt: skip

    def _check_stamp(self, root: Node) -> None:
        if not attribute(root, "payloadID"):
            self._find("cxml.payload-id.missing", "the document has no payloadID", root)
        if not _has_zone(attribute(root, "timestamp")):
            self._find("cxml.timestamp.unclear", "the timestamp is not an instant with its offset from UTC", root)

    def _mode(self) -> str:
        stated = attribute(self._envelope, "deploymentMode")
        # Who writes Test means no live order.
        mode = stated.lower()
        if mode and mode not in _MODES:
            self._find("cxml.deployment-mode.unknown", f"deploymentMode is {stated!r}", self._envelope)
        return mode if mode in _MODES else "production"

    def header(self) -> Header:
        """Who sends, and to whom; a Response says nothing of that."""
        if self._envelope.name == Kind.RESPONSE:
            return Header()
        header = inner(self._tree.root, "Header")
        from_, to, sender = (tuple(self._credentials(header, name)) for name in ("From", "To", "Sender"))
        agent = inner(inner(header, "Sender"), "UserAgent")
        if header is not None and agent is None:
            self._find("cxml.user-agent.missing", "Sender has no UserAgent", header)
        return Header(from_, to, sender, agent.text if agent else "")

    def _credentials(self, header: Node | None, party: str) -> Iterator[Credential]:
        around = inner(header, party)
        elements = [child for child in around.children if child.name == "Credential"] if around else []
        if not elements:
            where = around or header or self._tree.root
            self._find("cxml.header.incomplete", f"there is no Credential in Header/{party}", where)
        for element in elements:
            identity, secret = inner(element, "Identity"), inner(element, "SharedSecret")
            yield Credential(
                attribute(element, "domain"), identity.text if identity else "", secret.text if secret else None,
                self._checked_proof(element, secret),
            )  # fmt: skip

    def _checked_proof(self, credential: Node, secret: Node | None) -> str:
        """The name of a proof beside the secret, of which it is told that nobody checks it."""
        if secret is not None and self._envelope.name == Kind.MESSAGE:
            self._find("cxml.secret.shown", "a SharedSecret stands in a Message, which a browser carries", secret)
        other = next((child for child in credential.children if child.name in _OTHER_PROOFS), None)
        if other is not None:
            self._find("cxml.credential.not-checked", f"a {other.name} is not checked here", other)
        return other.name if other is not None else ""

    def _status(self, node: Node | None) -> Status | None:
        if node is None:
            return None
        code = attribute(node, "code")
        if not (code.isascii() and code.isdecimal() and len(code) == 3):
            self._find("cxml.status.unknown", f"the Status has the code {code[:20]!r}", node)
            return None
        return Status(int(code), attribute(node, "text"), node.text)

    def _find(self, code: str, text: str, node: Node) -> None:
        path = self._paths.of(node)
        self.findings.append(
            Issue(code=code, text=text, severity=Severity.FINDING, line=node.line, column=1, path=path)
        )


def _has_zone(timestamp: str) -> bool:
    try:
        return datetime.fromisoformat(timestamp).tzinfo is not None
    except ValueError:
        return False
