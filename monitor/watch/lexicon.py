"""The index of all terms' forms, and the one pass of a document's tokens over it.

A *word* here is one slot of a term: a set of forms with their conditions. A *pattern* is a sequence of words that is
one way to mention a term. The index maps each form to the words that have it, as integers `word << 20 | form`, so that
a phrase whose every word takes any form costs the sum of its words' forms and not their product. Each pattern is
looked for at one of its words, its *anchor*, the one that fewest patterns share; the others are checked from there.
Words that anchor nothing are kept apart: a document's tokens are never looked up among them.

The cost of a document is one set intersection of its distinct tokens with the index, in C, and then work for each token
that is a form of some anchor; it does not grow with the number of terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import NamedTuple

from monitor.text.forms import Form, cjk
from monitor.text.forms.korean import accepts, is_particles
from monitor.text.tokens import TokenList
from monitor.watch.words import FORM_BITS, FORM_MASK, FormTable, Postings, WordTable

_HANGUL, _HANGUL_END = "가", "힣\uffff"
_HAN_RANGES = (
    ("\u3005", "\u30ff\uffff"),
    ("\u3400", "\u9fff\uffff"),
    ("\uf900", "\ufaff\uffff"),
    ("\U00020000", "\U0003ffff"),
)
_QUOTES = frozenset("\"'’”»›」』)")


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


class Lexicon:
    """All patterns, ready to be looked for. Made by `watch.build.Builder`; immutable."""

    def __init__(
        self,
        words: WordTable,
        forms: FormTable,
        patterns: Sequence[tuple[int, ...]],
        anchors: Sequence[int],
    ) -> None:
        """Index `patterns` (word numbers) at their anchors (places in them); `words` is used up."""
        self.patterns = patterns
        self.anchors = anchors
        self.forms = forms.forms
        self._gated = forms.gated
        self._anchored: list[int | tuple[int, ...] | None] = [None] * len(words)
        for number, (pattern, anchor) in enumerate(zip(patterns, anchors, strict=True)):
            _add(self._anchored, pattern[anchor], number)
        index = words.index(self._anchored)
        self.hot, self.cold, self.hangul, self.han, self.stems = index
        self._prefixes, self._inner = words.prefixes, words.inside
        self._han_lengths = _lengths_by_head(self.han)
        self._stem_lengths = _lengths_by_head(self.stems)

    def scan(self, tokens: TokenList, *, gated: bool = True) -> list[Raw]:
        """Give every place of every pattern, in the order of the tokens; `gated` False ignores case."""
        keys = tokens.keys
        found = self._candidates(set(keys))
        out: list[Raw] = []
        if found:
            for at in compress(range(len(keys)), map(found.__contains__, keys)):
                for posting in found[keys[at]]:
                    self._at(tokens, at, posting, out, gated=gated)
        if self.han:
            self._scan_han(tokens, out)
        return out

    # ----------------------------------------------------------------- which tokens to look at

    def _candidates(self, distinct: set[str]) -> dict[str, tuple[int, ...]]:
        """Give the distinct tokens that are forms of an anchor, with the words and forms that they may be."""
        hot = self.hot
        found = {key: _several(hot[key]) for key in hot.keys() & distinct}
        if self.hangul:
            for key in distinct:
                if _HANGUL <= key <= _HANGUL_END:
                    self._hangul_candidates(key, found)
        if self.stems:
            lengths = self._stem_lengths
            for key in distinct:
                if key[:1] in lengths:
                    for length in lengths[key[:1]]:
                        if key[:length] in self.stems:
                            found[key] = (*found.get(key, ()), *_several(self.stems[key[:length]]))
        return found

    def _hangul_candidates(self, key: str, found: dict[str, tuple[int, ...]]) -> None:
        hangul = self.hangul
        for length in range(1, len(key) + 1):
            term = key[:length]
            if term in hangul and accepts(term, key[length:]):
                found[key] = (*found.get(key, ()), *_several(hangul[term]))

    # ----------------------------------------------------------------- what stands there

    def _at(self, tokens: TokenList, at: int, posting: int, out: list[Raw], *, gated: bool) -> None:
        """Add the patterns anchored at a word that token `at` is a form of."""
        form = posting & FORM_MASK
        if gated and not self._passes(form, tokens, at):
            return
        word = posting >> FORM_BITS
        tail = self._tail(word, form, tokens, at)
        if tail == 0:
            return
        for pattern in _several(self._anchored[word]):
            slots = self.patterns[pattern]
            if len(slots) == 1:
                out.append(Raw(pattern, at, at + 1, (form,), 0, tail))
                continue
            place = self.anchors[pattern]
            forms = self._phrase(slots, tokens, at - place, place, form, gated=gated)
            if forms is not None:
                last = at - place + len(slots)
                end = tail if place == len(slots) - 1 else self._tail(slots[-1], forms[-1], tokens, last - 1)
                out.append(Raw(pattern, at - place, last, forms, 0, end))

    def _passes(self, form: int, tokens: TokenList, at: int) -> bool:
        if not self._gated[form]:
            return True
        return self.forms[form].passes(tokens.surfaces[at], caps_line=bool(tokens.caps_line[at]))

    def _tail(self, word: int, form: int, tokens: TokenList, at: int) -> int:
        """Give how many characters of token `at` are the word: all (-1), or a Korean prefix; 0 where it is no word.

        Particles written on to a quotation mark or to another script are no name: `'ICBM'이란` is not about Iran.
        """
        if not self.forms[form].prefix:
            return -1
        key = tokens.keys[at]
        term = next((term for term, number in self._prefixes[word] if number == form and key.startswith(term)), key)
        gap = tokens.gaps[at]
        if at and (not gap or gap[-1] in _QUOTES) and is_particles(key):
            return 0
        return len(term) if len(term) < len(key) else -1

    def _phrase(
        self, slots: tuple[int, ...], tokens: TokenList, first: int, place: int, form: int, *, gated: bool
    ) -> tuple[int, ...] | None:
        """Give the forms of a phrase whose word `place` is at hand; None where the others do not stand around it."""
        last = first + len(slots)
        if first < 0 or last > len(tokens) or not all(tokens.joins[first + 1 : last]):
            return None
        forms: list[int] = []
        for at, word in enumerate(slots, first):
            one = form if at - first == place else self._form_of(word, tokens, at, gated=gated)
            if one is None and word in self._inner:
                one = self._part_of(word, tokens.keys[at], first_word=at == first, last_word=at == last - 1)
            if one is None:
                return None
            forms.append(one)
        return tuple(forms)

    def _form_of(self, word: int, tokens: TokenList, at: int, *, gated: bool) -> int | None:
        """Give the form of `word` that token `at` is, None where it is none."""
        key = tokens.keys[at]
        for index in (self.cold, self.hot):
            for posting in _several(index.get(key)):
                if posting >> FORM_BITS == word:
                    form = posting & FORM_MASK
                    if not gated or self._passes(form, tokens, at):
                        return form
        for term, form in self._prefixes.get(word, ()):
            if key.startswith(term) and accepts(term, key[len(term) :]):
                return form
        return None

    def _part_of(self, word: int, key: str, *, first_word: bool, last_word: bool) -> int | None:
        """Give the form of a word without spaces that ends (as the first of a phrase) or begins (as the last) a run."""
        for term, form in self._inner[word]:
            if (first_word and key.endswith(term)) or (last_word and key.startswith(term)) or key == term:
                return form
        return None

    # ----------------------------------------------------------------- Han and Kana, written without spaces

    def _scan_han(self, tokens: TokenList, out: list[Raw]) -> None:
        known: dict[str, list[tuple[int, int, Postings]]] = {}
        for at, key in enumerate(tokens.keys):
            if not any(low <= key <= high for low, high in _HAN_RANGES):
                continue
            if key not in known:
                known[key] = list(self._inside(key))
            for head, end, postings in known[key]:
                for posting in _several(postings):
                    self._at_han(tokens, at, head, end, posting, out)

    def _inside(self, key: str) -> Iterator[tuple[int, int, Postings]]:
        """Give the terms inside a run: start, end, postings; at each start the longer ones first."""
        for head in range(len(key)):
            for length in self._han_lengths.get(key[head], ()):
                term = key[head : head + length]
                if len(term) == length and term in self.han and cjk.accepts(term, key, head):
                    yield head, head + length, self.han[term]

    def _at_han(self, tokens: TokenList, at: int, head: int, end: int, posting: int, out: list[Raw]) -> None:
        """Add the patterns anchored at a term inside a run.

        Within a phrase (安东尼·布林肯) the first word ends its run, and the last one begins its own.
        """
        key, form = tokens.keys[at], posting & FORM_MASK
        for pattern in _several(self._anchored[posting >> FORM_BITS]):
            slots = self.patterns[pattern]
            first = at - self.anchors[pattern]
            last = first + len(slots) - 1
            if (at > first and head) or (at < last and end < len(key)):
                continue
            forms = self._phrase(slots, tokens, first, at - first, form, gated=False) if first < last else (form,)
            if forms is None:
                continue
            start = head if at == first else self._beginning(slots[0], tokens.keys[first])
            stop = end if at == last else self._ending(slots[-1], tokens.keys[last])
            out.append(Raw(pattern, first, last + 1, forms, start, stop if stop < len(tokens.keys[last]) else -1))

    def _beginning(self, word: int, key: str) -> int:
        """Give where the first word of a phrase begins in its run."""
        return next((len(key) - len(term) for term, _ in self._inner.get(word, ()) if key.endswith(term)), 0)

    def _ending(self, word: int, key: str) -> int:
        """Give where the last word of a phrase ends in its run."""
        return next((len(term) for term, _ in self._inner.get(word, ()) if key.startswith(term)), len(key))

    def forms_of(self, numbers: Iterable[int]) -> list[Form]:
        """Give the forms behind their numbers."""
        return [self.forms[number] for number in numbers]


def _add(table: list[int | tuple[int, ...] | None], at: int, number: int) -> None:
    known = table[at]
    table[at] = number if known is None else (*_several(known), number)


def _several(postings: Postings | None) -> tuple[int, ...]:
    if postings is None:
        return ()
    return (postings,) if isinstance(postings, int) else postings


def _lengths_by_head(index: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """Give for each first character how long the terms that begin with it are, longest first."""
    lengths: dict[str, set[int]] = {}
    for key in index:
        lengths.setdefault(key[0], set()).add(len(key))
    return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}
