"""Critical alerts that nobody acknowledged in time: they go to further channels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.i18n import alert_phrases
from monitor.model import ActKind, Channel, Delivery, NewDelivery, Severity, State

LATEST = timedelta(hours=6)
"""An alert that became critical so long ago is escalated no more: the setting may be new."""

_GONE = (State.MUTED, State.HELD)  # a critical alert is held where it is late: it is in a digest then
_HEARD = (ActKind.ACK, ActKind.MUTE)
_NAME = "escalate:"


def is_due(row: Delivery, channel: Channel, now: datetime) -> bool:
    """Return whether a channel's critical alert has waited for as long as its escalation says.

    What the channel could not be sent counts as well: nobody there can acknowledge it.
    """
    if channel.escalate is None or row.alert.severity is not Severity.CRITICAL:
        return False
    if row.state in _GONE or row.in_digest is not None or is_escalation(row):
        return False
    since = max(filter(None, (row.sent_at or row.created_at, row.alert.critical_at)))
    return timedelta(seconds=channel.escalate.after) <= now - since <= LATEST


def is_heard(rows: Sequence[Delivery]) -> bool:
    """Return whether somebody acknowledged or muted a story, by any of its messages."""
    return any(act.deed in _HEARD for row in rows for act in row.alert.acts)


def is_escalation(row: Delivery) -> bool:
    """Return whether a row is an alert that another channel did not acknowledge."""
    return row.dedupe.startswith(_NAME)


def escalated(row: Delivery, channel: Channel, to: Channel, expires_at: datetime) -> NewDelivery:
    """Return the alert for another channel, which says where nobody acknowledged it."""
    after = timedelta(seconds=channel.escalate.after if channel.escalate else 0.0)
    phrases = alert_phrases(to.language)
    note = phrases.text("escalated", channel=channel.name, span=phrases.duration(after))
    alert = replace(
        row.alert,
        note=note,
        acts=(),
        news=None,
        mute_menu=None,
        follows=replace(row.alert.follows, message=None) if row.alert.follows else None,  # it is in another chat
        silent=False,
        wording=phrases.language,
        reader=to.language,
    )
    return NewDelivery(to.name, f"{_NAME}{row.id}:{to.name}", alert, story_id=row.story_id, expires_at=expires_at)
