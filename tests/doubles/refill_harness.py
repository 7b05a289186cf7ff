"""A source whose gaps are refilled from its site: outages, and what came of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from doubles.clock import FixedClock
from doubles.news_site import FEED, HOME, WEEK, NewsSite, Published
from doubles.pipeline_harness import PipelineHarness

from monitor import gaps
from monitor.model import GapState, MessageKind, Source
from monitor.ports import Response

START = FixedClock().now()
HOUR = 3600.0
BEFORE = 40  # articles that are there at the first poll
PAGE = (
    b"<html><head><title>A missile test off the coast</title></head><body><article><h1>A missile test off the coast</h1>"
    b"<p>North Korea fired a ballistic missile toward the sea on Thursday, the military of the South said in a note.</p>"
    b"<p>It was the third launch of the month, and it came days before the drills that both allies hold each year.</p>"
    b"</article></body></html>"
)


def opened(
    desk: PipelineHarness,
    every: float = 600.0,
    *,
    sitemap: tuple[str, ...] = (WEEK,),
    days: float = 4,
    slugs: bool = False,
) -> NewsSite:
    """Watch a site that publishes an article every so many seconds, with about four hundred readers' worth of history."""
    now = desk.clock.now()
    count = BEFORE + int(days * 24 * HOUR / every)
    articles = [Published(now + timedelta(seconds=(n - BEFORE + 1) * every), n, slugs) for n in range(count)]
    site = NewsSite(desk.clock, articles)
    desk.fetcher.answers = site
    with desk.store.begin() as tx:
        tx.sync_sources([Source("Press", FEED, sitemap=sitemap)], now)
    return site


def without_sitemaps(site: NewsSite) -> None:
    """Let the site name no sitemap, and have none where it is looked for without a name."""
    site.robots = None
    site.missing |= {f"{HOME}{name}" for name in gaps.USUAL}


async def turn(desk: PipelineHarness, seconds: float = 180.0) -> None:
    desk.clock.pass_(seconds)
    await desk.poll()
    await desk.refill()


async def run(desk: PipelineHarness, hours: float, every: float = 180.0) -> None:
    for _ in range(round(hours * HOUR / every)):
        await turn(desk, every)


def entries(desk: PipelineHarness) -> Counter[str]:
    """Return how often each article is there, tracking aside."""
    with desk.store.begin() as tx:
        pending = tx.due_entries(desk.clock.now(), 100_000)
    return Counter((each.entry.link or "").partition("?")[0] for each in pending)


def all_once(desk: PipelineHarness, site: NewsSite) -> bool:
    """Return whether all that was there at the first poll, or came since, came once."""
    begin = START + timedelta(seconds=180)
    came = [each.link for each in site.out() if each.at > begin]
    there = [each.link for each in site.out() if each.at <= begin][: site.window]
    return entries(desk) == Counter(came + there)


def gap(desk: PipelineHarness) -> GapState:
    with desk.store.begin() as tx:
        (found,) = tx.gap_states().values()
    return found


def notices(desk: PipelineHarness) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (row.alert.headline, tuple(map(str, row.alert.lines)))
        for row in desk.rows()
        if row.alert.kind is MessageKind.NOTICE
    ]


def sitemaps_asked(desk: PipelineHarness) -> list[str]:
    return [request.url for request in desk.fetcher.asked if request.url != FEED]


def answering(desk: PipelineHarness, path: str, body: str, status: int = 200) -> None:
    url = f"{HOME}{path}"
    desk.fetcher.answers[url] = lambda _: Response(url, status, (), body.encode())


async def gone_for(desk: PipelineHarness, hours: float) -> tuple[str, tuple[str, ...]]:
    """Be away for some hours, then refill; return the only notice."""
    await run(desk, 1)
    await turn(desk, hours * HOUR)
    (found,) = notices(desk)
    return found
