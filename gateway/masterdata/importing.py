"""Tables into the store: rows inserted, updated, ended, left alone or refused; the same file again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from gateway.errors import UsageError
from gateway.masterdata.accounts import ACCOUNTS, parents_first
from gateway.masterdata.columns import RefusedError
from gateway.masterdata.effects import PriceWatch
from gateway.masterdata.endings import Ending, delete_prices, end_prices
from gateway.masterdata.kind import Cells, Kind, demand
from gateway.masterdata.kinds import kind_of
from gateway.masterdata.known import Known
from gateway.masterdata.prices import PRICES, price_key
from gateway.masterdata.relations import RELATIONS, TAILORING
from gateway.masterdata.segments import SEGMENTS
from gateway.membership import refresh_segments
from gateway.model.account import Account
from gateway.model.price import PriceCondition
from gateway.model.value import Value
from gateway.store import Connection
from gateway.store.engine import Store
from gateway.store.feed import Happening, note
from gateway.store.trade_changes import Change, TradeChanges
from gateway.store.types import instant_text
from gateway.tabular.reader import Entry, TableFault, TableRow, read_table

ROWS_PER_COMMIT = 1_000
_CONTENT = frozenset({RELATIONS.name, TAILORING.name})

Progress: TypeAlias = Callable[[int], None]


class ImportOptions(NamedTuple):
    """How to import. `today` is the day on which `end` takes effect when a row names none.

    `watch` is told which prices a dry run changes. `at` is the instant that the feed tells of (left out: the beginning
    of the day), `origin` the channel that the rows came from.
    """

    today: date
    dry_run: bool = False
    all_or_nothing: bool = False
    watch: PriceWatch | None = None
    at: str | None = None
    origin: str | None = None


class Refusal(NamedTuple):
    """A row that was not taken: where it stands, the column (None: the row), a stable code, and why."""

    file: str
    line: int
    column: str | None
    code: str
    text: str


class ImportReport(NamedTuple):
    """What became of the rows of a file, and how many lists, segments and price groups were created for them.

    Of a file that is `unusable` no row could be taken, whatever stands in it: its header or its encoding is wrong.
    """

    rows: int
    inserted: int
    updated: int
    unchanged: int
    ended: int
    refusals: tuple[Refusal, ...]
    created_lists: int
    created_segments: int
    created_price_groups: int
    unusable: bool = False

    def summary(self) -> dict[str, int]:
        """The numbers by name."""
        return {
            "rows": self.rows,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "ended": self.ended,
            "refused": len(self.refusals),
            "created_lists": self.created_lists,
            "created_segments": self.created_segments,
            "created_price_groups": self.created_price_groups,
        }


class TakenRows(NamedTuple):
    """What became of some rows: the report, and the values that stand now because of them."""

    report: ImportReport
    values: list[Value]


class _Draft(NamedTuple):
    line: int
    cells: Cells


def import_rows(
    store: Store, kind: str, path: Path, options: ImportOptions, progress: Progress = lambda _: None
) -> ImportReport:
    """The report of a file taken into the store, committed every 1,000 rows, or in one piece where options say so.

    `progress` is told the rows done so far. Raises UsageError for an unknown kind or an unreadable file.
    """
    run = _Import(kind_of(kind), str(path), options)
    try:
        with path.open("rb") as source:
            if options.dry_run or options.all_or_nothing:
                _in_one_piece(run, store, source, progress)
            else:
                for batch in run.batches(source):
                    with store.write() as db:
                        run.take(batch, db, TradeChanges(db))
                    progress(run.rows)
    except OSError as reason:
        raise UsageError(f"{path} cannot be read: {reason.strerror or reason}") from reason
    if kind in (ACCOUNTS.name, SEGMENTS.name) and not options.dry_run:
        refresh_segments(store, options.today)
    return run.report()


def take_rows(db: Connection, kind: Kind, rows: Iterable[TableRow], options: ImportOptions) -> TakenRows:
    """What became of rows that came otherwise than as a file, taken in the caller's transaction.

    The file of a refusal is the origin that the options name. Segments that depend on the rows are due, and looked at
    by the next round.
    """
    run = _Import(kind, options.origin or "", options)
    drafts = run.ordered(run.read(rows))
    values = run.take(drafts, db, TradeChanges(db)) if drafts else []
    return TakenRows(run.report(), values)


def _in_one_piece(run: _Import, store: Store, source: BinaryIO, progress: Progress) -> None:
    watch = run.options.watch
    with store.write() as db:
        changes = watch.begin(db) if watch else TradeChanges(db)
        for batch in run.batches(source):
            run.take(batch, db, changes)
            progress(run.rows)
        if run.options.all_or_nothing and run.refusals:
            run.counts.clear()
        elif watch:
            watch.look(db)
        if run.options.dry_run or not run.counts:
            changes.discard()


class _Import:
    """One file on its way into the store."""

    def __init__(self, kind: Kind, file: str, options: ImportOptions) -> None:
        self.options = options
        self.rows = 0
        self.counts: Counter[str] = Counter()
        self.refusals: list[Refusal] = []
        self.unusable = False
        self._kind = kind
        self._required = kind.required()
        self._file = file
        self._parents: dict[str, str | None] | None = None

    def report(self) -> ImportReport:
        """What became of the rows."""
        self.refusals.sort(key=lambda each: each.line)
        return ImportReport(
            rows=self.rows,
            inserted=self.counts[Change.INSERTED],
            updated=self.counts[Change.UPDATED],
            unchanged=self.counts[Change.UNCHANGED],
            ended=self.counts["ended"],
            refusals=tuple(self.refusals),
            created_lists=self.counts["lists"],
            created_segments=self.counts["segment"],
            created_price_groups=self.counts["price-group"],
            unusable=self.unusable,
        )

    def batches(self, source: BinaryIO) -> Iterator[list[_Draft]]:
        """The readable rows in groups for one commit; an account never stands before its parent."""
        drafts = self._drafts(source)
        if self._kind is ACCOUNTS:
            drafts = iter(self.ordered(drafts))
        while batch := list(islice(drafts, ROWS_PER_COMMIT)):
            yield batch

    def ordered(self, drafts: Iterable[_Draft]) -> list[_Draft]:
        """The rows in the order in which they are taken: of accounts, the parents come first."""
        rows = list(drafts)
        return parents_first(rows, _number, _parent) if self._kind is ACCOUNTS else rows

    def read(self, entries: Iterable[Entry]) -> Iterator[_Draft]:
        """The rows whose cells are values; the others are refused."""
        for entry in entries:
            self.rows += 1
            if isinstance(entry, TableFault):
                self.refusals.append(Refusal(self._file, *entry))
                continue
            try:
                yield _Draft(entry.line, self._kind.read(entry.cells))
            except RefusedError as reason:
                self._refuse(entry.line, reason)

    def _drafts(self, source: BinaryIO) -> Iterator[_Draft]:
        table = read_table(source)
        yield from self.read(table)
        # A row says itself what is wrong with it; where there are none, nobody would hear of the header.
        if table.header and not self.rows:
            line, columns = table.header
            for fault in self._kind.header_faults(columns):
                self._refuse(line, fault)
        self.unusable = not table.readable or (not self.rows and bool(self.refusals))

    def take(self, batch: Sequence[_Draft], db: Connection, changes: TradeChanges) -> list[Value]:
        """The values of the rows that are in the store now; the others are refused, or took something away.

        The feed tells of it where anything changed.
        """
        before, values = self._changed(), []
        if self._parents is None:
            self._parents = changes.trade.parents() if self._kind is ACCOUNTS else {}
        known = Known(changes, self._kind.names([draft.cells for draft in batch]), self._parents)
        for action, drafts in groupby(batch, lambda draft: draft.cells.pop("action", "upsert")):
            if action == "upsert":
                values += self._upsert(drafts, known, changes)
            elif self._kind is not PRICES:
                self._delete(drafts, known, changes)
            else:
                self._end(drafts, known, changes, delete=action == "delete")
        if self._changed() > before:
            self._tell(db, changes, self._changed() - before)
        return values

    def _changed(self) -> int:
        return self.counts[Change.INSERTED] + self.counts[Change.UPDATED] + self.counts["ended"]

    def _tell(self, db: Connection, changes: TradeChanges, rows: int) -> None:
        kind, options = self._kind.name, self.options
        data = {"kind": kind, "data_seq": changes.trade.data_seq(), "rows": rows}
        at = options.at or instant_text(datetime.combine(options.today, time(), UTC))
        type_ = "content.changed" if kind in _CONTENT else "trade.changed"
        note(db, Happening(type_, "trade", kind, data=data, origin=options.origin), at)

    def _upsert(self, drafts: Iterable[_Draft], known: Known, changes: TradeChanges) -> list[Value]:
        wanted = self._values(drafts, known)
        self._create(wanted, changes)
        self.counts.update(changes.put(self._kind.value, wanted))
        return wanted

    def _delete(self, drafts: Iterable[_Draft], known: Known, changes: TradeChanges) -> None:
        """What the rows state is gone; what was gone before is unchanged."""
        for was_there in changes.delete(self._kind.value, self._values(drafts, known)):
            self.counts["ended" if was_there else Change.UNCHANGED] += 1

    def _values(self, drafts: Iterable[_Draft], known: Known) -> list[Value]:
        """The values that the rows state; the others are refused."""
        stated: list[Value] = []
        for draft in drafts:
            try:
                demand(draft.cells, self._required)
                stated.append(self._kind.build(draft.cells, known))
            except RefusedError as reason:
                self._refuse(draft.line, reason)
        return stated

    def _create(self, wanted: Sequence[Value], changes: TradeChanges) -> None:
        """The lists, segments and price groups that the values name and nobody knows yet."""
        groups: dict[str, set[str]] = {"segment": set(), "price-group": set()}
        for value in wanted:
            kind, _, name = (getattr(value, "subject", None) or "").partition(":")
            groups.get(kind, set()).add(name)
            if isinstance(value, Account):
                groups["segment"] |= {value.segment} if value.segment else set()
                groups["price-group"] |= {value.price_group} if value.price_group else set()
        for kind, names in groups.items():
            self.counts[kind] += changes.add_groups(kind, names)
        lists = {value.list for value in wanted if isinstance(value, PriceCondition)}
        self.counts["lists"] += changes.add_lists(lists)

    def _end(self, drafts: Iterable[_Draft], known: Known, changes: TradeChanges, delete: bool) -> None:
        yesterday = self.options.today - timedelta(days=1)
        lines: list[int] = []
        endings: list[Ending] = []
        for draft in drafts:
            try:
                key = price_key(draft.cells, known)
            except RefusedError as reason:
                self._refuse(draft.line, reason)
                continue
            last = draft.cells.get("valid_to")
            lines.append(draft.line)
            endings.append(Ending(key, last, True) if isinstance(last, date) else Ending(key, yesterday, False))
        fates = (delete_prices if delete else end_prices)(changes, endings)
        for line, fate in zip(lines, fates, strict=True):
            if isinstance(fate, RefusedError):
                self._refuse(line, fate)
            else:
                self.counts["ended" if fate else Change.UNCHANGED] += 1

    def _refuse(self, line: int, reason: RefusedError) -> None:
        self.refusals.append(Refusal(self._file, line, reason.column, reason.code, str(reason)))


def _number(draft: _Draft) -> str:
    return str(draft.cells.get("account"))


def _parent(draft: _Draft) -> str | None:
    return str(draft.cells["parent"]) if "parent" in draft.cells else None
