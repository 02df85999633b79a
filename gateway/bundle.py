"""Where the files shipped with the gateway lie, in a wheel and in a checkout alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """The folder `name` (mappings, schedules or sample_messages) as shipped."""
    in_wheel = _PACKAGE / "_bundle" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent / name


def read_tree(root: Path) -> dict[str, bytes]:
    """Every file below `root` by its path relative to it, with forward slashes; {} where there is none."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
