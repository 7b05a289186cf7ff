"""Which articles a compiled watchlist may match, as a plan over the words of `index_words`: no match escapes it.

Candidates are judged by the matcher, so a plan may be too wide, and never too narrow. What restricts a mention (case,
guards, zones, neighbours, NOT) is left out; a term is the union of its patterns, a pattern the meeting of its words, a
word the union of its forms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

from monitor.watch.index.form_index import WORD_SHIFT, Postings, several
from monitor.watch.index.terms import CompiledTerms
from monitor.watch.index.token_cache import is_han
from monitor.watch.index_words import ALTERED, ANYTHING, LONGEST, is_hangul, stored
from monitor.watch.match import CompiledWatchlist, Matcher
from monitor.watch.plan import ANY, Anything, Plan, Word, all_of, any_of, size
from monitor.watch.query.nodes import And, AtLeast, Field, Leaf, Near, Node, Not, Or, Within
from monitor.watch.regex_anchors import Anchor, anchors

MOST_WORDS = 5_000
"""Words of a plan. What asks for more finds so much that it is as well to read all articles."""
_DEEPEST = 12  # levels of a plan; what is below counts as found


def plan_of(matcher: Matcher) -> Plan:
    """Return which articles any watchlist of a matcher may match; `ANY` where it cannot be told."""
    terms = _TermPlans(matcher.compiled)
    found = any_of(_of_rule(rule, terms, matcher.numbers) for rule in matcher.rules)
    if isinstance(found, Anything) or size(found) > MOST_WORDS:
        return ANY
    return any_of([found, Word(ANYTHING)])


def _of_rule(rule: CompiledWatchlist, terms: _TermPlans, numbers: Mapping[Leaf, int]) -> Plan:
    if rule.query is not None:
        return _of_node(rule.query, terms, numbers, _DEEPEST)
    slots = [terms.plan(slot.term) for slot in rule.slots]
    return all_of(slots) if rule.needed == len(slots) else any_of(slots)


def _of_node(node: Node, terms: _TermPlans, numbers: Mapping[Leaf, int], room: int) -> Plan:  # noqa: PLR0911 — as write()
    if not room:
        return ANY
    match node:
        case Leaf():
            return terms.plan(numbers[node])
        case And():
            return all_of(_of_node(child, terms, numbers, room - 1) for child in node.children)
        case Or():
            return any_of(_of_node(child, terms, numbers, room - 1) for child in node.children)
        case Not():
            return ANY
        case Near() | Within():
            return all_of(_of_node(side, terms, numbers, room - 1) for side in (node.left, node.right))
        case Field() | AtLeast():
            return _of_node(node.child, terms, numbers, room - 1)


class _TermPlans:
    """The plans of compiled terms."""

    def __init__(self, compiled: CompiledTerms) -> None:
        self._expressions = compiled.expressions
        lexicon = compiled.uses.lexicon
        self._patterns: defaultdict[int, list[tuple[int, ...]]] = defaultdict(list)
        for term, words in zip(compiled.term_of, lexicon.patterns, strict=True):
            self._patterns[term].append(words)
        self._words: defaultdict[int, list[Plan]] = defaultdict(list)
        index = lexicon.index
        for forms, begins in ((index.whole, False), (index.hangul, True), (index.han, True), (index.stems, True)):
            for word, key in _by_word(forms):
                self._words[word].append(_of_key(key, begins=begins))
        self._made: dict[int, Plan] = {}

    def plan(self, term: int) -> Plan:
        """Return which articles may mention a term."""
        if term not in self._made:
            ways = [all_of(any_of(self._words[word]) for word in words) for words in self._patterns[term]]
            if term in self._expressions:
                ways.append(_of_expression(self._expressions[term].pattern))
            self._made[term] = any_of(ways)
        return self._made[term]


def _by_word(forms: Mapping[str, Postings]) -> Iterator[tuple[int, str]]:
    for key, postings in forms.items():
        for word in dict.fromkeys(posting >> WORD_SHIFT for posting in several(postings)):
            yield word, key


def _of_key(key: str, *, begins: bool) -> Plan:
    """Return which articles have a token of this key, or, `begins`, one that begins with it or has it inside."""
    if is_han(key) or is_hangul(key):
        if len(key) == 1:
            return Word(key, begins=begins)
        return all_of(Word(pair) for pair in map("".join, pairwise(key)))
    return Word(stored(key), begins=begins and len(key) <= LONGEST)


def _of_expression(pattern: str) -> Plan:
    """Return which articles a regular expression may match. It reads what normalising has changed as it was before."""
    ways = anchors(pattern)
    if not ways:
        return ANY
    return any_of([*(all_of(map(_of_anchor, way)) for way in ways), Word(ALTERED)])


def _of_anchor(anchor: Anchor) -> Plan:
    if is_han(anchor.text) or is_hangul(anchor.text):
        return _of_key(anchor.text, begins=False)
    text = stored(anchor.text)
    return Word(text, begins=not anchor.inside, holds=anchor.inside)
