"""`gateway check`: the first workspace passes, and settings and mappings are looked at too."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import UsageError
from gateway.settings import load_settings
from gateway.workspace.configuration import load, read_files
from gateway.workspace.lint import lint
from gateway.workspace.template import make_workspace
from gateway.workspace.values import Wanted
from tests.workspace.files import ACME, workspace


def anything(_document: str) -> bool:
    """A published mapping reads everything."""
    return True


def test_a_new_workspace_has_nothing_to_say_of(tmp_path: Path) -> None:
    make_workspace(tmp_path / "new")
    assert lint(read_files(tmp_path / "new"), [], anything) == ([], [])
    assert load_settings(tmp_path / "new").auto_publish


@pytest.mark.parametrize("document", ["ORDERS", "ORDCHG"])
@pytest.mark.parametrize("release", ["D.96A", "D.01B"])
def test_the_example_partner_of_a_new_workspace_takes_orders_and_changes(
    tmp_path: Path, document: str, release: str
) -> None:
    make_workspace(tmp_path)
    configuration = load(read_files(tmp_path))
    example = configuration.partner_by_edifact("4012345000009", "14")
    assert example is not None
    assert (example.name, example.account) == ("example", "10001")
    assert configuration.agreement_for(example, Wanted("receive", "edifact", document, release))
    assert configuration.answer_for(example, Wanted("send", "edifact", "ORDRSP", release))
    assert configuration.answer_for(example, Wanted("send", "edifact", "CONTRL"))
    assert configuration.answer_for(example, Wanted("send", "json", "order"))


def test_a_workspace_is_never_written_over(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    (tmp_path / "partners/example.toml").write_text("mine")
    with pytest.raises(UsageError, match="a workspace already"):
        make_workspace(tmp_path)
    assert (tmp_path / "partners/example.toml").read_text() == "mine"


def test_a_workspace_where_none_can_be_written_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="name a folder that can be written"):
        make_workspace(tmp_path / "file")


def test_a_mapping_nobody_has_is_a_problem() -> None:
    files = workspace(ACME.replace('via = "inbox"', 'via = "inbox"\nmapping = "acme/orders"'))
    [problem] = lint(files, ["edifact/orders_d96a"], anything).problems
    assert str(problem).startswith("partners/acme.toml:10:1: unknown mapping acme/orders (see gateway")
    [near] = lint(files, ["acme/order"], anything).problems
    assert "(did you mean acme/order? Else see gateway mapping list" in str(near)
    assert not lint(files, ["acme/orders"], anything).problems


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"colour = 1\n", "1:1: unknown key colour"),
        (b'log_level = "loud"\n', "1:1: log_level: "),
        (b"[limits]\nmax_segment_bytes = 0\n", "2:1: limits.max_segment_bytes: "),
        (b'reuse_after = "long"\n', "1:1: reuse_after: 'long' is no duration (write a number"),
        (b'workspace = "."\n', "1:1: a workspace cannot name itself"),
        (b"auto_publish = yes\n", "1:16: Invalid value"),
    ],
)
def test_a_fault_in_the_settings_is_named_with_its_place(content: bytes, problem: str) -> None:
    problems = [str(each) for each in lint(workspace() | {"gateway.toml": content}, [], anything).problems]
    assert len(problems) == 1
    assert problems[0].startswith(f"gateway.toml:{problem}"), problems


def test_a_release_that_no_mapping_reads_is_a_problem_at_its_agreement() -> None:
    files = workspace()
    [problem] = lint(files, ["edifact/orders_d96a"], lambda document: document != "edifact ORDERS D.96A").problems
    assert problem.file == "partners/acme.toml"
    assert problem.text == "no published mapping reads edifact ORDERS D.96A"
