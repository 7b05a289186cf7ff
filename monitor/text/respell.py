"""Ukrainian respelled as Russian, for models that know Russian and no Ukrainian.

No translation: common words are replaced by a list, other words keep their stems with Russian endings and letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from monitor import data

_WORD = re.compile(r"[а-яіїєґ]+(?:['’ʼ-][а-яіїєґ]+)*", re.IGNORECASE)
_LONGEST = 7  # of the endings
_STEM_MIN = 3
_PREFIX_MIN = 3


def as_russian(text: str) -> str:
    """Return a Ukrainian text in something like Russian; what is not Cyrillic stays."""
    return _WORD.sub(lambda match: _word(match[0]), text)


@lru_cache(maxsize=20_000)
def _word(word: str) -> str:
    low = word.lower().replace("’", "'").replace("ʼ", "'")
    new = _table("words").get(low) or _letters(_ended(_begun(low)))
    return new[0].upper() + new[1:] if word[0].isupper() else new


def _begun(word: str) -> str:
    """Return a word with the beginning that the list has for it."""
    stems = _table("stems")
    for length in range(len(word), _PREFIX_MIN - 1, -1):
        if word[:length] in stems:
            return stems[word[:length]] + word[length:]
    return word


def _ended(word: str) -> str:
    endings = _table("endings")
    for length in range(min(_LONGEST, len(word) - _STEM_MIN), 1, -1):
        if word[-length:] in endings:
            return word[:-length] + endings[word[-length:]]
    return word


def _letters(word: str) -> str:
    return "".join(_table("letters").get(letter, letter) for letter in word)


@cache
def _table(name: str) -> Mapping[str, str]:
    pairs = (pair.partition(":") for pair in data.load("respell")[name].split())
    return {old: new.replace("_", " ") for old, _, new in pairs}
