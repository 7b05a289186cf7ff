from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.dates import parse_date

NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Thu, 09 Nov 2023 09:40:00 +0200", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00 +9900", "2023-11-09 07:40"),
        ("12 items 2023, of 9 November 2023 09:40", "2023-11-09 07:40"),
        ("Thu, 9 Nov 2023 09:40 EET", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 16:40:00 KST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00 -0000", "2023-11-09 09:40"),
        ("Thu, 09 Nov 23 07:40:00 GMT", "2023-11-09 07:40"),
        ("Thursday, 09-Nov-23 07:40:00 GMT", "2023-11-09 07:40"),
        ("Thu Nov  9 09:40:00 2023", "2023-11-09 07:40"),
        ("2023-11-09T07:40:00Z", "2023-11-09 07:40"),
        ("2023-11-09T07:40:00.123Z", "2023-11-09 07:40"),
        ("2023-11-09T16:40:00+09:00", "2023-11-09 07:40"),
        ("2023-11-09 09:40", "2023-11-09 07:40"),
        ("20231109T094000", "2023-11-09 07:40"),
        ("20231109094000", "2023-11-09 07:40"),
        ("2021.09.06", "2021-09-05 21:00"),
        ("2021.09.06 14:30", "2021-09-06 11:30"),
        ("2021. 9. 6. 오후 2:30", "2021-09-06 11:30"),
        ("2021년 9월 6일 오전 12시 30분", "2021-09-05 21:30"),
        ("9 листопада 2023, 09:40", "2023-11-09 07:40"),
        ("Чт, 09 лис 2023 09:40:00 +0200", "2023-11-09 07:40"),
        ("9 ноября 2023 г., 09:40", "2023-11-09 07:40"),
        ("14 липня 2023 10:00", "2023-07-14 07:00"),
        ("1 мая 2023 10:00", "2023-05-01 07:00"),
        ("3 березня 2023 10:00", "2023-03-03 08:00"),
        ("3 марта 2023 10:00", "2023-03-03 08:00"),
        ("Nov 9, 2023 9:40 AM", "2023-11-09 07:40"),
        ("November 9, 2023 9:40 p.m. EST", "2023-11-10 02:40"),
        ("09.11.2023 09:40", "2023-11-09 07:40"),
    ],
)
def test_dates(text: str, utc: str) -> None:
    found = parse_date(text, "Europe/Kyiv", NOW)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == utc
    assert found.tzinfo is UTC


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(
    "names",
    [
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "січ лют бер кві тра чер лип сер вер жов лис гру",
        "January February March April May June July August September October November December",
    ],
)
def test_every_month_of_every_calendar(month: int, names: str) -> None:
    found = parse_date(f"15 {names.split()[month - 1]} 2022 12:00 GMT", "UTC", NOW)
    assert found == datetime(2022, month, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "0001-01-01T00:00:00+23:59",
        "soon",
        "0",
        "1970-01-01",
        "31 лютого 2023",
        "2023-13-45",
        "2101-01-01T00:00:00Z",
        "99:99",
        "Thu, 09 Nov 2023 25:00:00 GMT",
    ],
)
def test_what_is_no_date(text: str | None) -> None:
    assert parse_date(text, "Europe/Kyiv", NOW) is None


def test_local_time_that_claims_to_be_utc() -> None:
    now = datetime(2023, 11, 9, 7, 45, tzinfo=UTC)
    assert parse_date("Thu, 09 Nov 2023 16:40:00 GMT", "Asia/Seoul", now) == datetime(2023, 11, 9, 7, 40, tzinfo=UTC)
    assert parse_date("Thu, 09 Nov 2023 23:40:00 GMT", "Asia/Seoul", now) is None


def test_daylight_saving_time() -> None:
    assert parse_date("2023-07-01 12:00", "Europe/Kyiv", NOW) == datetime(2023, 7, 1, 9, tzinfo=UTC)


def test_an_unknown_zone_is_utc() -> None:
    assert parse_date("2023-07-01 12:00", "No/Where", NOW) == datetime(2023, 7, 1, 12, tzinfo=UTC)


@given(st.text(max_size=80) | st.from_regex(r"[\d.:/T+ -]{1,40}", fullmatch=True))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_date(text, "Asia/Seoul", NOW)
    assert found is None or found.tzinfo is UTC
