"""Stop words: as terms of their own they would match nearly every text."""

from __future__ import annotations

from functools import cache

from monitor import data
from monitor.text.normalise import key

_BY_SCRIPT = {"latin": ("en",), "cyrillic": ("uk", "ru")}
SCRIPTS = tuple(_BY_SCRIPT)


def is_everywhere(word: str, language: str | None, script: str) -> bool:
    """Return whether the word is a stop word of the language (None: of any that a word in `script` is taken for)."""
    return any(word in stop_words(code) for code in (_BY_SCRIPT.get(script, ()) if language is None else (language,)))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language as they are written and as their keys, none where it has no list."""
    words = data.load("stopwords").get(language, {})
    listed = [*words.get("everywhere", ()), *words.get("terms", ())]
    return frozenset([*listed, *map(key, listed)])
