"""The table `clock`, and the times in other tables that move when the wall clock is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, false, func, select, true, type_coerce, update

from monitor.model import ClockState, State
from monitor.store.columns import EPOCH, MICROSECOND, Moment
from monitor.store.evidence_tables import rechecks
from monitor.store.memory import Memory
from monitor.store.schema import (
    article_features,
    articles,
    channels,
    clock,
    cooldowns,
    entries,
    incident_kinds,
    incidents,
    lanes,
    message_ids,
    mutes,
    outbox,
    recent_alerts,
    sources,
    stories,
    story_members,
    subscriptions,
    watched_terms,
)

LONGEST = timedelta(days=1)
"""No poll and no article is put off for longer, unless the source's own interval is longer (monitor/polling.py)."""

_FAR = datetime(9000, 1, 1, tzinfo=UTC)  # 'never', as the arithmetic of polling.py gives it: it does not move

_SLACK = 1_500_000  # microseconds a second: half as long again, for jitter

_OF_SOURCES = (
    "next_poll_at",
    "last_poll_at",
    "last_success_at",
    "last_new_at",
    "gap_found_at",
    "refill_at",
    "robots_at",
)
_FIELDS = ("at", "mono", "boot", "ahead", "agreed")


class Clocks(Memory):
    """The table `clock`, and every column with a time that moves when the wall clock is set."""

    def clock_state(self) -> ClockState | None:
        """Return the clock's state as the daemon last stored it; None before its first run."""
        row = self.connection.execute(select(clock)).one_or_none()
        return None if row is None else ClockState(*(getattr(row, name) for name in _FIELDS))

    def save_clock_state(self, beat: ClockState) -> None:
        """Store the clock's state."""
        values = {name: getattr(beat, name) for name in _FIELDS}
        insert = self.upsert(clock).values(id=1, **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))

    def shift_schedule(self, seconds: float, live_since: datetime | None = None) -> None:
        """Move the schedule, and with `live_since` everything younger than that, by `seconds`: the wall clock was set.

        The schedule: polls, pending entries, waiting rows of the outbox with their expiry, pauses, mutes. What is
        younger than `live_since` is what may still grow (stories, their articles and rows): ages, cooldowns and the
        window of the stories stay what they were. What waits for an hour of the wall clock (HELD rows) is left: that
        hour did not move. The time since which a free row waits moves, too: it has waited no longer than before.
        """
        step = timedelta(seconds=seconds) // MICROSECOND
        waiting = outbox.c.state.in_([State.READY, State.SUSPENDED])
        for column in _OF_SOURCES:
            self._move(sources.c[column], step)
        self._move(subscriptions.c.next_at, step)
        self._move(subscriptions.c.expires_at, step)
        self._move(entries.c.first_seen_at, step, entries.c.due_at.is_not(None))
        self._move(entries.c.due_at, step)
        self._move(rechecks.c.due_at, step)
        self._move(rechecks.c.read_at, step)
        self._move(outbox.c.due_at, step, waiting)
        self._move(outbox.c.expires_at, step, waiting)
        self._move(outbox.c.claimed_at, step, outbox.c.state.in_([State.SENDING, State.UNKNOWN]))
        self._move(outbox.c.expires_at, step, outbox.c.state.in_([State.SENDING, State.UNKNOWN]))
        self._move(lanes.c.paused_until, step)
        self._move(lanes.c.suspended_at, step)
        self._move(lanes.c.used_at, step)
        free_since = func.coalesce(outbox.c.held_until, outbox.c.created_at)
        self.connection.execute(update(outbox).where(waiting).values(held_until=_moved(free_since, step)))
        for moment in (channels.c.used_at, channels.c.moved_at, channels.c.topic_closed_at, message_ids.c.seen_at):
            self._move(moment, step)
        for moment in (incidents.c.since, incidents.c.told, incidents.c.gone, incident_kinds.c.announced):
            self._move(moment, step)
        self._move(cooldowns.c.at, step)
        for moment in (watched_terms.c.since, watched_terms.c.matched, watched_terms.c.told):
            self._move(moment, step)
        self._move(recent_alerts.c.at, step)
        if step < 0:  # a feed that was read in a time to come would never again be noted as read
            self._move(sources.c.last_read_at, step)
        if live_since is not None:
            self._shift_live(step, live_since)

    def _shift_live(self, step: int, since: datetime) -> None:
        self._move(mutes.c.until, step, mutes.c.until > since)
        self._move(articles.c.seen_at, step, articles.c.seen_at > since)
        self._move(article_features.c.kept_at, step, article_features.c.kept_at > since)
        self._move(entries.c.faulted_at, step, entries.c.faulted_at > since)
        self._move(story_members.c.joined_at, step, self._in_live_story(story_members.c.story_id, since))
        for column in (outbox.c.sent_at, outbox.c.message_sent_at, outbox.c.created_at):
            self._move(column, step, outbox.c.created_at > since)
        self._move(stories.c.created_at, step, stories.c.updated_at > since)
        self._move(stories.c.updated_at, step, stories.c.updated_at > since)

    @staticmethod
    def _in_live_story(column: ColumnElement[Any], since: datetime) -> ColumnElement[bool]:
        return column.in_(select(stories.c.id).where(stories.c.updated_at > since))

    def extend_expiry(self, seconds: float) -> None:
        """Move the expiry of waiting rows by `seconds`, in which nobody tried to send them."""
        step = timedelta(seconds=seconds) // MICROSECOND
        self._move(outbox.c.expires_at, step, outbox.c.state.in_([State.READY, State.SUSPENDED, State.HELD]))

    def pull_in(self, now: datetime) -> int:
        """Make due what is put off further than any rule allows, by a clock that was wrong; return how many rows."""
        limit = (now + LONGEST - EPOCH) // MICROSECOND
        asked = type_coerce(sources.c.next_poll_at, BigInteger) - sources.c.interval * _SLACK
        put_off = sources.c.next_poll_at > now + LONGEST, asked > limit
        polls = update(sources).where(sources.c.active == true(), sources.c.stopped == false(), *put_off)
        reads = update(entries).where(entries.c.due_at > now + LONGEST)
        refills = update(sources).where(sources.c.refill_at > now + LONGEST)
        return (
            self.connection.execute(polls.values(next_poll_at=now)).rowcount
            + self.connection.execute(reads.values(due_at=now)).rowcount
            + self.connection.execute(refills.values(refill_at=now)).rowcount
        )

    def _move(self, column: ColumnElement[Any], step: int, condition: ColumnElement[bool] | None = None) -> None:
        chosen = column < _FAR  # also: not NULL
        self.connection.execute(
            update(column.table)
            .where(chosen if condition is None else chosen & condition)
            .values({column: _moved(column, step)})
        )


def _moved(column: ColumnElement[Any], step: int) -> Any:
    return type_coerce(type_coerce(column, BigInteger) + step, Moment)
