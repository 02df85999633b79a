"""A message in a table, or with the texts of its outputs; and whether a person should look at it."""

from __future__ import annotations

from gateway.cli.output import say
from gateway.store.engine import Store
from gateway.store.outbox import content_of, output

COLUMNS = ("file", "partner", "account", "type", "reference", "state", "order", "decision", "why")
UNHAPPY_STATES = frozenset({"rejected", "failed", "dead", "held"})
UNHAPPY_DECISIONS = frozenset({"rejected", "held"})


def with_texts(store: Store, shown: dict[str, object]) -> dict[str, object]:
    """The message with its outputs as objects that hold their text: what a dry run would have sent."""
    ids = shown["outputs"]
    with store.read() as db:
        made = [output(db, identity) for identity in (ids if isinstance(ids, list) else [])]
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


def say_texts(shown: list[dict[str, object]]) -> None:
    """Write the outputs' texts for people, where the messages hold them."""
    for each in shown:
        outputs = each["outputs"]
        for made in outputs if isinstance(outputs, list) else []:
            if isinstance(made, dict):
                say(f"\n{made['type']} {made['reference']} by {made['connection']}:\n{made['text'].rstrip()}")


def message_row(shown: dict[str, object]) -> dict[str, object]:
    """The message for a table: its issues as the codes of its errors, or of what was found."""
    issues = shown["issues"]
    codes = [str(issue["code"]) for issue in issues] if isinstance(issues, list) else []
    return {**shown, "why": ", ".join(dict.fromkeys(codes))}


def is_unhappy(shown: dict[str, object]) -> bool:
    """Whether a person should look: refused, held or failed."""
    return shown["state"] in UNHAPPY_STATES or shown["decision"] in UNHAPPY_DECISIONS
