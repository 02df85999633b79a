"""What a connector says of itself, compared with what it is: for our connectors and for those of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from gateway.connector import Field
from gateway.registry import GROUP, connectors

MODULES = {"poll": "poll.py", "send": "send.py", "listen": "listen.py"}
ANSWER = "answer"
"""What a kind can whose callers come to a door of the gateway's own: it has no module for it."""
LEVELS = ("bronze", "silver", "gold")


def manifest_faults(kind: str) -> list[str]:
    """What is wrong with an installed connector, a sentence each: names, abilities, level, and what its keys say."""
    return list(_faults(kind))


def _faults(kind: str) -> Iterator[str]:
    installed = connectors()[kind]
    manifest, connector = installed.manifest, installed.connector
    [entry] = [each for each in entry_points(group=GROUP) if each.name == kind]
    folder = Path(str(import_module(entry.value).__file__)).parent
    names = {kind, connector.name, manifest.name, folder.name}
    if len(names) > 1:
        yield f"it is called differently by entry point, CONNECTOR, connector.toml and folder: {sorted(names)}"
    has = {ability for ability, module in MODULES.items() if (folder / module).exists()}
    if has != set(manifest.can) - {ANSWER} or not manifest.can:
        yield f"it can {sorted(manifest.can)}, and has modules for {sorted(has)}"
    if manifest.level not in LEVELS:
        yield f"its level {manifest.level} is none of {', '.join(LEVELS)}"
    if not manifest.title or not manifest.protocol:
        yield "its title or its protocol is empty"
    if not set(connector.one_way) <= {field.name for field in connector.fields}:
        yield "one_way names keys that it does not have"
    for ability, key in connector.needs.items():
        if ability not in manifest.can or key not in {field.name for field in connector.fields}:
            yield f"needs names {ability} and {key}, and it cannot the one or has not the other"
    yield from _of_fields(connector.fields, "")


def _of_fields(fields: Sequence[Field], table: str) -> Iterator[str]:
    for field in fields:
        if not field.help.endswith("."):
            yield f"{table}{field.name} says in no sentence what it is"
        yield from _of_fields(field.fields, f"{table}{field.name}.")
