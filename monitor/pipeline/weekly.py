"""The weekly report of a channel that wishes it: what its watchlists brought, beside the week before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from monitor.alert.render.layout import zone_of
from monitor.alert.sanitize import clean, clip
from monitor.alert.sparkline import sparkline
from monitor.alert.surge import BASELINE_DAYS, bursts
from monitor.i18n import Phrases, alert_phrases
from monitor.model import Alert, Channel, Line, MessageKind, NewDelivery, TextRun
from monitor.model.trends import Subject, SubjectKind
from monitor.pipeline.ruleset import Rules
from monitor.store import Transaction

_LATE = timedelta(hours=12)  # after its time a report of the week is old
_DAYS = 7
_DAY = timedelta(days=1)
_TITLE = 120


@dataclass(frozen=True, slots=True)
class DueReport:
    """A report whose time has come: of the seven days before `monday`; `dedupe` names its row of the outbox."""

    channel: Channel
    monday: date
    dedupe: str


def due_reports(rules: Rules, now: datetime) -> list[DueReport]:
    """Return the reports whose time came within the last twelve hours, whether they are written or not."""
    found = []
    for channel in rules.channels.values():
        if channel.weekly:
            local = now.astimezone(zone_of(channel.timezone or rules.timezone))
            monday = local.date() - local.weekday() * _DAY
            moment = datetime.combine(monday, time.fromisoformat(channel.weekly), local.tzinfo)
            if moment <= local <= moment + _LATE:
                found.append(DueReport(channel, monday, f"weekly:{channel.name}:{monday}"))
    return found


def reported_subjects(channel: Channel, rules: Rules) -> list[Subject]:
    """Return what a channel's report is about: its watchlists."""
    names = [each.name for each in rules.watchlists.values() if channel.name in each.notify]
    return [Subject(SubjectKind.WATCHLIST, name) for name in names]


def write_weekly_reports(tx: Transaction, rules: Rules, now: datetime) -> int:
    """Write the reports whose time has come: on Mondays, of the seven days before; return how many."""
    return sum(_write(tx, due, rules, now) for due in due_reports(rules, now))


def _write(tx: Transaction, due: DueReport, rules: Rules, now: datetime) -> int:
    if tx.delivery_named(due.dedupe) is not None:
        return 0
    phrases = alert_phrases(due.channel.language)
    body = tuple(_body(tx, due.channel, rules, due.monday, phrases))
    alert = Alert(MessageKind.ANSWER, body[0][0].text, body=body, silent=True, wording=phrases.language)
    new = NewDelivery(due.channel.name, due.dedupe, alert, expires_at=now + _LATE)
    return int(tx.add_delivery(new, now) is not None)


def _body(tx: Transaction, channel: Channel, rules: Rules, monday: date, phrases: Phrases) -> Iterator[Line]:
    since = monday - _DAYS * _DAY
    yield (TextRun(phrases.text("weekly", since=phrases.day(since), until=phrases.day(monday - _DAY)), bold=True),)
    subjects = reported_subjects(channel, rules)
    first = tx.first_trend_day()
    found = tx.trends(since - BASELINE_DAYS * _DAY, subjects)
    for subject in subjects if first is not None and first < monday else []:
        start = max(first or since, since - BASELINE_DAYS * _DAY)
        counts = {point.day: point.stories for point in found.get(subject, ())}
        days = [counts.get(start + number * _DAY, 0) for number in range((monday - start).days)]
        yield from _watchlist(subject.name, days, monday, phrases)
    if not subjects or first is None or first >= monday:
        yield phrases.line("weekly none")


def _watchlist(name: str, days: Sequence[int], monday: date, phrases: Phrases) -> Iterator[Line]:
    """Yield the week of a watchlist: its stories beside those of the week before, bars, and the days that burst."""
    week, before = days[-_DAYS:], days[-2 * _DAYS : -_DAYS]
    number = phrases.count("weekly stories", sum(week))
    beside = phrases.text("weekly before", n=sum(before)) if len(before) == _DAYS else ""
    yield (TextRun(clip(clean(name), _TITLE), bold=True), TextRun(f" · {number}{beside}"))
    if any(week):
        yield (TextRun(sparkline(week), code=True),)
    for place, peak in sorted(bursts(days).items(), reverse=True):
        back = len(days) - place
        if back <= _DAYS:
            day, usual = phrases.day(monday - back * _DAY), phrases.number(peak.usual, digits=1)
            yield phrases.line("weekly burst", day=day, n=peak.stories, usual=usual)
