"""What people did with a message, shown below its words for all to see: an amendment of its row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.model import Act, Delivery, MessageKind
from monitor.store import Transaction

ACTS = 8
"""Acts that one message shows at most; further ones change nothing."""


def mark(tx: Transaction, row: Delivery, act: Act, now: datetime) -> bool:
    """Show below a message who did what; False where it shows enough of that."""
    if len(row.alert.acts) >= ACTS:
        return False
    tx.amend_delivery(row.id, replace(row.alert, acts=(*row.alert.acts, act)), now)
    return True


def mark_story(tx: Transaction, story_id: int, act: Act, now: datetime, where: int | None) -> None:
    """Show it below all alerts of a story that were sent, and below the message of row `where`, where it was done."""
    for row in tx.deliveries_of(story_id):
        if row.message_id is not None and (row.alert.kind is MessageKind.ALERT or row.id == where):
            mark(tx, row, act, now)
