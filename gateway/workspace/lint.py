"""What `gateway check` says of a workspace: files only, no database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from gateway.errors import ConfigError, Problem
from gateway.settings import FILE, lint_settings
from gateway.toml_source import parse_bytes
from gateway.workspace.configuration import Configuration, load
from gateway.workspace.values import ACKNOWLEDGEMENTS, ANY_RELEASE


class Findings(NamedTuple):
    """`problems` keep a workspace from being published; `remarks` are worth reading and stop nothing."""

    problems: list[Problem]
    remarks: list[Problem]


def lint(files: Mapping[str, bytes], mappings: Collection[str], reads: Callable[[str], bool]) -> Findings:
    """Everything found in these files.

    `mappings` are the ids of those that are shipped or in the workspace, `reads` says whether a published one reads a
    message ("edifact ORDERS D.96A").
    """
    configuration = load(files)
    problems = [
        *_settings_problems(files),
        *configuration.problems,
        *_unknown_mappings(configuration, mappings),
        *_unread_messages(configuration, reads),
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


def _unread_messages(configuration: Configuration, reads: Callable[[str], bool]) -> Iterator[Problem]:
    """What is agreed to be received and no mapping reads; where any release is, the message will tell."""
    for partner in configuration.partners.values():
        for agreement in partner.agreements:
            document = f"{agreement.syntax} {agreement.type} {agreement.release}"
            if agreement.direction != "receive" or agreement.syntax != "edifact" or agreement.mapping:
                continue
            if agreement.type in ACKNOWLEDGEMENTS or agreement.release == ANY_RELEASE or reads(document):
                continue
            advice = 'see gateway mapping list, or write one and name it: mapping = "ID"'
            yield agreement.place.problem(f"no published mapping reads {document}", advice)
