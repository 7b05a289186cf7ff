"""Which of the words that are known is most like one that is not, for messages that suggest it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word most like `word`, or None.

    Likeness is difflib's ratio without regard to case; 0.6 is its own default.
    """
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def suggest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return ` Did you mean 'x'?` (with the leading space) where a known word is like `word`, else nothing."""
    near = nearest(word, known, cutoff=cutoff)
    return "" if near is None else f" Did you mean {near!r}?"


def listed(words: Iterable[str], most: int = 12) -> str:
    """Return words as `a, b, c`, at most `most` of them."""
    words = list(words)
    return ", ".join(words[:most]) + (", …" if len(words) > most else "")
