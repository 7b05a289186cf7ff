"""Judging of one article: match it, assign it to a story, decide its alerts, write all in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor.errors import StoreError
from monitor.model import Article, Delivery, JoinReason, JoinRule, Member, PendingEntry, Relation, Story
from monitor.model.trends import TrendTime
from monitor.pipeline import evidence, grouping
from monitor.pipeline.alerting import JoinedArticle, note_bug, write_alerts
from monitor.pipeline.evidence import FetchedPage
from monitor.pipeline.examine import Findings, examine
from monitor.pipeline.live import Live
from monitor.pipeline.loading import WINDOW, Loading, features_row
from monitor.pipeline.ruleset import Rules
from monitor.pipeline.surges import write_surges
from monitor.ports import Clock
from monitor.store import Database, Transaction
from monitor.story.assign import Bridge
from monitor.story.attribution import cited
from monitor.story.index import Assignment, IndexedArticle, StoryIndex
from monitor.threads import to_the_end

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Judge:
    """Judges articles one after another: a story must exist before the next article can join it."""

    store: Database
    clock: Clock
    live: Live
    written: asyncio.Event = field(default_factory=asyncio.Event)  # set when the outbox has grown
    index: StoryIndex = field(default_factory=StoryIndex)
    moment: Callable[[], tuple[datetime, float]] | None = None
    """Returns the time, and by how many seconds it has been moved because the wall clock was set."""

    encode: Callable[[Article], Awaitable[bytes]] | None = None
    """Returns an article's vector, by which it joins articles of other languages."""

    settle: Callable[[Transaction, PendingEntry], None] | None = None
    """Called in each transaction that finishes an entry; in one process there is nothing to do."""

    loading: Loading = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _followed: float = 0.0  # seconds by which the index was moved

    def __post_init__(self) -> None:  # noqa: D105 - nothing to say
        self.loading = Loading(self.store, self.read_clock, self.index, self.live)

    async def load(self) -> int:
        """Fill the story index from the store (at start), all of it before anything is judged; return its articles.

        Raises StoreError where the database cannot be read; the next call goes on where this one ended.
        """
        async with self._turn:
            await self.loading.fill()
        return len(self.index)

    async def refresh(self) -> None:
        """Find the entities of live articles anew where another catalogue gave them; articles are judged in between.

        Raises StoreError where the database refuses.
        """
        await self.loading.refresh(self._turn)

    def read_clock(self) -> tuple[datetime, float]:
        """Return the time, and by how many seconds it has been moved since the start."""
        return self.moment() if self.moment else (self.clock.now(), 0.0)

    async def _regroup(self) -> None:
        """Bring the index up to date with stories that somebody split or merged."""
        stories = frozenset(self.live.regrouped)
        if stories:
            self.index.regroup(await self.store.run(lambda tx: _homes(tx, stories)))
            self.live.regrouped -= stories

    async def judge(
        self,
        pending: PendingEntry,
        article: Article,
        moved: float | None = None,
        page: FetchedPage | None = None,
        vector: bytes | None = None,
    ) -> int:
        """Judge and write; return how many rows of the outbox were added or amended.

        `moved` is by how much the clock had been moved when the article's time was noted (default: as much as now).
        `page` is what the article was read from, for the evidence; None where the feed's summary stands in. `vector`
        is what `encode` has made of the article already.
        """
        rules = self.live.now.rules
        if vector is None:
            vector = await self.encode(article) if self.encode else b""
        found, kept = await asyncio.to_thread(_examined, article, rules, vector, page, edited=pending.edited)
        async with self._turn:
            if self.loading.begun and not self.loading.ready:
                raise StoreError("the story index could not be filled; the article waits for it")
            count = await to_the_end(self._judge_in_turn(pending, found, moved, rules, kept))
        if count:
            self.written.set()
        return count

    async def _judge_in_turn(
        self,
        pending: PendingEntry,
        found: Findings,
        moved: float | None,
        rules: Rules,
        kept: evidence.ArticleEvidence | None,
    ) -> int:
        """Assign an article to a story and write; return how many rows of the outbox were added or amended.

        All that looks at the index runs in one thread, as it may take longer than the event loop should wait.
        """
        await self._regroup()
        found, assignment, placed = await asyncio.to_thread(self._assign, found, moved, rules)

        def write(tx: Transaction) -> tuple[int, int, int]:
            if self.settle is not None:
                self.settle(tx, pending)
            return _write(tx, pending, found, assignment, placed, rules, kept, self.clock.now())

        article_id, story_id, count = await self.store.run(write)
        self.index.insert(article_id, story_id, placed)
        if assignment.bridge is not None:  # the next article finds both stories' articles where they are now
            self.live.regrouped |= {assignment.bridge.story, assignment.story_id or story_id}
        return count

    def _assign(
        self, found: Findings, moved: float | None, rules: Rules
    ) -> tuple[Findings, Assignment, IndexedArticle]:
        """Find an article's story, by the clock as it is now; return the findings by that clock as well."""
        now, total = self.read_clock()
        article = found.article
        if moved is not None and moved != total and article.seen_at is not None:
            article = replace(article, seen_at=article.seen_at + timedelta(seconds=total - moved))
            found = examine(article, rules, found.features.vector)
        if self._followed != total:
            self.index.shift(total - self._followed)
            self._followed = total
        self.index.forget(now - WINDOW)
        assignment = self.index.assign_features(found.features, article.id, now=now)
        return found, assignment, self.index.place_features(found.features)


def _examined(
    article: Article, rules: Rules, vector: bytes, page: FetchedPage | None, *, edited: bool
) -> tuple[Findings, evidence.ArticleEvidence | None]:
    found = examine(article, rules, vector)
    try:
        return found, evidence.gather(article, found.verdicts, page, rules.config.evidence, edited=edited)
    except Exception as error:  # noqa: BLE001 - the outermost loop of evidence: no bug in it may cost an alert
        note_bug("evidence", error)
        return found, None


def _homes(tx: Transaction, stories: Iterable[int]) -> dict[int, int]:
    """Return the story of each of these stories' articles."""
    found = {story_id: tx.story(story_id).members for story_id in sorted(stories)}
    return {
        member.article_id: story_id
        for story_id, members in found.items()
        for member in members
        if member.relation is not Relation.RELATED
    }


def _write(
    tx: Transaction,
    pending: PendingEntry,
    found: Findings,
    assignment: Assignment,
    placed: IndexedArticle,
    rules: Rules,
    kept: evidence.ArticleEvidence | None,
    now: datetime,
) -> tuple[int, int, int]:
    """Write everything that follows from an article; return its id, its story's id, and the outbox rows touched.

    Where its story becomes one with another, the id is that of the one that stays: all or nothing, in the transaction.
    """
    before = _former(tx, found.article.key)
    article_id = tx.add_article(found.article)
    tx.keep_features([features_row(article_id, placed, rules.catalogue.fingerprint)])
    tx.add_verdicts(article_id, found.verdicts)
    story_id = tx.story_of(article_id)
    if story_id in (None, assignment.story_id):  # an article has one story, wherever its new words would belong
        joined_id = _home(tx, assignment) or tx.create_story(now, article_id)
        story_id = tx.join_story(joined_id, article_id, assignment.relation, cited(found.citations), now)
        reason = assignment.reason or JoinReason(JoinRule.OPENED, article_id)
        if reason.of != article_id or reason.rule is JoinRule.OPENED:  # else it is edited, and joined before
            tx.keep_reason(story_id, article_id, reason)
    stored = replace(found.article, id=article_id)
    gone, rows = None, dict[int, Delivery]()
    if assignment.bridge is not None and story_id == assignment.story_id:
        story_id, gone, rows = _united(tx, article_id, story_id, assignment.bridge, now)
    joined = JoinedArticle(
        stored,
        story_id,
        before,
        baseline=pending.baseline,
        late=pending.late,
        flood=pending.flood,
        related=assignment.related,
    )
    count = write_alerts(tx, joined, rules, now)
    if gone is not None:
        count += grouping.tell_united(tx, story_id, gone, rows, now)
    # What follows is of less worth than the alert: where it fails, it is missing, and the alert is sent.
    with tx.apart(partial(note_bug, "trends")):
        tx.note_terms(found.verdicts, now)
        tx.keep_mentions(article_id, story_id, TrendTime.of(found.article, rules.timezone), found.mentions)
    count += write_surges(tx, joined, found.verdicts, rules, now)
    if kept is not None:
        with tx.apart(partial(note_bug, "evidence")):
            evidence.keep(tx, article_id, kept, now)
    tx.finish_entry(pending.id, article_id)
    return article_id, story_id, count


def _home(tx: Transaction, assignment: Assignment) -> int | None:
    """Return the story that an article joins: where the one is by which it joins, which an operator may have moved."""
    of = None if assignment.reason is None else tx.story_of(assignment.reason.of)
    return of or assignment.story_id


def _united(
    tx: Transaction, article_id: int, story_id: int, bridge: Bridge, now: datetime
) -> tuple[int, Story | None, dict[int, Delivery]]:
    """Make one of an article's story and another that it belongs to as surely, where nothing speaks against it.

    Return the id of the story that stays, the other one as it was (None where nothing was done), and the rows of the
    outbox that the story has now. The index may be behind an operator: the stories are read again.
    """
    pair = tx.story(story_id), tx.story(bridge.story)
    if tx.story_of(bridge.nearest) != bridge.story or not grouping.are_free(pair, now):
        return story_id, None, {}
    reason = JoinReason(JoinRule.BRIDGE, article_id, bridge.score, bridge.terms, bridge.names)
    kept, gone = grouping.unite(tx, pair, reason, now)
    log.info("two stories are one", kept=kept.id, gone=gone.id, by=article_id, score=bridge.score, facts=bridge.terms)
    return kept.id, gone, {row.id: row for row in tx.deliveries_of(kept.id)}


def _former(tx: Transaction, key: str) -> Member | None:
    """Return an article's membership in its story before the edit is written; None where it is new or in none."""
    known = tx.article_by_key(key)
    story_id = None if known is None or known.id is None else tx.story_of(known.id)
    if known is None or story_id is None:
        return None
    return next((member for member in tx.story(story_id).members if member.article_id == known.id), None)
