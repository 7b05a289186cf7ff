"""Examination of an article without the database: watchlists' verdicts, entities, citations, a story's features."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import Article, Citation, Verdict, Zone
from monitor.pipeline.ruleset import Rules
from monitor.story.attribution import citations
from monitor.story.features import Features, features
from monitor.watch.article_matches import ArticleMatches
from monitor.watch.match import Matcher

_ASIDE = frozenset({Zone.BACKGROUND, Zone.CREDIT})


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdicts on one article, its citations, and the features by which it joins a story."""

    article: Article
    verdicts: tuple[Verdict, ...]
    citations: tuple[Citation, ...]
    features: Features


def examine(article: Article, rules: Rules, vector: bytes = b"") -> Findings:
    """Return the findings in an article: pure. The document is cut into words once for watchlists and catalogue.

    `vector` is what `extract.encoder` makes of the article, where it is installed.
    """
    reading = rules.matcher.read(article)
    verdicts = tuple(rules.matcher.decide(reading))
    found = entities(article, rules.catalogue.matcher, reading)
    cites = tuple(citations(article))
    return Findings(article, verdicts, cites, features(article, found, cites, rules.catalogue.entities, vector))


def entities(article: Article, catalogue: Matcher, reading: ArticleMatches | None = None) -> frozenset[str]:
    """Return the ids of the catalogue's entities in an article, background and credits left out.

    `reading` is one by another matcher of the same article: its words serve again.
    """
    return catalogue.terms(catalogue.read(article, reading), outside=_ASIDE)
