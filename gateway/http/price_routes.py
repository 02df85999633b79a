"""/prices:resolve: what an account pays for a basket, and how each price came about."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import ScopeKind
from gateway.http.bodies import decode
from gateway.http.calls import Access, Api
from gateway.http.documents import Shapes
from gateway.http.parameters import check_currency
from gateway.http.price_shapes import PriceAnswers
from gateway.http.problems import Fault, RefusedError
from gateway.http.shapes import PriceLine, PriceRequest
from gateway.pipeline.price import LineQuestion, Question, resolve_together

_OURS = ("floor", "statistical", "claims")
"""Parts of a trace that are our own business: what we would still sell at, what is paid back later, what we book."""
_EXAMPLE = {
    "account": "10001", "on": "2026-06-01", "currency": "EUR",
    "lines": [{"product": "A-1001", "quantity": "400", "unit": "PCE"}, {"gtin": "4098765001017", "quantity": "1"}],
}  # fmt: skip


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["prices"])

    @router.post(
        "/prices:resolve",
        summary="Resolve prices",
        **shapes.told(PriceAnswers, "account-unknown", body=PriceRequest, example=_EXAMPLE),
    )
    async def resolve_prices(request: Request) -> Response:
        """The price of each line in its order, and what they come to, from one state of the data.

        What has no price is told with a code.
        """
        raw = await api.body(request)
        return await api.reading(request, partial(_resolved, raw))

    return router


def _resolved(raw: bytes, access: Access) -> object:
    asked = decode(raw, PriceRequest)
    check_currency(asked.currency, pointer="/currency")
    account = access.account(asked.account)
    wanted = [_line(place, each) for place, each in enumerate(asked.lines)]
    day = asked.on or access.today(account)
    question = Question(account.account, wanted, day, asked.currency, asked.channel, asked.contract, asked.quote)
    snapshot = access.snapshot
    if asked.data_seq is not None:
        snapshot = access.snapshot_of(asked.data_seq)
        if not snapshot.chain(account.account):
            text = f"account {account.account} was not there yet in the data of this number"
            raise RefusedError("request-invalid", faults=[Fault(text, "/data_seq")])
    lines, basket = resolve_together(snapshot, question)
    if access.caller.scope.kind is ScopeKind.ACCOUNT:
        lines, basket = [_theirs(each) for each in lines], _theirs(basket)
    return {"lines": lines, "basket": basket, "data_seq": snapshot.data_seq}


def _theirs(trace: dict[str, object]) -> dict[str, object]:
    """The parts of a trace that the account may see."""
    return {name: value for name, value in trace.items() if name not in _OURS}


def _line(place: int, line: PriceLine) -> LineQuestion:
    if line.quantity <= 0:
        raise RefusedError("request-invalid", faults=[Fault("ask for more than nothing", f"/lines/{place}/quantity")])
    if not (line.product or line.gtin or line.buyer_sku):
        raise RefusedError("request-invalid", faults=[Fault("name product, gtin or buyer_sku", f"/lines/{place}")])
    return LineQuestion(line.quantity, line.product, line.gtin, line.buyer_sku, line.unit)
