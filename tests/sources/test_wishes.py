from __future__ import annotations

import pytest

from monitor.model import FeedWishes
from monitor.sources import wishes

HOURS = "<skipHours><hour>0</hour> <hour> 23 </hour><hour>soon</hour></skipHours>"
DAYS = "<skipDays><day>Saturday</day><day>sunday</day><day>Caturday</day></skipDays>"


def channel(*parts: str) -> str:
    return f"<rss><channel><title>T</title>{''.join(parts)}</channel></rss>"


@pytest.mark.parametrize(
    ("ttl", "seconds"), [("60", 3600.0), ("0", 0.0), ("9" * 50, 86400.0), ("soon", None), ("", None)]
)
def test_ttl_is_minutes_and_a_day_at_most(ttl: str, seconds: float | None) -> None:
    assert wishes.read(channel(), ttl) == FeedWishes(seconds)


@pytest.mark.parametrize("order", [("<item><title>I</title></item>", HOURS, DAYS), (HOURS, DAYS, "<item/>")])
def test_hours_and_days_are_read_wherever_they_stand_in_the_channel(order: tuple[str, ...]) -> None:
    found = wishes.read(channel(*order), "")
    assert found == FeedWishes(None, frozenset({0, 23}), frozenset({5, 6}))


def test_the_24th_hour_of_older_feeds_is_midnight() -> None:
    assert wishes.read(channel("<SKIPHOURS><HOUR>24</HOUR></SKIPHOURS>"), "").skip_hours == {0}


def test_an_item_that_speaks_of_them_asks_for_nothing() -> None:
    text = channel(f"<item><description><![CDATA[{HOURS}{DAYS}]]></description></item>")
    assert wishes.read(text, "") == FeedWishes()


def test_a_feed_that_forbids_every_hour_or_day_is_not_meant() -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(24))
    days = "".join(
        f"<day>{day}</day>" for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    )
    assert wishes.read(channel(f"<skipHours>{hours}</skipHours><skipDays>{days}</skipDays>"), "") == FeedWishes()


def test_lists_without_an_end_and_without_number_are_bounded() -> None:
    assert wishes.read("<item>" + "<skipHours>" * 100_000, "") == FeedWishes()
    assert wishes.read("<skipHours><hour>5</hour>" + "x" * 1_000_000, "").skip_hours == {5}
