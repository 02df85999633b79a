"""Every kind of table goes in and out alike, whoever saved the file and however."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.masterdata.exporting import export_rows
from gateway.masterdata.importing import ImportOptions, ImportReport, import_rows
from gateway.masterdata.kinds import KINDS
from gateway.store.engine import Store, open_store
from gateway.store.migrate import upgrade

from .examples import EXAMPLES
from .files import TODAY, refused

Take = Callable[..., ImportReport]


def test_every_kind_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(KINDS)


def taken(store: Store, kind: str, path: Path, content: str | bytes, **options: bool) -> ImportReport:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_rows(store, kind, path, ImportOptions(TODAY, **options))


def rows(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(EXAMPLES[kind])))


def everything(store: Store, form: str) -> dict[str, str]:
    return {kind: "".join(export_rows(store, kind, form)) for kind in KINDS}  # type: ignore[arg-type]


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    """A store into which the example of every kind was taken, each row of it."""
    for kind in KINDS:
        report = taken(store, kind, tmp_path / "in", EXAMPLES[kind])
        assert refused(report) == [], kind
        assert report.inserted == report.rows == len(rows(kind)), kind
    return store


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_exported_fills_an_empty_store_with_the_same(
    filled: Store, new_database: Callable[[str], str], kept_in: str, tmp_path: Path, form: str
) -> None:
    written = everything(filled, form)
    with closing(open_store(new_database(kept_in))) as second:
        upgrade(second)
        for kind in KINDS:
            report = taken(second, kind, tmp_path / "in", written[kind])
            assert (refused(report), report.inserted) == ([], report.rows), kind
        assert everything(second, form) == written
        for kind in KINDS:
            again = taken(second, kind, tmp_path / "in", written[kind])
            assert again.unchanged == again.rows, kind


def test_the_same_file_again_changes_nothing_and_neither_does_a_dry_run(filled: Store, tmp_path: Path) -> None:
    before = everything(filled, "csv")
    for kind in KINDS:
        for dry_run in (False, True):
            report = taken(filled, kind, tmp_path / "in", EXAMPLES[kind], dry_run=dry_run)
            assert report.unchanged == report.rows == len(rows(kind)), kind
    assert everything(filled, "csv") == before


@pytest.fixture
def one(new_database: Callable[..., str], tmp_path: Path) -> Iterator[Take]:
    """Takes files into a store that holds every example, as a dry run."""

    def fill(url: str) -> None:
        with closing(open_store(url)) as fresh:
            upgrade(fresh)
            for each in KINDS:
                taken(fresh, each, tmp_path / "in", EXAMPLES[each])

    with closing(open_store(new_database("sqlite", "every kind", fill))) as store:
        yield lambda kind, content: taken(store, kind, tmp_path / "in", content, dry_run=True)


def _json_lines(kind: str) -> str:
    stated = ({name: cell for name, cell in row.items() if cell} for row in rows(kind))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in stated)


def _parted_by(mark: str, kind: str) -> str:
    table = io.StringIO()
    written = csv.DictWriter(table, list(rows(kind)[0]), delimiter=mark, lineterminator="\n")
    written.writeheader()
    written.writerows(rows(kind))
    return table.getvalue()


SAME = {
    "CRLF": lambda kind: EXAMPLES[kind].replace("\n", "\r\n"),
    "byte order mark": lambda kind: b"\xef\xbb\xbf" + EXAMPLES[kind].encode(),
    "semicolons": lambda kind: _parted_by(";", kind),
    "JSON lines": _json_lines,
    "no end of the last line": lambda kind: EXAMPLES[kind].rstrip("\n"),
    "columns in another order": lambda kind: _turned(kind),
}


def _turned(kind: str) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in reversed([each.replace('"', '""') for each in row]))
                     for row in csv.reader(io.StringIO(EXAMPLES[kind])))  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("saved", SAME)
def test_a_table_is_the_same_however_it_was_saved(one: Take, kind: str, saved: str) -> None:
    report = one(kind, SAME[saved](kind))
    assert refused(report) == []
    assert report.unchanged == report.rows == len(rows(kind))


UNSEEN = "\x00\x07\x1b\x1f\x7f\x85\x9b\u2028\u2029\u200b\u00ad\ufeff\u00a0"


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_or_name_holds_what_nobody_sees(one: Take, kind: str) -> None:
    """The first column of every kind says what its rows are about."""
    column, first = next((name, cell) for row in rows(kind) for name, cell in row.items() if cell)
    for wrong in UNSEEN:
        row = next(row for row in rows(kind) if row[column] == first)
        for form in ("csv", "json"):
            stated = {name: cell for name, cell in row.items() if cell} | {column: f"{first[0]}{wrong}{first[1:]}"}
            content = json.dumps(stated) if form == "json" else _written(stated)
            [(line, told, code)] = refused(one(kind, content))
            assert (line, told) == (1 if form == "json" else 2, column), (wrong, form)
            assert code == "import.encoding" if wrong == "\x00" else code.startswith("import.value."), (wrong, form)


def _written(row: dict[str, str]) -> str:
    table = io.StringIO()
    written = csv.DictWriter(table, list(row), lineterminator="\n")
    written.writeheader()
    written.writerow(row)
    return table.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_read_is_refused_with_its_place(one: Take, kind: str) -> None:
    header, first, *_ = EXAMPLES[kind].splitlines()
    required = next((each for each in KINDS[kind].required() if each in rows(kind)[0]), None)
    assert refused(one(kind, EXAMPLES[kind].encode("utf-16"))) == [(1, None, "import.encoding")]
    assert refused(one(kind, b"")) == [(1, None, "import.empty")]
    assert refused(one(kind, _parted_by("\t", kind))) == [(1, None, "import.header")]
    assert refused(one(kind, f"{header},{header.split(',')[0]}\n")) == [(1, header.split(",")[0], "import.header")]
    assert refused(one(kind, f"{header},nonsense\n{first},x\n")) == [(2, "nonsense", "import.column.unknown")]
    assert refused(one(kind, f"{header}\n{first},one too many\n")) == [(2, None, "import.row.ragged")]
    if required:
        nothing = one(kind, "nonsense\n")
        assert refused(nothing)[0] == (1, "nonsense", "import.column.unknown")
        assert (1, required, "import.value.missing") in refused(nothing)
        assert nothing.unusable
    assert (refused(one(kind, f"{header}\n")), one(kind, f"{header}\n").unusable) == ([], False)
    broken = one(kind, f"{header}\n".encode() + b"\xff" + first.encode() + b"\n")
    assert [(line, code) for line, _, code in refused(broken)] == [(2, "import.encoding")]
    if required:
        left_out = [{name: cell for name, cell in row.items() if name != required and cell} for row in rows(kind)]
        missing = one(kind, "".join(json.dumps(row) + "\n" for row in left_out))
        assert {(column, code) for _, column, code in refused(missing)} == {(required, "import.value.missing")}
