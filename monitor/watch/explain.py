"""Explanations for users: an article's zones, hits and decisions; and the forms that a term matches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from monitor.i18n import ENGLISH
from monitor.model import Article, Hit, Term, Verdict, ZoneSpan
from monitor.text.detect import paragraphs
from monitor.text.forms import Form
from monitor.watch.article_matches import ArticleMatches
from monitor.watch.compile import CompileError, Entities, note_forms, note_slips
from monitor.watch.index.scan import MOST_PLACES
from monitor.watch.index.terms import Builder, TermError
from monitor.watch.match import Matcher
from monitor.watch.query.nodes import LeafKind
from monitor.watch.query.parse import parse_term
from monitor.watch.wording import condition_in, note_in, rule_in

_CAPITAL = "with a capital: else an ordinary word, or too short"
_SHORT_ACRONYM = 3
"""Letters up to which an acronym is not written like a name."""
_LOOKED_AT = 200_000
"""Characters whose paragraphs' languages are told; what follows counts as the article's."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An article's zones, hits and verdicts, and the bounds that were reached."""

    article: Article
    zones: tuple[ZoneSpan, ...]  # as counted: of an article without zones, the title and the body
    hits: tuple[Hit, ...]  # distinct mentions of all watchlists' terms, by position
    verdicts: tuple[Verdict, ...]  # one a watchlist
    languages: tuple[tuple[int, int, str], ...] = ()  # start, end, ISO 639-1: of paragraphs, neighbours of one joined
    notes: tuple[str, ...] = ()  # what was bounded: terms mentioned too often, expressions that took too long

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON; offsets are characters of the document."""
        article = self.article
        return {
            "title": article.title,
            "url": article.url,
            "source": article.source,
            "language": article.language,
            "languages": [{"language": code, "start": start, "end": end} for start, end, code in self.languages],
            "document": article.document,
            "zones": [{"zone": span.zone.value, "start": span.start, "end": span.end} for span in self.zones],
            "hits": [self._hit(hit) for hit in self.hits],
            "watchlists": [
                {
                    "name": verdict.watchlist,
                    "matched": verdict.matched,
                    "reason": verdict.reason,
                    "terms": list(verdict.terms),
                    "hits": [self._hit(hit) for hit in verdict.hits],
                }
                for verdict in self.verdicts
            ],
            "notes": list(self.notes),
        }

    def language(self, at: int) -> str:
        """Return the language of the paragraph around a character."""
        return next((code for start, end, code in self.languages if start <= at < end), self.article.language)

    def _hit(self, hit: Hit) -> dict[str, Any]:
        start, end = hit.sentence
        return asdict(hit) | {"zone": hit.zone.value, "sentence": self.article.document[start:end]}


def explain(article: Article, matcher: Matcher, *, with_languages: bool = True) -> Explanation:
    """Match one article and return every intermediate result.

    `with_languages`: those of paragraphs as well, for which the language model and dictionaries are loaded.
    """
    reading = matcher.read(article)
    verdicts = tuple(matcher.decide(reading))
    hits = sorted({hit for verdict in verdicts for hit in verdict.hits}, key=lambda hit: (hit.start, hit.end, hit.term))
    languages = tuple(_languages(article)) if with_languages else ()
    return Explanation(article, reading.spans, tuple(hits), verdicts, languages, tuple(_notes(matcher, reading)))


def _languages(article: Article) -> Iterator[tuple[int, int, str]]:
    """Return start, end and language of each run of paragraphs in one language."""
    found = paragraphs(article.document[:_LOOKED_AT], article.language)
    for code, run in groupby(found, key=itemgetter(2)):
        spans = list(run)
        yield spans[0][0], spans[-1][1], code


def _notes(matcher: Matcher, reading: ArticleMatches) -> Iterator[str]:
    """Return a note for each limit that was reached, so that nothing is left out silently."""
    slots = [slot for rule in matcher.rules for slot in (*rule.slots, *rule.exclude)]
    for written in dict.fromkeys(slot.written for slot in slots if slot.term in reading.crowded):
        yield f"{written}: more than {MOST_PLACES} mentions; the first {MOST_PLACES} count"
    for written in dict.fromkeys(slot.written for slot in slots if slot.term in reading.slow):
        yield f"{written}: took too long and was stopped; see what is said of regular expressions in docs/queries.md"
    if not (reading.whole or reading.crowded):
        yield "the text mentions terms too often: of each kind of mention the first ones count"


@dataclass(frozen=True, slots=True)
class ShownForm:
    """One form of a word, with the conditions under which it counts."""

    form: str  # in the least capitals that it is found in
    rule: str
    condition: str = ""  # 'capital: also an ordinary word', 'capitals only', 'and what may follow in Korean'

    def told(self, language: str) -> ShownForm:
        """Return it with its rule and its condition in a language."""
        return ShownForm(self.form, rule_in(self.rule, language), condition_in(self.condition, language))


@dataclass(frozen=True, slots=True)
class ShownSpelling:
    """One way to mention a term, word by word."""

    name: str
    words: tuple[tuple[ShownForm, ...], ...]
    guarded: bool


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """All spellings that a term matches."""

    term: str
    spellings: tuple[ShownSpelling, ...]
    warnings: tuple[str, ...]

    def told(self, language: str | None) -> ShownTerm:
        """Return it with rules, conditions and warnings in a language."""
        code = language or ENGLISH
        spellings = tuple(
            replace(one, words=tuple(tuple(form.told(code) for form in word) for word in one.words))
            for one in self.spellings
        )
        return replace(self, spellings=spellings, warnings=tuple(note_in(text, code) for text in self.warnings))


def in_language(explanation: Explanation, language: str | None) -> Explanation:
    """Return an explanation whose hits' rules are in a language."""
    code = language or ENGLISH
    return replace(explanation, hits=tuple(replace(hit, rule=rule_in(hit.rule, code)) for hit in explanation.hits))


def show_forms(term: Term, catalogue: Entities) -> ShownTerm:
    """Return every form that a term matches. Raises QueryError, or CompileError for an entity that is not known."""
    leaf = parse_term(term.text)
    spec = None
    if leaf.kind is LeafKind.ENTITY:
        spec = catalogue.find(leaf.text)
        if spec is None:
            near = catalogue.suggest(leaf.text)
            hint = f"did you mean {' or '.join(near)}?" if near else "`monitor entities` lists them"
            raise CompileError("", f"is no known entity ({hint})", term=leaf.text)
    builder = Builder(spelled=catalogue.spelled)
    try:
        number = builder.keyword(leaf, term, spec, product=catalogue.is_product(leaf.text))
    except TermError as error:
        raise CompileError("", str(error), term=term.text) from error
    spellings = tuple(
        ShownSpelling(one.name, tuple(tuple(map(_shown, word.items())) for word in one.words), one.guarded)
        for one in builder.spellings(number)
    )
    warnings = builder.warnings.get(number, ())
    if spec is None:
        warnings = (*note_slips(term.text, catalogue), *note_forms(term.text, warnings, catalogue))
    return ShownTerm(term.text, spellings, tuple(dict.fromkeys(warnings)))


def _shown(pair: tuple[str, Form]) -> ShownForm:
    key, form = pair
    if form.upper:
        stem = form.stem or len(key)
        like_name = form.mixed and stem > _SHORT_ACRONYM
        condition = f"in capitals, or like a name: {key.capitalize()}" if like_name else "capitals only"
        return ShownForm(key[:stem].upper() + key[stem:], form.rule, condition)
    if form.capital:
        return ShownForm(key.capitalize(), form.rule, _on_capital(form))
    if form.prefix:
        return ShownForm(key, form.rule, "and particles, suffixes or nouns written on to it")
    if form.substring:
        return ShownForm(key, form.rule, "anywhere in a run of characters")
    conditions = [f"not in {form.unless} texts: another word"] * bool(form.unless)
    conditions += [f"where {form.particle} ends the clause"] * bool(form.particle)
    conditions += ["not in words such as по-…, …-таки"] * form.fused
    return ShownForm(key, form.rule, "; ".join(conditions))


def _on_capital(form: Form) -> str:
    """Return the condition of a form that needs its capital."""
    if form.quoted:
        return "with a capital, alone between quotation marks" + " or inside a sentence" * form.inside
    if form.inside:
        return "with a capital, inside a sentence"
    return "with a capital, but for lines without any" if form.hasty else _CAPITAL
