"""Stop words: as terms of their own they would match nearly every text."""

from __future__ import annotations

from functools import cache

from monitor import data

_BY_SCRIPT = {"latin": ("en",), "cyrillic": ("uk", "ru")}
SCRIPTS = tuple(_BY_SCRIPT)


def is_everywhere(word: str, language: str | None, script: str) -> bool:
    """Return whether the word is a stop word of the language (None: of any language of `script`)."""
    return any(word in _words(code) for code in _BY_SCRIPT.get(script, ()) if language is None or language == code)


@cache
def _words(language: str) -> frozenset[str]:
    words = data.load("stopwords")[language]
    return frozenset([*words["everywhere"], *words.get("terms", ())])
