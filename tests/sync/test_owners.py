"""Whose data are whose: what channels state together, and what of it cannot be."""

from __future__ import annotations

import pytest

from gateway.sync.judging import Judge, Row, Rule, judge
from gateway.workspace.configuration import load
from gateway.workspace.owners import Owners

from .conftest import channels

CONNECTION = {"connections/there.toml": b'kind = "folder"\npath = "there"\n'}


@pytest.mark.parametrize(
    ("owner", "wrong"),
    [
        ('{ stocks = "gateway" }', "owner: stocks is no trade data"),
        ('{ stock = "erpp" }', "owner: erpp is nobody"),
        ('{ orders = "gateway" }', "owner: orders is no trade data"),
    ],
)
def test_an_owner_of_nothing_and_nobody_is_a_problem(owner: str, wrong: str) -> None:
    file = f'connection = "there"\nflows = {{ stock = "out" }}\nowner = {owner}\n'
    [problem] = load({**CONNECTION, "channels/shop.toml": file.encode()}).problems
    assert problem.text == wrong
    assert (problem.file, problem.line) == ("channels/shop.toml", 3)


def test_data_have_one_owner_whatever_channel_says_so() -> None:
    files = {
        f"channels/{name}.toml": f'connection = "there"\nflows = {{ stock = "out" }}\nowner = {{ stock = "{name}" }}\n'
        for name in ("erp", "shop")
    }
    found = load({**CONNECTION, **{path: text.encode() for path, text in files.items()}}).problems
    assert [each.text for each in found] == ["owner: stock is shop's here, and erp's in another channel"]


def test_a_column_has_the_owner_of_what_is_named_nearest() -> None:
    made = channels(
        cms='system = "web"\nflows = { products = "in" }\n'
        'owner = { product = "gateway", "products.name" = "cms", "products.name:de" = "gateway" }'
    )
    owners = Owners(made)
    assert [owners.of("products", column) for column in ("brand", "name", "name:fr", "name:de", None)] == [
        "gateway", "web", "web", "gateway", "gateway",
    ]  # fmt: skip
    assert owners.of("stock", "quantity") is None


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("contested", [True, False])
def test_what_is_judged_twice_is_judged_alike(rule: Rule, contested: bool) -> None:
    by = Judge("cms", rule, lambda column: {"a": "cms", "b": "gateway"}.get(column or ""), contested)
    theirs = {"a": "1", "b": "2", "c": "3", "d": ""}
    first = judge(by, Row("k", {"a": "x", "b": "y", "c": "z", "d": "w"}, theirs, {}))
    again = judge(by, Row("k", first.cells, theirs, theirs))
    assert again.cells == first.cells
    assert again.found == []
    assert (first.cells["a"], first.cells["b"]) == ("1", "y")


def test_an_empty_value_of_the_owner_takes_ours_away() -> None:
    by = Judge("cms", Rule.HOLD, lambda _: "cms", contested=True)
    assert judge(by, Row("k", {"name": "x", "note": "y"}, {"note": ""}, {})).cells == {"name": "x"}
