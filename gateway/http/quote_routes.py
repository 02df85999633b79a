"""/quotes: what buyers ask a price for and what they are offered, by the same steps as on the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import ScopeKind
from gateway.errors import ConflictError
from gateway.http.bodies import decode
from gateway.http.calls import Access, Answer, Api, Caller
from gateway.http.cursors import Page
from gateway.http.documents import Shapes
from gateway.http.parameters import IdempotencyKey, ListPart, OfAccount, check_currency
from gateway.http.problems import Fault, RefusedError
from gateway.http.quote_shapes import Act, OfferAct, QuoteDetail, QuotePage, RenegotiateAct, Started
from gateway.model.quote import Quote, Side
from gateway.pipeline.quote_view import as_they_stand, quote_object, quote_row
from gateway.pipeline.quoting import Actor, Offering, Opening, Quoting
from gateway.pipeline.quoting import Request as Wanted
from gateway.pipeline.work import Line
from gateway.store import Connection
from gateway.store.claims import Claim, ClaimKind, claim, held
from gateway.store.visible import account_seen, quote_seen, quotes_seen

Number = Annotated[str, Path(max_length=35, description="The quote's number.")]


class Step(NamedTuple):
    """What may be done to a quote: its name, the body it takes, how it is done, and what comes of it."""

    name: str
    body: type[Act]
    does: Callable[[Quoting, str, Actor, Act], Quote]
    sentence: str


def _offer(quoting: Quoting, number: str, actor: Actor, act: Act) -> Quote:
    return quoting.offer(number, actor, Offering(**{name: getattr(act, name) for name in Offering.__struct_fields__}))


def _renegotiate(quoting: Quoting, number: str, actor: Actor, act: Act) -> Quote:
    lines = act.lines if isinstance(act, RenegotiateAct) else ()
    return quoting.renegotiate(number, actor, Wanted(lines=lines))


STEPS = (
    Step("submit", Act, lambda quoting, number, actor, _: quoting.submit(number, actor), "The request is handed in."),
    Step("start", Act, lambda quoting, number, actor, _: quoting.start(number, actor), "Sales take the request up."),
    Step("offer", OfferAct, _offer, "Prices on offer until a day, in place of what was offered before."),
    Step("renegotiate", RenegotiateAct, _renegotiate, "The offer goes back, with what is wanted instead."),
    Step(
        "accept", Act, lambda quoting, number, actor, _: quoting.accept(number, actor),
        "The offer is accepted: its prices are the account's in every channel from now on.",
    ),
    Step("decline", Act, lambda quoting, number, actor, _: quoting.decline(number, actor), "It is declined."),
    Step(
        "withdraw", Act, lambda quoting, number, actor, _: quoting.withdraw(number, actor),
        "The request or the offer is taken back; prices that were accepted end.",
    ),
)  # fmt: skip

_LADDER = [{"min_quantity": "1000", "price": "13.90", "per": "100"}]
_EXAMPLES: Mapping[type[Act], object] = {
    Act: {"note": "agreed by phone", "who": "Ms Meyer", "revision": 3},
    OfferAct: {"valid_until": "2027-01-31", "lines": [{"product": "A-1001", "ladder": _LADDER}]},
    RenegotiateAct: {"note": "too dear", "lines": [{"product": "A-1001", "quantities": ["2000"]}]},
}
_EXAMPLE = {
    "account": "10012", "reference": "RFQ-77",
    "lines": [{"product": "A-1001", "quantities": ["1000", "5000"], "target_price": "13.50", "target_per": "100"}],
}  # fmt: skip
_REFUSALS = ("conflict", "request-refused")


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/quotes", tags=["quotes"])

    @router.get("", summary="List quotes", **shapes.told(QuotePage, "account-unknown", "cursor-invalid"))
    async def quotes(request: Request, part: ListPart, account: OfAccount = None) -> Response:
        """Quotes as they stand, by number; all that the key sees, or those of one account."""
        return await api.reading(request, partial(_page, account, part.of("quotes", account)))

    @router.post(
        "",
        summary="Open a quote",
        **shapes.told(
            QuoteDetail,
            "account-unknown",
            "conflict",
            "request-refused",
            statuses=(201,),
            body=Started,
            example=_EXAMPLE,
        ),
    )
    async def start(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        """What a buyer asks a price for, as a draft; `submit` hands it in."""
        raw = await api.body(request)
        return api.tell(request, await api.writing(request, partial(_open, api.line(), raw, idempotency_key)))

    for step in STEPS:
        _step_route(router, api, shapes, step)

    @router.get("/{quote:path}", summary="Show a quote", **shapes.told(QuoteDetail, "quote-unknown"))
    async def quote(request: Request, quote: Number) -> Response:
        """One quote with its versions, its history, and what each side may do."""
        return await api.reading(request, partial(_quote, quote))

    return router


def _step_route(router: APIRouter, api: Api, shapes: Shapes, step: Step) -> None:
    @router.post(
        f"/{{quote:path}}:{step.name}",
        summary=f"{step.name.capitalize()} a quote",
        description=f"{step.sentence} The same thing done again has no further effect.",
        name=step.name,
        **shapes.told(QuoteDetail, "quote-unknown", *_REFUSALS, body=step.body, example=_EXAMPLES[step.body]),
    )
    async def act(request: Request, quote: Number) -> Response:
        raw = await api.body(request)
        return api.tell(request, await api.writing(request, partial(_acted, api.line(), step, quote, raw)))


def _page(account: str | None, page: Page, access: Access) -> object:
    if account is not None:
        access.account(account)
    found, following = page.taken(quotes_seen(access.db, access.sight, account, page.part), lambda each: each.number)
    rows = [quote_row(each) for each in as_they_stand(access.db, found, access.line.clock())]
    return {"quotes": rows, "next": following}


def _quote(number: str, access: Access) -> object:
    _check_seen(access.db, access.caller, number)
    return quote_object(access.db, number, access.line.clock())


def _check_seen(db: Connection, caller: Caller, number: str) -> None:
    if not quote_seen(db, caller.sight, number):
        raise RefusedError("quote-unknown", f"There is no quote {number} that this key may see.")


def _actor(caller: Caller, act: Act) -> Actor:
    """Who acts: an account's key for the buyer, one of the house for sales, unless it says for whom."""
    is_buyer = caller.scope.kind is ScopeKind.ACCOUNT
    side = act.by or (Side.BUYER if is_buyer else Side.SELLER)
    if side is Side.GATEWAY:
        raise RefusedError("request-invalid", faults=[Fault("name buyer or seller", "/by")])
    if is_buyer and side is Side.SELLER:
        raise RefusedError("scope-insufficient", "A key of an account acts for the buyer.")
    return Actor(side, act.who or f"key {caller.name}", act.note, act.revision)


def _open(line: Line, raw: bytes, key: str | None, caller: Caller) -> Answer:
    stated = decode(raw, Started)
    check_currency(stated.currency, pointer="/currency")
    actor = _actor(caller, stated)
    if stated.number is not None and caller.scope.kind is ScopeKind.ACCOUNT:
        # Numbers are one row for all accounts: a number that is taken would tell of somebody else's quote.
        told = "leave it out: quotes are numbered by us, and your own number goes into reference"
        raise RefusedError("request-invalid", faults=[Fault(told, "/number")])
    opening = Opening(**{name: getattr(stated, name) for name in Opening.__struct_fields__})
    holders, digest = f"account:{stated.account}/quotes", hashlib.sha256(raw).hexdigest()
    with line.store.write() as db:
        if account_seen(db, caller.sight, stated.account) is None:
            raise RefusedError("account-unknown", f"There is no account {stated.account} that this key may see.")
        before = held(db, ClaimKind.TRANSPORT, holders, key) if key else None
        if before is None:
            number = Quoting(db, line.clock()).open(actor, opening).number
        elif before.digest == digest:
            number = before.holder
        else:
            raise ConflictError(f"The key {key} stands for another request. Take a new one.")
        if key and before is None:
            claim(db, Claim(ClaimKind.TRANSPORT, holders, key, number, digest, line.now()))
        quote = quote_object(db, number, line.clock())
    return Answer(quote, 201, {"Location": f"/api/v1/quotes/{number}"})


def _acted(line: Line, step: Step, number: str, raw: bytes, caller: Caller) -> Answer:
    act = decode(raw, step.body)
    with line.store.write() as db:
        _check_seen(db, caller, number)
        step.does(Quoting(db, line.clock()), number, _actor(caller, act), act)
        return Answer(quote_object(db, number, line.clock()))
