"""A backtest gives what the daemon sent; and what a change would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.judge_samples import day, pending
from doubles.random_articles import START
from doubles.store_samples import article as sample
from doubles.store_samples import record, source

from monitor.archive.backtest import BacktestAlert, Backtester, BacktestResult, _played, compare, differing
from monitor.model import Article, Channel, Entry, MessageKind, Relation, Severity, State, Term, Watchlist
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database, Transaction, open_store
from monitor.store.backtests import ArticleArrival
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

DESK, HOOK = Channel("desk", "webhook", digest=7200.0), Channel("hook", "webhook")
LISTS = (
    Watchlist("Missiles", keywords=(Term("missile"), Term("ракета"), Term("미사일")), notify=("desk", "hook")),
    Watchlist("Grain", keywords=(Term("grain"), Term("зерно"), Term("avalanche")), cooldown=3600.0, notify=("hook",)),
    Watchlist("Both", keywords=(Term("missile"), Term("grain")), require="all", severity=Severity.HIGH, notify=("desk",)),
    Watchlist("English", query="flood NOT court", languages=("en",), where=("title", "body"), notify=("hook",)),
    Watchlist("Gazette", keywords=(Term("storm"),), exclude=(Term("train"),), sources=("Gazette",), notify=("hook",)),
)  # fmt: skip
END = START + timedelta(days=3)


@cache
def matcher(*watchlists: Watchlist) -> Matcher:
    return compile_watchlists(watchlists or LISTS, shipped())


def rules() -> Rules:
    channels = [DESK, HOOK]
    return Rules(matcher(), CompiledCatalogue(matcher()), configured(channels, LISTS), "UTC")


async def recorded(store: Database, articles: list[Article], baseline: int = 0) -> None:
    """Judge articles as they come, the first of them as those that a source's first poll found."""
    clock = FixedClock(START)
    judge = Judge(store=store, clock=clock, live=in_force(rules()))
    with store.begin() as tx:
        tx.sync_sources([source("S")], START)
    for number, article in enumerate(articles, 1):
        clock.wall = max(clock.wall, article.when)
        is_baseline = number <= baseline
        with store.begin() as tx:
            (state,) = tx.source_states()
            entry = Entry(f"e{number}", None, None, article.title, digest="d")
            tx.record_poll(record(state.id, entry, at=clock.wall, baseline=is_baseline))
            ident = max(each.id for each in tx.due_entries(clock.wall, 999))
        await judge.judge(replace(pending(ident, article), baseline=is_baseline), article)


@pytest.fixture
def store() -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=lambda: END)
    yield opened
    opened.close()


def backtests(store: Database) -> Backtester:
    return Backtester(store, {"desk": DESK, "hook": HOOK}, "UTC")


def sent(tx: Transaction) -> set[tuple[str, int | None, str]]:
    """Return what the daemon wrote rows of the outbox for."""
    rows = [row for row in tx.deliveries() if row.alert.kind is MessageKind.ALERT]
    return {(row.alert.watchlist or "", row.story_id, row.channel) for row in rows}


def told(found: BacktestResult, watchlists: tuple[Watchlist, ...] = LISTS) -> set[tuple[str, int | None, str]]:
    channels = {each.name: each.notify for each in watchlists}
    return {(alert.watchlist, alert.story[1], name) for alert in found.alerts for name in channels[alert.watchlist]}


@pytest.mark.parametrize("seed", [7, 9])
async def test_a_backtest_of_a_day_is_what_the_daemon_sent(store: Database, seed: int) -> None:
    await recorded(store, day(110, seed), baseline=20)
    found = backtests(store).run(matcher(), START - timedelta(days=1), END)
    with store.begin() as tx:
        rows = sent(tx)
        first = [row for row in tx.deliveries() if row.alert.kind is MessageKind.ALERT and row.in_digest is None]
    assert len(rows) > 20
    assert {each.name for each in found.watchlists if each.alerts} >= {"Missiles", "Grain", "Both"}
    assert told(found) == rows
    alerts = {(alert.watchlist, alert.story[1]): alert for alert in found.alerts}
    for row in first:
        alert = alerts[row.alert.watchlist or "", row.story_id or 0]
        released = ("Both", row.story_id) in alerts  # for a louder watchlist that matched later
        if row.alert.watchlist != "Grain" and not released:  # Grain's digests were not sent: its cooldown began once
            assert (row.channel in alert.held) is (row.state is State.HELD)
    grain = [alert for alert in found.alerts if alert.watchlist == "Grain"]
    assert grain[0].rings == ("hook",)


async def test_a_story_that_rang_before_the_time_rings_no_more(store: Database) -> None:
    articles = day(110)
    await recorded(store, articles)
    middle = articles[60].seen_at
    assert middle is not None
    whole = backtests(store).run(matcher(), START - timedelta(days=1), END)
    early = backtests(store).run(matcher(), START - timedelta(days=1), middle)
    late = backtests(store).run(matcher(), middle, END)
    assert early.alerts
    assert late.alerts
    assert told(early) | told(late) == told(whole)
    assert not told(early) & told(late)


async def test_terms_that_bring_nothing_and_those_that_people_dislike(store: Database) -> None:
    await recorded(store, day(110))
    with store.begin() as tx:
        for row in tx.deliveries():
            if row.alert.kind is MessageKind.ALERT and row.alert.watchlist == "Grain":
                tx.save_feedback(row.id, 7, useful=False, now=END)
    found = backtests(store).run(matcher(), START - timedelta(days=1), END)
    grain = next(each for each in found.watchlists if each.name == "Grain")
    assert grain.unused == ("avalanche",)
    assert [each.term for each in grain.noisy] == [each.term for each in grain.terms if each.not_useful >= 3]
    assert grain.noisy
    assert all(each.alone <= each.stories for each in grain.terms)


async def test_a_term_that_only_a_later_article_of_a_story_brings_is_not_unused(store: Database) -> None:
    lists = (Watchlist("Sea", keywords=(Term("ferry"), Term("harbour"), Term("whale")), notify=("hook",)),)
    with store.begin() as tx:
        for number, text in enumerate(["A ferry sank.", "The harbour is shut; no ferry sails.", "Ferry tickets."]):
            at = START + timedelta(hours=number)
            ident = tx.add_article(sample(f"a{number}", seen_at=at, title=f"Title {number}", text=text))
            if number == 1:
                tx.join_story(1, ident, Relation.SAME, (), at)
            else:
                tx.join_story(tx.create_story(at, ident), ident, Relation.FIRST, (), at)
    found = backtests(store).run(matcher(*lists), START - timedelta(days=1), END)
    (sea,) = found.watchlists
    assert [(each.term, each.stories, each.alone, each.edits) for each in sea.terms] == [
        ("ferry", 2, 2, 0),
        ("harbour", 0, 0, 1),
        ("whale", 0, 0, 0),
    ]
    assert sea.unused == ("whale",)


async def test_a_change_is_told_by_story(store: Database) -> None:
    await recorded(store, day(110))
    with store.begin() as tx:
        ids = [
            row.id
            for row in tx.deliveries()
            if row.alert.kind is MessageKind.ALERT and row.alert.watchlist == "Missiles"
        ]
        for ident in ids:
            tx.save_feedback(ident, 7, useful=bool(ident % 2), now=END)
    fewer = replace(LISTS[0], keywords=(Term("missile"), Term("flood")))
    old, new = differing(LISTS, (fewer, *LISTS[1:]))
    assert ([each.name for each in old], [each.name for each in new]) == (["Missiles"], ["Missiles"])
    since = START - timedelta(days=1)
    before, after = backtests(store).run(matcher(*old), since, END), backtests(store).run(matcher(*new), since, END)
    change = compare(before, after)
    (missiles,) = change.watchlists
    assert missiles.after == missiles.before + len(missiles.added) - len(missiles.removed)
    assert all(alert.terms == ("flood",) or "missile" in alert.terms for alert in missiles.added)
    assert missiles.removed
    assert all(alert.sentence for alert in (*missiles.added, *missiles.removed))
    rated = change.rated
    assert rated.useful + rated.not_useful == len({story for _, story, _ in told(before, (LISTS[0],))}) * 2
    dropped = rated.useful + rated.not_useful - rated.useful_kept - rated.not_useful_kept
    gone = {alert.story for alert in missiles.removed}
    assert 0 < dropped <= len(gone) * 2  # those that speak for another watchlist, too, stay


def test_within_a_cooldown_alerts_wait_and_count_from_then_on() -> None:
    made = [
        BacktestAlert(
            "Grain", ("story", number), number, START + timedelta(minutes=at), "T", "S", "en", None, (), "", ()
        )
        for number, at in enumerate((0, 30, 59, 70, 185), 1)
    ]
    lists = {each.name: each for each in LISTS}
    played = [at_once for _, at_once in _played(HOOK, made, {}, lists, "UTC")]
    assert played == [True, False, False, False, True]  # the digest of the hour began another one


def test_what_came_late_or_in_a_flood_does_not_ring() -> None:
    alert = BacktestAlert("Missiles", ("story", 1), 1, START, "T", "S", "en", None, (), "", ())
    late = {1: ArticleArrival(baseline=False, delayed=True)}
    lists = {each.name: each for each in LISTS}
    assert [at_once for _, at_once in _played(HOOK, [alert], late, lists, "UTC")] == [False]


def test_a_watchlist_that_is_new_or_gone_differs() -> None:
    old, new = differing(LISTS[:2], LISTS[1:3])
    assert ([each.name for each in old], [each.name for each in new]) == (["Missiles"], ["Both"])


def test_an_archive_without_articles_alerts_nothing(store: Database) -> None:
    found = backtests(store).run(matcher(), START, END)
    assert found.alerts == ()
    assert found.read == 0
    assert {each.unused for each in found.watchlists} >= {("storm",)}


def test_alerts_of_articles_in_no_story_are_apart() -> None:
    alert = BacktestAlert("A", ("article", 1), 1, START, "T", "S", "en", None, (), "", ())
    assert alert.story != replace(alert, story=("story", 1)).story
