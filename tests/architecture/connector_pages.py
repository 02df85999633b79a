"""The tables of keys on the pages of the connectors, made of the declarations: run as a module it writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.fields import described
from gateway.registry import connectors

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference" / "connectors"
_TABLE = re.compile(r"(?<=\n## Keys\n\n).*?(?=\n\n|\n*\Z)", re.DOTALL)


def keys_of(kind: str) -> str:
    """The table as the page has it, in Markdown."""
    lines = ["| key | what it is | default | what it says |", "|---|---|---|---|"]
    for row in described(connectors()[kind].connector.fields):
        default = row["default"] if row["default"] in ("", "required") else f"`{row['default']}`"
        cells = (f"`{row['key']}`", row["type"].replace("|", "or"), default, row["help"].replace("|", "or"))
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(lines)


def told_on(page: Path) -> str:
    """The table that the page has under Keys."""
    found = _TABLE.search(page.read_text("utf-8"))
    return found[0] if found else ""


def main() -> None:
    """Write every table of keys anew; a page that is missing is begun."""
    for kind, installed in connectors().items():
        page = PAGES / f"{kind}.md"
        if not page.exists():
            page.write_text(f"# The connector `{kind}`: {installed.manifest.title}\n\n## Keys\n\nnone\n", "utf-8")
        page.write_text(_TABLE.sub(lambda _, kind=kind: keys_of(kind), page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
