"""When a message goes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alert.holds import ChannelMoment, Timing, longest, timing
from monitor.model import Burst, Channel, QuietHours, Severity, Watchlist
from monitor.model.rate import History

NIGHT = QuietHours("23:00", "07:00", "UTC")
NOON, LATE = datetime(2023, 11, 9, 12, 30, tzinfo=UTC), datetime(2023, 11, 9, 23, 30, tzinfo=UTC)
MORNING = datetime(2023, 11, 10, 7, 0, tzinfo=UTC)
NORMAL, HIGH, CRITICAL = Severity.NORMAL, Severity.HIGH, Severity.CRITICAL
NOTHING = History()


def place(now: datetime = NOON, known: History = NOTHING, **settings: Any) -> ChannelMoment:
    return ChannelMoment(Channel("desk", "telegram", **settings), now, "UTC", known)


def watchlist(severity: Severity = NORMAL, name: str = "arms", cooldown: float = 0.0) -> Watchlist:
    return Watchlist(name, severity=severity, notify=("desk",), cooldown=cooldown)


def at(hour: int, minute: int = 0, day: int = 9) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)


def busy(count: int, now: datetime = NOON) -> History:
    return History(rung=tuple(now - timedelta(seconds=each) for each in range(count, 0, -1)))


@pytest.mark.parametrize(
    ("now", "severity", "settings", "until"),
    [
        (NOON, NORMAL, {}, None),
        (NOON, NORMAL, {"quiet_hours": NIGHT}, None),
        (LATE, NORMAL, {"quiet_hours": NIGHT}, MORNING),
        (LATE, Severity.LOW, {"quiet_hours": NIGHT}, MORNING),
        (LATE, HIGH, {"quiet_hours": NIGHT}, MORNING),
        (LATE, CRITICAL, {"quiet_hours": NIGHT}, None),
        (NOON, NORMAL, {"digest": 7200.0}, at(14)),
        (NOON, NORMAL, {"digest": 7200.0, "timezone": "Asia/Kolkata"}, at(12, 30) + timedelta(hours=2)),
        (NOON, NORMAL, {"digest": "08:00"}, at(8, day=10)),
        (NOON, HIGH, {"digest": 7200.0}, None),
        (NOON, CRITICAL, {"digest": 7200.0}, None),
        (at(22, 30), NORMAL, {"digest": 7200.0, "quiet_hours": NIGHT}, MORNING),
        (LATE, NORMAL, {"digest": "08:00", "quiet_hours": NIGHT}, at(8, day=10)),
        (LATE, HIGH, {"digest": "08:00", "quiet_hours": NIGHT}, MORNING),
    ],
)
def test_what_is_held_and_until_when(
    now: datetime, severity: Severity, settings: dict[str, Any], until: datetime | None
) -> None:
    assert timing(place(now, **settings), severity).until == until
    assert timing(place(now, **settings), severity, [watchlist(severity)]).until == until


def test_a_cooldown_holds_further_stories_of_its_watchlist_alone() -> None:
    known = History(last={"arms": at(12, 20)})
    cooling = watchlist(cooldown=1800.0)
    assert timing(place(known=known), NORMAL, [cooling]) == Timing(at(12, 50))
    assert timing(place(known=known), NORMAL) == Timing(), "a reply"
    assert timing(place(known=known), NORMAL, [replace(cooling, name="other")]) == Timing()
    assert timing(place(known=known), CRITICAL, [replace(cooling, severity=CRITICAL)]) == Timing()
    assert timing(place(at(12, 50), known), NORMAL, [cooling]) == Timing(), "it is over"


def test_a_cooldown_that_ends_in_quiet_hours_ends_with_them() -> None:
    known = History(last={"arms": at(22, 50)})
    night = place(at(22, 55), known, quiet_hours=NIGHT)
    assert timing(night, NORMAL, [watchlist(cooldown=1800.0)]) == Timing(MORNING)


def test_the_first_watchlist_that_lets_it_go_decides() -> None:
    known = History(last={"arms": at(12, 20)})
    lists = [watchlist(cooldown=1800.0), watchlist(name="other")]
    assert timing(place(known=known), NORMAL, lists) == Timing()
    lists = [watchlist(), watchlist(HIGH, "loud")]
    assert timing(place(digest="08:00"), HIGH, lists) == Timing()


def test_a_cooldown_from_before_the_clock_was_set_back_ends_in_time() -> None:
    known = History(last={"arms": NOON + timedelta(days=1)})
    assert timing(place(known=known), NORMAL, [watchlist(cooldown=1800.0)]) == Timing(at(13))


@pytest.mark.parametrize(("count", "severity", "burst"), [(9, HIGH, False), (10, HIGH, True), (99, CRITICAL, False)])
def test_a_burst_begins_after_so_many_alerts_and_critical_ones_pass(
    count: int, severity: Severity, burst: bool
) -> None:
    desk = place(known=busy(count), burst=Burst())
    assert timing(desk, severity, [watchlist(severity)]) == Timing(burst=burst)


def test_what_is_held_is_in_no_burst() -> None:
    assert timing(place(known=busy(10), burst=Burst(), digest=3600.0), NORMAL) == Timing(at(13))
    assert timing(place(known=busy(10)), NORMAL) == Timing(), "no bursts in this channel"


def test_a_burst_is_over_when_fewer_come() -> None:
    burst = Burst(2, 600.0)
    known = History()
    for minute in (0, 1, 2, 3):
        known = replace(known.rang(at(10, minute), burst), rolling="burst:desk:a" if minute > 1 else None)
    assert known.rung == (at(10, 2), at(10, 3)), "no more is remembered than is asked for"
    assert known.is_bursting(at(10, 11), burst)
    assert known.rang(at(10, 11), burst).rolling == "burst:desk:a"
    assert not known.is_bursting(at(10, 12), burst)
    assert known.rang(at(10, 12), burst).rolling is None


def test_a_clock_that_was_set_back_makes_no_burst() -> None:
    known = busy(10, NOON + timedelta(hours=1))
    assert not known.is_bursting(NOON, Burst())
    assert known.rang(NOON, Burst()).rung == (NOON,)
    assert History(last={"a": NOON + timedelta(hours=1)}).alerted(["b"], NOON).last == {"b": NOON}


def test_a_watchlist_is_forgotten_after_any_cooldown() -> None:
    known = History((NOON, LATE), {"зброя": NOON}, "burst:desk:alert:1")
    assert known.alerted(["new"], NOON + timedelta(days=9)).last == {"new": NOON + timedelta(days=9)}


@pytest.mark.parametrize(
    ("now", "settings", "lists", "until"),
    [
        (NOON, {}, [], NOON),
        (NOON, {}, [watchlist(cooldown=1800.0), watchlist(name="other", cooldown=5400.0)], at(14)),
        (NOON, {}, [replace(watchlist(cooldown=1800.0), notify=("another",))], NOON),
        (NOON, {"digest": 7200.0}, [watchlist(cooldown=1800.0)], at(14)),
        (at(22, 50), {"quiet_hours": NIGHT}, [watchlist(cooldown=1800.0)], MORNING),
        (LATE, {"digest": "08:00", "quiet_hours": NIGHT}, [], at(8, day=10)),
    ],
)
def test_how_long_anything_written_now_can_be_held(
    now: datetime, settings: dict[str, Any], lists: list[Watchlist], until: datetime
) -> None:
    assert longest(place(now, **settings), lists) == until


MOMENTS = st.datetimes(datetime(2024, 3, 30), datetime(2024, 4, 2), timezones=st.just(UTC))  # noqa: DTZ001 – UTC is added
HOURS = st.sampled_from(
    [None, QuietHours("23:00", "07:00", "Europe/Kyiv"), QuietHours("03:10", "03:50", "Europe/Kyiv")]
)
RHYTHMS = st.sampled_from([None, 3600.0, 7200.0, "08:00", ("03:30", "20:00"), 86400.0])


@settings(deadline=None)
@given(written=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(hours=30)), quiet=HOURS, rhythm=RHYTHMS)
def test_nothing_is_let_go_before_its_time_by_a_later_look(
    written: datetime, later: timedelta, quiet: QuietHours | None, rhythm: float | str | None
) -> None:
    lists = [watchlist(cooldown=5400.0)]
    known = History(last={"arms": written - timedelta(minutes=10)})
    desk = place(written, known, quiet_hours=quiet, digest=rhythm)
    for severity in (NORMAL, HIGH):
        until = timing(desk, severity, [replace(lists[0], severity=severity)]).until
        if until is not None and written + later < until:
            assert longest(replace(desk, now=written + later), lists) >= until


@settings(deadline=None)
@given(now=MOMENTS, quiet=HOURS, rhythm=RHYTHMS)
def test_what_is_held_goes_out_of_quiet_hours_and_within_a_day_or_two(
    now: datetime, quiet: QuietHours | None, rhythm: float | str | None
) -> None:
    desk = place(now, quiet_hours=quiet, digest=rhythm)
    until = timing(desk, NORMAL, [watchlist()]).until
    if until is not None:
        assert now < until <= now + timedelta(hours=34)
        assert desk.quiet(until) is None
