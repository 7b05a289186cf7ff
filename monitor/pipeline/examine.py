"""Examination of an article without the database: watchlists' verdicts, entities, citations, a story's features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model import Article, Citation, Verdict, Zone
from monitor.model.trends import Subject, SubjectKind
from monitor.pipeline.ruleset import Rules
from monitor.story.attribution import citations
from monitor.story.features import Features, features
from monitor.watch.article_matches import ArticleMatches
from monitor.watch.match import Matcher

_ASIDE = frozenset({Zone.BACKGROUND, Zone.CREDIT})


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdicts on one article, its citations, the features by which it joins a story, and what it mentions."""

    article: Article
    verdicts: tuple[Verdict, ...]
    citations: tuple[Citation, ...]
    features: Features
    mentions: Mapping[Subject, int]


def examine(article: Article, rules: Rules, vector: bytes = b"") -> Findings:
    """Return the findings in an article: pure. The document is cut into words once for watchlists and catalogue.

    `vector` is what `extract.encoder` makes of the article, where it is installed.
    """
    reading = rules.matcher.read(article)
    verdicts = tuple(rules.matcher.decide(reading))
    counts = entity_counts(article, rules.catalogue.matcher, reading)
    cites = tuple(citations(article))
    found = features(article, frozenset(counts), cites, rules.catalogue.entities, vector)
    return Findings(article, verdicts, cites, found, mentioned(counts, verdicts))


def mentioned(counts: Mapping[str, int], verdicts: Iterable[Verdict]) -> dict[Subject, int]:
    """Return what an article counts for: its entities, and the watchlists that match it with their hits."""
    found = {Subject(SubjectKind.ENTITY, ident): count for ident, count in counts.items()}
    return found | {
        Subject(SubjectKind.WATCHLIST, each.watchlist): len(each.hits) or 1 for each in verdicts if each.matched
    }


def entities(article: Article, catalogue: Matcher, reading: ArticleMatches | None = None) -> frozenset[str]:
    """Return the ids of the catalogue's entities in an article, background and credits left out.

    `reading` is one by another matcher of the same article: its words serve again.
    """
    return catalogue.terms(catalogue.read(article, reading), outside=_ASIDE)


def entity_counts(article: Article, catalogue: Matcher, reading: ArticleMatches | None = None) -> dict[str, int]:
    """Return the same entities with the numbers of their mentions."""
    return catalogue.counts(catalogue.read(article, reading), outside=_ASIDE)
