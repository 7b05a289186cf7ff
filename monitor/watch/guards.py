"""Guards: conditions on the context of a mention (words required in the article, nearby, or forbidden)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.text.korean_names import is_syllable, is_word
from monitor.text.tokens import TokenList
from monitor.watch.index.scan import PatternMatch
from monitor.watch.name_context import DoubtfulName, Kind, NameContext

NEAR_WORDS = 10
"""`near:` means in the same sentence, or at most this many words away."""
_LONGEST = 32
"""Words in a guard phrase, at most: no name has more."""
SCRIPTS = {"cyrillic": ("\u0400", "\u052f"), "hangul": ("\uac00", "\ud7a3"), "han": ("\u3005", "\u9fff")}
"""The first and the last letter of each script that a guard may ask for."""
_DASHES = frozenset("-‐‑‒–—−")


@dataclass(frozen=True, slots=True)
class PatternGuard:
    """The conditions of one pattern; its numbers refer to guard terms."""

    needs: tuple[tuple[int, ...], ...] = ()  # of each group one must be mentioned in the article
    or_full_name: bool = False  # the first group is also met by a mention of the term by a fuller name
    not_before: tuple[int, ...] = ()  # none of these right before it
    not_after: tuple[int, ...] = ()
    near: tuple[int, ...] = ()
    except_: tuple[int, ...] = ()  # none of these at the same place
    whole: bool = False  # not a part of a hyphenated compound
    stopped: bool = False  # a full stop stands after it
    shape: tuple[str, ...] = ()  # the words as written, where case must agree; () = it need not
    given: tuple[int, ...] = ()  # no surname: with a capital, not right after one of these given names or an initial
    sign: str = ""  # written on to it: the '++' of 'C++'
    unsigned: bool = False  # no such sign is: 'C' is not in 'C++' and 'C#'
    complete: bool = False  # a name that does not go on: 'Park Jin' is not in 'Park Jin-young'
    script: str = ""  # the article must have words in this script, one of `SCRIPTS`
    kind: Kind | None = None  # of a doubtful name: the first group is also met where `context` shows that it is this
    context: NameContext | None = None
    unless: tuple[int, ...] = ()  # where one of these stands in the article, it counts by `needs` alone
    namesakes: NameContext | None = None  # no surname after one of its given names, no town of a state after it


class Places(NamedTuple):
    """Where one guard term stands in the document, by token."""

    spans: Sequence[tuple[int, int]]  # sorted
    firsts: frozenset[int]
    lasts: frozenset[int]


class Surroundings:
    """The context of one document by which guards are decided.

    `sentence` returns the span of tokens of a token's sentence.
    """

    def __init__(
        self,
        tokens: TokenList,
        raw: Mapping[int, Sequence[PatternMatch]],
        sentence: Callable[[int], tuple[int, int]],
    ) -> None:
        self._tokens = tokens
        self._raw = raw
        self._sentence = sentence
        self._places: dict[int, Places] = {}
        self._scripts: dict[str, bool] = {}
        self._others: dict[int, bool] = {}

    def allow(self, guard: PatternGuard | None, place: PatternMatch, *, full_name: bool = False) -> bool:
        """Return whether a mention meets its guard; `full_name`: the term has a mention by a fuller name."""
        if guard is None:
            return True
        needs = guard.needs[1:] if full_name and guard.or_full_name else guard.needs
        return (
            self._has_needs(guard, needs, place)
            and not any(self._stands_before(term, place) for term in guard.not_before)
            and not any(self._stands_after(term, place) for term in guard.not_after)
            and not any(self._overlaps(term, place) for term in guard.except_)
            and (not guard.near or any(self._is_near(term, place) for term in guard.near))
            and not (guard.whole and self._in_compound(place))
            and not (guard.stopped and not self._is_stopped(place))
            and not (guard.given and self._is_surname(guard.given, place))
            and not (guard.shape and not self._in_shape(guard.shape, place))
            and not (guard.sign and not self._has_sign(guard.sign, place))
            and not (guard.unsigned and self._is_signed(place))
            and not (guard.complete and self._goes_on(place))
            and not (guard.script and not self._is_written(guard.script))
            and not (guard.namesakes and self._doubtful(guard.namesakes, place).is_namesake())
        )

    def _has_needs(self, guard: PatternGuard, needs: Sequence[tuple[int, ...]], place: PatternMatch) -> bool:
        missing = [group for group in needs if not any(term in self._raw for term in group)]
        if needs and not missing:
            return True
        if any(term in self._raw for term in guard.unless):
            return False
        return not missing or (missing == [guard.needs[0]] and self._is_shown(guard, place))

    def _is_shown(self, guard: PatternGuard, place: PatternMatch) -> bool:
        """Return whether the words around a doubtful name show what it is, and no other mention is another person."""
        if guard.context is None or guard.kind is None:
            return False
        if not self._doubtful(guard.context, place).shows(guard.kind):
            return False
        return guard.kind not in {"person", "leader"} or not self._has_other_person(guard.context, place.pattern)

    def _has_other_person(self, context: NameContext, pattern: int) -> bool:
        """Return whether a mention of a surname is another person's; asked once for all mentions of it."""
        if pattern not in self._others:
            same = (raw for places in self._raw.values() for raw in places if raw.pattern == pattern)
            self._others[pattern] = any(self._doubtful(context, raw).is_other_person() for raw in same)
        return self._others[pattern]

    def _doubtful(self, context: NameContext, place: PatternMatch) -> DoubtfulName:
        return DoubtfulName(context, self._tokens, (place.first, place.last), self._sentence(place.first), place.tail)

    def _of(self, term: int) -> Places:
        if term not in self._places:
            spans = sorted((raw.first, raw.last) for raw in self._raw.get(term, ()))
            self._places[term] = Places(
                spans, frozenset(first for first, _ in spans), frozenset(last for _, last in spans)
            )
        return self._places[term]

    def _stands_before(self, term: int, place: PatternMatch) -> bool:
        return place.first in self._of(term).lasts and self._tokens.joins[place.first]

    def _stands_after(self, term: int, place: PatternMatch) -> bool:
        """Return whether a term follows at once, in the same sentence: 'Lebanon, Ohio', not 'left Lebanon. Ohio …'."""
        at = place.last
        if at not in self._of(term).firsts or not self._tokens.joins[at]:
            return False
        return ":" not in self._tokens.gaps[at] and at < self._sentence(place.first)[1]

    def _is_surname(self, given: tuple[int, ...], place: PatternMatch) -> bool:
        """Return whether an adjective is a person's surname here: 'Ольга Сумська', 'Ю. Словацький'."""
        tokens, first = self._tokens, place.first
        if first == 0 or not tokens.surfaces[first][:1].isupper():
            return False
        before = tokens.surfaces[first - 1]
        if len(before) == 1 and before.isupper() and tokens.gaps[first].startswith("."):
            return True
        return any(self._stands_before(term, place) for term in given)

    def _is_written(self, script: str) -> bool:
        if script not in self._scripts:
            first, last = SCRIPTS[script]
            self._scripts[script] = any(first <= key[:1] <= last for key in self._tokens.keys)
        return self._scripts[script]

    def _overlaps(self, term: int, place: PatternMatch) -> bool:
        spans = self._of(term).spans
        low = bisect_left(spans, (place.first - _LONGEST, 0))
        high = bisect_left(spans, (place.last, 0), lo=low)
        return any(last > place.first for _, last in spans[low:high])

    def _is_near(self, term: int, place: PatternMatch) -> bool:
        start, end = self._sentence(place.first)
        low, high = min(start, place.first - NEAR_WORDS), max(end, place.last + NEAR_WORDS)
        spans = self._of(term).spans
        index = bisect_left(spans, (low, 0))
        return index < len(spans) and spans[index][1] <= high

    def _in_compound(self, place: PatternMatch) -> bool:
        gaps = self._tokens.gaps
        before = place.first > 0 and _hyphen(gaps[place.first])
        return before or (place.last < len(gaps) and _hyphen(gaps[place.last]))

    def _is_stopped(self, place: PatternMatch) -> bool:
        end = self._tokens.ends[place.last - 1]
        return self._tokens.source[end : end + 1] == "."

    def _has_sign(self, sign: str, place: PatternMatch) -> bool:
        end = self._tokens.ends[place.last - 1]
        after = self._tokens.source[end : end + len(sign) + 1]
        return after.startswith(sign) and after[len(sign) :] not in {"+", "#"}

    def _is_signed(self, place: PatternMatch) -> bool:
        end = self._tokens.ends[place.last - 1]
        return self._tokens.source[end : end + 2] == "++" or self._tokens.source[end : end + 1] == "#"

    def _goes_on(self, place: PatternMatch) -> bool:
        """Return whether another syllable of a Korean given name follows: written on with a hyphen, or in capitals."""
        tokens, after = self._tokens, place.last
        if after >= len(tokens.keys) or not is_syllable(tokens.keys[after]):
            return False
        gap = tokens.gaps[after]
        if _hyphen(gap):
            return True
        capital = tokens.surfaces[after].istitle() and not tokens.caps_line[after]
        return gap == " " and capital and not is_word(tokens.keys[after])

    def _in_shape(self, words: tuple[str, ...], place: PatternMatch) -> bool:
        surfaces = self._tokens.surfaces[place.first : place.last]
        caps_line = self._tokens.caps_line[place.first]  # there, a capital is as good as any other
        return len(surfaces) == len(words) and all(
            _same_shape(word, surface) or (caps_line and word != word.lower())
            for word, surface in zip(words, surfaces, strict=True)
        )


def _hyphen(gap: str) -> bool:
    return bool(gap) and _DASHES.issuperset(gap)


def _same_shape(written: str, found: str) -> bool:
    """Return whether the surface has the term's capitals; an ending that the term lacks must be small."""
    shared = min(len(written), len(found))
    return found[shared:] == found[shared:].lower() and all(
        one.isupper() == other.isupper() for one, other in zip(written, found, strict=False)
    )
