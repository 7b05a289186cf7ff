"""Cache: token key → the terms of one word, and the phrases, that it may belong to.

That depends on the token's lookup key alone, so it is worked out once for all documents and kept: words repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, count
from typing import NamedTuple

from monitor.text.forms.korean import BOUND, LONGEST_COMPOUND, begins, find, is_particles
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
PARTICLES = 1
"""A condition of an entry: its token is Korean particles alone. What is above it: its case is to be asked."""
_KEPT = 50_000
"""Tokens whose use is kept, some 300 bytes each; a day's news has fewer that matter."""
MOST_CUT = 16_000
"""Different Hangul tokens of one document that are looked into. An article has some hundred, a short novel as many."""

Entry = tuple[int, tuple[int], int, int, int]
"""Pattern, form, where in the token the word begins and ends (-1: with the token), condition."""


class TokenPostings(NamedTuple):
    """The postings of one token: all, and those of single words, first and second words of pairs."""

    postings: tuple[int, ...]
    alone: list[Entry]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


_WHOLE = (0, -1)
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
        hangul = self._hangul(key) if self.lexicon.index.hangul and _is_hangul(key) else {}
        postings = (*self._postings(key), *hangul)
        use = self[key] = self._use(key, postings, hangul) if postings else _NONE
        return use

    def _hastily(self, key: str) -> TokenPostings:
        """Return the postings of a Hangul token that is looked at from its beginning only; they are not kept."""
        hangul = dict(self._beginnings(key))
        postings = (*self._postings(key), *hangul)
        return self._use(key, postings, hangul) if postings else _NONE

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
            used = self._used([key for key in others if (parts and key >= FIRST_HAN) or key[0] in heads], keys)
            if used:
                found |= used
                places = list(compress(count(), map(found.__contains__, keys)))
        return found, places

    def _used(self, wanted: Sequence[str], keys: Sequence[str]) -> dict[str, TokenPostings]:
        """Return the postings of the `wanted` tokens that have any; `keys` are all, as they stand in the document.

        Of Hangul tokens beyond the first `MOST_CUT` only the beginning is looked at: to cut a made-up text of compounds
        into words would take the time of thousands of articles.
        """
        hasty: set[str] = set()
        if len(wanted) > MOST_CUT and self.lexicon.index.hangul:
            hangul = set(filter(_is_hangul, wanted))
            hasty = set([key for key in dict.fromkeys(keys) if key in hangul][MOST_CUT:])
        found = {key: use for key in wanted if key not in hasty and (use := self[key]).postings}
        return found | {key: use for key in hasty if (use := self._hastily(key)).postings}

    def _postings(self, key: str) -> Iterator[int]:
        index = self.lexicon.index
        yield from several(index.whole.get(key))
        for length in self.lexicon.stem_lengths.get(key[0], ()):
            yield from several(index.stems.get(key[:length]))
        if index.han and is_han(key):
            yield from self._edges(key)

    def _hangul(self, key: str) -> dict[int, tuple[int, int]]:
        """Return the postings of Korean words that a token mentions, and where in it each begins and ends."""
        hangul, lengths = self.lexicon.index.hangul, self.lexicon.hangul_lengths
        size = len(key)
        found: dict[int, tuple[int, int]] = {}
        for start in range(size if size <= LONGEST_COMPOUND else 1):
            for length in lengths.get(key[start], ()):
                term = key[start : start + length]
                if term in hangul and find(term, key) == start:
                    end = start + length
                    found |= dict.fromkeys(several(hangul[term]), (start, end if end < size else -1))
        return found

    def _beginnings(self, key: str) -> Iterator[tuple[int, tuple[int, int]]]:
        """Return the postings of the Korean words that a token begins with, as far as can be told without a cut."""
        hangul = self.lexicon.index.hangul
        for length in self.lexicon.hangul_lengths.get(key[0], ()):
            term = key[:length]
            if term in hangul and begins(term, key, cut=False):
                for posting in several(hangul[term]):
                    yield posting, (0, length if length < len(key) else -1)

    def _edges(self, key: str) -> Iterator[int]:
        """Return the postings of words of phrases that a run of Han begins or ends with (国务卿安东尼·布林肯说)."""
        han = self.lexicon.index.han
        sizes = range(1, min(len(key), self.lexicon.longest_han) + 1)
        ends = {key[:size] for size in sizes} | {key[len(key) - size :] for size in sizes}
        for end in sorted(ends & han.keys()):
            for posting in several(han[end]):
                if posting & (START | END | REST):
                    yield posting & ~ALONE

    def _use(self, key: str, postings: tuple[int, ...], hangul: Mapping[int, tuple[int, int]]) -> TokenPostings:
        bare = bool(hangul) and (key in BOUND or is_particles(key))
        return TokenPostings(
            postings,
            [
                entry
                for posting in postings
                if posting & ALONE
                for entry in self._entries(posting, *hangul.get(posting, _WHOLE), bare=bare and posting in hangul)
            ],
            tuple(posting for posting in postings if posting & START),
            tuple(posting for posting in postings if posting & END),
        )

    def _entries(self, posting: int, head: int, tail: int, *, bare: bool) -> Iterator[Entry]:
        """Return an entry for each pattern that a token alone may match."""
        of = self.lexicon
        form, word = posting & FORM_MASK, posting >> WORD_SHIFT
        condition = 2 * PARTICLES * bool(of.gated[form]) + bare
        for pattern in several(of.alone[word]):
            yield pattern, (form,), head, tail, condition


def _is_hangul(key: str) -> bool:
    return _HANGUL <= key <= _HANGUL_END


def is_han(key: str) -> bool:
    """Return whether a token is written in Han or Kana."""
    return key >= FIRST_HAN and any(low <= key <= high for low, high in _HAN_RANGES)
