"""`gateway mapping`: the mappings at hand shown, tried, checked and measured. No store is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.cli.context import DONE, REFUSED, Json, group, workspace_of
from gateway.cli.output import complain, emit_json, emit_rows, say
from gateway.errors import ConfigError, UsageError
from gateway.issues import has_errors
from gateway.mapping.coverage import Coverage, coverage
from gateway.mapping.effective_text import effective_lines, entries
from gateway.mapping.first_mapping import first_mapping
from gateway.mapping.mapping_page import mapping_page
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.trial import Trial, try_document, try_file
from gateway.mapping.trial_text import issue_lines, rendering_lines, unread_lines
from gateway.mapping.verdicts import Verdict
from gateway.pipeline.message_view import issue_object
from gateway.workbench import Workbench, open_workbench

Identity = Annotated[str, typer.Argument(metavar="ID", help="A mapping's id, from `gateway mapping list`.")]
AnyIdentity = Annotated[str | None, typer.Argument(metavar="[ID]", help="One mapping; left out: all of them.")]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A file that the mapping reads; for one that writes, a canonical document in JSON.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]
COLUMNS = ("mapping", "reads", "makes", "extends", "from")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = group("The mappings at hand, shipped and the workspace's own: shown, tried, checked and measured.")
    commands.command("list", epilog="Example: gateway mapping list")(list_)
    commands.command("show", epilog="Example: gateway mapping show acme/orders")(show)
    commands.command("try", epilog="Example: gateway mapping try edifact/orders_d96a order.edi")(try_)
    commands.command("check", epilog="Example: gateway mapping check acme/orders --accept")(check)
    commands.command("coverage", epilog="Example: gateway mapping coverage edifact/orders_d96a")(coverage_)
    commands.command("new", epilog="Example: gateway mapping new --from sample.xml > mapping.toml")(new)
    commands.command("doc", epilog="Example: gateway mapping doc acme/orders > orders.md")(doc)
    app.add_typer(commands, name="mapping")


def list_(context: typer.Context, as_json: Json = False) -> int:
    """List every mapping, shipped or of the workspace."""
    bench = open_workbench(workspace_of(context))
    rows, broken = [], []
    for identity in bench.ids():
        try:
            rows.append(_row(bench, identity))
        except ConfigError:
            broken += bench.library.problems(identity)
    emit_rows(rows, COLUMNS, "Mappings", as_json)
    for problem in broken:
        complain(str(problem))
    return REFUSED if broken else DONE


def _row(bench: Workbench, identity: str) -> dict[str, object]:
    """Raises ConfigError where its file, or what that extends, cannot be read."""
    document = bench.library.effective(identity)
    return {
        "mapping": identity,
        "reads": document.reads,
        "makes": document.makes,
        "extends": document.chain[-1].extends or None,
        "partner": document.partner or None,
        "from": "workspace" if bench.library.path(identity) in bench.own else "shipped",
    }


def show(context: typer.Context, identity: Identity, as_json: Json = False) -> int:
    """Show a mapping with all it extends, and the file and line each rule comes from."""
    bench = open_workbench(workspace_of(context))
    (found,) = bench.ids(identity)
    document = bench.library.effective(found)
    if as_json:
        for entry in entries(document):
            emit_json(entry._asdict())
    else:
        for line in effective_lines(document):
            say(line)
    return DONE


def new(
    context: typer.Context,
    sample: Annotated[
        Path,
        typer.Option("--from", metavar="FILE", help="A sample of what is to be read.", exists=True, dir_okay=False),
    ],
    makes: Annotated[str, typer.Option("--makes", metavar="DOCUMENT", help="What the mapping makes.")] = "order",
) -> int:
    """Write a first mapping from a sample, with everything that stands in it listed."""
    library = open_workbench(workspace_of(context)).library
    say(first_mapping(library, sample.read_bytes(), makes).rstrip("\n"))
    return DONE


def doc(context: typer.Context, identity: Identity) -> int:
    """Write a mapping as a page in Markdown: which field comes from where, and what is not read."""
    bench = open_workbench(workspace_of(context))
    (found,) = bench.ids(identity)
    for line in mapping_page(bench.library.effective(found)):
        say(line)
    return DONE


def try_(context: typer.Context, identity: Identity, file: File, as_json: Json = False) -> int:
    """Show what a mapping makes of a file: the document, the issues, and every element nothing has read."""
    bench = open_workbench(workspace_of(context))
    (found,) = bench.ids(identity)
    mapping = bench.usable(found)
    content = file.read_bytes()
    if isinstance(mapping, OutboundMapping | TextMapping):
        return _try_document(bench, mapping, content, as_json)
    tried = try_file(mapping, content)
    if not tried.trials and not (tried.issues and isinstance(mapping, TreeMapping)):
        held = ", ".join(dict.fromkeys(tried.others)) or "no message at all"
        raise UsageError(f"{found} reads {mapping.reads}, and {file} holds {held}. Name another mapping or file.")
    for trial in tried.trials:
        if as_json:
            emit_json(_trial_object(trial))
        else:
            _show_trial(bench, trial)
    for issue in tried.issues:
        at = f"line {issue.line}" if issue.offset is None else issue.offset
        complain(f"{issue.severity}: {issue.code} at {at}: {issue.text}")
    is_red = any(has_errors(trial.issues) for trial in tried.trials) or has_errors(tried.issues)
    return REFUSED if is_red else DONE


def _trial_object(trial: Trial) -> dict[str, object]:
    return {**trial.as_object(), "issues": [issue_object(issue) for issue in trial.issues]}


def _show_trial(bench: Workbench, trial: Trial) -> None:
    say(trial.title)
    say(msgspec.json.format(msgspec.json.encode(trial.document), indent=2).decode())
    for line in (*issue_lines(trial, bench.library.line), *unread_lines(trial)):
        say(line)
    say("")


def _try_document(bench: Workbench, mapping: OutboundMapping | TextMapping, content: bytes, as_json: bool) -> int:
    writing = try_document(mapping, content)
    if as_json:
        emit_json({**writing.as_object(), "issues": [issue_object(issue) for issue in writing.issues]})
    else:
        for line in (*writing.lines, *rendering_lines(writing.issues, bench.library.line)):
            say(line)
    return REFUSED if has_errors(writing.issues) else DONE


def check(
    context: typer.Context,
    identity: AnyIdentity = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the new expectations of samples after printing what differs.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Compare samples with their expectations and run checks.toml, of one mapping or of all."""
    bench = open_workbench(workspace_of(context))
    is_red = False
    for found in bench.ids(identity):
        verdicts = list(bench.verdicts(found))
        for verdict in verdicts:
            accepted = bench.accept(verdict) if accept else None
            is_red = is_red or not (verdict.is_green or accepted)
            _show_verdict(verdict, accepted, as_json)
        if not as_json:
            red = sum(not verdict.is_green for verdict in verdicts)
            say(f"{found}: {len(verdicts)} checked, {red} {'differ' if red != 1 else 'differs'}")
    return REFUSED if is_red else DONE


def _show_verdict(verdict: Verdict, accepted: Path | None, as_json: bool) -> None:
    if as_json:
        emit_json({
            "mapping": verdict.mapping, "says": verdict.says, "at": verdict.at, "green": verdict.is_green,
            "faults": verdict.faults, "accepted": accepted is not None,
        })  # fmt: skip
    elif not verdict.is_green:
        say(f"{verdict.at}: {verdict.says}")
        for fault in verdict.faults:
            say(f"    {fault}")
        if accepted is not None:
            say(f"    accepted: {accepted}")


def coverage_(context: typer.Context, identity: Identity, as_json: Json = False) -> int:
    """Show the rules no sample or check has hit, and the elements of the message no rule can reach."""
    bench = open_workbench(workspace_of(context))
    (found,) = bench.ids(identity)
    bench.usable(found)
    measured = coverage(bench.library, found, bench.samples(found))
    if as_json:
        emit_json({
            "rules": [rule._asdict() for rule in measured.rules],
            "out_of_reach": [one._asdict() for one in measured.out_of_reach],
        })  # fmt: skip
    else:
        _show_coverage(found, measured)
    return DONE


def _show_coverage(identity: str, measured: Coverage) -> None:
    never = measured.never_hit
    say(f"{identity}: {len(measured.rules) - len(never)} of {len(measured.rules)} rules hit")
    if never:
        say("\nnever hit by a sample or a check:")
    for rule in never:
        say(f"  {rule.origin:<44} {rule.field} = {rule.text}")
    partly = [rule for rule in measured.rules if rule.hit and rule.missed]
    if partly:
        say("\nhit, but not by all of their paths:")
    for rule in partly:
        say(f"  {rule.origin:<44} {rule.field}: {', '.join(rule.missed)}")
    if measured.out_of_reach:
        say("\nelements neither read nor ignored:")
    for one in measured.out_of_reach:
        say(f"  {one.segment:<16} {'all of it' if one.whole else ' '.join(one.elements)}")
