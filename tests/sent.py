"""Messages as partners send them, counts and envelope right unless a test makes them wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

TODAY = datetime.now(ZoneInfo("Europe/Berlin")).date()
"""The day where the accounts of the demo are, who order."""
WANTED = TODAY + timedelta(days=60)
ACME, US = "4012345000009:14", "4098765000010:14"
HAMBURG, BREMEN, ROSTOCK = "4012345000016", "4012345000023", "4012345000030"

# The articles of the demo: LIN, and the price agreed with ACME.
BOLT = ("4098765001017", "15.50::NTP:100:PCE")
GLOVE = ("4098765001031", "3.40::NTP")
MASK = ("4098765001055", "0.79::NTP")
SEALANT = ("4098765001062", "4.20::NTP")


def message(reference: str, type_: str, *segments: str, count: int | None = None) -> str:
    """A message from UNH to UNT, its segments counted."""
    kind = f"{type_}:D:96A:UN" if ":" not in type_ else type_
    lines = [f"UNH+{reference}+{kind}", *segments]
    return "".join(f"{line}'\n" for line in [*lines, f"UNT+{count or len(lines) + 1}+{reference}"])


def interchange(
    control: str, *messages: str, sender: str = ACME, recipient: str = US, test: bool = False, count: int | None = None
) -> bytes:
    """An interchange of these messages, counted."""
    at = f"{TODAY:%y%m%d}:0930"
    flag = "++++++1" if test else ""
    head = f"UNB+UNOC:3+{sender}+{recipient}+{at}+{control}{flag}'\n"
    return (head + "".join(messages) + f"UNZ+{len(messages) if count is None else count}+{control}'\n").encode(
        "latin-1"
    )


def line(
    position: int, article: tuple[str, str], quantity: str, price: str | None = None, unit: str = "PCE"
) -> list[str]:
    """An order line; the price is the agreed one where none is given, and left out where it is empty."""
    gtin, agreed = article
    stated = agreed if price is None else price
    priced = [f"PRI+AAA:{stated}"] if stated else []
    return [f"LIN+{position}++{gtin}:EN", f"QTY+21:{quantity}{':' + unit if unit else ''}", *priced]


def order(
    number: str, *lines: list[str], purpose: str = "9", buyer: str = HAMBURG, reference: str = "1",
    head: tuple[str, ...] = (), foot: tuple[str, ...] | None = None, count: int | None = None,
) -> str:  # fmt: skip
    """An EANCOM ORDERS of ACME."""
    bgm = f"BGM+220+{number}+{purpose}" if purpose else f"BGM+220+{number}"
    segments = [bgm, f"DTM+137:{TODAY:%Y%m%d}:102", f"DTM+2:{WANTED:%Y%m%d}:102", *head]
    segments += [f"NAD+BY+{buyer}::9"] if buyer else []
    segments += ["NAD+SU+4098765000010::9", "CUX+2:EUR:9"]
    segments += [segment for each in lines for segment in each]
    segments += ["UNS+S", *(foot if foot is not None else (f"CNT+2:{len(lines)}",))]
    return message(reference, "ORDERS:D:96A:UN:EAN008", *segments, count=count)


def change(number: str, order_number: str, *lines: list[str], purpose: str = "4", reference: str = "1") -> str:
    """An EANCOM ORDCHG of ACME."""
    segments = [
        f"BGM+230+{number}+{purpose}", f"DTM+137:{TODAY:%Y%m%d}:102", f"RFF+ON:{order_number}",
        f"NAD+BY+{HAMBURG}::9", "NAD+SU+4098765000010::9", "CUX+2:EUR:9",
        *[segment for each in lines for segment in each], "UNS+S", *([f"CNT+2:{len(lines)}"] if lines else []),
    ]  # fmt: skip
    return message(reference, "ORDCHG:D:96A:UN:EAN005", *segments)


def changed_line(action: str, position: int, article: tuple[str, str], quantity: str | None = None) -> list[str]:
    """A line of an ORDCHG: 1 adds, 2 deletes, 3 changes."""
    gtin, agreed = article
    quantities = [f"QTY+21:{quantity}:PCE", f"PRI+AAA:{agreed}"] if quantity else []
    return [f"LIN+{position}+{action}+{gtin}:EN", *quantities]
