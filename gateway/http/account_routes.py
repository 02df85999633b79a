"""/accounts: the accounts that a key sees, with their parties and people, their segments, and who serves them."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.calls import Access, Api
from gateway.http.cursors import Page
from gateway.http.documents import Shapes
from gateway.http.parameters import AccountNumber, ListPart
from gateway.http.shapes import AccountPage, AccountView
from gateway.pipeline.catalogue import service_of
from gateway.pipeline.desk import Asked, PriceDesk
from gateway.store.visible import accounts_seen


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/accounts", tags=["accounts"])

    @router.get("", summary="List accounts", **shapes.told(AccountPage, "cursor-invalid"))
    async def accounts(request: Request, part: ListPart) -> Response:
        """The key's own account and those below it, or all, in the order of their numbers."""
        return await api.reading(request, lambda access: _page(access, part.of("accounts")))

    @router.get("/{account}", summary="Show an account", **shapes.told(AccountView, "account-unknown"))
    async def account(request: Request, account: AccountNumber) -> Response:
        """One account with its parties, its people, its segments of today, and who of us serves it."""
        return await api.reading(request, lambda access: _account(access, account))

    return router


def _page(access: Access, page: Page) -> object:
    found, following = page.taken(accounts_seen(access.db, access.sight, page.part), lambda each: each.account)
    return {"accounts": [msgspec.structs.asdict(each) for each in found], "next": following}


def _account(access: Access, number: str) -> object:
    account = access.account(number)
    snapshot = access.snapshot
    subjects = PriceDesk(snapshot, Asked(account, access.today(account), account.currency)).context.subjects
    parties = snapshot.trade.parties([account.account])
    return {
        "account": msgspec.structs.asdict(account),
        "parties": [msgspec.structs.asdict(each) for each in parties],
        "contacts": snapshot.catalogue.contacts([account.account]),
        "segments": snapshot.segments(account.account, access.today(account)),
        "service": service_of(snapshot, account.account, subjects),
    }
