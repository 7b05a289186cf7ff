"""How a lane's turn begins: one transaction that looks at the lane and, where all is well, claims its next row.

The claim is committed before the call. Beside it stands what the probe would need after a crash: the link that
was sent (the keyboard depends on it), a hash of the words, and the newest message id known then.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from monitor.model import Channel, Delivery, Lane, State
from monitor.ports import Notifier, Transaction

log = structlog.get_logger(__name__)

SUSPENDED_AGAIN = timedelta(days=1)
"""After this time a suspended lane is tried once."""

TOPIC_AGAIN = timedelta(days=1)
"""After this time a topic that was closed is tried again."""

ANYWHERE = "anywhere"
"""The numbering of which every message of the bot is: some servers have no other."""

_SEEN = 150  # ids remembered of a numbering
_LATEST = 20  # rows of a channel by which the gaps between its message ids are judged


@dataclass(slots=True, eq=False)
class Turn:
    """One turn of a lane; rows that it claimed are its own until their ends are written."""

    active: bool = True
    called: int | None = None  # the row for which a call was begun


@dataclass(frozen=True, slots=True)
class View:
    """What a turn looks at."""

    name: str
    members: Mapping[str, tuple[Channel, Notifier]]  # by channel name
    now: datetime
    expire: timedelta
    trial: bool  # try a suspended lane, and topics that were closed, now
    mono: float = 0.0  # monotonic seconds
    start: str | None = None  # the boot id: see host.py
    turn: Turn = field(default_factory=Turn)
    turns: MutableMapping[int, Turn] = field(default_factory=dict)  # of all lanes, by the rows that they claimed


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (None: before something is added)."""

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
    """A row to send now."""

    lane: Lane
    row: Delivery
    reply_to: int | None
    resumed: bool  # the lane was suspended


@dataclass(frozen=True, slots=True)
class Expired:
    """A row that nobody should receive any more; it is DEAD."""

    lane: Lane
    row: Delivery


Step = Wait | Unsettled | Claimed | Expired


def step(tx: Transaction, view: View) -> Step:
    """Decide the lane's next step, and claim the row where that is a call."""
    lane = tx.lane(view.name)
    names = sorted(view.members)
    resumed = False
    if view.trial:
        _try_topics(tx, view)
    if lane.suspended_at is not None:
        again = lane.suspended_at + SUSPENDED_AGAIN
        if not view.trial and view.now < again:
            return Wait(lane, again)
        lane, resumed = replace(lane, suspended_at=None, reason=None), True
        tx.save_lane(lane, names)
    if lane.paused_until is not None and lane.paused_until > view.now:
        return Wait(lane, lane.paused_until)
    unknown = tx.unknown_deliveries(names)
    new = next((row for row in unknown if not is_edit(row)), None)
    if new is not None:
        return _unsettled(tx, view, lane, new)
    row = _claim(tx, view, lane, names)
    if row is None:
        return _nothing_due(tx, view, lane, unknown)
    if row.sent_revision == 0 and view.now >= (row.expires_at or row.created_at + view.expire):
        tx.mark_dead(row.id, f"{row.error} (expired)" if row.error else "expired")
        return Expired(lane, row)
    view.turns[row.id] = view.turn  # before the commit: another lane may have this channel by then
    channel = view.members[row.channel][0]
    lane = replace(lane, without_topic=_is_topic_closed(tx, channel, view.now))
    return Claimed(lane, row, _reply_to(tx, row), resumed)


def _nothing_due(tx: Transaction, view: View, lane: Lane, unknown: list[Delivery]) -> Step:
    names = sorted(view.members)
    if _free_orphans(tx, view, names):
        return Wait(lane, view.now)
    # An edit of unknown fate is repeated after the quiet time; meanwhile new messages go.
    return _unsettled(tx, view, lane, unknown[0]) if unknown else Wait(lane, tx.next_due(names, view.name))


def _free_orphans(tx: Transaction, view: View, names: list[str]) -> bool:
    """Settle SENDING rows that no turn is at work on: they would hold up their lane until the next start.

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
    """Say whether sending the row changes a message that is there."""
    return row.message_id is not None or row.sent_revision > 0


def _try_topics(tx: Transaction, view: View) -> None:
    """Let the next message of each channel go to its topic again."""
    for channel, _ in view.members.values():
        if tx.get(_topic_key(channel)):
            tx.put(_topic_key(channel), "")


def _is_topic_closed(tx: Transaction, channel: Channel, now: datetime) -> bool:
    closed = tx.get(_topic_key(channel))
    return now < datetime.fromisoformat(closed) + TOPIC_AGAIN if closed else False


def close_topic(tx: Transaction, channel: Channel, now: datetime) -> None:
    """Remember that a channel's topic takes no messages: they go to the chat itself, until it is tried again."""
    tx.put(_topic_key(channel), now.isoformat())


def saw_id(tx: Transaction, numbering: str, message_id: int) -> None:
    """Remember the latest message ids of a numbering, whichever lanes share it."""
    latest = sorted({*_seen(tx, numbering), message_id})
    tx.put(f"ids:{numbering}", json.dumps(latest[-_SEEN:]))


def refused_link(tx: Transaction, row: Delivery) -> None:
    """Remember that a button with the row's link was refused: from now on the link stands in the text."""
    _note_refusal(tx, row, link=row.alert.url)


def refused_length(tx: Transaction, row: Delivery) -> None:
    """Remember that the row was refused as too long: from now on it has fewer lines."""
    _note_refusal(tx, row, long=True)


def as_accepted(tx: Transaction, row: Delivery) -> Delivery:
    """Give the row as it is to be sent, after what was refused in it before."""
    noted = json.loads(tx.get(f"refused:{row.id}") or "{}")
    if not noted:
        return row
    unlinked = row.alert.url is not None and noted.get("link") == row.alert.url  # another link is worth a try
    return replace(row, unlinked=unlinked, shortened=noted.get("long", False))


def _note_refusal(tx: Transaction, row: Delivery, **what: object) -> None:
    key = f"refused:{row.id}"
    tx.put(key, json.dumps(json.loads(tx.get(key) or "{}") | what))


def begin_look(tx: Transaction, lane: str, row: Delivery) -> str | None:
    """Note that a look at this attempt is begun; give what earlier ones kept, None where there was none."""
    before, _, kept = (tx.get(_look_key(lane)) or "").partition(" ")
    if before == _attempt(row):
        return kept
    keep_look(tx, lane, row, "")
    return None


def keep_look(tx: Transaction, lane: str, row: Delivery, found: str) -> None:
    """Keep what a look has found out so far."""
    tx.put(_look_key(lane), f"{_attempt(row)} {found}")


def _look_key(lane: str) -> str:
    return f"look:{lane}"


def _attempt(row: Delivery) -> str:
    return f"{row.id}:{row.attempts}"


def _claim(tx: Transaction, view: View, lane: Lane, names: list[str]) -> Delivery | None:
    row = tx.claim_delivery(names, view.name, view.now)
    if row is None:
        return None
    channel, notifier = view.members[row.channel]
    if _moved(tx, channel, lane, view.now) and _is_elsewhere(tx, row):
        # Its message is in another chat, where this address was before: the id means nothing here.
        tx.put(f"anew:{row.id}", "1")
        tx.mark_ready(row.id, view.now, row.error, forget_message=True)
        row = tx.claim_delivery(names, view.name, view.now)
        if row is None:
            return None
    row = as_accepted(tx, row)
    numbering = notifier.numbering(channel, lane)
    note = {
        "row": row.id,
        "url": row.alert.url,
        "unlinked": row.unlinked,
        "shortened": row.shortened,
        "start": view.start,
        "mono": view.mono,
        "numbering": numbering,
        "newest": max(_seen(tx, ANYWHERE if numbering == lane.name else numbering), default=None),
        "fingerprint": notifier.fingerprint(channel, row),
    }
    tx.put(f"claimed:{lane.name}", json.dumps(note))
    return row


def _unsettled(tx: Transaction, view: View, lane: Lane, row: Delivery) -> Unsettled:
    note = json.loads(tx.get(f"claimed:{lane.name}") or "{}")
    if note.get("row") != row.id:
        return Unsettled(lane, as_accepted(tx, row), "")
    row = replace(
        row,
        alert=replace(row.alert, url=note["url"]),
        unlinked=note.get("unlinked", False),
        shortened=note.get("shortened", False),
    )
    taken = frozenset(_seen(tx, note["numbering"])) if note.get("numbering") else frozenset[int]()
    lane = replace(
        lane,
        last_message_id=note["newest"],
        step=_step(tx, row),
        elsewhere=frozenset(_seen(tx, ANYWHERE)),
        taken=taken,
    )
    called_at = note.get("mono") if view.start and note.get("start") == view.start else None
    return Unsettled(lane, row, note["fingerprint"], called_at)


def _step(tx: Transaction, row: Delivery) -> int:
    """Give the widest gap between the ids of the channel's latest messages."""
    ids = sorted(other.message_id for other in tx.deliveries(channel=row.channel, limit=_LATEST) if other.message_id)
    return max((two - one for one, two in itertools.pairwise(ids)), default=1)


def _seen(tx: Transaction, numbering: str) -> list[int]:
    found: list[int] = json.loads(tx.get(f"ids:{numbering}") or "[]")
    return found


def _topic_key(channel: Channel) -> str:
    return f"topic closed:{channel.name}:{channel.settings.get('topic')}"


def _moved(tx: Transaction, channel: Channel, lane: Lane, now: datetime) -> bool:
    """Say whether the channel had another address before; notice where it has a new one."""
    key = f"address:{channel.name}"
    address = f"{channel.kind}:{lane.chat}" if lane.chat else lane.name
    known = tx.get(key)
    if known != address:
        tx.put(key, address)
        if known is not None:
            tx.put(f"moved:{channel.name}", now.isoformat())
    return tx.get(f"moved:{channel.name}") is not None


def _is_elsewhere(tx: Transaction, row: Delivery) -> bool:
    """Say whether the row's message was sent before its channel moved."""
    moved = tx.get(f"moved:{row.channel}")
    return (
        row.message_id is not None
        and moved is not None
        and row.sent_at is not None
        and row.sent_at < datetime.fromisoformat(moved)
        and tx.get(f"anew:{row.id}") is None
    )


def _reply_to(tx: Transaction, row: Delivery) -> int | None:
    answered = tx.delivery(row.reply_to) if row.reply_to is not None else None
    return None if answered is None or _is_elsewhere(tx, answered) else answered.message_id
