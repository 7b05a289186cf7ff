"""Lanes: the order of messages to one address, and which row goes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, update

from monitor.model import Delivery, Lane, State
from monitor.store.base import Family
from monitor.store.columns import is_null
from monitor.store.rows import delivery_of, lane_of
from monitor.store.schema import lane_channels, lanes, outbox

IN_FLIGHT = (State.SENDING, State.UNKNOWN)
WILL_BE_SENT = (State.READY, State.SENDING, State.UNKNOWN, State.SUSPENDED)


class Lanes(Family):
    """The tables `lanes` and `lane_channels`, and the claim."""

    def lane(self, name: str) -> Lane:
        """Give what is remembered of a lane (a blank one where nothing is)."""
        row = self.connection.execute(select(lanes).where(lanes.c.name == name)).one_or_none()
        return Lane(name) if row is None else lane_of(row)

    def save_lane(self, lane: Lane, channels: Sequence[str] = ()) -> None:
        """Remember a lane; suspending one makes its READY rows SUSPENDED, resuming makes them READY.

        Its rows are those of `channels` and of the channels that it was claimed for before. The newest message id
        only grows, whatever the caller remembers of it, except where the chat changed: another chat counts anew.
        """
        newest = case(
            (lanes.c.chat.is_distinct_from(lane.chat), lane.last_message_id),
            else_=_greater(lanes.c.last_message_id, lane.last_message_id),
        )
        values = {
            "chat": lane.chat,
            "paused_until": lane.paused_until,
            "suspended_at": lane.suspended_at,
            "reason": lane.reason,
            "without_topic": lane.without_topic,
        }
        insert = self.upsert(lanes).values(name=lane.name, last_message_id=lane.last_message_id, **values)
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=["name"], set_={"last_message_id": newest, **values})
        )
        self._remember_channels(lane.name, channels)
        self._follow(lane)

    def _follow(self, lane: Lane) -> None:
        """Give the lane's waiting rows the state that goes with it."""
        suspended = lane.suspended_at is not None
        before, after = (State.READY, State.SUSPENDED) if suspended else (State.SUSPENDED, State.READY)
        of_lane = select(lane_channels.c.channel).where(lane_channels.c.lane == lane.name)
        self.connection.execute(
            update(outbox).where(outbox.c.state == before, outbox.c.channel.in_(of_lane)).values(state=after)
        )

    def waiting_state(self, channel: str) -> State:
        """Give READY, or SUSPENDED where the channel's lane is suspended."""
        suspended = self.connection.scalar(
            select(lanes.c.suspended_at)
            .join(lane_channels, lane_channels.c.lane == lanes.c.name)
            .where(lane_channels.c.channel == channel)
        )
        return State.READY if suspended is None else State.SUSPENDED

    def claim_delivery(self, channels: Sequence[str], lane: str, now: datetime) -> Delivery | None:
        """Take the lane's next READY due row as SENDING, attempts + 1, with the lane's last known message id.

        New messages go first, in the order of their ids; edits go when no new message is due, the longest due first: a
        late alert hurts more than a late edit. Gives None where nothing is due, the lane is paused or suspended, a row
        of it is SENDING, or a new message is UNKNOWN; while an edit is UNKNOWN, no other edit is taken. A new message
        that failed before holds back the later ones until it went; one that is not due yet for another reason, or an
        edit, does not. A reply waits for the message that it answers, as long as that is still to be sent.
        """
        self._remember_channels(lane, channels)
        state = self.lane(lane)
        if state.suspended_at or (state.paused_until and state.paused_until > now):
            return None
        under_way = self._under_way(channels)
        row = None if under_way.stops_all else self._next_new(channels, now)
        if row is None and not under_way.stops_edits:
            row = self._next_edit(channels, now)
        if row is None:
            return None
        claimed = self.connection.execute(
            update(outbox)
            .where(outbox.c.id == row)
            .values(
                state=State.SENDING,
                attempts=outbox.c.attempts + 1,
                claimed_at=now,
                claimed_revision=outbox.c.revision,
                last_known_id=state.last_message_id,
            )
            .returning(outbox)
        )
        return delivery_of(claimed.one())

    def next_due(self, channels: Sequence[str], lane: str) -> datetime | None:
        """Give when the lane has something to do next; it may be past.

        None where nothing waits, the lane is suspended, or what is SENDING or UNKNOWN stops it: what ends that ends
        the wait.
        """
        state = self.lane(lane)
        under_way = self._under_way(channels)
        if state.suspended_at or under_way.stops_all:
            return None
        new = select(func.min(outbox.c.due_at)).where(_ready(channels), _is_new(), ~_waits_for_target())
        failed = self._failed_before(channels)
        if failed is not None:
            new = new.where(outbox.c.id <= failed)
        edit = select(func.min(outbox.c.due_at)).where(_ready(channels), ~_is_new())
        found = [self.connection.scalar(new), None if under_way.stops_edits else self.connection.scalar(edit)]
        due: datetime | None = min((moment for moment in found if moment is not None), default=None)
        return due if due is None or state.paused_until is None else max(due, state.paused_until)

    def _next_new(self, channels: Sequence[str], now: datetime) -> int | None:
        """Give the id of the new message to send now."""
        due = select(outbox.c.id).where(_ready(channels), _is_new(), outbox.c.due_at <= now, ~_waits_for_target())
        row: int | None = self.connection.scalar(due.order_by(outbox.c.id).limit(1).with_for_update(of=outbox))
        return None if row is None or self._failed_before(channels, row) else row

    def _next_edit(self, channels: Sequence[str], now: datetime) -> int | None:
        """Give the id of the edit to make now."""
        due = select(outbox.c.id).where(_ready(channels), ~_is_new(), outbox.c.due_at <= now)
        in_turn = due.order_by(outbox.c.due_at, outbox.c.id).limit(1).with_for_update(of=outbox)
        row: int | None = self.connection.scalar(in_turn)
        return row

    def _under_way(self, channels: Sequence[str]) -> _UnderWay:
        found = self.connection.execute(
            select(outbox.c.state, _is_new().label("new")).where(
                outbox.c.state.in_(IN_FLIGHT), outbox.c.channel.in_(channels)
            )
        ).all()
        return _UnderWay(stops_all=any(row.state == State.SENDING or row.new for row in found), stops_edits=bool(found))

    def _failed_before(self, channels: Sequence[str], before: int | None = None) -> int | None:
        """Give the first new message that waits (with an id under `before`) and was tried already."""
        tried = select(func.min(outbox.c.id)).where(_ready(channels), _is_new(), outbox.c.attempts > 0)
        first: int | None = self.connection.scalar(tried if before is None else tried.where(outbox.c.id < before))
        return first

    def _remember_channels(self, lane: str, channels: Sequence[str]) -> None:
        """Write only what changed: the claim runs often."""
        if not channels:
            return
        known = set(self.connection.scalars(select(lane_channels.c.channel).where(lane_channels.c.lane == lane)))
        for channel in sorted(set(channels) - known):
            insert = self.upsert(lane_channels).values(channel=channel, lane=lane)
            self.connection.execute(insert.on_conflict_do_update(index_elements=["channel"], set_={"lane": lane}))

    def saw_message(self, lane: str, message_id: int) -> None:
        """Remember the newest message id of a lane; an older one changes nothing."""
        insert = self.upsert(lanes).values(name=lane, last_message_id=message_id)
        self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=["name"], set_={"last_message_id": _greater(lanes.c.last_message_id, message_id)}
            )
        )


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """What a lane's rows on their way hold back."""

    stops_all: bool
    stops_edits: bool


def _ready(channels: Sequence[str]) -> ColumnElement[bool]:
    return (outbox.c.state == State.READY) & outbox.c.channel.in_(channels)


def _is_new() -> ColumnElement[bool]:
    """Say whether a row is a message still to be sent, not an edit of one that is there."""
    return is_null(outbox.c.message_id) & (outbox.c.sent_revision == 0)


def _waits_for_target() -> ColumnElement[bool]:
    """Say whether a row answers a message that is still on its way.

    A HELD target is not: it goes out in a digest at the end of the quiet hours, and what passes those must not wait.
    """
    target = outbox.alias("target")
    return (
        select(target.c.id)
        .where(
            target.c.id == outbox.c.reply_to,
            target.c.message_id.is_(None),
            target.c.sent_revision == 0,
            target.c.state.in_(WILL_BE_SENT),
        )
        .correlate(outbox)
        .exists()
    )


def _greater(column: ColumnElement[int | None], other: int | None) -> ColumnElement[int | None]:
    """Give the greater of the two, a missing one being least (MAX and GREATEST differ in name and in NULL)."""
    if other is None:
        return column
    return case((column > other, column), else_=other)
