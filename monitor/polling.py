"""Poll intervals: by a source's rhythm, its failures, and the server's headers. Pure and total."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor import rhythm
from monitor.errors import FetchError, FetchKind, MonitorError
from monitor.i18n import DEFAULT, Phrases
from monitor.model import ArrivalRate, FeedWishes, PollReason, PollRun, Rhythm, SourceState, Volume

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0

INTERNAL = "internal error"
"""`SourceState.error_kind` of a poll that met a bug of the monitor's own."""

_STEADY_BELOW = 30.0  # seconds: so short an interval is meant as it is written
_JITTER = 0.1  # shortens a written interval only: who says 3m never waits longer
_ABOUT = 0.05  # more or less than an interval that nobody wrote
_LIVELY = 1.5  # times what the hour usually brings: news is coming
_FEED_WISHES = (PollReason.CACHE, PollReason.TTL, PollReason.SKIPPED)
_SHOWN = 1000 * DAY  # the longest span that is shown
_FEW = 10  # entries an hour, whose decimals matter
_LONGEST_WISH = HOUR  # that a feed and its server may ask for
_CLOCKS_DIFFER = 30 * DAY  # a Retry-After within so much of now is Unix time
_MAX_DOUBLINGS = 40  # beyond any cap; keeps the arithmetic finite

_RUNS = 12
"""Runs of polls that are kept of a source: of one that brings news at each poll its last dozen polls, of a quiet one
some days."""
_ERROR_SHOWN = 200  # characters of a run's error; the last error is kept whole

_UNAUTHORIZED, _NOT_FOUND, _GONE, _TOO_MANY = 401, 404, 410, 429
_ANSWERED = re.compile(r"\banswered (\d{3})\b")  # as `Response.refusal` writes it
_NOT_BY_CHANCE = 2  # failures in a row
_KNOWN_ARRIVALS, _KNOWN_FOR, _A_WEEK_AND_MORE = 20, 3 * DAY, 8 * DAY  # before less nobody knows a rhythm

# By kind of failure, or by status.
_FOR_A_PERSON = {
    FetchKind.REFUSED_ADDRESS.value: "address",
    FetchKind.SETTING.value: "setting",
    INTERNAL: "bug",
    "401": "login",
    "403": "refusal",
}


ESTABLISHED = 10
"""A source with fewer known entries has no floods: its first bodies may be of any size."""

_FLOOD = 20  # new entries at once that may be one
_SOON = timedelta(days=3)  # a flood again within it is the source's rhythm


def counted(volume: Volume, new: int, now: datetime, *, known: Callable[[], int]) -> tuple[bool, Volume]:
    """Count a poll's new entries; return whether they are a flood, and the volume with them.

    A flood is more at once than the source ever brought in a day, and 20 at least. It does not count as a day's work,
    unless another one follows within three days: then that is how the source publishes. `known()` counts entries that
    were known before, up to `ESTABLISHED`.
    """
    today = now.astimezone(UTC).date()
    if volume.flooded_on and today != volume.flooded_on and new >= _FLOOD:
        again = abs(today - volume.flooded_on) <= _SOON
        volume = replace(
            volume, busiest=max(volume.busiest, volume.flood) if again else volume.busiest, flood=0, flooded_on=None
        )
    if new >= _FLOOD and new > volume.busiest and known() >= ESTABLISHED:
        return True, replace(volume, flood=max(new, volume.flood), flooded_on=today)
    count = new + (volume.count if volume.day == today else 0)
    return False, replace(volume, day=today, count=count, busiest=max(volume.busiest, count))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a poll's outcome means for the next one. `interval` is in seconds, before jitter where all is well."""

    next_poll_at: datetime
    interval: float
    reason: PollReason
    number: float | None = None  # see `PollReason`
    failures: int = 0
    stopped: bool = False
    rate: ArrivalRate | None = None  # None: the poll failed, and nothing was learnt


def plan(
    state: SourceState,
    *,
    now: datetime,
    new: int | None = 0,
    max_age: float | None = None,
    wishes: FeedWishes | None = None,
    rng: random.Random,
) -> Plan:
    """Return the next poll after one that went well.

    `new` is the number of new entries, None where it says nothing of how the source publishes: a flood. `max_age` is in
    seconds, as the server asked, and `wishes` are those of a body that was read just now. A written `every` is the
    longest wait, whatever they ask for; where the user wrote none they hold, up to an hour.
    """
    rate, since = state.rate, state.last_success_at
    if new is not None and since is not None and state.baseline_at is not None:
        rate = rhythm.observe(rate, since=since, now=now, new=new, timezone=state.source.timezone)
    age = _finite(max_age)
    if state.source.every is None:
        return _by_rhythm(state, rate, now, age, state.wishes if wishes is None else wishes, rng)
    every = _every(state)
    interval = every
    if every >= _STEADY_BELOW:
        interval = rhythm.shortened(rate, now, state.source.timezone, every)
    reason, number = (PollReason.WRITTEN, every) if interval == every else _reason(rate, now, state.source.timezone)
    if age is not None and min(age, every) > interval:  # asking sooner is vain, asking later would break the promise
        interval, reason, number = min(age, every), PollReason.CACHE, age
    wait = interval
    if every >= _STEADY_BELOW:
        wait = max(interval * (1 - _JITTER * rng.random()), every / 2)
    return Plan(_later(now, wait), interval, reason, number, rate=rate)


def _by_rhythm(
    state: SourceState,
    rate: ArrivalRate,
    now: datetime,
    age: float | None,
    wishes: FeedWishes,
    rng: random.Random,
) -> Plan:
    """Return the next poll where the user wrote no interval."""
    interval = rhythm.interval(rate, now, state.source.timezone)
    wait = min(max(interval * rng.uniform(1 - _ABOUT, 1 + _ABOUT), rhythm.SHORTEST), rhythm.LONGEST)
    rate = rhythm.spent(rate, wait)
    reason, number = _reason(rate, now, state.source.timezone)
    for asked, why in ((age, PollReason.CACHE), (wishes.ttl, PollReason.TTL)):
        floor = min(asked or 0.0, _LONGEST_WISH)
        if floor > wait:
            wait = interval = floor
            reason, number = why, asked
    at = _later(now, wait)
    allowed = _allowed(at, wishes)
    if allowed > at:
        return Plan(allowed, (allowed - now).total_seconds(), PollReason.SKIPPED, rate=rate)
    return Plan(at, interval, reason, number, rate=rate)


def _reason(rate: ArrivalRate, now: datetime, timezone: str) -> tuple[PollReason, float | None]:
    usual, current = rhythm.usual(rate, now, timezone), rhythm.current(rate, now, timezone)
    if usual is not None and current is not None and current > _LIVELY * usual:
        return PollReason.NEWS, current
    return PollReason.RHYTHM, usual


def _allowed(at: datetime, wishes: FeedWishes) -> datetime:
    """Return the first moment from `at` on in which the feed does not mind; `at` where it always minds."""
    moment = at
    for _ in range(8 * 24):
        local = moment.astimezone(UTC)
        if local.hour not in wishes.skip_hours and local.weekday() not in wishes.skip_days:
            return moment
        moment = _later(local.replace(minute=0, second=0, microsecond=0), HOUR)
    return at


def why(state: SourceState, now: datetime, phrases: Phrases = DEFAULT) -> str | None:
    """Return when a source is polled next, and why then, for operators; None where it is polled no more."""
    if state.stopped or state.next_poll_at is None:
        return None
    span = state.next_poll_at - now
    when = phrases.text("poll in", span=phrases.duration(span)) if span > timedelta(0) else phrases.text("poll now")
    if state.reason is None:
        return when
    reason = _in_words(state, state.reason, state.reason_number, state.last_poll_at or now, phrases)
    if state.source.every is None and state.reason in _FEED_WISHES:
        reason = phrases.text("poll oftener", reason=reason)
    return phrases.text("poll why", when=when, reason=reason)


def _in_words(
    state: SourceState, reason: PollReason, number: float | None, planned_at: datetime, phrases: Phrases
) -> str:
    amount = min(number or 0.0, _SHOWN)
    n = phrases.number(amount, digits=1 if amount < _FEW else 0)
    match reason:
        case PollReason.RHYTHM if number is None:
            return phrases.text("poll unknown")
        case PollReason.RHYTHM:
            at = rhythm.local(planned_at, state.source.timezone)
            day = phrases.text(f"poll day {at.weekday()}")
            return phrases.text("poll rhythm", day=day, hour=f"{at:%H}", number=n)
        case PollReason.NEWS:
            return phrases.text("poll news", number=n)
        case PollReason.FAILURES:
            return phrases.count("poll failures", int(amount))
        case PollReason.SKIPPED | PollReason.HOST | PollReason.HUB:
            return phrases.text(f"poll by {reason}")
        case _:
            return phrases.text(f"poll for {reason}", span=phrases.duration(timedelta(seconds=amount)))


def failing(state: SourceState, now: datetime, phrases: Phrases = DEFAULT) -> str | None:
    """Return a description for operators of a source's failure, or None where no action is needed yet.

    What only a person can mend is said at the first sight of it; other failures when the source has missed its rhythm
    by far, since most networks fail for a minute now and then.
    """
    if state.stopped:
        return phrases.text("source gone")
    if not state.failures:
        return None
    error = phrases.error(state.error or DEFAULT.text("error reasonless"))
    trouble = _FOR_A_PERSON.get(state.error_kind or "") or _FOR_A_PERSON.get(_status(state.error))
    if trouble:
        return phrases.text(f"source fails by {trouble}", error=error)
    overdue = max(15 * MINUTE, 2.5 * _every(state))
    if state.source.every is None:  # the last success may be one long wait of a quiet night ago
        overdue += rhythm.LONGEST
    since = state.last_success_at
    late = state.failures >= _NOT_BY_CHANCE and (since is None or (now - since).total_seconds() >= overdue)
    if not late:
        return None
    return phrases.count("source fails", state.failures, error=error)


def silent(state: SourceState, habit: Rhythm) -> float | None:
    """Return the seconds since a healthy source's last news where its rhythm makes that unusual, else None.

    A pause is odd when it is half as long again as the longest of the last fortnight (twice, where no weekend was seen
    yet). Measured up to the last poll that went well: what happened while nobody asked is not known.
    """
    if state.failures or state.last_success_at is None or state.last_new_at is None:
        return None
    seen = (state.last_new_at - habit.first).total_seconds()
    if habit.arrivals < _KNOWN_ARRIVALS or seen < _KNOWN_FOR:
        return None
    quiet = (state.last_success_at - state.last_new_at).total_seconds()
    longest = habit.longest * (1.5 if seen >= _A_WEEK_AND_MORE else 2.0)
    return quiet if quiet > max(longest, HOUR, 3 * _every(state)) else None


def _status(error: str | None) -> str:
    """Return the status that a recorded error is of, '' where it is another one; its addresses may hold any number."""
    found = _ANSWERED.search(error or "")
    return found.group(1) if found else ""


def logged(log: str, at: datetime, *, entries: int | None = None, news: int = 0, error: str | None = None) -> str:
    """Return a source's log of polls with one more: what came to the same is one run.

    `entries` is how many the body showed (None: it was as before, or the poll failed), `news` how many of them were new
    or changed. A log is lines of JSON in ASCII, the newest run first, so that a poll reads and writes the first alone;
    the last `_RUNS` runs are kept.
    """
    new = PollRun(at, at, 1, entries, news, None if error is None else error[:_ERROR_SHOWN])
    lines = log.split("\n")
    last = _run(lines[0])
    if last is None or news or _outcome(last) != _outcome(new):
        return "\n".join([_line(new), *filter(None, lines[: _RUNS - 1])])
    return "\n".join([_line(replace(new, since=min(last.since, at), polls=last.polls + 1)), *lines[1:]])


def runs(log: str) -> tuple[PollRun, ...]:
    """Return the runs of a log, the newest first; lines that cannot be read are left out."""
    return tuple(run for line in log.split("\n") if (run := _run(line)) is not None)


def _line(run: PollRun) -> str:
    times = run.since.isoformat(), run.until.isoformat()
    return json.dumps([*times, run.polls, run.entries, run.news, run.error], separators=(",", ":"))


def _run(line: str) -> PollRun | None:
    try:
        since, until, polls, entries, news, error = json.loads(line)
        begin, end = (datetime.fromisoformat(time).astimezone(UTC) for time in (since, until))
        shown = None if entries is None else int(entries)
        return PollRun(begin, end, int(polls), shown, int(news), None if error is None else str(error))
    except (ValueError, TypeError):
        return None


def _outcome(run: PollRun) -> tuple[object, ...]:
    """Return what makes polls one run: how many entries a body shows makes no difference, that it shows none does."""
    return run.news, run.error, None if run.entries is None else run.entries > 0


def retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3), as seconds from `now`; None where unreadable.

    So many seconds that they are about the Unix time of `now` are a time: as a span they would close a host for a day.
    """
    text = (header or "").strip()
    if not text:
        return None
    if re.fullmatch(r"\d+(\.\d*)?", text):
        if not text.isascii():
            return None
        seconds = float(text[:12])
        until = seconds - now.timestamp()
        return max(until, 0.0) if abs(until) <= _CLOCKS_DIFFER else seconds
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def date(header: str | None) -> datetime | None:
    """Read a Date header: the server's time, from which its other headers' dates count; None where there is none."""
    try:
        moment = parsedate_to_datetime((header or "").strip())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def max_age(header: str | None) -> float | None:
    """Read max-age, in seconds, from a Cache-Control header; None where there is none."""
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", header or "", re.IGNORECASE | re.ASCII)
    return float(found.group(1)) if found else None


def _every(state: SourceState) -> float:
    every = rhythm.EVERY if state.source.every is None else state.source.every
    return every if math.isfinite(every) and every >= 1.0 else 1.0


def plan_after_error(
    state: SourceState,
    *,
    now: datetime,
    error: MonitorError | None = None,
    retry_after: float | None = None,
    rng: random.Random,
) -> Plan:
    """Return the next poll after one that failed by `error`; None is an internal one.

    `retry_after` is in seconds, as the server asked. The source's `every` is the floor of the back-off.
    """
    asked = _finite(retry_after)
    failures = state.failures + 1
    status = error.status if isinstance(error, FetchError) else None
    every = _every(state)
    if status == _GONE:
        return _gone(state, now, failures)
    cap, floor = _bounds(status, every)
    wait = _back_off(floor, cap, failures, rng)
    reason, number = PollReason.FAILURES, float(failures)
    if asked is not None:  # the server says when it will be well: neither sooner nor much later
        polite = min(max(asked, MINUTE), DAY)
        wait = min(max(polite, min(every, DAY)) * (1 + _JITTER * rng.random()), max(DAY, polite))
        reason, number = PollReason.RETRY_AFTER, asked
    return Plan(_later(now, wait), wait, reason, number, failures)


def _bounds(status: int | None, every: float) -> tuple[float, float]:
    """Return the longest and the shortest interval."""
    if status == _UNAUTHORIZED:
        return max(DAY, every), max(DAY, every)
    if status == _NOT_FOUND:
        return max(DAY, every), every
    return max(HOUR, every), max(every, MINUTE) if status == _TOO_MANY else every


def _back_off(floor: float, cap: float, failures: int, rng: random.Random) -> float:
    """Double from `floor` to `cap`; jitter keeps sources that fail together from returning together."""
    wait = floor * 2.0 ** min(failures - 1, _MAX_DOUBLINGS) * (1 + 0.25 * rng.random())
    return wait if wait < cap else max(floor, cap * (1 - 0.2 * rng.random()))


def _gone(state: SourceState, now: datetime, failures: int) -> Plan:
    """Return whether 410 came twice, an hour apart (last_poll_at is the time of the answer before this one)."""
    said_before = state.failures > 0 and _status(state.error) == str(_GONE)
    long_ago = state.last_poll_at is not None and now - state.last_poll_at >= timedelta(hours=1)
    stopped = said_before and long_ago
    wait = HOUR + MINUTE
    return Plan(_later(now, wait), wait, PollReason.FAILURES, float(failures), failures, stopped)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def _later(now: datetime, seconds: float) -> datetime:
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
