"""A message in a table, or with the texts of its outputs; and whether a person should look at it."""

from __future__ import annotations

from gateway.cli.output import emit_json, emit_table, say
from gateway.store.engine import Store
from gateway.store.messages import message
from gateway.store.outbox import content_of, output, outputs_of

COLUMNS = ("file", "partner", "account", "type", "reference", "state", "order", "decision", "why")
UNHAPPY_STATES = frozenset({"rejected", "failed", "dead", "held"})
UNHAPPY_DECISIONS = frozenset({"rejected", "held"})
_PLACES = ("segment", "tag", "element", "offset", "line", "column", "path", "field", "rule")
_MOST_TOLD = 10


def emit_messages(shown: list[dict[str, object]], done: str, *, dry_run: bool, as_json: bool) -> None:
    """Write messages as JSON lines, or as a table, what would leave, and why a person has to look."""
    if as_json:
        for each in shown:
            emit_json(each)
        return
    rows = [[message_row(each).get(column) for column in COLUMNS] for each in shown]
    emit_table("Dry run: nothing was written" if dry_run else done, COLUMNS, rows)
    _say_texts(shown)
    _say_reasons(shown)


def with_texts(store: Store, shown: dict[str, object], beside: frozenset[str], since: str) -> dict[str, object]:
    """The message with its outputs as objects that hold their text: what a dry run would have sent.

    What an ERP confirms is answered to the buyer's message: so the outputs made `since` this id about the message's
    order are among them, but for those of the messages shown `beside` it.
    """
    ids = shown["outputs"]
    with store.read() as db:
        made = [output(db, identity) for identity in (ids if isinstance(ids, list) else [])]
        record = message(db, str(shown["message"]))
        about = outputs_of(db, None, None, record.order_id) if record and record.order_id else []
        made += [each for each in about if each.id > since and each not in made and each.message not in beside]
        objects = [
            {
                "output": each.id,
                "type": each.type,
                "connection": each.connection,
                "reference": each.reference,
                "text": content_of(db, each.archive).decode("utf-8", "replace"),
            }
            for each in made
            if each is not None
        ]
    return {**shown, "outputs": objects}


def _say_texts(shown: list[dict[str, object]]) -> None:
    """Write the outputs' texts for people, where the messages hold them."""
    for each in shown:
        outputs = each["outputs"]
        for made in outputs if isinstance(outputs, list) else []:
            if isinstance(made, dict):
                say(f"\n{made['type']} {made['reference']} by {made['connection']}:\n{made['text'].rstrip()}")


def say_issues(shown: dict[str, object]) -> None:
    """Write what was found in a message, where, and what to do."""
    issues = shown["issues"]
    for issue in issues if isinstance(issues, list) else []:
        place = " ".join(f"{name} {issue[name]}" for name in _PLACES if issue[name])
        say(f"\n{issue['severity']}: {issue['code']}\n  {issue['text']}")
        if place:
            say(f"  {place}")
        say(f"  -> {issue['advice']}")


def _say_reasons(shown: list[dict[str, object]]) -> None:
    """Write why messages are for a person to look at, of the first of them."""
    unhappy = [each for each in shown if is_unhappy(each)]
    for each in unhappy[:_MOST_TOLD]:
        say(f"\n{' '.join(str(each[name]) for name in ('file', 'type', 'reference', 'state') if each[name])}")
        say_issues(each)
    if len(unhappy) > _MOST_TOLD:
        say(f"\nand {len(unhappy) - _MOST_TOLD} more; --json tells of each")


def message_row(shown: dict[str, object]) -> dict[str, object]:
    """The message for a table: its issues as the codes of its errors, or of what was found."""
    issues = shown["issues"]
    codes = [str(issue["code"]) for issue in issues] if isinstance(issues, list) else []
    return {**shown, "why": ", ".join(dict.fromkeys(codes))}


def is_unhappy(shown: dict[str, object]) -> bool:
    """Whether a person should look: refused, held or failed."""
    return shown["state"] in UNHAPPY_STATES or shown["decision"] in UNHAPPY_DECISIONS
