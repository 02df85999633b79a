"""A workspace for each test: a copy of one that was made once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workspaces import Place


@pytest.fixture(scope="session")
def _demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.workspaces import make_demo  # only here: the tests of a syntax need no gateway

    root = tmp_path_factory.mktemp("template") / "demo"
    make_demo(root)
    return root


@pytest.fixture
def demo(_demo: Path, tmp_path: Path) -> Place:
    """The demo's workspace with its business data, before any message."""
    from tests.workspaces import Place

    shutil.copytree(_demo, tmp_path / "demo")
    return Place(tmp_path / "demo")
