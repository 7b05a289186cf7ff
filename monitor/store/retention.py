"""What is forgotten, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Delete, delete, or_, select, true, type_coerce

from monitor.model import MuteKind, State
from monitor.store.base import Family
from monitor.store.columns import MICROSECOND
from monitor.store.schema import (
    articles,
    entries,
    feedback,
    mutes,
    outbox,
    sources,
    stories,
    story_members,
    updates,
)
from monitor.store.window import old_features

YOUNGEST = timedelta(days=7)
"""Nothing younger is deleted, whatever `keep` says: stories grow for 72 hours, and their rows prevent doubles."""

UNSEEN = timedelta(days=2)
"""An entry left its feed when the feed was read this much later than the entry was last seen (both dates are rounded
to a day)."""

ENDED = (State.SENT, State.DEAD, State.MUTED)


class Retention(Family):
    """Deletes, family by family, what no other family needs any more."""

    def clean_up(self, before: datetime) -> int:
        """Delete what ended before `before`, but nothing that is still to be done or still in a feed; give how much.

        A week is kept in any case. Deleted rows of the outbox may be forgotten as their story, whose id is never
        given again, is over.
        """
        limit = min(before, self.now() - YOUNGEST)
        steps = (_old_deliveries, _old_stories, _old_articles, _old_entries, _old_updates, _old_feedback)
        ended = sum(self.connection.execute(step(limit)).rowcount for step in steps)
        ended += self.connection.execute(old_features(self.now())).rowcount
        return ended + self._forget_mutes()

    def _forget_mutes(self) -> int:
        """Forget mutes whose time is over, and those of stories that are gone; give how many."""
        over = self.connection.execute(delete(mutes).where(mutes.c.until <= self.now())).rowcount
        muted = set(self.connection.scalars(select(mutes.c.key).where(mutes.c.kind == MuteKind.STORY)))
        if not muted:
            return over
        there = self.connection.scalars(select(stories.c.id).where(stories.c.id.in_(map(int, muted))))
        gone = sorted(muted - set(map(str, there)))
        if not gone:
            return over
        lone = mutes.c.kind == MuteKind.STORY, mutes.c.key.in_(gone)
        return over + self.connection.execute(delete(mutes).where(*lone)).rowcount


def _old_deliveries(limit: datetime) -> Delete:
    """Keep a row that carries others until those are gone: without it they would pass for messages of their own."""
    growing = select(stories.c.id).where(stories.c.id == outbox.c.story_id, stories.c.updated_at >= limit)
    member = outbox.alias("member")
    carries = select(member.c.id).where(member.c.in_digest == outbox.c.id).correlate(outbox)
    ended = outbox.c.state.in_(ENDED) & (outbox.c.created_at < limit)
    return delete(outbox).where(ended, ~growing.exists(), ~carries.exists())


def _old_stories(limit: datetime) -> Delete:
    """Keep a story until its last row of the outbox is gone."""
    told = select(outbox.c.id).where(outbox.c.story_id == stories.c.id)
    return delete(stories).where(stories.c.updated_at < limit, ~told.exists())


def _old_articles(limit: datetime) -> Delete:
    told = select(story_members.c.story_id).where(story_members.c.article_id == articles.c.id)
    return delete(articles).where(articles.c.seen_at < limit, ~told.exists())


def _old_entries(limit: datetime) -> Delete:
    """Keep what a feed may still show: one that has not changed for years does, and is not read."""
    read_later = type_coerce(sources.c.last_read_at, BigInteger) - UNSEEN // MICROSECOND
    gone = select(sources.c.id).where(
        sources.c.id == entries.c.source_id,
        or_(sources.c.active != true(), type_coerce(entries.c.last_seen_at, BigInteger) < read_later),
    )
    return delete(entries).where(entries.c.due_at.is_(None), entries.c.last_seen_at < limit, gone.exists())


def _old_updates(limit: datetime) -> Delete:
    return delete(updates).where(updates.c.done_at < limit)


def _old_feedback(limit: datetime) -> Delete:
    return delete(feedback).where(feedback.c.at < limit)
