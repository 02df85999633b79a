"""Reference data beside the repository: foreign EDIFACT files and the directories of the UN."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"


def corpus_files() -> list[Path]:
    """Every foreign EDIFACT file, sorted; skips without them, fails without them in CI."""
    folder = there(DATA / "edifact-corpus")
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "INDEX.tsv")


def zip_file(name: str) -> Path:
    """The zip of a directory release ("d96a"); skips without it, fails without it in CI."""
    return there(DATA / "un-edifact" / f"{name}.zip")


def there(path: Path) -> Path:
    """The path; skips without it, fails without it in CI."""
    if not path.exists():
        if "CI" in os.environ:
            pytest.fail(f"{path} is missing")
        pytest.skip(f"{path.name} is not here")
    return path
