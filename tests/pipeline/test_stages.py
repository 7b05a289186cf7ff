"""Poll, read and judge over a real store, with only the network faked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

import pytest
from doubles.clock import FixedClock

from monitor.errors import FetchError, FetchKind
from monitor.extract.article import ArticleExtractor
from monitor.model import Channel, Delivery, MessageKind, Result, Source, State, Watchlist
from monitor.pipeline import Herald, Judge, Poller, Reader, Rules
from monitor.ports import Request, Response
from monitor.sandbox import InlineSandbox
from monitor.sources.registry import source_types
from monitor.store import Database, open_store
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists

FEED = "https://en.yna.co.kr/RSS/nk.xml"
OTHER = "https://en.yna.co.kr/RSS/news.xml"
LIST = Watchlist("DPRK arms", entities=("DPRK", "ICBM"), notify=("desk",))


@dataclass
class FakeFetcher:
    """A `ports.Fetcher`: answers by address, remembers what was asked."""

    answers: dict[str, Callable[[Request], Response]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers[request.url](request)

    async def close(self) -> None:
        """Nothing is open."""

    def count(self, url: str) -> int:
        return sum(request.url == url for request in self.asked)


def ok(url: str, body: str, *headers: tuple[str, str]) -> Callable[[Request], Response]:
    return lambda _: Response(url, 200, headers, body.encode())


def failing(error: FetchError) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        raise error

    return answer


class Newsdesk:
    """All stages, over one store in memory."""

    def __init__(self, store: Database, clock: FixedClock) -> None:
        self.store = store
        self.clock = clock
        self.fetcher = FakeFetcher()
        matcher = compile_watchlists([LIST], shipped())
        rules = Rules(matcher, matcher, {LIST.name: LIST}, {"desk": Channel("desk", "console")})
        self.judge = Judge(store=store, clock=clock, rules=rules)
        self.told: list[tuple[str, str, str]] = []
        sandbox = InlineSandbox()
        self.poller = Poller(
            store=store,
            fetcher=lambda: self.fetcher,
            sandbox=sandbox,
            types=source_types(),
            clock=clock,
            rng=random.Random(1),
            catch_up=lambda: 12 * 3600.0,
            tell=lambda *news: self.told.append(news),
        )
        self.reader = Reader(
            store=store,
            fetcher=lambda: self.fetcher,
            sandbox=sandbox,
            extractor=ArticleExtractor(),
            judge=self.judge,
            clock=clock,
        )
        self.herald = Herald(
            store=store, clock=clock, rules=lambda: rules, admins=lambda: [Channel("admin:7", "console")],
            written=asyncio.Event(),
        )  # fmt: skip

    def watch(self, *urls: str) -> None:
        sources = [Source(f"Yonhap {number}", url) for number, url in enumerate(urls)]
        with self.store.begin() as tx:
            tx.sync_sources(sources, self.clock.now())

    def serve(self, url: str, *items: tuple[str, str, float], etag: str = "") -> None:
        """Put (title, link, seconds ago) into a feed."""
        rows = "".join(
            f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(self.clock.now() - timedelta(seconds=ago))}</pubDate></item>"
            for title, link, ago in items
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'
        self.fetcher.answers[url] = ok(url, body, *((("etag", etag),) if etag else ()))

    def page(self, link: str, *paragraphs: str) -> None:
        text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        self.fetcher.answers[link] = ok(link, f"<html><body><article>{text}</article></body></html>")

    async def poll(self) -> list[Result]:
        with self.store.begin() as tx:
            states = tx.source_states()
        return [(await self.poller.poll(state.id)).result for state in states]

    async def read(self) -> list[Result]:
        with self.store.begin() as tx:
            due = tx.due_entries(self.clock.now(), 100)
        return [(await self.reader.read(entry.id)).result for entry in due]

    def rows(self) -> list[Delivery]:
        with self.store.begin() as tx:
            return tx.deliveries(limit=100)

    def alerts(self) -> list[Delivery]:
        return [row for row in self.rows() if row.alert.kind is MessageKind.ALERT]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def desk(clock: FixedClock) -> Iterator[Newsdesk]:
    store = open_store("sqlite://", clock_now=clock.now)
    yield Newsdesk(store, clock)
    store.close()


def link(number: int) -> str:
    return f"https://en.yna.co.kr/view/AEN202311090{number:03d}00315"


TEXT = (
    "North Korea fired an intercontinental ballistic missile toward the East Sea on Thursday, the South's military said.",
    "The launch came days after Pyongyang had warned of a response to joint drills of the allies in the region.",
)


async def baseline(desk: Newsdesk, *urls: str) -> None:
    desk.watch(*urls)
    for url in urls:
        desk.serve(url, ("An older report on North Korea", link(1), 3600))
    desk.page(link(1), *TEXT)
    await desk.poll()
    await desk.read()


async def test_the_baseline_is_archived_and_silent(desk: Newsdesk) -> None:
    await baseline(desk, FEED)
    assert desk.alerts() == []
    with desk.store.begin() as tx:
        article = tx.article_by_key("yonhap:AEN20231109000100315")
    assert article is not None
    assert "intercontinental" in article.text
    await desk.herald.tick()
    await desk.herald.tick()
    assert [row.alert.headline for row in desk.rows()] == ["Now watching 1 source"]


async def test_a_new_article_alerts_and_is_fetched_once_for_two_feeds(desk: Newsdesk) -> None:
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


async def test_validators_go_back_verbatim_and_the_same_body_is_no_work(desk: Newsdesk) -> None:
    desk.watch(FEED)
    desk.serve(FEED, ("A report", link(1), 60), etag='W/"a-b"')
    desk.page(link(1), *TEXT)
    await desk.poll()
    desk.clock.pass_(180)
    assert await desk.poll() == [Result.UNCHANGED]
    assert ("if-none-match", 'W/"a-b"') in desk.fetcher.asked[-1].headers


async def test_a_failing_source_backs_off_and_keeps_its_validators(desk: Newsdesk) -> None:
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


async def test_a_page_that_fails_is_tried_again_and_then_the_summary_must_do(desk: Newsdesk) -> None:
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


async def test_after_downtime_old_items_come_in_one_digest(desk: Newsdesk) -> None:
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
    await desk.herald.tick()
    digests = [row for row in desk.rows() if row.alert.kind is MessageKind.DIGEST]
    assert len(digests) == 1
    assert len(digests[0].alert.items) == 3
    ready = [row for row in desk.alerts() if row.state is State.READY]
    assert [row.alert.headline for row in ready] == ["North Korea sends soldiers to Russia"]


async def test_a_bug_puts_the_unit_off(desk: Newsdesk) -> None:
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
        assert tx.due_sources(desk.clock.now() + timedelta(minutes=4), 10) == []


async def test_operators_are_told_once_a_day(desk: Newsdesk) -> None:
    for _ in range(3):
        desk.herald.tell("source:Yonhap", "Yonhap: wants a password", "401")
        await desk.herald.tick()
    assert [row.channel for row in desk.rows()] == ["admin:7"]


async def test_a_restarted_judge_knows_the_stories(desk: Newsdesk, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    desk.serve(FEED, ("N.K. fires ICBM", link(2), 10))
    desk.page(link(2), *TEXT)
    await desk.poll()
    await desk.read()
    again = Newsdesk(desk.store, clock)
    assert await again.judge.load() == 2
    revision = link(2).replace("00315", "51315")
    again.serve(FEED, ("(LEAD) N.K. fires ICBM", revision, 5))
    again.page(revision, *TEXT, "The missile flew about 1,000 kilometers before it fell into the sea, Tokyo said.")
    await again.poll()
    await again.read()
    (row,) = again.alerts()
    assert row.revision == 2
