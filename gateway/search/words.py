"""Numbers and words as they are compared: in one form, however they are typed."""

from __future__ import annotations

import re
import unicodedata

MOST_WORDS = 12
"""Words of a question that count; the rest is left out."""
MOST_LETTERS = 40
"""Letters of a word that count: a longer one is no word."""
SHORTEST_ENDING = 4
SHORTEST_BEGINNING = 3
"""Letters and figures from which on the beginning of a number is worth looking for."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe"})
_WORD = re.compile(r"[^\W_]+")
# M8x40 is the same size however the sign between is typed.
_TIMES = re.compile(r"(?<=\d)\s*[x×*]\s*(?=\d)")
_SOFT_HYPHEN = "\u00ad"
_BINDING = frozenset(
    {
        "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines", "und", "oder",
        "mit", "ohne", "fuer", "fur", "von", "vom", "zu", "zum", "zur", "auf", "aus", "bei", "im", "in", "am", "an",
        "als", "the", "and", "or", "with", "without", "for", "from", "of", "to", "on",
    }
)  # fmt: skip
"""Words that bind others, without accents: they say nothing of an article. No letter alone is among them."""
_SUFFIXES = ("en", "er", "es", "em", "e", "n", "s")
_SHORTEST_STEM = 3


def number_form(text: str) -> str:
    """A part number without case, blanks and punctuation: `6ES7 214-1AG40` is `6es72141ag40`."""
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def begins_number(form: str) -> bool:
    """Whether a number is worth looking for by this beginning."""
    return len(form) >= SHORTEST_BEGINNING and any(map(str.isdigit, form))


def words_of(text: str) -> list[str]:
    """The words of a text in small letters without accents, umlauts written out: `Größe M8x40` is groesse, m8, 40."""
    plain = _TIMES.sub(" ", _plain(text))
    return [folded(word) for word in _WORD.findall(plain.translate(_UMLAUTS)) if len(word) <= MOST_LETTERS]


def telling(words: list[str]) -> list[str]:
    """The words that say something of an article; all of them where none does."""
    return [word for word in words if word not in _BINDING] or words


def bare_words_of(text: str) -> list[str]:
    """The words with umlauts as their vowels, as who has no such keys types them: `Größe` is grosse."""
    plain = _TIMES.sub(" ", _plain(text))
    return [folded(word.replace("ß", "ss")) for word in _WORD.findall(plain) if len(word) <= MOST_LETTERS]


def _plain(text: str) -> str:
    """The text in small letters and one form of each sign, without the marks of where a word may be parted."""
    return unicodedata.normalize("NFKC", text.replace(_SOFT_HYPHEN, "")).lower()


def folded(word: str) -> str:
    """The word without accents."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFKD", word)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def stem(word: str) -> str:
    """The word without the endings of plural and case: Schrauben and Schraube, washers and washer are the same."""
    while not word[-1:].isdigit():
        cut = next((word[: -len(each)] for each in _SUFFIXES if word.endswith(each)), word)
        if len(cut) < _SHORTEST_STEM or cut == word:
            return word
        word = cut
    return word


def endings(word: str) -> list[str]:
    """What the word ends with, as long as it can be a word: a compound is found by the part that says what it is."""
    return [word[start:] for start in range(1, len(word) - SHORTEST_ENDING + 1)]
