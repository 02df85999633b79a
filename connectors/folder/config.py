"""What a folder connection is told: its fields, and the folders that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gateway.connector import ConnectionConfig, Field

FIELDS = (
    Field(name="path", required=True, help="The folder, relative to the workspace; made when missing."),
    Field(name="pattern", default="*", help="The files that are taken, as *.edi."),
    Field(
        name="after",
        default="archive",
        choices=("archive", "delete"),
        help="What becomes of a file once it is stored: moved to archive/DAY/ in the folder, or deleted.",
    ),
)


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """A folder connection as configured; claims and archive lie inside it, so that a rename moves a file there."""

    CLAIMS: ClassVar[str] = ".claimed"
    ARCHIVE: ClassVar[str] = "archive"

    path: Path
    pattern: str = "*"
    archive: bool = True

    @classmethod
    def of(cls, config: ConnectionConfig) -> FolderConfig:
        """The configuration of one connection file."""
        values = config.values
        return cls(config.workspace / values.text("path"), values.text("pattern"), values.text("after") == "archive")

    @property
    def claims(self) -> Path:
        """Where claimed files wait until they are stored."""
        return self.path / self.CLAIMS

    @property
    def archived(self) -> Path:
        """Where stored files lie, a folder a day."""
        return self.path / self.ARCHIVE
