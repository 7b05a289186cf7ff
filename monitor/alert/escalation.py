"""Critical alerts that nobody acknowledged in time: they go to further channels. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.i18n import alert_phrases
from monitor.model import ActKind, Channel, Delivery, NewDelivery, Severity, State

LATEST = timedelta(hours=6)
"""An alert that became critical so long ago is escalated no more: the setting may be new."""

_GONE = (State.MUTED, State.HELD)  # a critical alert is held where it is late: it is in a digest then
_HEARD = (ActKind.ACK, ActKind.MUTE)
_NAME = "escalate:"
_OF_STORY = re.compile(r"(?:joined:)?(?:alert|reply):([^:]+):")


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


def is_heard(row: Delivery, rows: Sequence[Delivery]) -> bool:
    """Return whether somebody acknowledged or muted a row's story, by any of the story's rows.

    Of a story that was merged into another one, what was done before counts for its own rows alone: who has seen one
    of two messages has not seen the other. What is done later stands below the messages of both.
    """
    by_id = {str(each.id): each for each in rows}
    own = _anchor(row, by_id)
    heard = (each for each in rows if any(act.deed in _HEARD for act in each.alert.acts))
    return any(each.id == row.id or _anchor(each, by_id) in (own, None) for each in heard)


def _anchor(row: Delivery, by_id: Mapping[str, Delivery]) -> str | None:
    """Return the anchor of the story that a row was written for, None where its name says none."""
    if is_escalation(row):
        of = by_id.get(row.dedupe.removeprefix(_NAME).partition(":")[0])
        return _anchor(of, by_id) if of else None
    found = _OF_STORY.match(row.dedupe)
    return found[1] if found else None


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
