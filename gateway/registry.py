"""The connectors that are installed: ours and third parties', by name, with their manifests."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.metadata import entry_points

import msgspec

from gateway.connector import Connector
from gateway.errors import ConfigError

GROUP = "gateway.connectors"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `connector.toml` says: `can` among poll, listen, answer, send; `level` bronze, silver or gold.

    `repeatable` says that a delivery sent again under the same key does no harm: the other side has it once.
    `asks`: it takes answers to questions. All that comes at one look belongs together; what is released comes again.
    """

    name: str
    title: str
    can: tuple[str, ...]
    protocol: str
    level: str
    repeatable: bool = False
    asks: bool = False


class Installed(msgspec.Struct, frozen=True):
    """A connector with its manifest."""

    connector: Connector
    manifest: Manifest


@cache
def connectors() -> dict[str, Installed]:
    """Every installed connector by name; raises ConfigError for one that does not keep to the contract."""
    return {entry.name: _load(entry.name, entry.load(), entry.value) for entry in entry_points(group=GROUP)}


def _load(name: str, module: object, package: str) -> Installed:
    connector = getattr(module, "CONNECTOR", None)
    if not isinstance(connector, Connector):
        raise ConfigError(f"the connector {name} has no CONNECTOR in {package}; reinstall or remove it")
    return Installed(connector, read_manifest(package))


def read_manifest(package: str) -> Manifest:
    """The manifest of a connector's package; raises ConfigError where it is missing or wrong."""
    try:
        text = resources.files(package).joinpath("connector.toml").read_text("utf-8")
        return msgspec.convert(tomllib.loads(text), Manifest)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{package}/connector.toml: {error}") from error
