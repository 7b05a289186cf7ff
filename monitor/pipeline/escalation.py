"""Escalation of critical alerts that nobody acknowledged: asked in housekeeping, every quarter of a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.alert.escalation import LATEST, escalated, is_due, is_escalation, is_heard
from monitor.model import Delivery
from monitor.pipeline.ruleset import Rules
from monitor.store import Transaction

EVERY = 15.0
"""Seconds between two looks."""

_LOOKED_AT = timedelta(days=3)  # a story that is older does not grow any more


def escalate(tx: Transaction, rules: Rules, now: datetime) -> int:
    """Write the alerts that go to further channels now; return how many."""
    asking = [channel.name for channel in rules.channels.values() if channel.escalate]
    rows = tx.alerts_since(now - _LOOKED_AT, channels=asking) if asking else []
    return sum(
        _escalate(tx, row, rules, now) for row in reversed(rows) if is_due(row, rules.channels[row.channel], now)
    )


def _escalate(tx: Transaction, row: Delivery, rules: Rules, now: datetime) -> int:
    channel = rules.channels[row.channel]
    story = tx.deliveries_of(row.story_id) if row.story_id else [row]
    if channel.escalate is None or is_heard(row, story):
        return 0
    # Several channels may send one story on to the same people.
    told = {each.channel for each in story if is_escalation(each) and each.created_at > now - LATEST}
    names = [name for name in channel.escalate.to if name not in told]
    targets = [rules.channels[name] for name in names if name in rules.channels]
    rows = [escalated(row, channel, to, now + timedelta(seconds=rules.expiry(to.name))) for to in targets]
    return sum(tx.add_delivery(new, now) is not None for new in rows)
