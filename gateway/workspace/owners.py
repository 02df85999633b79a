"""Owners of trade data: whose word counts for a kind of rows or for one of their columns, as the channels state it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from gateway.errors import Problem
from gateway.model.trade_rows import IMPORT_KINDS, STATED_KINDS
from gateway.workspace.values import Channel

GATEWAY = "gateway"
CONTENT = ("products", "tailoring", "relations")
"""The kinds that the flow `content` carries."""
_SINGULAR = {"price": "prices", "product": "products", "account": "accounts", "content": "products"}


class Owners:
    """The owners that all channels state together: what is said of data holds for every channel."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._owners = {data: owner for data, owner, _ in _stated(channels.values())}

    def of(self, kind: str, column: str | None = None) -> str | None:
        """Who owns the column of a kind, or its rows; None where nobody is said to.

        Of `name:de` the owner is that of `name:de`, else of `name`, else of the rows.
        """
        names = [kind] if column is None else [f"{kind}.{column}", f"{kind}.{column.partition(':')[0]}", kind]
        return next((self._owners[name] for name in names if name in self._owners), None)


def flows_of(channel: Channel, way: str) -> list[str]:
    """The kinds of trade data that flow this way over the channel."""
    kinds: dict[str, None] = {}
    for flow, flows in channel.flows.items():
        if flows == way:
            kinds.update(dict.fromkeys(CONTENT if flow == "content" else [flow] if flow in IMPORT_KINDS else []))
    return list(kinds)


def owner_problems(channels: Mapping[str, Channel]) -> Iterator[Problem]:
    """Data that no channel knows, owners that are nobody, and data with two owners."""
    known = {GATEWAY, *channels, *(channel.system for channel in channels.values())}
    stated = list(_stated(channels.values()))
    for data, owner, channel in stated:
        place = channel.owner_place
        if data.partition(".")[0] not in STATED_KINDS:
            advice = (
                f"write a kind, as stock, or a column of one, as products.name; kinds are {', '.join(STATED_KINDS)}"
            )
            yield place.problem(f"owner: {data} is no trade data", advice)
        if owner not in known:
            yield place.problem(f"owner: {owner} is nobody", f"name one of {', '.join(sorted(known))}")
    for data, named in groupby(sorted(stated, key=lambda each: each[0]), key=lambda each: each[0]):
        (_, first, _), *others = named
        for _, owner, channel in others:
            if owner != first:
                text = f"owner: {data} is {owner}'s here, and {first}'s in another channel"
                yield channel.owner_place.problem(text, "data has one owner")


def _stated(channels: Iterable[Channel]) -> Iterator[tuple[str, str, Channel]]:
    systems = {channel.name: channel.system for channel in channels}
    for channel in channels:
        for data, owner in channel.owner.items():
            kind, dot, column = data.partition(".")
            yield f"{_SINGULAR.get(kind, kind)}{dot}{column}", systems.get(owner, owner), channel
