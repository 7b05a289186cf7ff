"""One entry: fetch its page once, extract the article (or fall back to the feed's summary), hand it to the judge."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from monitor import gaps
from monitor.errors import ExtractError, FetchError, FetchKind, SandboxError, SandboxUnavailableError
from monitor.i18n import DEFAULT
from monitor.identity import without_fragment
from monitor.metrics import ARTICLES
from monitor.model import Article, Outcome, PendingEntry, Result, Zone, ZoneSpan
from monitor.pipeline.evidence import FetchedPage
from monitor.pipeline.live import Live
from monitor.pipeline.pages import ArticleIdentity, identify
from monitor.ports import Clock, Extractor, Request, Response, Sandbox
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

# A page that fails for a passing reason is asked again after these seconds; then the feed's summary must do, because a
# late alert hurts more than a short one.
_RETRY_AFTER = (10.0, 30.0)
PAGE_BYTES = 2_000_000  # more than any article; hostile pages stop here
_PASSING = {FetchKind.DNS, FetchKind.CONNECT, FetchKind.TIMEOUT, FetchKind.PROTOCOL}
# Internal errors at one entry: after so many its page is left alone, then its summary, then the entry itself.
BY_SUMMARY, _BY_TITLE, _GIVEN_UP = 3, 5, 6
_AFTER_FAULT = (10.0, 60.0, 1.0, 60.0, 1.0)  # seconds until the next try, by the number of internal errors so far
_NO_CHILD = timedelta(minutes=10)  # as long an article waits for a process that can read its page; admins know by then
_NO_CHILD_AGAIN = 20.0  # seconds
_REFRESH = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
_BEFORE_GAPS = gaps.LONGEST + timedelta(days=1)  # what is older was published before any gap that is refilled
_LISTED_LATE = timedelta(days=1)  # feeds and sitemaps list a page some time after it was published
_PATIENCE = 120.0  # seconds that a host's wish for silence may hold back an article; then its summary must do


class _TryLater(Exception):  # noqa: N818 — a signal within this module, not an error
    """The page may come yet."""

    def __init__(self, seconds: float, reason: str, *, counts: bool = True) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.counts = counts  # as one of the page's tries


class ArticleSink(Protocol):
    """Where an article goes that was read: to the judge itself, or to a row that the judge finds."""

    def read_clock(self) -> tuple[object, float]:
        """Return the time, and by how many seconds it has been moved since the start."""
        ...

    async def judge(
        self, pending: PendingEntry, article: Article, moved: float | None = None, page: FetchedPage | None = None
    ) -> int:
        """Judge, or hand over; return how many rows of the outbox were touched."""
        ...


class ArticleReader:
    """Reads entries' articles, one unit of work each."""

    def __init__(
        self,
        *,
        store: Database,
        live: Live,
        sandbox: Sandbox,
        extractor: Extractor,
        judge: ArticleSink,
        clock: Clock,
    ) -> None:
        self._store = store
        self._live = live
        self._sandbox = sandbox
        self._extractor = extractor
        self._judge = judge
        self._clock = clock
        self._links: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, entry_id: int) -> Outcome:
        """Read and judge one pending entry; entries with one link wait for each other."""
        found = await self._store.run(lambda tx: self._find(tx, entry_id))
        if found is None:
            return Outcome(Result.DONE, "judged meanwhile")
        link = without_fragment(found[0].entry.link) or str(entry_id)
        lock = self._links.setdefault(link, asyncio.Lock())
        waits = lock.locked()
        async with lock:
            if waits:  # the other one may be the same article, or have been told apart from it
                found = await self._store.run(lambda tx: self._find(tx, entry_id))
            return Outcome(Result.DONE, "judged meanwhile") if found is None else await self._read(*found)

    async def _read(self, pending: PendingEntry, identity: ArticleIdentity) -> Outcome:
        entry_id = pending.id
        known = identity.known
        if known is not None:
            # Another feed of the outlet brought the same article: one fetch, one judgement.
            await self._store.run(lambda tx: tx.finish_entry(entry_id, known.id))
            return Outcome(Result.UNCHANGED, "known article")
        _, moved = self._judge.read_clock()
        try:
            article, page = await self._after_faults(pending), None
            if article is None:
                article, page = await self._article(pending, own_page=identity.own_page)
            article = replace(article, key=identity.key, guid=identity.guid)
        except _TryLater as later:
            await self._defer(entry_id, later)
            return Outcome(Result.RETRY, str(later))
        written = await self._judge.judge(await self._by_age(pending, article), article, moved, page)
        ARTICLES.labels(source=article.source, text="summary" if article.from_summary else "page").inc()
        return Outcome(Result.DONE, count=written)

    async def _by_age(self, pending: PendingEntry, article: Article) -> PendingEntry:
        """Return an entry archived where its page says that it is too old for an alert, and nothing else said when.

        A sitemap may say of a page only when it was changed last: one that was published before any gap, or a day
        before its source was watched, is no news.
        """
        if article.published is None or (pending.entry.published is not None and not pending.entry.is_bare):
            return pending
        limits = [self._live.now.old_before(pending.source.name, pending.first_seen_at)]
        if pending.entry.is_bare:
            watched_since = await self._store.run(lambda tx: tx.watched_since(pending.id))
            limits += (
                pending.first_seen_at - _BEFORE_GAPS,
                None if watched_since is None else watched_since - _LISTED_LATE,
            )
        is_old = any(limit is not None and article.published < limit for limit in limits)
        return replace(pending, baseline=pending.baseline or is_old)

    @staticmethod
    def _find(tx: Transaction, entry_id: int) -> tuple[PendingEntry, ArticleIdentity] | None:
        pending = tx.pending_entry(entry_id)
        return None if pending is None else (pending, identify(tx, pending))

    async def _after_faults(self, pending: PendingEntry) -> Article | None:
        """Return what an entry is judged by after internal errors; None: its page may be tried."""
        if pending.faults >= _BY_TITLE:
            return self._title(pending)
        if pending.faults >= BY_SUMMARY:
            return await self._summary(pending, DEFAULT.text("summary fault"), pending.first_seen_at)
        return None

    async def _article(self, pending: PendingEntry, *, own_page: bool) -> tuple[Article, FetchedPage | None]:
        """Return the article with the page that it came from; None where the feed's summary stands in."""
        seen_at = pending.first_seen_at
        if pending.entry.link is None or not own_page:
            reason = DEFAULT.text("summary shared page" if pending.entry.link else "summary no link")
            return await self._summary(pending, reason, seen_at), None
        try:
            page = await self._page(pending, pending.entry.link, pending.source.url)
            return await self._extracted(pending, page)
        except FetchError as error:
            return await self._summary(pending, _why(error), seen_at), None
        except ExtractError as error:
            return await self._summary(pending, str(error), seen_at), None
        except SandboxUnavailableError as error:
            if self._clock.now() - seen_at < _NO_CHILD:
                raise _TryLater(_NO_CHILD_AGAIN, str(error), counts=False) from error
            return await self._summary(pending, DEFAULT.text("summary no process"), seen_at), None
        except SandboxError as error:
            log.warning("page killed its reader", source=pending.source.name, url=pending.entry.link, error=str(error))
            return await self._summary(pending, DEFAULT.text("summary not in time"), seen_at), None

    async def _extracted(self, pending: PendingEntry, page: FetchedPage) -> tuple[Article, FetchedPage]:
        """Return a page's article or, where it has none, that of the page to which it sends its reader: one hop."""
        name = pending.source.name

        async def extracted(response: Response) -> Article:
            return await self._sandbox.run(
                self._extractor.extract, pending.source, pending.entry, response, pending.first_seen_at, source=name
            )

        response = page.response
        try:
            return await extracted(response), page
        except ExtractError:
            may_refresh = _REFRESH.search(response.body) is not None
            target = await self._sandbox.run(self._extractor.refresh, response, source=name) if may_refresh else None
            # Guarded as a redirect: by the fetcher, and never from https to http.
            if target is None or (response.url.startswith("https:") and not target.startswith("https:")):
                raise
        page = await self._page(pending, target, response.url)
        return await extracted(page.response), page

    async def _page(self, pending: PendingEntry, link: str, referrer: str) -> FetchedPage:
        try:
            name = pending.source.name
            request = Request(link, max_bytes=PAGE_BYTES, referrer=referrer, source=name, robots=True)
            response = await self._live.now.fetcher.fetch(request)
        except FetchError as error:
            if error.kind is FetchKind.PACED and (error.retry_after or 0.0) <= _PATIENCE:
                raise _TryLater(error.retry_after or 1.0, str(error)) from error
            if error.kind in _PASSING and error.retryable and pending.attempts < len(_RETRY_AFTER):
                raise _TryLater(_RETRY_AFTER[pending.attempts], str(error)) from error
            raise
        if response.is_usable:
            return FetchedPage(link, self._clock.now(), response)
        passing = response.status >= 500 or response.status == 429  # noqa: PLR2004 — HTTP's own numbers
        if passing and pending.attempts < len(_RETRY_AFTER):
            raise _TryLater(_RETRY_AFTER[pending.attempts], f"the page answered {response.status}")
        raise response.refusal("the page")

    async def _summary(self, pending: PendingEntry, reason: str, seen_at: datetime) -> Article:
        """Return an article of the feed's own text, made in a child, which has the language model; else in a thread.

        It has a turn of its own, so that it does not wait behind pages of its source that are slow to read.
        """
        log.info("summary stands in for the page", source=pending.source.name, url=pending.entry.link, reason=reason)
        arguments = pending.source, pending.entry, reason, seen_at
        turn = f"{pending.source.name} (summaries)"
        try:
            return await self._sandbox.run(self._extractor.from_summary, *arguments, source=turn)
        except SandboxError as error:
            log.debug("a summary is read in the daemon", source=pending.source.name, error=str(error))
            return await asyncio.to_thread(self._extractor.from_summary, *arguments)

    @staticmethod
    def _title(pending: PendingEntry) -> Article:
        """Return an article of the bare title, made without any code that may have failed at the rest."""
        entry = pending.entry
        return Article(
            url=entry.link,
            title=entry.title,
            text="",
            source=pending.source.name,
            language=pending.source.language or entry.language or "und",
            zones=(ZoneSpan(Zone.TITLE, 0, len(entry.title)),) if entry.title else (),
            published=entry.published,
            seen_at=pending.first_seen_at,
            from_summary=DEFAULT.text("summary title alone"),
        )

    async def crashed(self, entry_id: int, error: BaseException) -> None:
        """Record an internal error at an entry: it is tried again a few times, with less and less of it, then given up.

        A given-up entry keeps its row; operators are notified of it, and an edit in the feed revives it.
        """
        fault = type(error).__name__

        def write(tx: Transaction) -> PendingEntry | None:
            now = self._clock.now()
            pending = tx.pending_entry(entry_id)
            if pending is not None:
                tx.fault_entry(entry_id, now, _due_after_fault(pending.faults + 1, now), fault)
            return pending

        pending = await self._store.run(write)
        if pending is not None and pending.faults + 1 >= _GIVEN_UP:
            log.error("entry given up", source=pending.source.name, url=pending.entry.link, fault=fault)

    async def _defer(self, entry_id: int, later: _TryLater) -> None:
        """Put an entry off, by the clock that the schedule goes by in that transaction."""
        wait, reason = timedelta(seconds=later.seconds), str(later)
        await self._store.run(
            lambda tx: tx.defer_entry(entry_id, self._clock.now() + wait, reason, counts=later.counts)
        )


def _due_after_fault(faults: int, now: datetime) -> datetime | None:
    return None if faults >= _GIVEN_UP else now + timedelta(seconds=_AFTER_FAULT[faults - 1])


def _why(error: FetchError) -> str:
    """Say in words that an alert can show why the page was not read."""
    if error.kind is FetchKind.STATUS:
        return DEFAULT.text("summary status", status=error.status)
    if error.kind is FetchKind.ROBOTS:
        return DEFAULT.text("summary no robots.txt" if error.retryable else "summary forbidden")
    if error.kind is FetchKind.TOO_LARGE:
        return DEFAULT.text("summary too large")
    return DEFAULT.text("summary not fetched", kind=error.kind.value)
