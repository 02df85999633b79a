"""/terms: what is agreed with an account beside prices, field by field, with where each comes from."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import ScopeKind
from gateway.http.calls import Access, Api
from gateway.http.documents import Shapes
from gateway.http.parameters import AccountNumber
from gateway.http.shapes import TermsView
from gateway.pipeline.terms import terms_object

Day = Annotated[date | None, Query(description="The day; today where left out.")]
_OURS = ("below_floor",)
"""Terms that are our own business."""
Contract = Annotated[str | None, Query(max_length=100, description="As an order that cites this contract.")]


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["terms"])

    @router.get("/terms/{account}", summary="Show terms", **shapes.told(TermsView, "account-unknown"))
    async def terms(request: Request, account: AccountNumber, on: Day = None, contract: Contract = None) -> Response:
        """Payment, delivery, freight and the like that hold for the account, and what lost against them."""
        return await api.reading(request, partial(_terms, account, on, contract))

    return router


def _terms(number: str, on: date | None, contract: str | None, access: Access) -> object:
    account = access.account(number)
    told = terms_object(access.snapshot, account, on or access.today(account), contract)
    return _theirs(told) if access.caller.scope.kind is ScopeKind.ACCOUNT else told


def _theirs(told: dict[str, Any]) -> dict[str, Any]:
    """The terms that the account may see."""
    terms = {field: value for field, value in told["terms"].items() if field not in _OURS}
    return {**told, "terms": terms, "lost": [each for each in told["lost"] if each["field"] not in _OURS]}
