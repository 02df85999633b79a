"""Documents compared with a DTD that lies in a file of ours; nothing is fetched, and entities stay what they are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lxml import etree

from gateway.errors import UsageError
from gateway.issues import Issue

_MOST_FAULTS = 200


def dtd_faults(content: bytes, file: Path, code: str) -> list[Issue]:
    """What the DTD of the file does not allow in a document that read_xml takes, as errors with this code, by line.

    Raises OSError for a file that cannot be read, UsageError for one that is no DTD.
    """
    parser = etree.XMLParser(resolve_entities="internal", no_network=True, load_dtd=False, remove_pis=True)
    document = etree.fromstring(content, parser)
    dtd = _loaded(file, file.stat().st_mtime_ns)
    if dtd.validate(document):
        return []
    # A document that lacks one declaration may lack it in each of a thousand lines.
    found = [entry for entry, _ in zip(dtd.error_log.filter_from_errors(), range(_MOST_FAULTS), strict=False)]
    return [Issue(code=code, text=str(each.message)[:500], line=max(each.line, 1), column=1) for each in found]


@lru_cache(maxsize=32)
def _loaded(file: Path, _changed_ns: int) -> etree.DTD:
    """A DTD takes longer to read than a document; one file is read once until it changes."""
    with file.open("rb") as opened:
        try:
            return etree.DTD(opened)
        except etree.DTDParseError as error:
            raise UsageError(f"{file} is no DTD: {error}. Name a folder of cXML DTDs.") from None
