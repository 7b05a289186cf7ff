"""Examination of an article without the database: verdicts of the watchlists, entities, citations."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import Article, Citation, Verdict
from monitor.pipeline.ruleset import Rules
from monitor.story.attribution import citations
from monitor.watch.match import Matcher


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdicts, entities and citations of one article."""

    article: Article
    verdicts: tuple[Verdict, ...]
    entities: frozenset[str]
    citations: tuple[Citation, ...]


def examine(article: Article, rules: Rules) -> Findings:
    """Return the findings in an article: pure."""
    verdicts = tuple(rules.matcher.match(article))
    return Findings(article, verdicts, entities(article, rules.catalogue.matcher), tuple(citations(article)))


def entities(article: Article, catalogue: Matcher) -> frozenset[str]:
    """Return the ids of the catalogue's entities in an article, background and credits left out."""
    hits = (hit for verdict in catalogue.match(article) for hit in verdict.hits)
    return frozenset(hit.term for hit in hits if hit.zone not in ("background", "credit"))
