"""Orders and the trade data they are about, made alike each time: what the whole line is measured with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from stdnum import ean

ARTICLES = 2_000
SENDER, RECIPIENT = "4012345000009:14", "4098765000010:14"
_STREETS = ("Hafenstrasse", "Am Speicher", "Kontorweg", "Werftallee")


def gtin(article: int) -> str:
    """The article's GTIN-13."""
    body = f"4098765{article:05d}"
    return body + str(ean.calc_check_digit(body))


def price(article: int) -> str:
    """What the account pays for one piece of the article, in euros."""
    return f"{article % 977 + 1}.{article % 100:02d}"


def trade_data() -> Iterator[tuple[str, str]]:
    """Kind and content of the import files: one account, its articles, and its own price for each."""
    numbers = range(1, ARTICLES + 1)
    yield "accounts", "account,name,currency,country,gln\n10001,Speed Retail,EUR,DE,4012345000009\n"
    rows = "".join(f"A-{number:05d},Article {number},PCE,{gtin(number)}\n" for number in numbers)
    yield "products", f"sku,name,base_unit,gtin\n{rows}"
    rows = "".join(f"account:10001,product:A-{number:05d},PRICE,{price(number)},EUR\n" for number in numbers)
    yield "prices", f"subject,object,type,amount,currency\n{rows}"


def interchange(orders: int, lines: int, reference: str = "S0001", first: int = 1) -> Iterator[str]:
    """An interchange of ORDERS D.96A (EANCOM), a message a piece; `first` numbers the orders on."""
    yield f"UNA:+.? '\nUNB+UNOC:3+{SENDER}+{RECIPIENT}+261101:0930+{reference}++ORDERS'\n"
    for number, message in enumerate(islice(_messages(lines, first), orders), 1):
        yield message.replace("#", str(number))
    yield f"UNZ+{orders}+{reference}'\n"


def _messages(lines: int, first: int) -> Iterator[str]:
    chance = random.Random(first)  # noqa: S311 - the same orders in every run
    number = first
    while True:
        segments = list(_segments(chance, number, lines))
        yield "".join(f"{segment}'\n" for segment in (*segments, f"UNT+{len(segments) + 1}+#"))
        number += 1


def _segments(chance: random.Random, number: int, lines: int) -> Iterator[str]:
    """The segments from UNH to CNT, with one text in ten that has released characters."""
    street = f"{chance.choice(_STREETS)} {number % 200 + 1}"
    yield "UNH+#+ORDERS:D:96A:UN:EAN008"
    yield f"BGM+220+PO{number:08d}+9"
    yield "DTM+137:20261101:102"
    yield "DTM+2:20290115:102"
    yield f"FTX+DIN+++Please ring before noon:at gate {number % 9}"
    yield f"NAD+BY+4012345000009::9++Speed Retail GmbH:Purchasing+{street}+Hamburg++20095+DE"
    yield "CTA+OC+:Jane Buyer"
    yield "COM+jane.buyer@speed.example:EM"
    yield "NAD+SU+4098765000010::9++Supplier AG+Industrieweg 7+Koeln++50667+DE"
    yield f"NAD+DP+4012345{number % 500:06d}::9++Store {number % 500}+{street}+Berlin++10115+DE"
    yield "CUX+2:EUR:9"
    for position in range(1, lines + 1):
        yield from _line(chance, position)
    yield "UNS+S"
    yield f"CNT+2:{lines}"


def _line(chance: random.Random, position: int) -> Iterator[str]:
    article, quantity = chance.randint(1, ARTICLES), chance.randint(1, 500)
    text = f"Article {article}, blue?+green 10?'x5" if chance.random() < 0.5 else f"Article {article}"
    yield f"LIN+{position}++{gtin(article)}:EN"
    yield f"PIA+1+A-{article:05d}:SA"
    yield f"IMD+F++:::{text}"
    yield f"QTY+21:{quantity}:PCE"
    yield f"DTM+2:202901{chance.randint(10, 28)}:102"
    yield f"PRI+AAA:{price(article)}:::1:PCE"
    yield f"RFF+PL:PL2026-{article % 12 + 1}"
    yield "TAX+7+VAT+++:::19+S"
