"""`gateway cxml validate`: a document looked at as its receiver will, without a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cxml.reference import corpus, dtds
from tests.workspaces import run

ENVELOPE = "officeluv+cxml/envelope.xml"
VALID = "officeluv+cxml/envelope2.xml"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace is near, and no folder of DTDs is set."""
    monkeypatch.delenv("GATEWAY_CXML_DTD_DIR", raising=False)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


def test_a_document_that_follows_its_dtd_has_nothing_to_tell() -> None:
    ran = run("cxml", "validate", corpus() / VALID, "--dtd", dtds())
    assert ran.status == 0
    assert "envelope2.xml follows its DTD." in ran.out
    assert run("cxml", "validate", corpus() / VALID, "--dtd", dtds(), "--json").lines == []


def test_findings_and_faults_of_the_dtd_are_told_by_line() -> None:
    ran = run("cxml", "validate", corpus() / ENVELOPE, "--dtd", dtds(), "--json")
    assert ran.status == 1
    assert [(each["severity"], each["code"], each["line"]) for each in ran.lines] == [
        ("finding", "cxml.user-agent.missing", 4),
        ("error", "cxml.dtd.invalid", 15),
        ("error", "cxml.dtd.invalid", 23),
    ]
    assert "expecting (Credential+ , UserAgent)" in str(ran.lines[1]["text"])
    shown = run("cxml", "validate", corpus() / ENVELOPE, "--dtd", dtds())
    assert shown.status == 1
    assert "cXML/Header" in shown.out


def test_the_folder_may_be_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_CXML_DTD_DIR", str(dtds()))
    assert run("cxml", "validate", corpus() / VALID).status == 0


def test_without_a_dtd_nothing_is_said_to_be_right(tmp_path: Path) -> None:
    for more in ((), ("--dtd", tmp_path)):
        ran = run("cxml", "validate", corpus() / VALID, *more, "--json")
        assert (ran.status, ran.lines[-1]["code"]) == (1, "cxml.dtd.missing")


def test_a_version_that_is_not_there_is_compared_with_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes((corpus() / VALID).read_bytes().replace(b"1.2.014", b"1.2.999"))
    ran = run("cxml", "validate", file, "--dtd", dtds(), "--json")
    [told] = ran.lines
    assert (ran.status, told["code"], told["severity"]) == (0, "cxml.dtd.missing", "finding")
    assert "it was compared with 1.2.071/cXML.dtd" in str(told["text"])


def test_of_an_entity_with_attachments_the_document_is_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "a.mime"
    head = b"Content-Type: multipart/related; boundary=b\r\n\r\n"
    for document, status in ((VALID, 0), (ENVELOPE, 1)):
        parts = b"--b\r\n\r\n" + (corpus() / document).read_bytes() + b"\r\n--b\r\n\r\nplan\r\n--b--"
        file.write_bytes(head + parts)
        assert run("cxml", "validate", file, "--dtd", dtds()).status == status
    file.write_bytes(head + b"--c--")
    [told] = run("cxml", "validate", file, "--dtd", dtds(), "--json").lines
    assert told["code"] == "cxml.multipart.unreadable"


@pytest.mark.parametrize("content", [b"", b"<html/>", b"%PDF", b'<!DOCTYPE cXML SYSTEM "file:///etc/passwd"><cXML/>'])
def test_what_is_no_cxml_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(content)
    ran = run("cxml", "validate", file, "--dtd", dtds(), "--json")
    assert ran.status == 1
    assert [each["severity"] for each in ran.lines] == ["error"]
    assert ran.lines[0]["advice"]


def test_a_file_of_the_folder_that_is_no_dtd_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "1.2.014").mkdir()
    (tmp_path / "1.2.014" / "cXML.dtd").write_text("<!ELEMENT")
    ran = run("cxml", "validate", corpus() / VALID, "--dtd", tmp_path)
    assert ran.status == 2
    assert "cXML.dtd is no DTD" in ran.err
