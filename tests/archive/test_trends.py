"""Trends by hour, day and week, on the reader's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from doubles.store_samples import article

from monitor.archive.trends import Step, TrendReport, blank, busiest, report
from monitor.model import Fact, Relation
from monitor.model.trends import Subject, SubjectKind, TrendTime
from monitor.store import Database, open_store

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
SEOUL = "Asia/Seoul"  # 00:30 on the first of December
DPRK, ARMS = Subject(SubjectKind.ENTITY, "DPRK"), Subject(SubjectKind.WATCHLIST, "Arms")


@pytest.fixture
def store() -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=lambda: NOW)
    yield opened
    opened.close()


def write(
    store: Database, at: datetime, *subjects: Subject, zone: str = "UTC", published: datetime | None = None
) -> None:
    """Write a story of one article that was seen at that time."""
    with store.begin() as tx:
        number = len(tx.uncounted_ids(2**40, 9)) + (
            tx.connection.exec_driver_sql("SELECT count(*) FROM articles").scalar() or 0
        )
        made = article(f"a{number}", seen_at=at, published=published)
        ident = tx.add_article(made)
        story = tx.join_story(tx.create_story(at, ident), ident, Relation.FIRST, (), at)
        tx.keep_mentions(ident, story, TrendTime.of(made, zone), dict.fromkeys(subjects, 1))


def asked(store: Database, since: timedelta, zone: str = "UTC", step: Step = Step.DAY, **more: object) -> TrendReport:
    with store.begin() as tx:
        return report(tx, more.pop("subjects", None), NOW - since, NOW, zone, step, **more)  # type: ignore[arg-type]


def burst_days(store: Database, zone: str = "UTC") -> None:
    for back in range(20, 1, -1):
        if back % 3 == 0:
            write(store, NOW - timedelta(days=back), DPRK, zone=zone)
    for minutes in range(8):
        write(store, NOW - timedelta(hours=2, minutes=minutes), DPRK, zone=zone)


def test_days_without_gaps_and_a_burst(store: Database) -> None:
    burst_days(store)
    found = asked(store, timedelta(days=6))
    (trend,) = found.trends
    assert [point.stories for point in trend.points] == [1, 0, 0, 1, 0, 0, 8]
    assert [point.at.date() for point in trend.points] == [date(2026, 11, 24) + timedelta(n) for n in range(7)]
    (burst,) = trend.bursts
    assert burst.at.date() == date(2026, 11, 30)
    assert burst.burst is not None
    assert 0.2 < burst.burst.usual < 0.5
    assert trend.sparkline == "▁··▁··█"
    assert (trend.stories, trend.articles) == (10, 10)
    assert not found.complete


def test_what_is_before_the_first_day_is_not_known(store: Database) -> None:
    write(store, NOW - timedelta(days=2), DPRK)
    (trend,) = asked(store, timedelta(days=4)).trends
    assert [point.known for point in trend.points] == [False, False, True, True, True]
    assert trend.sparkline == "  █··"
    with store.begin() as tx:
        tx.put(Fact.TRENDS_COUNTED, "0")
    assert asked(store, timedelta(days=4)).complete


def test_a_day_begins_at_the_readers_midnight(store: Database) -> None:
    write(store, NOW - timedelta(hours=1), DPRK, zone=SEOUL)
    write(store, NOW, DPRK, zone=SEOUL)
    (trend,) = asked(store, timedelta(days=1), SEOUL).trends
    assert [(point.at.isoformat(), point.stories) for point in trend.points] == [
        ("2026-11-30T00:00:00+09:00", 1),
        ("2026-12-01T00:00:00+09:00", 1),
    ]


def test_weeks_begin_on_monday(store: Database) -> None:
    for back in (0, 1, 7, 8, 15):
        write(store, NOW - timedelta(days=back), DPRK)
    (trend,) = asked(store, timedelta(days=14), step=Step.WEEK).trends
    assert [(point.at.date().isoformat(), point.stories) for point in trend.points] == [
        ("2026-11-16", 1),
        ("2026-11-23", 2),
        ("2026-11-30", 1),
    ]


def test_hours_and_the_hour_that_bursts(store: Database) -> None:
    burst_days(store)
    write(store, NOW - timedelta(hours=4), ARMS)
    found = asked(store, timedelta(hours=5), step=Step.HOUR)
    hours = {each.subject: [point.stories for point in each.points] for each in found.trends}
    assert hours == {DPRK: [0, 0, 0, 8, 0, 0], ARMS: [0, 1, 0, 0, 0, 0]}
    (dprk,) = (each for each in found.trends if each.subject == DPRK)
    assert [bool(point.burst) for point in dprk.points] == [False, False, False, True, True, True]
    assert len(blank(found, ARMS).points) == 6


def test_the_hour_that_comes_twice(store: Database) -> None:
    now = datetime(2026, 10, 25, 3, 30, tzinfo=UTC)
    with store.begin() as tx:
        found = report(tx, [DPRK], now - timedelta(hours=4), now, "Europe/Kyiv", Step.HOUR)
    assert [f"{point.at:%H%z}" for point in found.trends[0].points] == [
        "02+0300",
        "03+0300",
        "03+0200",
        "04+0200",
        "05+0200",
    ]


def test_what_is_dated_wrongly_counts_when_it_was_seen(store: Database) -> None:
    write(store, NOW, DPRK, published=NOW - timedelta(days=1))
    write(store, NOW, DPRK, published=datetime(1970, 1, 1, tzinfo=UTC))
    write(store, NOW, DPRK, published=NOW + timedelta(days=1))
    (trend,) = asked(store, timedelta(days=1)).trends
    assert [point.stories for point in trend.points] == [1, 2]


def test_entities_that_burst_come_first(store: Database) -> None:
    quiet = Subject(SubjectKind.ENTITY, "Seoul")
    burst_days(store)
    for back in range(25):
        write(store, NOW - timedelta(days=back), quiet, ARMS)
    found = asked(store, timedelta(days=30))
    assert [each.subject for each in busiest(found.trends, 5)] == [DPRK, quiet]
    assert [each.subject for each in busiest(found.trends, 1)] == [DPRK]
    assert blank(found, ARMS).stories == 0
    assert len(blank(found, ARMS).points) == 31
