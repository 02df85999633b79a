"""Documents of ours as cXML: what a mapping makes, in the envelope that the partner's system takes."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.commerce.buyer_units import response_in_their_units
from gateway.cxml.document import Credential
from gateway.cxml.envelope import Envelope, request
from gateway.errors import ConfigError
from gateway.model.profile import Profile
from gateway.model.response import OrderResponse
from gateway.model.value import Value
from gateway.pipeline.buyer_profile import profile_by
from gateway.pipeline.cxml_sender import CXML
from gateway.pipeline.examine_cxml import CxmlEnvelope
from gateway.pipeline.work import Line, Work
from gateway.pipeline.written import written
from gateway.store import Connection
from gateway.store.identity import new_id
from gateway.store.messages import interchange
from gateway.store.outbox import NewOutput, enqueue
from gateway.workspace.values import Agreement, CxmlIdentity

USER_AGENT = "gateway"
"""What we call ourselves where a profile says nothing else."""


class Enclosed(NamedTuple):
    """A document to post: what a mapping writes, and the number and key by which it is known."""

    document: Value
    number: str
    key: str


def post(line: Line, db: Connection, work: Work, agreement: Agreement, enclosed: Enclosed) -> str:
    """The output with the document, to whoever sent what it is about; it shows no secret, which who sends it adds."""
    connection = agreement.via[0]
    # An answer may leave by a connection of another kind, as a folder: the system is the one that sent the order.
    rules = profile_by(line.configuration, [*agreement.via, work.message.connection])
    document = _in_their_units(enclosed.document, rules)
    content = written(line, f"{CXML} {agreement.type}", document, agreement.mapping).content
    output = NewOutput(
        key=enclosed.key, partner=work.partner.name, connection=connection, type=agreement.type, extension="xml",
        reference=work.message.reference or work.message.control_reference or "", number=enclosed.number,
        content=request(_envelope(line, db, work, rules, agreement), content), test=work.message.test,
        message=work.message.id, order_id=work.order_id,
    )  # fmt: skip
    return enqueue(db, output, line.now())


def _in_their_units(document: Value, rules: Profile) -> Value:
    return response_in_their_units(document, rules) if isinstance(document, OrderResponse) else document


def _envelope(line: Line, db: Connection, work: Work, rules: Profile, agreement: Agreement) -> Envelope:
    """The envelope back to who sent the document, under the names by which he and we were called in it."""
    found = interchange(db, work.message.interchange or "")
    came = msgspec.json.decode(found.envelope, type=CxmlEnvelope) if found else CxmlEnvelope((), ())
    us = _first(work.partner.us.cxml) or _called(came.to)
    if not us:
        raise ConfigError(f"partners/{work.partner.name}.toml names no [us] cxml. Nothing can be sent without it.")
    return Envelope(
        dtd=rules.dtd_of(agreement.type), payload_id=f"{new_id()}@{agreement.via[0]}", timestamp=line.clock(),
        encoding=rules.encoding, from_=us, to=_called(came.from_), sender=us,
        user_agent=rules.user_agent or USER_AGENT, deployment_mode="test" if work.message.test else "production",
    )  # fmt: skip


def _first(identities: tuple[CxmlIdentity, ...]) -> tuple[Credential, ...]:
    return tuple(Credential(each.domain, each.identity) for each in identities[:1])


def _called(named: tuple[tuple[str, str], ...]) -> tuple[Credential, ...]:
    return tuple(Credential(domain, identity) for domain, identity in named)
