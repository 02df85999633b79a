"""Writes files into a folder, complete at first sight."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
import uuid
from pathlib import Path

from connectors.folder.config import FolderConfig
from connectors.folder.files import file_errors, make_folder, move_without_overwriting, sync_folder
from gateway.connector import Delivery, Receipt, safe_name
from gateway.errors import PermanentError

_HIDDEN = re.compile(r"\.[0-9a-f]{32}\.tmp", re.ASCII)
LEFT_AFTER_S = 3600


class FolderSender:
    """Writes under a hidden name, syncs, then gives the file its name; other content is never overwritten.

    A hidden file that a killed run left is removed at the first sending an hour later, when nobody writes it any more.
    """

    def __init__(self, config: FolderConfig) -> None:
        self._config = config
        self._swept = False

    def send(self, delivery: Delivery) -> Receipt:
        """The file's name in the folder; raises PermanentError where the name holds other content."""
        folder = self._config.path
        target = folder / safe_name(delivery.name)
        with file_errors(folder):
            make_folder(folder)
            if not self._swept:
                _sweep(folder)
                self._swept = True
            if _stands(target, delivery.content):
                return Receipt(target.name, repeated=True)
            written = _write_hidden(folder, delivery.content)
            try:
                move_without_overwriting(written, target)
            except FileExistsError:
                written.unlink()
                return Receipt(target.name, repeated=_stands(target, delivery.content))
            sync_folder(folder)
        return Receipt(target.name)


def _sweep(folder: Path) -> None:
    old = time.time() - LEFT_AFTER_S
    with os.scandir(folder) as entries:
        hidden = [Path(each.path) for each in entries if _HIDDEN.fullmatch(each.name)]
    for path in hidden:
        # Another one that writes here gives it its name meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_mtime < old:
                path.unlink()


def _stands(target: Path, content: bytes) -> bool:
    """Whether the file is there with this content; raises PermanentError where it is something else."""
    try:
        status = target.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISREG(status.st_mode) and status.st_size == len(content) and target.read_bytes() == content:
        return True
    raise PermanentError(f"{target.name} is there with other content; take it away, then resend")


def _write_hidden(folder: Path, content: bytes) -> Path:
    """The content on disk under a hidden name."""
    hidden = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        with hidden.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        hidden.unlink(missing_ok=True)
        raise
    return hidden
