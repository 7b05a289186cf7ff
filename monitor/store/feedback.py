"""Feedback on alerts, mutes of stories and watchlists, and shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, func, or_, select, update

from monitor.model import Alert, Delivery, Mute, MuteKind, State
from monitor.store import codec
from monitor.store.base import Repository
from monitor.store.columns import KEY_LENGTH, is_null
from monitor.store.mapping import delivery_of
from monitor.store.schema import feedback, mutes, outbox, shifts, stories

SILENCED = "muted with its story"
"""The error of rows that waited to be sent when their story was muted."""

_AND = "\n"  # between the names of watchlists that share a message: names are of one line


class Feedback(Repository):
    """The tables `feedback`, `mutes` and `shifts`."""

    def delivery_by_message(self, channel: str, message_id: int) -> Delivery | None:
        """Return the newest row whose message in a channel has this id."""
        found = select(outbox).where(outbox.c.message_id == message_id, outbox.c.channel == channel)
        row = self.connection.execute(found.order_by(outbox.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else delivery_of(row)

    def save_feedback(self, delivery_id: int, user_id: int, *, useful: bool, now: datetime) -> bool:
        """Store a user's feedback on an alert, in place of earlier one. False where there is no such alert.

        It counts for each watchlist that the alert speaks for now.
        """
        text = self.connection.scalar(select(outbox.c.alert).where(outbox.c.id == delivery_id))
        watchlists = None if text is None else _watchlist_names(codec.alert_from_json(text))
        if watchlists is None:
            return False
        values = {"useful": useful, "watchlist": watchlists, "at": now}
        insert = self.upsert(feedback).values(delivery_id=delivery_id, user_id=user_id, **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["delivery_id", "user_id"], set_=values))
        return True

    def feedback_counts(self, since: datetime) -> dict[str, tuple[int, int]]:
        """Return (useful, not useful) of each watchlist that people judged at or after `since`."""
        found = (
            select(feedback.c.watchlist, feedback.c.useful, func.count().label("total"))
            .where(feedback.c.at >= since)
            .group_by(feedback.c.watchlist, feedback.c.useful)
        )
        counts: dict[str, tuple[int, int]] = {}
        for row in self.connection.execute(found.order_by(feedback.c.watchlist)):
            for name in names_of(row.watchlist):
                good, bad = counts.get(name, (0, 0))
                counts[name] = (good + row.total, bad) if row.useful else (good, bad + row.total)
        return counts

    def mute(self, kind: str, key: str, until: datetime | None, by: int) -> bool:
        """Send nothing of a story (`key`: its id) or a watchlist (its name) before `until` (None: for good).

        `by` is a user's id. A second mute replaces the first. False where there is no such story; any name of a
        watchlist is taken. Raises ValueError for a kind that there is not.
        """
        if MuteKind(kind) is MuteKind.STORY and not self._is_story(key):
            return False
        values = {"until": until, "by_user": by, "at": self.now()}
        insert = self.upsert(mutes).values(kind=kind, key=key, **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["kind", "key"], set_=values))
        if MuteKind(kind) is MuteKind.STORY:
            self._silence(int(key))
        return True

    def _silence(self, story_id: int) -> None:
        """Make a story's waiting, never sent rows MUTED, with those that they carry; a digest keeps its members."""
        waiting = (
            outbox.c.story_id == story_id,
            outbox.c.state.in_((State.READY, State.HELD, State.SUSPENDED)),
            outbox.c.sent_revision == 0,
        )
        muting = update(outbox).where(*waiting).values(state=State.MUTED, error=SILENCED)
        alone = muting.where(is_null(outbox.c.in_digest)).returning(outbox.c.id)
        carriers = self.connection.scalars(alone).all()
        self.connection.execute(muting.where(outbox.c.in_digest.in_(carriers)))

    def unmute(self, kind: str, key: str) -> bool:
        """End a mute; False where there is none, or its time was over. Raises ValueError as `mute` does."""
        found = mutes.c.kind == MuteKind(kind), mutes.c.key == key
        lasted = self.connection.scalar(select(mutes.c.key).where(*found, in_force(self.now())))
        self.connection.execute(delete(mutes).where(*found))
        return lasted is not None

    def mutes(self, now: datetime) -> list[Mute]:
        """Return the mutes in force, by kind and key."""
        found = self.connection.execute(_MUTES, {"now": now})
        return [_mute_of(row) for row in found]

    def lapsed_mutes(self, now: datetime) -> list[Mute]:
        """Return the mutes whose time is over, by kind and key."""
        found = select(mutes).where(mutes.c.until <= now).order_by(mutes.c.kind, mutes.c.key)
        return [_mute_of(row) for row in self.connection.execute(found)]

    def shift_of(self, user_id: int) -> datetime | None:
        """Return when a user's shift began, by their last hand-over; None where there was none."""
        began: datetime | None = self.connection.scalar(select(shifts.c.at).where(shifts.c.user_id == user_id))
        return began

    def begin_shift(self, user_id: int, now: datetime) -> None:
        """Note that a user's shift begins."""
        insert = self.upsert(shifts).values(user_id=user_id, at=now)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["user_id"], set_={"at": now}))

    def _is_story(self, key: str) -> bool:
        known = key.isascii() and key.isdigit() and len(key) <= 18  # noqa: PLR2004 — of a 64-bit number
        return known and self.connection.scalar(select(stories.c.id).where(stories.c.id == int(key))) is not None


def _mute_of(row: Any) -> Mute:
    return Mute(MuteKind(row.kind), row.key, row.until, row.by_user, row.at)


def _watchlist_names(alert: Alert) -> str | None:
    """Return the names of an alert's watchlists as one text: as many as fit, the first in any case."""
    if alert.watchlist is None:
        return None
    kept = alert.watchlist
    for name in alert.also:
        if len(kept) + len(_AND) + len(name) > KEY_LENGTH:
            break
        kept += _AND + name
    return kept


def names_of(watchlists: str) -> tuple[str, ...]:
    """Return the names of watchlists that a rating holds."""
    return tuple(watchlists.split(_AND))


def in_force(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that a mute's time is not over."""
    return or_(mutes.c.until.is_(None), mutes.c.until > now)


_MUTES = select(mutes).where(in_force(bindparam("now"))).order_by(mutes.c.kind, mutes.c.key)
