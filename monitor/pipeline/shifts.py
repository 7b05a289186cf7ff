"""Hand-overs between shifts: read for whoever asks, and written to channels every morning."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta

from monitor.alert.render.layout import reader, zone_of
from monitor.alert.shift import ShiftReport, handed_over, is_open, rang
from monitor.i18n import alert_phrases
from monitor.model import Alert, Channel, Delivery, MessageKind, MuteKind, NewDelivery
from monitor.pipeline.ruleset import Rules
from monitor.store import Transaction

USUAL = timedelta(hours=12)
"""How long a shift has been, where nobody handed over before."""

_OPEN_FOR = timedelta(days=3)  # an older alert is nobody's open task: its story is frozen
_LATE = timedelta(hours=2)  # after its time a hand-over is of no use to a shift that has begun


def shift_report(tx: Transaction, channels: Collection[str] | None, since: datetime, now: datetime) -> ShiftReport:
    """Return what happened in some channels (None: in all) since a moment, and what is open and muted now."""
    rows = _messages(tx, tx.alerts_since(min(since, now - _OPEN_FOR), channels=channels))
    incidents = tx.incident_log().open.values()
    return ShiftReport(
        since=since,
        rang=[row for row in rows if rang(row) and row.created_at > since],
        unanswered=[row for row in rows if is_open(row) and row.created_at > now - _OPEN_FOR],
        incidents=[each.incident.line for each in incidents if each.gone is None],
        muted=[(_name(tx, mute.kind, mute.key), mute.until) for mute in tx.mutes(now)],
    )


def _messages(tx: Transaction, rows: Iterable[Delivery]) -> list[Delivery]:
    """Return the alerts whose messages people saw: in place of one that another alert's message carries, that one.

    Such are the alerts of another watchlist in the same channel, and of a closed topic whose chat gets them anyway: who
    acknowledged that message acknowledged all that it says.
    """
    shown: dict[int, Delivery] = {}
    carriers: dict[int, Delivery | None] = {}
    for row in rows:
        if row.in_digest is not None and row.in_digest not in carriers:
            carriers[row.in_digest] = tx.delivery(row.in_digest)
        carrier = None if row.in_digest is None else carriers[row.in_digest]
        message = row if carrier is None or carrier.alert.kind is not MessageKind.ALERT else carrier
        shown.setdefault(message.id, message)
    return list(shown.values())


def _name(tx: Transaction, kind: MuteKind, key: str) -> str:
    rows = tx.deliveries_of(int(key)) if kind is MuteKind.STORY else []
    return rows[0].alert.headline if rows else key


def write_hand_overs(tx: Transaction, rules: Rules, now: datetime) -> int:
    """Write the hand-overs whose time has come; return how many."""
    return sum(_write(tx, channel, rules, now) for channel in rules.channels.values() if channel.shift)


def _write(tx: Transaction, channel: Channel, rules: Rules, now: datetime) -> int:
    zone = channel.timezone or rules.timezone
    local = now.astimezone(zone_of(zone))
    times = sorted(time.fromisoformat(each) for each in channel.shift)
    moments = [
        datetime.combine(local.date() - timedelta(days=back), at, local.tzinfo) for back in (1, 0) for at in times
    ]
    past = [moment for moment in moments if moment <= local]
    if not past or local - past[-1] > _LATE:
        return 0
    dedupe = f"shift:{channel.name}:{past[-1]:%Y-%m-%dT%H:%M}"
    if tx.delivery_named(dedupe) is not None:
        return 0
    before = past[-2] if len(past) > 1 else past[-1] - timedelta(days=1)
    phrases = alert_phrases(channel.language)
    body = handed_over(shift_report(tx, [channel.name], before, now), reader(zone, now, phrases))
    alert = Alert(MessageKind.ANSWER, body[0][0].text, body=body, wording=phrases.language)
    new = NewDelivery(channel.name, dedupe, alert, expires_at=now + _LATE)
    return int(tx.add_delivery(new, now) is not None)
