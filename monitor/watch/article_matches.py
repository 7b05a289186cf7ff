"""All mentions of terms in one article, after guards are applied and overlaps removed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from monitor.model import Article, Zone, ZoneSpan
from monitor.text.sentences import paragraphs, sentences
from monitor.text.tokens import TokenList, tokenise
from monitor.watch.guards import PatternGuard, Surroundings
from monitor.watch.index.scan import MOST_PLACES, PatternMatch, scan
from monitor.watch.index.terms import CompiledTerms
from monitor.watch.query.evaluate import Mention
from monitor.watch.query.nodes import Leaf, Unit
from monitor.watch.query.parse import MAX_DISTANCE
from monitor.watch.regex_terms import find

_T = TypeVar("_T")
_OWN_LETTERS = {"uk": "іїєґІЇЄҐ", "ru": "ыэъёЫЭЪЁ"}
_TITLE_GAP = MAX_DISTANCE + 1
"""Words between the title and the text, as NEAR counts: more than it can bridge."""


class ArticleMatches:
    """The mentions of all terms in one article; implements `evaluate.ArticleView`.

    `numbers` are those of the queries' terms. `like` is a reading of the same article for other terms: it has been cut
    into words, paragraphs and sentences once.
    """

    def __init__(
        self, terms: CompiledTerms, numbers: Mapping[Leaf, int], article: Article, like: ArticleMatches | None = None
    ) -> None:
        self.article = article
        self.document = article.document
        self.slow: set[int] = set()
        """Terms whose regular expression was stopped by the clock."""
        self.crowded: set[int] = set()
        """Terms with more mentions than are kept: all but the first `MOST_PLACES` are left out."""
        self._terms = terms
        self._numbers = numbers
        self._outer: dict[str, dict[int, list[Mention]]] = {}
        self._rules: dict[tuple[int, ...], str] = {}
        self._like = like
        self.sentence_spans: dict[int, list[tuple[int, int]]] = {} if like is None else like.sentence_spans
        """By paragraph: the starts and ends of its sentences, as far as they were asked for."""
        self.found: dict[int, list[Mention]] = self._read()
        """By term: its mentions, by position."""

    # ----------------------------------------------------------------- reading

    @cached_property
    def tokens(self) -> TokenList:
        """Return the document's tokens."""
        return tokenise(self.document) if self._like is None else self._like.tokens

    def _read(self) -> dict[int, list[Mention]]:
        places, self.whole = scan(self._terms.uses, self.tokens, self._sure_language())
        raw = _by_term(self._terms, places)
        if not self._terms.guarded.isdisjoint(raw):
            raw = self._guarded(raw)
        found = self._mentions(raw) if raw else {}
        for term, expression in self._terms.expressions.items():
            try:
                spans = find(expression, self.document, slow=len(self.slow))
            except TimeoutError:
                self.slow.add(term)
                continue
            if spans:
                found[term] = [self._matched(*span, expression.pattern) for span in self._first(term, spans)]
        return found

    def _sure_language(self) -> str:
        """Return the article's language, '' where it has no letter that tells Ukrainian from Russian."""
        language = self.article.language
        letters = _OWN_LETTERS.get(language, "")
        return language if any(letter in self.document for letter in letters) else ""

    def _first(self, term: int, places: Sequence[_T]) -> Sequence[_T]:
        """Return at most `MOST_PLACES` places of a term; note in `crowded` that there were more."""
        if len(places) <= MOST_PLACES:
            return places
        self.crowded.add(term)
        return places[:MOST_PLACES]

    def _guarded(self, raw: dict[int, list[PatternMatch]]) -> dict[int, list[PatternMatch]]:
        """Drop the mentions whose guards are not met, and the terms that have none left."""
        guards = self._terms.guards
        around = Surroundings(self.tokens, raw, self._sentence_tokens)
        kept: dict[int, list[PatternMatch]] = {}
        for term, places in raw.items():
            if term not in self._terms.guarded:
                kept[term] = places
                continue
            full = [
                place
                for place in places
                if not _short(guards.get(place.pattern)) and around.allow(guards.get(place.pattern), place)
            ]
            short = [
                place
                for place in places
                if _short(guards.get(place.pattern))
                and around.allow(guards.get(place.pattern), place, full_name=bool(full))
            ]
            if full or short:
                kept[term] = full + short
        return kept

    def _mentions(self, raw: Mapping[int, Sequence[PatternMatch]]) -> dict[int, list[Mention]]:
        """Return the mentions of all terms, overlaps left out. A hot loop: it runs for each mention."""
        starts, ends, names, rules = self.tokens.starts, self.tokens.ends, self._terms.name_of, self._rules
        zone_starts, zones = self._zones
        title, zone, make = self._title_tokens, zones[0], tuple.__new__
        several_zones = len(zones) > 1
        found: dict[int, list[Mention]] = {}
        for term, places in raw.items():
            made = found[term] = []
            for place in places if len(places) == 1 else self._first(term, longest(places)):
                pattern, first, last, forms, head, tail = place
                start, end = starts[first], ends[last - 1]
                if head or tail >= 0:
                    start, end = self._cut(place)
                if several_zones:
                    zone = zones[bisect_right(zone_starts, start) - 1]
                if first >= title:
                    first, last = first + _TITLE_GAP, last + _TITLE_GAP
                rule = rules.get(forms) or self._rule(forms)
                made.append(make(Mention, (first, last, start, end, zone, rule, names[pattern])))
        return found

    def _cut(self, place: PatternMatch) -> tuple[int, int]:
        """Return start and end of a mention inside its tokens; only tokens spelled as in the text can be cut."""
        tokens, last = self.tokens, place.last - 1
        start, end = tokens.starts[place.first], tokens.ends[last]
        if place.head and tokens.ends[place.first] - start == len(tokens.keys[place.first]):
            start += place.head
        if place.tail >= 0 and end - tokens.starts[last] == len(tokens.keys[last]):
            end = tokens.starts[last] + place.tail
        return start, end

    def _rule(self, forms: tuple[int, ...]) -> str:
        rules = (form.rule for form in self._terms.uses.lexicon.forms_of(forms))
        rule = self._rules[forms] = "; ".join(dict.fromkeys(rules))
        return rule

    def _matched(self, start: int, end: int, pattern: str) -> Mention:
        first = bisect_right(self.tokens.ends, start)
        last = max(bisect_left(self.tokens.starts, end), first + 1)
        shift = self._shift(first)
        return Mention(first + shift, last + shift, start, end, self.zone(start), "regular expression", f"/{pattern}/")

    def _shift(self, token: int) -> int:
        return 0 if token < self._title_tokens else _TITLE_GAP

    @cached_property
    def _title_tokens(self) -> int:
        return bisect_left(self.tokens.starts, len(self.article.title)) if self.article.title else 0

    # ----------------------------------------------------------------- places

    @cached_property
    def _zones(self) -> tuple[list[int], list[Zone]]:
        """Return the starts of zones, and the zones; without any, the title is the title and the rest is the body."""
        spans = self.article.zones
        if spans:
            return [0, *(span.start for span in spans[1:])], [span.zone for span in spans]
        if self.article.title:
            return [0, len(self.article.title)], [Zone.TITLE, Zone.BODY]
        return [0], [Zone.BODY]

    @property
    def spans(self) -> tuple[ZoneSpan, ...]:
        """Return the spans of zones that mentions are assigned to."""
        starts, zones = self._zones
        ends = (*starts[1:], len(self.document))
        return tuple(ZoneSpan(zone, start, end) for zone, start, end in zip(zones, starts, ends, strict=True))

    def zone(self, at: int) -> Zone:
        """Return the zone of a character."""
        starts, zones = self._zones
        return zones[bisect_right(starts, at) - 1]

    def unit(self, unit: Unit, at: int) -> tuple[int, int]:
        """Return the sentence or paragraph around a character, as start and end (exclusive) in the document."""
        spans = self.paragraph_spans
        index = max(bisect_right(spans, at, key=lambda span: span[0]) - 1, 0)
        if unit is Unit.PARAGRAPH or not spans:
            return spans[index] if spans else (0, len(self.document))
        if index not in self.sentence_spans:
            start, end = spans[index]
            self.sentence_spans[index] = [
                (start + one, start + two) for one, two in sentences(self.document[start:end])
            ] or [spans[index]]
        inside = self.sentence_spans[index]
        return inside[max(bisect_right(inside, at, key=lambda span: span[0]) - 1, 0)]

    @cached_property
    def paragraph_spans(self) -> list[tuple[int, int]]:
        """Return the start and end of each paragraph of the document."""
        return paragraphs(self.document) if self._like is None else self._like.paragraph_spans

    def _sentence_tokens(self, token: int) -> tuple[int, int]:
        start, end = self.unit(Unit.SENTENCE, self.tokens.starts[token])
        return bisect_left(self.tokens.starts, start), bisect_left(self.tokens.starts, end)

    # ----------------------------------------------------------------- for queries

    def mentions(self, leaf: Leaf, outer: str | None) -> Sequence[Mention]:
        """Return the mentions of a query's term in the document (or, with `outer`, in the address or author)."""
        number = self.number(leaf)
        if outer is None:
            return self.found.get(number, ())
        if outer not in self._outer:
            self._outer[outer] = self._read_outer(outer)
        return self._outer[outer].get(number, ())

    def number(self, leaf: Leaf) -> int:
        """Return the number of a query's term."""
        return self._numbers[leaf]

    def _read_outer(self, outer: str) -> dict[int, list[Mention]]:
        """Find all terms in the address (whatever its case) or the author, which have no zones and no guards."""
        text = (self.article.url if outer == "url" else self.article.author) or ""
        raw = _by_term(self._terms, scan(self._terms.uses, tokenise(text), gated=outer != "url").places)
        found = {
            term: [Mention(place.first, place.last, place.first, place.last, Zone.BODY) for place in longest(places)]
            for term, places in raw.items()
        }
        for term, expression in self._terms.expressions.items():
            try:
                places = find(expression, text, slow=len(self.slow))
            except TimeoutError:
                self.slow.add(term)
                continue
            found[term] = [Mention(start, end, start, end, Zone.BODY) for start, end in places]
        return found


def _short(guard: PatternGuard | None) -> bool:
    """Return whether a pattern is a name that counts only where a fuller name or a guard word stands in the text."""
    return guard is not None and guard.or_full_name


def _by_term(terms: CompiledTerms, places: Iterable[PatternMatch]) -> dict[int, list[PatternMatch]]:
    term_of = terms.term_of
    raw: dict[int, list[PatternMatch]] = {}
    for place in places:
        raw.setdefault(term_of[place.pattern], []).append(place)
    return raw


def longest(places: Sequence[PatternMatch]) -> Sequence[PatternMatch]:
    """Return the mentions of one term by position; of those that overlap, the longest, and of equal ones the first."""
    end = 0
    for place in places:
        if place.first < end or place.head or place.tail >= 0:
            return list(_longest(places))
        end = place.last
    return places


def _longest(places: Sequence[PatternMatch]) -> Iterator[PatternMatch]:
    ordered = sorted(zip(map(_edges, places), places, strict=True))
    (best_start, best_end), best = ordered[0]
    for (start, end), place in ordered[1:]:
        if start >= best_end:
            yield best
        elif (end[0] - start[0], end[1] - start[1]) <= (best_end[0] - best_start[0], best_end[1] - best_start[1]):
            continue
        best, best_start, best_end = place, start, end
    yield best


def _edges(place: PatternMatch) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return start and end as (token, character in it)."""
    return (place.first, place.head), (place.last, 0) if place.tail < 0 else (place.last - 1, place.tail)
