"""Who a cXML document is from, by the credentials it names, and whether what it shows proves it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gateway.cxml.document import Credential, CxmlDocument, Header
from gateway.errors import ConfigError
from gateway.issues import Issue
from gateway.proof import proves
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import ANY_RELEASE, Agreement, CxmlIdentity, Partner, Wanted

CXML = "cxml"
NOTED = frozenset({"StatusUpdateRequest"})
"""Documents that say what became of ours; they are kept, and nothing follows from them."""
_log = logging.getLogger("gateway.cxml")

Secret = Callable[[str], str]
"""The value of a reference to a secret; raises ConfigError where there is none."""


class Taken(NamedTuple):
    """What is agreed about a document, and by which connection of the partner's it counts."""

    partner: Partner
    agreement: Agreement
    connection: str | None


class NotTaken(NamedTuple):
    """Why a document is not taken: the Status it is answered with, and the issue."""

    status: int
    issue: Issue


def sender_of(configuration: Configuration, header: Header) -> Partner | None:
    """The one partner whom From names, himself or his test account; None where it names none, or several.

    An identity that is stated as it is written comes before one of which it is the test account.
    """
    for matches in (_is_same, _is_account_of):
        found = [each for each in configuration.partners.values() if _names(header.from_, each.cxml, matches)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def is_proven(partner: Partner | None, header: Header, secret: Secret) -> bool:
    """Whether Sender shows one of the partner's secrets, of which two can be taken at a time while one is exchanged."""
    shown = [each.secret for each in header.sender if each.secret]
    taken = list(_secrets_of(partner, secret)) or [""]
    # Every pair is compared: how long it takes tells nothing of which one was near.
    return sum([proves(one, other) for one in shown for other in taken]) > 0


def misdirected(partner: Partner, document: CxmlDocument) -> NotTaken | None:
    """Why a document of the partner's is not for us; None where it is, or where nobody said who we are for him."""
    us, to = partner.us.cxml, document.header.to
    if not us or _names(to, us, _is_account_of):
        return None
    text = f"To names {_told(to) or 'nobody'}, and not us"
    return NotTaken(400, Issue(code="envelope.recipient.wrong", text=text, path="cXML/Header/To"))


def agreed_about(
    configuration: Configuration, partner: Partner, document: CxmlDocument, connection: str | None = None
) -> Taken | NotTaken:
    """What is agreed with the partner about a document that is his, by this connection or any of his.

    What he says of documents of ours is taken with an agreement and without one.
    """
    elsewhere = misdirected(partner, document)
    if elsewhere is not None:
        return elsewhere
    wanted = Wanted("receive", CXML, document.type, test=document.is_test, connection=connection)
    found = configuration.agreement_for(partner, wanted)
    if found is None and document.type in NOTED:
        found = _noted(configuration, partner, document)
    if found is None:
        return _not_agreed(configuration, partner, document)
    leading = next((each for each in found.via if _is_of(configuration, each, partner)), None)
    return Taken(partner, found, connection or leading or next(iter(found.via), None))


def _noted(configuration: Configuration, partner: Partner, document: CxmlDocument) -> Agreement:
    via = tuple(name for name in configuration.connections if _is_of(configuration, name, partner))
    return Agreement(
        direction="receive", syntax=CXML, type=document.type, release=ANY_RELEASE, test=document.is_test, via=via,
        place=partner.place,
    )  # fmt: skip


def _not_agreed(configuration: Configuration, partner: Partner, document: CxmlDocument) -> NotTaken:
    live = Wanted("receive", CXML, document.type)
    if document.is_test and configuration.agreement_for(partner, live) is not None:
        text = f"{document.type} says that it is a test, and no test is agreed"
        return NotTaken(403, Issue(code="envelope.test.not-agreed", text=text, path="cXML/Request/@deploymentMode"))
    text = f"{document.type} is not agreed with this partner"
    return NotTaken(450, Issue(code="agreement.missing", text=text, line=document.body.line))


def _is_of(configuration: Configuration, connection: str, partner: Partner) -> bool:
    configured = configuration.connections.get(connection)
    return configured is not None and configured.kind == CXML and configured.partner == partner.name


def _names(
    credentials: Iterable[Credential],
    identities: Iterable[CxmlIdentity],
    matches: Callable[[Credential, CxmlIdentity], bool],
) -> bool:
    known = list(identities)
    return any(matches(each, identity) for each in credentials for identity in known)


def _is_same(credential: Credential, identity: CxmlIdentity) -> bool:
    return credential.identity == identity.identity and credential.names(identity.domain, identity.identity)


def _is_account_of(credential: Credential, identity: CxmlIdentity) -> bool:
    return credential.names(identity.domain, identity.identity)


def _told(credentials: Iterable[Credential]) -> str:
    return ", ".join(f"{each.domain[:100]} {each.identity[:100]}" for each in credentials)[:300]


def _secrets_of(partner: Partner | None, secret: Secret) -> Iterator[str]:
    for reference in dict.fromkeys(each for identity in partner.cxml for each in identity.secrets) if partner else ():
        try:
            yield secret(reference)
        except ConfigError as error:
            _log.warning("partners/%s.toml: %s", partner.name if partner else "", error)
