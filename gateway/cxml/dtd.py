"""cXML documents compared with the DTD they name, for whoever sends them to look at before."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.cxml.envelope import module_of
from gateway.cxml.kept import package_of
from gateway.issues import Issue, Severity
from gateway.xml.dtd import dtd_faults

_NAMED = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/([0-9A-Za-z]{1,40}\.dtd)\Z")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_NO_FOLDER = "no folder of DTDs is named, by --dtd or GATEWAY_CXML_DTD_DIR: nothing was compared"


def validate(content: bytes, folder: Path | None) -> list[Issue]:
    """What is wrong with a cXML document: what reading it finds, and what its DTD does not allow, by line.

    Of an entity of MIME, as a document with attachments is kept, the document is looked at, and lines are its own.

    The folder holds DTDs as VERSION/MODULE.dtd, as in 1.2.014/cXML.dtd. A document that names none is compared with
    that of its version; where that is not there, the newest is taken and a finding says so.
    """
    package = package_of(content)
    if isinstance(package, Issue):
        return [package]
    document = read_cxml(package.xml)
    if isinstance(document, Issue):
        return [document]
    findings = list(document.findings)
    if folder is None:
        return [*findings, Issue(code="cxml.dtd.missing", text=_NO_FOLDER)]
    named = _named(document)
    if not named or not (folder / named).is_file():
        newest = _newest(folder, f"{module_of(document.type)}.dtd")
        if newest is None:
            text = f"there is no {named or 'DTD for it'} in the folder of DTDs: nothing was compared"
            return [*findings, Issue(code="cxml.dtd.missing", text=text)]
        if named:
            text = f"there is no {named} in the folder of DTDs: it was compared with {newest}"
            findings.append(Issue(code="cxml.dtd.missing", text=text, severity=Severity.FINDING))
        named = newest
    findings += dtd_faults(package.xml, folder / named, "cxml.dtd.invalid")
    return sorted(findings, key=lambda issue: issue.line or 0)


def _named(document: CxmlDocument) -> str:
    """The DTD a document names by its DOCTYPE or its version, as VERSION/MODULE.dtd; empty where it names none."""
    address = _NAMED.search(document.dtd)
    if address:
        return f"{address[1]}/{address[2]}"
    stated = _VERSION.fullmatch(document.version)
    return f"{stated[0]}/{module_of(document.type)}.dtd" if stated else ""


def _newest(folder: Path, module: str) -> str | None:
    """The highest version of which the folder has this file."""
    versions = [path.parent.name for path in folder.glob(f"*/{module}") if _VERSION.fullmatch(path.parent.name)]
    newest = max(versions, key=lambda version: [int(part) for part in version.split(".")], default=None)
    return f"{newest}/{module}" if newest else None
