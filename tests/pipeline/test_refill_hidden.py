"""Gaps that something hides: pinned entries, short windows, slugs, sitemaps that list a part or are not named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doubles.news_site import FEED, HOME, WEEK, Published
from doubles.pipeline_harness import PipelineHarness, opened_desk
from doubles.refill_harness import (
    BEFORE,
    HOUR,
    PAGE,
    START,
    all_once,
    answering,
    entries,
    gap,
    gone_for,
    notices,
    opened,
    run,
    turn,
    without_sitemaps,
)

from monitor import gaps
from monitor.model import PendingEntry
from monitor.pipeline.judge import Judge


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    with opened_desk() as desk:
        yield desk


async def test_a_sitemap_that_nothing_names_is_found(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=())
    site.robots = "User-agent: *\n"
    await run(desk, 1)
    await turn(desk, 10 * HOUR)
    await run(desk, 1)
    assert all_once(desk, site)
    assert gap(desk).unaccounted == 0


async def test_what_is_no_sitemap_where_one_may_be_is_no_failure(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=())
    without_sitemaps(site)
    site.robots = "User-agent: *\n"
    answering(desk, "sitemap.xml", "<!DOCTYPE html><html><body>Not found</body></html>")
    answering(desk, "sitemap-news.xml", "", 503)
    _, lines = await gone_for(desk, 10)
    assert lines[0] == "No sitemap lists them: robots.txt names none."


@pytest.mark.parametrize("dated", [True, False])
async def test_a_pinned_entry_hides_no_gap(desk: PipelineHarness, dated: bool) -> None:
    site = opened(desk)
    site.pinned, site.dated = Published(START - timedelta(days=30), 7), dated
    await run(desk, 1)
    await turn(desk, 10 * HOUR)
    await run(desk, 1)
    missing = Counter(each.link for each in site.out() if each.at > START) - entries(desk)
    assert not missing
    assert gap(desk).refilled >= 28


async def test_a_peak_of_entries_without_dates_is_refilled(desk: PipelineHarness) -> None:
    site = opened(desk, every=4.0, days=0.05)
    site.dated = False
    await run(desk, 0.5)
    missing = Counter(each.link for each in site.out() if each.at > START + timedelta(seconds=180)) - entries(desk)
    assert len(missing) <= 45  # those of the last three minutes


async def test_pages_of_slugs_that_were_changed_since_are_refilled(desk: PipelineHarness) -> None:
    """No number in their addresses tells that they are of the gap: they were lost, and called accounted for."""
    site = opened(desk, slugs=True)
    site.titles = False
    site.changed = {number: timedelta(hours=number % 12) for number in range(BEFORE, 600, 3)}
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    await run(desk, 1)
    assert all_once(desk, site)
    assert gap(desk).unaccounted == 0


async def test_where_all_pages_were_changed_at_once_those_of_the_gap_come(desk: PipelineHarness) -> None:
    site = opened(desk, slugs=True)
    site.titles = False
    site.changed = {n: timedelta(hours=12) - (each.at - START) for n, each in enumerate(site.articles)}
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    await run(desk, 2)
    missing = Counter(each.link for each in site.out() if each.at > START) - entries(desk)
    assert not missing


async def test_too_many_changed_pages_are_left_and_told(desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    site = opened(desk, slugs=True)
    site.titles = False
    site.changed = {n: timedelta(hours=12.9) - (each.at - START) for n, each in enumerate(site.articles)}
    monkeypatch.setattr(gaps, "may_be_taken", lambda count, expected: False)
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    await run(desk, 2)
    ((headline, lines),) = notices(desk)
    assert headline == f"Press: about {gap(desk).unaccounted} articles may have been missed in a gap of 12 h"
    assert lines[0].startswith("No sitemap lists them: ")


async def test_a_sitemap_of_one_section_does_not_account_for_the_others(desk: PipelineHarness) -> None:
    site = opened(desk, sitemap=(f"{HOME}sport.xml",))
    without_sitemaps(site)
    site.answers["sport.xml"] = lambda: (
        f"<urlset>{''.join(site._row(each) for each in site.out() if each.number % 6 == 0)}</urlset>"
    )
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    assert (gap(desk).refill_at is not None, notices(desk)) == (True, [])
    await run(desk, 2)
    ((headline, lines),) = notices(desk)
    refilled, lost = gap(desk).refilled, gap(desk).unaccounted or 0
    assert headline == f"Press: {refilled} articles refilled after a gap of 12 h; about {lost} unaccounted"
    assert abs(refilled - 7) <= 2
    assert lost >= 30
    assert lines[0] == "No sitemap lists them: they list fewer articles than the source publishes in such a time."


@pytest.mark.parametrize("guids", [True, False])
@pytest.mark.parametrize(("every", "of"), [(1, 3), (1, 2), (2, 3), (4, 5), (1, 1)])  # the sitemap lists 1 of 3, …
async def test_what_a_sitemap_does_not_list_is_told(desk: PipelineHarness, every: int, of: int, guids: bool) -> None:
    """Articles that the feed shows still, and a rate within a half, made a part look like the whole."""
    site = opened(desk, sitemap=(f"{HOME}part.xml",))
    without_sitemaps(site)
    site.guids = guids
    site.answers["part.xml"] = lambda: (
        f"<urlset>{''.join(site._row(each) for each in site.out() if each.number % of < every)}</urlset>"
    )
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    await run(desk, 2)
    missing = Counter(each.link for each in site.out() if each.at > START) - entries(desk)
    ((headline, _),) = notices(desk)
    told = gap(desk).unaccounted or 0
    assert headline.startswith(f"Press: {gap(desk).refilled} articles refilled after a gap of 12 h; ")
    assert headline.endswith(f"; about {told} unaccounted" if missing else "; 0 unaccounted")
    assert abs(told - len(missing)) <= max(3, len(missing) // 3)


@pytest.mark.parametrize("titles", [True, False])
@pytest.mark.parametrize("written", [True, False])
async def test_a_feed_that_links_by_way_of_a_redirector(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch, titles: bool, written: bool
) -> None:
    """The sitemap has other addresses than the feed: a written one is believed, another one is not, and that is told."""
    site = opened(desk, sitemap=(WEEK,) if written else ())
    site.titles, site.guids = titles, False
    feed = site.feed
    tracker = "https://go.tracker.example/r/"
    monkeypatch.setattr(site, "feed", lambda: feed().replace(f"{HOME}rubric-world/", tracker))
    without_sitemaps(site)
    answering(desk, "robots.txt", f"Sitemap: {HOME}sitemap.xml")
    await run(desk, 1)
    await turn(desk, 12 * HOUR)
    await run(desk, 30, every=1800)
    came = Counter((link or "").rpartition("/")[2] for link in entries(desk).elements())
    out = {each.link.rpartition("/")[2] for each in site.out() if each.at > START + timedelta(seconds=180)}
    assert set(came.values()) == {1}
    if written:
        assert out <= set(came)
        assert gap(desk).unaccounted == 0
    else:
        assert abs(len(out - set(came)) - (gap(desk).unaccounted or 0)) <= 3


async def test_large_sitemaps_are_asked_for_seldom_and_nothing_is_lost(desk: PipelineHarness) -> None:
    """A feed of one entry leaves a gap at every poll."""
    site = opened(desk, every=60.0, days=0.3, sitemap=(f"{HOME}all.xml",))
    without_sitemaps(site)
    site.window = 1
    padding = f"<!--{'x' * 12_000_000}-->"  # ten minutes
    site.answers["all.xml"] = lambda: f"<urlset>{padding}{''.join(map(site._row, site.out()))}</urlset>"
    await run(desk, 2)
    asked = desk.fetcher.count(f"{HOME}all.xml")
    assert 8 <= asked <= 12
    site.window = 30
    await run(desk, 0.5)
    assert not Counter(each.link for each in site.out() if each.at > START + timedelta(seconds=180)) - entries(desk)


async def test_gaps_of_a_short_feed_are_told_once_a_day(desk: PipelineHarness) -> None:
    site = opened(desk, every=60.0, days=0.3)
    site.window = 1
    await run(desk, 3)
    assert gap(desk).gap.seconds < 600
    missing = Counter(each.link for each in site.out()[1:] if each.at > START + timedelta(seconds=180)) - entries(desk)
    assert len(missing) <= 3
    assert len(notices(desk)) <= 2  # two days at most


@pytest.mark.parametrize(
    ("days", "archived"),
    [(40, True), (3, True), (0, False), (None, False)],  # of an article's own date before the source was watched
)
async def test_old_pages_that_were_changed_in_a_gap_are_archived(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch, days: float | None, archived: bool
) -> None:
    site = opened(desk)
    site.titles = False
    await run(desk, 1)
    await turn(desk, 6 * HOUR)
    with desk.store.begin() as tx:
        pending = next(each for each in tx.due_entries(desk.clock.now(), 10_000) if each.entry.is_bare)
    date = START + timedelta(hours=2) if days == 0 else START - timedelta(days=days or 0)
    meta = f'<meta property="article:published_time" content="{date.isoformat()}">'
    written = b"" if days is None else meta.encode()
    link = pending.entry.link or ""
    desk.fetcher.answers[link] = lambda _: replace(
        site.answer(FEED), url=link, body=PAGE.replace(b"<head>", b"<head>" + written)
    )
    judged: list[bool] = []
    judge = Judge.judge

    async def noted(self: Judge, entry: PendingEntry, *rest: Any) -> int:
        judged.append(entry.baseline)
        return await judge(self, entry, *rest)

    monkeypatch.setattr(Judge, "judge", noted)
    await desk.reader.read(pending.id)
    assert judged == [archived]
    with desk.store.begin() as tx:
        article = tx.article_of(pending.id)
    assert article is not None
    assert pending.entry.published is not None
    assert article.published == (pending.entry.published if days is None else min(date, pending.entry.published))
