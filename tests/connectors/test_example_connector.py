"""A connector that lives outside this repository is installed, known to the gateway, and keeps the contract."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gateway.workspace.template import make_workspace
from tests.processes import GATEWAY, PATIENCE_S, ROOT, environment

EXAMPLE = Path(__file__).parent / "example_connector"


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The environment in which the example is installed as an installer leaves it: a package and what it registers."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE / "queue_table", site / "queue_table", ignore=shutil.ignore_patterns("__pycache__"))
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return {**environment(), "PYTHONPATH": f"{site}:{ROOT}"}


def test_the_example_keeps_the_contract(installed: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "test_queue_table.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "-p", "no:schemathesis"]
    ran = subprocess.run(
        [*command, str(tmp_path / "test_queue_table.py")], capture_output=True, text=True, env=installed, cwd=tmp_path,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3_000:]
    assert "26 passed" in ran.stdout, ran.stdout


def test_what_the_page_shows_is_of_the_example() -> None:
    shown = re.findall(
        r"```(?:python|toml)\n(.*?)```", (ROOT / "docs/how-to/write-a-connector.md").read_text(), re.DOTALL
    )
    files = [path.read_text() for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    assert len(shown) > 5
    assert [block for block in shown if not any(block in text for text in files)] == []


def test_a_connection_of_its_kind_is_known_and_tested(installed: dict[str, str], tmp_path: Path) -> None:
    workspace = tmp_path / "here"
    make_workspace(workspace)
    (workspace / "connections" / "table.toml").write_text('kind = "queue_table"\npath = "queue.db"\n')
    command = [*GATEWAY, "--workspace", str(workspace), "connection", "test", "table", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, env=installed, timeout=PATIENCE_S, check=False)
    seen = json.loads(ran.stdout)
    assert (seen["ok"], seen["seen"][1]) == (True, "0 documents wait in it")
