"""Suggestions for an unknown word: the most similar known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from monitor.fields.lookalikes import as_latin, odd_letters


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word most similar to `word`, or None.

    Likeness is difflib's ratio without regard to case; 0.6 is its own default.
    """
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def suggest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return ` Did you mean 'x'?` (with the leading space) where a known word is similar to `word`, else nothing.

    Where the two look the same, the letters of another script are named.
    """
    near = nearest(as_latin(word), known, cutoff=cutoff) or nearest(word, known, cutoff=cutoff)
    if near is None:
        return ""
    odd = odd_letters(word, near)
    return f" Did you mean {near!r}?" + f" {word!r} has {odd}." * bool(odd)


def listed(words: Iterable[str], most: int = 12) -> str:
    """Return words as `a, b, c`, at most `most` of them."""
    words = list(words)
    return ", ".join(words[:most]) + (", …" if len(words) > most else "")
