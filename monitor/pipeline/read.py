"""One entry: fetch its page once, extract the article (or fall back to the feed's summary), hand it to the judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from monitor import urls
from monitor.errors import ExtractError, FetchError, FetchKind, SandboxError
from monitor.metrics import ARTICLES, LATENCY
from monitor.model import Article, Outcome, PendingEntry, Result
from monitor.pipeline.judge import Judge
from monitor.ports import Clock, Extractor, Fetcher, Request, Response, Sandbox, Store, Transaction

log = structlog.get_logger(__name__)

# A page that fails for a passing reason is asked again after these seconds; then the feed's summary must do, because a
# late alert hurts more than a short one.
_RETRY_AFTER = (10.0, 30.0)
PAGE_BYTES = 2_000_000  # more than any article; hostile pages stop here
_PASSING = {FetchKind.DNS, FetchKind.CONNECT, FetchKind.TIMEOUT, FetchKind.PROTOCOL}
_OK = 200
_PATIENCE = 120.0  # seconds that a host's wish for silence may hold back an article; then its summary must do


class _TryLater(Exception):  # noqa: N818 — a signal within this module, not an error
    """The page may come yet."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Reader:
    """Reads entries' articles, one unit of work each."""

    def __init__(
        self,
        *,
        store: Store,
        fetcher: Callable[[], Fetcher],
        sandbox: Sandbox,
        extractor: Extractor,
        judge: Judge,
        clock: Clock,
    ) -> None:
        """Keep the ports; `fetcher` is asked at each page, as a reload may change it."""
        self._store = store
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._extractor = extractor
        self._judge = judge
        self._clock = clock

    async def read(self, entry_id: int) -> Outcome:
        """Read and judge one pending entry."""
        pending, known = await self._store.run(lambda tx: self._find(tx, entry_id))
        if pending is None:
            return Outcome(Result.DONE, "judged meanwhile")
        if known is not None and not pending.edited:
            # Another feed of the outlet brought the same article: one fetch, one judgement.
            await self._store.run(lambda tx: tx.finish_entry(entry_id, known.id))
            return Outcome(Result.UNCHANGED, "known article")
        try:
            article = await self._article(pending)
        except _TryLater as later:
            due = self._clock.now() + timedelta(seconds=later.seconds)
            reason = str(later)
            await self._store.run(lambda tx: tx.defer_entry(entry_id, due, reason))
            return Outcome(Result.RETRY, reason)
        written = await self._judge.judge(pending, article)
        ARTICLES.labels(source=article.source, text="summary" if article.from_summary else "page").inc()
        LATENCY.observe((self._clock.now() - pending.first_seen_at).total_seconds())
        return Outcome(Result.DONE, count=written)

    @staticmethod
    def _find(tx: Transaction, entry_id: int) -> tuple[PendingEntry | None, Article | None]:
        pending = tx.pending_entry(entry_id)
        if pending is None:
            return None, None
        return pending, tx.article_by_key(_article_key(pending))

    async def _article(self, pending: PendingEntry) -> Article:
        seen_at = pending.first_seen_at
        if pending.entry.link is None:
            return self._summary(pending, "the feed gives no link", seen_at)
        try:
            response = await self._page(pending, pending.entry.link)
            return await self._sandbox.run(self._extractor.extract, pending.source, pending.entry, response, seen_at)
        except FetchError as error:
            return self._summary(pending, _why(error), seen_at)
        except ExtractError as error:
            return self._summary(pending, str(error), seen_at)
        except SandboxError as error:
            log.warning("page killed its reader", source=pending.source.name, url=pending.entry.link, error=str(error))
            return self._summary(pending, "the page could not be read in time", seen_at)

    async def _page(self, pending: PendingEntry, link: str) -> Response:
        try:
            response = await self._fetcher().fetch(Request(link, max_bytes=PAGE_BYTES, referrer=pending.source.url))
        except FetchError as error:
            if error.kind is FetchKind.PACED and (error.retry_after or 0.0) <= _PATIENCE:
                raise _TryLater(error.retry_after or 1.0, str(error)) from error
            if error.kind in _PASSING and pending.attempts < len(_RETRY_AFTER):
                raise _TryLater(_RETRY_AFTER[pending.attempts], str(error)) from error
            raise
        if response.status == _OK:
            return response
        passing = response.status >= 500 or response.status == 429  # noqa: PLR2004 — HTTP's own numbers
        if passing and pending.attempts < len(_RETRY_AFTER):
            raise _TryLater(_RETRY_AFTER[pending.attempts], f"the page answered {response.status}")
        raise response.refusal("the page")

    def _summary(self, pending: PendingEntry, reason: str, seen_at: datetime) -> Article:
        log.info("summary stands in for the page", source=pending.source.name, url=pending.entry.link, reason=reason)
        return self._extractor.from_summary(pending.source, pending.entry, reason, seen_at)

    async def crashed(self, entry_id: int, error: Exception) -> None:
        """Put an entry off after a bug."""
        due = self._clock.now() + timedelta(minutes=5)
        text = f"internal error: {type(error).__name__}"
        await self._store.run(lambda tx: tx.defer_entry(entry_id, due, text))


def _article_key(pending: PendingEntry) -> str:
    entry = pending.entry
    return urls.article_key(entry.link, entry.guid, entry.title, pending.source.name)


def _why(error: FetchError) -> str:
    """Say in words that an alert can show why the page was not read."""
    if error.kind is FetchKind.STATUS:
        return str(error)
    if error.kind is FetchKind.TOO_LARGE:
        return "the page is too large"
    return f"the page could not be fetched ({error.kind.value})"
