"""`gateway import` and `gateway export`: business data in and out as CSV or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.context import DONE, REFUSED, WRONG_USE, Json, workspace_of
from gateway.cli.effects_view import show_effects
from gateway.cli.output import complain, emit_json, emit_table, say
from gateway.cli.progress import Bar, counted, progress
from gateway.errors import UsageError
from gateway.masterdata.effects import PriceWatch
from gateway.masterdata.exporting import export_rows
from gateway.masterdata.importing import ImportOptions, ImportReport, import_rows
from gateway.masterdata.kinds import KINDS
from gateway.masterdata.metrics import export_metrics
from gateway.pipeline.order_view import export_orders
from gateway.pipeline.price_effects import price_effects
from gateway.store.types import instant_text
from gateway.wiring import open_store_of, utc_now

_KINDS = ", ".join(KINDS)
_FURTHER = {"orders": export_orders, "metrics": export_metrics}
"""What goes out and is never taken back."""
_SHOW_PROGRESS_BYTES = 1 << 20


class Format(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import", epilog="Example: gateway import prices prices.csv --dry-run")(import_)
    app.command("export", epilog="Example: gateway export prices --output prices.csv")(export)


def import_(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {_KINDS}.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON lines; UTF-8.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; report what would change.")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="Take no row where one is refused.")] = False,
    show: Annotated[int, typer.Option("--show", help="A dry run of prices shows so many changes.", min=0)] = 100,
    as_json: Json = False,
) -> int:
    """Take a table into the store; the same file again changes nothing. Good rows stand where others are refused."""
    now = utc_now()
    today = now.date()
    effects: list[dict[str, Any]] = []
    watch = PriceWatch(show, lambda db, before, changed: effects.extend(price_effects(db, before, changed, today)))
    at = instant_text(now)
    options = ImportOptions(today, dry_run, all_or_nothing, watch if dry_run else None, at)
    with open_store_of(workspace_of(context)) as store, _progress(file) as bar:
        report = import_rows(store, kind, file, options, bar.so_far)
    if dry_run:
        show_effects(effects, watch.count, as_json)
    _show(report, file, dry_run, as_json)
    if report.unusable:
        return WRONG_USE
    return REFUSED if report.refusals else DONE


def _progress(file: Path) -> AbstractContextManager[Bar]:
    shown = sys.stderr.isatty() and file.is_file() and file.stat().st_size > _SHOW_PROGRESS_BYTES
    lines = sum(1 for _ in file.open("rb")) - 1 if shown else None
    return progress(file.name, lines, shown=shown)


def _show(report: ImportReport, file: Path, dry_run: bool, as_json: bool) -> None:
    if as_json:
        for refusal in report.refusals:
            emit_json(refusal._asdict())
        emit_json(report.summary())
        return
    counted = {name: count for name, count in report.summary().items() if count or not name.startswith("created_")}
    title = f"{file.name}{' (dry run: nothing was written)' if dry_run else ''}"
    emit_table(title, list(counted), [list(counted.values())])
    for refusal in report.refusals:
        place = f"{refusal.file}:{refusal.line}" + (f" {refusal.column}" if refusal.column else "")
        complain(f"{place}: {refusal.text} ({refusal.code})")


def export(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {_KINDS}, orders, metrics.")],
    form: Annotated[Format, typer.Option("--format", help="csv or json (lines).")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="The file to write; stdout when left out.")] = None,
) -> int:
    """Write every row of a kind, in the form the import takes back."""
    with open_store_of(workspace_of(context)) as store:
        rows = _FURTHER[kind](store, form.value) if kind in _FURTHER else export_rows(store, kind, form.value)
        write_lines(rows, output, kind)
    return DONE


def write_lines(lines: Iterator[str], output: Path | None, title: str) -> None:
    """Write lines to stdout, or to a file and say how many; a bar tells how many so far where they do not."""
    told = counted(lines, title, shown=output is not None or not sys.stdout.isatty())
    if output is None:
        for line in told:
            sys.stdout.write(line)
    else:
        say(f"{_written(told, output)} lines written to {output}")


def _written(rows: Iterator[str], output: Path) -> int:
    """How many lines were written; the file appears complete or not at all."""
    if output.exists() and not output.is_file():
        raise UsageError(f"{output} is a folder or a device. Name a file.")
    unfinished = output.with_name(f".{output.name}.tmp")
    count = 0
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as opened:
            for row in rows:
                opened.write(row)
                count += 1
        unfinished.replace(output)
    except OSError as error:
        error.filename = str(output)
        raise
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return count
