"""The one pass of a document's tokens over the index of terms.

Its cost does not grow with the number of terms: the document's distinct tokens are intersected with the index, in C;
then work is done for each token that is a form of a whole term, and for each two neighbours that are in a phrase.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import compress, count
from typing import NamedTuple

from monitor.text.forms import cjk
from monitor.text.forms.korean import accepts, is_particles, right_edge
from monitor.text.normalise import normalise
from monitor.text.tokens import TokenList, joins
from monitor.watch.lexicon import Lexicon, pair_of
from monitor.watch.words import FORM_BITS, FORM_MASK, Index, several

_HANGUL, _HANGUL_END = "가", "힣\uffff"
_HAN_RANGES = (
    ("\u3005", "\u30ff\uffff"),
    ("\u3400", "\u9fff\uffff"),
    ("\uf900", "\ufaff\uffff"),
    ("\U00020000", "\U0003ffff"),
)
_QUOTES = frozenset("\"'’”»›」』)")

Found = dict[str, tuple[int, ...]]
"""Of one document: its tokens that are forms, and the words and forms that each may be."""


class Raw(NamedTuple):
    """One place where a pattern was found: tokens `first` to `last` (exclusive).

    Outside stand `head` characters of the first token, and what follows `tail` ones of the last (-1: nothing).
    """

    pattern: int
    first: int
    last: int
    forms: tuple[int, ...]
    head: int = 0
    tail: int = -1


def scan(lexicon: Lexicon, tokens: TokenList, *, gated: bool = True) -> list[Raw]:
    """Give every place of every pattern, in no order; `gated` False ignores case."""
    return _Scan(lexicon, tokens, gated=gated).run()


class _Scan:
    """One pass over one document."""

    def __init__(self, lexicon: Lexicon, tokens: TokenList, *, gated: bool) -> None:
        self.of = lexicon
        self.tokens = tokens
        self.keys = tokens.keys
        self.gated = gated
        self.out: list[Raw] = []

    def run(self) -> list[Raw]:
        of, distinct = self.of, set(self.keys)
        whole = _whole(of.single, distinct)
        self._add_stems(distinct, whole)
        firsts: Found = {}
        seconds: Found = {}
        part: Found = {}
        if of.pairs:
            part = _whole(of.part, distinct)
            if of.part.han:
                self._add_edges(distinct, part)
            firsts, seconds = self._neighbours(part)
        self._look(whole, firsts, seconds, part)
        if of.single.han:
            self._find_han(distinct)
        return self.out

    def _look(self, whole: Found, firsts: Found, seconds: Found, part: Found) -> None:
        """Go through the tokens that may be a term, or begin a pair."""
        keys, last = self.keys, len(self.keys) - 1
        either = whole.keys() | firsts.keys()
        for at in compress(count(), map(either.__contains__, keys)) if either else ():
            key = keys[at]
            if key in whole:
                self._add_words(whole[key], at)
            if key in firsts and at < last and keys[at + 1] in seconds and self._joins(at + 1):
                self._add_phrases(firsts[key], seconds[keys[at + 1]], at, part)

    # ----------------------------------------------------------------- terms of one word

    def _add_words(self, postings: tuple[int, ...], at: int) -> None:
        alone = self.of.alone
        for posting in postings:
            form = posting & FORM_MASK
            if self._passes(form, at):
                tail = self._tail(posting >> FORM_BITS, form, at)
                if tail:
                    for pattern in several(alone[posting >> FORM_BITS]):
                        self.out.append(Raw(pattern, at, at + 1, (form,), 0, tail))

    def _add_stems(self, distinct: set[str], found: Found) -> None:
        """Add the tokens that begin with a stem (`missil*`)."""
        stems, lengths = self.of.single.stems, self.of.stem_lengths
        for key in distinct if stems else ():
            for length in lengths.get(key[0], ()):
                if key[:length] in stems:
                    found[key] = (*found.get(key, ()), *several(stems[key[:length]]))

    def _passes(self, form: int, at: int) -> bool:
        of = self.of
        if not of.gated[form] or not self.gated:
            return True
        return of.forms[form].passes(self._surface(at), caps_line=bool(self.tokens.caps_line[at]))

    def _surface(self, at: int) -> str:
        """Give a token as written. To make the surfaces of all tokens would cost more than the whole scan."""
        tokens = self.tokens
        surface = tokens.source[tokens.starts[at] : tokens.ends[at]]
        return surface if len(surface) == len(self.keys[at]) else tokens.surfaces[at]

    def _tail(self, word: int, form: int, at: int) -> int:
        """Give how many characters of a token are the word: all (-1), or a Korean prefix; 0 where it is no word.

        Particles written on to a quotation mark or to another script are no name: `'ICBM'이란` is not about Iran.
        """
        if not self.of.forms[form].prefix:
            return -1
        key, tokens = self.keys[at], self.tokens
        term = next((term for term, number in self.of.prefixes[word] if number == form and key.startswith(term)), key)
        if at:
            gap = tokens.source[tokens.ends[at - 1] : tokens.starts[at]]
            if (not gap or gap[-1] in _QUOTES) and is_particles(key):
                return 0
        return len(term) if len(term) < len(key) else -1

    # ----------------------------------------------------------------- phrases

    def _add_phrases(self, firsts: tuple[int, ...], seconds: tuple[int, ...], at: int, part: Found) -> None:
        pairs = self.of.pairs
        for first in firsts:
            for second in seconds:
                pair = pair_of(first >> FORM_BITS, second >> FORM_BITS)
                if pair in pairs:
                    for pattern in several(pairs[pair]):
                        self._verify(pattern, at, part)

    def _neighbours(self, part: Found) -> tuple[Found, Found]:
        """Give the tokens that may begin a pair whose other word is in the document too, and those that may end it."""
        followers = self.of.followers
        present = {posting >> FORM_BITS for postings in part.values() for posting in postings}
        ends: set[int] = set()
        firsts: Found = {}
        for key, postings in part.items():
            good = []
            for posting in postings:
                after = present.intersection(several(followers.get(posting >> FORM_BITS)))
                if after:
                    ends |= after
                    good.append(posting)
            if good:
                firsts[key] = tuple(good)
        seconds: Found = {}
        for key, postings in part.items():
            good = [posting for posting in postings if posting >> FORM_BITS in ends]
            if good:
                seconds[key] = tuple(good)
        return firsts, seconds

    def _joins(self, at: int) -> bool:
        """Say whether the gap before a token may stand inside a phrase."""
        tokens = self.tokens
        return _gap_joins(tokens.source[tokens.ends[at - 1] : tokens.starts[at]])

    def _verify(self, pattern: int, at: int, part: Found) -> None:
        """Add the pattern whose pair begins at a token, if its other words stand around and all pass their gates."""
        words = self.of.patterns[pattern]
        first = at - self.of.place[pattern]
        last = first + len(words)
        if first < 0 or last > len(self.keys):
            return
        if not all(self._joins(other) for other in range(first + 1, last) if other != at + 1):
            return
        forms: list[int] = []
        for word, other in zip(words, range(first, last), strict=True):
            form = self._form_of(word, other, part)
            if form is None or not self._fits_run(word, other, is_first=other == first, is_last=other == last - 1):
                return
            forms.append(form)
        tail = self._tail(words[-1], forms[-1], last - 1)
        if tail:
            head, end = self._edges(words, first, last)
            self.out.append(Raw(pattern, first, last, tuple(forms), head, end if end >= 0 else tail))

    def _form_of(self, word: int, at: int, part: Found) -> int | None:
        """Give the form of `word` that a token is and passes as, None where there is none."""
        for posting in part.get(self.keys[at], ()):
            if posting >> FORM_BITS == word and self._passes(posting & FORM_MASK, at):
                return posting & FORM_MASK
        return None

    # ----------------------------------------------------------------- Han and Kana, written without spaces

    def _find_han(self, distinct: set[str]) -> None:
        of = self.of
        runs = {key: list(self._inside(key)) for key in distinct if _is_han(key)}
        found = {key: places for key, places in runs.items() if places}
        keys = self.keys
        for at in compress(count(), map(found.__contains__, keys)) if found else ():
            for head, end, posting in found[keys[at]]:
                tail = end if end < len(keys[at]) else -1
                for pattern in several(of.alone[posting >> FORM_BITS]):
                    self.out.append(Raw(pattern, at, at + 1, (posting & FORM_MASK,), head, tail))

    def _inside(self, key: str) -> Iterator[tuple[int, int, int]]:
        """Give the terms inside a run: start, end, posting; at each start the longer ones first."""
        han, lengths = self.of.single.han, self.of.han_lengths
        for head in range(len(key)):
            for length in lengths.get(key[head], ()):
                term = key[head : head + length]
                if term in han and cjk.accepts(term, key, head):
                    for posting in several(han[term]):
                        yield head, head + length, posting

    def _add_edges(self, distinct: set[str], part: Found) -> None:
        """Add the runs that begin or end with a word of a phrase (国务卿安东尼·布林肯说)."""
        han = self.of.part.han
        for key in distinct:
            if _is_han(key):
                sizes = range(1, min(len(key), _LONGEST) + 1)
                ends = {key[:size] for size in sizes} | {key[-size:] for size in sizes}
                postings = tuple(posting for end in sorted(ends & han.keys()) for posting in several(han[end]))
                if postings:
                    part[key] = (*part.get(key, ()), *postings)

    def _fits_run(self, word: int, at: int, *, is_first: bool, is_last: bool) -> bool:
        """Say whether a word stands right in its run: the first of a phrase ends it, the last one begins it."""
        terms = self.of.inner.get(word)
        if not terms:
            return True
        key = self.keys[at]
        return any(
            key == term or (is_first and key.endswith(term)) or (is_last and key.startswith(term)) for term, _ in terms
        )

    def _edges(self, words: tuple[int, ...], first: int, last: int) -> tuple[int, int]:
        """Give where in their runs a phrase begins and ends (-1: with the run, or as `_tail` says)."""
        head, end = 0, -1
        for term, _ in self.of.inner.get(words[0], ()):
            if self.keys[first].endswith(term):
                head = len(self.keys[first]) - len(term)
        for term, _ in self.of.inner.get(words[-1], ()):
            if self.keys[last - 1].startswith(term) and len(term) < len(self.keys[last - 1]):
                end = len(term)
        return head, end


_LONGEST = 64  # characters of a term in one run; without a bound, one token of 5 MB would stall the daemon


def _whole(index: Index, distinct: set[str]) -> Found:
    """Give the tokens that are forms as they are, or as a Korean word with what is written on to it."""
    whole = index.whole
    found = {key: several(whole[key]) for key in whole.keys() & distinct}
    hangul = index.hangul
    for key in distinct if hangul else ():
        if _HANGUL <= key <= _HANGUL_END:
            for length in range(1, min(len(key), _LONGEST) + 1):
                term = key[:length]
                # One syllable is a prefix in phrases only: the index of whole terms has none.
                if term in hangul and (accepts(term, key[length:]) or (length == 1 and right_edge(term, key[1:]))):
                    found[key] = (*found.get(key, ()), *several(hangul[term]))
    return found


def _is_han(key: str) -> bool:
    return key >= _HAN_RANGES[0][0] and any(low <= key <= high for low, high in _HAN_RANGES)


@lru_cache(maxsize=4096)
def _gap_joins(gap: str) -> bool:
    return joins(gap) or (not gap.isascii() and joins(normalise(gap).text))
