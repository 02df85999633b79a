"""Takes complete files from a folder on the server, each once."""

from __future__ import annotations

import fnmatch
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from time import monotonic

from connectors.sftp.ahead import Ahead
from connectors.sftp.claims import Claims, RememberedClaims, RenamedClaims
from connectors.sftp.config import Inbox, shown, within
from connectors.sftp.fetch import IN_MEMORY_BYTES, Fetched, fetch, looks_complete
from connectors.sftp.listing import Entry, Look, files_in, look_at
from connectors.sftp.session import BrokenError, Session
from gateway.connector import Arrival
from gateway.errors import PermanentError, TransientError

UNFINISHED = (".tmp", ".part", ".filepart")
MOST_AT_ONCE = 1000
_MOST_TOLD = 3


class SftpPoller:
    """Takes a file that two looks in a row found the same, and whose end is there or was waited for long enough.

    One file that cannot be taken stops no other: it is told at the end of the look, which then raises.
    """

    def __init__(self, inbox: Inbox, session: Session) -> None:
        self._inbox = inbox
        self._session = session
        self._renamed = RenamedClaims(inbox, lambda: session.client)
        self._remembered = RememberedClaims(inbox, lambda: session.client)
        self._may_rename: bool | None = None
        self._seen: dict[bytes, Look] = {}
        self._unfinished: dict[Entry, float] = {}
        self._failures: Counter[bytes] = Counter()
        self._recovered: deque[str] = deque()
        self._released: deque[str] = deque()
        self._stored: deque[str] = deque()
        self._held: dict[str, Fetched] = {}

    def poll(self) -> Iterator[Arrival]:
        """What a crashed run had claimed, then what is complete, oldest first, then what was given back."""
        troubles: list[str] = []
        self._put_away()
        given_back, due = len(self._released), self._due()[:MOST_AT_ONCE]
        while self._recovered:
            yield from self._again(self._recovered.popleft(), troubles)
        try:
            yield from self._all(due, troubles)
        except GeneratorExit:
            # What was asked for ahead of its turn is wanted no more.
            self._session.close()
            raise
        while self._renamed.touched:
            yield from self._again(self._renamed.touched.pop(0), troubles)
        for _ in range(given_back):
            yield from self._again(self._released.popleft(), troubles)
        self._released.extend(self._renamed.strays)
        self._renamed.strays.clear()
        kept = sorted([*self._renamed.kept(), *self._remembered.kept()])
        if not self._inbox.stays_open:
            self._session.close()
        if kept:
            text = f"{_listed(kept)}: stored, and the server lets us neither move nor delete it. It is not taken again"
            raise PermanentError(f'{text}; ask the partner for the right to, or set after = "leave".')
        if troubles:
            raise TransientError(_listed(troubles))

    def done(self, arrival: Arrival) -> None:
        """Archive, delete or note the claimed file."""
        self._drop(arrival.key)
        if arrival.key not in self._stored:
            self._stored.append(arrival.key)
        self._put_away()

    def release(self, arrival: Arrival) -> None:
        """The next poll yields it again, after everything else."""
        self._drop(arrival.key)
        self._released.append(arrival.key)

    def recover(self) -> int:
        """How many claimed files a crashed run left; the next poll yields them."""
        with self._session.within(self._inbox.timeout_s), reaching(self._inbox.folder):
            self._prepare()
            self._recovered = deque([*self._renamed.left(), *self._remembered.left()])
        return len(self._recovered)

    def close(self) -> None:
        """No session is held, and no content."""
        for key in tuple(self._held):
            self._drop(key)
        self._session.close()

    def _holder(self, key: str) -> Claims:
        """Who made the claim: what the server lets us do may change from one look to the next."""
        return self._renamed if "." in key else self._remembered

    def _put_away(self) -> None:
        """Archives, deletes or notes what is stored; where the session breaks the next look goes on with it."""
        while self._stored:
            with self._session.within(self._inbox.timeout_s):
                self._holder(self._stored[0]).put_away(self._stored[0])
            self._stored.popleft()

    def _prepare(self) -> None:
        if self._may_rename is None:
            self._may_rename = self._renamed.prepare()

    def _due(self) -> list[Entry]:
        """The files to be taken now: the oldest first, of one second by name; those that failed before come last."""
        was_open = self._session.is_open
        try:
            found = self._look()
        except BrokenError:
            # A session that rested may have been ended by the server: that says nothing of the server.
            if not was_open:
                raise
            found = self._look()
        complete = [entry for entry in found if self._seen.get(entry.name) == entry.look]
        self._seen = {entry.name: entry.look for entry in found}
        self._unfinished = {entry: since for entry, since in self._unfinished.items() if entry in complete}
        self._failures = Counter({name: often for name, often in self._failures.items() if name in self._seen})
        due = [entry for entry in complete if entry not in self._unfinished or self._is_overdue(entry)]
        return sorted(due, key=lambda entry: (self._failures[entry.name], entry.look.mtime, entry.name))

    def _look(self) -> list[Entry]:
        with self._session.within(self._inbox.timeout_s), reaching(self._inbox.folder):
            self._prepare()
            found = [entry for entry in files_in(self._session.client, self._inbox.folder) if self._is_wanted(entry)]
        return self._remembered.seen(found)

    def _is_wanted(self, entry: Entry) -> bool:
        name = entry.name.decode("utf-8", "replace")
        hidden = name.startswith(".") or name.lower().endswith(UNFINISHED)
        return not hidden and fnmatch.fnmatch(name, self._inbox.pattern)

    def _all(self, due: list[Entry], troubles: list[str]) -> Iterator[Arrival]:
        """The files that are due, claimed; nothing of one that is gone, waits, or cannot be taken."""
        fitting = [entry for entry in due if entry.look.size <= self._inbox.max_bytes]
        with self._session.within(self._inbox.timeout_s):
            ahead = Ahead(self._session.client, self._inbox.folder, fitting)
        for entry in due:
            key = None
            try:
                with self._session.within(self._inbox.seconds_for(entry.look.size)):
                    key = self._claim(entry, ahead)
            except FileNotFoundError:
                continue
            except (OSError, _UnfitError) as error:
                troubles.append(f"{shown(entry.name)}: {error}")
            except TransientError:
                self._failures[(ahead.at or entry).name] += 1
                raise
            if key is not None:
                yield self._arrival(key)

    def _claim(self, entry: Entry, ahead: Ahead) -> str | None:
        path, size = within(self._inbox.folder, entry.name), entry.look.size
        if size > self._inbox.max_bytes:
            raise _UnfitError(f"it has {size} bytes, more than max_bytes; raise that, or ask for smaller files")
        is_overdue = self._is_overdue(entry)
        if not is_overdue and size > IN_MEMORY_BYTES and not looks_complete(self._session.client, path, size):
            self._unfinished[entry] = monotonic()
            return None
        with ExitStack() as stack:
            fetched = stack.enter_context(closing(_whole(ahead.fetch(entry), size)))
            if not is_overdue and not fetched.is_complete():
                self._unfinished[entry] = monotonic()
                return None
            key = self._key(entry)
            if key is not None:
                self._held[key] = fetched
                stack.pop_all()
            return key

    def _key(self, entry: Entry) -> str | None:
        """The key of a new claim; None where the file is gone or changed."""
        try:
            return (self._renamed if self._may_rename else self._remembered).claim(entry)
        except PermissionError:
            if not self._may_rename:
                raise
            self._may_rename = False  # from now on notes take the place of renames
            return self._remembered.claim(entry)

    def _is_overdue(self, entry: Entry) -> bool:
        since = self._unfinished.get(entry)
        return since is not None and monotonic() - since >= self._inbox.patience_s

    def _again(self, key: str, troubles: list[str]) -> Iterator[Arrival]:
        """The claimed file; nothing where it is gone, or something else lies in its place."""
        try:
            path = self._holder(key).path(key)
            with self._session.within(self._inbox.timeout_s):
                look = look_at(self._session.client, path)
            if look is None:
                return
            with self._session.within(self._inbox.seconds_for(look.size)):
                self._held[key] = _whole(fetch(self._session.client, path, look.size), look.size)
        except (FileNotFoundError, KeyError):
            return
        except (OSError, _UnfitError) as error:
            self._released.append(key)
            troubles.append(f"{self._holder(key).name(key)}: {error}")
            return
        except TransientError:
            self._released.append(key)
            raise
        yield self._arrival(key)

    def _arrival(self, key: str) -> Arrival:
        fetched = self._held[key]
        return Arrival(key, self._holder(key).name(key), fetched.size, fetched.chunks)

    def _drop(self, key: str) -> None:
        fetched = self._held.pop(key, None)
        if fetched is not None:
            fetched.close()


class _UnfitError(OSError):
    """A file cannot be taken as it is now; of the session that says nothing."""


def _whole(fetched: Fetched | None, size: int) -> Fetched:
    if fetched is None:
        raise _UnfitError(f"the server gives more or fewer bytes than the {size} it states; it is looked at again")
    return fetched


@contextmanager
def reaching(folder: bytes) -> Iterator[None]:
    """Turns what the server says about the folder into what an operator does about it."""
    try:
        yield
    except FileNotFoundError as error:
        raise PermanentError(
            f"there is no folder {shown(folder)} on the server; see that it is spelled right"
        ) from error
    except PermissionError as error:
        text = f"the server does not let us into the folder {shown(folder)}"
        raise PermanentError(f"{text}; ask the partner for the right to") from error


def _listed(told: Sequence[str]) -> str:
    more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return "; ".join(told[:_MOST_TOLD]) + more
