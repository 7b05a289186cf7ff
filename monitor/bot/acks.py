"""Acknowledgements and mutes, shown below a message by an amendment of its row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.model import Act, Delivery, MessageKind
from monitor.store import Transaction

ACTS = 8
"""Acts that one message shows at most; further ones change nothing."""


def mark(tx: Transaction, row: Delivery, act: Act, now: datetime) -> bool:
    """Add a user's action below a message; return False where the message shows enough of them."""
    if len(row.alert.acts) >= ACTS:
        return False
    tx.amend_delivery(row.id, replace(row.alert, acts=(*row.alert.acts, act)), now)
    return True


def mark_story(tx: Transaction, story_id: int, act: Act, now: datetime, where: int | None) -> None:
    """Add the action below all sent alerts of a story, and below the message of row `where`, its origin."""
    for row in tx.deliveries_of(story_id):
        if row.message_id is not None and (row.alert.kind is MessageKind.ALERT or row.id == where):
            mark(tx, row, act, now)
