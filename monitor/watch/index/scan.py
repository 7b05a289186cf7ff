"""The one pass of a document's tokens over the index of terms.

Its cost does not grow with the number of terms: the index is asked once for each token, in C; then work is done for
each token that is a form of a whole term, and for each two neighbours that are in a phrase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, pairwise
from typing import NamedTuple

from monitor.text.forms import cjk
from monitor.text.forms._separable import BEFORE_INFINITIVE, CONJUNCTIONS
from monitor.text.forms._separable import PARTICLES as SEPARABLE
from monitor.text.forms.cyrillic_lexicon import PARTICLES_AFTER, PARTICLES_BEFORE
from monitor.text.forms.korean import BOUND, find, is_bound, is_particles
from monitor.text.known_words import is_word
from monitor.text.normalise import key as key_of
from monitor.text.sentences import ends_between
from monitor.text.tokens import Joint, TokenList, joins_by, joint
from monitor.watch.index.form_index import ALONE, FORM_MASK, WORD_SHIFT, Postings, several
from monitor.watch.index.pattern_index import pair_of
from monitor.watch.index.token_cache import PARTICLES, Entry, TokenCache, TokenPostings, is_han

_ENDS_SENTENCE = frozenset(".!?:;…\n")
_ENDS_CLAUSE = _ENDS_SENTENCE | frozenset(",()–—\"'’‚“”„«»‹›")
_FARTHEST = 30  # tokens from a verb to its particle
_HYPHENS = frozenset("-‐‑")
_MARKS = frozenset("\"'‘’‚“”„«»‹›")
_SHORTEST_PART = 4
"""Letters of each of the words that are written together."""
_LONGEST_PART = 40
_MOST_PARTS = 12
"""Words that are written together, less than: a tag has some five."""
_PAIR = 2  # words
_INSIDE = frozenset(" ,-")
_QUOTES = frozenset("\"'’”»›」』)")


MOST_PLACES = 10_000
"""Places of one pattern that are kept, from the document's beginning on. A novel does not name its hero as often."""
MOST_IN_ALL = 200_000
"""Places of all patterns of one word, and of all of several, that are kept, from the beginning on."""
_FIRST_LOOK = 20_000
"""Places after which the patterns are looked through for those that have had their share."""


class PatternMatch(NamedTuple):
    """One place where a pattern was found: tokens `first` to `last` (exclusive).

    Outside stand `head` characters of the first token, and what follows `tail` ones of the last (-1: nothing).
    """

    pattern: int
    first: int
    last: int
    forms: tuple[int, ...]
    head: int = 0
    tail: int = -1


class Scanned(NamedTuple):
    """All matches of patterns, unordered; `whole` is False where a document has more than are kept."""

    places: list[PatternMatch]
    whole: bool


def scan(uses: TokenCache, tokens: TokenList, language: str = "", *, gated: bool = True) -> Scanned:
    """Return every place of every pattern, up to `MOST_PLACES` and `MOST_IN_ALL`; `gated` False ignores case.

    Forms do not count that are other words in texts of the `language`.
    """
    one = _Scan(uses, tokens, language, gated=gated)
    return Scanned(one.run(), one.whole)


class _Scan:
    """One pass over one document."""

    def __init__(self, uses: TokenCache, tokens: TokenList, language: str, *, gated: bool) -> None:
        self.of = uses.lexicon
        self.uses = uses
        self.tokens = tokens
        self.keys = tokens.keys
        self.language = language
        self.gated = gated
        self.out: list[PatternMatch] = []
        self.full: set[int] = set()
        """Patterns of several words that have had their share of places."""
        self.whole = True
        self.found: dict[str, TokenPostings] = {}
        """The document's tokens that are forms, and what each may be."""

    def run(self) -> list[PatternMatch]:
        self.found, places = self.uses.of(self.keys, alphabetic=self.tokens.alphabetic)
        if self.of.index.han and not self.tokens.alphabetic:
            runs = [key for key in set(self.keys) if is_han(key)]
            if runs:
                self._find_han(runs)
        if places:
            self._find_words(places)
            if self.of.pairs:
                self._find_phrases(places)
        if self.tokens.humps:
            self._find_run_together()
        return self.out

    # ----------------------------------------------------------------- terms of one word

    def _find_words(self, places: Sequence[int]) -> None:
        """Find the terms of one word. A hot loop: it runs for each token."""
        keys, out = self.keys, self.out
        ready = {key: use.alone for key, use in self.found.items()}
        add, make = out.append, tuple.__new__
        limit = _FIRST_LOOK
        for at in places:
            for pattern, forms, head, tail, condition in ready[keys[at]]:
                if condition:
                    if condition > PARTICLES and not self._passes(forms[0], at):
                        continue
                    if condition & PARTICLES and self._is_ending(at):
                        continue
                add(make(PatternMatch, (pattern, at, at + 1, forms, head, tail)))
            if len(out) > limit:
                if len(out) >= MOST_IN_ALL:
                    self.whole = False
                    break
                self._drop_full(ready)
                limit = min(2 * len(out), MOST_IN_ALL)

    def _drop_full(self, ready: dict[str, list[Entry]]) -> None:
        """Stop looking for patterns that have reached their limit of places."""
        full = self._full(self.out)
        for key, entries in list(ready.items()):
            if not full.isdisjoint(entry[0] for entry in entries):
                ready[key] = [entry for entry in entries if entry[0] not in full]

    def _full(self, out: Sequence[PatternMatch]) -> set[int]:
        """Return the patterns that have reached their limit of places, and note that some were dropped."""
        full = {pattern for pattern, places in Counter(raw[0] for raw in out).items() if places >= MOST_PLACES}
        self.whole = self.whole and not full
        return full

    def _passes(self, form: int, at: int) -> bool:
        of, tokens = self.of, self.tokens
        if not of.gated[form] or not self.gated:
            return True
        one = of.forms[form]
        if one.particle:
            return self._has_particle(at, one.particle)
        if one.fused or one.unless:  # such forms have no case gate
            foreign = bool(one.unless) and one.unless == self.language
            return not foreign and not (one.fused and self._is_fused(at))
        if (one.quoted or one.inside) and not (
            (one.quoted and self._is_quoted(at)) or (one.inside and self._is_inside(at))
        ):
            return False
        if not one.upper and tokens.as_given:  # a capital is all that is asked: its surface need not be made
            first = tokens.source[tokens.starts[at]]
            return first != first.lower() or (one.hasty and bool(tokens.lower_line[at]))
        lower_line = one.hasty and bool(tokens.lower_line[at])
        return one.passes(self._surface(at), caps_line=bool(tokens.caps_line[at]), lower_line=lower_line)

    def _is_fused(self, at: int) -> bool:
        """Return whether a token is no word of its own but one with the particle beside it: 'друге' in 'по-друге'."""
        before, after = self.keys[at - 1 : at], self.keys[at + 1 : at + 2]
        return (not PARTICLES_BEFORE.isdisjoint(before) and self._hyphen(at)) or (
            not PARTICLES_AFTER.isdisjoint(after) and self._hyphen(at + 1)
        )

    def _has_particle(self, at: int, particle: str) -> bool:
        """Return whether a form in small letters has its particle at the end of its clause: 'greift … an'.

        The first particle that ends a clause decides; in Dutch it may stand before 'te', too: 'aan te vallen'.
        """
        keys = self.keys
        first = self.tokens.source[self.tokens.starts[at]]
        if first != first.lower():
            return False
        if at > 1 and keys[at - 1] == BEFORE_INFINITIVE:
            return keys[at - 2] == particle
        for place in range(at + 1, min(at + _FARTHEST, len(keys))):
            if not _ENDS_SENTENCE.isdisjoint(self._gap(place)):
                return False
            if keys[place] in SEPARABLE and self._ends_clause(place):
                return keys[place] == particle
        return False

    def _ends_clause(self, at: int) -> bool:
        """Return whether a clause ends after a token."""
        after = at + 1
        return (
            after == len(self.keys) or self.keys[after] in CONJUNCTIONS or not _ENDS_CLAUSE.isdisjoint(self._gap(after))
        )

    def _is_quoted(self, at: int) -> bool:
        """Return whether a token stands alone between quotation marks."""
        tokens = self.tokens
        start, end = tokens.starts[at], tokens.ends[at]
        return tokens.source[max(start - 1, 0) : start] in _MARKS and tokens.source[end : end + 1] in _MARKS

    def _is_inside(self, at: int) -> bool:
        """Return whether a token stands inside a sentence, in a line with small letters: its capital says something."""
        return at > 0 and _INSIDE.issuperset(self._gap(at)) and not self.tokens.caps_line[at]

    def _hyphen(self, at: int) -> bool:
        """Return whether nothing but a hyphen stands before a token."""
        tokens = self.tokens
        return at > 0 and tokens.source[tokens.ends[at - 1] : tokens.starts[at]] in _HYPHENS

    def _surface(self, at: int) -> str:
        """Return a token as written. To make the surfaces of all tokens would cost more than the whole scan."""
        tokens = self.tokens
        surface = tokens.source[tokens.starts[at] : tokens.ends[at]]
        return surface if len(surface) == len(self.keys[at]) else tokens.surfaces[at]

    def _is_ending(self, at: int) -> bool:
        """Return whether a Korean token that may be particles, or a bound noun with one, is no more than that here."""
        keys = self.keys
        if keys[at] not in BOUND:
            return self._is_written_on(at)
        return is_bound(keys[at - 1] if at else "", keys[at], keys[at + 1] if at + 1 < len(keys) else "")

    def _is_written_on(self, at: int) -> bool:
        """Return whether a token is written on to a quotation mark or to another script.

        Particles that are, are no name: `'ICBM'이란` is not about Iran.
        """
        tokens = self.tokens
        gap = tokens.source[tokens.ends[at - 1] : tokens.starts[at]] if at else " "
        return not gap or (gap[-1] in _QUOTES and not gap[0].isspace())  # a space first: the mark opens a quotation

    def _span(self, word: int, form: int, at: int) -> tuple[int, int]:
        """Return where in its token a word begins and ends (-1: with the token); a Korean word may be a part of it."""
        key = self.keys[at]
        if not self.of.forms[form].prefix:
            return 0, -1
        terms = [term for term, number in self.of.prefixes[word] if number == form]
        spans = [(head, head + len(term)) for term in terms if (head := find(term, key)) >= 0]
        head, end = (*spans, (0, -1))[0]
        return head, end if end < len(key) else -1

    # ----------------------------------------------------------------- phrases

    def _find_phrases(self, places: Sequence[int]) -> None:
        """Find phrases, by tokens that may begin a pair before one that may end it."""
        keys, found, out = self.keys, self.found, self.out
        before, limit = len(out), _FIRST_LOOK
        for at, after in pairwise(places):
            if after - at > 1:
                continue
            starts, ends = found[keys[at]].starts, found[keys[after]].ends
            if starts and ends:
                self._add_pairs(at, starts, ends)
                if len(out) - before > limit:
                    if len(out) - before >= MOST_IN_ALL:
                        self.whole = False
                        break
                    self.full = self._full(out[before:])
                    limit = min(2 * limit, MOST_IN_ALL)

    def _add_pairs(self, at: int, starts: Iterable[int], ends: Iterable[int]) -> None:
        """Add the patterns whose pair is a token and the next one; checked cheaply first, as few neighbours are."""
        pairs = self.of.pairs
        for first in starts:
            for second in ends:
                patterns = pairs.get(pair_of(first >> WORD_SHIFT, second >> WORD_SHIFT))
                if patterns is not None:
                    if not self._joins(at + 1):
                        patterns = self._held(patterns, at + 1)
                    self._add_pair(patterns, at, first & FORM_MASK, second & FORM_MASK)

    def _add_pair(self, patterns: Postings, at: int, first: int, second: int) -> None:
        if self._passes(first, at) and self._passes(second, at + 1):
            for pattern in several(patterns):
                if pattern not in self.full:
                    self._verify(pattern, at, (first, second))

    def _gap(self, at: int) -> str:
        """Return what stands before a token, as given."""
        tokens = self.tokens
        return tokens.source[tokens.ends[at - 1] : tokens.starts[at]]

    def _joins(self, at: int) -> bool:
        """Return whether the gap before a token may stand inside any phrase."""
        found = joint(self._gap(at))
        if found <= Joint.PLAIN:
            return found is Joint.PLAIN
        tokens, keys = self.tokens, self.keys
        if found is Joint.STOP:
            return not ends_between(tokens.source, tokens.ends[at - 1], tokens.starts[at])
        if found is Joint.NUMBER:
            return keys[at].isdigit()
        return self._gap(at) == "," and keys[at - 1].isdigit() and keys[at].isdigit()

    def _held(self, patterns: Postings, at: int) -> tuple[int, ...]:
        """Return the patterns whose pair the gap before a token joins since the term itself has it there."""
        gap, gaps, place = self._gap(at), self.of.gaps, self.of.place
        return tuple([one for one in several(patterns) if one in gaps and joins_by(gap, gaps[one][place[one]])])

    def _verify(self, pattern: int, at: int, forms: tuple[int, ...]) -> None:
        """Add the pattern whose pair begins at a token, if its other words stand around it; `forms` are the pair's."""
        words = self.of.patterns[pattern]
        first, last = at, at + 2
        if len(words) > 2:  # noqa: PLR2004 - more than the pair
            first -= self.of.place[pattern]
            last = first + len(words)
            before = self._forms_around(pattern, range(first, at), first)
            after = self._forms_around(pattern, range(at + 2, last), first)
            if before is None or after is None:
                return
            forms = (*before, *forms, *after)
        head, end = 0, -1
        if self.of.inner:
            if not self._fit_runs(words, first):
                return
            head, end = self._edges(words, first, last)
        if self.of.prefixes:
            bare = self.of.forms[forms[-1]].prefix and is_particles(self.keys[last - 1])
            if bare and self._is_written_on(last - 1):
                return
            pairs = enumerate(zip(words, forms, strict=True), first)
            spans = [self._span(word, form, place) for place, (word, form) in pairs]
            if any(begin for begin, _ in spans[1:]):
                return
            head, end = head or spans[0][0], end if end >= 0 else spans[-1][1]
        self.out.append(PatternMatch(pattern, first, last, forms, head, end))

    def _forms_around(self, pattern: int, places: range, first: int) -> list[int] | None:
        """Return the forms of a pattern's words at some tokens beside its pair; it begins at token `first`."""
        words, own = self.of.patterns[pattern], self.of.gaps.get(pattern)
        forms: list[int] = []
        if first < 0 or places.stop > len(self.keys):
            return None
        for at in places:
            form = self._form_of(words[at - first], at)
            gap = at if places.start > first else at + 1  # between the word and the pair's side
            if form is None or not (self._joins(gap) or (own and joins_by(self._gap(gap), own[gap - first - 1]))):
                return None
            forms.append(form)
        return forms

    def _form_of(self, word: int, at: int) -> int | None:
        """Return the form of `word` that a token is and passes as, None where there is none."""
        use = self.found.get(self.keys[at])
        for posting in use.postings if use else ():
            if posting >> WORD_SHIFT == word and self._passes(posting & FORM_MASK, at):
                return posting & FORM_MASK
        return None

    # ----------------------------------------------------------------- words written together: 'УкраїнаКоманда'

    def _find_run_together(self) -> None:
        """Find terms that are parts of a word with capitals inside.

        Each part has four letters at least, and the parts beside the term are known words: 'SpaceX', 'MiG' and 'БпЛА'
        are no words together. Dictionaries and the shipped catalogue alone say so, not the other terms that are looked
        for: what one watchlist finds does not depend on another's terms.
        """
        tokens = self.tokens
        for at, begins in tokens.cuts().items():
            if len(begins) > _MOST_PARTS:
                continue
            bounds = [*begins, tokens.ends[at]]
            parts = [(one, tokens.source[one:two]) for one, two in pairwise(bounds)]
            if all(_SHORTEST_PART <= len(part) <= _LONGEST_PART and part.isalpha() for _, part in parts):
                self._find_parts(at, parts)

    def _find_parts(self, at: int, parts: Sequence[tuple[int, str]]) -> None:
        """Add the patterns of the parts of a token, given with their places in the text."""
        uses = [self.uses[key_of(part)] for _, part in parts]
        if not any(use.postings for use in uses):
            return
        unknown = [at for at, (_, part) in enumerate(parts) if not is_word(key_of(part))]
        for first, use in enumerate(uses):
            for pattern, forms, *_ in use.alone:
                if self._passes_as(forms[0], parts[first][1]) and all(one == first for one in unknown):
                    self._add_part(pattern, at, parts, range(first, first + 1), forms)
            for start in use.starts:
                for end in uses[first + 1].ends if first + 1 < len(uses) else ():
                    pair = self.of.pairs.get(pair_of(start >> WORD_SHIFT, end >> WORD_SHIFT))
                    for pattern in several(pair):
                        self._add_parts(pattern, at, parts, first, unknown)

    def _add_parts(
        self, pattern: int, at: int, parts: Sequence[tuple[int, str]], pair: int, unknown: Sequence[int]
    ) -> None:
        """Add a phrase whose pair begins at a part, if all its words are parts of the token, and all others known."""
        words = self.of.patterns[pattern]
        first = pair - (self.of.place[pattern] if len(words) > _PAIR else 0)
        if (
            first < 0
            or first + len(words) > len(parts)
            or not all(first <= one < first + len(words) for one in unknown)
        ):
            return
        forms = [
            next((one & FORM_MASK for one in self.uses[key_of(part)].postings if one >> WORD_SHIFT == word), None)
            for word, (_, part) in zip(words, parts[first:], strict=False)
        ]
        found = tuple(form for form in forms if form is not None)
        if len(found) == len(words) and all(map(self._passes_as, found, (part for _, part in parts[first:]))):
            self._add_part(pattern, at, parts, range(first, first + len(words)), found)

    def _add_part(
        self, pattern: int, at: int, parts: Sequence[tuple[int, str]], which: range, forms: tuple[int, ...]
    ) -> None:
        start = self.tokens.starts[at]
        last, text = parts[which[-1]]
        tail = last + len(text) - start
        self.out.append(
            PatternMatch(
                pattern, at, at + 1, forms, parts[which[0]][0] - start, -1 if which[-1] == len(parts) - 1 else tail
            )
        )

    def _passes_as(self, form: int, surface: str) -> bool:
        """Return whether a part of a word passes the gates of a form."""
        one = self.of.forms[form]
        return not self.gated or (
            one.passes(surface) and not (one.quoted or one.particle) and one.unless != (self.language or None)
        )

    # ----------------------------------------------------------------- Han and Kana, written without spaces

    def _find_han(self, runs: list[str]) -> None:
        of, keys = self.of, self.keys
        found = {key: places for key in runs if (places := list(self._inside(key)))}
        kept: Counter[int] = Counter()
        for at in compress(count(), map(found.__contains__, keys)) if found else ():
            for head, end, posting in found[keys[at]]:
                tail = end if end < len(keys[at]) else -1
                for pattern in several(of.alone[posting >> WORD_SHIFT]):
                    kept[pattern] += 1
                    if kept[pattern] <= MOST_PLACES:
                        self.out.append(PatternMatch(pattern, at, at + 1, (posting & FORM_MASK,), head, tail))
            if len(kept) * MOST_PLACES > MOST_IN_ALL and kept.total() > MOST_IN_ALL:
                self.whole = False
                break
        self.whole = self.whole and not any(places > MOST_PLACES for places in kept.values())

    def _inside(self, key: str) -> Iterator[tuple[int, int, int]]:
        """Return the terms inside a run: start, end, posting; at each start the longer ones first."""
        han, lengths = self.of.index.han, self.of.han_lengths
        kept: Counter[str] = Counter()
        for head in range(len(key)):
            for length in lengths.get(key[head], ()):
                term = key[head : head + length]
                if term in han and kept[term] <= MOST_PLACES and cjk.accepts(term, key, head):
                    kept[term] += 1
                    for posting in several(han[term]):
                        if posting & ALONE:
                            yield head, head + length, posting

    def _fit_runs(self, words: tuple[int, ...], first: int) -> bool:
        """Return whether the words fit their runs: the first of a phrase must end its run, the last must begin it."""
        final = len(words) - 1
        for place, word in enumerate(words):
            terms = self.of.inner.get(word)
            key = self.keys[first + place]
            if terms and not any(
                key == term or (place == 0 and key.endswith(term)) or (place == final and key.startswith(term))
                for term, _ in terms
            ):
                return False
        return True

    def _edges(self, words: tuple[int, ...], first: int, last: int) -> tuple[int, int]:
        """Return where in their runs a phrase begins and ends (-1: with the run, or as `_tail` says)."""
        head, end = 0, -1
        for term, _ in self.of.inner.get(words[0], ()):
            if self.keys[first].endswith(term):
                head = len(self.keys[first]) - len(term)
        for term, _ in self.of.inner.get(words[-1], ()):
            if self.keys[last - 1].startswith(term) and len(term) < len(self.keys[last - 1]):
                end = len(term)
        return head, end
