"""Consequences of a failed call for its row and lane: the last column of the table in docs/delivery-internals.md."""

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
    """A probe for a message hit another one of the bot, whose keyboard was taken off."""

    def __init__(self, message_id: int) -> None:
        super().__init__(f"message {message_id} is another one", sent=Sent.UNKNOWN, remedy=Remedy.PROBE)
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class FailureNotice:
    """What the log says of an incident: the database shows it, and operators are notified from there."""

    line: str


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that failed, with everything that its consequences depend on."""

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
    def told(self) -> str:
        """Return the error in the operators' language."""
        return self.phrases.error(str(self.error))

    @property
    def retry_at(self) -> datetime:
        """Return when to try again: full jitter over a doubling wait (AWS, 'Exponential Backoff And Jitter')."""
        return self.now + timedelta(seconds=backoff(self.row.attempts, self.jitter))

    @property
    def soon(self) -> datetime:
        """Return now, or a later time where trying at once did not help before."""
        return self.now if self.row.attempts <= _AT_ONCE else self.retry_at

    @property
    def expired(self) -> bool:
        """Return whether the row is too old to be tried again."""
        return self.row.sent_revision == 0 and self.now >= (self.row.expires_at or self.row.created_at + self.expire)


def backoff(attempts: int, jitter: float) -> float:
    """Return the seconds to wait after `attempts` calls; `jitter` is uniform in 0.0 to 1.0."""
    return jitter * min(CAP, _BASE * 2.0 ** min(attempts, 20))


def failed(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    """Write a failed call's consequences; return the notice for operators, if any."""
    if failed_call.error.sent is Sent.UNKNOWN:
        tx.mark_unknown(failed_call.row.id, str(failed_call.error))
        return None
    if failed_call.error.sent is Sent.YES:
        tx.mark_sent(failed_call.row.id, failed_call.lane.name, Receipt(failed_call.row.message_id), failed_call.now)
        return None
    return _REMEDIES.get(failed_call.error.remedy, _retry)(tx, failed_call)


def state_only(tx: Transaction, failed_call: FailedCall) -> None:
    """Write the row's state alone after a failed call, for where `failed` itself is at fault."""
    if failed_call.error.sent is Sent.UNKNOWN:
        tx.mark_unknown(failed_call.row.id, str(failed_call.error))
    elif failed_call.error.sent is Sent.YES:
        tx.mark_sent(failed_call.row.id, failed_call.lane.name, Receipt(failed_call.row.message_id), failed_call.now)
    elif failed_call.error.remedy is Remedy.DEAD or failed_call.expired:
        tx.mark_dead(failed_call.row.id, str(failed_call.error))
    else:
        tx.mark_ready(failed_call.row.id, failed_call.retry_at, str(failed_call.error))


def unclear(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    """Write a failed probe's consequences for the lane; the row stays UNKNOWN unless the chat moved."""
    if failed_call.error.remedy is Remedy.PAUSE:
        _pause_lane(tx, failed_call)
    elif failed_call.error.remedy is Remedy.SUSPEND:
        return _suspend_lane(tx, failed_call)
    elif failed_call.error.remedy is Remedy.MIGRATE:
        return _migrate(tx, failed_call)
    elif failed_call.error.remedy is Remedy.STOP:
        return _halt(tx, failed_call)
    return None


def _retry(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    if failed_call.expired:
        return _dead(tx, failed_call)
    tx.mark_ready(failed_call.row.id, failed_call.retry_at, str(failed_call.error))
    return None


def _pause(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    _pause_lane(tx, failed_call)
    if failed_call.expired:
        return _dead(tx, failed_call)
    tx.mark_ready(failed_call.row.id, failed_call.now, str(failed_call.error))
    return None


def _pause_lane(tx: Transaction, failed_call: FailedCall) -> None:
    until = failed_call.now + timedelta(seconds=failed_call.error.retry_after or 0.0)
    tx.save_lane(replace(tx.lane(failed_call.lane.name), paused_until=until), failed_call.names)


def _unlink(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    if failed_call.row.unlinked or failed_call.row.repaired or not failed_call.row.alert.url:
        return _repair(tx, failed_call)
    tx.mark_refused_link(failed_call.row.id, failed_call.row.alert.url)
    tx.mark_ready(failed_call.row.id, failed_call.soon, str(failed_call.error))
    return None


def _shorten(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    if failed_call.row.shortened or failed_call.row.repaired:
        return _repair(tx, failed_call)
    tx.mark_too_long(failed_call.row.id)
    tx.mark_ready(failed_call.row.id, failed_call.soon, str(failed_call.error))
    return None


def _repair(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    if failed_call.row.repaired:
        return _dead(tx, failed_call)
    tx.mark_ready(failed_call.row.id, failed_call.soon, str(failed_call.error), repair=True)
    return None


def _send_again(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    expires_at = failed_call.now + failed_call.expire
    tx.forget_message(failed_call.row.id, failed_call.soon, str(failed_call.error), expires_at)
    return None


def _without_topic(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    if failed_call.lane.without_topic or failed_call.channel.settings.get("topic") is None:
        return _dead(tx, failed_call)
    claim.close_topic(tx, failed_call.channel, failed_call.now)
    tx.mark_ready(failed_call.row.id, failed_call.soon, str(failed_call.error))
    name = failed_call.channel.name
    line = failed_call.phrases.text("delivery topic closed", channel=name, error=failed_call.told)
    tx.open_incident(Incident(TOPIC, name, line), failed_call.now)
    return FailureNotice(f"{name}: its topic takes no messages, they go to the chat itself ({failed_call.error})")


def _migrate(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    # The new chat counts its messages anew, so nothing is known of its newest one.
    moved = replace(tx.lane(failed_call.lane.name), chat=failed_call.error.new_chat, last_message_id=None)
    tx.save_lane(moved, failed_call.names)
    tx.mark_ready(failed_call.row.id, failed_call.soon, str(failed_call.error))
    line = f"{failed_call.channel.name}: the chat has another id, {failed_call.error.new_chat}"
    return FailureNotice(line)


def _suspend(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    line = _suspend_lane(tx, failed_call)
    tx.mark_ready(failed_call.row.id, failed_call.now, str(failed_call.error))  # SUSPENDED, since its lane is
    return line


def _suspend_lane(tx: Transaction, failed_call: FailedCall) -> FailureNotice:
    lane = replace(tx.lane(failed_call.lane.name), suspended_at=failed_call.now, reason=str(failed_call.error))
    tx.save_lane(lane, failed_call.names)
    name, error = failed_call.channel.name, failed_call.error
    line = f"{name}: the chat refuses messages, they are kept until it takes them ({error})"
    return FailureNotice(line)


def _stop(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    tx.mark_ready(failed_call.row.id, failed_call.now, str(failed_call.error))
    return _halt(tx, failed_call)


def _dead(tx: Transaction, failed_call: FailedCall) -> FailureNotice | None:
    tx.mark_dead(failed_call.row.id, str(failed_call.error))
    return given_up(failed_call.row, str(failed_call.error))


def _halt(tx: Transaction, failed_call: FailedCall) -> FailureNotice:
    """Open the incident 'nothing is sent to channels of this kind'; the next message that is sent closes it."""
    line = failed_call.phrases.text("delivery halted", kind=failed_call.channel.kind, error=failed_call.told)
    tx.open_incident(Incident(HALTED, failed_call.channel.kind, line, urgent=True), failed_call.now)
    return FailureNotice(f"{failed_call.channel.kind}: delivery has stopped, {failed_call.error}")


def given_up(row: Delivery, why: str) -> FailureNotice:
    """Return the notice that a row is DEAD."""
    return FailureNotice(f"row {row.id} for {row.channel} was given up ({why}): {row.alert.headline[:80]}")


_REMEDIES: Mapping[Remedy, Callable[[Transaction, FailedCall], FailureNotice | None]] = {
    Remedy.RETRY: _retry,
    Remedy.PAUSE: _pause,
    Remedy.UNLINK: _unlink,
    Remedy.SHORTEN: _shorten,
    Remedy.REPAIR: _repair,
    Remedy.SEND_ANEW: _send_again,
    Remedy.WITHOUT_TOPIC: _without_topic,
    Remedy.MIGRATE: _migrate,
    Remedy.SUSPEND: _suspend,
    Remedy.STOP: _stop,
    Remedy.DEAD: _dead,
}
