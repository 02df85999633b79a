"""Examine: what an interchange is, whose it is and what is wrong with it, before anything is written."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.edifact import directory as directories
from gateway.edifact.control import GroupReport, MessageReport
from gateway.edifact.envelope import Envelope, InterchangeHeader
from gateway.edifact.reader import Interchange, Message
from gateway.edifact.structure import Group
from gateway.edifact.validation import validate
from gateway.issues import Issue, has_errors
from gateway.mapping.inbound import InboundMapping
from gateway.pipeline.snapshot import envelope_to_json
from gateway.pipeline.translate import mapping_of
from gateway.pipeline.work import Line
from gateway.store import records
from gateway.store.claims import Claim
from gateway.store.identity import new_id
from gateway.store.lanes import lane_in
from gateway.store.records import State, issues_to_json
from gateway.workspace.values import ACKNOWLEDGEMENTS, Agreement, Partner, Wanted


class Examined(NamedTuple):
    """What was found of one interchange: the rows to store, and what CONTRL has to say of it.

    `agreements` are those that handle its messages, by the message's id.
    """

    interchange: records.Interchange
    messages: list[records.Message]
    envelope: Envelope
    partner: Partner | None
    issues: list[Issue]
    reports: list[MessageReport]
    groups: list[GroupReport]
    acknowledgements: list[Message]
    taken: bool
    lane: str
    received_at: str
    agreements: dict[str, Agreement]

    @property
    def envelope_key(self) -> str:
        """What the envelope claim is made of: sender, recipient, test flag and control reference."""
        header = self.envelope.header
        return "|".join((header.sender, header.recipient, "test" if header.test else "", header.control_reference))

    @property
    def is_acknowledgement(self) -> bool:
        """Whether every message is a CONTRL, which is never answered by one."""
        return bool(self.messages) and all(message.type == "CONTRL" for message in self.messages)

    def beside(self, findings: list[Issue]) -> Examined:
        """The same interchange with what was found before and behind it, told of each of its messages."""
        if not findings:
            return self
        issues = issues_to_json([*findings, *self.issues])
        interchange = msgspec.structs.replace(self.interchange, issues=issues)
        return self._replace(
            interchange=interchange, messages=[_told(message, findings) for message in self.messages],
            issues=[*findings, *self.issues],
        )  # fmt: skip

    def known(self, first: Claim) -> Examined:
        """The same interchange when another holds its key: a duplicate by digest, else held for a person."""
        same = first.digest == self.interchange.digest
        state = State.DUPLICATE if same else State.HELD
        issue = _duplicate_issue(same, self.envelope.header.control_reference)
        messages = [
            msgspec.structs.replace(message, state=state, issues=issues_to_json([issue]))
            if message.state == State.READY
            else message
            for message in self.messages
        ]
        interchange = msgspec.structs.replace(
            self.interchange, state=state, issues=issues_to_json([*self.issues, issue])
        )
        return self._replace(interchange=interchange, messages=messages)


def _duplicate_issue(same: bool, reference: str) -> Issue:
    if same:
        return Issue(code="envelope.duplicate", text=f"interchange {reference} was taken before, byte for byte")
    return Issue(
        code="envelope.reference.reused", text=f"control reference {reference} was used before for other content"
    )


def examine(line: Line, transmission: records.Transmission, interchange: Interchange) -> Examined:
    """The interchange read to its end, with identity, completeness and every message's faults."""
    header = interchange.header
    partner = _sender(line, transmission, header)
    identity_issues = _identity_issues(partner, interchange)
    clerk = _Clerk(line, transmission, interchange, partner, identified=not identity_issues)
    for message in interchange.messages():
        clerk.take(message)
    issues = [*interchange.issues, *identity_issues]
    if clerk.is_empty and not has_errors(issues):
        # ISO 9735: an interchange holds a message or a group. Taken silently, it would have no state anybody sees.
        text, code = "the interchange holds no message", "structure.segment.missing"
        issues.append(Issue(code=code, text=text, tag="UNB", offset=interchange.offset))
    refused_whole = has_errors(issues) or not interchange.complete
    return clerk.close(issues, refused_whole)


class _Clerk:
    """Takes the messages of one interchange down, one after the other."""

    def __init__(
        self,
        line: Line,
        transmission: records.Transmission,
        interchange: Interchange,
        partner: Partner | None,
        *,
        identified: bool,
    ) -> None:
        self._line = line
        self._transmission = transmission
        self._interchange = interchange
        self._partner = partner
        self._identified = identified
        self._id = new_id()
        self._messages: list[records.Message] = []
        self._in_group: list[str | None] = []
        self._reports: list[MessageReport] = []
        self._acknowledgements: list[Message] = []
        self._agreements: dict[str, Agreement] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no message was taken down."""
        return not self._messages

    def take(self, message: Message) -> None:
        """Examine one message and note its row; the mapping's faults are collected too before it is refused."""
        agreement = self._agreement(message)
        root, issues = self._faults(message, agreement)
        refused = has_errors(issues)
        if refused:
            self._reports.append(_report(message, issues))
        elif message.type in ACKNOWLEDGEMENTS:
            self._acknowledgements.append(message)
        if refused and root is not None and agreement is not None and _is_whole(issues):
            mapping = self._mapping(message, agreement)
            issues = (mapping.translate(message, root).issues if mapping else []) + issues
        row = self._row(message, issues)
        if row.state == State.READY and root is not None:
            self._line.fresh.keep(row.id, message, root)
        if agreement is not None:
            self._agreements[row.id] = agreement
        self._messages.append(row)
        self._in_group.append(message.group)

    def _faults(self, message: Message, agreement: Agreement | None) -> tuple[Group | None, list[Issue]]:
        """The message in its groups, and what is wrong with it: trailer, agreement, structure and elements."""
        syntax = self._interchange.header.syntax_version
        directory = directories.load(message.version, message.release, syntax)
        if self._identified and agreement is None and message.type not in ACKNOWLEDGEMENTS:
            return None, [*message.issues, _unagreed(message, "is not agreed with this partner", _TYPE)]
        if directory is None or directory.message(message.type) is None:
            return None, [*message.issues, _unagreed(message, "has no tables here", _RELEASE)]
        if agreement is not None and self._mapping(message, agreement) is None:
            return None, [*message.issues, _unagreed(message, "is read by no mapping here", _RELEASE)]
        root, found = validate(message, directory)
        return root, [*message.issues, *found]

    def _mapping(self, message: Message, agreement: Agreement) -> InboundMapping | None:
        return mapping_of(self._line, agreement, _release(message), message.association)

    def _agreement(self, message: Message) -> Agreement | None:
        # What is said of our own messages is taken with an agreement and without one; no mapping reads it.
        if self._partner is None or not self._identified or message.type in ACKNOWLEDGEMENTS:
            return None
        test, connection = self._interchange.header.test, self._transmission.connection
        wanted = Wanted("receive", "edifact", message.type, _release(message), test, connection)
        return self._line.configuration.agreement_for(self._partner, wanted)

    def _row(self, message: Message, issues: list[Issue]) -> records.Message:
        header = self._interchange.header
        return records.Message(
            id=new_id(), transmission=self._transmission.id, interchange=self._id, start=message.offset,
            length=message.length, file=self._transmission.name, connection=self._transmission.connection,
            partner=self._partner.name if self._partner else None, syntax="edifact", type=message.type,
            release=_release(message), association=message.association or None,
            control_reference=header.control_reference, message_reference=message.reference,
            reference=_document_number(message), test=header.test, state=_state(message, issues),
            issues=issues_to_json(issues), configuration=self._line.version,
            received_at=self._transmission.received_at, changed_at=self._line.now(),
        )  # fmt: skip

    def close(self, issues: list[Issue], refused_whole: bool) -> Examined:
        """Everything taken down, with the fate of the whole: refused whole refuses every message."""
        interchange, messages = self._interchange, self._of_sound_groups()
        if refused_whole:
            messages = [_refused(message, issues) for message in messages]
            messages = messages or [self._row_of_nothing(issues)]
        elif issues:
            messages = [_told(message, issues) for message in messages]
        envelope = interchange.envelope
        row = records.Interchange(
            id=self._id, transmission=self._transmission.id, start=interchange.offset, length=interchange.length,
            digest=interchange.digest, envelope=envelope_to_json(envelope),
            control_reference=interchange.header.control_reference,
            partner=self._partner.name if self._partner else None, test=interchange.header.test,
            state=State.REJECTED if refused_whole else State.PROCESSED, issues=issues_to_json(issues),
        )  # fmt: skip
        lane = lane_in(self._transmission.connection, row.partner)
        return Examined(
            row, messages, envelope, self._partner, issues, self._reports, _groups(interchange),
            [] if refused_whole else self._acknowledgements, not refused_whole, lane, self._transmission.received_at,
            self._agreements,
        )  # fmt: skip

    def _of_sound_groups(self) -> list[records.Message]:
        """The messages, those of a group whose UNE disagrees refused with it."""
        faulty = {group.reference: group.issues for group in self._interchange.groups if has_errors(group.issues)}
        self._acknowledgements = [message for message in self._acknowledgements if message.group not in faulty]
        pairs = zip(self._messages, self._in_group, strict=True)
        return [_refused(message, faulty[group]) if group in faulty else message for message, group in pairs]

    def _row_of_nothing(self, issues: list[Issue]) -> records.Message:
        return records.Message(
            id=new_id(), transmission=self._transmission.id, interchange=self._id, start=self._interchange.offset,
            length=self._interchange.length, file=self._transmission.name, connection=self._transmission.connection,
            partner=self._partner.name if self._partner else None, syntax="edifact",
            control_reference=self._interchange.header.control_reference, test=self._interchange.header.test,
            state=State.REJECTED, issues=issues_to_json(issues), received_at=self._transmission.received_at,
            changed_at=self._line.now(),
        )  # fmt: skip


def _sender(line: Line, transmission: records.Transmission, header: InterchangeHeader) -> Partner | None:
    """Who sends from this address; nobody by a connection that is not his, so that no stranger speaks for him."""
    partner = line.configuration.partner_by_edifact(header.sender, header.sender_qualifier)
    if partner is None or transmission.connection is None or transmission.connection in partner.connections:
        return partner
    return None


def _identity_issues(partner: Partner | None, interchange: Interchange) -> list[Issue]:
    """What speaks against the sender, the recipient and the test flag of the envelope."""
    header, offset = interchange.header, interchange.offset
    if partner is None:
        code, text = "envelope.sender.unknown", f"no partner sends as {header.sender}:{header.sender_qualifier} here"
    elif not partner.is_us(header.recipient, header.recipient_qualifier):
        code, text = "envelope.recipient.wrong", f"{header.recipient}:{header.recipient_qualifier} is not our address"
    elif header.test and not partner.takes_tests:
        code, text = "envelope.test.not-agreed", "the interchange is a test and no test is agreed"
    else:
        return []
    return [Issue(code=code, text=text, tag="UNB", offset=offset)]


def _release(message: Message) -> str:
    return f"{message.version}.{message.release}"


_TYPE, _RELEASE = ("0065", 1), ("0054", 3)


def _unagreed(message: Message, text: str, place: tuple[str, int]) -> Issue:
    element, component = place
    return Issue(
        code="agreement.missing", text=f"{message.type} {_release(message)} {text}", segment=1, tag="UNH",
        element=element, element_position=2, component_position=component, offset=message.offset,
    )  # fmt: skip


def _is_whole(issues: list[Issue]) -> bool:
    """Whether only elements are wrong: without a segment, rules would find faults that are its consequence."""
    return all(issue.code.startswith(("element.", "charset.")) for issue in issues if issue.is_error)


def _report(message: Message, issues: list[Issue]) -> MessageReport:
    """What CONTRL has to say of a refused message."""
    return MessageReport(
        reference=message.reference, type=message.type, version=message.version, release=message.release,
        agency=message.agency, association=message.association, group=message.group, issues=issues,
    )  # fmt: skip


def _groups(interchange: Interchange) -> list[GroupReport]:
    names = ("reference", "sender", "sender_qualifier", "recipient", "recipient_qualifier", "issues")
    return [GroupReport(**{name: getattr(group, name) for name in names}) for group in interchange.groups]


def _refused(message: records.Message, issues: list[Issue]) -> records.Message:
    """The message when its whole interchange is refused: for its own faults and for those of the envelope."""
    return msgspec.structs.replace(_told(message, issues), state=State.REJECTED)


def _told(message: records.Message, issues: list[Issue]) -> records.Message:
    """The message with what was found around it before its own issues."""
    own = records.issues_from_json(message.issues)
    return msgspec.structs.replace(message, issues=issues_to_json([*issues, *own]))


def _state(message: Message, issues: list[Issue]) -> State:
    if has_errors(issues):
        return State.REJECTED
    return State.PROCESSED if message.type in ACKNOWLEDGEMENTS else State.READY


def _document_number(message: Message) -> str | None:
    """BGM 1004, the document's own number."""
    for segment in message.segments[1:3]:
        if segment[0][0] == "BGM" and len(segment) > 2:
            return segment[2][0] or None
    return None
