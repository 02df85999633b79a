"""The corpus of foreign EDIFACT files, where it lies beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_CORPUS = Path(__file__).parents[3] / "shared" / "data" / "edifact-corpus"


def corpus_files() -> list[Path]:
    """Every file of the corpus, sorted; skips without it, fails without it in CI."""
    if not _CORPUS.is_dir():
        if "CI" in os.environ:
            pytest.fail(f"{_CORPUS} is missing")
        pytest.skip("the corpus of foreign files is not here")
    return sorted(path for path in _CORPUS.rglob("*") if path.is_file() and path.name != "INDEX.tsv")
