"""Parameters that several routes take."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Path, Query

from gateway.http.cursors import Page

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
