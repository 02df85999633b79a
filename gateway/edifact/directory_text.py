"""Facts of a UN/EDIFACT directory release, read from the texts the UN publishes.

Three texts matter: a message's segment table (`ORDERS_D.96A`, section "Segment table"), the segment directory (`EDSD`,
`TRSD` up to D.96A), which repeats the components of every composite, and the code list (`UNCL`, in two parts up to
D.96A). Their layout changed from release to release; what is read here holds from D.93A on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.errors import UsageError

Use = list[object]
"""A segment ["DTM", "M", 35] or a group [1, "C", 10, [use, ...]]: the form the compiled tables hold."""

_RULE = re.compile(r"^\s*[-─=]{20,}\s*$")
_CHANGE = r"[-+*#|X\s]*?"
_GROUP = re.compile(r"^\s*(?:\d{4,5})?\s*[-+*#|X ]*[-─]{3,} Segment group (\d+)\s+[-─]+ ([MC])\s+(\d+)", re.IGNORECASE)
_SEGMENT = re.compile(rf"^\s*(?:\d{{4,5}})?{_CHANGE}\s([A-Z]{{3}})\s+\S.*?\s([MC])\s+(\d+)\s*([-─┘┴┐│+|\s]*)$")
_SEGMENT_HEAD = re.compile(rf"^{_CHANGE}\s*([A-Z]{{3}})\s+[A-Z0-9][^a-z]*$")
_ELEMENT_HEAD = re.compile(rf"^(\d{{3}})?{_CHANGE}\s*(C\d{{3}}|[0-9]{{4}})(\s+)\S")
_ELEMENT_TAIL = re.compile(r"\s([MC])(?:\s+(\d+))?(?:\s+(an?|n)(\.\.)?(\d+))?\s*$")
_LIST_HEAD = re.compile(r"^\s?([-+*#|X ]{0,4})\s*(\d{4})  \S")


def segment_table(text: str) -> list[Use]:
    """The uses of a message in order, groups nested, from the text of its message specification."""
    members: list[Use] = []
    levels = [members]
    for line in _after_heading(text, "segment table"):
        if group := _GROUP.match(line):
            inner: list[Use] = []
            levels[-1].append([int(group[1]), group[2], int(group[3]), inner])
            levels.append(inner)
        elif segment := _SEGMENT.match(line):
            levels[-1].append([segment[1], segment[2], int(segment[3])])
            closed = sum(segment[4].count(corner) for corner in "┘┴+")
            del levels[len(levels) - closed :]
            if segment[1] == "UNT":
                break
    if len(levels) != 1 or not members or members[-1][0] != "UNT":
        raise UsageError("The segment table cannot be read: its groups do not close before UNT.")
    return members


def _after_heading(text: str, heading: str) -> list[str]:
    """The lines after the last line that ends in `heading` (the first one stands in the table of contents)."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.strip().lower().endswith(heading)]
    if not starts:
        raise UsageError(f"The text has no section {heading!r}: is it a message specification?")
    return lines[starts[-1] + 1 :]


def segment_directory(text: str) -> dict[str, list[list[object]]]:
    """The elements of every segment: ["1004", "C", 1, "an..35"] or ["C002", "C", 1, [["1001", "C", "an..3"], ...]]."""
    segments: dict[str, list[list[object]]] = {}
    for block in _blocks(text):
        head = _SEGMENT_HEAD.match(block[0])
        if head:
            segments[head[1]] = list(_elements(block[1:]))
    return segments


def _blocks(text: str) -> Iterator[list[str]]:
    """The non-blank lines between the rules that part one entry from the next."""
    block: list[str] = []
    for line in text.splitlines():
        if _RULE.match(line):
            if block:
                yield block
            block = []
        elif line.strip():
            block.append(line)
    if block:
        yield block


def _elements(lines: list[str]) -> Iterator[list[object]]:
    """The elements of one segment; a component follows its composite."""
    composite: list[object] = []
    for position, code, gap, rest in _entries(lines):
        tail = _ELEMENT_TAIL.search(rest)
        if tail is None:
            continue
        status, repetitions = tail[1], int(tail[2] or 1)
        form = f"{tail[3]}{tail[4] or ''}{tail[5]}" if tail[3] else ""
        if code.startswith("C"):
            composite = []
            yield [code, status, repetitions, composite]
        elif position or len(gap) == 1:
            yield [code, status, repetitions, form]
        else:
            composite.append([code, status, form])


def _entries(lines: list[str]) -> Iterator[tuple[str | None, str, str, str]]:
    """Position, code, the blanks after the code and the rest of each entry; a name may run over two lines."""
    entry: tuple[str | None, str, str, str] | None = None
    for line in lines:
        head = _ELEMENT_HEAD.match(line)
        if head:
            if entry:
                yield entry
            entry = (head[1], head[2], head[3], line[head.end() - 1 :])
        elif entry and not _ELEMENT_TAIL.search(entry[3]):
            entry = (*entry[:3], f"{entry[3]} {line.strip()}")
    if entry:
        yield entry


def code_lists(text: str, *, with_additions: bool = True) -> dict[str, list[str]]:
    """The codes of each coded element, in the order of the text; those marked as deleted are left out.

    Without additions the entries marked "+" are left out as well: that is the list of the release before.
    """
    unwanted = "-" if with_additions else "-+"
    lists: dict[str, list[str]] = {}
    for block in _blocks(text):
        head = _LIST_HEAD.match(block[0])
        if head:
            lists[head[2]] = [code for mark, code in _codes(block[1:]) if not set(mark) & set(unwanted)]
    return {element: codes for element, codes in lists.items() if codes}


def _codes(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Change mark and code of every entry of one list.

    Up to D.96A a code stands right-aligned before column 9 and its name at column 10; later it begins at column 5.
    """
    start = next((number for number, line in enumerate(lines) if line.strip().startswith("Repr:")), len(lines))
    entries = lines[start + 1 :]
    early = any(re.match(r"^.{2}[ \w]{7} \S", line) and line[2:9].strip() for line in entries)
    pattern = re.compile(r"^(.{2}) *(\S{1,6}) {1,6}(?<=^.{10})\S" if early else r"^(.{5})(\S{1,17})(?: +\S|$)")
    for line in entries:
        entry = pattern.match(line)
        if entry and entry[2] != "Note:":
            yield entry[1], entry[2]
