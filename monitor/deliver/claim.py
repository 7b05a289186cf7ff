"""The begin of a lane's turn: one transaction that reads the lane and, where all is well, claims its next row.

The claim is committed before the call. Beside it stands what the probe would need after a crash: the link that
was sent (the keyboard depends on it), a hash of the words, and the newest message id known then.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from monitor.alert.escalation import is_escalation
from monitor.model import Channel, ChannelAddress, ClaimNote, Delivery, Lane, MessageKind, State
from monitor.ports import Notifier
from monitor.store import Transaction

log = structlog.get_logger(__name__)

SUSPENDED_AGAIN = timedelta(days=1)
"""After this time a suspended lane is tried once."""

TOPIC_AGAIN = timedelta(days=1)
"""After this time a topic that was closed is tried again."""

ANYWHERE = "anywhere"
"""The numbering of which every message of the bot is: some servers have no other."""

_OF_STORIES = (MessageKind.ALERT, MessageKind.REPLY)
_NOT_NOW = (State.DEAD, State.MUTED, State.HELD)
_BURST = "burst:"  # of the `dedupe` of a burst's message
_LATEST = 20  # rows of a channel by which the gaps between its message ids are judged


@dataclass(slots=True, eq=False)
class Turn:
    """One turn of a lane; rows that it claimed are its own until their ends are written."""

    trial: bool = False  # try a suspended lane, and topics that were closed, now
    active: bool = True
    called: int | None = None  # the row for which a call was begun


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment by the wall clock and by the monotonic clock, which compares within one boot of the host."""

    wall: datetime
    mono: float
    boot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """A lane as one of its turns finds it."""

    name: str
    members: Mapping[str, tuple[Channel, Notifier]]  # by channel name
    at: Instant
    expire: timedelta  # for how long a row is tried that says nothing itself, where its channel does not say it
    turn: Turn
    turns: MutableMapping[int, Turn]  # of all lanes, by the rows that they claimed

    @property
    def now(self) -> datetime:
        """Return the time by the wall clock."""
        return self.at.wall

    def expiry(self, row: Delivery) -> timedelta:
        """Return for how long a row of the channel is tried that says nothing itself."""
        return expiry(self.members[row.channel][0], self.expire)


@dataclass(frozen=True, slots=True)
class Wait:
    """A step without work: nothing is due before `until` (None: before a row is added)."""

    lane: Lane
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A row of unknown fate, as it was when it was sent; no new message goes before a new one is settled."""

    lane: Lane  # `last_message_id`: the newest id of the same numbering when the row was claimed
    row: Delivery
    fingerprint: str  # of the words that were sent
    called_at: float | None = None  # monotonic; None where the host was started anew since, or it is not known


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed row, to be sent now."""

    lane: Lane
    row: Delivery
    reply_to: int | None
    resumed: bool  # the lane was suspended


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A row that is DEAD: nobody should receive it any more, or its alert cannot be read."""

    lane: Lane
    row: Delivery
    why: str


Step = Wait | Unsettled | Claimed | GivenUp


def expiry(channel: Channel, usual: timedelta) -> timedelta:
    """Return after how long a message to the channel is given up: its own `expire`, else the usual time."""
    return usual if channel.expire is None else timedelta(seconds=channel.expire)


def step(tx: Transaction, view: LaneView) -> Step:
    """Decide the lane's next step, and claim the row where that is a call."""
    lane = tx.lane(view.name)
    names = sorted(view.members)
    resumed = False
    if view.turn.trial:
        _open_topics(tx, view)
    if lane.suspended_at is not None:
        again = lane.suspended_at + SUSPENDED_AGAIN
        if not view.turn.trial and view.now < again:
            return Wait(lane, again)
        lane, resumed = replace(lane, suspended_at=None, reason=None), True
        tx.save_lane(lane, names)
    if lane.paused_until is not None and lane.paused_until > view.now:
        return Wait(lane, lane.paused_until)
    unknown = tx.unknown_deliveries(names)
    new = next((row for row in unknown if row.unreadable or not is_edit(row)), None)
    if new is not None:
        return _give_up(tx, view, lane, new) if new.unreadable else _unsettled(tx, view, lane, new)
    row = _claim(tx, view, lane, names)
    return _nothing_due(tx, view, lane, unknown) if row is None else _claimed(tx, view, lane, row, resumed=resumed)


def _open_topics(tx: Transaction, view: LaneView) -> None:
    """Let the next message of each channel go to its topic again."""
    for channel, _ in view.members.values():
        where = tx.address(channel.name)
        if where.topic_closed_at is not None:
            tx.save_address(channel.name, replace(where, topic=None, topic_closed_at=None))


def _claimed(tx: Transaction, view: LaneView, lane: Lane, row: Delivery, *, resumed: bool) -> Claimed | GivenUp:
    """Return a claimed row to be sent, or given up where it cannot be read or has expired."""
    if row.unreadable:
        return _give_up(tx, view, lane, row)
    if row.sent_revision == 0 and view.now >= (row.expires_at or row.created_at + view.expiry(row)):
        tx.mark_dead(row.id, f"{row.error} (expired)" if row.error else "expired")
        return GivenUp(lane, row, "expired")
    view.turns[row.id] = view.turn  # before the commit: another lane may have this channel by then
    channel = view.members[row.channel][0]
    lane = replace(lane, without_topic=_is_topic_closed(tx, channel, view.now))
    return Claimed(lane, row, _reply_to(tx, row), resumed)


def _give_up(tx: Transaction, view: LaneView, lane: Lane, row: Delivery) -> GivenUp:
    """Set a row aside whose alert cannot be read: it must not hold up its lane. What it carried goes without it."""
    tx.free_members(row.id, view.now)
    log.error("a row of the outbox cannot be read, and is given up", row=row.id, error=row.unreadable)
    tx.mark_dead(row.id, row.unreadable or "")
    return GivenUp(lane, row, "what is stored of it cannot be read")


def _twin(tx: Transaction, view: LaneView, row: Delivery) -> Delivery | None:
    """Return the message that says the same of a story in the chat itself, where a row of a closed topic would go.

    A held one does not count, as its quiet hours are not this channel's; and no other row says what an escalation does.
    """
    if is_edit(row) or is_escalation(row) or not _is_topic_closed(tx, view.members[row.channel][0], view.now):
        return None
    if row.alert.kind is MessageKind.DIGEST and not row.dedupe.startswith(_BURST):  # a burst's message grows on
        return _digest_twin(tx, view, row)
    if row.story_id is None or row.alert.kind not in _OF_STORIES:
        return None
    roots = _roots(tx, view, row)
    for other in tx.deliveries_of(row.story_id):
        goes = other.channel in roots and other.in_digest is None and other.state not in _NOT_NOW
        if goes and _says_same(other, row):
            return other
    return None


def _digest_twin(tx: Transaction, view: LaneView, row: Delivery) -> Delivery | None:
    """Return a message that tells a digest's alerts in the chat itself, where messages there tell all of them.

    They may be the digest of another channel, or the alerts themselves; of several the one that is still to come.
    """
    roots = _roots(tx, view, row)
    found: dict[int, Delivery] = {}
    for member in tx.carried_deliveries(row.id):
        teller = _teller(tx, roots, member)
        if teller is None:
            return None
        found[teller.id] = teller
    return max(found.values(), key=lambda each: (each.sent_revision == 0, each.id), default=None)


def _teller(tx: Transaction, roots: AbstractSet[str], member: Delivery) -> Delivery | None:
    """Return the message in the chat itself that says of a story what a digest's member says."""
    for other in tx.deliveries_of(member.story_id) if member.story_id else ():
        if other.channel not in roots or not _says_same(other, member):
            continue
        carrier = other if other.in_digest is None else tx.delivery(other.in_digest)
        if carrier is not None and carrier.in_digest is None and carrier.state not in _NOT_NOW:
            return carrier
    return None


def _says_same(one: Delivery, other: Delivery) -> bool:
    """Return whether a row of a story says what another one says, and speaks for its watchlist."""
    notes = [row.alert.note if row.alert.kind is MessageKind.REPLY else None for row in (one, other)]
    same = one.alert.kind is other.alert.kind and notes[0] == notes[1]
    return same and other.alert.watchlist in (one.alert.watchlist, *one.alert.also)


def _roots(tx: Transaction, view: LaneView, row: Delivery) -> AbstractSet[str]:
    """Return the lane's other channels whose messages go to the chat itself."""
    return {
        name
        for name, (channel, _) in view.members.items()
        if name != row.channel and (channel.settings.get("topic") is None or _is_topic_closed(tx, channel, view.now))
    }


def _nothing_due(tx: Transaction, view: LaneView, lane: Lane, unknown: list[Delivery]) -> Step:
    names = sorted(view.members)
    if _free_orphans(tx, view, names):
        return Wait(lane, view.now)
    # An edit of unknown fate is repeated after the quiet time; meanwhile new messages go.
    return _unsettled(tx, view, lane, unknown[0]) if unknown else Wait(lane, tx.next_due(names, view.name))


def _free_orphans(tx: Transaction, view: LaneView, names: list[str]) -> bool:
    """Free SENDING rows that no turn is at work on: they would hold up their lane until the next start.

    All rows that an earlier process had claimed are UNKNOWN since the start. What this one claimed since, and no call
    was begun for (the answer to the claim's commit was lost), may go at once; else nobody knows. Return whether there
    was any.
    """
    found = False
    for row in tx.sending_deliveries(names):
        turn = view.turns.get(row.id)
        if turn is not None and turn.active:
            continue
        called = turn is not None and turn.called == row.id
        if called:
            tx.mark_unknown(row.id, "interrupted while it was sent")
        else:
            tx.mark_ready(row.id, view.now, row.error)
        view.turns.pop(row.id, None)
        found = True
        log.warning("a row was claimed, and no lane is at work on it", row=row.id, called=called)
    return found


def is_under_way(tx: Transaction, row: Delivery) -> bool:
    """Return whether the end of this attempt at a row is still to be written."""
    found = tx.delivery(row.id)
    return found is not None and found.state in (State.SENDING, State.UNKNOWN) and found.attempts == row.attempts


def is_edit(row: Delivery) -> bool:
    """Return whether sending the row changes a message that is there."""
    return row.message_id is not None or row.sent_revision > 0


def _is_topic_closed(tx: Transaction, channel: Channel, now: datetime) -> bool:
    where = tx.address(channel.name)
    closed = where.topic_closed_at if where.topic == _topic(channel) else None
    return closed is not None and now < closed + TOPIC_AGAIN


def close_topic(tx: Transaction, channel: Channel, now: datetime) -> None:
    """Remember that a channel's topic takes no messages: they go to the chat itself, until it is tried again."""
    where = tx.address(channel.name)
    tx.save_address(channel.name, replace(where, topic=_topic(channel), topic_closed_at=now))


def begin_probe(tx: Transaction, lane: str, row: Delivery) -> str | None:
    """Note that a probe for this attempt is begun; return the notes of earlier ones, None where there were none."""
    kept = tx.probe_notes(lane, row.id, row.attempts)
    if kept is None:
        tx.save_probe_notes(lane, row.id, row.attempts, "")
    return kept


def _claim(tx: Transaction, view: LaneView, lane: Lane, names: list[str]) -> Delivery | None:
    row = tx.claim_delivery(names, view.name, view.now)
    if row is None:
        return None
    channel, notifier = view.members[row.channel]
    if _is_elsewhere(row, _located(tx, channel, lane, view.now)):
        # Its message is in another chat, where this address was before: the id means nothing here.
        tx.forget_message(row.id, view.now, row.error, view.now + view.expiry(row))
        row = tx.claim_delivery(names, view.name, view.now)
        if row is None:
            return None
    if row.unreadable:
        return row
    twin = _twin(tx, view, row)
    if twin is not None:
        tx.carry_delivery(row.id, twin, view.now)
        log.info("the chat of a closed topic gets this alert anyway", row=row.id, by=twin.id)
        return _claim(tx, view, lane, names)
    numbering = notifier.numbering(channel, lane)
    note = ClaimNote(
        row=row.id,
        url=row.alert.url,
        fingerprint=notifier.fingerprint(channel, row),
        newest=max(tx.seen_ids(ANYWHERE if numbering == lane.name else numbering), default=None),
        numbering=numbering,
        unlinked=row.unlinked,
        shortened=row.shortened,
        boot=view.at.boot,
        mono=view.at.mono,
    )
    tx.save_claim_note(lane.name, note)
    return row


def _unsettled(tx: Transaction, view: LaneView, lane: Lane, row: Delivery) -> Unsettled:
    note = tx.claim_note(lane.name)
    if note is None or note.row != row.id:
        return Unsettled(lane, row, "")
    alert = replace(row.alert, url=note.url)
    row = replace(row, alert=alert, unlinked=note.unlinked, shortened=note.shortened)
    lane = replace(
        lane,
        last_message_id=note.newest,
        step=_step(tx, row),
        elsewhere=frozenset(tx.seen_ids(ANYWHERE)),
        taken=frozenset(tx.seen_ids(note.numbering) if note.numbering else ()),
    )
    called_at = note.mono if view.at.boot and note.boot == view.at.boot else None
    return Unsettled(lane, row, note.fingerprint, called_at)


def _step(tx: Transaction, row: Delivery) -> int:
    """Return the widest gap between the ids of the channel's latest messages."""
    ids = sorted(other.message_id for other in tx.deliveries(channel=row.channel, limit=_LATEST) if other.message_id)
    return max((two - one for one, two in itertools.pairwise(ids)), default=1)


def _topic(channel: Channel) -> str:
    return str(channel.settings.get("topic"))


def _located(tx: Transaction, channel: Channel, lane: Lane, now: datetime) -> ChannelAddress:
    """Return the channel's address; keep it where it is another than before."""
    where = tx.address(channel.name)
    name = f"{channel.kind}:{lane.chat}" if lane.chat else lane.name
    if where.name != name:
        where = replace(where, name=name, moved_at=where.moved_at if where.name is None else now)
        tx.save_address(channel.name, where)
    return where


def _is_elsewhere(row: Delivery, where: ChannelAddress) -> bool:
    """Return whether the row's message was sent before its channel moved."""
    return (
        row.message_id is not None
        and where.moved_at is not None
        and row.message_sent_at is not None
        and row.message_sent_at < where.moved_at
    )


def _reply_to(tx: Transaction, row: Delivery) -> int | None:
    answered = tx.delivery(row.reply_to) if row.reply_to is not None else None
    if answered is None or _is_elsewhere(answered, tx.address(answered.channel)):
        return None
    return answered.message_id
