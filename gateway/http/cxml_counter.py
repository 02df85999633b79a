"""The cXML counter: what a document that was posted is answered, by who sent it and what it asks."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple, Protocol

from gateway.cxml.answers import profile_response, setup_response
from gateway.cxml.document import CxmlDocument, Kind, Preface, read_cxml, read_preface
from gateway.cxml.envelope import Stamp, response
from gateway.cxml.kept import digest_of, kept
from gateway.cxml.multipart import Package, split
from gateway.cxml.status import Status, status
from gateway.errors import ConfigError
from gateway.http.guesses import Claim, Guesses
from gateway.issues import Issue
from gateway.pipeline.cxml_outcome import stamp_of, told
from gateway.pipeline.cxml_receive import Arrived, answer_given, receive_cxml
from gateway.pipeline.cxml_sender import CXML, NOTED, NotTaken, Taken, agreed_about, is_proven, misdirected, sender_of
from gateway.pipeline.examine_cxml import findings_of, unnamed
from gateway.pipeline.work import Line
from gateway.punchout.cxml_setup import SETUP, asked_for, opened
from gateway.punchout.sessions import Opening
from gateway.store import Connection
from gateway.store.cxml_answers import CxmlAnswer, answer_held, claim_answer
from gateway.store.identity import new_id
from gateway.store.types import instant_text
from gateway.vault import Sealed
from gateway.workspace.values import Partner

PROFILE, ORDER = "ProfileRequest", "OrderRequest"
MOST_LETTERS_OF_ID = 500
_KEPT = NOTED | {ORDER}
_VERSION = re.compile(r"1\.[0-9]\.[0-9]{3}")
_OLDEST = "1.2.014"
_UNKNOWN = "The credentials are not known here."
_OTHER = status(409, "This payloadID came before with another document. Send this one under an id of its own.")
_OVER = status(409, "This setup was answered, and its link was used or is over. Call again under a new payloadID.")
_log = logging.getLogger("gateway.http")


class Vault(Protocol):
    """What the counter needs of the vault."""

    def secret(self, reference: str) -> str:
        """The value of a reference; raises ConfigError where there is none."""

    def seal(self, name: str, text: str) -> Sealed | None:
        """A text that only the master key opens; None where there is none."""

    def unseal(self, name: str, sealed: Sealed) -> str:
        """The text that was sealed; raises ConfigError where it does not open."""


class Came(NamedTuple):
    """A document as it was posted and as it was read."""

    content: bytes
    content_type: str
    package: Package
    document: CxmlDocument


class CxmlCounter:
    """Answers documents. `public_url` gives the address that others reach the gateway by."""

    def __init__(self, vault: Vault, public_url: Callable[[], str], now: Callable[[], float] = monotonic) -> None:
        self._vault = vault
        self._public_url = public_url
        self._guesses = Guesses(now)

    def take(self, content: bytes, content_type: str, line: Line, address: str = "") -> bytes | CxmlAnswer:
        """The Response, or that to which it is still to be given: `given` tells it.

        Raises RefusedError where too many wrong secrets came from the address.
        """
        package = split(content, content_type)
        if isinstance(package, Issue):
            return _refused(line, status(406, told([package])), package.code)
        preface = read_preface(package.xml)
        if isinstance(preface, Issue):
            return _refused(line, status(406, told([preface])), preface.code)
        if preface.kind is not Kind.REQUEST:
            code = 450 if preface.kind is Kind.MESSAGE else 400
            said = status(code, f"No {preface.kind} is taken here, only Requests.")
            return _refused(line, said, "it is no Request", preface)
        partner = sender_of(line.configuration, preface.header)
        claim = _claim(preface, partner, address)
        self._guesses.check(claim)
        if not is_proven(partner, preface.header, self._vault.secret) or partner is None:
            # Only the log tells a wrong secret from a wrong name: who calls is to learn neither.
            self._guesses.failed(claim)
            why = f"Sender shows no secret of {partner.name}" if partner else "From names no partner"
            return _refused(line, _unknown(preface), why, preface)
        # The rest of a document is read of who is known alone: it may take long.
        document = read_cxml(package.xml)
        if isinstance(document, Issue):
            return _refused(line, status(406, told([document])), document.code, preface)
        came = Came(content, content_type, package, document)
        return _Request(line, self._vault, self._public_url().rstrip("/"), came, partner).answer()

    def given(self, waiting: CxmlAnswer, line: Line, *, at_last: bool) -> bytes | None:
        """The Response, None where it is still to be given; `at_last` there is one in any case."""
        return answer_given(line, waiting, at_last=at_last)


def refusal(line: Line, told: Status, document: Preface | None = None) -> bytes:
    """The Response to who is not known, by the DTD of his own document."""
    version = document.version if document and _VERSION.fullmatch(document.version) else _OLDEST
    return response(Stamp(dtd=version, payload_id=f"{new_id()}@{CXML}", timestamp=line.clock()), told)


def _refused(line: Line, said: Status, why: str, document: Preface | None = None) -> bytes:
    _log.info("cxml: a document is answered %d: %s", said.code, why)
    return refusal(line, said, document)


def _unknown(document: Preface) -> Status:
    """The Status of who is not known: in the same words whatever is known here, by what his document shows alone."""
    sender = document.header.sender
    other = next((each.other_proof for each in sender if each.other_proof), "")
    if other and not any(each.secret for each in sender):
        return status(401, f"{_UNKNOWN} A {other} is not checked: show a SharedSecret.")
    return status(401, _UNKNOWN)


def _claim(document: Preface, partner: Partner | None, address: str) -> Claim:
    named = partner.name if partner else " ".join(f"{each.domain}:{each.identity}" for each in document.header.from_)
    return Claim(named, address, is_known=partner is not None)


class _Request:
    """One document of a partner who is known."""

    def __init__(self, line: Line, vault: Vault, url: str, came: Came, partner: Partner) -> None:
        self._line = line
        self._vault = vault
        self._url = url
        self._came = came
        self._partner = partner
        self._document = came.document
        findings = findings_of(came.document, came.package.attachments)
        as_kept = kept(came.content, came.content_type)
        self._arrived = Arrived(as_kept, digest_of(came.package), came.document, findings)

    def answer(self) -> bytes | CxmlAnswer:
        """The Response, or that to which it is still to be given."""
        document = self._document
        if len(document.payload_id) > MOST_LETTERS_OF_ID:
            return self._told(status(400, f"The payloadID has more than {MOST_LETTERS_OF_ID} letters."))
        with self._line.store.read() as db:
            standing = answer_held(db, self._partner.name, document.payload_id) if document.payload_id else None
        if standing is not None:
            return self._again(standing)
        if document.type == PROFILE:
            elsewhere = misdirected(self._partner, document)
            return self._not_taken(elsewhere) if elsewhere else self._profile()
        taken = agreed_about(self._line.configuration, self._partner, document)
        if isinstance(taken, NotTaken):
            return self._not_taken(taken)
        if document.type == SETUP:
            return self._set_up(taken)
        if document.type in _KEPT:
            return self._keep(taken)
        return self._told(status(450, f"Nothing takes a {document.type} here yet."), taken.connection)

    def _again(self, standing: CxmlAnswer) -> bytes | CxmlAnswer:
        """What was answered to this payloadID, word for word, or that it stands for something else."""
        if standing.digest != self._arrived.digest:
            return self._told(_OTHER)
        if standing.status is None:
            return standing
        if standing.key_id is None and standing.content is not None:
            return standing.content
        is_over = standing.until is not None and standing.until < self._line.now()
        if standing.content is None or standing.key_id is None or is_over:
            return self._told(_OVER)
        try:
            return self._vault.unseal(self._sealed_as(), Sealed(standing.key_id, standing.content)).encode()
        except ConfigError as error:
            _log.warning("cxml: an answer cannot be said again: %s", error)
            return self._told(_OVER)

    def _keep(self, taken: Taken) -> bytes | CxmlAnswer:
        """The document kept, with its message."""
        nameless = unnamed(self._document)
        if nameless is not None:
            return self._told(status(400, told([nameless])), taken.connection)
        standing = receive_cxml(self._line, self._arrived, taken)
        return self._again(standing)

    def _profile(self) -> bytes | CxmlAnswer:
        """Which documents are taken, and that here is where."""
        agreed = [
            each.type
            for each in self._partner.agreements
            if (each.direction, each.syntax, each.test) == ("receive", CXML, self._document.is_test)
        ]
        names = dict.fromkeys((PROFILE, *agreed, *sorted(NOTED)))
        body = profile_response(self._line.clock(), dict.fromkeys(names, f"{self._url}/cxml"))
        content = response(
            stamp_of(self._line, None, "ProfileResponse"), status(200, told(self._arrived.findings)), body
        )
        if not self._document.payload_id:
            return content
        with self._line.store.write() as db:
            standing = claim_answer(db, self._claim(status=200, content=content))
        return self._again(standing)

    def _set_up(self, taken: Taken) -> bytes | CxmlAnswer:
        """The address of a new session."""
        line, document = self._line, self._document
        with line.store.read() as db:
            asked = asked_for(line, db, taken, self._came.package.xml, document)
        if isinstance(asked, NotTaken):
            return self._not_taken(asked, taken.connection)
        with line.store.write() as db:
            standing = answer_held(db, self._partner.name, document.payload_id) if document.payload_id else None
            if standing is None:
                return self._opened(db, asked)
        return self._again(standing)

    def _opened(self, db: Connection, asked: Opening) -> bytes:
        """The address of a session that is opened in this transaction, kept sealed as long as it opens anything."""
        session = opened(self._line, db, asked)
        connection = asked.connection
        if isinstance(session, NotTaken):
            return self._not_taken(session, connection)
        body = setup_response(f"{self._url}/shop/open/{session.token}")
        said = status(200, told(self._arrived.findings))
        content = response(stamp_of(self._line, connection, "PunchOutSetupResponse"), said, body)
        sealed = self._vault.seal(self._sealed_as(), content.decode()) if self._document.payload_id else None
        if sealed is not None:
            until = instant_text(session.expires_at)
            kept = {"status": 200, "content": sealed.content, "key_id": sealed.key_id, "until": until}
            claim_answer(db, self._claim(session=session.session.id, **kept))
        return content

    def _claim(self, **told: Any) -> CxmlAnswer:
        return CxmlAnswer(
            partner=self._partner.name, payload_id=self._document.payload_id, digest=self._arrived.digest,
            received_at=self._line.now(), **told,
        )  # fmt: skip

    def _sealed_as(self) -> str:
        return f"{CXML} {self._partner.name} {self._document.payload_id}"

    def _not_taken(self, why: NotTaken, connection: str | None = None) -> bytes:
        return self._told(status(why.status, told([why.issue])), connection)

    def _told(self, said: Status, connection: str | None = None) -> bytes:
        """A Response that is not kept: whoever mends what is wrong may ask again under the same id."""
        _log.info("cxml: a %s of %s is answered %d", self._document.type, self._partner.name, said.code)
        return response(stamp_of(self._line, connection), said)
