"""Surges: a message where a watchlist with `surge: true` matches far more stories than usual. Once a day at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from monitor.alert.holds import ChannelMoment
from monitor.alert.render.layout import zone_of
from monitor.alert.sanitize import clean, clip
from monitor.alert.surge import BASELINE_DAYS, LEAST, WINDOW_HOURS, Peak, surge
from monitor.i18n import alert_phrases
from monitor.model import Alert, Channel, MessageKind, MuteKind, NewDelivery, Severity, Verdict, Watchlist
from monitor.model.trends import StoryMention, Subject, SubjectKind
from monitor.pipeline.alerting import JoinedArticle, note_bug
from monitor.pipeline.ruleset import Rules
from monitor.store import Transaction

_AGAIN = timedelta(hours=24)  # a watchlist surges once in this time
_TITLES = 5  # of the newest stories
_TITLE = 120  # UTF-16 units
_DAY = timedelta(days=1)


def write_surges(
    tx: Transaction, joined: JoinedArticle, verdicts: Sequence[Verdict], rules: Rules, now: datetime
) -> int:
    """Write what surges by an article that has just been written, in its transaction; return how many rows.

    What was there before the watch began, came late or in a flood is no sign of anything.
    """
    if joined.baseline or joined.late or joined.flood or joined.before is not None:
        return 0
    matched = [
        rules.watchlists[each.watchlist] for each in verdicts if each.matched and each.watchlist in rules.watchlists
    ]
    lists = [each for each in matched if each.surge and each.notify]
    if not lists:
        return 0
    muted = {mute.key for mute in tx.mutes(now) if mute.kind is MuteKind.WATCHLIST}
    count = 0
    for each in lists:
        if each.name not in muted:
            with tx.apart(partial(note_bug, "trends")):
                count += _write(tx, each, rules, now)
    return count


def _write(tx: Transaction, watchlist: Watchlist, rules: Rules, now: datetime) -> int:
    channels = [rules.channels[name] for name in dict.fromkeys(watchlist.notify) if name in rules.channels]
    # First, as counting reads all that came in the window: dear when much comes, and a surge is told early.
    untold = [channel for channel in channels if not _is_told(tx, watchlist, channel, rules, now)]
    if not untold:
        return 0
    subject = Subject(SubjectKind.WATCHLIST, watchlist.name)
    first_hour = int(now.timestamp()) // 3600 - WINDOW_HOURS + 1
    mentioned = tx.story_mentions(now - timedelta(hours=WINDOW_HOURS), [subject])
    stories = [each for each in mentioned if each.hours[0] >= first_hour]
    if len(stories) < LEAST:
        return 0
    peak = surge(len(stories), _days(tx, subject, rules.timezone, now))
    if peak is None:
        return 0
    return sum(_tell(tx, watchlist, channel, stories, peak, rules, now) for channel in untold)


def _is_told(tx: Transaction, watchlist: Watchlist, channel: Channel, rules: Rules, now: datetime) -> bool:
    """Return whether a channel was told of a surge today, or in the 24 hours before."""
    today = now.astimezone(zone_of(ChannelMoment(channel, now, rules.timezone).zone)).date()
    if tx.delivery_named(_dedupe(watchlist, channel, today)) is not None:
        return True
    known = tx.delivery_named(_dedupe(watchlist, channel, today - _DAY))
    return known is not None and known.created_at > now - _AGAIN


def _days(tx: Transaction, subject: Subject, timezone: str, now: datetime) -> list[int]:
    """Return the stories of the days before today that anything is known of, oldest first."""
    first = tx.first_trend_day()
    today = now.astimezone(zone_of(timezone)).date()
    if first is None:
        return []
    since = max(first, today - BASELINE_DAYS * _DAY)
    counts = {point.day: point.stories for point in tx.trends(since, [subject]).get(subject, ())}
    return [counts.get(since + number * _DAY, 0) for number in range((today - since).days)]


def _tell(
    tx: Transaction,
    watchlist: Watchlist,
    channel: Channel,
    stories: Sequence[StoryMention],
    peak: Peak,
    rules: Rules,
    now: datetime,
) -> int:
    place = ChannelMoment(channel, now, rules.timezone)
    day = now.astimezone(zone_of(place.zone)).date()
    phrases = alert_phrases(channel.language)
    usual = phrases.number(peak.usual, digits=1)
    span = phrases.duration(timedelta(hours=WINDOW_HOURS))
    alert = Alert(
        MessageKind.NOTICE,
        phrases.count("surge", peak.stories, watchlist=watchlist.name, span=span, usual=usual),
        lines=tuple(_titles(tx, stories)),
        severity=watchlist.severity,
        silent=watchlist.severity is Severity.LOW,
        wording=phrases.language,
    )
    quiet = None if watchlist.severity is Severity.CRITICAL else place.quiet()
    expires = (quiet or now) + timedelta(seconds=rules.expiry(channel.name))
    new = NewDelivery(channel.name, _dedupe(watchlist, channel, day), alert, due_at=quiet, expires_at=expires)
    return int(tx.add_delivery(new, now) is not None)


def _dedupe(watchlist: Watchlist, channel: Channel, day: object) -> str:
    return f"surge:{watchlist.name}:{channel.name}:{day}"


def _titles(tx: Transaction, stories: Sequence[StoryMention]) -> list[str]:
    """Return the titles of the newest stories, each once, with their outlets."""
    newest = sorted((each.story_id for each in stories if each.story_id is not None), reverse=True)
    lines = []
    for story_id in newest[:_TITLES]:
        member = tx.story(story_id).members[0]
        lines.append(clip(f"{clean(member.title)} ({clean(member.source)})", _TITLE))
    return lines
