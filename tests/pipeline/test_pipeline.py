"""Poll, read and judge over a real store, with only the network faked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, OTHER, TEXT, PipelineHarness, baseline, failing, link, ok
from sqlalchemy import select

from monitor.errors import FetchError, FetchKind
from monitor.metrics import LATENCY
from monitor.model import Fact, MessageKind, PollReason, Result, Secret, State, Telegram
from monitor.pipeline import report
from monitor.pipeline.cleaning import Cleaner
from monitor.ports import Request
from monitor.store import open_store, schema


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def desk(clock: FixedClock) -> Iterator[PipelineHarness]:
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


async def test_the_baseline_is_archived_and_silent(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    assert desk.alerts() == []
    with desk.store.begin() as tx:
        article = tx.article_by_key("yonhap:AEN20231109000100315")
    assert article is not None
    assert "intercontinental" in article.text
    await desk.housekeeping.tick()
    await desk.housekeeping.tick()
    assert [row.alert.headline for row in desk.rows()] == ["Now watching 1 source"]


async def test_the_notice_says_what_would_have_alerted_once_that_is_read(desk: PipelineHarness) -> None:
    """A newcomer sees at once what the watchlists find, though what was there before raises no alert."""
    entries = [(f"N.K. fires missile {number}", link(number), 3600.0 * number) for number in range(1, 6)]
    for _, address, _ in entries:
        desk.page(address, *TEXT)
    desk.page(link(6), "Farmers count goats", "The goats were counted on Monday, and all of them were there again.")
    desk.watch(FEED)
    desk.serve(FEED, *entries, ("Farmers count goats", link(6), 60.0))
    await desk.poll()
    await desk.housekeeping.tick()
    (row,) = desk.rows()
    assert "already there" not in "\n".join(row.alert.lines)
    await desk.read()
    await desk.housekeeping.tick()
    (row,) = desk.rows()
    assert row.alert.headline == "Now watching 1 source"
    assert list(row.alert.lines[3:]) == [
        "6 articles are already there; 5 of them would have alerted:",
        *(f"DPRK arms: N.K. fires missile {number}" for number in (1, 2, 3)),
        "… and 2 more",
    ]
    revision = row.revision
    await desk.housekeeping.tick()
    assert desk.rows()[0].revision == revision
    assert desk.alerts() == []


async def test_the_notice_says_where_nothing_would_have_alerted(desk: PipelineHarness) -> None:
    desk.page(link(6), "Farmers count goats", "The goats were counted on Monday, and all of them were there again.")
    desk.watch(FEED)
    desk.serve(FEED, ("Farmers count goats", link(6), 60.0))
    await desk.poll()
    await desk.housekeeping.tick()
    await desk.read()
    await desk.housekeeping.tick()
    assert desk.rows()[0].alert.lines[3:] == ("1 article is already there; none of them would have alerted.",)


async def test_channels_and_operators_are_told_in_their_own_language(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    config = desk.live.now.config
    channels = {name: replace(channel, language="uk") for name, channel in config.channels.items()}
    changed = replace(config, channels=channels, language="uk", token=Secret("1:a"), telegram=Telegram(admins=(7,)))
    desk.live.now = replace(desk.live.now, rules=replace(desk.live.now.rules, config=changed))
    with desk.store.begin() as tx:
        desk.housekeeping.write_notice(tx, "web", desk.housekeeping.phrases.text("incident web"), ("line",))
    await desk.housekeeping.tick()
    said = {row.channel: (row.alert.headline, row.alert.wording) for row in desk.rows()}
    assert said == {
        **dict.fromkeys(channels, ("Відстежуємо 1 джерело", "uk")),
        "admin:7": ("Вебсервер не вдалося запустити", "uk"),
    }


async def test_a_source_that_is_read_at_last_is_announced(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    desk.watch(FEED, OTHER)
    desk.housekeeping.announce_soon()
    desk.fetcher.answers[OTHER] = failing(FetchError("no answer", FetchKind.TIMEOUT))
    await desk.housekeeping.tick()
    assert desk.rows() == [], "the other was not asked yet"
    await desk.poll()
    await desk.housekeeping.tick()
    desk.serve(OTHER, ("A report", link(5), 60))
    desk.page(link(5), *TEXT)
    await desk.poll()
    await desk.housekeeping.tick()
    lines = [row.alert.lines[0] for row in reversed(desk.rows())]
    assert lines == ["Sources: Yonhap 0", "Sources: Yonhap 1"]


async def test_a_new_article_alerts_and_is_fetched_once_for_two_feeds(desk: PipelineHarness) -> None:
    await baseline(desk, FEED, OTHER)
    for url in (FEED, OTHER):
        desk.serve(url, ("N.K. fires ICBM", link(2), 10), ("An older report on North Korea", link(1), 3600))
    desk.page(link(2), *TEXT)
    desk.clock.pass_(180)
    await desk.poll()
    await desk.read()
    assert [row.alert.headline for row in desk.alerts()] == ["N.K. fires ICBM"]
    assert desk.fetcher.count(link(2)) == 1
    assert desk.fetcher.count(link(1)) == 1


async def test_the_time_to_an_alert_is_measured_of_alerts_alone(desk: PipelineHarness) -> None:
    before = measured()
    await baseline(desk, FEED)
    desk.serve(FEED, ("A fair opens in Busan", link(3), 10), ("N.K. fires ICBM", link(2), 10))
    desk.page(link(2), *TEXT)
    desk.page(link(3), "A fair of books opened in the port on Thursday, and the mayor was there.")
    await desk.poll()
    desk.clock.pass_(7)
    await desk.read()
    assert len(desk.alerts()) == 1
    assert measured() == (before[0] + 1, before[1] + 7)


def measured() -> tuple[float, float]:
    """Return how many alerts were measured so far, and the sum of their seconds."""
    values = {sample.name: sample.value for metric in LATENCY.collect() for sample in metric.samples}
    return values["monitor_alert_seconds_count"], values["monitor_alert_seconds_sum"]


async def test_validators_go_back_verbatim_and_the_same_body_is_no_work(desk: PipelineHarness) -> None:
    desk.watch(FEED)
    desk.serve(FEED, ("A report", link(1), 60), etag='W/"a-b"')
    desk.page(link(1), *TEXT)
    await desk.poll()
    desk.clock.pass_(180)
    assert await desk.poll() == [Result.UNCHANGED]
    assert ("if-none-match", 'W/"a-b"') in desk.fetcher.asked[-1].headers


async def test_a_failing_source_backs_off_and_keeps_its_validators(desk: PipelineHarness) -> None:
    desk.watch(FEED)
    desk.serve(FEED, ("A report", link(1), 60), etag='"x"')
    desk.page(link(1), *TEXT)
    await desk.poll()
    desk.fetcher.answers[FEED] = failing(FetchError("no answer", FetchKind.TIMEOUT))
    assert await desk.poll() == [Result.FAILED]
    with desk.store.begin() as tx:
        state = tx.source_states()[0]
    assert (state.failures, state.error_kind, state.validators.etag) == (1, "timeout", '"x"')
    assert state.next_poll_at is not None
    assert state.next_poll_at > desk.clock.now()


async def test_a_page_that_fails_is_tried_again_and_then_the_summary_must_do(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    desk.serve(FEED, ("North Korea fires ICBM", link(3), 10))
    desk.fetcher.answers[link(3)] = failing(FetchError("black hole", FetchKind.TIMEOUT))
    await desk.poll()
    assert await desk.read() == [Result.RETRY]
    assert await desk.read() == []
    desk.clock.pass_(15)
    assert await desk.read() == [Result.RETRY]
    desk.clock.pass_(35)
    assert await desk.read() == [Result.DONE]
    (row,) = desk.alerts()
    assert "could not be fetched (timeout)" in (row.alert.note or "")


async def test_after_downtime_old_items_come_in_one_digest(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    desk.clock.pass_(3 * 86400)
    titles = {11: "Hospital opens in Sinuiju", 12: "Wrecked boat found off Akita", 13: "Whisky trader fined"}
    old = [(title, link(number), 86400.0 + number) for number, title in titles.items()]
    desk.serve(FEED, ("North Korea sends soldiers to Russia", link(20), 60), *old)
    stories = {
        11: "North Korea opened a new hospital in the city of Sinuiju, where floods destroyed two clinics last summer.",
        12: "Fishermen found a wrecked boat from North Korea off the coast of Akita with nobody on board, police said.",
        13: "A court in Singapore fined a trader who sold whisky and perfume to customers in North Korea for years.",
    }
    more = {
        11: "State media showed the leader walking through its wards and praising the builders for their speed.",
        12: "The coast guard towed the hull to port; winter storms often drive such vessels across the sea.",
        13: "Prosecutors had asked for a prison term, but the judge noted that the defendant is seventy years old.",
    }
    for number, text in stories.items():
        desk.page(link(number), text, more[number])
    desk.page(link(20), *TEXT)
    await desk.poll()
    await desk.read()
    assert {row.state for row in desk.alerts()} == {State.READY, State.HELD}
    await desk.housekeeping.tick()
    digests = [row for row in desk.rows() if row.alert.kind is MessageKind.DIGEST]
    assert len(digests) == 1
    assert len(digests[0].alert.items) == 3
    ready = [row for row in desk.alerts() if row.state is State.READY]
    assert [row.alert.headline for row in ready] == ["North Korea sends soldiers to Russia"]


async def test_a_bug_puts_the_unit_off(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    desk.serve(FEED, ("North Korea fires ICBM", link(3), 10))
    await desk.poll()
    with desk.store.begin() as tx:
        (entry,) = tx.due_entries(desk.clock.now(), 10)
        source = tx.source_states()[0]
    await desk.reader.crashed(entry.id, ZeroDivisionError())
    await desk.poller.crashed(source.id, ZeroDivisionError())
    with desk.store.begin() as tx:
        assert tx.due_entries(desk.clock.now(), 10) == []
        assert tx.pending_count() == 1
        assert tx.due_sources(desk.clock.now() + timedelta(minutes=2), 10) == []


async def test_operators_are_told_once_for_each_key(desk: PipelineHarness) -> None:
    for _ in range(3):
        with desk.store.begin() as tx:
            desk.housekeeping.write_notice(tx, "source:Yonhap", "Yonhap: wants a password", ("401",))
        await desk.housekeeping.tick()
    assert [row.channel for row in desk.rows()] == ["admin:7"]
    desk.housekeeping.wake()
    assert desk.housekeeping.written.is_set()


async def test_only_facts_are_kept_by_key(desk: PipelineHarness, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    await desk.housekeeping.tick()
    desk.serve(FEED, ("N.K. fires ICBM", link(2), 10))
    desk.page(link(2), *TEXT)
    await desk.poll()
    await desk.read()
    desk.housekeeping.bad_config("config.yaml:3:5: sources: no url")
    await desk.housekeeping.tick()
    await Cleaner(desk.store, clock, desk.live).finish()
    with desk.store.begin() as tx:
        report.keep_judging(tx, "ready", clock.now())
        assert tx.incident_log().open
        assert any(state.announced for state in tx.source_states())
    with desk.store._engine.connect() as connection:
        keys = set(connection.scalars(select(schema.memory.c.key)))
    assert keys == {Fact.BASELINES, Fact.CLEANED_ON, Fact.JUDGING}


async def test_a_restarted_judge_knows_the_stories(desk: PipelineHarness, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    desk.serve(FEED, ("N.K. fires ICBM", link(2), 10))
    desk.page(link(2), *TEXT)
    await desk.poll()
    await desk.read()
    again = PipelineHarness(desk.store, clock)
    assert await again.judge.load() == 2
    revision = link(2).replace("00315", "51315")
    again.serve(FEED, ("(LEAD) N.K. fires ICBM", revision, 5))
    again.page(revision, *TEXT, "The missile flew about 1,000 kilometers before it fell into the sea, Tokyo said.")
    await again.poll()
    await again.read()
    (row,) = again.alerts()
    assert row.revision == 2


async def test_polls_teach_a_rhythm_and_follow_what_the_feed_asks_for(desk: PipelineHarness, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    body = desk.fetcher.answers[FEED](Request(FEED)).body.decode()
    desk.fetcher.answers[FEED] = ok(FEED, body.replace("<channel>", "<channel><ttl>30</ttl>"))
    clock.pass_(1800)
    await desk.poll()
    with desk.store.begin() as tx:
        (state,) = tx.source_states()
    assert (state.interval, state.reason, state.wishes.ttl) == (1800, PollReason.TTL, 1800.0)
    assert (state.rate.profile, state.rate.watched > 0, state.rate.excitation) == (b"", True, 0.0)
    desk.serve(FEED, ("A second report", link(2), 60), ("An older report on North Korea", link(1), 3600))
    clock.pass_(3600)
    await desk.poll()
    desk.fetcher.answers[FEED] = failing(FetchError("slow", FetchKind.TIMEOUT))
    with desk.store.begin() as tx:
        (learnt,) = tx.source_states()
    assert len(learnt.rate.profile) == 1344
    assert learnt.rate.excitation > 0
    assert learnt.wishes.ttl is None
    await desk.poll()
    with desk.store.begin() as tx:
        (failed,) = tx.source_states()
    assert (failed.rate, failed.reason, failed.reason_number) == (learnt.rate, PollReason.FAILURES, 1.0)
