"""Mappings on the workbench: those shipped and a workspace's over them, with samples, checks and expectations.

Files only, no store: what `gateway mapping` and `gateway.testing.mapping_cases` work with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.bundle import bundled, read_tree
from gateway.errors import ConfigError, UsageError, meant
from gateway.mapping.expectations import Mapped
from gateway.mapping.library import Library
from gateway.mapping.verdicts import Verdict, verdicts

MAPPINGS, SAMPLES = "mappings", "sample_messages"


@dataclass(frozen=True, slots=True)
class Workbench:
    """The mappings at hand; `own` are the paths below mappings/ that the workspace brings."""

    library: Library
    workspace: Path | None
    own: frozenset[str] = field(default_factory=frozenset)

    def ids(self, identity: str | None = None) -> tuple[str, ...]:
        """All mappings, or the one asked for. Raises UsageError where there is none of that id."""
        if identity is None:
            return self.library.ids()
        if self.library.path(identity) is None:
            near = meant(identity, self.library.ids(), "")
            told = f"D{near[1:]}" if near else "`gateway mapping list` shows those there are."
            raise UsageError(f"There is no mapping {identity!r}. {told}")
        return (identity,)

    def samples(self, identity: str) -> dict[str, bytes]:
        """The samples of a mapping by file name: the shipped ones and the workspace's over them."""
        found = read_tree(bundled(SAMPLES) / identity)
        return found if self.workspace is None else found | read_tree(self.workspace / SAMPLES / identity)

    def usable(self, identity: str) -> Mapped:
        """The compiled mapping of an id; raises ConfigError, each problem once, by its file in the workspace."""
        problems = self.library.problems(identity)
        if problems:
            raise ConfigError(f"The mapping {identity} cannot be used.", problems)
        return self.library.mapping(identity)

    def verdicts(self, identity: str) -> Iterator[Verdict]:
        """The verdicts on a mapping's samples and checks. Raises ConfigError where it cannot be used."""
        self.usable(identity)
        return verdicts(self.library, identity, self.samples(identity))

    def accept(self, verdict: Verdict) -> Path | None:
        """The file that now states what the sample comes to; None where there is nothing to state."""
        if verdict.renewal is None:
            return None
        path, text = verdict.renewal
        is_own = self.workspace is not None and self.library.path(verdict.mapping) in self.own
        file = (self.workspace / MAPPINGS if is_own and self.workspace else bundled(MAPPINGS)) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        return file


def open_workbench(workspace: Path | None) -> Workbench:
    """The shipped mappings, with those of a workspace laid over them where it has some."""
    shipped = bundled(MAPPINGS)
    # In a checkout the current directory holds the shipped mappings; they are no overlay of themselves.
    overlay = workspace / MAPPINGS if workspace and (workspace / MAPPINGS).resolve() != shipped.resolve() else None
    own = read_tree(overlay) if overlay else {}
    return Workbench(Library({**read_tree(shipped), **own}), workspace, frozenset(own))
