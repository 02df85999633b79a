"""What only shows across files: names no file makes, addresses of two partners, answers that would come back in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from gateway.errors import Problem
from gateway.fields import Place
from gateway.registry import connectors
from gateway.workspace.owners import owner_problems
from gateway.workspace.values import WITH_ENVELOPE, Channel, Connection, Partner, Way

_WAYS: Mapping[Way, frozenset[str]] = {
    "receive": frozenset({"poll", "listen", "answer"}),
    "send": frozenset({"send"}),
    "return": frozenset({"answer"}),
}
_DONE: Mapping[Way, str] = {"receive": "received by", "send": "sent by", "return": "given back to a user of"}


class Crossed(NamedTuple):
    """What the files make, by name."""

    partners: Mapping[str, Partner]
    connections: Mapping[str, Connection]
    channels: Mapping[str, Channel]

    def ways(self, way: Way) -> Iterator[tuple[str, Place]]:
        """The connections something goes this way by, each with where that is said."""
        for partner in self.partners.values():
            for agreement in partner.agreements:
                if agreement.way == way:
                    yield from ((name, agreement.place) for name in agreement.via)
        for channel in self.channels.values():
            if way != "return" and channel.flowing("in" if way == "receive" else "out"):
                yield channel.connection, channel.place
        if way == "receive":
            yield from self.lists()

    def lists(self) -> Iterator[tuple[str, Place]]:
        """The connections that have a system's own list of a flow, once for each, with where that is said."""
        for channel in self.channels.values():
            yield from ((name, channel.snapshot_place) for name in channel.snapshot.values())


def crossings(made: Crossed) -> Iterator[Problem]:
    """Every problem between files."""
    yield from _of_their_kinds(made)
    yield from _strangers(made)
    yield from _unable(made)
    yield from _misplaced(made)
    yield from _ambiguous(made)
    yield from _unaccepted(made)
    yield from _shared(made)
    yield from _lists(made)
    yield from _circles(made)
    yield from owner_problems(made.channels)


def _of_their_kinds(made: Crossed) -> Iterator[Problem]:
    """What the connectors find wrong with their connections."""
    for connection in made.connections.values():
        installed = connectors().get(connection.kind)
        if installed is not None:
            yield from installed.connector.check(connection.values)


def _strangers(made: Crossed) -> Iterator[Problem]:
    """Names in connections and channels that no file makes."""
    for channel in made.channels.values():
        if channel.connection and channel.connection not in made.connections:
            advice = f"make connections/{channel.connection}.toml"
            yield channel.place.problem(f"unknown connection {channel.connection}", advice)
    for name, place in made.lists():
        if name not in made.connections:
            yield place.problem(f"unknown connection {name}", f"make connections/{name}.toml")
    for connection in made.connections.values():
        if connection.partner and connection.partner not in made.partners:
            advice = f"make partners/{connection.partner}.toml"
            yield connection.values.place("partner").problem(f"unknown partner {connection.partner}", advice)


def _unable(made: Crossed) -> Iterator[Problem]:
    """Agreements and flows over connections of a kind that does not go their way."""
    for way, able in _WAYS.items():
        for name, place in made.ways(way):
            connection = made.connections.get(name)
            installed = connectors().get(connection.kind) if connection else None
            if connection is None or installed is None:
                continue
            can = able.intersection(installed.manifest.can)
            needs = [installed.connector.needs[each] for each in sorted(can) if each in installed.connector.needs]
            if not can:
                text = f"nothing can be {_DONE[way]} {name}, of kind {installed.manifest.name}"
                yield place.problem(text, "name another connection")
            elif len(needs) == len(can) and not any(connection.values.has(each) for each in needs):
                text = f"nothing can be {_DONE[way]} {name}: its file names no {' and no '.join(needs)}"
                yield place.problem(text, "write it there, or name another connection")


def _misplaced(made: Crossed) -> Iterator[Problem]:
    """Agreements over a connection that belongs to another partner, or that has no door for calls of their syntax."""
    for partner in made.partners.values():
        for agreement in partner.agreements:
            for connection in filter(None, map(made.connections.get, agreement.via)):
                if connection.partner and connection.partner in made.partners and connection.partner != partner.name:
                    text = f"{connection.name} belongs to {connection.partner} alone"
                    yield agreement.place.problem(text, "name another connection")
                elif agreement.is_call and connection.kind != agreement.syntax:
                    text = f"{agreement.document} goes by no connection of kind {connection.kind}"
                    yield agreement.place.problem(text, f"name one of kind {agreement.syntax}")


def _ambiguous(made: Crossed) -> Iterator[Problem]:
    """Addresses by which two partners could be meant, or one partner is named twice."""
    first: dict[tuple[str, ...], Partner] = {}
    for partner in made.partners.values():
        edifact = [("edifact", *address) for address in partner.edifact]
        # Buyers write NetworkId and NetworkID: a domain is the same in any capitals.
        cxml = [("cxml", each.domain.lower(), each.identity) for each in partner.cxml]
        oci = [("oci", partner.oci.user)] if partner.oci else []
        for identifier in [*edifact, *cxml, *oci]:
            other = first.setdefault(identifier, partner)
            if other is not partner:
                text = f"{identifier[0]} {':'.join(identifier[1:])} names {other.name} too"
                yield partner.place.problem(text, "an address names one partner")


def _unaccepted(made: Crossed) -> Iterator[Problem]:
    """Documents without a sender that are agreed to be received by a connection that does not accept their syntax."""
    for partner in made.partners.values():
        for agreement in partner.agreements:
            for name in agreement.via if agreement.direction == "receive" else ():
                connection = made.connections.get(name)
                if connection and connection.accepts and agreement.syntax not in {*connection.accepts, *WITH_ENVELOPE}:
                    text = f"{name} accepts {', '.join(connection.accepts)}, not {agreement.syntax}"
                    yield agreement.place.problem(text, f"add it to accepts in connections/{name}.toml")


def _shared(made: Crossed) -> Iterator[Problem]:
    """Connections by which documents without a sender could be of two, and channels that could be taken for a partner.

    Whose such a document is, its connection alone tells: a name of a file is what its sender calls it.
    """
    first: dict[str, str] = {}
    for partner in made.partners.values():
        for agreement in partner.agreements:
            if agreement.direction == "receive" and agreement.syntax not in WITH_ENVELOPE:
                for name in agreement.via:
                    if first.setdefault(name, partner.name) != partner.name:
                        text = f"what comes by {name} could be of {first[name]} or of {partner.name}"
                        yield agreement.place.problem(text, "give each partner a connection of his own")
    for channel in made.channels.values():
        if channel.flowing("in") and channel.connection in first:
            text = f"what comes by {channel.connection} could be of partner {first[channel.connection]}"
            yield channel.place.problem(text, "give the channel a connection of its own")
        if channel.name in made.partners:
            yield channel.place.problem(f"there is a partner {channel.name} too", "give the channel another name")


def _lists(made: Crossed) -> Iterator[Problem]:
    """Lists of systems that cannot be told from what else comes there: whoever takes one takes all that lies there."""
    received = Counter(name for name, _ in made.ways("receive"))
    takers = Counter(place for name in received for place in _own_places(made.connections.get(name)))
    for name, stated in made.lists():
        connection = made.connections.get(name)
        installed = connectors().get(connection.kind) if connection else None
        if installed is not None and "poll" not in installed.manifest.can:
            yield stated.problem(f"no list can be asked of {name}, which is posted to", "name one that is polled")
        elif received[name] > 1 or any(takers[place] > 1 for place in _own_places(connection)):
            text = f"more comes where the list of {name} does"
            yield stated.problem(text, "give the list a connection, and a folder, of its own")


def _circles(made: Crossed) -> Iterator[Problem]:
    """Places that would be given what is taken from them: our own answers would come in as messages."""
    takers = {place: name for name, _ in made.ways("receive") for place in _own_places(made.connections.get(name))}
    for name, stated in made.ways("send"):
        for place in _own_places(made.connections.get(name)):
            if place in takers:
                text = f"{name} would put what we send where {takers[place]} takes messages"
                yield stated.problem(text, "give each its own folder")


def _own_places(connection: Connection | None) -> list[tuple[str, PurePosixPath]]:
    """The places of a connection that can be taken from or given to, not both."""
    installed = connectors().get(connection.kind) if connection else None
    if connection is None or installed is None:
        return []
    return [(connection.kind, PurePosixPath(connection.values.text(name))) for name in installed.connector.one_way]
