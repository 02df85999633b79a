"""Reference data beside the repository: foreign cXML documents, and the DTDs."""

from __future__ import annotations

from pathlib import Path

from tests.edifact.corpus import DATA, there


def corpus() -> Path:
    """The folder of the cXML and OCI documents that others have published."""
    return there(DATA / "cxml-corpus")


def dtds() -> Path:
    """The folder of the cXML DTDs, as 1.2.014/cXML.dtd."""
    return there(DATA / "cxml-dtd")
