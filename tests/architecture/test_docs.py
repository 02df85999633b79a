"""The reference pages list what the program has: no code and no setting is missing, none is invented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.issues import ADVICE
from gateway.settings import LimitSettings, Settings

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def rows(page: str) -> list[list[str]]:
    """The cells of every table row that begins with a name in back quotes."""
    lines = (REFERENCE / page).read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| `")]


def test_every_issue_code_is_listed_once_with_its_advice():
    listed = [(cells[0].strip("`"), cells[2]) for cells in rows("issue-codes.md") if "." in cells[0]]
    assert sorted(listed) == sorted(ADVICE.items())


def test_every_setting_is_listed_once_with_its_sentence():
    fields = {name: field.description for name, field in Settings.model_fields.items() if name != "limits"}
    fields |= {f"limits.{name}": field.description for name, field in LimitSettings.model_fields.items()}
    assert sorted((cells[0].strip("`"), cells[2]) for cells in rows("settings.md")) == sorted(fields.items())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(page):
    targets = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")) if "://" not in link]
    assert [target for target in targets if not (page.parent / target).exists()] == []
