"""The index from the forms of words to the patterns of terms.

A *word* here is one slot of a term: a set of forms with their conditions. A *pattern* is a sequence of words that is
one way to mention a term. The index maps each form to the words that have it (`words.Postings`), so that a phrase whose
every word takes any form costs the sum of its words' forms and not their product. A pattern of several words is looked
for by one pair of neighbours in it, the pair that fewest patterns share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from monitor.text.forms import Form
from monitor.watch.index.form_index import ALONE, END, REST, START, FormTable, Postings, WordTable, several

_WORD_BITS = 32


def pair_of(first: int, second: int) -> int:
    """Return the number that stands for two neighbouring words."""
    return first << _WORD_BITS | second


class PatternIndex:
    """All patterns, indexed for `scan`. Made by `terms.Builder`; immutable.

    `patterns` are word numbers; `words` is used up. `gaps`: by pattern, what a term itself has between its words, where
    that is more than what joins any two.
    """

    def __init__(
        self,
        words: WordTable,
        forms: FormTable,
        patterns: Sequence[tuple[int, ...]],
        gaps: Mapping[int, tuple[str, ...]] | None = None,
    ) -> None:
        self.patterns = patterns
        self.gaps = gaps or {}
        self.forms = forms.forms
        self.gated = forms.gated
        self.alone: dict[int, Postings] = {}
        """Word → patterns of this word alone."""
        self.pairs: dict[int, Postings] = {}
        """`pair_of` two words → patterns."""
        self.place = bytearray(len(patterns))
        """Where in a pattern its pair stands."""
        self.index = words.index(self._choose_roles(len(words)))
        self.prefixes, self.inner = words.prefixes, words.inside
        self.han_lengths = _lengths_by_head(self.index.han)
        self.hangul_lengths = _lengths_by_head(self.index.hangul)
        self.longest_han = max(map(len, self.index.han), default=0)
        self.stem_lengths = _lengths_by_head(self.index.stems)

    def _choose_roles(self, count: int) -> list[int]:
        """Choose the pair that each pattern is indexed by; return the roles of each of `count` words."""
        roles = [0] * count
        shared = Counter(word for words in self.patterns if len(words) > 1 for word in words)
        for number, words in enumerate(self.patterns):
            if len(words) == 1:
                roles[words[0]] |= ALONE
                _add(self.alone, words[0], number)
                continue
            rarest = [min(shared[one], shared[two]) for one, two in pairwise(words)]
            place = self.place[number] = rarest.index(min(rarest))
            roles[words[place]] |= START
            roles[words[place + 1]] |= END
            for word in (*words[:place], *words[place + 2 :]):
                roles[word] |= REST
            _add(self.pairs, pair_of(words[place], words[place + 1]), number)
        return roles

    def forms_of(self, numbers: Iterable[int]) -> list[Form]:
        """Return the forms behind their numbers."""
        return [self.forms[number] for number in numbers]


def _add(table: dict[int, Postings], key: int, number: int) -> None:
    known = table.get(key)
    table[key] = number if known is None else (*several(known), number)


def _lengths_by_head(index: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """Return for each first character how long the terms that begin with it are, longest first."""
    lengths: dict[str, set[int]] = {}
    for key in index:
        lengths.setdefault(key[0], set()).add(len(key))
    return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}
