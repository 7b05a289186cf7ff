"""A source whose address is a page: its error says what to write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import PipelineHarness, failing, ok

from monitor.errors import FetchError, FetchKind, PageError
from monitor.model import FoundFeed, PageFeeds, Result
from monitor.pipeline.discovery import explained
from monitor.ports import Response
from monitor.store import open_store


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


PAGE = "https://site.example/"
LEADS = '<html><head><meta http-equiv="refresh" content="0; url={}"></head><body>moved</body></html>'
FEED = '<rss version="2.0"><channel><title>Wire</title></channel></rss>'


def page(*addresses: str) -> str:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{url}">' for url in addresses)
    return f"<html><head>{links}</head><body>News</body></html>"


async def error_of(desk: PipelineHarness, url: str = PAGE) -> str:
    desk.watch(url)
    assert await desk.poll() == [Result.FAILED]
    with desk.store.begin() as tx:
        (state,) = tx.source_states()
    assert state.error_kind == "parse"
    return state.error or ""


async def test_the_error_names_the_feed(desk: PipelineHarness) -> None:
    desk.fetcher.answers[PAGE] = ok(PAGE, page("/rss"))
    assert await error_of(desk) == (
        "the answer is a web page, not a feed; it names a feed: write url: https://site.example/rss"
    )


async def test_a_page_that_names_none(desk: PipelineHarness) -> None:
    desk.fetcher.answers[PAGE] = ok(PAGE, page())
    assert "and names none: look for" in await error_of(desk)
    assert len(desk.fetcher.asked) == 1


async def test_the_page_that_it_leads_to_is_looked_at(desk: PipelineHarness) -> None:
    desk.fetcher.answers[PAGE] = ok(PAGE, LEADS.format("/uk/"))
    desk.fetcher.answers[f"{PAGE}uk/"] = ok(f"{PAGE}uk/", page("rss"))
    assert (await error_of(desk)).endswith(
        "; it leads to https://site.example/uk/, which names a feed: write url: https://site.example/uk/rss"
    )
    assert desk.fetcher.asked[-1].referrer == PAGE, "guarded as a link of a foreign page"


async def test_the_feed_that_it_leads_to(desk: PipelineHarness) -> None:
    desk.fetcher.answers[PAGE] = ok(PAGE, LEADS.format("/rss"))
    desk.fetcher.answers[f"{PAGE}rss"] = ok(f"{PAGE}rss", FEED)
    assert (await error_of(desk)).endswith("which is one: write url: https://site.example/rss")


async def test_it_is_one_hop(desk: PipelineHarness) -> None:
    desk.fetcher.answers[PAGE] = ok(PAGE, LEADS.format("/a"))
    desk.fetcher.answers[f"{PAGE}a"] = ok(f"{PAGE}a", LEADS.format("/b"))
    assert "names none" in await error_of(desk)
    assert len(desk.fetcher.asked) == 2


@pytest.mark.parametrize("status", [404, None])
async def test_a_target_that_does_not_come(desk: PipelineHarness, status: int | None) -> None:
    target = f"{PAGE}a"
    desk.fetcher.answers[PAGE] = ok(PAGE, LEADS.format("/a"))
    refused = failing(FetchError("a private address", FetchKind.REFUSED_ADDRESS))
    desk.fetcher.answers[target] = (
        (lambda _: Response(target, status, (), page("/rss").encode())) if status else refused
    )
    assert "names none" in await error_of(desk)


async def test_no_way_from_https_to_http(desk: PipelineHarness) -> None:
    desk.fetcher.answers[PAGE] = ok(PAGE, LEADS.format("http://site.example/a"))
    assert "names none" in await error_of(desk)
    assert len(desk.fetcher.asked) == 1


def test_many_feeds_are_counted() -> None:
    feeds = tuple(FoundFeed(f"https://site.example/{n}", "News" if n == 0 else "") for n in range(8))
    text = str(explained(PageError("a web page, not a feed"), PageFeeds(feeds)))
    assert text.startswith(
        "a web page, not a feed; it names 8 feeds: write one of url: https://site.example/0 (News), url: https://site.example/1,"
    )
    assert text.endswith("url: https://site.example/4, and 3 more")
