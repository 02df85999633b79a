"""What takes long tells a person at a terminal how far it is, and nobody else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gateway.cli import progress
from gateway.cli.progress import counted
from tests.workspaces import Place

LONG = {
    "prices": ("export", "prices", "--output", "FILE"),
    "Prices of 10012": ("price", "list", "--account", "10012", "--output", "FILE"),
    "Verifying": ("db", "verify"),
    "Bringing the index up to date": ("search", "--account", "10012", "bolt"),
    "Reading stock of shop": ("sync", "reconcile", "shop", "--against", "STOCK"),
}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Diagnostics go to a terminal, what is written goes elsewhere."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    streams = {name: SimpleNamespace(isatty=lambda on=on: on) for name, on in (("stderr", True), ("stdout", False))}
    monkeypatch.setattr(progress, "sys", SimpleNamespace(**streams))


@pytest.fixture
def shop(demo: Place) -> Place:
    demo.write("connections/shop.toml", 'kind = "folder"\npath = "outbox/shop"\n')
    demo.write("channels/shop.toml", 'connection = "shop"\nflows = { stock = "out" }\n')
    assert demo.run("export", "stock", "--output", demo.root / "stock.csv").status == 0
    return demo


def given(place: Place, title: str) -> list[object]:
    files = {"FILE": place.root / "made.csv", "STOCK": place.root / "stock.csv"}
    return [files.get(word, word) for word in LONG[title]]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("title", LONG)
def test_what_takes_long_is_seen_to_go_on(shop: Place, title: str) -> None:
    ran = shop.run(*given(shop, title))
    assert (ran.status, title in ran.err, title in ran.out) == (0, True, False)


@pytest.mark.parametrize("title", LONG)
def test_where_no_one_looks_there_is_no_bar(shop: Place, title: str) -> None:
    ran = shop.run(*given(shop, title))
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("words", [("export", "stock"), ("price", "list", "--account", "10012")])
def test_what_is_piped_goes_to_the_pipe_while_a_bar_is_seen(
    shop: Place, words: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    alone = shop.run(*words)
    request.getfixturevalue("terminal")
    beside = shop.run(*words)
    assert alone.out.count("\n") > 1
    assert (beside.out, "━" in beside.err) == (alone.out, True)


@pytest.mark.usefixtures("terminal")
def test_counted_rows_are_the_same_rows_and_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(counted(iter(range(2_500)), "rows")) == list(range(2_500))
    assert "2500/?" in capsys.readouterr().err
    assert list(counted(range(3), "rows", shown=False)) == [0, 1, 2]
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("terminal")
def test_a_title_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(counted(range(3), "prices [red].csv")) == [0, 1, 2]
    assert "prices [red].csv" in capsys.readouterr().err
