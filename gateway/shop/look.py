"""How the pages of one supplier look: his name, his colour and his logo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gateway.colours import Brand, brand_of, dark_brand_of
from gateway.errors import ConfigError
from gateway.shop.assets import Asset, named

MOST_BYTES = 100_000
"""The largest logo."""
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


class Look(NamedTuple):
    """A name, and the files its pages are drawn with beside those of every shop; without any of it they are plain."""

    name: str = ""
    brand: Asset | None = None
    logo: Asset | None = None

    @property
    def assets(self) -> Mapping[str, Asset]:
        """The files by the names they are asked for."""
        return {each.name: each for each in (self.brand, self.logo) if each is not None}


PLAIN = Look()


def look_of(name: str, accent: str | None, logo: Path | None) -> Look:
    """The look of these settings; raises ConfigError for a logo that cannot be shown."""
    brand = None if accent is None else named("brand", "css", "text/css; charset=utf-8", _stylesheet(accent))
    return Look(name, brand, None if logo is None else _logo(logo))


def _stylesheet(accent: str) -> bytes:
    light, dark = (_values(each) for each in (brand_of(accent), dark_brand_of(accent)))
    # On paper all pages are light.
    return f":root{{{light}}}@media screen{{:root[data-theme=dark]{{{dark}}}}}".encode()


def _values(brand: Brand) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in brand._asdict().items())


def _logo(file: Path) -> Asset:
    ending = file.suffix.lower().removeprefix(".")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"shop.logo: {file} cannot be read: {error.strerror}.") from None
    if ending not in _TYPES or len(content) > MOST_BYTES:
        raise ConfigError(f"shop.logo: {file} is no SVG or PNG of at most {MOST_BYTES:,} bytes.")
    return named("logo", ending, _TYPES[ending], content)
