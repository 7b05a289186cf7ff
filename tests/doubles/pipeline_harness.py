"""All stages of the pipeline over a real store, with only the network faked."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from functools import cache

from doubles.clock import FixedClock
from doubles.inforce import configured, in_force

from monitor.errors import FetchError
from monitor.extract import refresh
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Channel, Delivery, MessageKind, Result, Secret, Source, Telegram, Watchlist
from monitor.pipeline.discovery import FeedFinder
from monitor.pipeline.health import Disk, HealthWatch
from monitor.pipeline.housekeeping import Housekeeping
from monitor.pipeline.judge import Judge
from monitor.pipeline.poll import Poller
from monitor.pipeline.poll_batch import PollBatch
from monitor.pipeline.read import ArticleReader
from monitor.pipeline.refill import Refiller
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.ports import Fetcher, Request, Response, Sandbox
from monitor.sandbox import InlineSandbox
from monitor.sources import discovery
from monitor.sources.registry import source_types
from monitor.sources.sitemap import SitemapFiles
from monitor.store import Database, open_store
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

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


@cache
def compiled() -> Matcher:
    """Compile once a process."""
    return compile_watchlists([LIST], shipped())


class PipelineHarness:
    """All stages, over one store in memory."""

    def __init__(
        self, store: Database, clock: FixedClock, fetcher: Fetcher | None = None, sandbox: Sandbox | None = None
    ) -> None:
        """Keep the store; without a `fetcher` nothing is asked, without a `sandbox` everything is read in here."""
        self.store = store
        self.clock = clock
        self.fetcher = FakeFetcher()
        matcher = compiled()
        config = configured(
            [Channel("desk", "console")], [LIST], telegram=Telegram(admins=(7,)), token=Secret("7:token")
        )
        self.live = in_force(Rules(matcher, CompiledCatalogue(matcher), config), fetcher or self.fetcher)
        self.judge = Judge(store=store, clock=clock, live=self.live)
        self.health_watch = HealthWatch(self.live, lambda: self.disk)
        self.disk: Disk | None = None
        sandbox = sandbox or InlineSandbox()
        self.housekeeping = Housekeeping(
            store=store, clock=clock, live=self.live,
            written=asyncio.Event(), health_watch=self.health_watch,
        )  # fmt: skip
        self.batch = PollBatch(store, clock)
        self.poller = Poller(
            store=store,
            live=self.live,
            sandbox=sandbox,
            types=source_types(),
            finder=FeedFinder(discovery.look, refresh.target),
            clock=clock,
            rng=random.Random(1),
            asked=self.housekeeping.announce_soon,
            batch=self.batch,
        )
        self.refiller = Refiller(
            store=store,
            live=self.live,
            sandbox=sandbox,
            sitemaps=SitemapFiles(),
            clock=clock,
            notify=self.housekeeping.write_notice,
            written=self.housekeeping.written,
        )
        self.reader = ArticleReader(
            store=store,
            live=self.live,
            sandbox=sandbox,
            extractor=ArticleExtractor(),
            judge=self.judge,
            clock=clock,
        )

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

    async def refill(self) -> list[Result]:
        with self.store.begin() as tx:
            due = tx.due_refills(self.clock.now(), 100)
        return [(await self.refiller.refill(ident)).result for ident, _ in due]

    async def read(self) -> list[Result]:
        with self.store.begin() as tx:
            due = tx.due_entries(self.clock.now(), 100)
        return [(await self.reader.read(entry.id)).result for entry in due]

    def rows(self) -> list[Delivery]:
        with self.store.begin() as tx:
            return tx.deliveries(limit=100)

    def alerts(self) -> list[Delivery]:
        return [row for row in self.rows() if row.alert.kind is MessageKind.ALERT]


@contextlib.contextmanager
def opened_desk(*sources: Source) -> Iterator[PipelineHarness]:
    """Open a desk on a store in memory, with these sources."""
    clock = FixedClock()
    with contextlib.closing(open_store("sqlite://", clock_now=clock.now)) as store:
        if sources:
            with store.begin() as tx:
                tx.sync_sources(list(sources), clock.now())
        yield PipelineHarness(store, clock)


def link(number: int) -> str:
    return f"https://en.yna.co.kr/view/AEN202311090{number:03d}00315"


TEXT = (
    "North Korea fired an intercontinental ballistic missile toward the East Sea on Thursday, the South's military said.",
    "The launch came days after Pyongyang had warned of a response to joint drills of the allies in the region.",
)


async def baseline(desk: PipelineHarness, *urls: str) -> None:
    desk.watch(*urls)
    for url in urls:
        desk.serve(url, ("An older report on North Korea", link(1), 3600))
    desk.page(link(1), *TEXT)
    await desk.poll()
    await desk.read()
