"""Parameters that several routes take."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Path, Query
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from gateway.http.cursors import Page
from gateway.http.problems import Fault, RefusedError
from gateway.masterdata import columns

Limit = Annotated[int, Query(ge=1, le=1_000, description="At most so many.")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="`next` of the part before; left out, the first part.")
]


class Listing(NamedTuple):
    """Which part of a list is asked for."""

    limit: int
    cursor: str | None

    def of(self, *names: str | None) -> Page:
        """The page of the list of these names: what is listed, and what it is filtered by."""
        return Page(names, self.limit, self.cursor)


async def listing(limit: Limit = 100, cursor: Cursor = None) -> Listing:
    """The part that the parameters name."""
    return Listing(limit, cursor)


ListPart = Annotated[Listing, Depends(listing)]
AccountNumber = Annotated[str, Path(max_length=100, description="The account's number.", examples=["10001"])]
OfAccount = Annotated[
    str | None,
    Query(alias="account", max_length=100, description="The account's number; left out, that of the key."),
]
MessageId = Annotated[str, Path(max_length=40, description="The id as it was told.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1, max_length=255, pattern="^[!-~]+$",
        description="The same request under the same key has one effect; another body under it is refused with 409.",
    ),
]  # fmt: skip


def check_currency(code: str | None, pointer: str | None = None, parameter: str | None = None) -> None:
    """Raises RefusedError for what is no currency of ISO 4217; says in which place it stands."""
    try:
        if code is not None:
            columns.currency(code)
    except ValueError as error:
        raise RefusedError("request-invalid", faults=[Fault(str(error), pointer, parameter)]) from error


async def only_known(request: Request) -> None:
    """Raises RequestValidationError for a parameter that the route does not take, or takes once only."""
    known = _taken(request.scope["route"].dependant)
    stated = [name for name, _ in request.query_params.multi_items()]
    for name in stated:
        if name not in known:
            words = f"there is no such parameter here; there is {', '.join(known)}" if known else "there is none here"
            raise RequestValidationError([{"msg": words, "loc": ("query", name)}])
        if stated.count(name) > 1:
            raise RequestValidationError([{"msg": "state it once", "loc": ("query", name)}])


def _taken(part: Dependant) -> list[str]:
    """The names of the parameters that a route, or a part of it, takes."""
    own = [each.alias for each in part.query_params]
    return own + [name for each in part.dependencies for name in _taken(each)]
