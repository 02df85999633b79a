"""Prints the figures of every speed module, or of those named, as a table or as one JSON object a line."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.speed.figures import Figure

_ROW = "{:<52} {:>14} {:>30} {:>8} {:>12} {:<6}"


def figures(names: Sequence[str] = ()) -> Iterator[tuple[str, Figure]]:
    """Module name and figure of every measurement, in the order of the modules."""
    for info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if info.name.startswith(("_", "test_")) or (names and info.name not in names):
            continue
        measure = getattr(importlib.import_module(f"tests.speed.{info.name}"), "measure", None)
        if measure is not None:
            yield from ((info.name, figure) for figure in measure())


def row(module: str, figure: Figure) -> str:
    """The figure as a line of the table."""
    peer = f"{figure.peer} {figure.peer_value:,.3g}" if figure.peer_value is not None else ""
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    value = f"{figure.value:,.3g} {figure.unit}"
    return _ROW.format(f"{module}: {figure.name}", value, peer, ratio, figure.target, figure.verdict).rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """0, whether targets are met or missed: each figure says it."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules of tests/speed to run (all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    if not options.json:
        print(_ROW.format("CPU time; wall time where others are waited for", "measured", "peer", "ratio", "target", ""))
    for module, figure in figures(options.modules):
        print(json.dumps({"module": module, **figure.as_object()}) if options.json else row(module, figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
