"""Encodings of texts in which all that is ASCII is written as in ASCII: tags and names of fields are seen in them."""

from __future__ import annotations

import codecs
import re

_CODECS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]|shift_jis|cp932|euc_jp|euc_kr|gb2312|gbk|gb18030|big5")


def is_ascii_in(name: str) -> bool:
    """Whether an encoding of this name, as IANA lists it, is known and writes ASCII as it is."""
    try:
        return _CODECS.fullmatch(codecs.lookup(name).name) is not None
    except (LookupError, ValueError):
        return False
