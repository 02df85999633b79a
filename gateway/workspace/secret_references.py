"""The secrets that the files of a workspace name, each with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.fields import SECRET_REFERENCE, Place
from gateway.toml_source import TomlPath, parse_bytes

_FILES = re.compile(r"gateway\.toml|(?:connections|partners|channels)/[^/]+\.toml", re.ASCII)


class SecretReference(NamedTuple):
    """A secret named in a file: `env` or `secret`, and its name there."""

    store: str
    name: str
    place: Place

    @property
    def text(self) -> str:
        """The reference as it is written."""
        return f"{self.store}:{self.name}"


def secret_references(files: Mapping[str, bytes]) -> Iterator[SecretReference]:
    """Every reference to a secret; a file that is no TOML has none, as `lint` tells."""
    for file, content in sorted(files.items()):
        if not _FILES.fullmatch(file):
            continue
        try:
            source = parse_bytes(content, file)
        except ConfigError:
            continue
        for path, text in _texts((), source.data):
            found = SECRET_REFERENCE.fullmatch(text)
            if found:
                yield SecretReference(found[1], found[2], Place(file, *source.value_position(path)))


def unset_secrets(files: Mapping[str, bytes], names: Collection[str]) -> list[Problem]:
    """The references to secrets of the store that it has not, of those names, as problems."""
    return [
        each.place.problem(f"{each.text} is not set", f"gateway secret set {each.name}")
        for each in secret_references(files)
        if each.store == "secret" and each.name not in names
    ]


def unset_variables(files: Mapping[str, bytes], names: Collection[str]) -> list[Problem]:
    """The references to variables that the environment, of those names, has not, as problems."""
    return [
        each.place.problem(f"{each.text} is not set here", "set it where the gateway runs")
        for each in secret_references(files)
        if each.store == "env" and each.name not in names
    ]


def _texts(path: TomlPath, value: object) -> Iterator[tuple[TomlPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts((*path, index), inner)
