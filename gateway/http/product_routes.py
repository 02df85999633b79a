"""/products and /assortments: what an account may buy, in its language and with its own texts and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.commerce.product_view import ProductView
from gateway.http.calls import Access, Api
from gateway.http.cursors import Page
from gateway.http.documents import Shapes
from gateway.http.parameters import AccountNumber, ListPart, OfAccount
from gateway.http.problems import RefusedError
from gateway.http.shapes import AssortmentPage, ProductPage
from gateway.model.product import Product
from gateway.pipeline.assortment import permitted_products
from gateway.pipeline.catalogue import product_views, viewer_of
from gateway.pipeline.desk import Asked, PriceDesk

Sku = Annotated[str, Path(max_length=200, description="Our number of the article.")]
Channel = Annotated[str, Query(max_length=40, description="As over this channel.")]
Language = Annotated[
    str | None, Query(max_length=35, description="The language of texts, as de; left out, that of the account.")
]


class Eyes(NamedTuple):
    """How articles are looked at."""

    channel: str
    language: str | None


async def eyes(channel: Channel = "api", language: Language = None) -> Eyes:
    """How the parameters say."""
    return Eyes(channel, language)


Seen = Annotated[Eyes, Depends(eyes)]


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["products"])

    @router.get("/products", summary="List articles", **shapes.told(ProductPage, "account-unknown", "cursor-invalid"))
    async def products(request: Request, part: ListPart, seen: Seen, account: OfAccount = None) -> Response:
        """What the account may buy, by SKU, with its own texts and numbers."""
        return await api.reading(request, partial(_page, account, seen, part.of("products", account, *seen)))

    @router.get(
        "/products/{sku:path}",
        summary="Show an article",
        **shapes.told(ProductView, "account-unknown", "product-unknown"),
    )
    async def product(request: Request, sku: Sku, seen: Seen, account: OfAccount = None) -> Response:
        """One article, if the account may buy it."""
        return await api.reading(request, partial(_product, account, seen, sku))

    @router.get(
        "/assortments/{account}",
        summary="List an assortment",
        **shapes.told(AssortmentPage, "account-unknown", "cursor-invalid"),
    )
    async def assortment(
        request: Request, account: AccountNumber, part: ListPart, channel: Channel = "api"
    ) -> Response:
        """The SKUs of what the account may buy, in their order."""
        page = part.of("assortment", account, channel)
        return await api.reading(request, partial(_assortment, account, channel, page))

    return router


def desk_of(access: Access, number: str | None, channel: str) -> PriceDesk:
    """The desk that an account asks over a channel."""
    account = access.account(number)
    return PriceDesk(access.snapshot, Asked(account, access.today(account), account.currency, channel))


def _read(access: Access, desk: PriceDesk, page: Page) -> tuple[Sequence[Product], str | None]:
    part = page.part
    found = permitted_products(access.snapshot, desk.context.subjects, part.after)
    return page.taken(list(islice(found, part.most)), lambda each: each.sku)


def views_of(access: Access, desk: PriceDesk, seen: Eyes, products: Sequence[Product]) -> list[ProductView]:
    """The articles as the account of the desk sees them."""
    context = desk.context
    viewer = viewer_of(access.snapshot, context.account, context.subjects, context.on, seen.language)
    return product_views(access.snapshot, viewer, products)


def _page(account: str | None, seen: Eyes, page: Page, access: Access) -> object:
    desk = desk_of(access, account, seen.channel)
    rows, following = _read(access, desk, page)
    return {"products": views_of(access, desk, seen, rows), "next": following}


def _product(account: str | None, seen: Eyes, sku: str, access: Access) -> object:
    desk = desk_of(access, account, seen.channel)
    found = access.snapshot.products([sku])
    if not desk.permitted(found.values()):
        raise RefusedError("product-unknown", f"There is no article {sku} that the account may buy.")
    [view] = views_of(access, desk, seen, list(found.values()))
    return view


def _assortment(account: str, channel: str, page: Page, access: Access) -> object:
    desk = desk_of(access, account, channel)
    rows, following = _read(access, desk, page)
    return {"account": desk.context.account, "products": [each.sku for each in rows], "next": following}
