"""A page that sends its reader on by itself is followed: one hop, guarded as a redirect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, failing, link, ok

from monitor.errors import FetchError, FetchKind
from monitor.model import Article
from monitor.store import open_store

NEXT = "https://en.yna.co.kr/story/7"


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    made = PipelineHarness(store, clock)
    made.watch(FEED)
    yield made
    store.close()


def sends_on(desk: PipelineHarness, url: str, target: str) -> None:
    head = f'<meta http-equiv="refresh" content="0; url={target}">'
    desk.fetcher.answers[url] = ok(url, f"<html><head>{head}</head><body>One moment</body></html>")


async def read(desk: PipelineHarness) -> Article:
    desk.serve(FEED, ("N.K. fires ICBM", link(2), 10))
    await desk.poll()
    await desk.read()
    with desk.store.begin() as tx:
        article = tx.article_by_key("yonhap:AEN20231109000200315")
    assert article is not None
    return article


async def test_a_page_that_sends_its_reader_on_is_followed(desk: PipelineHarness) -> None:
    sends_on(desk, link(2), "/story/7")
    desk.page(NEXT, *TEXT)
    article = await read(desk)
    assert article.from_summary is None
    assert "intercontinental" in article.text
    assert desk.fetcher.asked[-1].referrer == link(2)
    assert desk.fetcher.asked[-1].source == "Yonhap 0"


async def test_it_is_followed_once(desk: PipelineHarness) -> None:
    sends_on(desk, link(2), NEXT)
    sends_on(desk, NEXT, "https://en.yna.co.kr/story/8")
    assert (await read(desk)).from_summary is not None
    assert desk.fetcher.count("https://en.yna.co.kr/story/8") == 0


async def test_never_from_https_to_http(desk: PipelineHarness) -> None:
    sends_on(desk, link(2), "http://en.yna.co.kr/story/7")
    assert (await read(desk)).from_summary is not None
    assert desk.fetcher.asked[-1].url == link(2)


async def test_a_failure_behind_it_is_the_reason_of_the_summary(desk: PipelineHarness) -> None:
    sends_on(desk, link(2), NEXT)
    desk.fetcher.answers[NEXT] = failing(FetchError("private", FetchKind.REFUSED_ADDRESS, retryable=False))
    assert "refused address" in ((await read(desk)).from_summary or "")


async def test_a_page_with_an_article_is_not_left_for_another(desk: PipelineHarness) -> None:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    head = '<meta http-equiv="refresh" content="15; url=/">'
    desk.fetcher.answers[link(2)] = ok(
        link(2), f"<html><head>{head}</head><body><article>{text}</article></body></html>"
    )
    assert (await read(desk)).from_summary is None
    assert desk.fetcher.asked[-1].url == link(2)


@pytest.mark.parametrize(("retryable", "part"), [(False, "forbids reading the page"), (True, "could not be read")])
async def test_where_robots_txt_decides_the_alert_says_so(desk: PipelineHarness, *, retryable: bool, part: str) -> None:
    desk.serve(FEED, ("A fair opens in Busan", link(1), 60))
    await desk.poll()
    desk.page(link(1), "A fair of books opened in the port on Thursday, and the mayor was there.")
    await desk.read()
    desk.fetcher.answers[link(2)] = failing(FetchError("robots", FetchKind.ROBOTS, retryable=retryable))
    desk.clock.pass_(180)
    article = await read(desk)
    assert part in (article.from_summary or "")
    assert desk.fetcher.asked[-1].robots
    (alert,) = desk.alerts()
    assert "robots.txt" in str(alert.alert)
