"""File names of what leaves: {type}_{reference}_{id}.EXT, safe on every file system."""

from __future__ import annotations

import re

from gateway.store.records import Output

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)


def file_name(output: Output) -> str:
    """The output's file name; characters outside A-Za-z0-9._- are replaced."""
    stem = "_".join(_UNSAFE.sub("_", part)[:80] for part in (output.type, output.reference, output.id))
    return f"{stem}.{output.extension}"
