"""Calls: a request authorised, counted, answered in a worker thread from one state of the store, and told as JSON."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from time import monotonic
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import Role, Scope, ScopeKind, parse_key, parse_scope
from gateway.errors import ConfigError, GatewayError, TransientError
from gateway.http.bodies import read_body
from gateway.http.problems import Fault, RefusedError, refused
from gateway.http.rates import Buckets, Rate
from gateway.model.account import Account
from gateway.pipeline.snapshot import Snapshot, TradeMemory
from gateway.pipeline.work import Line
from gateway.search.index import SearchIndex
from gateway.settings import ApiSettings
from gateway.store import Connection
from gateway.store.keys import key_of
from gateway.store.sealed_secrets import SealedSecret
from gateway.store.visible import NO_ACCOUNT, Sight, account_seen

THREADS = 4
"""Requests answered at once: the work is computing, and more threads than that only take turns."""
MOST_WAITING = 64
"""Requests that wait for a thread, and bodies on their way; the next one is told to come again."""
NOT_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Fields of every answer: prices and orders are no one else's, and true now."""

SAID_AGAIN_S = 60.0
"""Seconds after which a reason for the operator is logged anew: while a store is away, each request meets the same."""
_LEVELS = {"internal": logging.ERROR, "store-away": logging.WARNING}
"""How grave what is told under a code is for the operator; the rest is the caller's own."""

T = TypeVar("T")
_log = logging.getLogger("gateway.http")


class Caller:
    """Who asks: the key, and what it opens."""

    def __init__(self, identity: str, name: str, scope: Scope) -> None:
        self.identity = identity
        self.name = name
        self.scope = scope
        self.sight = _sight_of(scope)

    def may(self, wanted: Role, *, connections: bool = False) -> bool:
        """Whether the key may do what this role may: an account's key what an operator may, for itself.

        A connection's key may only what is for `connections` too.
        """
        if self.scope.kind is ScopeKind.CONNECTION:
            return connections
        if self.scope.kind is ScopeKind.ROLE:
            return Role(self.scope.name).covers(wanted)
        return self.scope.kind is ScopeKind.ACCOUNT and Role.OPERATOR.covers(wanted)


def _sight_of(scope: Scope) -> Sight:
    if scope.kind is ScopeKind.CONNECTION:
        return Sight(NO_ACCOUNT, scope.name)
    return Sight(scope.name if scope.kind is ScopeKind.ACCOUNT else None)


class Answer(msgspec.Struct, frozen=True):
    """What is told: a value as JSON, the status and further fields of the head."""

    value: object
    status: int = 200
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


@dataclass
class Access:
    """What a request is answered from: one state of the store, as far as its caller may see it."""

    db: Connection
    caller: Caller
    line: Line
    memory: TradeMemory

    @property
    def sight(self) -> Sight:
        """Whose data is seen."""
        return self.caller.sight

    @cached_property
    def snapshot(self) -> Snapshot:
        """The trade data of this state."""
        return Snapshot(self.db, self.memory)

    def snapshot_of(self, data_seq: int) -> Snapshot:
        """The trade data as they were at this number; raises RefusedError for one that is still to come."""
        if data_seq > self.snapshot.data_seq:
            raise RefusedError("request-invalid", faults=[Fault("the data have not come so far", "/data_seq")])
        return Snapshot(self.db, TradeMemory(), data_seq)

    def today(self, account: Account) -> date:
        """This day where the account is."""
        return account.day(self.line.clock())

    def account(self, number: str | None) -> Account:
        """The account of this number, left out that of the key; raises RefusedError where none is seen."""
        wanted = number if number is not None else self.sight.root
        if wanted is None:
            raise RefusedError("request-invalid", "Name the account: this key is not of one.")
        found = account_seen(self.db, self.sight, wanted)
        if found is None:
            raise RefusedError("account-unknown", f"There is no account {wanted} that this key may see.")
        return found


def _keep_nothing(name: str, _value: str, _at: str) -> SealedSecret:
    raise ConfigError(f"Nothing keeps the secret {name} here.")


@dataclass
class Api:
    """What the routes work with. `line` gives the line in force, `wake` has it work off what waits, now; `index` finds.

    `kept_secret` is a value as it is kept under a name from an instant on. Once it `is_ending`, nobody waits any more.
    """

    line: Callable[[], Line]
    settings: ApiSettings
    wake: Callable[[], None]
    index: SearchIndex
    is_store_away: Callable[[], bool] = lambda: False
    monotonic: Callable[[], float] = monotonic
    kept_secret: Callable[[str, str, str], SealedSecret] = _keep_nothing
    is_ending: bool = False
    _waiting: int = 0
    _coming: int = 0
    _said: dict[str, float] = field(default_factory=dict)
    _pool: ThreadPoolExecutor = field(init=False)
    _own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, "api")
        rate = Rate(self.settings.requests_per_second, self.settings.burst)
        self._buckets = Buckets(rate, self.monotonic)

    def close(self) -> None:
        """Nothing is answered any more; what is being answered is finished."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def body(self, request: Request) -> bytes:
        """The body of a request, which is read before anyone knows whose it is: only so many at once."""
        if self._coming >= MOST_WAITING:
            raise busy()
        self._coming += 1
        try:
            return await read_body(request, self.settings.max_body_bytes)
        finally:
            self._coming -= 1

    async def reading(self, request: Request, work: Callable[[Access], object]) -> Response:
        """The answer that `work` gives from one state of the store, to a caller who may look at what there is."""
        return await self._in_thread(lambda: self.tell(request, self._read(request, work, Role.VIEWER)))

    async def received(self, request: Request, work: Callable[[Access], object]) -> Response:
        """The answer that `work` gives about what came in, to a connection's key too."""
        read = partial(self._read, request, work, Role.VIEWER, connections=True)
        return await self._in_thread(lambda: self.tell(request, read()))

    async def writing(self, request: Request, work: Callable[[Caller], T], role: Role = Role.OPERATOR) -> T:
        """What `work` gives, which opens its own transactions; `tell` makes an answer of it."""
        return await self._in_thread(lambda: work(self._read(request, lambda access: access.caller, role)))

    async def telling(self, request: Request, work: Callable[[Connection], object | None]) -> Response | None:
        """The answer that `work` reads, to a request authorised before; None while there is nothing to tell."""

        answer = await self.looking(work)
        return None if answer is None else self.tell(request, answer)

    async def answering(self, work: Callable[[Line], T]) -> T:
        """What the work gives with the line in force, by one of the threads, whose own memory that line has.

        Who asks is for the work to find out. Raises RefusedError, which a caller may be told, for whatever it raises.
        """
        return await self._in_thread(lambda: work(replace(self.line(), memory=self._memory())))

    async def looking(self, work: Callable[[Connection], T]) -> T:
        """What `work` reads, for a request authorised before."""

        def look() -> T:
            with self.line().store.read() as db:
                return work(db)

        return await asyncio.get_running_loop().run_in_executor(self._pool, self.told, look)

    async def authorise(self, request: Request) -> None:
        """Raises RefusedError where the request shows no key that opens anything here."""
        await self._in_thread(lambda: self._read(request, lambda _: None, Role.VIEWER, connections=True))

    async def known(self, future: Future[T], within_s: float) -> T:
        """What the future gives within so many seconds; raises RefusedError for what it raises, and if it is late."""
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.wrap_future(future)
        except TimeoutError as reason:
            raise self.refusal(TransientError(f"The store did not answer within {within_s:g} s.")) from reason
        except Exception as error:
            raise self.refusal(error) from error

    async def awaken(self) -> None:
        """What waits is worked off from now on."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self.told, self.wake)

    def tell(self, request: Request, answer: object) -> Response:
        """The answer as it is sent."""
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        fields = {**NOT_KEPT, **rate_fields(request), **answer.headers}
        return Response(msgspec.json.encode(answer.value), answer.status, fields, "application/json")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """What the work gives, done by one of the threads; every error is one that a caller may be told."""
        if self._waiting >= MOST_WAITING:
            raise busy()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self.told, work)
        finally:
            self._waiting -= 1

    def told(self, work: Callable[[], T]) -> T:
        """What the work gives; raises RefusedError, which a caller may be told, for whatever it raises."""
        try:
            if self.is_store_away():
                raise TransientError
            return work()
        except Exception as error:
            raise self.refusal(error) from error

    def refusal(self, error: Exception) -> RefusedError:
        """How an error is told to a caller; the reason of what he can do nothing about is in the log."""
        if isinstance(error, RefusedError):
            return error
        if not isinstance(error, GatewayError):
            _log.error("a request failed", exc_info=error)
            return RefusedError("internal", "The operator finds the reason in the log.")
        told = refused(error)
        if self._is_news(str(error)):
            _log.log(_LEVELS.get(told.code, logging.INFO), "%s", error)
        return told

    def _is_news(self, reason: str) -> bool:
        """Whether a reason was not logged a short while ago."""
        now = self.monotonic()
        said = {each: at for each, at in self._said.items() if now - at < SAID_AGAIN_S}
        # Put in place whole: other threads may be reading what was there.
        self._said = {reason: now, **said}
        return reason not in said

    def _read(self, request: Request, work: Callable[[Access], T], role: Role, *, connections: bool = False) -> T:
        with self.access(request, role, self._memory(), connections=connections) as access:
            return work(access)

    @contextmanager
    def access(
        self, request: Request, role: Role, memory: TradeMemory, *, connections: bool = False
    ) -> Iterator[Access]:
        """What a request may be answered from; raises RefusedError where its key is not for that, or asks too often."""
        line = self.line()
        with line.store.read() as db:
            caller = caller_of(db, request.headers.get("authorization"))
            left = self._buckets.take(caller.identity)
            request.state.rate_fields = left.headers(self._buckets.rate)
            if not left.granted:
                raise RefusedError("rate-exceeded", f"Wait {left.wait_s} s, then ask again.")
            if not caller.may(role, connections=connections):
                raise RefusedError("scope-insufficient", f"A key of scope {caller.scope} may not do this.")
            yield Access(db, caller, line, memory)

    def _memory(self) -> TradeMemory:
        """What this thread has read of the trade data: threads share none, so none waits for another."""
        if not hasattr(self._own, "memory"):
            self._own.memory = TradeMemory()
        memory: TradeMemory = self._own.memory
        return memory


def busy() -> RefusedError:
    """The refusal of who comes while as much is being answered as can be."""
    return RefusedError("busy", headers={"Retry-After": "1"})


def rate_fields(request: Request) -> dict[str, str]:
    """The RateLimit fields of the answer to a request; none before its key was read."""
    fields: dict[str, str] = getattr(request.state, "rate_fields", {})
    return fields


def caller_of(db: Connection, authorization: str | None) -> Caller:
    """Who shows this `Authorization`; raises RefusedError, in the same words for every key that opens nothing."""
    scheme, _, text = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        challenge = {"WWW-Authenticate": 'Bearer realm="gateway"'}
        raise RefusedError("key-missing", "Send the header Authorization: Bearer KEY.", headers=challenge)
    shown = parse_key(text.strip())
    kept = key_of(db, shown.identity) if shown else None
    if shown is None or kept is None or not shown.is_of(kept.digest) or kept.revoked_at is not None:
        challenge = {"WWW-Authenticate": 'Bearer realm="gateway", error="invalid_token"'}
        raise RefusedError("key-invalid", "The key is unknown or revoked.", headers=challenge)
    return Caller(kept.id, kept.name, parse_scope(kept.scope))
