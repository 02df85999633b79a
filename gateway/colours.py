"""Colours of a brand: one is stated, and those beside it are derived so that what is written in them can be read.

Contrast is that of WCAG 2.2 (1.4.3); colours are darkened, or lightened for dark pages, in OKLCH, where that changes
neither hue nor strength.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

LEAST_CONTRAST = 4.5
"""Of text on what it stands on."""
WHITE, INK, SUNK = "#ffffff", "#06202b", "#f5f6f7"
"""The page, text on light colours, and the page's darker parts."""
DARK, DARK_SUNK = "#161b21", "#0f1317"
"""The page where it is dark, and the darker parts of that."""
_HEX = re.compile(r"#[0-9a-f]{6}")
_MOST_TINT, _DARKER = 0.08, 0.8
_DARK_TINT = 0.15
_STEPS = 100

Linear = tuple[float, float, float]


class Brand(NamedTuple):
    """The colours of a brand: of buttons, of those pointed at, of the text on both, of links, of marked rows."""

    accent: str
    hi: str
    on: str
    link: str
    tint: str


def contrast(one: str, other: str) -> float:
    """How well the one can be read on the other: from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def is_colour(text: str) -> bool:
    """Whether it is a colour as #0b5a78."""
    return _HEX.fullmatch(text) is not None


def is_readable(accent: str) -> bool:
    """Whether text in white or ink can be read on the colour and on the darker one of it."""
    brand = brand_of(accent)
    return min(contrast(brand.on, accent), contrast(brand.on, brand.hi)) >= LEAST_CONTRAST


def nearest_readable(accent: str) -> str:
    """The colour of the same hue on which text can be read, darkened or lightened as little as possible."""
    lightness, a, b = _oklab(accent)
    for step in range(1, _STEPS + 1):
        for near in (lightness - step / _STEPS, lightness + step / _STEPS):
            if 0 <= near <= 1:
                found = _from_oklab(near, a, b)
                if is_readable(found):
                    return found
    return INK


def brand_of(accent: str) -> Brand:
    """The colours derived of an accent."""
    on = max((WHITE, INK), key=lambda each: contrast(each, accent))
    hi = _scaled(accent, _DARKER)
    # Where the text is dark, darker is worse to read: what is pointed at is lighter then.
    if on == INK:
        hi = _mixed(accent, WHITE, 1 - _DARKER)
    link = _darkened(accent)
    return Brand(accent, hi, on, link, _tint(accent, link))


def dark_brand_of(accent: str) -> Brand:
    """The colours derived of an accent for dark pages: as light as what is written in them, and on them, needs it."""
    lightness, a, b = _oklab(accent)
    for step in range(_STEPS + 1):
        found = _from_oklab(lightness + (1 - lightness) * step / _STEPS, a, b)
        tint = _mixed(DARK, found, _DARK_TINT)
        if all(contrast(found, each) >= LEAST_CONTRAST for each in (DARK, DARK_SUNK, tint, INK)):
            break
    return Brand(found, _mixed(found, WHITE, 1 - _DARKER), INK, found, tint)


def _darkened(accent: str) -> str:
    """The accent as a link: readable on every ground of the page."""
    lightness, a, b = _oklab(accent)
    for step in range(_STEPS + 1):
        found = _from_oklab(lightness * (1 - step / _STEPS), a, b)
        if all(contrast(found, ground) >= LEAST_CONTRAST for ground in (WHITE, SUNK)):
            return found
    return INK


def _tint(accent: str, link: str) -> str:
    """A breath of the accent, on which links can be read."""
    for step in range(_STEPS):
        found = _mixed(WHITE, accent, _MOST_TINT * (1 - step / _STEPS))
        if contrast(link, found) >= LEAST_CONTRAST:
            return found
    return WHITE


def _channels(colour: str) -> Linear:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(channels: Linear) -> str:
    return "#" + "".join(f"{round(min(max(each, 0.0), 1.0) * 255):02x}" for each in channels)


def _linear(colour: str) -> Linear:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in _channels(colour)
    )
    return red, green, blue


def _of_linear(channels: Linear) -> str:
    red, green, blue = (
        each * 12.92 if each <= 0.0031308 else 1.055 * each ** (1 / 2.4) - 0.055
        for each in (max(each, 0.0) for each in channels)
    )
    return _hex((red, green, blue))


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _scaled(colour: str, by: float) -> str:
    red, green, blue = _channels(colour)
    return _hex((red * by, green * by, blue * by))


def _mixed(one: str, other: str, part: float) -> str:
    """So much of the other in the one."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    red, green, blue = (mine * (1 - part) + its * part for mine, its in pairs)
    return _hex((red, green, blue))


def _oklab(colour: str) -> Linear:
    """Lightness, and where the colour lies between green and red, blue and yellow (OKLab, B. Ottosson 2020)."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> str:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return _of_linear(
        (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
    )
