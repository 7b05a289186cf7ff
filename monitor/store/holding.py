"""Held rows, and the rows that carry them: digests, messages of bursts, alerts of several watchlists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from monitor.model import Alert, Delivery, MessageKind, NewDelivery, State
from monitor.store.columns import is_null
from monitor.store.lanes import IN_FLIGHT
from monitor.store.mapping import delivery_of
from monitor.store.outbox import Outbox
from monitor.store.schema import outbox

WAITING = (State.READY, State.SUSPENDED)


class Holding(Outbox):
    """HELD rows of the table `outbox`."""

    def due_holds(self, now: datetime, *, catching_up: bool = False) -> list[Delivery]:
        """Return HELD rows whose time has come and that no other row carries, by channel and age.

        `catching_up`: without those that wait for nothing but the end of the catching up (held until they were
        written).
        """
        due = select(outbox).where(_alone(), outbox.c.held_until <= now)
        if catching_up:
            due = due.where(outbox.c.held_until > outbox.c.created_at)
        return [delivery_of(row) for row in self.connection.execute(due.order_by(outbox.c.channel, outbox.c.id))]

    def unsent_deliveries(self, channel: str, waiting_since: datetime) -> list[Delivery]:
        """Return the channel's unsent rows that were free to go by then and are not on their way, oldest first."""
        since = func.coalesce(outbox.c.held_until, outbox.c.created_at)
        found = select(outbox).where(_unsent(channel), since <= waiting_since)
        return [delivery_of(row) for row in self.connection.execute(found.order_by(outbox.c.id))]

    def hold_deliveries(self, delivery_ids: Sequence[int], until: datetime) -> None:
        """Make rows HELD (again) until then; rows that were sent, or are on their way, are left."""
        self.connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(delivery_ids), _free())
            .values(state=State.HELD, held_until=until, due_at=until)
        )

    def shorten_holds(self, channel: str, until: datetime) -> int:
        """Let no row of the channel be held for longer; return how many were."""
        longer = update(outbox).where(_alone(), outbox.c.channel == channel, outbox.c.held_until > until)
        return self.connection.execute(longer.values(held_until=until, due_at=until)).rowcount

    def release_deliveries(self, delivery_ids: Sequence[int], now: datetime, expires_at: datetime) -> None:
        """HELD → READY (or SUSPENDED, as the lane is), as themselves."""
        channels = set(
            self.connection.scalars(select(outbox.c.channel).where(outbox.c.id.in_(delivery_ids)).distinct())
        )
        for channel in sorted(channels):
            self.connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(delivery_ids), outbox.c.channel == channel, _alone())
                .values(
                    state=self.waiting_state(channel),
                    held_until=now,
                    due_at=now,
                    attempts=0,
                    expires_at=expires_at,
                )
            )

    def mute_deliveries(self, delivery_ids: Sequence[int]) -> None:
        """Make waiting rows MUTED, and those that they carry; rows that were sent, or are on their way, are left."""
        muted = update(outbox).where(outbox.c.id.in_(delivery_ids), _free()).values(state=State.MUTED)
        gone = self.connection.scalars(muted.returning(outbox.c.id)).all()
        self._move_members(gone, State.HELD, State.MUTED)

    def add_digest(self, new: NewDelivery, members: Sequence[int], now: datetime) -> int | None:
        """Add a row that carries HELD rows; None where its `dedupe` is known: then nothing is changed."""
        digest = self.add_delivery(new, now)
        if digest is not None:
            self._carry(digest, members)
        return digest

    def grow_digest(self, digest_id: int, alert: Alert, members: Sequence[int], now: datetime) -> None:
        """Add HELD rows to a row that carries others, with its new alert."""
        self.amend_delivery(digest_id, alert, now)
        self._carry(digest_id, members)

    def operator_notices(self, channel: str, limit: int = 100) -> list[Delivery]:
        """Return a channel's newest notices with a message of their own, newest first; dead ones are left out."""
        found = select(outbox).where(
            outbox.c.state.in_((*WAITING, *IN_FLIGHT, State.SENT)),
            outbox.c.channel == channel,
            outbox.c.kind == MessageKind.NOTICE,
            is_null(outbox.c.in_digest),
        )
        return [delivery_of(row) for row in self.connection.execute(found.order_by(outbox.c.id.desc()).limit(limit))]

    def waiting_digest(self, channel: str) -> Delivery | None:
        """Return the channel's newest digest that was never sent, is not on its way and can be read."""
        found = select(outbox).where(_unsent(channel), outbox.c.kind == MessageKind.DIGEST)
        row = self.connection.execute(found.order_by(outbox.c.id.desc()).limit(1)).one_or_none()
        digest = None if row is None else delivery_of(row)
        return None if digest is None or digest.unreadable else digest

    def free_members(self, digest_id: int, now: datetime) -> int:
        """Let rows that wait in a digest go by themselves, or in the next one; return how many there were."""
        waiting = (outbox.c.in_digest == digest_id) & (outbox.c.state == State.HELD)
        freed = update(outbox).where(waiting).values(in_digest=None, held_until=now, due_at=now)
        return self.connection.execute(freed).rowcount

    def _carry(self, digest_id: int, members: Sequence[int]) -> None:
        self.connection.execute(update(outbox).where(outbox.c.id.in_(members), _alone()).values(in_digest=digest_id))


def _alone() -> ColumnElement[bool]:
    return (outbox.c.state == State.HELD) & is_null(outbox.c.in_digest)


def _waits() -> ColumnElement[bool]:
    return outbox.c.state.in_(WAITING) & (outbox.c.sent_revision == 0) & is_null(outbox.c.message_id)


def _free() -> ColumnElement[bool]:
    """Return whether a row may still be held, or muted."""
    return _waits() | _alone()


def _unsent(channel: str) -> ColumnElement[bool]:
    return _waits() & (outbox.c.channel == channel)
