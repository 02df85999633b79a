"""A page of articles as OCI 5.0 lets them be downloaded in JSON, for buyers who search in a catalogue of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gateway.oci.call import Page

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SCALE_FROM = "01"
_ATTACHED = "01"


class Scale(NamedTuple):
    """A price that holds from a quantity on; it is for as much as the article's own price."""

    low: Decimal
    price: Decimal


class Picture(NamedTuple):
    """A file of an article, by its address."""

    url: str
    media_type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article: `price` for `per` of `unit`, the buyer's code; `texts` by language, of ISO 639-1."""

    product_id: str
    texts: Mapping[str, str]
    price: Decimal
    per: Decimal
    currency: str
    unit: str
    lead_time_days: int | None = None
    min_quantity: Decimal | None = None
    scales: Sequence[Scale] = ()
    pictures: Sequence[Picture] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    vendor: str = ""
    category: str = ""


def pages_of(page: Page, total: int) -> int:
    """How many pages of the size that is wanted so many articles make; one where there are none."""
    return max(-(-total // page.size), 1)


def json_page(page: Page, total: int, articles: Sequence[Article]) -> bytes:
    """The page of a catalogue of `total` articles, in UTF-8; prices are texts with a point, as receivers read them.

    The names are those that suites read which take this format; SAP does not publish a schema.
    """
    return _ENCODER.encode({
        "CTI": page.cti, "CURRENTPAGE": page.number, "TOTALITEMS": total, "TOTALPAGES": pages_of(page, total),
        "TRANSACTIONID": page.transaction, "Items": [{"NEWITEM": _item(each)} for each in articles],
    })  # fmt: skip


def _item(article: Article) -> dict[str, object]:
    return {
        "EXT_PRODUCT_ID": article.product_id,
        "DESCRIPTION": [{"description": text, "languageCode": code} for code, text in article.texts.items()],
        "PRICE": format(article.price, "f"), "PRICE_QUANTITY": article.per, "CURRENCY": article.currency,
        "UNIT": article.unit, "LEADTIME": "" if article.lead_time_days is None else str(article.lead_time_days),
        "MINORDER_QTY": "" if article.min_quantity is None else article.min_quantity,
        "PRICE_SCALES": [
            {"low": each.low, "price": format(each.price, "f"), "scaleType": _SCALE_FROM} for each in article.scales
        ],
        "ATTACHMENTS": [
            {
                "fileName": each.url, "mimeType": each.media_type, "type": _ATTACHED,
                "descriptions": [{"description": each.text, "languageCode": ""}],
            }
            for each in article.pictures
        ],
        "ATTRIBUTES": [{"name": name, "value": value} for name, value in article.attributes.items()],
        "VENDOR": article.vendor, "CATALOG_NAME": article.category,
    }  # fmt: skip
