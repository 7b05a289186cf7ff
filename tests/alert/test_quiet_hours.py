"""Quiet hours and the hours of digests, on the days when the clock is changed, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alert.quiet_hours import instant, next_digest, quiet_until
from monitor.alert.render.layout import zone_of
from monitor.model import QuietHours

KYIV = ZoneInfo("Europe/Kyiv")
NIGHT = QuietHours("23:00", "07:00", "Europe/Kyiv")
SPRING, AUTUMN = datetime(2024, 3, 31, tzinfo=KYIV), datetime(2024, 10, 27, tzinfo=KYIV)  # 3 → 4, and 4 → 3 o'clock


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2023-11-09 22:59", None),
        ("2023-11-09 23:00", "2023-11-10 07:00"),
        ("2023-11-10 00:00", "2023-11-10 07:00"),
        ("2023-11-10 06:59", "2023-11-10 07:00"),
        ("2023-11-10 07:00", None),
        ("2024-03-30 23:30", "2024-03-31 07:00"),
        ("2024-03-31 04:30", "2024-03-31 07:00"),
        ("2024-10-26 23:30", "2024-10-27 07:00"),
        ("2024-10-27 06:30", "2024-10-27 07:00"),
    ],
)
def test_a_night_over_midnight(now: str, end: str | None) -> None:
    assert quiet_until(NIGHT, kyiv(now), "UTC") == (kyiv(end) if end else None)


def test_the_two_nights_of_the_change_are_an_hour_shorter_and_longer() -> None:
    for change, hours in ((SPRING, 7), (AUTUMN, 9)):
        begins = (change - timedelta(days=1)).replace(hour=23).astimezone(UTC)
        end = quiet_until(NIGHT, begins, "UTC")
        assert end is not None
        assert end - begins == timedelta(hours=hours)


def test_both_of_an_hour_that_comes_twice_are_quiet() -> None:
    quiet = QuietHours("03:30", "03:45", "Europe/Kyiv")
    first, second = utc("2024-10-27 00:30"), utc("2024-10-27 01:45")
    assert quiet_until(quiet, first, "UTC") == second
    assert quiet_until(quiet, utc("2024-10-27 01:00"), "UTC") == second, "no hole in between"
    assert quiet_until(quiet, second, "UTC") is None


def test_a_time_that_is_skipped_is_the_moment_of_the_change() -> None:
    change = utc("2024-03-31 01:00")
    assert instant(datetime(2024, 3, 31, 3, 30), KYIV) == change  # noqa: DTZ001 – what a wall clock would show
    ends_in_it = QuietHours("23:00", "03:30", "Europe/Kyiv")
    assert quiet_until(ends_in_it, change - timedelta(minutes=1), "UTC") == change
    assert quiet_until(ends_in_it, change, "UTC") is None
    begins_in_it = QuietHours("03:15", "05:00", "Europe/Kyiv")
    assert quiet_until(begins_in_it, change - timedelta(minutes=1), "UTC") is None
    assert quiet_until(begins_in_it, change, "UTC") == utc("2024-03-31 02:00")
    nothing_left = QuietHours("03:10", "03:50", "Europe/Kyiv")
    assert quiet_until(nothing_left, change, "UTC") is None


def test_the_channels_zone_counts_where_quiet_hours_name_none() -> None:
    quiet = QuietHours("12:00", "13:00")
    assert quiet_until(quiet, utc("2024-01-01 03:30"), "Asia/Seoul") == utc("2024-01-01 04:00")
    assert quiet_until(quiet, utc("2024-01-01 12:30"), "no/such") == utc("2024-01-01 13:00")
    assert quiet_until(None, utc("2024-01-01 12:30"), "UTC") is None


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        (7200.0, "2023-11-09 10:30", "2023-11-09 12:00"),
        (7200.0, "2023-11-09 12:00", "2023-11-09 14:00"),
        (7200.0, "2023-11-09 23:00", "2023-11-10 00:00"),
        (5 * 3600.0, "2023-11-09 21:00", "2023-11-10 00:00"),
        (60.0, "2023-11-09 21:00:30", "2023-11-09 21:01"),
        ("08:00", "2023-11-09 07:59", "2023-11-09 08:00"),
        ("08:00", "2023-11-09 08:00", "2023-11-10 08:00"),
        (("20:00", "08:00"), "2023-11-09 08:00", "2023-11-09 20:00"),
        (("20:00", "08:00"), "2023-11-09 20:00", "2023-11-10 08:00"),
        (86400.0, "2023-11-09 08:00", "2023-11-10 00:00"),
        (7 * 86400.0, "2023-11-09 08:00", "2023-11-13 00:00"),
        (36 * 3600.0, "2024-01-01 08:00", "2024-01-02 12:00"),
        (7200.0, "2024-03-31 02:30", "2024-03-31 04:00"),
        (3600.0, "2024-03-31 02:30", "2024-03-31 04:00"),
        ("03:30", "2024-03-31 02:30", "2024-03-31 04:00"),
    ],
)
def test_when_the_next_digest_is_due(rhythm: float | str | tuple[str, ...], now: str, due: str) -> None:
    assert next_digest(rhythm, kyiv(now), "Europe/Kyiv") == kyiv(due)


def test_an_hour_that_comes_twice_has_one_digest() -> None:
    second = utc("2024-10-27 01:10")  # 03:10 for the second time
    assert next_digest(600.0, second, "Europe/Kyiv") == utc("2024-10-27 02:00")
    assert next_digest("03:30", second, "Europe/Kyiv") == kyiv("2024-10-28 03:30")


MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 – UTC is added
ZONES = st.sampled_from(["UTC", "Europe/Kyiv", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"])


@settings(deadline=None)
@given(start=MINUTES, end=MINUTES, now=MOMENTS, name=ZONES)
def test_quiet_hours_end_within_a_day_and_what_is_held_until_then_is_out_of_them(
    start: str, end: str, now: datetime, name: str
) -> None:
    ends = quiet_until(QuietHours(start, end, name), now, "UTC") if start != end else None
    if ends is not None:
        assert now < ends <= now + timedelta(hours=25)
        assert quiet_until(QuietHours(start, end, name), ends, "UTC") is None
        local = ends.astimezone(zone_of(name))
        assert f"{local:%H:%M}" >= end


@settings(deadline=None)
@given(
    rhythm=st.one_of(st.integers(60, 7 * 86400).map(float), MINUTES, st.lists(MINUTES, min_size=1).map(tuple)),
    now=MOMENTS,
    name=ZONES,
)
def test_a_digest_is_always_to_come(rhythm: float | str | tuple[str, ...], now: datetime, name: str) -> None:
    due = next_digest(rhythm, now, name)
    most = rhythm if isinstance(rhythm, float) else 86400.0
    assert now < due <= now + timedelta(seconds=most) + timedelta(hours=2)
    assert next_digest(rhythm, due - timedelta(microseconds=1), name) == due
