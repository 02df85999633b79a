"""Interchanges to measure with: D.96A orders with their usual segments, the same ones at every call."""

from __future__ import annotations

import random
from collections.abc import Iterator

_ARTICLES = (
    "CABLE GLAND M20 POLYAMIDE GREY", "SAFETY GLOVES SIZE 9 NITRILE", "LABEL ROLL 100X50 MM", "GREEN TEA 20 BAGS",
    "HEX NUT M8 STAINLESS A2", "DESK LAMP LED DIMMABLE", "COPY PAPER A4 80 GSM 500 SHEETS", "DRILL BIT HSS 6.5 MM",
)  # fmt: skip
_RELEASED = ("O?'BRIEN ?+ CO", "READY??", "RATIO 3?:1", "L?'EAU 5?+2", "?'A?' ?: ?+ ??")


class _Texts:
    """Texts for a message; `released_share` of them hold released characters."""

    def __init__(self, seed: int, released_share: float) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - a seed, not a secret
        self._released_share = released_share

    def digits(self, count: int) -> str:
        return str(self._draw.randrange(10**count)).zfill(count)

    def number(self, fewest: int, most: int) -> int:
        return self._draw.randint(fewest, most)

    def text(self, usual: str = "") -> str:
        if self._draw.random() < self._released_share:
            return self._draw.choice(_RELEASED)
        return usual or self._draw.choice(_ARTICLES)


def _order(reference: str, texts: _Texts) -> Iterator[str]:
    yield f"UNH+{reference}+ORDERS:D:96A:UN:EAN008"
    yield f"BGM+220+{texts.digits(10)}+9"
    yield f"DTM+137:2031{texts.number(10, 12)}{texts.number(10, 28)}:102"
    yield f"DTM+2:2031{texts.number(10, 12)}{texts.number(10, 28)}:102"
    yield f"FTX+AAI+++{texts.text('CALL THE GATE ONE HOUR BEFORE')}"
    yield f"RFF+CT:{texts.digits(8)}"
    yield f"NAD+BY+{texts.digits(13)}::9++{texts.text('HARBOUR STORES NV')}+QUAY STREET 4+GHENT++9000+BE"
    yield f"NAD+SU+{texts.digits(13)}::9++{texts.text('NORTHERN SUPPLY GMBH')}"
    yield f"NAD+DP+{texts.digits(13)}::9"
    yield "CUX+2:EUR:9"
    count = texts.number(9, 13)
    for line in range(1, count + 1):
        yield f"LIN+{line}++{texts.digits(13)}:EN"
        yield f"PIA+5+{texts.digits(6)}:SA"
        yield f"IMD+F++:::{texts.text()}"
        yield f"QTY+21:{texts.number(1, 480)}:PCE"
        yield f"MOA+203:{texts.number(10, 9999)}.{texts.digits(2)}"
        yield f"PRI+AAA:{texts.number(1, 900)}.{texts.digits(2)}::NTP"
    yield "UNS+S"
    yield f"CNT+2:{count}"
    yield f"UNT+{13 + 6 * count}+{reference}"


def interchange(size_bytes: int, *, released_share: float = 0.0, seed: int = 1) -> bytes:
    """An interchange of at least this size, with at least one message.

    A quarter of the texts with released characters (0.28) makes about one segment of twenty hold some.
    """
    texts = _Texts(seed, released_share)
    segments = ["UNB+UNOC:3+5400000000011:14+4000000000013:14+310115:0930+C1++ORDERS"]
    size = count = 0
    while not count or size < size_bytes:
        count += 1
        message = list(_order(f"{count:07d}", texts))
        segments += message
        size += sum(map(len, message)) + len(message)
    segments.append(f"UNZ+{count}+C1")
    return ("UNA:+.? '" + "".join(segment + "'" for segment in segments)).encode("ascii")
