"""Poll intervals: by a source's rhythm, its failures, and the server's headers. Pure and total."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from monitor.errors import FetchError, FetchKind, MonitorError
from monitor.i18n import DEFAULT, Phrases
from monitor.model import Rhythm, SourceState, Volume

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0

INTERNAL = "internal error"
"""`SourceState.error_kind` of a poll that met a bug of the monitor's own."""

_STEADY_BELOW = 30.0  # seconds: so short an interval is meant as it is written
_JITTER = 0.1  # shortens only: who says 3m never waits longer
_FASTER = 0.75  # per poll with news, down to every / 2
_SLOWER = 1.15  # per poll without, up to every
_MAX_DOUBLINGS = 40  # beyond any cap; keeps the arithmetic finite

_UNAUTHORIZED, _NOT_FOUND, _GONE, _TOO_MANY = 401, 404, 410, 429
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
    """The next poll after an outcome. `interval` is in seconds, before jitter where all is well."""

    next_poll_at: datetime
    interval: float
    failures: int = 0
    stopped: bool = False


def plan(
    state: SourceState,
    *,
    now: datetime,
    outcome: Literal["new", "unchanged", "error"],
    error: MonitorError | None = None,
    retry_after: float | None = None,
    max_age: float | None = None,
    rng: random.Random,
) -> Plan:
    """Return the next poll.

    `retry_after` and `max_age` are seconds, as the server asked; with `outcome` 'error', `error` says why. The source's
    `every` is a ceiling while all is well, and the floor of the back-off when it is not.
    """
    if outcome == "error":
        return _after_error(state, now, error, _finite(retry_after), rng)
    every = _every(state)
    interval = _rhythm(state, every, busy=outcome == "new" and state.baseline_at is not None)
    wish = _finite(max_age)
    if wish is not None:  # a cache answers until then: asking sooner is vain, asking later would break the promise
        interval = max(interval, min(wish, every))
    wait = interval
    if every >= _STEADY_BELOW:
        wait = max(interval * (1 - _JITTER * rng.random()), every / 2)
    return Plan(_later(now, wait), interval)


def failing(state: SourceState, now: datetime, phrases: Phrases = DEFAULT) -> str | None:
    """Return a description for operators of a source's failure, or None where no action is needed yet.

    What only a person can mend is said at the first sight of it; other failures when the source has missed its rhythm
    by far, since most networks fail for a minute now and then.
    """
    if state.stopped:
        return phrases.text("source gone")
    if not state.failures:
        return None
    trouble = _FOR_A_PERSON.get(state.error_kind or "") or _FOR_A_PERSON.get(_status(state.error))
    if trouble:
        return phrases.text(f"source fails by {trouble}", error=state.error)
    overdue = max(15 * MINUTE, 2.5 * _every(state))
    since = state.last_success_at
    late = state.failures >= _NOT_BY_CHANCE and (since is None or (now - since).total_seconds() >= overdue)
    if not late:
        return None
    return phrases.count("source fails", state.failures, error=state.error or phrases.text("no reason known"))


def silent(state: SourceState, rhythm: Rhythm) -> float | None:
    """Return the seconds since a healthy source's last news where its rhythm makes that unusual, else None.

    A pause is odd when it is half as long again as the longest of the last fortnight (twice, where no weekend was seen
    yet). Measured up to the last poll that went well: what happened while nobody asked is not known.
    """
    if state.failures or state.last_success_at is None or state.last_new_at is None:
        return None
    seen = (state.last_new_at - rhythm.first).total_seconds()
    if rhythm.arrivals < _KNOWN_ARRIVALS or seen < _KNOWN_FOR:
        return None
    quiet = (state.last_success_at - state.last_new_at).total_seconds()
    longest = rhythm.longest * (1.5 if seen >= _A_WEEK_AND_MORE else 2.0)
    return quiet if quiet > max(longest, HOUR, 3 * _every(state)) else None


def _status(error: str | None) -> str:
    found = re.search(r"\b(401|403)\b", error or "")
    return found.group() if found else ""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3), as seconds from `now`; None where unreadable."""
    text = (header or "").strip()
    if not text:
        return None
    if re.fullmatch(r"\d+(\.\d*)?", text):
        return float(text[:12]) if text.isascii() else None
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
    every = state.source.every
    return every if math.isfinite(every) and every >= 1.0 else 1.0


def _rhythm(state: SourceState, every: float, *, busy: bool) -> float:
    if every < _STEADY_BELOW:
        return every
    before = state.interval if not state.failures and every / 2 <= state.interval <= every else every
    return max(every / 2, before * _FASTER) if busy else min(every, before * _SLOWER)


def _after_error(
    state: SourceState, now: datetime, error: MonitorError | None, asked: float | None, rng: random.Random
) -> Plan:
    failures = state.failures + 1
    status = error.status if isinstance(error, FetchError) else None
    every = _every(state)
    if status == _GONE:
        return _gone(state, now, failures)
    cap, floor = _bounds(status, every)
    wait = _back_off(floor, cap, failures, rng)
    if asked is not None:  # the server says when it will be well: neither sooner nor much later
        polite = min(max(asked, MINUTE), DAY)
        wait = min(max(polite, min(every, DAY)) * (1 + _JITTER * rng.random()), max(DAY, polite))
    return Plan(_later(now, wait), wait, failures)


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
    said_before = state.failures > 0 and re.search(r"\b410\b", state.error or "") is not None
    long_ago = state.last_poll_at is not None and now - state.last_poll_at >= timedelta(hours=1)
    stopped = said_before and long_ago
    wait = HOUR + MINUTE
    return Plan(_later(now, wait), wait, failures, stopped)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def _later(now: datetime, seconds: float) -> datetime:
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
