"""Every published mapping does what stands beside it, and nothing of it is without a sample and a check."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.bundle import bundled
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.library import Library
from gateway.mapping.targets import DOCUMENTS
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.trial import try_file
from gateway.mapping.verdicts import check_problems, checks_of
from gateway.testing.mapping_cases import MappingCase, mapping_cases
from gateway.workbench import open_workbench

BENCH = open_workbench(None)
IDS = BENCH.library.ids()


@pytest.mark.parametrize("case", mapping_cases(), ids=str)
def test_a_published_mapping_does_what_stands_beside_it(case: MappingCase) -> None:
    case.verify()


@pytest.mark.parametrize("identity", IDS)
def test_every_published_mapping_has_a_sample_and_checks(identity: str) -> None:
    assert BENCH.samples(identity)
    assert checks_of(BENCH.library, identity).checks


@pytest.mark.parametrize("identity", IDS)
def test_what_a_sample_comes_to_is_a_canonical_document(identity: str) -> None:
    mapping = BENCH.library.mapping(identity)
    if isinstance(mapping, InboundMapping | TreeMapping):
        for content in BENCH.samples(identity).values():
            for trial in try_file(mapping, content).trials:
                msgspec.convert(trial.document, DOCUMENTS[mapping.makes])


@pytest.mark.parametrize("identity", IDS)
def test_every_line_of_ignore_says_why(identity: str) -> None:
    mapping = BENCH.library.mapping(identity)
    if isinstance(mapping, InboundMapping | TreeMapping):
        assert all(len(reason.text.split()) > 1 for reason in mapping.ignored.values())


@pytest.mark.parametrize(
    ("syntax", "association", "identity"),
    [
        ("edifact ORDERS D.96A", "", "edifact/orders_d96a"),
        ("edifact ORDERS D.96A", "EAN008", "eancom/orders_97"),
        ("edifact ORDERS D.01B", "EAN010", "eancom/orders_02"),
        ("edifact ORDCHG D.96A", "EAN005", "eancom/ordchg_97"),
        ("edifact ORDCHG D.01B", "", "edifact/ordchg_d01b"),
        ("edifact ORDRSP D.01B", "EAN010", "eancom/ordrsp_02"),
        ("edifact ORDERS D.96A", "XYZ001", "edifact/orders_d96a"),
    ],
)
def test_the_published_mapping_of_a_message_is_found_by_type_release_and_association(
    syntax: str, association: str, identity: str
) -> None:
    assert BENCH.library.standard(syntax, association) == identity


def test_cases_of_a_workspace_are_its_own_mappings_only(tmp_path: Path) -> None:
    folder = tmp_path / "mappings" / "partners" / "acme" / "orders"
    folder.mkdir(parents=True)
    (folder / "mapping.toml").write_text('extends = "edifact/orders_d96a"\npartner = "acme"\n')
    (folder / "checks.toml").write_text(
        """[[check]]\nsays = "a line"\ngiven = "LIN+7'QTY+21:1'"\nexpect = { "lines[0].position" = 8 }\n"""
    )
    samples = tmp_path / "sample_messages" / "acme" / "orders"
    samples.mkdir(parents=True)
    (samples / "one.edi").write_bytes((bundled("sample_messages") / "edifact/orders_d96a/smallest.edi").read_bytes())
    sample, check = mapping_cases(tmp_path)
    assert str(sample) == "acme/orders: one.edi"
    with pytest.raises(AssertionError, match=r"there is no expect/one\.json"):
        sample.verify()
    with pytest.raises(AssertionError, match=r"lines\[0\].position is 7, not 8"):
        check.verify()


def test_a_mapping_that_cannot_be_used_is_a_red_case(tmp_path: Path) -> None:
    folder = tmp_path / "mappings" / "partners" / "acme" / "orders"
    folder.mkdir(parents=True)
    (folder / "mapping.toml").write_text('extends = "edifact/nowhere"\npartner = "acme"\n')
    (case,) = mapping_cases(tmp_path)
    with pytest.raises(AssertionError, match="no mapping 'edifact/nowhere' to extend"):
        case.verify()


def test_a_red_check_is_a_problem_of_its_file() -> None:
    files = {
        "partners/acme/orders/mapping.toml": b'extends = "edifact/orders_d96a"\npartner = "acme"\n',
        "partners/acme/orders/checks.toml": b'[[check]]\nsays = "x"\ngiven = ""\nexpect = { number = "7" }\n',
    }
    assert check_problems(BENCH.library) == []
    (problem,) = check_problems(Library({**BENCH.library.files, **files}))
    assert str(problem) == "mappings/partners/acme/orders/checks.toml:1:1: x: number is 'O-1', not '7'"


def test_checks_without_a_smallest_message_are_a_problem() -> None:
    files = {
        "acme/orders/mapping.toml": b'reads = "edifact ORDERS D.96A"\nmakes = "order"\n[order]\n'
        b'number = "BGM/1004 | required"\nordered_on = "DTM[137] | date | required"\n',
        "acme/orders/checks.toml": b'[[check]]\nsays = "x"\ngiven = ""\nexpect = { number = "7" }\n',
    }
    (problem,) = check_problems(Library(files))
    assert "acme/orders/checks.toml states no smallest message. Add it: smallest" in str(problem)
