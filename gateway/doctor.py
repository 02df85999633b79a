"""What is missing or wrong in an installation, with what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from gateway.errors import GatewayError, Problem
from gateway.registry import connectors
from gateway.settings import Effective, Settings, effective, load_settings
from gateway.store.engine import file_of, open_store
from gateway.store.migrate import status
from gateway.store.sealed_secrets import secret_names
from gateway.store.sending import waiting_by_connection
from gateway.vault import Vault
from gateway.wiring import check_files
from gateway.workspace.configuration import load, read_files
from gateway.workspace.secret_references import unset_secrets, unset_variables


class Finding(NamedTuple):
    """One thing looked at: how it is (`ok` or what is wrong) and what to do."""

    what: str
    state: str
    advice: str = ""


class Checkup(NamedTuple):
    """Everything looked at, and every setting with where it comes from."""

    findings: list[Finding]
    settings: list[Effective]

    @property
    def is_ill(self) -> bool:
        """Whether anything is wrong."""
        return any(finding.state != "ok" for finding in self.findings)


def diagnose(workspace: Path) -> Checkup:
    """The checkup of a workspace; what cannot be looked at is a finding, never an exception."""
    try:
        settings = load_settings(workspace)
    except GatewayError as error:
        return Checkup([Finding("settings", str(error), "mend gateway.toml or the environment")], [])
    found = [each._replace(advice="") if each.state == "ok" else each for each in _findings(settings)]
    return Checkup(found, list(effective(settings)))


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("Python", "ok" if sys.version_info >= (3, 11) else "too old", "install Python 3.11 or newer")
    files = read_files(settings.workspace)
    if not files:
        yield Finding("workspace", f"{settings.workspace} is none", "gateway init DIR, then --workspace DIR")
    problems = check_files(files).problems
    yield Finding("configuration", f"{len(problems)} problems" if problems else "ok", "gateway check")
    yield Finding("connectors", "ok" if connectors() else "none installed", "install the package again")
    unset = unset_variables(files, os.environ)
    yield Finding("environment", _first(unset), "set it where the gateway runs, in the environment of its service")
    yield from _store_findings(settings, files)


def _store_findings(settings: Settings, files: Mapping[str, bytes]) -> Iterator[Finding]:
    file = file_of(settings.url)
    if file is not None and not file.exists():
        yield Finding("store", "ok", f"{file} is made by the next command that needs it")
        return
    try:
        with closing(open_store(settings.url)) as store:
            now = status(store)
            yield Finding("store", "ok" if now.is_current else f"at step {now.current}", "gateway db upgrade")
            if now.is_current:
                with store.read() as db:
                    yield _outbox_finding(waiting_by_connection(db), load(dict(files)).outbound)
                    unset = unset_secrets(files, secret_names(db))
                yield Finding("secrets", _first(unset), "set it: gateway secret set NAME")
                yield _key_finding(Vault(settings, store))
    except GatewayError as error:
        yield Finding("store", str(error), "see the message")


def _key_finding(vault: Vault) -> Finding:
    try:
        vault.check()
    except GatewayError as error:
        return Finding("master key", str(error), "see the message")
    return Finding("master key", "ok")


def _first(problems: Sequence[Problem]) -> str:
    """The first of the problems, with how many there are beside it."""
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{problems[0].file}:{problems[0].line}: {problems[0].text}{more}" if problems else "ok"


def _outbox_finding(waiting: Mapping[str, int], outbound: Collection[str]) -> Finding:
    """What waits for a connection that no agreement sends by any more waits for ever."""
    stuck = [f"{count} wait for {name}" for name, count in sorted(waiting.items()) if name not in outbound]
    state = f"{', '.join(stuck)}, by which nothing is sent" if stuck else "ok"
    return Finding("outbox", state, "name the connection in an agreement again, or gateway outbox settle each of them")
