"""The pace: 30 a second in all, one a second in a chat, 20 a minute in a group."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.deliver.rate_limits import BotRateLimiter


def test_a_chat_is_spoken_to_once_a_second() -> None:
    pace = BotRateLimiter()
    assert pace.delay("5", 100.0, group=False) == 0.0
    pace.take("5", 100.0, group=False)
    assert pace.delay("5", 100.25, group=False) == 0.75
    assert pace.delay("6", 100.25, group=False) == 0.0
    assert pace.delay("5", 101.0, group=False) == 0.0


def test_a_group_is_spoken_to_twenty_times_a_minute() -> None:
    pace = BotRateLimiter()
    for second in range(20):
        assert pace.delay("-100", float(second), group=True) == 0.0
        pace.take("-100", float(second), group=True)
    assert pace.delay("-100", 20.0, group=True) == 40.0
    assert pace.delay("-100", 60.0, group=True) == 0.0


def test_a_bot_speaks_thirty_times_a_second() -> None:
    pace = BotRateLimiter()
    for chat in range(30):
        pace.take(str(chat), 1.0, group=False)
    assert pace.delay("99", 1.0, group=False) == 1.0


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 2)), max_size=200))
def test_who_waits_as_told_never_exceeds_a_limit(calls: list[tuple[int, float]]) -> None:
    pace, now = BotRateLimiter(), 0.0
    taken: list[tuple[float, int]] = []
    for chat, pause in calls:
        now += pause
        now += pace.delay(str(-chat), now, group=True)
        pace.take(str(-chat), now, group=True)
        taken.append((now, chat))
    for when, chat in taken:
        minute = [at for at, other in taken if other == chat and when - 60 + 1e-6 < at <= when]
        assert len(minute) <= 20
        assert len([at for at in minute if at > when - 1 + 1e-6]) <= 1
        assert len([at for at, _ in taken if when - 1 + 1e-6 < at <= when]) <= 30
