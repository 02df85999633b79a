"""A disk that fails when a test says so, for processes that load a small library first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def failing_disk(folder: Path) -> Path:
    """The library, built in the folder; its source says what its variables do. Skips without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no C compiler on Linux")
    library = folder / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library
