"""A page of articles to download: the numbers exact, and its place among the pages."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from gateway.oci.call import Page
from gateway.oci.json_page import Article, Picture, Scale, json_page, pages_of

PAGE = Page(size=50, number=2, transaction="t-1", cti="X")
BOLT = Article(
    product_id="4711", texts={"de": "Schraube", "en": "Bolt"}, price=Decimal("12.40"), per=Decimal(100), currency="EUR",
    unit="PCE", lead_time_days=3, min_quantity=Decimal("0.5"), scales=[Scale(Decimal(1000), Decimal("11.90"))],
    pictures=[Picture("https://us.example/4711.jpg", "image/jpeg", "Bolt")], attributes={"M": "8"}, vendor="ACME",
    category="Bolts",
)  # fmt: skip


def test_a_page_says_which_it_is_and_holds_its_articles() -> None:
    page = json.loads(json_page(PAGE, 51, [BOLT]), parse_float=Decimal)
    items = page.pop("Items")
    assert page == {"CTI": "X", "CURRENTPAGE": 2, "TOTALITEMS": 51, "TOTALPAGES": 2, "TRANSACTIONID": "t-1"}
    assert items == [
        {
            "NEWITEM": {
                "EXT_PRODUCT_ID": "4711",
                "DESCRIPTION": [
                    {"description": "Schraube", "languageCode": "de"},
                    {"description": "Bolt", "languageCode": "en"},
                ],
                "PRICE": "12.40",
                "PRICE_QUANTITY": 100,
                "CURRENCY": "EUR",
                "UNIT": "PCE",
                "LEADTIME": "3",
                "MINORDER_QTY": Decimal("0.5"),
                "PRICE_SCALES": [{"low": 1000, "price": "11.90", "scaleType": "01"}],
                "ATTACHMENTS": [
                    {
                        "fileName": "https://us.example/4711.jpg",
                        "mimeType": "image/jpeg",
                        "type": "01",
                        "descriptions": [{"description": "Bolt", "languageCode": ""}],
                    }
                ],
                "ATTRIBUTES": [{"name": "M", "value": "8"}],
                "VENDOR": "ACME",
                "CATALOG_NAME": "Bolts",
            }
        }
    ]


def test_prices_are_written_out() -> None:
    cheap = Article(product_id="1", texts={}, price=Decimal("1E-7"), per=Decimal(1), currency="EUR", unit="PCE")
    [item] = json.loads(json_page(PAGE, 1, [cheap]))["Items"]
    assert (item["NEWITEM"]["PRICE"], item["NEWITEM"]["LEADTIME"]) == ("0.0000001", "")


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (200_000, 4_000)])
def test_so_many_pages_there_are(total: int, pages: int) -> None:
    assert pages_of(PAGE, total) == pages
