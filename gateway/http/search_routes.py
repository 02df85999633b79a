"""/search: the articles an account means by a number or by words, of what it may buy."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.commerce.product_view import ProductView
from gateway.http.calls import Access, Api
from gateway.http.documents import Shapes
from gateway.http.parameters import Limit, OfAccount
from gateway.http.product_routes import Seen, desk_of, views_of
from gateway.search.finding import MOST_LETTERS, Finder, place_named

Wanted = Annotated[
    str,
    Query(alias="q", min_length=1, max_length=MOST_LETTERS, description="A number of an article, or words.",
          examples=["hexagon bolt M8"]),
]  # fmt: skip
From = Annotated[str, Query(alias="cursor", pattern="^(within-)?[0-9]{1,4}$", description="`next` of the part before.")]


class SearchPage(msgspec.Struct, kw_only=True):
    """Articles in the order of how well they fit. `how` they were found: number, words, alike (with slips), some-words
    (not all of them fit) or nothing; `number` is which one of the first article was asked for.
    """

    how: str
    number: str | None
    products: list[ProductView]
    next: str | None


class Question(NamedTuple):
    """What is looked for, and which part of what is found."""

    text: str
    limit: int
    after: str


async def question(wanted: Wanted, limit: Limit = 25, after: From = "0") -> Question:
    """As the parameters say."""
    return Question(wanted, limit, after)


Asked = Annotated[Question, Depends(question)]


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["products"])

    @router.get("/search", summary="Find articles", **shapes.told(SearchPage, "account-unknown"))
    async def search(request: Request, asked: Asked, seen: Seen, account: OfAccount = None) -> Response:
        """What the account means: the article whose number it is, else those the words tell of, the best first."""

        def found(access: Access) -> object:
            desk = desk_of(access, account, seen.channel)
            finding = Finder(access.snapshot, desk, api.index).find(asked.text, asked.limit, place_named(asked.after))
            return {
                "how": finding.how,
                "number": finding.number,
                "products": views_of(access, desk, seen, finding.products),
                "next": None if finding.following is None else str(finding.following),
            }

        return await api.reading(request, found)

    return router
