"""What the pages are drawn with: one stylesheet and one script, each named by its content and so kept by browsers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "static"
_SHEETS = ("base.css", "shop.css")
_SCRIPT = "shop.js"


class Asset(NamedTuple):
    """A file as it is served."""

    name: str
    media_type: str
    content: bytes


def _stylesheet() -> bytes:
    text = "\n".join((_FOLDER / name).read_text("utf-8") for name in _SHEETS)
    # The browser within old SAP GUIs knows no grid, and would make of half the rules less than of none.
    return f"@supports (display:grid){{{minified(text)}}}".encode()


def minified(css: str) -> str:
    """The same rules without comments and idle white space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*\n\s*", "", css)
    return re.sub(r"\s*([{};,])\s*", r"\1", css).replace(";}", "}")


@cache
def assets() -> Mapping[str, Asset]:
    """The files by the names they are asked for."""
    made = (
        named("shop", "css", "text/css; charset=utf-8", _stylesheet()),
        named("shop", "js", "text/javascript; charset=utf-8", (_FOLDER / _SCRIPT).read_bytes()),
    )
    return {each.name: each for each in made}


@cache
def address_of(ending: str) -> str:
    """Where the file of this ending lies below the address of the assets."""
    return next(name for name in assets() if name.endswith(f".{ending}"))


def named(stem: str, ending: str, media_type: str, content: bytes) -> Asset:
    """The file under a name that is another one as soon as its content is."""
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(f"{stem}.{digest}.{ending}", media_type, content)
