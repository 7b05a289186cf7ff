"""Deletion of old rows, and return of their pages to the file system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Row,
    delete,
    literal,
    or_,
    select,
    true,
    type_coerce,
    update,
)

from monitor.model import CleanUp, MuteKind, State
from monitor.model.rate import FORGET
from monitor.store.article_index import ArticleIndex
from monitor.store.articles import KEPT_FOR
from monitor.store.columns import MICROSECOND
from monitor.store.schema import (
    article_features,
    articles,
    channels,
    cooldowns,
    entries,
    feedback,
    lanes,
    message_ids,
    mutes,
    outbox,
    recent_alerts,
    sources,
    stories,
    story_members,
    subscriptions,
    translations,
    updates,
    web_keys,
)
from monitor.store.trend_tables import trend, trend_subjects

YOUNGEST = timedelta(days=7)
"""Nothing younger is deleted, whatever `keep` says: stories grow for 72 hours, and their rows prevent doubles."""

UNSEEN = timedelta(days=2)
"""An entry left its feed when the feed was read this much later than the entry was last seen (both dates are rounded
to a day)."""

UNUSED = timedelta(days=400)
"""A chat that nothing was claimed for in this time is forgotten, whatever `keep` says: a quiet month is no end."""

ENDED = (State.SENT, State.DEAD, State.MUTED)

_AT_ONCE = 1000  # rows that `clean_up` looks at in one statement


@dataclass(frozen=True, slots=True)
class _Stage:
    """One table, looked at in the order of a time that has an index; `over` says which old rows may go."""

    at: Column[datetime]
    ident: Column[int]
    over: Callable[[datetime], Sequence[ColumnElement[bool]]]
    kept_for: timedelta | None = None  # its own age, where `keep` does not matter


class Retention(ArticleIndex):
    """Deletes, table by table, old rows that no other table needs."""

    def clean_some(self, now: datetime, before: datetime, place: CleanUp, rows: int) -> CleanUp | None:
        """Delete what ended before `before` among the next `rows` old rows after `place`; return the next place.

        None: everything was looked at. What is still to be done or still in a feed stays, and a week is kept in any
        case. What a call looks at and deletes is found by indexes, however large the tables are. Deleted rows of the
        outbox may be forgotten as their story, whose id is never given again, is over.
        """
        if place.stage == len(_STAGES):
            self.connection.execute(delete(mutes).where(mutes.c.until <= now))
            self.connection.execute(delete(translations).where(translations.c.at < before))
            self.connection.execute(delete(web_keys).where(web_keys.c.expires_at <= now))
            self._forget_unused(now - UNUSED)
            for rates in (recent_alerts, cooldowns):  # also of watchlists that are gone
                self.connection.execute(delete(rates).where(rates.c.at < now - FORGET))
            self._forget_ended_subscriptions(now)
            last = min(before, now - YOUNGEST).date().toordinal() - 1  # whatever the reader's clock
            subjects = select(trend_subjects.c.id)  # by subject: found by the primary key, whatever is kept
            self.connection.execute(delete(trend).where(trend.c.subject_id.in_(subjects), trend.c.day < last))
            return None
        stage = _STAGES[place.stage]
        limit = min(before, now - YOUNGEST) if stage.kept_for is None else now - stage.kept_for
        found = self._next(stage, limit, place, rows)
        if not found:
            return CleanUp(place.stage + 1, deleted=place.deleted)
        ids = [ident for ident, _ in found]
        gone = self._delete(stage, limit, ids)
        return CleanUp(place.stage, found[-1][1], found[-1][0], place.deleted + gone)

    def clean_up(self, before: datetime) -> int:
        """Delete all that `clean_some` would, in this transaction; return how many rows."""
        place: CleanUp | None = CleanUp()
        now, deleted = self.now(), 0
        while place is not None:
            deleted = place.deleted
            place = self.clean_some(now, before, place, _AT_ONCE)
        return deleted

    def _next(self, stage: _Stage, limit: datetime, place: CleanUp, rows: int) -> list[tuple[int, datetime]]:
        """Return the ids and times of the next rows: those of the same time first, as two look-ups in one index."""
        query = select(stage.ident.label("ident"), stage.at.label("at")).order_by(stage.at, stage.ident)
        found: list[Row[Any]] = []
        if place.at is not None:
            same = query.where(stage.at == place.at, stage.at < limit, stage.ident > place.ident)
            found += self.connection.execute(same.limit(rows))
        if len(found) < rows:
            later = query if place.at is None else query.where(stage.at > place.at)
            found += self.connection.execute(later.where(stage.at < limit).limit(rows - len(found)))
        return [(row.ident, row.at) for row in found]

    def _delete(self, stage: _Stage, limit: datetime, ids: Sequence[int]) -> int:
        table = stage.ident.table
        going = stage.ident.in_(ids), stage.at < limit, *stage.over(limit)
        if table is articles:
            self.unindex(self.connection.execute(select(articles).where(*going)).all())
        old = delete(table).where(*going)
        if table not in {outbox, stories}:
            return self.connection.execute(old).rowcount
        gone = self.connection.scalars(old.returning(stage.ident)).all()
        if gone and table is outbox:
            self._forget_calls(gone)
        elif gone:
            lone = mutes.c.kind == MuteKind.STORY, mutes.c.key.in_([str(ident) for ident in gone])
            self.connection.execute(delete(mutes).where(*lone))
        return len(gone)

    def _forget_ended_subscriptions(self, now: datetime) -> None:
        """Forget subscriptions that no hub was asked to end in a week: there is no public address to ask from."""
        configured = select(sources.c.id).where(sources.c.active == true())
        ended = or_(subscriptions.c.wanted != true(), subscriptions.c.source_id.not_in(configured))
        self.connection.execute(delete(subscriptions).where(ended, subscriptions.c.next_at < now - YOUNGEST))

    def _forget_calls(self, ids: Sequence[int]) -> None:
        """Blank the lanes' notes on calls for rows that are gone."""
        for prefix, row in (("claimed_", lanes.c.claimed_row), ("look_", lanes.c.look_row)):
            blank = {column.name: None for column in lanes.c if column.name.startswith(prefix)}
            self.connection.execute(update(lanes).where(row.in_(ids)).values(**blank))

    def _forget_unused(self, limit: datetime) -> None:
        """Forget channels and lanes that nothing was claimed for, and message ids of long ago: a few rows a chat."""
        self.connection.execute(delete(message_ids).where(message_ids.c.seen_at < limit))
        rows = select(outbox.c.id).where(outbox.c.state.in_(list(State)), outbox.c.channel == channels.c.name)
        self.connection.execute(delete(channels).where(channels.c.used_at < limit, ~rows.exists()))
        row_of_burst = select(outbox.c.id).where(outbox.c.dedupe == channels.c.burst)
        ended = channels.c.burst.is_not(None), ~row_of_burst.exists()
        self.connection.execute(update(channels).where(*ended).values(burst=None))
        served = select(channels.c.name).where(channels.c.lane == lanes.c.name)
        self.connection.execute(delete(lanes).where(lanes.c.used_at < limit, ~served.exists()))

    # ------------------------------------------------------------------ the file

    def spare_pages(self) -> int:
        """Return how many pages of the file hold nothing and may be given back; 0 where `monitor compact` must do it.

        Some are left for what comes next: a file that shrinks by night and grows by day is moved about for nothing.
        """
        if self.connection.dialect.name != "sqlite" or self._pragma("auto_vacuum") != _INCREMENTAL:
            return 0
        return max(self._pragma("freelist_count") - max(_SPARE, self._pragma("page_count") // 20), 0)

    def give_back(self, pages: int) -> None:
        """Return so many pages back to the file system."""
        cursor = self.connection.connection.cursor()
        for _ in range(pages):  # one by one: the driver takes one step of a statement that gives no columns
            cursor.execute("PRAGMA incremental_vacuum(1)")
        cursor.close()

    def _pragma(self, name: str) -> int:
        return int(self.connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)


_INCREMENTAL = 2  # the value of auto_vacuum
_SPARE = 256  # pages, a megabyte


def _delivery(limit: datetime) -> Sequence[ColumnElement[bool]]:
    """Return which rows may go: none that carries others, which would then pass for messages of their own."""
    growing = select(stories.c.id).where(stories.c.id == outbox.c.story_id, stories.c.updated_at >= limit)
    member = outbox.alias("member")
    carries = select(member.c.id).where(member.c.in_digest == outbox.c.id).correlate(outbox)
    return outbox.c.state.in_(ENDED), ~growing.exists(), ~carries.exists()


def _story(_limit: datetime) -> Sequence[ColumnElement[bool]]:
    """Return which stories may go: those without a row of the outbox."""
    return (~select(outbox.c.id).where(outbox.c.story_id == stories.c.id).exists(),)


def _article(_limit: datetime) -> Sequence[ColumnElement[bool]]:
    return (~select(story_members.c.story_id).where(story_members.c.article_id == articles.c.id).exists(),)


def _entry(_limit: datetime) -> Sequence[ColumnElement[bool]]:
    """Keep what a feed may still show: one that has not changed for years does, and is not read."""
    read_later = type_coerce(sources.c.last_read_at, BigInteger) - UNSEEN // MICROSECOND
    gone = select(sources.c.id).where(
        sources.c.id == entries.c.source_id,
        or_(sources.c.active != true(), type_coerce(entries.c.last_seen_at, BigInteger) < read_later),
    )
    return entries.c.due_at.is_(None), gone.exists()


def _any(_limit: datetime) -> Sequence[ColumnElement[bool]]:
    return (literal(value=True),)


_STAGES = (
    _Stage(outbox.c.created_at, outbox.c.id, _delivery),
    _Stage(stories.c.updated_at, stories.c.id, _story),
    _Stage(articles.c.seen_at, articles.c.id, _article),
    _Stage(entries.c.last_seen_at, entries.c.id, _entry),
    _Stage(updates.c.done_at, updates.c.update_id, _any),
    _Stage(feedback.c.at, feedback.c.delivery_id, _any),
    _Stage(article_features.c.kept_at, article_features.c.article_id, _any, KEPT_FOR),
)
