from __future__ import annotations

import random
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import polling
from monitor.errors import FetchError, FetchKind, MonitorError, ParseError
from monitor.i18n import ALERTS, alert_phrases, languages
from monitor.model import ArrivalRate, FeedWishes, PollReason, PollRun, Rhythm, Source, SourceState, Volume

NOW = datetime(2023, 11, 9, 7, 0, tzinfo=UTC)


def state(every: float | None = 180.0, **fields: Any) -> SourceState:
    known = {"baseline_at": NOW - timedelta(days=1)} | fields
    return SourceState(1, Source("A", "https://a.org/rss", every=every), **known)


def status(code: int) -> FetchError:
    return FetchError(f"the server answered {code}", FetchKind.STATUS, status=code)


def after(kind: MonitorError, before: SourceState, *, asked: float | None = None, seed: int = 0) -> polling.Plan:
    return polling.plan_after_error(before, now=NOW, error=kind, retry_after=asked, rng=random.Random(seed))


@given(
    every=st.floats(1, 86400),
    interval=st.floats(0, 1e6),
    failures=st.integers(0, 10_000),
    busy=st.booleans(),
    age=st.none() | st.floats(allow_nan=True, allow_infinity=True),
    seed=st.integers(),
)
def test_who_says_three_minutes_never_waits_longer(
    every: float, interval: float, failures: int, busy: bool, age: float | None, seed: int
) -> None:
    plan = polling.plan(
        state(every, interval=interval, failures=failures),
        now=NOW,
        new=9 if busy else 0,
        max_age=age,
        rng=random.Random(seed),
    )
    wait = (plan.next_poll_at - NOW).total_seconds()
    assert wait <= every + 1e-6
    assert wait >= (every if every < 30 else every / 2) - 1e-6
    assert plan.failures == 0
    assert not plan.stopped


def lively(**fields: Any) -> dict[str, Any]:
    """Return what is known of a source that brings 24 entries an hour, and was polled 3 minutes ago."""
    hours = (24.0 * 5,) * 168 + (5.0,) * 168
    return {
        "rate": ArrivalRate(profile=struct.pack("<336f", *hours), **fields),
        "last_success_at": NOW - timedelta(minutes=3),
    }


def test_a_lively_feed_is_polled_sooner_than_written_and_a_quiet_one_is_not() -> None:
    rng = random.Random(1)
    busy = polling.plan(state(**lively(excitation=20.0)), now=NOW, new=9, rng=rng)
    assert (busy.interval, busy.reason) == (90, PollReason.NEWS)
    usual = polling.plan(state(**lively(excitation=8.0)), now=NOW, new=1, rng=rng)
    assert (90 < usual.interval < 180, usual.reason) == (True, PollReason.RHYTHM)
    quiet = polling.plan(state(), now=NOW, rng=rng)
    assert (quiet.interval, quiet.reason, quiet.number) == (180, PollReason.WRITTEN, 180)


def test_neither_a_baseline_nor_a_flood_says_how_a_source_publishes() -> None:
    known = lively()
    for fields, new in (({"baseline_at": None}, 9), ({}, None)):
        plan = polling.plan(state(**known, **fields), now=NOW, new=new, rng=random.Random(1))
        assert plan.rate == known["rate"]
    plan = polling.plan(state(), now=NOW, new=9, rng=random.Random(1))
    assert plan.rate == ArrivalRate(), "nobody knows since when they came"


# --------------------------------------------------------------------------- where no interval is written


def unwritten(**fields: Any) -> SourceState:
    return state(None, **fields)


def after_well(before: SourceState, **facts: Any) -> polling.Plan:
    return polling.plan(before, now=NOW, rng=random.Random(1), **facts)


@given(
    counts=st.lists(st.floats(0, 1e4, width=32), min_size=336, max_size=336),
    excitation=st.floats(0, 1e4),
    branching=st.floats(0.02, 0.9),
    spacing=st.floats(0.05, 20),
    new=st.none() | st.integers(0, 500),
    seed=st.integers(),
)
def test_an_interval_that_nobody_wrote_has_bounds(
    counts: list[float], excitation: float, branching: float, spacing: float, new: int | None, seed: int
) -> None:
    rate = ArrivalRate(struct.pack("<336f", *counts), None, 0.0, 0.0, excitation, branching, spacing)
    before = unwritten(rate=rate, last_success_at=NOW - timedelta(minutes=2))
    plan = polling.plan(before, now=NOW, new=new, rng=random.Random(seed))
    assert 60 <= (plan.next_poll_at - NOW).total_seconds() <= 900
    assert plan.rate is not None
    assert 0.05 <= plan.rate.spacing <= 20


def test_a_new_source_is_polled_every_three_minutes() -> None:
    plan = after_well(unwritten(baseline_at=None))
    assert (plan.interval, plan.reason, plan.number) == (180, PollReason.RHYTHM, None)
    assert abs((plan.next_poll_at - NOW).total_seconds() - 180) <= 9


@pytest.mark.parametrize(
    ("max_age", "ttl", "interval", "reason", "number"),
    [
        (600.0, None, 600, PollReason.CACHE, 600),
        (None, 1200.0, 1200, PollReason.TTL, 1200),
        (1800.0, 1200.0, 1800, PollReason.CACHE, 1800),
        (600.0, 86400.0, 3600, PollReason.TTL, 86400),
        (1e9, None, 3600, PollReason.CACHE, 1e9),
        (60.0, 60.0, 180, PollReason.RHYTHM, None),
        (float("nan"), None, 180, PollReason.RHYTHM, None),
    ],
)
def test_cache_and_ttl_are_floors_of_it_up_to_an_hour(
    max_age: float | None, ttl: float | None, interval: float, reason: PollReason, number: float | None
) -> None:
    plan = after_well(unwritten(wishes=FeedWishes(ttl)), max_age=max_age)
    assert (plan.interval, plan.reason, plan.number) == (interval, reason, number)
    written = after_well(state(120, wishes=FeedWishes(ttl, frozenset(range(24)))), max_age=max_age)
    assert written.interval == 120, "the user's word holds"


def test_what_a_body_asks_for_counts_at_once() -> None:
    plan = after_well(unwritten(wishes=FeedWishes(1800.0)), wishes=FeedWishes(600.0))
    assert plan.interval == 600


@pytest.mark.parametrize(
    ("hours", "days", "at"),
    [
        ({7}, set[int](), "2023-11-09 08:00"),  # NOW is a Thursday, 07:00
        ({7, 8, 9}, set[int](), "2023-11-09 10:00"),
        ({0, 1}, {3}, "2023-11-10 02:00"),
        (set[int](), {3, 4, 5, 6}, "2023-11-13 00:00"),
    ],
)
def test_a_feed_is_not_polled_when_it_asks_not_to_be(hours: set[int], days: set[int], at: str) -> None:
    plan = after_well(unwritten(wishes=FeedWishes(None, frozenset(hours), frozenset(days))))
    assert f"{plan.next_poll_at:%Y-%m-%d %H:%M}" == at
    assert plan.reason is PollReason.SKIPPED
    assert plan.interval == (plan.next_poll_at - NOW).total_seconds()


def test_a_feed_that_asks_never_to_be_polled_is_polled_all_the_same() -> None:
    plan = after_well(unwritten(wishes=FeedWishes(None, frozenset(range(24)), frozenset(range(7)))))
    assert (plan.interval, plan.reason) == (180, PollReason.RHYTHM)


# --------------------------------------------------------------------------- why then


@pytest.mark.parametrize(
    ("reason", "number", "words"),
    [
        (PollReason.RHYTHM, 0.23, "in 11 min: Thursdays at 09 h bring 0.2 new an hour"),
        (PollReason.RHYTHM, None, "in 11 min: its rhythm is not known yet"),
        (PollReason.NEWS, 24.2, "in 11 min: news is coming, 24 an hour"),
        (PollReason.TTL, 3600.0, "in 11 min: the feed asks for 60 min (ttl); write every: to poll oftener"),
        (
            PollReason.CACHE,
            1e300,
            "in 11 min: its server keeps an answer for 1000 d (Cache-Control); write every: to poll",
        ),
        (
            PollReason.SKIPPED,
            None,
            "in 11 min: the feed asks not to be polled before (skipHours, skipDays); write every:",
        ),
        (PollReason.FAILURES, 1.0, "in 11 min: backs off after 1 failure"),
        (PollReason.FAILURES, 3.0, "in 11 min: backs off after 3 failures"),
        (PollReason.RETRY_AFTER, 7200.0, "in 11 min: the server asks for 2 h (Retry-After)"),
        (PollReason.HOST, None, "in 11 min: the host asks for patience (Retry-After)"),
        (PollReason.HUB, None, "in 11 min: its hub reports news"),
        (None, None, "in 11 min"),
    ],
)
def test_why_the_next_poll_is_when_it_is(reason: PollReason | None, number: float | None, words: str) -> None:
    before = SourceState(
        1,
        Source("A", "https://a.org/rss", timezone="Europe/Kyiv"),
        next_poll_at=NOW + timedelta(minutes=11),
        last_poll_at=NOW,
        reason=reason,
        reason_number=number,
    )
    found = polling.why(before, NOW)
    assert found is not None
    assert found.startswith(words)
    for language in languages(ALERTS):
        assert polling.why(before, NOW, alert_phrases(language))


def test_a_written_interval_is_the_reason_of_its_own() -> None:
    before = state(next_poll_at=NOW, reason=PollReason.WRITTEN, reason_number=180.0)
    assert polling.why(before, NOW) == "now: every 3 min at the latest, as written"
    assert polling.why(replace(before, reason=PollReason.CACHE), NOW) == (
        "now: its server keeps an answer for 3 min (Cache-Control)"
    )
    assert polling.why(replace(before, stopped=True), NOW) is None
    assert polling.why(replace(before, next_poll_at=None), NOW) is None


# --------------------------------------------------------------------------- where one is written


def test_max_age_stops_vain_polls_but_never_slows_beyond_the_interval() -> None:
    lots = state(**lively(excitation=20.0))
    for age, interval in ((60, 90), (150, 150), (1e9, 180)):
        assert polling.plan(lots, now=NOW, new=9, max_age=age, rng=random.Random(1)).interval == interval


@pytest.mark.parametrize("busy", [True, False])
def test_a_source_asked_every_few_seconds_is_asked_to_the_second(busy: bool) -> None:
    plan = polling.plan(state(10, **lively()), now=NOW, new=9 if busy else 0, rng=random.Random(1))
    assert plan.interval == 10
    assert plan.next_poll_at == NOW + timedelta(seconds=10)


def test_jitter_spreads_polls() -> None:
    times = {polling.plan(state(), now=NOW, new=0, rng=random.Random(seed)).next_poll_at for seed in range(20)}
    assert len(times) > 10


@pytest.mark.parametrize(
    "error", [status(500), status(503), ParseError("no feed"), FetchError("slow", FetchKind.TIMEOUT)]
)
def test_errors_double_the_wait_to_an_hour(error: MonitorError) -> None:
    waits = [after(error, state(failures=failures)).interval for failures in range(12)]
    assert 180 <= waits[0] <= 225
    assert waits[:4] == sorted(waits[:4])
    assert all(2800 <= wait <= 3600 for wait in waits[6:])
    endless = after(error, state(failures=10**9))
    assert endless.interval <= 3600
    assert not endless.stopped


def test_failures_are_counted() -> None:
    assert after(status(500), state(failures=4)).failures == 5


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        (0, 60, 66),
        (1, 60, 66),
        (120, 120, 132),
        (7200, 7200, 7920),
        (1e9, 86400, 86400),
        (float("inf"), 30, 38),
        (float("nan"), 30, 38),
    ],
)
def test_retry_after_is_honoured_within_bounds(asked: float, low: float, high: float) -> None:
    assert low <= after(status(503), state(30), asked=asked).interval <= high


def test_too_many_requests_without_a_date() -> None:
    assert after(status(429), state(2)).interval >= 60


def test_unauthorized_is_asked_daily() -> None:
    assert after(status(401), state()).interval == 86400
    again = after(status(401), state(failures=1, error="the server answered 401", error_kind="status"))
    assert again.interval == 86400


def test_forbidden_backs_off() -> None:
    assert after(status(403), state()).interval < 3600


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"failures": 1, "error": "the server answered 401", "error_kind": "status"}, "wants a login"),
        ({"failures": 1, "error": "the server answered 403", "error_kind": "status"}, "refuses us"),
        ({"failures": 1, "error": "internal error: KeyError", "error_kind": polling.INTERNAL}, "please report it"),
        ({"failures": 1, "error": "10.1.2.3 is private", "error_kind": "refused address"}, "network.allow"),
        ({"failures": 1, "error": "KEY is not set", "error_kind": "setting"}, "lacks its secret: KEY is not set"),
        ({"failures": 9, "error": "gone", "stopped": True}, "gone for good"),
        ({"failures": 1, "error": "no feed: write url: https://a.org/403/rss", "error_kind": "parse"}, None),
        ({"failures": 1, "error": "no answer from 10.0.0.1 port 401", "error_kind": "connect"}, None),
        ({"failures": 1, "error": "no answer within 30 s"}, None),
        ({"failures": 2, "error": "no answer within 30 s"}, "no answer within 30 s; 2 polls in a row"),
        ({"failures": 2, "error": "no answer", "last_success_at": NOW - timedelta(minutes=14)}, None),
        ({"failures": 2, "error": "no answer", "last_success_at": NOW - timedelta(minutes=15)}, "2 polls in a row"),
    ],
)
def test_what_an_operator_hears_of_a_failing_source(changes: dict[str, Any], said: str | None) -> None:
    heard = polling.failing(state(**changes), NOW)
    assert heard is None if said is None else said in (heard or "")


def test_a_source_without_an_interval_may_have_had_its_last_success_a_long_wait_ago() -> None:
    failing = {"failures": 2, "error": "no answer"}
    assert polling.failing(state(None, last_success_at=NOW - timedelta(minutes=29), **failing), NOW) is None
    assert polling.failing(state(None, last_success_at=NOW - timedelta(minutes=30), **failing), NOW) is not None


def test_an_address_in_an_error_is_no_status() -> None:
    error = "the server answered 500 at /410/rss"
    found = after(status(410), state(failures=1, error=error, last_poll_at=NOW - timedelta(hours=2)))
    assert not found.stopped


HOURS = 3600.0


@pytest.mark.parametrize(
    ("quiet_hours", "rhythm_days", "arrivals", "longest_hours", "silent_for"),
    [
        (10, 14, 400, 8, None),
        (13, 14, 400, 8, 13),
        (13, 4, 400, 8, None),  # no weekend was seen yet
        (17, 4, 400, 8, 17),
        (48, 2, 400, 1, None),  # watched too short a time
        (48, 14, 19, 1, None),  # too little to go by
        (0.9, 14, 4000, 0.1, None),  # shorter than an hour is never odd
        (1.1, 14, 4000, 0.1, 1.1),
    ],
)
def test_silence_is_judged_by_the_source_s_own_rhythm(
    quiet_hours: float, rhythm_days: float, arrivals: int, longest_hours: float, silent_for: float | None
) -> None:
    last_new = NOW - timedelta(hours=quiet_hours)
    at = state(last_success_at=NOW, last_new_at=last_new)
    found = polling.silent(at, Rhythm(arrivals, last_new - timedelta(days=rhythm_days), longest_hours * HOURS))
    assert found == (None if silent_for is None else pytest.approx(silent_for * HOURS))


def test_a_source_that_fails_or_was_not_asked_is_not_called_silent() -> None:
    rhythm = Rhythm(1000, NOW - timedelta(days=20), HOURS)
    old = NOW - timedelta(days=2)
    assert polling.silent(state(failures=1, last_success_at=NOW, last_new_at=old), rhythm) is None
    assert polling.silent(state(last_success_at=old, last_new_at=old), rhythm) is None
    assert polling.silent(state(), rhythm) is None


def test_not_found_backs_off_to_a_day_and_never_ends() -> None:
    waits = [after(status(404), state(failures=failures)) for failures in range(15)]
    assert waits[0].interval < 240
    assert 60_000 <= waits[-1].interval <= 86400
    assert not any(plan.stopped for plan in waits)


def test_gone_must_be_said_twice_an_hour_apart() -> None:
    first = after(status(410), state())
    assert not first.stopped
    assert first.interval >= 3600
    said: dict[str, Any] = {"failures": 1, "error": "the server answered 410", "error_kind": "status"}
    soon = after(status(410), state(last_poll_at=NOW - timedelta(minutes=20), **said))
    assert not soon.stopped
    late = after(status(410), state(last_poll_at=NOW - timedelta(minutes=61), **said))
    assert late.stopped
    other = after(
        status(410), state(failures=1, error="the server answered 500", last_poll_at=NOW - timedelta(hours=2))
    )
    assert not other.stopped


@given(
    st.integers(400, 599) | st.none(), st.integers(0, 10**9), st.floats(1, 1e7), st.none() | st.floats(), st.integers()
)
def test_every_failure_has_a_plan(
    code: int | None, failures: int, every: float, asked: float | None, seed: int
) -> None:
    error = status(code) if code else ParseError("no feed")
    plan = after(error, state(every, failures=failures), asked=asked, seed=seed)
    assert plan.next_poll_at > NOW
    assert plan.interval >= min(every, 60)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 500, 999999999999.0),
        (f"{NOW.timestamp() + 1800:.0f}", 1800.0),  # Unix time
        (f"{NOW.timestamp() - 90:.0f}", 0.0),
        ("Thu, 09 Nov 2023 07:30:00 GMT", 1800.0),
        ("Thursday, 09-Nov-23 07:30:00 GMT", 1800.0),
        ("Thu, 09 Nov 2023 06:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Thu, 99 Nov 2023 07:30:00 GMT", None),
        ("١٢", None),
        ("Thu, 09 Nov 2023 08:00:00 -0000", 3600.0),
    ],
)
def test_retry_after_header(header: str | None, seconds: float | None) -> None:
    assert polling.retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=300", 300.0),
        ("public, Max-Age=60, must-revalidate", 60.0),
        ('max-age="5"', 5.0),
        ("s-maxage=9", None),
        ("no-cache", None),
        ("max-age=x", None),
        (None, None),
    ],
)
def test_max_age_header(header: str | None, seconds: float | None) -> None:
    assert polling.max_age(header) == seconds


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        (None, None),
        ("yesterday", None),
        ("Thu, 09 Nov 2023 07:00:00 GMT", NOW),
        ("Thu, 09 Nov 2023 07:00:00 -0000", NOW),
    ],
)
def test_date_header(header: str | None, moment: datetime | None) -> None:
    assert polling.date(header) == moment


def test_an_interval_beyond_the_calendar_ends_with_it() -> None:
    plan = polling.plan(state(1e300), now=NOW, new=0, rng=random.Random(0))
    assert plan.next_poll_at == datetime.max.replace(tzinfo=UTC)


def test_a_flood_is_more_than_a_day_ever_brought() -> None:
    def counted(volume: Volume, new: int, days: float = 0.0, known: int = 30) -> tuple[bool, Volume]:
        return polling.counted(volume, new, NOW + timedelta(days=days), known=lambda: known)

    flood, volume = counted(Volume(), 12)
    assert (flood, volume.busiest, volume.count) == (False, 12, 12)
    flood, volume = counted(volume, 8)
    assert (flood, volume.busiest, volume.count) == (False, 20, 20)
    flood, volume = counted(volume, 3, days=1)
    assert (flood, volume.busiest, volume.count) == (False, 20, 3)
    assert not counted(volume, 20, days=1)[0], "as many as on the busiest day"
    assert not counted(Volume(), 19)[0], "too few"
    assert not counted(Volume(), 40, known=9)[0], "nobody knows what is usual"
    flood, volume = counted(volume, 40, days=1)
    assert (flood, volume.busiest, volume.flood) == (True, 20, 40)
    assert counted(volume, 30, days=1)[0], "the same day"
    assert counted(volume, 40, days=9)[0], "by chance again"
    flood, volume = counted(volume, 40, days=2)
    assert (flood, volume.busiest) == (False, 40), "so this is how the source publishes"


def test_polls_that_came_to_the_same_are_one_run_of_the_log() -> None:
    def after(minutes: float) -> datetime:
        return NOW + timedelta(minutes=minutes)

    log = polling.logged("", NOW, entries=40, news=40)
    for minute in (1, 2):
        log = polling.logged(log, after(minute))
    assert polling.runs(log) == (PollRun(after(1), after(2), 2), PollRun(NOW, NOW, 1, 40, 40))
    for minute, shown in ((3, 40), (4, 41), (5, 0)):
        log = polling.logged(log, after(minute), entries=shown)
    empty = PollRun(after(5), after(5), 1, 0)
    assert polling.runs(log)[:2] == (empty, PollRun(after(3), after(4), 2, 41)), "an empty body is apart"
    for minute, error in ((6, "кінець\n"), (7, "кінець\n"), (8, "b" * 999)):
        log = polling.logged(log, after(minute), error=error)
    assert [(run.polls, run.error) for run in polling.runs(log)[:2]] == [(1, "b" * 200), (2, "кінець\n")]
    assert log.isascii()
    log = polling.logged(polling.logged(log, after(9), entries=3, news=1), after(10), entries=3, news=1)
    assert [run.polls for run in polling.runs(log)[:2]] == [1, 1], "each poll with news is shown"
    for minute in range(11, 40):
        log = polling.logged(log, after(minute), entries=3, news=minute)
    assert [run.news for run in polling.runs(log)] == list(range(39, 27, -1))


def test_a_log_of_polls_bears_a_clock_set_back_and_damage() -> None:
    back = NOW - timedelta(hours=9)
    assert polling.runs(polling.logged(polling.logged("", NOW), back)) == (PollRun(back, back, 2),)
    whole = polling.logged("", NOW)
    for damaged in ("[", "7", "[1, 2]", '["a", "b", 1]', '["2024-05-06", "2024-05-06", "x", null, 0, null]'):
        assert polling.runs(f"{damaged}\n{whole}") == (PollRun(NOW, NOW),)
        assert len(polling.runs(polling.logged(f"{damaged}\n{whole}", NOW))) == 2
