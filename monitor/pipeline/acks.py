"""Acknowledgements and mutes, shown below a message by an amendment of its row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from monitor.alert.render.telegram import MORNING
from monitor.model import Act, ActKind, Alert, Delivery, MessageKind, MuteKind, MuteMenu
from monitor.store import Transaction

ACTS = 8
"""Acts that one message shows at most; further ones change nothing."""

_SLIP = timedelta(minutes=15)  # a mute that ends so soon was one by mistake: what waited to be sent is sent
_MUTES = (ActKind.MUTE, ActKind.UNMUTE)


def mark(tx: Transaction, row: Delivery, act: Act, now: datetime) -> bool:
    """Add a user's action below a message; return False where the message shows enough of them.

    Of mutes and their ends the last one stands, with the button that takes it back.
    """
    acts = row.alert.acts
    if act.deed in _MUTES:
        acts = tuple(each for each in acts if each.deed not in _MUTES)
    elif len(acts) >= ACTS:
        return False
    menu = MuteMenu.MUTED if act.deed is ActKind.MUTE else None if act.deed is ActKind.UNMUTE else row.alert.mute_menu
    shown = replace(row.alert, acts=(*acts, act), mute_menu=menu if _has_menu(row.alert) else None)
    tx.amend_delivery(row.id, shown, now)
    return True


def mark_story(tx: Transaction, story_id: int, act: Act, now: datetime, where: int | None) -> None:
    """Add the action below all sent alerts of a story, and below the message of row `where`, its origin."""
    for row in tx.deliveries_of(story_id):
        shows = row.alert.kind is MessageKind.ALERT or row.id == where or row.alert.mute_menu is not None
        if row.message_id is not None and shows:
            mark(tx, row, act, now)


def show_menu(tx: Transaction, row: Delivery, menu: MuteMenu | None, now: datetime) -> bool:
    """Change a message's buttons for muting its story; return False where they cannot be changed.

    A message that is not known to be there is looked for by its buttons, so that they stay as they are.
    """
    if row.message_id is None or not _has_menu(row.alert) or row.alert.mute_menu is menu:
        return False
    tx.amend_delivery(row.id, replace(row.alert, mute_menu=menu), now)
    return True


def end_mute(tx: Transaction, story_id: int, act: Act, where: int | None = None) -> bool:
    """End a story's mute in all its messages; return False where it was not muted.

    What waited to be sent when it was muted is sent after all where that was a moment ago.
    """
    key = str(story_id)
    mute = next((each for each in tx.mutes(act.at) if (each.kind, each.key) == (MuteKind.STORY, key)), None)
    tx.unmute(MuteKind.STORY, key)
    if mute is None:
        return False
    if act.at - mute.at <= _SLIP:
        tx.revive_silenced(story_id, act.at)
    mark_story(tx, story_id, act, act.at, where)
    return True


def close_lapsed(tx: Transaction, now: datetime) -> int:
    """Take the button Unmute off the messages of stories whose mute is over; return how many were changed."""
    count = 0
    for mute in tx.lapsed_mutes(now):
        if mute.kind is MuteKind.STORY:
            count += sum(show_menu(tx, row, None, now) for row in tx.deliveries_of(int(mute.key)))
        tx.unmute(mute.kind, mute.key)
    return count


def next_morning(now: datetime, zone: tzinfo) -> datetime:
    """Return when a mute until the morning ends, on the clock of a chat."""
    local = now.astimezone(zone)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


def _has_menu(alert: Alert) -> bool:
    return alert.kind in (MessageKind.ALERT, MessageKind.REPLY)
