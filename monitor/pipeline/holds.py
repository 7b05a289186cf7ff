"""Release of held rows: one alone as itself, several in a digest. Runs at every tick of housekeeping."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from monitor.alert.holds import ChannelMoment, longest
from monitor.alert.render import digest
from monitor.i18n import alert_phrases
from monitor.model import Channel, Delivery, MessageKind, Mute, MuteKind, Severity
from monitor.pipeline.ruleset import Rules
from monitor.store import Transaction

_RINGS = (MessageKind.ALERT, MessageKind.REPLY, MessageKind.DIGEST)


def review(tx: Transaction, rules: Rules, now: datetime) -> frozenset[int]:
    """Apply quiet hours to unsent rows, and shorten holds that the current configuration no longer asks for.

    The clock may have been set back since a row was held, and the configuration edited. Rows that are free to go but
    did not (the chat refused, the network was away) are held again when quiet hours begin, and when they are stale.
    Return the ids of the stale ones.
    """
    stale: set[int] = set()
    muted = tx.mutes(now)
    for channel in rules.channels.values():
        place = ChannelMoment(channel, now, rules.timezone)
        tx.shorten_holds(channel.name, longest(place, rules.watchlists.values()))
        if muted:
            _mute(tx, tx.unsent_deliveries(channel.name, now), muted)
        end = place.quiet()
        if end is not None:
            waiting = [row for row in tx.unsent_deliveries(channel.name, now) if _is_held_in_quiet_hours(row)]
            tx.hold_deliveries([row.id for row in waiting], end)
        else:
            stale |= _hold_stale(tx, channel, rules, now)
    return frozenset(stale)


def gather(tx: Transaction, rules: Rules, now: datetime, stale: Collection[int] = ()) -> int:
    """Release every HELD row whose time has come; return the number of channels with released rows."""
    catching_up = tx.pending_count(late=True, flood=True) > 0
    due = tx.due_holds(now, catching_up=catching_up)
    muted = tx.mutes(now) if due else []
    if _mute(tx, due, muted):
        due = tx.due_holds(now, catching_up=catching_up)
    return sum(
        _let_go(tx, name, list(rows), rules, now, stale) for name, rows in groupby(due, key=lambda row: row.channel)
    )


def _mute(tx: Transaction, rows: Sequence[Delivery], muted: Sequence[Mute]) -> int:
    """Mute rows whose story or watchlists were muted since they were written; return how many."""
    stories = {mute.key for mute in muted if mute.kind is MuteKind.STORY}
    watchlists = {mute.key for mute in muted if mute.kind is MuteKind.WATCHLIST}
    found = [
        row.id
        for row in rows
        if str(row.story_id) in stories
        or (row.alert.watchlist and {row.alert.watchlist, *row.alert.also} <= watchlists)
    ]
    if found:
        tx.mute_deliveries(found)
    return len(found)


def _is_held_in_quiet_hours(row: Delivery) -> bool:
    return row.alert.kind in _RINGS and row.alert.severity is not Severity.CRITICAL


def _hold_stale(tx: Transaction, channel: Channel, rules: Rules, now: datetime) -> set[int]:
    rows = tx.unsent_deliveries(channel.name, now - timedelta(seconds=rules.config.delivery.stale))
    old = {
        row.id
        for row in rows
        if row.alert.kind in (MessageKind.ALERT, MessageKind.REPLY) and row.alert.severity.rank < Severity.HIGH.rank
    }
    if channel.idempotent:  # what was tried may have arrived, and is known by its own key
        old -= {row.id for row in rows if row.attempts}
    if len(old) == 1 and tx.waiting_digest(channel.name) is None:
        return set()  # nothing to gather it with
    tx.hold_deliveries(sorted(old), now)
    return old


def _let_go(
    tx: Transaction, name: str, rows: Sequence[Delivery], rules: Rules, now: datetime, stale: Collection[int]
) -> int:
    channel = rules.channels.get(name, Channel(name, ""))
    end = ChannelMoment(channel, now, rules.timezone).quiet()
    if end is not None:
        tx.hold_deliveries([row.id for row in rows if _is_held_in_quiet_hours(row)], end)
        rows = [row for row in rows if not _is_held_in_quiet_hours(row)]
    if not rows:
        return 0
    alerts = [row for row in rows if row.alert.kind is not MessageKind.DIGEST]
    _as_themselves(tx, [row for row in rows if row not in alerts], rules, now)
    reason = "delayed" if {row.id for row in rows} <= set(stale) else "gathered"
    if alerts and all(row.alert.brief for row in alerts):
        reason = "in a flood"
    _in_digests(tx, name, alerts, rules, now, reason=reason)
    stories = [row.alert for row in alerts if row.alert.kind is MessageKind.ALERT]
    alerted = [name for alert in stories for name in (alert.watchlist, *alert.also) if name]
    tx.save_alert_history(name, tx.alert_history(name).alerted(alerted, now))
    return 1


def _in_digests(
    tx: Transaction, name: str, rows: Sequence[Delivery], rules: Rules, now: datetime, *, reason: str
) -> None:
    waiting = tx.waiting_digest(name)
    more = digest.joined(waiting, rows) if waiting and rows else None
    if waiting is not None and more is not None:
        tx.grow_digest(waiting.id, more, [row.id for row in rows], now)
        return
    if len(rows) == 1:
        _as_themselves(tx, rows, rules, now)
        return
    channel = rules.channels.get(name)
    phrases = alert_phrases(channel.language if channel else None)
    for batch in digest.gathered(name, rows, now, expire=rules.expiry(name), reason=reason, phrases=phrases):
        if tx.add_digest(batch.new, batch.members, now) is None:  # one of this name was sent before: none may be lost
            _as_themselves(tx, [row for row in rows if row.id in batch.members], rules, now)


def _as_themselves(tx: Transaction, rows: Sequence[Delivery], rules: Rules, now: datetime) -> None:
    for row in rows:
        tx.release_deliveries([row.id], now, now + timedelta(seconds=rules.expiry(row.channel)))
