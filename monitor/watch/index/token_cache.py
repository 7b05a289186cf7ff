"""Cache: token key → the terms of one word, and the phrases, that it may belong to.

That depends on the token's lookup key alone, so it is worked out once for all documents and kept: words repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, count
from typing import NamedTuple

from monitor.text.forms.korean import accepts, right_edge
from monitor.watch.index.form_index import ALONE, END, FORM_MASK, REST, START, WORD_SHIFT, several
from monitor.watch.index.pattern_index import PatternIndex

FIRST_HAN = "\u3005"
_HANGUL, _HANGUL_END = "가", "힣\uffff"
_HAN_RANGES = (
    ("\u3005", "\u30ff\uffff"),
    ("\u3400", "\u9fff\uffff"),
    ("\uf900", "\ufaff\uffff"),
    ("\U00020000", "\U0003ffff"),
)
PREFIXED = 1
"""A condition of an entry: its form is the beginning of a Korean token. What is above it: its case is to be asked."""
_KEPT = 50_000
"""Tokens whose use is kept, some 300 bytes each; a day's news has fewer that matter."""

Entry = tuple[int, tuple[int], int, int]
"""Pattern, form, word, condition."""


class TokenPostings(NamedTuple):
    """The postings of one token: all, and those of single words, first and second words of pairs."""

    postings: tuple[int, ...]
    alone: list[Entry]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


_NONE = TokenPostings((), [], (), ())


class TokenCache(dict[str, TokenPostings]):
    """Postings by token key, computed on first use."""

    def __init__(self, lexicon: PatternIndex) -> None:
        self.lexicon = lexicon
        index = lexicon.index
        self._parts = bool(index.hangul or index.han)
        """Whether terms are looked for in parts of tokens."""

    def __missing__(self, key: str) -> TokenPostings:
        """Compute the postings of a token; keep them while the cache has room."""
        if len(self) >= _KEPT:
            self.clear()
        postings = tuple(self._postings(key))
        use = self[key] = self._use(postings) if postings else _NONE
        return use

    def __reduce__(self) -> tuple[type[TokenCache], tuple[PatternIndex]]:
        """Pickle without the cached postings: another process makes its own."""
        return TokenCache, (self.lexicon,)

    def of(self, keys: Sequence[str], *, alphabetic: bool = False) -> tuple[dict[str, TokenPostings], list[int]]:
        """Return the postings of those `keys` that have any, and their places; `alphabetic` as in `TokenList`."""
        index, heads = self.lexicon.index, self.lexicon.stem_lengths
        places = list(compress(count(), map(index.whole.__contains__, keys)))
        found = {key: self[key] for key in set(map(keys.__getitem__, places))}
        parts = self._parts and not alphabetic
        if parts or heads:
            others = set(keys) - found.keys()
            used = self._used(key for key in others if (parts and key >= FIRST_HAN) or key[0] in heads)
            if used:
                found |= used
                places = list(compress(count(), map(found.__contains__, keys)))
        return found, places

    def _used(self, keys: Iterator[str]) -> dict[str, TokenPostings]:
        return {key: use for key in keys if (use := self[key]).postings}

    def _postings(self, key: str) -> Iterator[int]:
        index = self.lexicon.index
        yield from several(index.whole.get(key))
        for length in self.lexicon.stem_lengths.get(key[0], ()):
            yield from several(index.stems.get(key[:length]))
        if index.hangul and _HANGUL <= key <= _HANGUL_END:
            yield from self._hangul(key)
        elif index.han and is_han(key):
            yield from self._edges(key)

    def _hangul(self, key: str) -> Iterator[int]:
        """Return the postings of Korean words that a token begins with, followed by suffixes or particles."""
        hangul = self.lexicon.index.hangul
        for length in range(1, min(len(key), self.lexicon.longest_hangul) + 1):
            term = key[:length]
            # One syllable is a prefix in phrases only: as a whole term it has no prefix form.
            if term in hangul and (accepts(term, key[length:]) or (length == 1 and right_edge(term, key[1:]))):
                yield from several(hangul[term])

    def _edges(self, key: str) -> Iterator[int]:
        """Return the postings of words of phrases that a run of Han begins or ends with (国务卿安东尼·布林肯说)."""
        han = self.lexicon.index.han
        sizes = range(1, min(len(key), self.lexicon.longest_han) + 1)
        ends = {key[:size] for size in sizes} | {key[len(key) - size :] for size in sizes}
        for end in sorted(ends & han.keys()):
            for posting in several(han[end]):
                if posting & (START | END | REST):
                    yield posting & ~ALONE

    def _use(self, postings: tuple[int, ...]) -> TokenPostings:
        return TokenPostings(
            postings,
            [entry for posting in postings if posting & ALONE for entry in self._entries(posting)],
            tuple(posting for posting in postings if posting & START),
            tuple(posting for posting in postings if posting & END),
        )

    def _entries(self, posting: int) -> Iterator[Entry]:
        """Return for each pattern that a token alone may match: the pattern, form, word, and further check."""
        of = self.lexicon
        form, word = posting & FORM_MASK, posting >> WORD_SHIFT
        condition = 2 * PREFIXED * bool(of.gated[form]) + bool(of.forms[form].prefix)
        for pattern in several(of.alone[word]):
            yield pattern, (form,), word, condition


def is_han(key: str) -> bool:
    """Return whether a token is written in Han or Kana."""
    return key >= FIRST_HAN and any(low <= key <= high for low, high in _HAN_RANGES)
