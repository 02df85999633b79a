"""The samples and checks of mappings as test cases: the files `gateway mapping check` runs, collected by pytest.

import pytest
from gateway.testing.mapping_cases import MappingCase, mapping_cases

@pytest.mark.parametrize("case", mapping_cases(Path("my-workspace")), ids=str)
def test_a_mapping_does_what_stands_beside_it(case: MappingCase) -> None:
    case.verify()
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigError
from gateway.mapping.verdicts import Verdict
from gateway.workbench import Workbench, open_workbench


@dataclass(frozen=True, slots=True)
class MappingCase:
    """One sample or check of a mapping; its text is the test's name."""

    verdict: Verdict

    def verify(self) -> None:
        """Raises AssertionError with every difference, and where the case stands."""
        if self.verdict.faults:
            raise AssertionError("\n".join([f"{self.verdict.at}: {self.verdict.says}", *self.verdict.faults]))

    def __str__(self) -> str:
        return str(self.verdict)


def mapping_cases(workspace: Path | None = None, *, shipped: bool = False) -> list[MappingCase]:
    """Every case of a workspace's own mappings; without a workspace, or with `shipped`, of the shipped ones."""
    bench = open_workbench(workspace)
    everything = shipped or workspace is None
    wanted = [name for name in bench.library.ids() if everything or bench.library.path(name) in bench.own]
    return [MappingCase(verdict) for name in wanted for verdict in _verdicts(bench, name)]


def _verdicts(bench: Workbench, identity: str) -> Iterator[Verdict]:
    """The verdicts; a mapping that cannot be used is one red case, so that the others are still collected."""
    try:
        yield from bench.verdicts(identity)
    except ConfigError as error:
        yield Verdict(identity, "can be used", identity, (str(error),))
