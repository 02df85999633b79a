"""Routes: the agreements and flows by which a document can be taken that does not say who sends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from gateway.errors import PermanentError
from gateway.fields import Place
from gateway.pipeline.canonical import ORDERS
from gateway.pipeline.work import Line
from gateway.store.records import Message
from gateway.workspace.configuration import Configuration
from gateway.workspace.decide import DEFAULT_DECIDE
from gateway.workspace.lint import SHIPPED
from gateway.workspace.values import ANY_RELEASE, WITH_ENVELOPE, Agreement, Channel, Partner, Us

_ONCE = frozenset({"orders", "confirmations", "status", "usage"})
"""Flows of documents that have their effect once."""
NOWHERE = Place("", 0, 0)


class Route(NamedTuple):
    """Whose a document is and what is agreed of it, its mapping named; `channel` where it flows in by one of ours."""

    partner: Partner
    agreement: Agreement
    channel: str | None = None

    @property
    def mapping(self) -> str:
        """The mapping that reads it."""
        return self.agreement.mapping or ""


def routes(line: Line, connection: str) -> list[Route]:
    """Every way in by a connection that a mapping reads. Only channels bring what is not an order."""
    return [*_of_partners(line, connection), *_of_channels(line, connection)]


def route_of(line: Line, message: Message) -> Route:
    """The way a stored message came in by; raises PermanentError where it is not there any more, or not alone."""
    found = [
        each
        for each in routes(line, message.connection or "")
        if (each.partner.name, each.channel) == (message.partner, message.channel)
        and (each.agreement.syntax, each.agreement.type) == (message.syntax, message.type)
        and each.agreement.takes(message.file)
    ]
    same = [each for each in found if each.mapping == message.mapping]
    chosen = found if len(found) == 1 else same
    if len(chosen) == 1:
        return chosen[0]
    whose = f"channel {message.channel}" if message.channel else message.partner
    raise PermanentError(f"{message.syntax} {message.type} is no longer agreed with {whose}, or more than once.")


def stand_in(name: str, title: str, account: str | None) -> Partner:
    """Who stands where no partner has a file: the defaults hold, and nothing is sent to him."""
    return Partner(
        name=name, title=title, account=account, edifact=(), cxml=(), oci=None, us=Us(), agreements=(),
        decide=DEFAULT_DECIDE, place=NOWHERE,
    )  # fmt: skip


def carries_rows(configuration: Configuration, connection: str) -> bool:
    """Whether trade data flows in by the connection: there the same bytes again can be news."""
    found = [each for each in configuration.channels.values() if each.connection == connection]
    return any(flow not in _ONCE for channel in found for flow in channel.flowing("in"))


def _of_partners(line: Line, connection: str) -> Iterator[Route]:
    for partner in line.configuration.partners.values():
        for agreement in partner.agreements:
            of_connection = agreement.direction == "receive" and connection in agreement.via
            if of_connection and agreement.syntax not in WITH_ENVELOPE:
                found = _read(line, agreement)
                if found is not None and line.library.effective(found.mapping or "").makes in ORDERS:
                    yield Route(partner, found)


def _of_channels(line: Line, connection: str) -> Iterator[Route]:
    for channel in line.configuration.channels.values():
        if channel.connection == connection:
            for agreement in _flows(line, channel):
                found = _read(line, agreement)
                if found is not None:
                    yield Route(stand_in(channel.name, channel.name, None), found, channel.name)


def _flows(line: Line, channel: Channel) -> Iterator[Agreement]:
    """What flows in by a channel, as agreements: in the syntax stated, that of the mapping, or any that is shipped."""
    for flow in channel.flowing("in"):
        mapping = channel.mapping.get(flow)
        syntaxes = [line.library.effective(mapping).reads.partition(" ")[0]] if mapping else SHIPPED
        for syntax in [channel.syntax[flow]] if flow in channel.syntax else syntaxes:
            yield Agreement(
                direction="receive", syntax=syntax, type=flow, release=ANY_RELEASE, test=False,
                via=(channel.connection,), place=channel.place, mapping=mapping, files=channel.files.get(flow),
            )  # fmt: skip


def _read(line: Line, agreement: Agreement) -> Agreement | None:
    """The agreement with the mapping that reads what it is about; None where there is none."""
    mapping = agreement.mapping or line.library.standard(f"{agreement.syntax} {agreement.type}", inbound=True)
    return msgspec.structs.replace(agreement, mapping=mapping) if mapping else None
