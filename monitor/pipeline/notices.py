"""Writes notices to operators: into the outbox, in the transaction of what they are on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitor.alert.incidents import OperatorNotice
from monitor.alert.operator_notices import changes, with_event
from monitor.i18n import Phrases
from monitor.model import Alert, Channel, IncidentLog, NewDelivery
from monitor.store import Transaction

EXPIRES = timedelta(days=2)
"""A notice that could not be sent for so long is given up."""


def write_incidents(
    tx: Transaction,
    channels: Iterable[Channel],
    notices: Sequence[OperatorNotice],
    log: IncidentLog,
    now: datetime,
    phrases: Phrases,
) -> int:
    """Write what changed in incidents to each operator's channel; return how many rows were added or amended."""
    if not notices and not log.open:
        return 0
    count = 0
    for channel in channels:
        found = changes(tx.operator_notices(channel.name), notices, log, now, phrases)
        for ident, alert in found.amended.items():
            _amend(tx, ident, alert, now)
        for number, each in enumerate(found.new):
            dedupe = f"notice:{channel.name}:{now.isoformat()}:{number}"
            new = NewDelivery(channel.name, dedupe, each.alert, reply_to=each.reply_to, expires_at=now + EXPIRES)
            count += tx.add_delivery(new, now) is not None
        count += len(found.amended)
    return count


def write_event(
    tx: Transaction,
    channels: Iterable[Channel],
    key: str,
    headline: str,
    lines: Sequence[str],
    now: datetime,
    phrases: Phrases,
) -> int:
    """Write what happened once to each operator's channel, once for each key; return how many rows were added.

    While a notice waits to be sent, that one shows it, too, and its row goes with that one's.
    """
    count = 0
    for channel in channels:
        alert, shown_by = with_event(tx.operator_notices(channel.name), key, headline, lines, now, phrases)
        new = NewDelivery(
            channel.name,
            f"notice:{channel.name}:{key}",
            alert,
            carried_by=shown_by.dedupe if shown_by else None,
            expires_at=now + EXPIRES,
        )
        if tx.add_delivery(new, now) is None:
            continue
        if shown_by is not None:
            _amend(tx, shown_by.id, shown_by.alert, now)
        count += 1
    return count


def _amend(tx: Transaction, ident: int, alert: Alert, now: datetime) -> None:
    """Amend a notice, which is then tried for as long as a new one."""
    tx.amend_delivery(ident, alert, now)
    tx.extend_delivery(ident, now + EXPIRES)
