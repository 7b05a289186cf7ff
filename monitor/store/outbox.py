"""The outbox: rows in, listed, amended, and how their calls ended. lanes.py takes them out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, bindparam, func, or_, select, update

from monitor.errors import StoreError
from monitor.model import Alert, Delivery, NewDelivery, Receipt, State
from monitor.store import codec
from monitor.store.base import insert_into
from monitor.store.feedback import SILENCED
from monitor.store.lanes import IN_FLIGHT, Lanes
from monitor.store.mapping import delivery_of
from monitor.store.schema import outbox

_ROW = select(outbox).where(outbox.c.id == bindparam("row"))
_ROW_LOCKED = _ROW.with_for_update()
_OF_STORY = select(outbox).where(outbox.c.story_id == bindparam("story")).order_by(outbox.c.id)
_IN_STATE = (
    select(outbox)
    .where(
        outbox.c.state == bindparam("of_state", type_=outbox.c.state.type),
        outbox.c.channel.in_(bindparam("channels", expanding=True)),
    )
    .order_by(outbox.c.id)
)
_SET = update(outbox).where(outbox.c.id == bindparam("row"))
_MOVE_MEMBERS = (
    update(outbox)
    .where(
        outbox.c.in_digest.in_(bindparam("carriers", expanding=True)),
        outbox.c.state == bindparam("before", type_=outbox.c.state.type),
    )
    .returning(outbox.c.id)
)
_FOLLOW_SENT = _MOVE_MEMBERS.values(sent_revision=outbox.c.revision)
_EXPIRE = (
    update(outbox)
    .where(outbox.c.state == State.READY, outbox.c.expires_at <= bindparam("now"), outbox.c.sent_revision == 0)
    .values(state=State.DEAD, error=func.coalesce(outbox.c.error + " (expired)", "expired"))
    .returning(outbox)
)

UNSENT = frozenset({State.READY, State.SUSPENDED, State.HELD})
"""States of rows that wait to be sent for the first time, or for an edit."""


@cache
def _adding(dialect: str) -> Executable:
    known = insert_into(dialect, outbox).on_conflict_do_nothing(index_elements=[outbox.c.dedupe])
    return known.returning(outbox.c.id)


class Outbox(Lanes):
    """The table `outbox`."""

    def delivery(self, delivery_id: int) -> Delivery | None:
        """Return one row; None where there is none."""
        row = self.connection.execute(_ROW, {"row": delivery_id}).one_or_none()
        return None if row is None else delivery_of(row)

    def delivery_named(self, dedupe: str) -> Delivery | None:
        """Return the row with this `dedupe`; None where there is none."""
        row = self.connection.execute(select(outbox).where(outbox.c.dedupe == dedupe)).one_or_none()
        return None if row is None else delivery_of(row)

    def deliveries_of(self, story_id: int) -> list[Delivery]:
        """Return the story's rows, oldest first."""
        return [delivery_of(row) for row in self.connection.execute(_OF_STORY, {"story": story_id})]

    def carried_deliveries(self, delivery_id: int) -> list[Delivery]:
        """Return the rows that another row's message carries (a digest's, a burst's), oldest first."""
        found = select(outbox).where(outbox.c.in_digest == delivery_id).order_by(outbox.c.id)
        return [delivery_of(row) for row in self.connection.execute(found)]

    def deliveries(
        self,
        *,
        state: str | None = None,
        channel: str | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """Return the newest rows, newest first: of some kinds of message, or of all (None).

        Raises StoreError for a state that there is not.
        """
        found = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        if state is not None:
            if state not in set(State):
                raise StoreError(f"no state {state!r}; there are {', '.join(State)}", retryable=False)
            found = found.where(outbox.c.state == state)
        if channel is not None:
            found = found.where(outbox.c.channel == channel)
        if kinds is not None:
            found = found.where(outbox.c.kind.in_(kinds))
        return [delivery_of(row) for row in self.connection.execute(found)]

    def delivery_counts(self) -> dict[str, int]:
        """Count the outbox's rows by state, every state named."""
        found = self.connection.execute(select(outbox.c.state, func.count().label("total")).group_by(outbox.c.state))
        return {state.value: 0 for state in State} | {row.state: row.total for row in found}

    def add_delivery(self, new: NewDelivery, now: datetime) -> int | None:
        """Add a READY (or HELD, or MUTED) row; None where `dedupe` is known: nothing is added.

        While the channel's lane is suspended the row is SUSPENDED in place of READY. With `held_until`, or carried by
        another row, it is HELD; where there is no such other row, it goes by itself.
        """
        carrier: int | None = None
        if new.carried_by is not None:
            carrier = self.connection.scalar(select(outbox.c.id).where(outbox.c.dedupe == new.carried_by))
        values = {
            "channel": new.channel,
            "dedupe": new.dedupe,
            **_content(new.alert),
            "state": self._first_state(new, carrier),
            "in_digest": carrier,
            "story_id": new.story_id,
            "reply_to": new.reply_to,
            "due_at": new.due_at or new.held_until or now,
            "held_until": new.held_until,
            "created_at": now,
            "expires_at": new.expires_at,
        }
        added: int | None = self.connection.scalar(_adding(self.dialect), values)
        return added

    def _first_state(self, new: NewDelivery, carrier: int | None) -> State:
        if new.muted:
            return State.MUTED
        return State.HELD if new.held_until or carrier else self.waiting_state(new.channel)

    def amend_delivery(self, delivery_id: int, alert: Alert, now: datetime) -> None:
        """Replace a row's alert; a SENT row becomes READY (an edit), others keep their state.

        A member of a digest that was sent keeps its state: there is no message of its own to edit. What was repaired
        may be whole again with new words, except while a call is under way: the probe must look for what was sent.
        """
        row = self._row(delivery_id)
        values: dict[str, object] = _content(alert) | {"revision": row.revision + 1}
        if row.state == State.SENT and row.in_digest is None:
            values |= {"state": self.waiting_state(row.channel), "due_at": now, "attempts": 0, "repaired": False}
        elif row.state not in {State.SENDING, State.UNKNOWN}:
            values |= {"repaired": False}
        self._set(delivery_id, **values)

    def extend_delivery(self, delivery_id: int, expires_at: datetime) -> None:
        """Let a row that nobody has received yet be tried for longer: there is something new in it."""
        self._set(delivery_id, expires_at=expires_at)

    def revive_silenced(self, story_id: int, now: datetime) -> int:
        """Let the rows wait again that waited when their story was muted, if they are not too old; return how many.

        A row goes by itself where the one that carried it does not wait again.
        """
        found = select(outbox).where(
            outbox.c.story_id == story_id,
            outbox.c.state == State.MUTED,
            outbox.c.error == SILENCED,
            or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
        )
        rows = self.connection.execute(found).all()
        revived = {row.id for row in rows}
        for row in rows:
            carrier = row.in_digest if row.in_digest in revived else None
            held = carrier is not None or (row.held_until is not None and row.held_until > now)
            state = State.HELD if held else self.waiting_state(row.channel)
            self._set(row.id, state=state, in_digest=carrier, error=None)
        return len(rows)

    def replay_delivery(self, delivery_id: int, now: datetime) -> bool:
        """DEAD → READY with a fresh expiry; False where there is no such dead row.

        The members of a digest are HELD again, and follow it.
        """
        row = self.connection.execute(select(outbox).where(outbox.c.id == delivery_id)).one_or_none()
        if row is None or row.state != State.DEAD:
            return False
        expires_at = None if row.expires_at is None else now + (row.expires_at - row.created_at)
        self._set(
            delivery_id,
            state=self.waiting_state(row.channel),
            due_at=now,
            expires_at=expires_at,
            attempts=0,
            error=None,
            in_digest=None,
            held_until=now,  # it waits since now
        )
        self._move_members([delivery_id], State.DEAD, State.HELD)
        return True

    def _row(self, delivery_id: int) -> Row[Any]:
        """Return a row, locked where the database locks rows. Raises StoreError where there is none."""
        row = self.connection.execute(_ROW_LOCKED, {"row": delivery_id}).one_or_none()
        if row is None:
            raise StoreError(f"the outbox has no row {delivery_id}", retryable=False)
        return row

    def _set(self, delivery_id: int, **values: object) -> None:
        """Write columns of a row; `values` hold no SQL expressions."""
        self.connection.execute(_SET, {"row": delivery_id} | values)

    def _move_members(
        self, carriers: Sequence[int], before: State, after: State, how: Executable = _MOVE_MEMBERS, **values: object
    ) -> None:
        """Set the rows that others carry to the state of their carriers; a member of a digest may carry rows itself."""
        while carriers:
            moved = {"carriers": list(carriers), "before": before, "state": after} | values
            carriers = self.connection.scalars(how, moved).all()


def _content(alert: Alert) -> dict[str, object]:
    """Return the columns that hold a row's alert."""
    return {"alert": codec.alert_to_json(alert), "kind": alert.kind, "watchlist": alert.watchlist}


class Outcomes(Outbox):
    """Transitions of the outbox's rows after a call (drawn in docs/store.md)."""

    def unknown_deliveries(self, channels: Sequence[str]) -> list[Delivery]:
        """Return rows whose fate is not known, oldest first."""
        return self._in_state(State.UNKNOWN, channels)

    def sending_deliveries(self, channels: Sequence[str]) -> list[Delivery]:
        """Return the SENDING rows of some channels, oldest first."""
        return self._in_state(State.SENDING, channels)

    def _in_state(self, state: State, channels: Sequence[str]) -> list[Delivery]:
        found = self.connection.execute(_IN_STATE, {"of_state": state, "channels": list(channels)})
        return [delivery_of(row) for row in found]

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
            self._move_members([delivery_id], State.HELD, State.SENT, _FOLLOW_SENT, sent_at=now)

    def mark_ready(
        self,
        delivery_id: int,
        due_at: datetime,
        error: str | None,
        *,
        repair: bool = False,
    ) -> None:
        """READY again at `due_at`: a failed call that was certainly not accepted.

        `repair`: the next call sends it plain.
        """
        row = self._row(delivery_id)
        values: dict[str, object] = {"state": self.waiting_state(row.channel), "due_at": due_at, "error": error}
        if repair:
            values["repaired"] = True
        self._set(delivery_id, **values)

    def forget_message(self, delivery_id: int, due_at: datetime, error: str | None, expires_at: datetime) -> None:
        """READY to be sent anew: the message to edit is gone, or is where the channel was before.

        `expires_at`: the row may be older than rows are tried, and its new message is not.
        """
        gone = {"message_id": None, "message_sent_at": None, "sent_revision": 0}
        state = self.waiting_state(self._row(delivery_id).channel)
        self._set(delivery_id, state=state, due_at=due_at, error=error, expires_at=expires_at, **gone)

    def mark_refused_link(self, delivery_id: int, url: str | None) -> None:
        """Note that a button with this link was refused: from now on the link stands in the text."""
        self._set(delivery_id, refused_url=url)

    def mark_too_long(self, delivery_id: int) -> None:
        """Note that the row was refused as too long: from now on it has fewer lines."""
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

    def carry_delivery(self, delivery_id: int, carrier: Delivery, now: datetime) -> None:
        """Let another row's message stand for a claimed one: SENT where that message is out, else HELD until it is."""
        self._carry_row(self._in_flight_row(delivery_id), carrier, now)

    def supersede_delivery(self, delivery_id: int, carrier: Delivery, now: datetime) -> None:
        """Let another row's message stand for one that waits and was never sent, as `carry_delivery` does.

        Raises StoreError where the row does not wait, or was sent.
        """
        row = self._row(delivery_id)
        if row.state not in UNSENT or row.sent_revision:
            raise StoreError(f"outbox row {delivery_id} is {row.state}, not waiting to be sent", retryable=False)
        self._carry_row(row, carrier, now)

    def free_delivery(self, delivery_id: int, now: datetime) -> None:
        """Let a row go by itself that another row's message stood for, and that was never sent."""
        row = self._row(delivery_id)
        expires_at = None if row.expires_at is None else now + (row.expires_at - row.created_at)
        values = {"in_digest": None, "sent_revision": 0, "sent_at": None, "held_until": None, "attempts": 0}
        state = self.waiting_state(row.channel)
        self._set(delivery_id, state=state, due_at=now, expires_at=expires_at, error=None, **values)
        self._move_members([delivery_id], State.SENT, State.HELD, sent_revision=0, sent_at=None)

    def give_deliveries(self, delivery_ids: Sequence[int], story_id: int) -> None:
        """Assign rows to another story: from now on its mutes, explanations and updates apply to their messages."""
        self.connection.execute(update(outbox).where(outbox.c.id.in_(delivery_ids)).values(story_id=story_id))

    def _carry_row(self, row: Row[Any], carrier: Delivery, now: datetime) -> None:
        values: dict[str, object] = {"in_digest": carrier.id, "error": None, "held_until": None}
        if carrier.sent_revision:
            values |= {"state": State.SENT, "sent_revision": row.revision, "sent_at": now}
        else:
            values |= {"state": State.HELD}
        self._set(row.id, **values)
        if carrier.sent_revision:
            self._move_members([row.id], State.HELD, State.SENT, _FOLLOW_SENT, sent_at=now)

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
        expired = [delivery_of(row) for row in self.connection.execute(_EXPIRE, {"now": now})]
        self._move_members([row.id for row in expired], State.HELD, State.DEAD, error="expired")
        return sorted(expired, key=lambda row: row.id)

    def _in_flight_row(self, delivery_id: int) -> Row[Any]:
        row = self._row(delivery_id)
        if row.state not in IN_FLIGHT:
            raise StoreError(f"outbox row {delivery_id} is {row.state}, not on its way", retryable=False)
        return row
