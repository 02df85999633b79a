"""Setups: what a buyer's system asks of the shop, read by a mapping."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.errors import PermanentError
from gateway.issues import Issue, has_errors
from gateway.mapping.tree_mapping import TreeMapping
from gateway.model.punchout import PunchoutSetup
from gateway.pipeline.work import Line

_MAKES = "punchout_setup"


class Read(NamedTuple):
    """A setup with what was found in reading it; None where an issue keeps it from being read."""

    setup: PunchoutSetup | None
    issues: tuple[Issue, ...]


def read_setup(line: Line, document: str, content: bytes, agreed: str | None = None) -> Read:
    """The setup in what came as this document (`oci call`): by the mapping agreed, else by the one shipped.

    Raises PermanentError where no mapping reads it, ConfigError where the one agreed cannot be used.
    """
    identity = agreed or line.library.standard(document, inbound=True)
    mapping = line.library.inbound(identity) if identity else None
    if not isinstance(mapping, TreeMapping) or mapping.makes != _MAKES:
        raise PermanentError(f"No mapping makes a {_MAKES} of {document}. Add one below mappings/.")
    found = mapping.parts(content)
    read = mapping.read(found.parts[0]) if found.parts else None
    issues = (*found.issues, *(read.issues if read else ()))
    if read is None or has_errors(issues):
        return Read(None, issues)
    return Read(msgspec.convert(read.document, PunchoutSetup), issues)
