"""Tables of assortments: what each holds, and whom it is allowed or denied."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.commerce.article_rules import parse, scope_of
from gateway.commerce.rule_grammar import RuleError
from gateway.masterdata import columns as cell
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.kind import Cells, Kind, demand, texts
from gateway.masterdata.known import Known, Names, accounts_named
from gateway.model.assortment import AssortmentEntry

_MEMBERS = ("product", "category", "brand", "rule")
_NAMING = (*_MEMBERS, "subject")


def _names(rows: Sequence[Cells]) -> Names:
    modes: dict[str, str | None] = {}
    for row in rows:
        name = str(row.get("assortment"))
        modes[name] = modes.get(name) or (str(row["mode"]) if "mode" in row else None)
    return Names(accounts=accounts_named(rows, "subject"), products=texts(rows, "product"), assortments=modes)


def _entry(cells: Cells, known: Known) -> AssortmentEntry:
    demand(cells, ("assortment",))
    named = [column for column in _NAMING if column in cells]
    if len(named) != 1:
        what = " and ".join(named) or "neither"
        text = f"a row names one member (product, category, brand or rule) or one subject; this names {what}"
        raise RefusedError("import.assortment.row", named[1] if len(named) > 1 else None, text)
    (column,) = named
    name = str(cells[column])
    if column == "subject":
        demand(cells, ("effect",))
        known.subject(name, column)
    elif "effect" in cells:
        raise RefusedError("import.assortment.row", "effect", "only a row with a subject has an effect")
    elif column == "product":
        known.product(name, column)
    mode = known.mode(str(cells["assortment"]), str(cells["mode"]) if "mode" in cells else None)
    scope = name if column == "subject" else scope_of(name) if column == "rule" else f"{column}:{name}"
    effect = str(cells["effect"]) if "effect" in cells else None
    rule = name if column == "rule" else None
    return AssortmentEntry(assortment=str(cells["assortment"]), scope=scope, mode=mode, effect=effect, rule=rule)


def _rule(text: str) -> str:
    """A rule about articles as it stands, once it can be read."""
    try:
        parse(text)
    except RuleError as reason:
        raise RefusedError("import.rule.invalid", None, str(reason)) from reason
    return text


ASSORTMENTS = Kind(
    "assortments",
    AssortmentEntry,
    {
        "action": cell.choice("upsert", "delete"),
        "assortment": cell.name,
        "mode": cell.choice("include", "exclude"),
        "product": cell.name,
        "category": cell.path,
        "brand": cell.name,
        "rule": _rule,
        "subject": cell.scope("account", "segment", "buying-group", "price-group", "channel"),
        "effect": cell.choice("allow", "deny"),
    },
    names=_names,
    build=_entry,
    defaulted=frozenset({"scope"}),
)
