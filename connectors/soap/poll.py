"""Fetches documents from a service, each once, and confirms them where it wants to hear of it.

What was yielded is noted in the connection's memory under the digest of its content, until the service does not tell of
it any more: what it tells of again, because it never forgets or because the confirmation was lost, is not taken again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple
from urllib.parse import quote, urljoin

from connectors.soap.answers import UNCHANGED, Told, text_at
from connectors.soap.bodies import cut, read
from connectors.soap.calls import Service
from connectors.soap.config import JSON, Asked, Receiving, SoapConfig
from gateway.connector import Arrival, Memory, safe_name
from gateway.errors import GatewayError, PermanentError, TransientError, UnknownOutcomeError
from gateway.tree import Node

CLAIMED, TAKEN = "claimed", "taken"
MOST_PAGES = 1000
# What may stand in an address, RFC 3986 section 2; some write blanks into those they name.
_PLAIN = "!#$%&'()*+,/:;=?@[]~"
_NULL = b"null"
"""What some services put in the place of an empty list."""


@dataclass(slots=True)
class _Page:
    """What one answer gave: its place is remembered once each of its documents is taken."""

    receiving: Receiving
    place: dict[str, str]
    undone: set[str] = field(default_factory=set)
    is_read: bool = False


class _Part(NamedTuple):
    """A document of an answer."""

    digest: str
    content: bytes
    identity: str
    name: str


class ServicePoller:
    """Asks for each kind in turn; one that fails keeps no other from being asked.

    `service` gives the service when it is called, so that one that cannot be called keeps no other connection waiting.
    """

    def __init__(self, config: SoapConfig, service: Callable[[], Service], memory: Memory) -> None:
        self._config = config
        self._service = service
        self._memory = memory
        self._pages: dict[str, list[_Page]] = {}
        self._yielded: dict[str, tuple[Receiving, _Part]] = {}

    def poll(self) -> Iterator[Arrival]:
        """What the service tells of and is not taken yet, in its order. Raises the first error after all were asked."""
        if not self._config.receive:
            raise PermanentError(f"{self._config.name} fetches nothing. Add a [[receive]] to it.")
        failed: GatewayError | None = None
        for receiving in self._config.receive:
            try:
                yield from self._fetch(receiving)
            except GatewayError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def done(self, arrival: Arrival) -> None:
        """It is noted as taken, and confirmed; where the confirmation fails, the next poll confirms it again."""
        receiving, part = self._yielded.pop(arrival.key, (None, None))
        if receiving is None or part is None:
            return
        self._memory.remember(f"seen/{arrival.key}", TAKEN)
        self._confirm(receiving, part)
        for page in self._pages.get(receiving.name, ()):
            page.undone.discard(part.digest)
        self._remember_places(receiving.name)

    def release(self, arrival: Arrival) -> None:
        """The next poll yields it again."""
        self._yielded.pop(arrival.key, None)
        self._memory.forget(f"seen/{arrival.key}")

    def recover(self) -> int:
        """How many documents a crashed run had not taken; the service tells of them again."""
        left = [key for key, state in self._memory.recalled("seen/").items() if state == CLAIMED]
        for key in left:
            self._memory.forget(key)
        return len(left)

    def _fetch(self, receiving: Receiving) -> Iterator[Arrival]:
        """What is new of one kind, page by page, and what is told of no more forgotten.

        What was taken before and cannot be confirmed keeps nothing behind it from coming: it is raised at the end.
        """
        seen, told_of = self._memory.recalled(f"seen/{receiving.name}/"), set[str]()
        failed: GatewayError | None = None
        self._pages[receiving.name] = []
        for told in self._answers(receiving):
            if told is UNCHANGED:
                return
            page = self._page(receiving, told)
            for part in _parts(receiving, told, as_json=self._config.mode == JSON):
                if part.digest in told_of:
                    continue
                told_of.add(part.digest)
                state = seen.get(f"seen/{receiving.name}/{part.digest}")
                if state == TAKEN:
                    failed = self._confirm_again(page, part) or failed
                else:
                    yield from self._take(page, part, state)
            page.is_read = True
            self._remember_places(receiving.name)
        for key, state in seen.items():
            if state == TAKEN and key.rpartition("/")[2] not in told_of:
                self._memory.forget(key)
        if failed is not None:
            raise failed

    def _confirm_again(self, page: _Page, part: _Part) -> GatewayError | None:
        """What keeps it from being confirmed; its page is not done with then."""
        page.undone.add(part.digest)
        try:
            self._confirm(page.receiving, part)
        except GatewayError as error:
            return error
        page.undone.discard(part.digest)
        return None

    def _take(self, page: _Page, part: _Part, state: str | None) -> Iterator[Arrival]:
        """The arrival, where it is new."""
        page.undone.add(part.digest)
        if state == CLAIMED:
            return
        key = f"{page.receiving.name}/{part.digest}"
        self._memory.remember(f"seen/{key}", CLAIMED)
        self._yielded[key] = page.receiving, part
        name = part.name or f"{page.receiving.name}_{part.identity or part.digest[:12]}.{self._config.extension}"
        yield Arrival(key, safe_name(name), len(part.content), partial(_chunks, part.content))

    def _answers(self, receiving: Receiving) -> Iterator[Told]:
        """The pages there are; none where there is nothing, UNCHANGED where nothing is new.

        Raises TransientError where they never end.
        """
        name, asked = receiving.name, receiving.asked
        words = {"cursor": self._memory.recall(f"cursor/{name}") or receiving.start}
        tag = self._memory.recall(f"tag/{name}")
        headers = {"If-None-Match": tag} if tag else {}
        gone = {words["cursor"]}
        for _ in range(MOST_PAGES):
            told = self._ask(asked, words, headers)
            if told is None:
                return
            yield told
            cursor, following = text_at(told.root, receiving.cursor_in), text_at(told.root, receiving.next_in)
            headers = {}
            gone.add(told.url)
            if following:
                place = urljoin(told.url, quote(following, safe=_PLAIN))
                asked, words = replace(receiving.asked, path="{next}", parameters={}), {**words, "next": place}
            elif cursor and cursor != words["cursor"] and not receiving.next_in:
                place, words = cursor, {"cursor": cursor}
            else:
                return
            if place in gone:
                text = f"{name} of {self._config.name} leads back to a page that was fetched before"
                raise TransientError(f"{text}; ask who runs the service. It is asked again.")
            gone.add(place)
        raise TransientError(
            f"{name} of {self._config.name} has more than {MOST_PAGES} pages; the rest is fetched later."
        )

    def _page(self, receiving: Receiving, told: Told) -> _Page:
        cursor = text_at(told.root, receiving.cursor_in)
        has_next = bool(text_at(told.root, receiving.next_in))
        place = {f"cursor/{receiving.name}": cursor} if cursor else {}
        # The tag of a first page says nothing of the pages behind it.
        place[f"tag/{receiving.name}"] = "" if has_next or receiving.cursor_in else told.tag
        page = _Page(receiving, place)
        self._pages[receiving.name].append(page)
        return page

    def _remember_places(self, name: str) -> None:
        """Goes on behind the pages of which everything is taken, none left out."""
        pages = self._pages[name]
        while pages and pages[0].is_read and not pages[0].undone:
            for key, value in pages.pop(0).place.items():
                if value != (self._memory.recall(key) or ""):
                    self._memory.remember(key, value)

    def _confirm(self, receiving: Receiving, part: _Part) -> None:
        if receiving.confirm is not None:
            with _asked_again():
                self._service().tell(receiving.confirm, {"id": part.identity, "name": part.name})

    def _ask(self, asked: Asked, words: dict[str, str], headers: dict[str, str]) -> Told | None:
        with _asked_again():
            return self._service().ask(asked, words, headers)


def _parts(receiving: Receiving, told: Told, *, as_json: bool) -> Iterator[_Part]:
    """The documents of an answer, in its order; none of one that says nothing."""
    if not told.root.children and not told.root.text:
        return
    names = (*told.within, *(name for name in (receiving.each or ".").split("/") if name != "."))
    # What stands in no envelope, and is one document, stays as it came.
    contents = cut(told.content, names, as_json=as_json) if len(names) > 1 or receiving.each else [told.content]
    for content in contents:
        root = read(content, as_json=as_json)
        if isinstance(root, Node) and content != _NULL:
            identity, name = text_at(root, receiving.id_in), text_at(root, receiving.name_in)
            yield _Part(hashlib.sha256(content).hexdigest(), content, identity, name)


@contextmanager
def _asked_again() -> Iterator[None]:
    """An answer that was lost leaves nothing open: the same is asked again."""
    try:
        yield
    except UnknownOutcomeError as lost:
        raise TransientError(f"{lost} It is asked again.") from lost


def _chunks(content: bytes) -> Iterator[bytes]:
    yield content
