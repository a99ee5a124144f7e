"""Comparing what somebody looks for with what is stored, without case and accents.

In here and not in a query: databases differ in both, and SQLite knows only those of English.
"""

import unicodedata
from collections.abc import Iterable

# Letters that Unicode takes for letters of their own, and who looks for them types without.
_PLAIN = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ł": "l",
        "ø": "o",
    }
)


def folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def words_of(search: str) -> list[str]:
    return folded(search).split()


def has_all(words: Iterable[str], *texts: str) -> bool:
    """Whether each of these words, which are folded, stands in one of the texts."""
    everything = folded("\n".join(texts))
    return all(word in everything for word in words)
