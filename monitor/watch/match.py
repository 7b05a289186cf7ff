"""Matching: the verdict of each watchlist on an article, with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.model import Article, Hit, Verdict, Watchlist, Zone
from monitor.watch.article_matches import ArticleMatches
from monitor.watch.index.form_index import Postings, several
from monitor.watch.index.terms import CompiledTerms
from monitor.watch.query.evaluate import Mention, elsewhere, holds, why_not, witnesses
from monitor.watch.query.grammar import OUTER_FIELDS
from monitor.watch.query.nodes import Field, Leaf, Node, Unit, children
from monitor.watch.wording import TermNote

_RULE_SHIFT = 32
_SLOT_MASK = (1 << _RULE_SHIFT) - 1
_KEPT_BLANKS = 1000
"""Pairs of source and language whose blank verdicts are kept; there are some hundreds of sources."""


class Slot(NamedTuple):
    """One term of a watchlist: its number, and how the user wrote it."""

    term: int
    written: str


@dataclass(frozen=True, slots=True)
class CompiledWatchlist:
    """A compiled watchlist."""

    watchlist: Watchlist
    slots: tuple[Slot, ...]  # of a query: its terms outside NOT
    exclude: tuple[Slot, ...]
    query: Node | None
    zones: frozenset[Zone]
    needed: int  # distinct terms


class Matcher:
    """All compiled watchlists. Made by `watch.compile.compile_watchlists`; safe to share and to pickle.

    The rules keep their order; `numbers` are those of the queries' terms.
    """

    def __init__(
        self,
        terms: CompiledTerms,
        rules: Sequence[CompiledWatchlist],
        numbers: Mapping[Leaf, int],
        warnings: tuple[TermNote, ...] = (),
    ) -> None:
        self.rules = tuple(rules)
        self.warnings = warnings
        """What the user should know of the terms."""
        self.compiled = terms
        self.numbers = numbers
        self._uses = _uses(self.rules)
        self._always = tuple(at for at, rule in enumerate(self.rules) if rule.query and _looks_outside(rule.query))
        self._blank: dict[tuple[str, str], list[Verdict]] = {}

    def read(self, article: Article, like: ArticleMatches | None = None) -> ArticleMatches:
        """Find every mention of every term; `like` is another matcher's reading of the article, cut into words."""
        return ArticleMatches(self.compiled, self.numbers, article, like)

    def match(self, article: Article) -> list[Verdict]:
        """Return one verdict a watchlist, in their order."""
        return self.decide(self.read(article))

    def decide(self, reading: ArticleMatches) -> list[Verdict]:
        """Return one verdict a watchlist, in their order; those without a term in the article cost nothing."""
        hits = _Hits(reading)
        verdicts = self._blank_verdicts(reading.article).copy()
        for at, slots in self.touched(reading).items():
            verdicts[at] = _decide(self.rules[at], slots, reading, hits)
        return verdicts

    def terms(self, reading: ArticleMatches, outside: frozenset[Zone] = frozenset()) -> frozenset[str]:
        """Return the terms, as written, of all watchlists that have a mention; none in the zones `outside` counts."""
        return frozenset(
            slot.written
            for slots in self.touched(reading).values()
            for slot in slots
            if any(mention.zone not in outside for mention in reading.found[slot.term])
        )

    def counts(self, reading: ArticleMatches, outside: frozenset[Zone] = frozenset()) -> dict[str, int]:
        """Return the same terms with the numbers of their mentions."""
        counts = {
            slot.written: sum(mention.zone not in outside for mention in reading.found[slot.term])
            for slots in self.touched(reading).values()
            for slot in slots
        }
        return {written: count for written, count in counts.items() if count}

    def names(self, reading: ArticleMatches, touched: Mapping[int, tuple[Slot, ...]]) -> list[str]:
        """Return the names of the watchlists that match, in their order; `touched` is what that method gave."""
        rules = self.rules
        return [rules[at].watchlist.name for at, slots in touched.items() if _matches(rules[at], slots, reading)]

    def touched(self, reading: ArticleMatches) -> dict[int, tuple[Slot, ...]]:
        """Return the places of the watchlists that the article may concern, in order, with the terms mentioned.

        The cost follows what is mentioned, not how many terms the watchlists have.
        """
        uses, found = self._uses, reading.found
        numbers: dict[int, list[int]] = {at: [] for at in self._always}
        places = [use for term in found.keys() & uses.keys() for use in several(uses[term])]
        for use in sorted(places):
            numbers.setdefault(use >> _RULE_SHIFT, []).append(use & _SLOT_MASK)
        for term in reading.slow:
            for use in several(uses.get(term)):
                numbers.setdefault(use >> _RULE_SHIFT, [])
        rules = self.rules
        return {at: tuple([rules[at].slots[number] for number in numbers[at]]) for at in sorted(numbers)}

    def _blank_verdicts(self, article: Article) -> list[Verdict]:
        """Return the verdicts on an article that mentions nothing."""
        of = (article.source, article.language)
        blank = self._blank.get(of)
        if blank is None:
            if len(self._blank) > _KEPT_BLANKS:
                self._blank.clear()
            blank = self._blank[of] = [
                Verdict(rule.watchlist.name, matched=False, reason=_foreign(rule, article) or "no term")
                for rule in self.rules
            ]
        return blank


class _Hits:
    """Cache of the hits of terms, shared by all watchlists with the same term."""

    def __init__(self, reading: ArticleMatches) -> None:
        self._reading = reading
        self._made: dict[Slot, tuple[Hit, ...]] = {}

    def of(self, slots: Iterable[Slot]) -> tuple[Hit, ...]:
        hits = [hit for slot in slots for hit in self._of(slot)]
        return tuple(sorted(hits, key=lambda hit: (hit.start, hit.end)))

    def _of(self, slot: Slot) -> tuple[Hit, ...]:
        made = self._made.get(slot)
        if made is None:
            found = self._reading.found.get(slot.term, ())
            made = self._made[slot] = tuple(self._hit(slot.written, mention) for mention in found)
        return made

    def _hit(self, written: str, mention: Mention) -> Hit:
        reading = self._reading
        return Hit(
            term=written,
            surface=reading.document[mention.start : mention.end],
            start=mention.start,
            end=mention.end,
            zone=mention.zone,
            rule=mention.rule,
            form=mention.form,
            sentence=reading.unit(Unit.SENTENCE, mention.start),
        )


def _foreign(rule: CompiledWatchlist, article: Article) -> str | None:
    watchlist = rule.watchlist
    if watchlist.sources and article.source and article.source not in watchlist.sources:
        return "other source"
    if watchlist.languages and article.language not in watchlist.languages:
        return "other language"
    return None


def _decide(rule: CompiledWatchlist, slots: Sequence[Slot], reading: ArticleMatches, hits: _Hits) -> Verdict:
    """Decide for one watchlist; `slots` are its terms that the article mentions."""
    if rule.query is None:
        terms, reason = _count(rule, slots, reading)
        matched = len(terms) >= rule.needed
    else:
        matched = holds(rule.query, reading, rule.zones)
        terms, reason = _query_terms(rule, rule.query, slots, reading, matched=matched)
    foreign = _foreign(rule, reading.article)
    if foreign or matched:
        veto = foreign or _veto(rule, reading)
        matched = not veto
        reason = veto or reason
    return Verdict(rule.watchlist.name, matched, reason, terms, hits.of(slots))


def _matches(rule: CompiledWatchlist, slots: Sequence[Slot], reading: ArticleMatches) -> bool:
    """Return whether the watchlist matches, as `_decide` does, without reasons."""
    if _foreign(rule, reading.article):
        return False
    if rule.query is None:
        matched = len(_counted(rule, slots, reading)) >= rule.needed
    else:
        matched = holds(rule.query, reading, rule.zones)
    return matched and not _veto(rule, reading)


def _counted(rule: CompiledWatchlist, slots: Sequence[Slot], reading: ArticleMatches) -> tuple[str, ...]:
    """Return the terms mentioned where they count."""
    zones, found = rule.zones, reading.found
    return tuple([slot.written for slot in slots if any(mention.zone in zones for mention in found[slot.term])])


def _count(rule: CompiledWatchlist, slots: Sequence[Slot], reading: ArticleMatches) -> tuple[tuple[str, ...], str]:
    """Return the terms mentioned where they count, and the reason of the verdict."""
    terms = _counted(rule, slots, reading)
    if not terms:
        zones = {mention.zone for slot in slots for mention in reading.found[slot.term]}
        return terms, elsewhere(zones) if zones else _nothing(rule, reading)
    count = f"{len(terms)} of {len(rule.slots)} term{'s' if len(rule.slots) > 1 else ''}"
    return terms, count if len(terms) >= rule.needed else f"{count}, {rule.needed} needed"


def _nothing(rule: CompiledWatchlist, reading: ArticleMatches) -> str:
    slow = [slot.written for slot in rule.slots if slot.term in reading.slow] if reading.slow else []
    return f"no term ({', '.join(slow)} took too long)" if slow else "no term"


def _query_terms(
    rule: CompiledWatchlist, query: Node, slots: Sequence[Slot], reading: ArticleMatches, *, matched: bool
) -> tuple[tuple[str, ...], str]:
    if not matched:
        reason = why_not(query, reading, rule.zones)
        slow = _nothing(rule, reading).removeprefix("no term")
        return _counted(rule, slots, reading), reason + slow
    numbers = {reading.number(leaf) for leaf, _ in witnesses(query, reading, rule.zones)}
    terms = tuple(slot.written for slot in rule.slots if slot.term in numbers)
    return terms, f"the query holds by {', '.join(terms)}"


def _veto(rule: CompiledWatchlist, reading: ArticleMatches) -> str | None:
    for slot in rule.exclude:
        for mention in reading.found.get(slot.term, ()):
            if mention.zone in rule.zones:
                return f"vetoed by {slot.written} in the {mention.zone}"
    return None


def _uses(rules: Sequence[CompiledWatchlist]) -> dict[int, Postings]:
    """Return for each term the slots that use it, each as `rule << _RULE_SHIFT | slot`."""
    uses: dict[int, Postings] = {}
    for at, rule in enumerate(rules):
        for number, slot in enumerate(rule.slots):
            use, known = at << _RULE_SHIFT | number, uses.get(slot.term)
            uses[slot.term] = use if known is None else (*several(known), use)
    return uses


def _looks_outside(node: Node) -> bool:
    if isinstance(node, Field) and node.name in OUTER_FIELDS:
        return True
    return any(map(_looks_outside, children(node)))
