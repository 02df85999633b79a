"""Examine a file that is no interchange: whose it is, with a message for each document, or refused as a whole."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.issues import Issue, has_errors
from gateway.mapping.tree_mapping import Part, Parts
from gateway.model.trade_rows import STATED_KINDS
from gateway.pipeline.recognise import Recognised, recognise
from gateway.pipeline.routes import Route, routes
from gateway.pipeline.translate_file import opened
from gateway.pipeline.untaken import untaken
from gateway.pipeline.work import Line
from gateway.store import Connection, records
from gateway.store.claims import Claim
from gateway.store.identity import new_id
from gateway.store.lanes import lane_in
from gateway.store.records import State, issues_to_json
from gateway.workspace.values import Agreement, Partner

_WAITING = frozenset({"agreement.missing", "document.ambiguous"})
"""What a person can put right here; anything else its sender puts right."""


class ExaminedFile(NamedTuple):
    """What was found of one file: the rows to store, and by what way each of its messages goes.

    `envelope_key` is what makes the same bytes the same delivery, or one document the same; empty where it can be news.
    """

    interchange: records.Interchange
    messages: list[records.Message]
    partner: Partner | None
    agreements: dict[str, Agreement]
    lane: str
    received_at: str
    envelope_key: str

    @property
    def taken(self) -> bool:
        """Whether its key is claimed."""
        return bool(self.envelope_key)

    @property
    def is_acknowledgement(self) -> bool:
        """It never is one."""
        return False

    def known(self, first: Claim) -> ExaminedFile:
        """The same file when it was taken before; held for a person where other content has the key of its document."""
        if first.digest == self.interchange.digest:
            issue = Issue(code="document.duplicate", text="this file was taken before, byte for byte")
            state = State.DUPLICATE
        else:
            text = f"payloadID {self.interchange.control_reference} was used before for other content"
            issue, state = Issue(code="envelope.reference.reused", text=text), State.HELD
        issues = issues_to_json([issue])
        return self._replace(
            interchange=msgspec.structs.replace(self.interchange, state=state, issues=issues),
            messages=[msgspec.structs.replace(each, state=state, issues=issues) for each in self.messages],
        )


def examine_file(
    line: Line, db: Connection, transmission: records.Transmission, syntax: str
) -> ExaminedFile | records.Message:
    """The file with a message for each document in it, or the one message that stands for what cannot be taken."""
    if transmission.connection is None:
        text = f"a {syntax} document does not say who sends it: ingest it with --connection NAME, resolve this one"
        return _refused(line, transmission, syntax, None, [Issue(code="agreement.missing", text=text)])
    if transmission.size > line.limits.max_message_bytes:
        text = f"the file has {transmission.size} bytes; {line.limits.max_message_bytes} are read"
        return _refused(line, transmission, syntax, None, [Issue(code="limit.exceeded", text=text)])

    def parts_of(route: Route) -> Parts:
        return opened(line, db, transmission.id, transmission.size, route.mapping)

    found = recognise(routes(line, transmission.connection), syntax, transmission.name, parts_of)
    issues = _issues(line, found)
    if found.route is None or has_errors(issues):
        return _refused(line, transmission, syntax, found.route, issues)
    return _taken(line, transmission, found.route, found)


def _issues(line: Line, found: Recognised) -> list[Issue]:
    issues = list(found.issues)
    if found.route and not found.parts and not has_errors(issues):
        issues.append(Issue(code="document.empty", text="the file holds no document"))
    if len(found.parts) > line.limits.max_messages_per_interchange:
        text = f"the file holds {len(found.parts)} documents; {line.limits.max_messages_per_interchange} are read"
        issues.append(Issue(code="limit.exceeded", text=text))
    return issues


def _taken(line: Line, transmission: records.Transmission, route: Route, found: Recognised) -> ExaminedFile:
    identity, agreement = new_id(), route.agreement
    messages = [_message(line, transmission, route, part, identity) for part in found.parts]
    makes = line.library.effective(route.mapping).makes
    # What was there an hour ago can be there again: the same rows sent again are taken again.
    is_state = makes in STATED_KINDS
    interchange = records.Interchange(
        id=identity, transmission=transmission.id, start=0, length=transmission.size, digest=transmission.digest,
        envelope="{}", control_reference=None, partner=route.partner.name, test=agreement.test, state=State.PROCESSED,
        issues=issues_to_json(list(found.issues)),
    )  # fmt: skip
    key = "" if is_state else f"{transmission.connection}|{agreement.document}|sha256:{transmission.digest}"
    return ExaminedFile(
        interchange, messages, route.partner, {each.id: agreement for each in messages},
        lane_in(transmission.connection, route.partner.name), transmission.received_at, key,
    )  # fmt: skip


def _message(
    line: Line, transmission: records.Transmission, route: Route, part: Part, interchange: str
) -> records.Message:
    agreement = route.agreement
    return records.Message(
        id=new_id(), transmission=transmission.id, interchange=interchange, start=0, length=transmission.size,
        file=transmission.name, connection=transmission.connection, partner=route.partner.name, channel=route.channel,
        syntax=agreement.syntax, type=agreement.type, message_reference=str(part.ordinal), reference=part.reference,
        test=agreement.test, mapping=route.mapping, state=State.READY, configuration=line.version,
        received_at=transmission.received_at, changed_at=line.now(),
    )  # fmt: skip


def _refused(
    line: Line, transmission: records.Transmission, syntax: str, route: Route | None, issues: list[Issue]
) -> records.Message:
    """The row of a file that is not taken: held where a person can help here, else rejected."""
    told = untaken(line, transmission, route.agreement.syntax if route else syntax, issues)
    if any(issue.code in _WAITING for issue in issues):
        told = msgspec.structs.replace(told, state=State.HELD)
    if route is None:
        return told
    return msgspec.structs.replace(told, partner=route.partner.name, channel=route.channel, type=route.agreement.type)
