"""Lanes: the order of messages to one address, and the claim of the next row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Executable, bindparam, case, delete, func, select, update

from monitor.model import ChannelAddress, ClaimNote, Delivery, Lane, State
from monitor.store.base import Repository, insert_into
from monitor.store.columns import is_null, shorten
from monitor.store.mapping import claim_note_of, delivery_of, lane_of
from monitor.store.schema import channels as channel_table
from monitor.store.schema import lanes, message_ids, outbox

IN_FLIGHT = (State.SENDING, State.UNKNOWN)
USED_PRECISION = timedelta(days=1)
"""`used_at` is written once a day: the clean-up needs no more, and a claim that finds nothing stays a read."""

IDS_KEPT = 150
"""Message ids that are kept of a numbering: the greatest."""

WILL_BE_SENT = (State.READY, State.SENDING, State.UNKNOWN, State.SUSPENDED)


class Lanes(Repository):
    """The tables `lanes`, `channels` and `message_ids`, and the claim."""

    def lane(self, name: str) -> Lane:
        """Return a lane; a blank one where none is stored."""
        row = self.connection.execute(_LANE, {"lane": name}).one_or_none()
        return Lane(name) if row is None else lane_of(row)

    def save_lane(self, lane: Lane, channels: Sequence[str] = ()) -> None:
        """Store a lane; suspending one makes its READY rows SUSPENDED, resuming makes them READY.

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
        }
        insert = self.upsert(lanes).values(
            name=lane.name, last_message_id=lane.last_message_id, used_at=self.now(), **values
        )
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=["name"], set_={"last_message_id": newest, **values})
        )
        self._remember_channels(lane.name, channels)
        self._follow(lane)

    def _follow(self, lane: Lane) -> None:
        """Set the lane's waiting rows to the state that follows from the lane's."""
        suspended = lane.suspended_at is not None
        before, after = (State.READY, State.SUSPENDED) if suspended else (State.SUSPENDED, State.READY)
        of_lane = select(channel_table.c.name).where(channel_table.c.lane == lane.name)
        self.connection.execute(
            update(outbox).where(outbox.c.state == before, outbox.c.channel.in_(of_lane)).values(state=after)
        )

    def waiting_state(self, channel: str) -> State:
        """Return READY, or SUSPENDED where the channel's lane is suspended."""
        suspended = self.connection.scalar(_SUSPENDED_AT, {"of_channel": channel})
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
            _CLAIM, {"row": row, "claimed_at": now, "last_known_id": state.last_message_id}
        )
        return delivery_of(claimed.one())

    def next_due(self, channels: Sequence[str], lane: str) -> datetime | None:
        """Return when the lane has something to do next; it may be past.

        None where nothing waits, the lane is suspended, or what is SENDING or UNKNOWN stops it: what ends that ends
        the wait.
        """
        state = self.lane(lane)
        under_way = self._under_way(channels)
        if state.suspended_at or under_way.stops_all:
            return None
        of = {"channels": list(channels)}
        failed = self._failed_before(channels)
        new = self.connection.scalar(*((_NEW_DUE, of) if failed is None else (_NEW_DUE_TO, of | {"last": failed})))
        found = [new, None if under_way.stops_edits else self.connection.scalar(_EDIT_DUE, of)]
        due: datetime | None = min((moment for moment in found if moment is not None), default=None)
        return due if due is None or state.paused_until is None else max(due, state.paused_until)

    def _next_new(self, channels: Sequence[str], now: datetime) -> int | None:
        """Return the id of the new message to send now."""
        row: int | None = self.connection.scalar(_NEXT_NEW, {"channels": list(channels), "now": now})
        return None if row is None or self._failed_before(channels, row) else row

    def _next_edit(self, channels: Sequence[str], now: datetime) -> int | None:
        """Return the id of the edit to make now."""
        row: int | None = self.connection.scalar(_NEXT_EDIT, {"channels": list(channels), "now": now})
        return row

    def _under_way(self, channels: Sequence[str]) -> _UnderWay:
        found = self.connection.execute(_UNDER_WAY, {"channels": list(channels)}).all()
        return _UnderWay(stops_all=any(row.state == State.SENDING or row.new for row in found), stops_edits=bool(found))

    def _failed_before(self, channels: Sequence[str], before: int | None = None) -> int | None:
        """Return the first new message that waits (with an id under `before`) and was tried already."""
        values = {"channels": list(channels)} | ({} if before is None else {"before": before})
        first: int | None = self.connection.scalar(_FAILED if before is None else _FAILED_BEFORE, values)
        return first

    def _remember_channels(self, lane: str, channels: Sequence[str]) -> None:
        """Write only what changed, and once a day that they are used: the claim runs often."""
        if not channels:
            return
        now = self.now()
        lately = now - USED_PRECISION
        known = set(self.connection.scalars(_USED_LATELY, {"of_lane": lane, "lately": lately}))
        for channel in sorted({shorten(channel) for channel in channels} - known):
            values = {"lane": lane, "used_at": now}
            insert = self.upsert(channel_table).values(name=channel, **values)
            self.connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))
            self._save(lane, used_at=now)

    def _save(self, lane: str, **values: object) -> None:
        """Write columns of a lane, known or new."""
        written = _saving(self.dialect, tuple(values))
        self.connection.execute(written, {"name": lane, "used_at": self.now()} | values)

    # ------------------------------------------------------------------ what the probe needs

    def save_claim_note(self, lane: str, note: ClaimNote) -> None:
        """Store the note of the lane's claim, in place of the last one."""
        self._save(lane, **{f"claimed_{name}": value for name, value in asdict(note).items()})

    def claim_note(self, lane: str) -> ClaimNote | None:
        """Return the note of the lane's last claim; None where there is none."""
        row = self.connection.execute(_LANE, {"lane": lane}).one_or_none()
        return None if row is None else claim_note_of(row)

    def save_probe_notes(self, lane: str, row: int, attempts: int, found: str) -> None:
        """Keep what the probe for this attempt at a row has found out so far, in place of the notes of the last one."""
        self._save(lane, look_row=row, look_attempts=attempts, look_found=found)

    def probe_notes(self, lane: str, row: int, attempts: int) -> str | None:
        """Return what probes for this attempt at a row have found out; None where none was begun."""
        same = lanes.c.name == lane, lanes.c.look_row == row, lanes.c.look_attempts == attempts
        found: str | None = self.connection.scalar(select(lanes.c.look_found).where(*same))
        return found

    def saw_id(self, numbering: str, message_id: int) -> None:
        """Store a message id of a numbering, whichever lanes share it; the greatest are kept."""
        values = {"numbering": numbering, "message_id": message_id, "seen_at": self.now()}
        self.connection.execute(_adding_id(self.dialect), values)
        least = self.connection.scalar(_LEAST_ID_KEPT, {"of": numbering})
        if least is not None:
            self.connection.execute(_DROP_IDS, {"of": numbering, "least": least})

    def seen_ids(self, numbering: str) -> list[int]:
        """Return the latest message ids of a numbering, the greatest last."""
        return list(self.connection.scalars(_IDS, {"of": numbering}))

    # ------------------------------------------------------------------ where channels are

    def address(self, channel: str) -> ChannelAddress:
        """Return a channel's address; a blank one where none is stored."""
        row = self.connection.execute(_ADDRESS, {"of_channel": channel}).one_or_none()
        return ChannelAddress() if row is None else ChannelAddress(*row)

    def save_address(self, channel: str, address: ChannelAddress) -> None:
        """Store a channel's address."""
        values = {
            "address": address.name,
            "moved_at": address.moved_at,
            "topic": address.topic,
            "topic_closed_at": address.topic_closed_at,
        }
        insert = self.upsert(channel_table).values(name=channel, used_at=self.now(), **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))

    def saw_message(self, lane: str, message_id: int) -> None:
        """Remember the newest message id of a lane; an older one changes nothing."""
        values = {"name": lane, "last_message_id": message_id, "used_at": self.now()}
        self.connection.execute(_seeing(self.dialect), values)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """The rows of a lane that are on their way, as far as they hold others back."""

    stops_all: bool
    stops_edits: bool


_CHANNELS: BindParameter[Any] = bindparam("channels", expanding=True)


def _ready() -> ColumnElement[bool]:
    return (outbox.c.state == State.READY) & outbox.c.channel.in_(_CHANNELS)


def _is_new() -> ColumnElement[bool]:
    """Return whether a row is a message still to be sent, not an edit of one that is there."""
    return is_null(outbox.c.message_id) & (outbox.c.sent_revision == 0)


def _waits_for_target() -> ColumnElement[bool]:
    """Return whether a row answers a message that is still on its way.

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
    """Return the greater of the two, a missing one being least (MAX and GREATEST differ in name and in NULL)."""
    if other is None:
        return column
    return case((column > other, column), else_=other)


# Built once: the claim and the end of each message run them.
_LANE = select(lanes).where(lanes.c.name == bindparam("lane"))
_SUSPENDED_AT = (
    select(lanes.c.suspended_at)
    .join(channel_table, channel_table.c.lane == lanes.c.name)
    .where(channel_table.c.name == bindparam("of_channel"))
)
_CLAIM = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(state=State.SENDING, attempts=outbox.c.attempts + 1, claimed_revision=outbox.c.revision)
    .returning(outbox)
)
_NEW_DUE = select(func.min(outbox.c.due_at)).where(_ready(), _is_new(), ~_waits_for_target())
_NEW_DUE_TO = _NEW_DUE.where(outbox.c.id <= bindparam("last"))
_EDIT_DUE = select(func.min(outbox.c.due_at)).where(_ready(), ~_is_new())
_NEXT_NEW = (
    select(outbox.c.id)
    .where(_ready(), _is_new(), outbox.c.due_at <= bindparam("now"), ~_waits_for_target())
    .order_by(outbox.c.id)
    .limit(1)
    .with_for_update(of=outbox)
)
_NEXT_EDIT = (
    select(outbox.c.id)
    .where(_ready(), ~_is_new(), outbox.c.due_at <= bindparam("now"))
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(1)
    .with_for_update(of=outbox)
)
_UNDER_WAY = select(outbox.c.state, _is_new().label("new")).where(
    outbox.c.state.in_(IN_FLIGHT), outbox.c.channel.in_(_CHANNELS)
)
_FAILED = select(func.min(outbox.c.id)).where(_ready(), _is_new(), outbox.c.attempts > 0)
_FAILED_BEFORE = _FAILED.where(outbox.c.id < bindparam("before"))
_USED_LATELY = select(channel_table.c.name).where(
    channel_table.c.lane == bindparam("of_lane"), channel_table.c.used_at > bindparam("lately")
)
_IDS = (
    select(message_ids.c.message_id)
    .where(message_ids.c.numbering == bindparam("of"))
    .order_by(message_ids.c.message_id)
)
_LEAST_ID_KEPT = (
    select(message_ids.c.message_id)
    .where(message_ids.c.numbering == bindparam("of"))
    .order_by(message_ids.c.message_id.desc())
    .offset(IDS_KEPT - 1)
    .limit(1)
)
_DROP_IDS = delete(message_ids).where(
    message_ids.c.numbering == bindparam("of"), message_ids.c.message_id < bindparam("least")
)
_ADDRESS = select(
    channel_table.c.address, channel_table.c.moved_at, channel_table.c.topic, channel_table.c.topic_closed_at
).where(channel_table.c.name == bindparam("of_channel"))


@cache
def _saving(dialect: str, names: tuple[str, ...]) -> Executable:
    """Return the statement that writes these columns of a lane, known or new."""
    insert = insert_into(dialect, lanes)
    return insert.on_conflict_do_update(index_elements=["name"], set_={name: insert.excluded[name] for name in names})


@cache
def _seeing(dialect: str) -> Executable:
    insert = insert_into(dialect, lanes)
    known, new = lanes.c.last_message_id, insert.excluded.last_message_id
    return insert.on_conflict_do_update(
        index_elements=["name"], set_={"last_message_id": case((known > new, known), else_=new)}
    )


@cache
def _adding_id(dialect: str) -> Executable:
    return insert_into(dialect, message_ids).on_conflict_do_nothing()
