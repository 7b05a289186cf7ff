"""Judge one article: match, cite, assign to a story, decide the alerts, and write all of it in one transaction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from monitor.model import Article, Citation, PendingEntry, Verdict
from monitor.pipeline.alerting import Joined, write_alerts
from monitor.pipeline.rules import Rules
from monitor.ports import Clock, Store, Transaction
from monitor.story.attribution import citations, cited
from monitor.story.index import Assignment, StoryIndex
from monitor.watch.match import Matcher

log = structlog.get_logger(__name__)

__all__ = ["Judge", "Rules", "entities", "examine"]

_WINDOW = timedelta(hours=72)  # a story without a new article for this long is closed


@dataclass(frozen=True, slots=True)
class _Findings:
    """What can be said of an article without the database."""

    article: Article
    verdicts: tuple[Verdict, ...]
    entities: frozenset[str]
    citations: tuple[Citation, ...]


@dataclass(slots=True)
class Judge:
    """Judges articles one after another: a story must exist before the next article can join it."""

    store: Store
    clock: Clock
    rules: Rules
    written: asyncio.Event = field(default_factory=asyncio.Event)  # set when the outbox has grown
    index: StoryIndex = field(default_factory=StoryIndex)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def load(self) -> int:
        """Fill the story index from the store (at start); give how many articles are alive."""
        since = self.clock.now() - _WINDOW
        rows = await self.store.run(lambda tx: tx.articles_after(0, since))
        rules = self.rules
        await asyncio.to_thread(self._fill, rows, rules)
        return len(rows)

    def _fill(self, rows: list[tuple[Article, int]], rules: Rules) -> None:
        for article, story_id in rows:
            found = examine(article, rules)
            self.index.add(article, story_id, entities=found.entities, citations=found.citations)

    async def judge(self, pending: PendingEntry, article: Article) -> int:
        """Judge and write; give how many rows of the outbox were added or amended."""
        rules = self.rules
        found = await asyncio.to_thread(examine, article, rules)
        async with self._turn:
            now = self.clock.now()
            self.index.forget(now - _WINDOW)
            assignment = self.index.assign(article, now=now, entities=found.entities, citations=found.citations)
            article_id, story_id, count = await self.store.run(
                lambda tx: _write(tx, pending, found, assignment, rules, now)
            )
            stored = replace(article, id=article_id)
            self.index.add(stored, story_id, entities=found.entities, citations=found.citations)
        if count:
            self.written.set()
        return count


def examine(article: Article, rules: Rules) -> _Findings:
    """Match an article and find whom it cites: pure."""
    verdicts = tuple(rules.matcher.match(article))
    return _Findings(article, verdicts, entities(article, rules.catalogue), tuple(citations(article)))


def entities(article: Article, catalogue: Matcher) -> frozenset[str]:
    """Give the ids of the catalogue's entities in an article, background and credits left out."""
    hits = (hit for verdict in catalogue.match(article) for hit in verdict.hits)
    return frozenset(hit.term for hit in hits if hit.zone not in ("background", "credit"))


def _write(
    tx: Transaction,
    pending: PendingEntry,
    found: _Findings,
    assignment: Assignment,
    rules: Rules,
    now: datetime,
) -> tuple[int, int, int]:
    """Write everything that follows from an article; give its id, its story's id, and the outbox rows touched."""
    article_id = tx.add_article(found.article)
    tx.add_verdicts(article_id, found.verdicts)
    story_id = tx.create_story(now) if assignment.story_id is None else assignment.story_id
    tx.join_story(story_id, article_id, assignment.relation, cited(found.citations), now)
    stored = replace(found.article, id=article_id)
    joined = Joined(stored, story_id, baseline=pending.baseline, late=pending.late)
    count = write_alerts(tx, joined, rules, now)
    tx.finish_entry(pending.id, article_id)
    return article_id, story_id, count
