"""What `gateway check` says of a workspace: files only, no database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.fields import Place
from gateway.settings import FILE, lint_settings
from gateway.toml_source import parse_bytes
from gateway.workspace.configuration import Configuration, load
from gateway.workspace.owners import flows_of
from gateway.workspace.profiles import profile_problems
from gateway.workspace.values import ACKNOWLEDGEMENTS, ANY_RELEASE, CARTS, WITH_ENVELOPE, Agreement, Channel

SHIPPED = ("csv", "json")
"""The syntaxes in which a flow comes and goes where none is stated."""
ORDER_FLOWS = {
    "orders": ("sales_order", "order"),
    "confirmations": ("order_response", "order_response"),
    "status": ("order_status", "order_status"),
}
"""Flows of orders out: the canonical document that leaves by each, and what the shipped mappings make of it."""
ANSWERS = ("ORDRSP", "order_response")
"""What mappings to files call the answer to an order."""
_FILES = ("csv", "fixed", "json", "xml")
_SENT = {
    **dict.fromkeys(_FILES, ("ORDRSP", "order")),
    "edifact": ("CONTRL", "ORDRSP"),
    "cxml": ("ConfirmationRequest", "StatusUpdateRequest", CARTS["cxml"]),
    "oci": (CARTS["oci"],),
}
"""What is sent in each syntax."""
_TAKEN = {
    "cxml": ("OrderRequest", "PunchOutSetupRequest", "ProfileRequest", "StatusUpdateRequest"),
    "oci": ("call",),
}
"""What is taken in syntaxes of procurement: their documents need no mapping of the workspace to be read."""
_WRITTEN_OF = {"ORDRSP": "order_response", "ConfirmationRequest": "order_response", "order": "sales_order",
               "StatusUpdateRequest": "order_status", **dict.fromkeys(CARTS.values(), "cart")}  # fmt: skip
"""The canonical document that each is written of."""
_OF_PARTNERS = frozenset({"order", "order_change"})


class Sides(NamedTuple):
    """What a mapping reads and what it makes: one of them is a document of a syntax, as `csv orders`."""

    reads: str
    makes: str

    @property
    def syntax(self) -> str:
        """The syntax it reads; the canonical document where it makes a syntax."""
        return self.reads.partition(" ")[0]


class Findings(NamedTuple):
    """`problems` keep a workspace from being published; `remarks` are worth reading and stop nothing."""

    problems: list[Problem]
    remarks: list[Problem]


def lint(
    files: Mapping[str, bytes],
    mappings: Collection[str],
    reads: Callable[[str], bool],
    sides: Callable[[str], Sides | None] = lambda _: None,
) -> Findings:
    """Everything found in these files.

    `mappings` are the ids of those that are shipped or in the workspace, `reads` says whether a published one reads a
    message ("edifact ORDERS D.96A"), `sides` what one of them is between, None where it is broken.
    """
    configuration = load(files)
    known = [found for each in mappings if (found := sides(each)) is not None]
    problems = [
        *_settings_problems(files),
        *configuration.problems,
        *_unknown_mappings(configuration, mappings),
        *_unread_messages(configuration, reads),
        *_unread_flows(configuration, mappings, reads),
        *_unfit_mappings(configuration, known, sides),
        *_unwritten(configuration, known, sides),
        *profile_problems(files, configuration.connections.values()),
    ]
    return Findings(sorted(problems), [*configuration.remarks, *_unsent(configuration), *_unconfirmed(configuration)])


def _settings_problems(files: Mapping[str, bytes]) -> list[Problem]:
    try:
        return lint_settings(parse_bytes(files.get(FILE, b""), FILE))
    except ConfigError as error:
        return list(error.problems)


def _unknown_mappings(configuration: Configuration, mappings: Collection[str]) -> Iterator[Problem]:
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            if agreement.mapping and agreement.mapping not in mappings:
                near = get_close_matches(agreement.mapping, mappings, n=1, cutoff=0.8)
                meant = f"did you mean {near[0]}? Else " if near else ""
                advice = f"{meant}see gateway mapping list, or leave it out for the shipped one"
                yield _named_at(agreement).problem(f"unknown mapping {agreement.mapping}", advice)


def _named_at(agreement: Agreement) -> Place:
    return agreement.mapping_place or agreement.place


def _unread_messages(configuration: Configuration, reads: Callable[[str], bool]) -> Iterator[Problem]:
    """What is agreed to be received and no mapping reads; where any release is, the message will tell."""
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            if agreement.direction != "receive":
                continue
            if agreement.syntax in _TAKEN:
                yield from _untaken(agreement, _TAKEN[agreement.syntax])
            if agreement.mapping or agreement.syntax in _TAKEN:
                continue
            document = str(agreement.document._replace(test=False))
            anything = agreement.syntax == "edifact" and agreement.release == ANY_RELEASE
            if agreement.type in ACKNOWLEDGEMENTS or anything or reads(document):
                continue
            advice = 'see gateway mapping list, or write one and name it: mapping = "ID"'
            yield agreement.place.problem(f"no published mapping reads {document}", advice)


def _untaken(agreement: Agreement, taken: Sequence[str]) -> Iterator[Problem]:
    if agreement.type not in taken:
        text = f"nothing takes {agreement.syntax} {agreement.type}"
        yield agreement.place.problem(text, f"taken are {', '.join(f'{agreement.syntax} {each}' for each in taken)}")


def _unread_flows(
    configuration: Configuration, mappings: Collection[str], reads: Callable[[str], bool]
) -> Iterator[Problem]:
    """Flows in that no mapping reads, and mappings of flows that there are not."""
    for channel in configuration.channels.values():
        for mapping in channel.mapping.values():
            if mapping not in mappings:
                yield channel.place.problem(f"unknown mapping {mapping}", "see gateway mapping list")
        for flow in channel.flowing("in"):
            syntaxes = [channel.syntax[flow]] if flow in channel.syntax else SHIPPED
            if flow not in channel.mapping and not any(reads(f"{syntax} {flow}") for syntax in syntaxes):
                text = f"no published mapping reads {' or '.join(f'{syntax} {flow}' for syntax in syntaxes)}"
                yield channel.place.problem(text, f'write one and name it: mapping = {{ {flow} = "ID" }}')


def _unfit_mappings(
    configuration: Configuration, known: Collection[Sides], sides: Callable[[str], Sides | None]
) -> Iterator[Problem]:
    """Mappings of another syntax than what they are named for, and documents that are not a partner's to send."""
    published = {each.reads: each for each in known}
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            named = sides(agreement.mapping) if agreement.mapping else None
            if agreement.direction == "send":
                yield from _unfit_sent(agreement, named)
            elif agreement.syntax in WITH_ENVELOPE:
                yield from _unfit_envelope(agreement, named)
            else:
                read = published.get(f"{agreement.syntax} {agreement.type}")
                yield from _unfit(agreement, named if agreement.mapping else read)
    for channel in configuration.channels.values():
        for flow in channel.flowing("in"):
            yield from _unfit_flow(channel, flow, sides(channel.mapping[flow]) if flow in channel.mapping else None)


def _unfit(agreement: Agreement, sides: Sides | None) -> Iterator[Problem]:
    if sides is None:
        return
    if sides.syntax != agreement.syntax:
        text = f"{agreement.mapping} reads {sides.reads}, not {agreement.syntax}"
        yield _named_at(agreement).problem(text, "name a mapping that reads what is received")
    elif sides.makes not in _OF_PARTNERS:
        named = agreement.mapping or f"the published mapping of {sides.reads}"
        text = f"{named} makes {sides.makes}, which partners do not send"
        yield _named_at(agreement).problem(text, "let it flow in by a channel: channels/NAME.toml")


def _unfit_envelope(agreement: Agreement, sides: Sides | None) -> Iterator[Problem]:
    """A mapping of another message; of another release of it the message itself will tell."""
    wanted = f"{agreement.syntax} {agreement.type}"
    if sides is not None and sides.reads.split()[:2] != wanted.split():
        text = f"{agreement.mapping} reads {sides.reads}, not {wanted}"
        yield _named_at(agreement).problem(text, "name a mapping that reads what is received")


def _unfit_sent(agreement: Agreement, sides: Sides | None) -> Iterator[Problem]:
    """A mapping that makes another syntax or message, or of another document."""
    if sides is None:
        return
    wanted = agreement.syntax if agreement.syntax in _FILES else f"{agreement.syntax} {agreement.type}"
    words, document = wanted.split(), _WRITTEN_OF.get(agreement.type)
    if sides.makes.split()[: len(words)] != words:
        text = f"{agreement.mapping} makes {sides.makes}, not {wanted}"
        yield _named_at(agreement).problem(text, "name a mapping that makes what is sent")
    elif document is not None and sides.reads != document:
        text = f"{agreement.mapping} reads {sides.reads}, not {document}"
        yield _named_at(agreement).problem(text, "name a mapping that reads what is sent")


def _unfit_flow(channel: Channel, flow: str, sides: Sides | None) -> Iterator[Problem]:
    if sides is not None and sides.syntax != channel.syntax.get(flow, sides.syntax):
        text = f"{channel.mapping[flow]} reads {sides.reads}, not {channel.syntax[flow]}"
        yield channel.place.problem(text, "name a mapping that reads the syntax of the flow")
    elif sides is not None and " " not in sides.reads:
        text = f"{channel.mapping[flow]} makes {sides.makes} and reads nothing that flows in"
        yield channel.place.problem(text, "name a mapping that reads what flows in")


def _unsent(configuration: Configuration) -> Iterator[Problem]:
    """What is agreed to be sent and nothing makes: of files neither an answer nor an order."""
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            sent = _SENT[agreement.syntax]
            if agreement.direction == "send" and agreement.type not in sent:
                text = f"nothing is sent as {agreement.syntax} {agreement.type}"
                advice = f"sent are {', '.join(f'{agreement.syntax} {each}' for each in sent)}"
                if agreement.syntax in _FILES:
                    advice = f"write {agreement.syntax} ORDRSP for the answer, {agreement.syntax} order for the order"
                yield agreement.place.problem(text, advice)


def _unconfirmed(configuration: Configuration) -> Iterator[Problem]:
    """Orders that our ERP is to confirm, and that go out to it, while nothing takes what it confirms."""
    channels = configuration.channels.values()
    if not configuration.erp_confirms or any("confirmations" in channel.flowing("in") for channel in channels):
        return
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            is_order = agreement.syntax in _FILES or agreement.type in ("ORDERS", "OrderRequest")
            if agreement.direction == "receive" and is_order and agreement.confirms == "erp":
                advice = 'let confirmations flow in by a channel, or write confirms = "gateway"'
                yield agreement.place.problem("the ERP confirms, and no channel takes its confirmations", advice)


def _unwritten(
    configuration: Configuration, known: Collection[Sides], sides: Callable[[str], Sides | None]
) -> Iterator[Problem]:
    """Answers in files, orders and trade data that flow out, and no mapping writes, or one that reads another thing."""
    made = {each.makes for each in known}
    if not made:
        return  # every mapping is broken, which is told elsewhere
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            is_answer = agreement.direction == "send" and agreement.type == "ORDRSP" and agreement.syntax in _FILES
            if (
                is_answer
                and not agreement.mapping
                and not any(f"{agreement.syntax} {each}" in made for each in ANSWERS)
            ):
                text = f"no published mapping makes {agreement.syntax} ORDRSP"
                yield agreement.place.problem(text, 'write one that reads order_response and name it: mapping = "ID"')
    for channel in configuration.channels.values():
        for flow in channel.flowing("out"):
            if flow in ORDER_FLOWS:
                yield from _unwritten_flow(channel, flow, made, sides)
        for kind in flows_of(channel, "out"):
            yield from _unwritten_rows(channel, kind, made, sides)


def _unwritten_flow(
    channel: Channel, flow: str, made: Collection[str], sides: Callable[[str], Sides | None]
) -> Iterator[Problem]:
    reads, makes = ORDER_FLOWS[flow]
    named = channel.mapping.get(flow)
    found = sides(named) if named else None
    if named is None and f"{channel.syntax.get(flow, 'json')} {makes}" not in made:
        text = f"no published mapping makes {channel.syntax.get(flow, 'json')} {makes}"
        yield channel.place.problem(text, f'write one that reads {reads} and name it: mapping = {{ {flow} = "ID" }}')
    elif found is not None and found.reads != reads:
        yield _misread(channel, named, found, reads)


def _unwritten_rows(
    channel: Channel, kind: str, made: Collection[str], sides: Callable[[str], Sides | None]
) -> Iterator[Problem]:
    """Trade data are written as the import has them where no mapping does: in the shipped syntaxes alone."""
    named, syntax = channel.mapping.get(kind), channel.syntax.get(kind, SHIPPED[0])
    found = sides(named) if named else None
    if named is None and syntax not in SHIPPED and f"{syntax} {kind}" not in made:
        advice = f'write one that reads {kind} and name it: mapping = {{ {kind} = "ID" }}'
        yield channel.place.problem(f"no published mapping makes {syntax} {kind}", advice)
    elif found is not None and found.reads != kind:
        yield _misread(channel, named, found, kind)


def _misread(channel: Channel, named: str | None, found: Sides, wanted: str) -> Problem:
    text = f"{named} reads {found.reads}, not {wanted}"
    return channel.place.problem(text, "name a mapping that reads what flows out")
