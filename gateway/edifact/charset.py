"""Text and bytes by the character repertoire that UNB 0001 names (ISO 9735-1, code list 0001)."""

from __future__ import annotations

import re
import unicodedata

from gateway.issues import Issue, Severity

CODECS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOW": "utf-8",
    "UNOX": "iso2022_jp_2",
    "UNOY": "utf-8",
}
STATEFUL_CODEC = CODECS["UNOX"]
_LEVEL_A = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/='+:?!\"%&*;<>"
_REPERTOIRES = {"UNOA": frozenset(_LEVEL_A), "UNOB": frozenset(_LEVEL_A + "abcdefghijklmnopqrstuvwxyz")}
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_BYTES = bytes((*range(0x20), *range(0x7F, 0xA0)))
_C1 = re.compile(rb"[\x80-\x9f]")
_UTF8_LETTER = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
# In the others A0 to BF (hex) are letters: two capitals of Cyrillic (UNOE) can be one letter of UTF-8.
_SYMBOLS_BELOW_C0 = frozenset(("ascii", "iso8859-1", "iso8859-9"))
_WRITTEN_OUT = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae",
        "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
        "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "€": "EUR", "£": "GBP", "¥": "JPY", "’": "'", "‘": "'", "‚": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "…": "...", "•": "-",
        "\u00a0": " ", "\u202f": " ", "@": "(at)", "_": "-", "~": "-", "#": "No.", "$": "USD", "[": "(", "]": ")",
        "{": "(", "}": ")", "\\": "/", "|": "/", "^": "'", "`": "'", "\t": " ", "\r": " ", "\n": " ",
        "µ": "u", "×": "x", "°": " deg",
    }
)  # fmt: skip


def codec_of(syntax_identifier: str) -> str | None:
    """The Python codec of a syntax identifier, None where there is no such repertoire."""
    return CODECS.get(syntax_identifier)


def decode(raw: bytes, codec: str) -> tuple[str, list[Issue]]:
    """The text of the bytes and what is wrong with them; a byte without a meaning becomes U+FFFD and an error.

    Bytes that are plainly UTF-8, or Windows-1252 in place of ISO 8859-1, are read as such, with a finding.
    """
    if codec == STATEFUL_CODEC or raw.isascii():
        return _strict(raw, codec)
    if codec == "utf-8":
        return _strict(raw, codec)
    if codec in _SYMBOLS_BELOW_C0 or _C1.search(raw):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return _single_byte(raw, codec)
        return text, [_issue("UTF-8 under a syntax identifier that names another charset", Severity.FINDING)]
    return _single_byte(raw, codec)


def _single_byte(raw: bytes, codec: str) -> tuple[str, list[Issue]]:
    issues: list[Issue] = []
    if _C1.search(raw) and codec != "ascii":
        if codec == "iso8859-1":
            text, issues = _strict(raw, "cp1252")
            if not issues:
                issues = [_issue("Windows-1252 characters under UNOC", Severity.FINDING)]
        else:
            text, issues = raw.decode(codec, "replace"), [_issue("bytes 80 to 9F (hex) have no meaning here")]
    else:
        text, issues = _strict(raw, codec)
    if not issues and codec != CODECS["UNOE"] and _UTF8_LETTER.search(raw):
        issues = [_issue("some bytes look like UTF-8 under a syntax identifier of another charset", Severity.FINDING)]
    return text, issues


def _strict(raw: bytes, codec: str) -> tuple[str, list[Issue]]:
    try:
        return raw.decode(codec), []
    except UnicodeDecodeError as error:
        value = raw[error.start : error.start + 1].hex()
        text = f"byte {value} (hex), {error.start} bytes into the message, has no meaning in {codec}"
        return raw.decode(codec, "replace"), [_issue(text)]


def control_characters(raw: bytes, codec: str, separators: str) -> list[Issue]:
    """A finding where the bytes hold control characters other than the separators: no repertoire has them."""
    if codec == STATEFUL_CODEC:
        return []
    found = set(_CONTROLS.findall(raw)) - {separator.encode() for separator in separators}
    if not found:
        return []
    return [_issue(f"control character {min(found).hex()} (hex) in the data", Severity.FINDING)]


def missing_characters(text: str, syntax_identifier: str) -> str:
    """The characters of the text that the repertoire lacks, each once, sorted."""
    repertoire = _REPERTOIRES.get(syntax_identifier)
    if repertoire is not None:
        return "".join(sorted(set(text) - repertoire))
    codec = CODECS.get(syntax_identifier, "ascii")
    try:
        raw = text.encode(codec)
    except UnicodeEncodeError:
        raw = b"\x00"
    if codec != STATEFUL_CODEC and len(raw.translate(None, _CONTROL_BYTES)) == len(raw):
        return ""
    # ISO 8859 codecs map the control positions too; no repertoire holds those.
    return "".join(sorted(c for c in set(text) if unicodedata.category(c) in ("Cc", "Cs") or not _has(c, codec)))


def _has(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def transliterated(text: str, syntax_identifier: str) -> str:
    """The text in the characters of the repertoire as far as they can be written out; the rest stays."""
    for character in missing_characters(text, syntax_identifier):
        text = text.replace(character, _written_out(character, syntax_identifier))
    return text


def _written_out(character: str, syntax_identifier: str) -> str:
    written = character.translate(_WRITTEN_OUT)
    if written == character:
        decomposed = unicodedata.normalize("NFKD", character)
        written = "".join(c for c in decomposed if not unicodedata.combining(c)) or character
    if syntax_identifier == "UNOA":
        written = written.upper()
    return character if missing_characters(written, syntax_identifier) else written


def _issue(text: str, severity: Severity = Severity.ERROR) -> Issue:
    return Issue(code="charset.invalid", text=text, severity=severity)
