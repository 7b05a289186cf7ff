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
from monitor.watch.words import ALONE, END, FORM_MASK, REST, START, WORD_SHIFT, Postings, several

_FIRST_HAN = "\u3005"
_HANGUL, _HANGUL_END = "가", "힣\uffff"
_HAN_RANGES = (
    ("\u3005", "\u30ff\uffff"),
    ("\u3400", "\u9fff\uffff"),
    ("\uf900", "\ufaff\uffff"),
    ("\U00020000", "\U0003ffff"),
)
_QUOTES = frozenset("\"'’”»›」』)")


Found = dict[str, tuple[int, ...]]


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
        self.found: dict[str, tuple[int, ...]] = {}
        """The document's tokens that are forms, and the postings of each."""

    def run(self) -> list[Raw]:
        index = self.of.index
        distinct = set(self.keys)
        self.found = {key: several(index.whole[key]) for key in index.whole.keys() & distinct}
        if index.stems:
            self._add_stems(distinct)
        if (index.hangul or index.han) and distinct and max(distinct) >= _FIRST_HAN:
            self._add_hangul([key for key in distinct if _HANGUL <= key <= _HANGUL_END])
            runs = [key for key in distinct if _is_han(key)] if index.han else []
            self._add_edges(runs)
            self._find_han(runs)
        if self.found:
            self._look()
        return self.out

    def _look(self) -> None:
        """Go through the tokens that may be a term, or begin a pair."""
        keys, last = self.keys, len(self.keys) - 1
        alone, starts, ends = self._roles()
        either = alone.keys() | starts.keys()
        for at in compress(count(), map(either.__contains__, keys)):
            key = keys[at]
            if key in alone:
                self._add_words(alone[key], at)
            if key in starts and at < last and keys[at + 1] in ends and self._joins(at + 1):
                self._add_phrases(starts[key], ends[keys[at + 1]], at)

    def _roles(self) -> tuple[Found, Found, Found]:
        """Part the tokens by what they are for: terms, first words of pairs, second ones."""
        alone: Found = {}
        starts: Found = {}
        ends: Found = {}
        for key, postings in self.found.items():
            roles = 0
            for posting in postings:
                roles |= posting
            if roles & ALONE:
                alone[key] = postings
            if roles & START:
                starts[key] = postings
            if roles & END:
                ends[key] = postings
        return alone, starts, ends

    # ----------------------------------------------------------------- which tokens are forms

    def _add(self, key: str, postings: Postings) -> None:
        self.found[key] = (*self.found.get(key, ()), *several(postings))

    def _add_stems(self, distinct: set[str]) -> None:
        """Add the tokens that begin with a stem (`missil*`)."""
        stems, lengths = self.of.index.stems, self.of.stem_lengths
        for key in distinct:
            for length in lengths.get(key[0], ()):
                if key[:length] in stems:
                    self._add(key, stems[key[:length]])

    def _add_hangul(self, tokens: list[str]) -> None:
        """Add the tokens that are Korean words with what is written on to them."""
        hangul = self.of.index.hangul
        for key in tokens:
            for length in range(1, len(key) + 1):
                term = key[:length]
                # One syllable is a prefix in phrases only: as a whole term it has no prefix form.
                if term in hangul and (accepts(term, key[length:]) or (length == 1 and right_edge(term, key[1:]))):
                    self._add(key, hangul[term])

    def _add_edges(self, runs: list[str]) -> None:
        """Add the runs of Han that begin or end with a word of a phrase (国务卿安东尼·布林肯说)."""
        han = self.of.index.han
        for key in runs:
            ends = {key[:size] for size in range(1, len(key) + 1)} | {key[at:] for at in range(1, len(key))}
            for end in sorted(ends & han.keys()):
                phrasal = tuple(posting & ~ALONE for posting in several(han[end]) if posting & (START | END | REST))
                if phrasal:
                    self._add(key, phrasal)

    # ----------------------------------------------------------------- terms of one word

    def _add_words(self, postings: tuple[int, ...], at: int) -> None:
        for posting in postings:
            form = posting & FORM_MASK
            if posting & ALONE and self._passes(form, at):
                word = posting >> WORD_SHIFT
                tail = self._tail(word, form, at)
                if tail:
                    for pattern in several(self.of.alone[word]):
                        self.out.append(Raw(pattern, at, at + 1, (form,), 0, tail))

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

    def _add_phrases(self, firsts: tuple[int, ...], seconds: tuple[int, ...], at: int) -> None:
        pairs = self.of.pairs
        for first in firsts:
            for second in seconds:
                pair = pair_of(first >> WORD_SHIFT, second >> WORD_SHIFT)
                if pair in pairs:
                    for pattern in several(pairs[pair]):
                        self._verify(pattern, at)

    def _joins(self, at: int) -> bool:
        """Say whether the gap before a token may stand inside a phrase."""
        tokens = self.tokens
        return _gap_joins(tokens.source[tokens.ends[at - 1] : tokens.starts[at]])

    def _verify(self, pattern: int, at: int) -> None:
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
            form = self._form_of(word, other)
            if form is None or not self._fits_run(word, other, is_first=other == first, is_last=other == last - 1):
                return
            forms.append(form)
        tail = self._tail(words[-1], forms[-1], last - 1)
        if tail:
            head, end = self._edges(words, first, last)
            self.out.append(Raw(pattern, first, last, tuple(forms), head, end if end >= 0 else tail))

    def _form_of(self, word: int, at: int) -> int | None:
        """Give the form of `word` that a token is and passes as, None where there is none."""
        for posting in self.found.get(self.keys[at], ()):
            if posting >> WORD_SHIFT == word and self._passes(posting & FORM_MASK, at):
                return posting & FORM_MASK
        return None

    # ----------------------------------------------------------------- Han and Kana, written without spaces

    def _find_han(self, runs: list[str]) -> None:
        of, keys = self.of, self.keys
        inside = {key: list(self._inside(key)) for key in runs}
        found = {key: places for key, places in inside.items() if places}
        for at in compress(count(), map(found.__contains__, keys)) if found else ():
            for head, end, posting in found[keys[at]]:
                tail = end if end < len(keys[at]) else -1
                for pattern in several(of.alone[posting >> WORD_SHIFT]):
                    self.out.append(Raw(pattern, at, at + 1, (posting & FORM_MASK,), head, tail))

    def _inside(self, key: str) -> Iterator[tuple[int, int, int]]:
        """Give the terms inside a run: start, end, posting; at each start the longer ones first."""
        han, lengths = self.of.index.han, self.of.han_lengths
        for head in range(len(key)):
            for length in lengths.get(key[head], ()):
                term = key[head : head + length]
                if term in han and cjk.accepts(term, key, head):
                    for posting in several(han[term]):
                        if posting & ALONE:
                            yield head, head + length, posting

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


def _is_han(key: str) -> bool:
    return key >= _FIRST_HAN and any(low <= key <= high for low, high in _HAN_RANGES)


@lru_cache(maxsize=4096)
def _gap_joins(gap: str) -> bool:
    return joins(gap) or (not gap.isascii() and joins(normalise(gap).text))
