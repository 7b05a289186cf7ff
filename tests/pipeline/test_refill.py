"""Outages and peaks: what the feed no longer shows comes from the site's sitemaps, once each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.news_site import FEED, HOME, INDEX, LAST, WEEK, Published
from doubles.pipeline_harness import PipelineHarness, failing, opened_desk
from doubles.refill_harness import (
    BEFORE,
    HOUR,
    PAGE,
    all_once,
    answering,
    entries,
    gap,
    gone_for,
    notices,
    opened,
    run,
    sitemaps_asked,
    turn,
    without_sitemaps,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from monitor.errors import FetchError, FetchKind, SandboxError
from monitor.metrics import GAPS, REFILLED, UNACCOUNTED
from monitor.model import Result, Source
from monitor.ports import Response
from monitor.store import open_store


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    with opened_desk() as desk:
        yield desk


async def test_articles_that_were_changed_since_are_refilled(desk: PipelineHarness) -> None:
    """A sitemap without publication dates lists them behind the gap: they were lost, and nobody was told."""
    site = opened(desk)
    site.titles = False
    site.changed = {number: timedelta(hours=number % 12) for number in range(BEFORE, 600, 3)}
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    await run(desk, 1)
    assert all_once(desk, site)
    assert gap(desk).unaccounted == 0


@pytest.mark.parametrize("hours", [6, 48])
async def test_after_an_outage_every_article_comes_once(desk: PipelineHarness, hours: float) -> None:
    site = opened(desk)
    await run(desk, 1)
    await turn(desk, hours * HOUR)
    await run(desk, 1)
    assert all_once(desk, site)
    missed = round(hours * 6) - 30
    assert (gap(desk).unaccounted, gap(desk).refill_at, gap(desk).reason) == (0, None, None)
    assert abs(gap(desk).refilled - missed) <= 1
    assert abs(gap(desk).expected - missed) <= 1
    ((headline, lines),) = notices(desk)
    assert headline.startswith(f"Press: {gap(desk).refilled} articles refilled after a gap of ")
    assert headline.endswith("; 0 unaccounted")
    assert lines == ()
    assert len(sitemaps_asked(desk)) <= 2


async def test_a_peak_between_two_polls_is_refilled_too(desk: PipelineHarness) -> None:
    site = opened(desk, every=1.0, days=0.01)
    await turn(desk)
    first = {each.link for each in site.out()[: site.window]}
    await turn(desk)
    await turn(desk)
    assert entries(desk) == Counter(first | {each.link for each in site.out()[:361]} - {site.out()[360].link})
    assert gap(desk).refilled > 0


async def test_no_gap_no_request(desk: PipelineHarness) -> None:
    site = opened(desk)
    await run(desk, 3)
    await turn(desk, 3 * HOUR)
    assert all_once(desk, site)
    assert sitemaps_asked(desk) == []
    assert notices(desk) == []
    with desk.store.begin() as tx:
        assert tx.gap_states() == {}


async def test_robots_txt_tells_where_the_sitemaps_are(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=())
    await run(desk, 1)
    await turn(desk, 10 * HOUR)
    assert all_once(desk, site)
    assert sitemaps_asked(desk)[:2] == [f"{HOME}robots.txt", INDEX]
    await turn(desk, 10 * HOUR)
    assert all_once(desk, site)
    assert desk.fetcher.count(f"{HOME}robots.txt") == 1  # once a day


async def test_without_any_sitemap_the_admins_are_told(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=())
    without_sitemaps(site)
    before = UNACCOUNTED.labels(source="Press")._value.get()
    await run(desk, 1)
    await turn(desk, 10 * HOUR)
    await run(desk, 1)
    assert gap(desk).unaccounted == 30
    ((headline, lines),) = notices(desk)
    assert headline == "Press: about 30 articles may have been missed in a gap of 10 h"
    assert "robots.txt: the server answered 404" in lines[0]
    assert "sitemap: of the source" in lines[1]
    assert UNACCOUNTED.labels(source="Press")._value.get() == before + 30


async def test_a_sitemap_that_does_not_reach_back_leaves_some_unaccounted(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=(LAST,))
    without_sitemaps(site)
    await run(desk, 1)
    await turn(desk, 48 * HOUR)
    ((headline, lines),) = notices(desk)
    assert (
        headline
        == f"Press: {gap(desk).refilled} articles refilled after a gap of 2 d; about {gap(desk).unaccounted} unaccounted"
    )
    assert gap(desk).refilled == 70
    assert abs((gap(desk).unaccounted or 0) - (48 * 6 - 100)) <= 3
    assert lines[0] == "No sitemap lists them: the site's sitemaps do not reach back so far."


async def test_where_the_written_sitemap_does_not_reach_back_robots_txt_is_asked(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=(LAST,))
    await run(desk, 1)
    await turn(desk, 48 * HOUR)
    assert all_once(desk, site)
    assert sitemaps_asked(desk)[:3] == [LAST, f"{HOME}robots.txt", INDEX]
    assert gap(desk).unaccounted == 0


async def test_a_site_that_is_down_is_asked_again_for_a_day(desk: PipelineHarness) -> None:
    site = opened(desk)
    await run(desk, 1)
    site.down = True
    await turn(desk, 10 * HOUR)
    assert gap(desk).refill_at is not None
    assert gap(desk).unaccounted is None
    await run(desk, 3)
    assert notices(desk) == []
    asked = len(sitemaps_asked(desk))
    assert asked <= 6
    site.down = False
    await run(desk, 2)
    assert all_once(desk, site)
    assert (gap(desk).unaccounted, gap(desk).refill_at) == (0, None)
    assert len(notices(desk)) == 1


async def test_after_a_day_in_vain_the_admins_are_told(desk: PipelineHarness) -> None:
    site = opened(desk)
    await run(desk, 1)
    site.down = True
    await turn(desk, 10 * HOUR)
    await run(desk, 25, 900.0)
    ((headline, lines),) = notices(desk)
    assert headline == "Press: about 30 articles may have been missed in a gap of 10 h"
    assert "the server answered 503" in lines[0]
    assert gap(desk).refill_at is None
    assert len(sitemaps_asked(desk)) <= 12


async def test_a_sitemap_that_lags_behind_is_asked_again(desk: PipelineHarness) -> None:
    site = opened(desk)
    site.lag = timedelta(hours=7)
    await run(desk, 1)
    await turn(desk, 10 * HOUR)
    assert (gap(desk).refill_at is None, gap(desk).reason) == (False, "the site's sitemaps end before the gap does")
    assert notices(desk) == []
    await run(desk, 6, 600.0)
    assert all_once(desk, site)
    assert gap(desk).unaccounted == 0
    assert len(notices(desk)) == 1


async def test_a_gap_that_grows_while_it_is_open_is_one(desk: PipelineHarness) -> None:
    site = opened(desk)
    await run(desk, 1)
    site.down = True
    await turn(desk, 10 * HOUR)
    first = gap(desk)
    await turn(desk, 8 * HOUR)
    both = gap(desk)
    assert (both.gap.since, both.found_at) == (first.gap.since, first.found_at)
    assert both.gap.until > first.gap.until
    assert both.expected > first.expected
    site.down = False
    await run(desk, 5)
    assert all_once(desk, site)
    assert len(notices(desk)) == 1


async def test_pages_without_titles_take_those_of_their_pages(desk: PipelineHarness) -> None:
    site = opened(desk)
    site.titles = False
    await run(desk, 1)
    await turn(desk, 6 * HOUR)
    with desk.store.begin() as tx:
        bare = [each for each in tx.due_entries(desk.clock.now(), 10_000) if not each.entry.title]
    assert len(bare) == gap(desk).refilled
    link = bare[0].entry.link or ""
    desk.fetcher.answers[link] = lambda _: replace(site.answer(FEED), url=link, body=PAGE)
    await desk.reader.read(bare[0].id)
    with desk.store.begin() as tx:
        article = tx.article_of(bare[0].id)
    assert article is not None
    assert article.title == "A missile test off the coast"


async def test_a_feed_that_shows_a_refilled_article_again_brings_no_second_one(desk: PipelineHarness) -> None:
    site = opened(desk)
    site.titles = False
    await run(desk, 1)
    await turn(desk, 6 * HOUR)
    with desk.store.begin() as tx:
        pending = next(each for each in tx.due_entries(desk.clock.now(), 10_000) if not each.entry.title)
    link = pending.entry.link or ""
    desk.fetcher.answers[link] = lambda _: replace(site.answer(FEED), url=link, body=PAGE)
    await desk.reader.read(pending.id)
    site.articles = [Published(desk.clock.now(), each.number) if each.link == link else each for each in site.articles]
    await turn(desk)
    with desk.store.begin() as tx:
        mine = [each for each in tx.due_entries(desk.clock.now(), 10_000) if (each.entry.link or "").startswith(link)]
        judged = tx.article_of(pending.id)
        assert [each.edited for each in mine] == [True]
        assert [each.id for each in mine] == [pending.id]
    assert judged is not None


async def test_a_page_that_a_sitemap_gave_without_its_title_is_known_to_other_feeds(desk: PipelineHarness) -> None:
    site = opened(desk)
    site.titles = False
    await run(desk, 1)
    await turn(desk, 6 * HOUR)
    with desk.store.begin() as tx:
        pending = next(each for each in tx.due_entries(desk.clock.now(), 10_000) if not each.entry.title)
        tx.sync_sources([Source("Press world", f"{FEED}?world")], desk.clock.now())
    link = pending.entry.link or ""
    desk.fetcher.answers[link] = lambda _: replace(site.answer(FEED), url=link, body=PAGE)
    await desk.reader.read(pending.id)
    rows = f"<item><title>A missile test off the coast</title><link>{link}</link><guid>x-1</guid></item>"
    body = f"<rss version='2.0'><channel><title>t</title>{rows}</channel></rss>"
    desk.fetcher.answers[f"{FEED}?world"] = lambda _: Response(f"{FEED}?world", 200, (), body.encode())
    await turn(desk)
    with desk.store.begin() as tx:
        due = tx.due_entries(desk.clock.now(), 10_000)
        (other,) = [each for each in due if each.source.name == "Press world"]
    assert (await desk.reader.read(other.id)).result is Result.UNCHANGED
    with desk.store.begin() as tx:
        assert tx.article_of(other.id) == tx.article_of(pending.id)


async def test_refilled_articles_are_no_flood_and_late_by_their_date(desk: PipelineHarness) -> None:
    opened(desk)
    await run(desk, 1)
    await turn(desk, 48 * HOUR)
    with desk.store.begin() as tx:
        pending = [each for each in tx.due_entries(desk.clock.now(), 10_000) if not each.baseline]
    limit = desk.clock.now() - timedelta(hours=12)
    refilled = [each for each in pending if each.entry.guid is None]
    assert len(refilled) == gap(desk).refilled
    assert not any(each.flood for each in refilled)
    assert all(each.late == (each.entry.published is not None and each.entry.published < limit) for each in refilled)
    assert {each.late for each in refilled} == {True, False}


async def test_another_feed_of_the_site_brought_it_already(desk: PipelineHarness) -> None:
    site = opened(desk)
    more = f"{HOME}sitemap/last.xml"
    with desk.store.begin() as tx:
        tx.sync_sources(
            [Source("Press", FEED, sitemap=(WEEK,)), Source("Press all", more, kind="sitemap")], desk.clock.now()
        )
    await run(desk, 1)
    desk.clock.pass_(10 * HOUR)
    with desk.store.begin() as tx:
        one, other = tx.source_states()
    await desk.poller.poll(other.id)
    await desk.poller.poll(one.id)
    await desk.refill()
    with desk.store.begin() as tx:
        assert tx.gap_states()[one.id].refilled == 0
        assert tx.gap_states()[one.id].unaccounted == 0
    assert notices(desk) == []
    assert site.out()


async def test_sitemaps_without_dates_refill_nothing(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=(f"{HOME}all.txt",))
    without_sitemaps(site)
    answering(desk, "all.txt", "\n".join(each.link for each in site.articles))
    headline, lines = await gone_for(desk, 10)
    assert headline.startswith("Press: about 30 articles may have been missed")
    assert lines[0] == "No sitemap lists them: the site's sitemaps give no dates."


async def test_robots_txt_that_names_none(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=())
    without_sitemaps(site)
    site.robots = "User-agent: *\n"
    _, lines = await gone_for(desk, 10)
    assert lines[0] == "No sitemap lists them: robots.txt names none."


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (FetchError("no complete answer in 30 s", FetchKind.TIMEOUT), True),
        (FetchError("more than 50 MB", FetchKind.TOO_LARGE), False),
        (FetchError("10.0.0.1 is not public", FetchKind.REFUSED_ADDRESS, retryable=False), False),
    ],
)
async def test_what_cannot_be_fetched(desk: PipelineHarness, error: FetchError, again: bool) -> None:
    without_sitemaps(opened(desk, sitemap=(f"{HOME}news.xml",)))
    desk.fetcher.answers[f"{HOME}news.xml"] = failing(error)
    await run(desk, 1)
    await turn(desk, 10 * HOUR)
    assert (gap(desk).refill_at is not None) == again
    assert gap(desk).reason == f"{HOME}news.xml: {error}"


async def test_what_is_no_sitemap_is_told(desk: PipelineHarness) -> None:
    without_sitemaps(opened(desk, sitemap=(f"{HOME}news.xml",)))
    answering(desk, "news.xml", "<!DOCTYPE html><html><head></head></html>")
    _, lines = await gone_for(desk, 10)
    assert "the answer is a web page" in lines[0]


async def test_a_sitemap_that_kills_its_reader_is_tried_again(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = opened(desk)
    await run(desk, 1)

    async def killed(*_: object, **__: object) -> object:
        raise SandboxError("killed after 8 s of CPU time")

    with monkeypatch.context() as patch:
        desk.clock.pass_(10 * HOUR)
        await desk.poll()
        patch.setattr(desk.refiller._sandbox, "run", killed)
        await desk.refill()
    assert "killed after 8 s of CPU time" in (gap(desk).reason or "")
    await run(desk, 1)
    assert all_once(desk, site)


async def test_one_refill_asks_ten_times_at_most(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=(INDEX,))
    rows = "".join(f"<sitemap><loc>{HOME}part{n}.xml</loc></sitemap>" for n in range(30))
    answering(desk, "sitemap.xml", f"<sitemapindex>{rows}</sitemapindex>")
    for n in range(30):
        shown = "".join(map(site._row, site.articles[n::30]))
        answering(desk, f"part{n}.xml", f"<urlset>{shown}</urlset>")
    await run(desk, 1)
    await turn(desk, 20 * HOUR)
    assert len(sitemaps_asked(desk)) == 10
    assert notices(desk) == []  # few articles were found: it is tried again
    await run(desk, 2, 600.0)
    ((headline, lines),) = notices(desk)
    assert headline.startswith(f"Press: {gap(desk).refilled} articles refilled")
    assert 0 < (gap(desk).unaccounted or 0) < gap(desk).expected
    assert lines[0] == "No sitemap lists them: the site has more sitemaps than one refill asks for."


async def test_an_index_of_indexes_ends(desk: PipelineHarness) -> None:
    opened(desk, sitemap=(INDEX,))
    for n, path in enumerate(("sitemap.xml", "b.xml", "c.xml", "d.xml")):
        following = f"{HOME}{'bcde'[n]}.xml"
        answering(desk, path, f"<sitemapindex><sitemap><loc>{following}</loc></sitemap></sitemapindex>")
    _, lines = await gone_for(desk, 10)
    assert sitemaps_asked(desk) == [INDEX, f"{HOME}b.xml", f"{HOME}c.xml", f"{HOME}robots.txt"]
    assert lines[0] == "No sitemap lists them: robots.txt names none."


async def test_items_older_than_max_age_are_archived(desk: PipelineHarness) -> None:
    opened(desk)
    await run(desk, 1)
    config = desk.live.now.config
    sources = (Source("Press", FEED, sitemap=(WEEK,), max_age=24 * HOUR),)
    rules = replace(desk.live.now.rules, config=replace(config, sources=sources))
    desk.live.now = replace(desk.live.now, rules=rules)
    await turn(desk, 48 * HOUR)
    limit = desk.clock.now() - timedelta(hours=24)
    with desk.store.begin() as tx:
        refilled = [each for each in tx.due_entries(desk.clock.now(), 10_000) if each.entry.guid is None]
    assert {each.baseline for each in refilled} == {True, False}
    assert all(
        each.baseline == (each.entry.published is not None and each.entry.published < limit) for each in refilled
    )


async def test_what_is_counted(desk: PipelineHarness) -> None:
    opened(desk)
    before = [each.labels(source="Press")._value.get() for each in (GAPS, REFILLED)]
    await run(desk, 1)
    await turn(desk, 6 * HOUR)
    after = [each.labels(source="Press")._value.get() for each in (GAPS, REFILLED)]
    assert after == [before[0] + 1, before[1] + gap(desk).refilled]


async def test_a_bug_is_a_try_that_failed(desk: PipelineHarness) -> None:
    site = opened(desk)
    await run(desk, 1)
    desk.clock.pass_(10 * HOUR)
    await desk.poll()
    with desk.store.begin() as tx:
        ((ident, name),) = tx.due_refills(desk.clock.now(), 9)
    assert name == "Press"
    await desk.refiller.crashed(ident, ZeroDivisionError())
    assert gap(desk).reason == "internal error: ZeroDivisionError"
    assert await desk.refill() == []
    await run(desk, 1)
    assert all_once(desk, site)
    await desk.refiller.crashed(ident, ZeroDivisionError())  # nothing is open
    assert (await desk.refiller.refill(ident)).result is Result.DONE
    assert gap(desk).unaccounted == 0


async def test_a_refill_that_is_killed_before_its_end_is_made_again(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = opened(desk)
    await run(desk, 1)
    desk.clock.pass_(10 * HOUR)
    await desk.poll()
    with monkeypatch.context() as patch:
        patch.setattr(desk.refiller, "_tell", lambda *_: 1 / 0)  # the last thing in the transaction
        with pytest.raises(ZeroDivisionError):
            await desk.refill()
    assert gap(desk).refilled == 0
    assert await desk.refill() == [Result.DONE]
    assert all_once(desk, site)
    assert len(notices(desk)) == 1


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.lists(st.tuples(st.floats(0.05, 1.0), st.floats(0.5, 60.0)), min_size=1, max_size=3),
    st.integers(0, 2**32),
    st.sampled_from([(WEEK,), (), (LAST, WEEK)]),
    st.booleans(),
)
async def test_no_article_is_lost_or_doubled_by_any_outages(
    outages: list[tuple[float, float]], seed: int, sitemap: tuple[str, ...], titles: bool
) -> None:
    rng = random.Random(seed)
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    try:
        desk = PipelineHarness(store, clock)
        site = opened(desk, sitemap=sitemap, days=0)
        site.titles = titles
        at, articles = clock.now(), list(site.articles)
        while at < clock.now() + timedelta(days=12):
            at += timedelta(seconds=rng.expovariate(1 / 300 if rng.random() < 0.1 else 1 / 900))
            articles.append(Published(at, len(articles)))
        site.articles = articles
        await run(desk, 0.5)
        for up, down in outages:
            await turn(desk, down * HOUR)
            await run(desk, up, 300.0)
        assert all_once(desk, site)
    finally:
        store.close()
