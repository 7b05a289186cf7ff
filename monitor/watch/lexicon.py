"""The index of all terms' forms.

A *word* here is one slot of a term: a set of forms with their conditions. A *pattern* is a sequence of words that is
one way to mention a term. The index maps each form to the words that have it, as integers `word << 20 | form`, so that
a phrase whose every word takes any form costs the sum of its words' forms and not their product. A pattern of several
words is looked for by one pair of neighbours in it, the pair that fewest patterns share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from monitor.text.forms import Form
from monitor.watch.words import FormTable, Postings, WordTable, several

_WORD_BITS = 32


def pair_of(first: int, second: int) -> int:
    """Give the number that stands for two neighbouring words."""
    return first << _WORD_BITS | second


class Lexicon:
    """All patterns, ready to be looked for. Made by `watch.build.Builder`; immutable."""

    def __init__(self, words: WordTable, forms: FormTable, patterns: Sequence[tuple[int, ...]]) -> None:
        """Index `patterns` (word numbers); `words` is used up."""
        self.patterns = patterns
        self.forms = forms.forms
        self.gated = forms.gated
        self.alone: dict[int, Postings] = {}  # word → patterns of this word alone
        self.pairs: dict[int, Postings] = {}  # first word << 32 | second word → patterns
        self.followers: dict[int, Postings] = {}  # first word → second words
        self.place = bytearray(len(patterns))  # where in a pattern its pair stands
        self._index_patterns()
        self.single, self.part = words.index(self.alone)
        self.prefixes, self.inner = words.prefixes, words.inside
        self.han_lengths = _lengths_by_head(self.single.han)
        self.stem_lengths = _lengths_by_head(self.single.stems)

    def _index_patterns(self) -> None:
        shared = Counter(word for words in self.patterns if len(words) > 1 for word in words)
        for number, words in enumerate(self.patterns):
            if len(words) == 1:
                _add(self.alone, words[0], number)
                continue
            rarest = [min(shared[one], shared[two]) for one, two in pairwise(words)]
            place = rarest.index(min(rarest))
            self.place[number] = place
            pair = pair_of(words[place], words[place + 1])
            if pair not in self.pairs:
                _add(self.followers, words[place], words[place + 1])
            _add(self.pairs, pair, number)

    def forms_of(self, numbers: Iterable[int]) -> list[Form]:
        """Give the forms behind their numbers."""
        return [self.forms[number] for number in numbers]


def _add(table: dict[int, Postings], key: int, number: int) -> None:
    known = table.get(key)
    table[key] = number if known is None else (*several(known), number)


def _lengths_by_head(index: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """Give for each first character how long the terms that begin with it are, longest first."""
    lengths: dict[str, set[int]] = {}
    for key in index:
        lengths.setdefault(key[0], set()).add(len(key))
    return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}
