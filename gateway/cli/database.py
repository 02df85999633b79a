"""`gateway db`: the store's schema, a backup of it, a check, and its move to another database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import emit_json, emit_rows, say
from gateway.cli.progress import progress
from gateway.errors import UsageError
from gateway.queue.lock import dispatching
from gateway.settings import load_settings
from gateway.store.engine import Store, open_store
from gateway.store.migrate import status, upgrade
from gateway.store.moving import count_rows, move, refuse_filled
from gateway.store.verify import altered
from gateway.wiring import lock_of, open_store_of, store_url


def register(app: typer.Typer) -> None:
    """Add the commands."""
    database = group("The store: its schema, a backup, a check.")
    database.command("upgrade", epilog="Example: gateway db upgrade")(db_upgrade)
    database.command("status", epilog="Example: gateway db status")(db_status)
    database.command("backup", epilog="Example: gateway db backup gateway-2026-11-24.db")(db_backup)
    database.command("copy", epilog="Example: gateway db copy postgresql://gateway@db.example/gateway")(db_copy)
    database.command("verify", epilog="Example: gateway db verify")(db_verify)
    app.add_typer(database, name="db")


def db_upgrade(context: typer.Context) -> int:
    """Bring the store's schema to this program's version."""
    with _store(context) as store:
        say(f"The store is at step {upgrade(store).current}.")
    return DONE


def db_status(context: typer.Context, as_json: Json = False) -> int:
    """Show how far the store's schema is."""
    with _store(context) as store:
        now = status(store)
    if as_json:
        emit_json({"current": now.current, "pending": list(now.pending), "is_newer": now.is_newer})
    else:
        say(f"at step {now.current}; to come: {', '.join(now.pending) or 'nothing'}")
    return DONE if now.is_current else REFUSED


def _store(context: typer.Context) -> closing[Store]:
    return closing(open_store(store_url(load_settings(workspace_of(context)))))


def db_backup(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> int:
    """Write a consistent copy of an embedded store while the gateway runs."""
    with _store(context) as store, progress(f"Copying to {file.name}") as bar:
        store.copy_to(file, bar.so_far)
    say(f"{file}: {file.stat().st_size} bytes")
    return DONE


def db_verify(context: typer.Context) -> int:
    """Read every page of an embedded store, and compare every archived byte with its digest."""
    with _store(context) as store, progress("Verifying") as bar:
        wrong = [*store.faults(), *altered(store, bar.advance)]
    for each in wrong:
        say(each)
    say(f"{len(wrong)} altered" if wrong else "Every transmission and document is as it was written.")
    return REFUSED if wrong else DONE


def db_copy(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="An empty database.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show how many rows there are.")] = False,
    as_json: Json = False,
) -> int:
    """Move the store to another database, compared row by row; all of it or nothing. The gateway must not run."""
    settings = load_settings(workspace_of(context))
    with open_store_of(settings.workspace) as store, closing(open_store(url)) as target:
        if store.url == target.url:
            raise UsageError("That is where the store is. Name another database.")
        lock = lock_of(store, settings.workspace)
        with dispatching(lock) as ours:
            if not ours:
                raise UsageError(f"A gateway serves this workspace: {lock.holder()}. Stop it first.")
            refuse_filled(target)
            counted = count_rows(store)
            if dry_run:
                rows = [{"table": name, "rows": count} for name, count in counted.items()]
            else:
                with progress("Copying and comparing", 2 * sum(counted.values())) as bar:
                    rows = [each._asdict() for each in move(store, target, bar.advance)]
        where = target.url
    emit_rows(rows, list(rows[0]), "Tables (dry run: nothing was written)" if dry_run else "Copied", as_json)
    if not dry_run and not as_json:
        say(f"\nNext: write database_url in gateway.toml: {where}")
    return DONE
