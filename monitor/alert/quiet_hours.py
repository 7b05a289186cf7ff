"""Wall-clock times: the end of quiet hours, and the next digest of a channel.

All of it is asked of the clock on the wall of a timezone, on days when that clock is changed, too: a time that the
clock skips is the moment of the change; of a time that comes twice, spans begin at the first and end at the second,
so that quiet hours never have a hole.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.alert.render.layout import zone_of
from monitor.model import QuietHours

DAY = timedelta(days=1)
_MONDAY = date(2024, 1, 1)  # digests every so many days are counted from a Monday


def quiet_until(quiet: QuietHours | None, now: datetime, timezone: str) -> datetime | None:
    """Return when the quiet hours that `now` is in end, in UTC; None outside of them.

    `timezone` counts where the quiet hours name none. The end itself is outside.
    """
    if quiet is None:
        return None
    there = zone_of(quiet.timezone or timezone)
    start, end = _time(quiet.start), _time(quiet.end)
    today = now.astimezone(there).date()
    for day in (today - DAY, today, today + DAY):
        begins = instant(datetime.combine(day, start), there)
        ends = instant(datetime.combine(day if start < end else day + DAY, end), there, second=True)
        if begins <= now < ends:
            return ends
    return None


def next_digest(rhythm: float | str | tuple[str, ...], now: datetime, timezone: str) -> datetime:
    """Return when the next digest after `now` is due, in UTC.

    `rhythm` is one time of day (`08:00`) or several, or seconds. Those of less than a day are counted from each
    midnight of the wall clock (`2h`: at 0, 2, 4 … o'clock), longer ones from a Monday's midnight.
    """
    there = zone_of(timezone)
    local = now.astimezone(there).replace(tzinfo=None)
    if isinstance(rhythm, float | int):
        hours = _every(timedelta(seconds=rhythm), local)
    else:
        times = sorted(map(_time, (rhythm,) if isinstance(rhythm, str) else rhythm))
        hours = [datetime.combine(local.date() + shift * DAY, at) for shift in (0, 1, 2) for at in times]
    return next(found for hour in hours if (found := instant(hour, there)) > now)


def instant(wall: datetime, there: tzinfo, *, second: bool = False) -> datetime:
    """Return the moment, in UTC, at which the wall clock shows `wall` (naive): of two, the first, or the `second`.

    A time that the clock skips is the moment of the change.
    """
    first = wall.replace(tzinfo=there, fold=0).astimezone(UTC)
    later = wall.replace(tzinfo=there, fold=1).astimezone(UTC)
    if later >= first:
        return later if second else first
    return _change(later, first, there)


def _change(before: datetime, after: datetime, there: tzinfo) -> datetime:
    """Return the moment between the two at which the clock was changed, to the second."""
    old = before.astimezone(there).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(there).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _every(step: timedelta, local: datetime) -> list[datetime]:
    """Return the next hours of a rhythm on the wall clock, more than enough to find one that is still to come."""
    midnight = datetime.combine(local.date(), time())
    start = midnight if step < DAY else datetime.combine(_MONDAY, time())
    passed = (local - start) // step
    # An hour that comes twice has passed twice as well, so a few more are given than a clock needs that never changes.
    hours = [start + number * step for number in range(passed, passed + 3 + 4 * 3600 // int(step.total_seconds()))]
    return hours if step >= DAY else [*(hour for hour in hours if hour < midnight + DAY), midnight + DAY]


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))
