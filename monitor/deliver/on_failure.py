"""What becomes of a row, and of its lane, after a failed call: the last column of the table in docs/delivery.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.deliver import claim
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.i18n import DEFAULT, Phrases
from monitor.model import HALTED, TOPIC, Channel, Delivery, Incident, Lane, Receipt
from monitor.store import Transaction

CAP = 900.0
"""Seconds: no wait between two tries is longer (15 minutes)."""

_BASE = 1.0  # seconds of the first wait, doubled at every further one
_AT_ONCE = 3  # calls after which even a remedy that needs no wait gets one: no answer may make a busy loop


class OtherMessageError(DeliveryError):
    """The look for a message hit another one of the bot, whose keyboard was taken off."""

    def __init__(self, message_id: int) -> None:
        super().__init__(f"message {message_id} is another one", sent=Sent.UNKNOWN, remedy=Remedy.PROBE)
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class News:
    """A line for the operators. `incident`: the database shows it, and operators are notified of it from there."""

    line: str
    incident: bool = False


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that failed."""

    names: Sequence[str]  # the lane's channels
    lane: Lane
    channel: Channel
    row: Delivery
    error: DeliveryError
    now: datetime
    jitter: float  # 0.0 to 1.0
    expire: timedelta
    phrases: Phrases = DEFAULT  # of what operators are told

    @property
    def retry_at(self) -> datetime:
        """Return when to try again: full jitter over a doubling wait (AWS, 'Exponential Backoff And Jitter')."""
        return self.now + timedelta(seconds=backoff(self.row.attempts, self.jitter))

    @property
    def soon(self) -> datetime:
        """Return now, or later where that did not help before."""
        return self.now if self.row.attempts <= _AT_ONCE else self.retry_at

    @property
    def expired(self) -> bool:
        """Return whether the row is too old to be tried again."""
        return self.row.sent_revision == 0 and self.now >= (self.row.expires_at or self.row.created_at + self.expire)


def backoff(attempts: int, jitter: float) -> float:
    """Return the seconds to wait after `attempts` calls; `jitter` is uniform in 0.0 to 1.0."""
    return jitter * min(CAP, _BASE * 2.0 ** min(attempts, 20))


def failed(tx: Transaction, case: FailedCall) -> News | None:
    """Write what the failed call came to; return what operators must know."""
    if case.error.sent is Sent.UNKNOWN:
        tx.mark_unknown(case.row.id, str(case.error))
        return None
    if case.error.sent is Sent.YES:
        tx.mark_sent(case.row.id, case.lane.name, Receipt(case.row.message_id), case.now)
        return None
    return _REMEDIES.get(case.error.remedy, _retry)(tx, case)


def state_only(tx: Transaction, case: FailedCall) -> None:
    """Write the row's state alone after a failed call, for where `failed` itself is at fault."""
    if case.error.sent is Sent.UNKNOWN:
        tx.mark_unknown(case.row.id, str(case.error))
    elif case.error.sent is Sent.YES:
        tx.mark_sent(case.row.id, case.lane.name, Receipt(case.row.message_id), case.now)
    elif case.error.remedy is Remedy.DEAD or case.expired:
        tx.mark_dead(case.row.id, str(case.error))
    else:
        tx.mark_ready(case.row.id, case.retry_at, str(case.error))


def unclear(tx: Transaction, case: FailedCall) -> News | None:
    """Write what a failed look for an UNKNOWN row says of its lane; the row stays UNKNOWN unless the chat moved."""
    if case.error.remedy is Remedy.PAUSE:
        _pause_lane(tx, case)
    elif case.error.remedy is Remedy.SUSPEND:
        return _suspend_lane(tx, case)
    elif case.error.remedy is Remedy.MIGRATE:
        return _migrate(tx, case)
    elif case.error.remedy is Remedy.STOP:
        return _halt(tx, case)
    return None


def _retry(tx: Transaction, case: FailedCall) -> News | None:
    if case.expired:
        return _dead(tx, case)
    tx.mark_ready(case.row.id, case.retry_at, str(case.error))
    return None


def _pause(tx: Transaction, case: FailedCall) -> News | None:
    _pause_lane(tx, case)
    if case.expired:
        return _dead(tx, case)
    tx.mark_ready(case.row.id, case.now, str(case.error))
    return None


def _pause_lane(tx: Transaction, case: FailedCall) -> None:
    until = case.now + timedelta(seconds=case.error.retry_after or 0.0)
    tx.save_lane(replace(tx.lane(case.lane.name), paused_until=until), case.names)


def _unlink(tx: Transaction, case: FailedCall) -> News | None:
    if case.row.unlinked or case.row.repaired or not case.row.alert.url:
        return _repair(tx, case)
    tx.mark_refused_link(case.row.id, case.row.alert.url)
    tx.mark_ready(case.row.id, case.soon, str(case.error))
    return None


def _shorten(tx: Transaction, case: FailedCall) -> News | None:
    if case.row.shortened or case.row.repaired:
        return _repair(tx, case)
    tx.mark_too_long(case.row.id)
    tx.mark_ready(case.row.id, case.soon, str(case.error))
    return None


def _repair(tx: Transaction, case: FailedCall) -> News | None:
    if case.row.repaired:
        return _dead(tx, case)
    tx.mark_ready(case.row.id, case.soon, str(case.error), repair=True)
    return None


def _send_anew(tx: Transaction, case: FailedCall) -> News | None:
    tx.mark_ready(case.row.id, case.soon, str(case.error), forget_message=True)
    return None


def _without_topic(tx: Transaction, case: FailedCall) -> News | None:
    if case.lane.without_topic or case.channel.settings.get("topic") is None:
        return _dead(tx, case)
    claim.close_topic(tx, case.channel, case.now)
    tx.mark_ready(case.row.id, case.soon, str(case.error))
    name = case.channel.name
    line = case.phrases.text("delivery topic closed", channel=name, error=case.error)
    tx.open_incident(Incident(TOPIC, name, line), case.now)
    return News(f"{name}: its topic takes no messages, they go to the chat itself ({case.error})", incident=True)


def _migrate(tx: Transaction, case: FailedCall) -> News | None:
    # The new chat counts its messages anew, so nothing is known of its newest one.
    moved = replace(tx.lane(case.lane.name), chat=case.error.new_chat, last_message_id=None)
    tx.save_lane(moved, case.names)
    tx.mark_ready(case.row.id, case.soon, str(case.error))
    return News(case.phrases.text("delivery chat moved", channel=case.channel.name, chat=case.error.new_chat))


def _suspend(tx: Transaction, case: FailedCall) -> News | None:
    line = _suspend_lane(tx, case)
    tx.mark_ready(case.row.id, case.now, str(case.error))  # SUSPENDED, since its lane is
    return line


def _suspend_lane(tx: Transaction, case: FailedCall) -> News:
    lane = replace(tx.lane(case.lane.name), suspended_at=case.now, reason=str(case.error))
    tx.save_lane(lane, case.names)
    line = f"{case.channel.name}: the chat refuses messages, they are kept until it takes them ({case.error})"
    return News(line, incident=True)


def _stop(tx: Transaction, case: FailedCall) -> News | None:
    tx.mark_ready(case.row.id, case.now, str(case.error))
    return _halt(tx, case)


def _dead(tx: Transaction, case: FailedCall) -> News | None:
    tx.mark_dead(case.row.id, str(case.error))
    return given_up(case.row, str(case.error))


def _halt(tx: Transaction, case: FailedCall) -> News:
    """Open the incident that nothing is sent to channels of a kind; the next message that one takes closes it."""
    line = case.phrases.text("delivery halted", kind=case.channel.kind, error=case.error)
    tx.open_incident(Incident(HALTED, case.channel.kind, line, urgent=True), case.now)
    return News(f"{case.channel.kind}: delivery has stopped, {case.error}", incident=True)


def given_up(row: Delivery, why: str) -> News:
    """Say that a row is DEAD."""
    return News(f"row {row.id} for {row.channel} was given up ({why}): {row.alert.headline[:80]}", incident=True)


_REMEDIES: Mapping[Remedy, Callable[[Transaction, FailedCall], News | None]] = {
    Remedy.RETRY: _retry,
    Remedy.PAUSE: _pause,
    Remedy.UNLINK: _unlink,
    Remedy.SHORTEN: _shorten,
    Remedy.REPAIR: _repair,
    Remedy.SEND_ANEW: _send_anew,
    Remedy.WITHOUT_TOPIC: _without_topic,
    Remedy.MIGRATE: _migrate,
    Remedy.SUSPEND: _suspend,
    Remedy.STOP: _stop,
    Remedy.DEAD: _dead,
}
