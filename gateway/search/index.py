"""The index: entries by number and word in a folder of this node, made anew from the store whenever it is not there.

It only proposes: what is shown is read from the store, which says what the account may buy now.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from shutil import rmtree

import tantivy
from tantivy import Document, Index, IndexWriter, Occur, Query, Schema, SchemaBuilder, Searcher

from gateway.search.entries import Entry
from gateway.search.words import begins_number, stem

FORM = 2
"""The form of the entries; with another one the index is made anew."""
_SEQUENCE = "sequence"
_HEAP_BYTES = 64 << 20
_SHORTEST_FUZZY = 4
_EXACT, _NAME, _STEM, _BEGINNING, _ENDING, _ALIKE = 4.0, 3.0, 1.5, 1.0, 0.7, 0.3


def _schema() -> Schema:
    builder = SchemaBuilder()
    for name in ("key", "account", "numbers", "scopes"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("names", "words", "stems", "endings"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("sku", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class SearchIndex:
    """The entries as they were at `sequence` of the trade data; -1 before there were any.

    Safe to ask from every thread. One process at a time changes it; the others read what is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"search-{FORM}"
        self._schema = _schema()
        self._opening = threading.Lock()
        self._index: Index | None = None
        self._read_at: int | None = None

    @property
    def sequence(self) -> int:
        """The number of the trade data up to which it goes."""
        try:
            return int((self._folder / _SEQUENCE).read_text())
        except (OSError, ValueError):
            return -1

    def clear(self) -> None:
        """Nothing is in it."""
        with self._opening:
            self._index = self._read_at = None
            rmtree(self._folder, ignore_errors=True)

    def change(self, entries: Iterable[Entry], gone: Iterable[str], sequence: int) -> int | None:
        """How many entries were put or taken away, by key; None where another process is changing it.

        Whoever is stopped in between does it again: the same change twice is one.
        """
        index = self._opened()
        try:
            writer = index.writer(_HEAP_BYTES, 1)
        except ValueError:  # its lock is held
            return None
        count = 0
        is_fresh = self.sequence < 0
        for key in gone:
            writer.delete_documents_by_term("key", key)
            count += 1
        for entry in entries:
            if not is_fresh:
                writer.delete_documents_by_term("key", entry.key)
            writer.add_document(_document(entry))
            count += 1
        self._commit(writer, sequence)
        return count

    def _commit(self, writer: IndexWriter, sequence: int) -> None:
        writer.commit()
        writer.wait_merging_threads()
        before = self._folder / f"{_SEQUENCE}.new"
        before.write_text(str(sequence))
        before.replace(self._folder / _SEQUENCE)

    def by_number(self, form: str, accounts: Collection[str], most: int) -> list[str]:
        """The SKUs that this number means, for everybody or for one of these accounts."""
        return self._skus([(Occur.Must, self._term("numbers", form)), self._of(accounts)], 0, most)

    def by_beginning(self, form: str, accounts: Collection[str], part: tuple[int, int]) -> list[str]:
        """The SKUs of numbers that begin so, of everybody or of one of these accounts: so many from a place on."""
        after, most = part
        return self._skus([(Occur.Must, self._begins("numbers", form)), self._of(accounts)], after, most)

    def by_words(
        self, words: Sequence[str], within: Collection[str] | None, part: tuple[int, int], *, alike: bool = False
    ) -> list[str]:
        """The SKUs of articles all these words are said of, the best first: so many after the first so many.

        `within` are the scopes of which an article has one; `alike` takes words with one letter wrong too. Of the last
        word its beginning will do, also that of a number. Numbers that are customers' own count for none of it.
        """
        after, most = part
        clauses = [(Occur.Must, self._word(word, alike=alike, ends=word is words[-1])) for word in words]
        clauses.append(self._of(()))
        if within is not None:
            clauses.append((Occur.Must, Query.const_score_query(self._of_scopes(within), 0.0)))
        return self._skus(clauses, after, most)

    def _of(self, accounts: Collection[str]) -> tuple[Occur, Query]:
        """That an entry is an article's, or the number of one of these accounts, which makes it fit no better."""
        owners = Query.term_set_query(self._schema, "account", ["", *accounts])
        return Occur.Must, Query.const_score_query(owners, 0.0)

    def _begins(self, field: str, text: str) -> Query:
        return Query.fuzzy_term_query(self._schema, field, text, 0, prefix=True)

    def _of_scopes(self, within: Collection[str]) -> Query:
        return Query.term_set_query(self._schema, "scopes", list(within))

    def _word(self, word: str, *, alike: bool, ends: bool) -> Query:
        ways = [
            (self._term("numbers", word), _EXACT),
            (self._term("names", word), _NAME),
            (self._term("words", word), _EXACT / 2),
            (self._term("stems", stem(word)), _STEM),
            (self._term("endings", stem(word)), _ENDING),
        ]
        if ends:
            ways.append((self._begins("words", word), _BEGINNING))
            if begins_number(word):
                ways.append((self._begins("numbers", word), _BEGINNING))
        if alike and len(word) >= _SHORTEST_FUZZY:
            ways.append((Query.fuzzy_term_query(self._schema, "words", word, 1), _ALIKE))
            ways.append((Query.fuzzy_term_query(self._schema, "endings", stem(word), 1), _ALIKE / 2))
        return Query.disjunction_max_query([Query.const_score_query(query, score) for query, score in ways], 0.1)

    def _term(self, field: str, text: str) -> Query:
        return Query.term_query(self._schema, field, text)

    def _skus(self, clauses: Sequence[tuple[Occur, Query]], after: int, most: int) -> list[str]:
        searcher = self._searcher()
        if searcher is None:
            return []
        hits = searcher.search(Query.boolean_query(clauses), most, count=False, offset=after).hits
        return [str(searcher.doc(address).get_first("sku")) for _, address in hits]

    def _searcher(self) -> Searcher | None:
        """What reads the entries as they are now; None before there are any."""
        at = self.sequence
        if at < 0:
            return None
        index = self._opened()
        with self._opening:
            if at != self._read_at:
                index.reload()
                self._read_at = at
        return index.searcher()

    def _opened(self) -> Index:
        with self._opening:
            if self._index is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._index = Index(self._schema, path=str(self._folder), reuse=True)
                self._read_at = None
            return self._index


def _document(entry: Entry) -> tantivy.Document:
    document = Document()
    document.add_text("key", entry.key)
    document.add_text("sku", entry.sku)
    document.add_text("account", entry.account)
    for name, texts in (("numbers", entry.numbers), ("scopes", entry.scopes)):
        for text in texts:
            document.add_text(name, text)
    for name, words in (
        ("names", entry.names), ("words", entry.words), ("stems", entry.stems), ("endings", entry.endings),
    ):  # fmt: skip
        document.add_text(name, " ".join(words))
    return document
