"""An order change applied to the order it names."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gateway.issues import Issue
from gateway.model.order import Line, LineAction, Order, OrderChange, Purpose

# What is the change document's own and never overwrites the order's.
_OWN = frozenset({"number", "kind", "purpose", "ordered_on", "order_number", "lines", "stated", "response_wanted"})
# What a new quantity or price makes stale unless the change states it again.
_OF_QUANTITY = ("amount", "schedule", "splits")


class Applied(NamedTuple):
    """The order as it stands after the change, with the positions that were touched."""

    order: Order
    issues: tuple[Issue, ...] = ()
    changed: tuple[int, ...] = ()
    cancelled: bool = False


def apply(order: Order, change: OrderChange) -> Applied:
    """The order with the change's header fields and lines in place of its own.

    A field the change leaves out stays as it was; a line no one knows is an issue and changes nothing.
    """
    if change.purpose is Purpose.CANCEL:
        return Applied(order, changed=tuple(line.position for line in order.lines), cancelled=True)
    issues = _miscounted(change)
    header = {name: value for name, value in _stated(change).items() if name not in _OWN}
    if change.purpose is Purpose.REPLACE:
        # cXML names the lines it takes away in the replacement (ItemOut@operation).
        kept = [line for line in change.lines if line.action is not LineAction.DELETE]
        lines = tuple(msgspec.structs.replace(line, action=None) for line in kept)
        positions = dict.fromkeys((*(each.position for each in order.lines), *(each.position for each in lines)))
        whole = msgspec.structs.replace(order, **header, lines=lines, stated=None)
        return Applied(whole, tuple(issues), tuple(positions))
    lines_by_position = {line.position: line for line in order.lines}
    changed = []
    for index, line in enumerate(change.lines):
        issue = _apply_line(lines_by_position, line, index)
        if issue:
            issues.append(issue)
        elif line.action is not LineAction.UNCHANGED:
            changed.append(line.position)
    lines = tuple(lines_by_position[position] for position in sorted(lines_by_position))
    return Applied(msgspec.structs.replace(order, **header, lines=lines, stated=None), tuple(issues), tuple(changed))


def repeats(order: Order, copy: Order) -> bool:
    """Whether the copy says what the order says: to replace the one with the other would change nothing."""
    stated = {name: getattr(copy, name) for name in copy.__struct_fields__}
    replacement = OrderChange(**{**stated, "purpose": Purpose.REPLACE, "order_number": order.number, "stated": None})
    return apply(order, replacement).order == msgspec.structs.replace(order, stated=None)


def _apply_line(lines: dict[int, Line], line: Line, index: int) -> Issue | None:
    """The issue of a line that can not be applied; else `lines` hold what it makes of them."""
    known = lines.get(line.position)
    place = f"lines[{index}]"
    if line.action is LineAction.ADD:
        if known:
            text = f"line {line.position} is to be added and is there already"
            return Issue(code="order-change.line-exists", text=text, field=place)
        lines[line.position] = msgspec.structs.replace(line, action=None)
        return None
    if known is None:
        return Issue(code="order-change.line-unknown", text=f"the order has no line {line.position}", field=place)
    if line.action is LineAction.DELETE:
        del lines[line.position]
    elif line.action is not LineAction.UNCHANGED:
        lines[line.position] = _merged(known, line)
    return None


def _merged(known: Line, line: Line) -> Line:
    """The known line with what the change states of it."""
    fields = {name: value for name, value in _stated(line).items() if name not in ("position", "action")}
    if "quantity" in fields or "price" in fields:
        fields = {name: getattr(line, name) for name in _OF_QUANTITY} | fields
    return msgspec.structs.replace(known, **fields)


def _stated(value: Order | Line) -> dict[str, object]:
    """The fields the document states."""
    return {name: stated for name in value.__struct_fields__ if (stated := getattr(value, name)) not in (None, (), {})}


def _miscounted(change: OrderChange) -> list[Issue]:
    """The issue of a change that counts other lines than it has: the order's own count says nothing afterwards."""
    stated = change.stated.line_count if change.stated else None
    if stated is None or stated == len(change.lines):
        return []
    text = f"{stated} lines stated, {len(change.lines)} received"
    return [Issue(code="order.line-count.differs", text=text, field="stated.line_count")]
