"""Every cXML document that others have published is read, and compared with its DTD as others have found."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

from gateway.cxml.document import CxmlDocument, read_cxml, read_preface
from gateway.cxml.dtd import validate
from gateway.cxml.redaction import redacted
from gateway.issues import Issue, has_errors
from tests.cxml.reference import corpus, dtds


class Published(NamedTuple):
    """A document, its element, and whether it is valid by the DTD it names, else by the newest."""

    name: str
    content: bytes
    type: str
    is_valid: bool


def published() -> Iterator[Published]:
    """Every cXML document of the corpus."""
    folder = corpus()
    for row in csv.DictReader((folder / "INDEX.tsv").read_text("utf-8").splitlines(), delimiter="\t"):
        if row["path"].endswith(".xml"):
            told = row["dtd_declared"] if row["dtd_declared"] in ("valid", "INVALID") else row["dtd_1.2.071"]
            kind = row["doctype"].removeprefix("Response/")
            yield Published(row["path"], (folder / row["path"]).read_bytes(), kind, told == "valid")


def test_what_others_have_published_is_read_with_its_kind_and_payload() -> None:
    read = {each.name: (each, read_cxml(each.content)) for each in published()}
    assert len(read) == 46
    for each, document in read.values():
        if each.type == "Index":
            assert isinstance(document, Issue)
            assert document.code == "cxml.missing"
            continue
        assert isinstance(document, CxmlDocument), each.name
        assert (document.type, document.body.name) == (each.type, each.type), each.name
        assert document.payload_id, each.name
        assert not has_errors(document.findings), each.name


def test_the_dtd_finds_what_others_have_found() -> None:
    found = {
        each.name: not any(issue.code == "cxml.dtd.invalid" for issue in validate(each.content, dtds()))
        for each in published()
        if each.type != "Index"
    }
    assert found == {each.name: each.is_valid for each in published() if each.type != "Index"}


def test_without_its_secrets_a_document_is_the_same_but_for_them() -> None:
    shown = 0
    for each in published():
        before, after = read_cxml(each.content), read_cxml(redacted(each.content))
        if isinstance(before, Issue):
            continue
        assert isinstance(after, CxmlDocument)
        assert not any(credential.secret for credential in after.header.sender)
        shown += sum(1 for credential in before.header.sender if credential.secret)
        texts = [
            [(node.name, node.text) for node in document.tree.root.walk() if node.name != "SharedSecret"]
            for document in (before, after)
        ]
        assert texts[0] == texts[1], each.name
    assert shown > 20


def test_what_is_read_before_the_rest_is_what_the_whole_document_says() -> None:
    for each in published():
        document, preface = read_cxml(each.content), read_preface(each.content)
        if isinstance(document, CxmlDocument):
            assert preface == (document.kind, document.version, document.header), each.name
        else:
            assert isinstance(preface, Issue), each.name
