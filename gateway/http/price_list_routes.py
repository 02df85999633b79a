"""/price-lists: everything an account may buy with its prices, streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Literal, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.calls import Access, Api
from gateway.http.documents import Shapes
from gateway.http.parameters import AccountNumber, check_currency
from gateway.http.shapes import PriceListView
from gateway.http.streams import Streams
from gateway.pipeline.desk import Asked
from gateway.pipeline.price_list import as_csv, as_object, price_list

Form = Literal["json", "csv"]
_MEDIA: Mapping[Form, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


class Wanted(NamedTuple):
    """Which prices, and how they are written."""

    on: date | None
    currency: str | None
    channel: str
    form: Form


async def wanted(
    on: Annotated[date | None, Query(description="The day; today where left out.")] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="ISO 4217; the account's.")] = None,
    channel: Annotated[str, Query(max_length=40, description="As over this channel.")] = "api",
    form: Annotated[Form, Query(alias="format", description="json or csv.")] = "json",
) -> Wanted:
    """What the parameters say."""
    check_currency(currency, parameter="currency")
    return Wanted(on, currency, channel, form)


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["prices"])
    streams = Streams(api)

    @router.get(
        "/price-lists/{account}",
        summary="Show a price list",
        **shapes.told(PriceListView, "account-unknown", csv=True),
    )
    async def listed(request: Request, account: AccountNumber, asked: Annotated[Wanted, Depends(wanted)]) -> Response:
        """Every article the account may buy, by SKU, with the price of each quantity at which another one begins."""
        return await streams.stream(request, _MEDIA[asked.form], partial(_written, account, asked))

    return router


def _written(number: str, wanted: Wanted, access: Access) -> Iterator[str]:
    account = access.account(number)
    day, currency = wanted.on or access.today(account), wanted.currency or account.currency
    listed = price_list(access.snapshot, Asked(account, day, currency, wanted.channel))
    if wanted.form == "csv":
        yield from as_csv(listed, currency)
        return
    head = {"account": account.account, "on": day, "currency": currency, "data_seq": access.snapshot.data_seq}
    yield msgspec.json.encode(head).decode()[:-1] + ',"products":['
    comma = ""
    for each in listed:
        yield comma + msgspec.json.encode(as_object(each, currency)).decode()
        comma = ","
    yield "]}"
