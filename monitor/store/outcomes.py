"""How a call ended, and what becomes of its row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from monitor.errors import StoreError
from monitor.model import Delivery, Receipt, State
from monitor.store.lanes import IN_FLIGHT
from monitor.store.mapping import delivery_of
from monitor.store.outbox import Outbox
from monitor.store.schema import outbox


class Outcomes(Outbox):
    """The transitions of the outbox (drawn in docs/store.md)."""

    def unknown_deliveries(self, channels: Sequence[str]) -> list[Delivery]:
        """Return rows whose fate is not known, oldest first."""
        found = select(outbox).where(outbox.c.state == State.UNKNOWN, outbox.c.channel.in_(channels))
        return [delivery_of(row) for row in self.connection.execute(found.order_by(outbox.c.id))]

    def sending_deliveries(self, channels: Sequence[str]) -> list[Delivery]:
        """Return the SENDING rows of some channels, oldest first."""
        found = select(outbox).where(outbox.c.state == State.SENDING, outbox.c.channel.in_(channels))
        return [delivery_of(row) for row in self.connection.execute(found.order_by(outbox.c.id))]

    def mark_sent(self, delivery_id: int, lane: str, receipt: Receipt, now: datetime) -> None:
        """SENT, or READY again where the row was amended meanwhile; rows that it carries follow it.

        Raises StoreError where the row was neither SENDING nor UNKNOWN.
        """
        row = self._in_flight_row(delivery_id)
        message_id = row.message_id if receipt.message_id is None else receipt.message_id
        values: dict[str, object] = {
            "sent_revision": row.claimed_revision,
            "message_id": message_id,
            "message_sent_at": row.message_sent_at if message_id == row.message_id else now,
            "sent_at": row.sent_at or now,
            "attempts": 0,
            "error": None,
            "edits": row.edits + (row.sent_revision > 0),
            "state": State.SENT,
        }
        if row.revision > row.claimed_revision:
            values |= {"state": self.waiting_state(row.channel), "due_at": now, "repaired": False}
        self._set(delivery_id, **values)
        if receipt.message_id is not None:
            self.saw_message(lane, receipt.message_id)
        if row.revision == row.claimed_revision:  # else some of them are in the next edit alone
            self._move_members([delivery_id], State.HELD, State.SENT, sent_at=now, sent_revision=outbox.c.revision)

    def mark_ready(
        self,
        delivery_id: int,
        due_at: datetime,
        error: str | None,
        *,
        forget_message: bool = False,
        repair: bool = False,
    ) -> None:
        """READY again at `due_at`: a failed call that was certainly not accepted.

        `forget_message`: the message to edit is gone, or is where the channel was before: the row is sent anew.
        `repair`: the next call sends it plain.
        """
        row = self._row(delivery_id)
        values: dict[str, object] = {"state": self.waiting_state(row.channel), "due_at": due_at, "error": error}
        if forget_message:
            values |= {"message_id": None, "message_sent_at": None, "sent_revision": 0}
        if repair:
            values["repaired"] = True
        self._set(delivery_id, **values)

    def mark_refused_link(self, delivery_id: int, url: str | None) -> None:
        """Keep that a button with this link was refused: from now on the link stands in the text."""
        self._set(delivery_id, refused_url=url)

    def mark_too_long(self, delivery_id: int) -> None:
        """Keep that the row was refused as too long: from now on it has fewer lines."""
        self._set(delivery_id, too_long=True)

    def mark_unknown(self, delivery_id: int, error: str) -> None:
        """UNKNOWN: the call may have been accepted. Raises StoreError where the row was neither SENDING nor UNKNOWN."""
        self._in_flight_row(delivery_id)
        self._set(delivery_id, state=State.UNKNOWN, error=error)

    def mark_dead(self, delivery_id: int, error: str) -> None:
        """DEAD: listed by `alerts --dead`, replayable; members of a digest follow it."""
        self._row(delivery_id)
        self._set(delivery_id, state=State.DEAD, error=error)
        self._move_members([delivery_id], State.HELD, State.DEAD, error=error)

    def recover_deliveries(self) -> int:
        """Make every SENDING row UNKNOWN (at start, before any lane runs); return how many."""
        interrupted = (
            update(outbox)
            .where(outbox.c.state == State.SENDING)
            .values(state=State.UNKNOWN, error="interrupted while it was sent")
        )
        return self.connection.execute(interrupted).rowcount

    def expire_deliveries(self, now: datetime) -> list[Delivery]:
        """Make READY rows past `expires_at`, never sent, DEAD; return them, oldest first."""
        late = (
            update(outbox)
            .where(outbox.c.state == State.READY, outbox.c.expires_at <= now, outbox.c.sent_revision == 0)
            .values(state=State.DEAD, error=func.coalesce(outbox.c.error + " (expired)", "expired"))
            .returning(outbox)
        )
        expired = [delivery_of(row) for row in self.connection.execute(late)]
        self._move_members([row.id for row in expired], State.HELD, State.DEAD, error="expired")
        return sorted(expired, key=lambda row: row.id)

    def _in_flight_row(self, delivery_id: int) -> Row[Any]:
        row = self._row(delivery_id)
        if row.state not in IN_FLIGHT:
            raise StoreError(f"outbox row {delivery_id} is {row.state}, not on its way", retryable=False)
        return row
