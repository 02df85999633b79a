"""What `gateway check` says of a workspace: files only, no database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.settings import FILE, lint_settings
from gateway.toml_source import parse_bytes
from gateway.workspace.configuration import Configuration, load


class Findings(NamedTuple):
    """`problems` keep a workspace from being published; `remarks` are worth reading and stop nothing."""

    problems: list[Problem]
    remarks: list[Problem]


def lint(files: Mapping[str, bytes], mappings: Collection[str]) -> Findings:
    """Everything found in these files; `mappings` are the ids of those that are shipped or in the workspace."""
    configuration = load(files)
    problems = [
        *_settings_problems(files),
        *configuration.problems,
        *_unknown_mappings(configuration, mappings),
    ]
    return Findings(sorted(problems), configuration.remarks)


def _settings_problems(files: Mapping[str, bytes]) -> list[Problem]:
    try:
        return lint_settings(parse_bytes(files.get(FILE, b""), FILE))
    except ConfigError as error:
        return list(error.problems)


def _unknown_mappings(configuration: Configuration, mappings: Collection[str]) -> Iterator[Problem]:
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            if agreement.mapping and agreement.mapping not in mappings:
                advice = "see gateway mapping list, or leave it out for the shipped one"
                yield agreement.place.problem(f"unknown mapping {agreement.mapping}", advice)
