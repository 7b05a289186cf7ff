"""A watchlist with `surge: true` that bursts, and the weekly report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doubles.inforce import configured
from doubles.store_samples import article
from structlog.testing import capture_logs

from monitor.model import Channel, MuteKind, QuietHours, Relation, Severity, Verdict, Watchlist
from monitor.model.trends import Subject, SubjectKind, TrendTime
from monitor.pipeline.alerting import JoinedArticle
from monitor.pipeline.ruleset import CompiledCatalogue, NotCompiled, Rules
from monitor.pipeline.surges import write_surges
from monitor.pipeline.weekly import write_weekly_reports
from monitor.store import Database, Transaction, open_store
from monitor.store.trends import Trends

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)  # a Monday
LIST = Watchlist("Arms", surge=True, notify=("desk", "night"))
ARMS = Subject(SubjectKind.WATCHLIST, "Arms")
MATCH = [Verdict("Arms", matched=True, reason="1 of 1 term")]


@pytest.fixture
def store() -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=lambda: NOW)
    yield opened
    opened.close()


def rules(watchlist: Watchlist = LIST, **desk: Any) -> Rules:
    night = Channel("night", "webhook", quiet_hours=QuietHours("09:00", "12:00"), timezone="UTC", language="uk")
    channels = [Channel("desk", "webhook", **desk), night]
    return Rules(NotCompiled(), CompiledCatalogue(NotCompiled()), configured(channels, [watchlist]), "UTC")


def write(tx: Transaction, key: str, at: datetime) -> JoinedArticle:
    made = article(key, seen_at=at, title=f"Title {key}")
    ident = tx.add_article(made)
    story = tx.join_story(tx.create_story(at, ident), ident, Relation.FIRST, (), at)
    tx.keep_mentions(ident, story, TrendTime.of(made, "UTC"), {ARMS: 1})
    return JoinedArticle(replace(made, id=ident), story)


def history(tx: Transaction, days: int = 20) -> None:
    for back in range(days, 0, -2):
        write(tx, f"old{back}", NOW - timedelta(days=back))


def burst(tx: Transaction, count: int, now: datetime = NOW, prefix: str = "new", **joined: Any) -> list[int]:
    """Write stories one after another; return how many rows each added."""
    rows = []
    for number in range(count):
        made = replace(write(tx, f"{prefix}{number}", now - timedelta(minutes=count - number)), **joined)
        rows.append(write_surges(tx, made, MATCH, rules(), now))
    return rows


def test_the_sixth_story_within_six_hours_is_told_once(store: Database) -> None:
    with store.begin() as tx:
        history(tx)
        assert burst(tx, 8) == [0, 0, 0, 0, 0, 2, 0, 0]
        desk, night = sorted(tx.deliveries(), key=lambda row: row.channel)
    assert desk.alert.headline == "⚡ Arms: 6 stories in 6 h, usually 0.1"
    assert desk.alert.lines[0] == "Title new5 (Ukrinform)"
    assert len(desk.alert.lines) == 5
    assert night.alert.headline == "⚡ Arms: 6 подій за 6 год, зазвичай 0,1"
    with store.begin() as tx:
        assert tx.claim_delivery(["night"], "lane:night", NOW) is None, "it waits for the end of the quiet hours"
        assert tx.claim_delivery(["night"], "lane:night", NOW + timedelta(hours=3)) is not None
        assert tx.claim_delivery(["desk"], "lane:desk", NOW) is not None


def test_it_is_told_again_after_a_day(store: Database) -> None:
    with store.begin() as tx:
        history(tx)
        burst(tx, 6)
        later = NOW + timedelta(hours=20)  # the next day, and the same burst
        assert sum(burst(tx, 7, later, "late")) == 0
    with store.begin() as tx:
        assert sum(burst(tx, 14, NOW + timedelta(hours=45), "again")) == 2


@pytest.mark.parametrize("joined", [{"baseline": True}, {"late": True}, {"flood": True}])
def test_what_is_no_news_begins_none(store: Database, joined: dict[str, Any]) -> None:
    with store.begin() as tx:
        history(tx)
        assert sum(burst(tx, 8, **joined)) == 0


def test_without_history_or_where_so_much_is_usual_there_is_none(store: Database) -> None:
    with store.begin() as tx:
        assert sum(burst(tx, 8)) == 0  # nothing says what is usual
    with store.begin() as tx:
        for number in range(200):
            write(tx, f"busy{number}", NOW - timedelta(days=1 + number % 10, minutes=number))
        assert sum(burst(tx, 8, prefix="more")) == 0


@pytest.mark.parametrize(
    "watchlist",
    [
        replace(LIST, surge=False),
        replace(LIST, notify=()),
        replace(LIST, name="Other"),
        replace(LIST, notify=("gone",)),
    ],
)
def test_only_watchlists_that_wish_it(store: Database, watchlist: Watchlist) -> None:
    with store.begin() as tx:
        history(tx)
        for number in range(8):
            made = write(tx, f"new{number}", NOW - timedelta(minutes=number))
            assert write_surges(tx, made, MATCH, rules(watchlist), NOW) == 0


def test_a_muted_watchlist_and_a_critical_one(store: Database) -> None:
    with store.begin() as tx:
        history(tx)
        tx.mute(MuteKind.WATCHLIST, "Arms", None, 7)
        assert sum(burst(tx, 7)) == 0
        tx.unmute(MuteKind.WATCHLIST, "Arms")
        loud = rules(replace(LIST, severity=Severity.CRITICAL))
        assert write_surges(tx, write(tx, "last", NOW), MATCH, loud, NOW) == 2
        assert tx.claim_delivery(["night"], "lane:night", NOW) is not None  # through quiet hours


# --------------------------------------------------------------------------- the weekly report


def report(store: Database, now: datetime = NOW, **desk: Any) -> list[str]:
    with store.begin() as tx:
        write_weekly_reports(tx, rules(**({"weekly": "09:00", "timezone": "UTC"} | desk)), now)
        rows = tx.deliveries()
    return ["".join(run.text for run in line) for row in rows for line in row.alert.body]


def test_the_week_beside_the_one_before(store: Database) -> None:
    with store.begin() as tx:
        history(tx)
        for number in range(9):
            write(tx, f"peak{number}", datetime(2026, 11, 26, 8, number, tzinfo=UTC))
    told = report(store)
    assert told == [
        "The week from 23 Nov to 29 Nov",
        "Arms · 12 stories, 4 in the week before",
        "·▁·█·▁·",
        "⚡ 26 Nov: 10, usually 0.5",
    ]
    assert report(store) == told, "it is written once"


@pytest.mark.parametrize(
    ("now", "desk"),
    [
        (NOW - timedelta(hours=1), {}),  # before its time
        (NOW + timedelta(hours=13), {}),
        (NOW + timedelta(days=1), {}),
        (NOW, {"weekly": None}),
        (NOW, {"timezone": "America/New_York"}),
    ],
)
def test_it_comes_on_mondays_by_the_channels_clock(store: Database, now: datetime, desk: dict[str, Any]) -> None:
    assert report(store, now, **desk) == []


def test_nothing_counted_is_said(store: Database) -> None:
    assert report(store) == ["The week from 23 Nov to 29 Nov", "Nothing was counted."]


def test_what_is_told_is_not_counted_again(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.begin() as tx:
        history(tx)
        assert sum(burst(tx, 6)) == 2
        monkeypatch.delattr(Trends, "story_mentions")
        with capture_logs() as lines:
            assert sum(burst(tx, 3, prefix="more")) == 0
    assert lines == []
