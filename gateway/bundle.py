"""Where the files shipped with the gateway lie, in a wheel and in a checkout alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """The folder `name` (mappings, schedules or sample_messages) as shipped."""
    in_wheel = _PACKAGE / "_bundle" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent / name


def read_tree(root: Path) -> dict[str, bytes]:
    """Every file below `root` by its path relative to it, with forward slashes; {} where there is none.

    Raises OSError for what is there and cannot be read: left out it would look as if it had been taken away.
    """
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(_files_below(root))}


def _files_below(root: Path) -> Iterator[Path]:
    try:
        root.lstat()
    except FileNotFoundError:
        return
    for folder, _, names in os.walk(root, onerror=_refuse):
        for path in (Path(folder, name) for name in names if not name.startswith(".")):
            leads_nowhere = path.is_symlink() and not path.exists()
            if path.is_file() or leads_nowhere:
                yield path


def _refuse(error: OSError) -> None:
    raise error
