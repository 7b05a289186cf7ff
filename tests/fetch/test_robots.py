from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from doubles.rawserver import RawServer, plain

from monitor.errors import FetchError, FetchKind
from monitor.fetch import robots
from monitor.fetch.address import Address, parse
from monitor.fetch.client import HttpFetcher
from monitor.fetch.robots import RobotsRules
from monitor.model import Source
from monitor.ports import Request, Response

PAGE = parse("https://news.example/a/1.html?x=y")
DAY = 24 * 3600.0
FORBIDS = b"User-agent: *\nDisallow: /a/\n"


class Site:
    """Answers for robots.txt, counts how often it is asked, and is a clock."""

    def __init__(self, answer: bytes | int | FetchKind = b"") -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.now = 0.0
        self.rules = RobotsRules(lambda: self.now)

    async def get(self, address: str) -> Response:
        self.asked.append(address)
        await asyncio.sleep(0)
        if isinstance(self.answer, FetchKind):
            raise FetchError("no answer", self.answer, retry_after=60.0)
        status, body = (self.answer, FORBIDS) if isinstance(self.answer, int) else (200, self.answer)
        return Response(address, status, (), body)

    async def says(self, url: Address = PAGE, agent: str = "news-monitor") -> str:
        try:
            await self.rules.check(url, agent, self.get)
        except FetchError as error:
            refusal = "wait" if error.retryable else "no"
            return refusal if error.kind is FetchKind.ROBOTS else error.kind.value
        return "yes"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "yes"),
        (FORBIDS, "no"),
        (b"\xef\xbb\xbf" + FORBIDS, "no"),
        (b"User-agent: *\r\nDisallow: /\r\nAllow: /a/*.html", "yes"),
        (b"User-agent: news-monitor\nDisallow: /\n\nUser-agent: *\nAllow: /", "no"),
        (b"User-agent: news-monitor\nAllow: /\n\nUser-agent: *\nDisallow: /", "yes"),
        (b"User-agent: *\nDisallow: /*?x=y$", "no"),
        (b"User-agent: *\nDisallow:", "yes"),
        (b"<html><body>Not found</body></html>", "yes"),
        (bytes(range(256)), "yes"),
        (404, "yes"),
        (403, "yes"),
        (204, "yes"),
        (FetchKind.REDIRECT, "yes"),
        (500, "wait"),
        (503, "wait"),
        (FetchKind.TIMEOUT, "wait"),
        (FetchKind.DNS, "wait"),
    ],
)
async def test_what_an_answer_means(answer: bytes | int | FetchKind, said: str) -> None:
    assert await Site(answer).says() == said


async def test_a_source_that_calls_itself_otherwise_is_meant_by_that_name() -> None:
    site = Site(b"User-agent: newsdesk\nDisallow: /")
    assert await site.says() == "yes"
    assert await site.says(agent="Mozilla/5.0 (compatible; Newsdesk/1.0)") == "no"


async def test_each_origin_is_asked_once_a_day() -> None:
    site = Site(FORBIDS)
    assert set(await asyncio.gather(*(site.says() for _ in range(5)))) == {"no"}
    await site.says(parse("https://news.example/b?x=y"))
    assert site.asked == ["https://news.example/robots.txt"]
    await site.says(parse("https://news.example:8443/a/1.html"))
    await site.says(parse("http://news.example/a/1.html"))
    assert site.asked[1:] == ["https://news.example:8443/robots.txt", "http://news.example/robots.txt"]
    site.now, site.answer = DAY, b""
    assert await site.says() == "yes"
    assert len(site.asked) == 4


async def test_the_rules_of_before_go_on_while_there_is_no_answer() -> None:
    site = Site(FORBIDS)
    await site.says()
    site.now, site.answer = DAY, 500
    assert await site.says() == "no"
    assert await site.says() == "no"
    assert len(site.asked) == 2
    site.now += 60
    await site.says()
    assert len(site.asked) == 3


async def test_after_thirty_days_without_an_answer_all_is_allowed() -> None:
    site = Site(FetchKind.CONNECT)
    assert await site.says() == "wait"
    site.now = 29 * DAY
    assert await site.says() == "wait"
    site.now = 30 * DAY
    assert await site.says() == "yes"
    site.now, site.answer = 31 * DAY, FORBIDS
    assert await site.says() == "no"


@pytest.mark.parametrize("kind", [FetchKind.PACED, FetchKind.SETTING, FetchKind.REFUSED_ADDRESS])
async def test_what_the_page_would_meet_as_well_is_passed_on(kind: FetchKind) -> None:
    site = Site(kind)
    with pytest.raises(FetchError) as caught:
        await site.rules.check(PAGE, "news-monitor", site.get)
    assert caught.value.kind is kind
    site.answer = FORBIDS
    assert await site.says() == "no"


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "_TEXT", 100)
    site = Site(b"#" * 40)
    for number in range(5):
        await site.says(parse(f"https://{number}.example/"))
    assert [entry.size for entry in site.rules._origins.values()] == [40, 40]
    monkeypatch.setattr(robots, "_ORIGINS", 1)
    await site.says(parse("https://9.example/"))
    assert list(site.rules._origins) == ["https://9.example/robots.txt"]


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        for path in ("/a/1", "/b", "/rss"):
            running.answers[path] = plain(b"page")
        running.answers["/robots.txt"] = plain(FORBIDS)
        yield running


async def fetch(server: RawServer, path: str, *, page: bool = True, **settings: Any) -> Response:
    source = replace(Source("one", server.url("/rss"), robots=True), **settings)
    fetcher = HttpFetcher(allow=[server.allow()], sources=[source], spacing=0.0)
    try:
        request = Request(server.url(path), source="one", referrer=server.url("/rss") if page else None, robots=page)
        return await fetcher.fetch(request)
    finally:
        await fetcher.close()


def paths(server: RawServer) -> list[str]:
    return [head.split()[1] for head in server.requests]


@pytest.mark.network
async def test_a_forbidden_page_is_not_asked_for(server: RawServer) -> None:
    with pytest.raises(FetchError, match="forbids this page") as caught:
        await fetch(server, "/a/1")
    assert caught.value.kind is FetchKind.ROBOTS
    assert paths(server) == ["/robots.txt"]
    assert (await fetch(server, "/b")).body == b"page"


@pytest.mark.network
async def test_feeds_and_other_sources_go_without_it(server: RawServer) -> None:
    assert (await fetch(server, "/rss", page=False)).body == b"page"
    assert (await fetch(server, "/a/1", robots=False)).body == b"page"
    assert paths(server) == ["/rss", "/a/1"]


@pytest.mark.network
async def test_a_redirect_to_a_forbidden_page_is_not_followed(server: RawServer) -> None:
    server.answers["/b"] = plain(b"", "Location: /a/1", status="302 Found")
    with pytest.raises(FetchError, match="forbids this page"):
        await fetch(server, "/b")
    assert paths(server) == ["/robots.txt", "/b"]


@pytest.mark.network
async def test_the_first_half_megabyte_of_the_rules_counts(server: RawServer) -> None:
    server.answers["/robots.txt"] = plain(FORBIDS + b"# long\n" * 100_000 + b"Disallow: /b\n")
    with pytest.raises(FetchError):
        await fetch(server, "/a/1")
    assert (await fetch(server, "/b")).body == b"page"


@pytest.mark.network
async def test_the_rules_are_kept_over_a_reload(server: RawServer) -> None:
    source = Source("one", server.url("/rss"), robots=True)
    before, after = (HttpFetcher(allow=[server.allow()], sources=[source], spacing=0.0) for _ in range(2))
    request = Request(server.url("/b"), source="one", robots=True)
    await before.fetch(request)
    after.take_over(before)
    await after.fetch(request)
    await before.close()
    await after.close()
    assert paths(server) == ["/robots.txt", "/b", "/b"]


async def test_whoever_asks_for_it_the_file_is_read_once_a_day() -> None:
    """Readers of pages and the search of sitemaps share it."""
    site = Site(FORBIDS + b"Sitemap: https://news.example/last.xml\n")
    assert (await site.rules.response(PAGE, site.get)).body.endswith(b"last.xml\n")
    assert await site.says() == "no"
    assert len(site.asked) == 1
    site.now = DAY
    assert (await site.rules.response(PAGE, site.get)).status == 200
    assert len(site.asked) == 2


@pytest.mark.parametrize("answer", [404, 503])
async def test_a_refusal_is_kept_without_its_page(answer: int) -> None:
    site = Site(answer)
    assert [await site.rules.response(PAGE, site.get) for _ in range(2)] == 2 * [
        Response("https://news.example/robots.txt", answer, (), b"")
    ]
    assert len(site.asked) == 1


@pytest.mark.parametrize("kind", [FetchKind.TIMEOUT, FetchKind.REDIRECT])
async def test_where_none_came_the_error_is_kept_until_the_next_try(kind: FetchKind) -> None:
    site = Site(kind)
    for _ in range(2):
        with pytest.raises(FetchError, match="no answer") as caught:
            await site.rules.response(PAGE, site.get)
        assert (caught.value.kind, caught.value.retry_after) == (kind, 60.0)
    assert len(site.asked) == 1


@pytest.mark.network
async def test_the_search_of_sitemaps_reads_what_a_page_was_checked_by(server: RawServer) -> None:
    source = Source("one", server.url("/rss"), robots=True)
    fetcher = HttpFetcher(allow=[server.allow()], sources=[source], spacing=0.0)
    try:
        await fetcher.fetch(Request(server.url("/b"), source="one", robots=True))
        found = await fetcher.fetch(Request(server.url("/robots.txt"), source="one", referrer=source.url))
    finally:
        await fetcher.close()
    assert found.body == FORBIDS
    assert paths(server) == ["/robots.txt", "/b"]
