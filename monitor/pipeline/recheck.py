"""Re-checks: pages of kept articles are asked for again, to find what was rewritten in silence and what vanished.

A request goes through the reader's own fetcher: guarded, at the host's pace, by robots.txt, conditional. What it finds
is one transaction: an entry of the chain, maybe a new version, what changed, and when the page is due again. A daemon
that is killed before it asks the page once more, and writes no entry twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from monitor import log as logs
from monitor import urls
from monitor.errors import AddressError, ExtractError, FetchError, FetchKind, SandboxError, StoreError
from monitor.evidence.capture import Capture, capture, of_text
from monitor.evidence.versions import TextVersion, changes
from monitor.metrics import BUGS, RECHECKS
from monitor.model import Article, ArticleChange, ChangeKind, Entry, Source
from monitor.pipeline.evidence import FetchedPage, append, keep_version
from monitor.pipeline.live import Live
from monitor.pipeline.read import PAGE_BYTES
from monitor.ports import Clock, Extractor, Request, Sandbox
from monitor.store import Database, Transaction
from monitor.store.evidence import Recheck

log = structlog.get_logger(__name__)

_EVERY = 5.0  # seconds between two looks
_BATCH = 16  # pages asked at one look
_AGAIN = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))  # waits for a page that cannot be had now
_NOT_CONFIGURED = "https://source.invalid/"  # a referrer that inherits nothing of `network.allow`
_NOT_MODIFIED = 304
_GONE = {404, 410, 451}
_FIRST_PAGES = {"/", "/index.html", "/index.php", "/404", "/404.html"}
_LOST = {ChangeKind.GONE, ChangeKind.UNREADABLE}


@dataclass(frozen=True, slots=True)
class PageLook:
    """What a look at a page found. `version` is what it says; `lost` how it is gone; `passing`: worth another try.

    `result` is the word for the chain and for metrics: same, read, gone, unreadable, failed.
    """

    result: str
    page: FetchedPage | None = None
    version: TextVersion | None = None
    lost: tuple[ChangeKind, str] | None = None
    why: str = ""
    passing: bool = False
    wait: float | None = None  # seconds that the host asked for: the try does not count


@dataclass(slots=True)
class Rechecker:
    """Asks for pages that are due."""

    store: Database
    live: Live
    clock: Clock
    sandbox: Sandbox
    extractor: Extractor

    async def run(self) -> None:
        """Ask for pages whenever some are due, until cancelled."""
        while True:
            try:
                more = await self.turn()
            except StoreError as error:
                log.warning("re-checks wait for the database", error=str(error))
                more = 0
            except Exception:  # the stage's outermost loop
                BUGS.labels(stage="recheck").inc()
                log.exception("internal error", stage="recheck")
                more = 0
            await asyncio.sleep(0.0 if more == _BATCH else _EVERY)

    async def turn(self) -> int:
        """Ask for the pages that are due, a batch at most; return how many were."""
        due = await self.store.run(lambda tx: tx.due_rechecks(self.clock.now(), _BATCH))
        results = await asyncio.gather(*(self._check(row) for row in due), return_exceptions=True)
        for row, result in zip(due, results, strict=True):
            if isinstance(result, Exception) and not isinstance(result, StoreError):
                await self._failed(row, result)
            elif result is not None:
                raise result
        return len(due)

    async def _failed(self, row: Recheck, error: Exception) -> None:
        """Put a page off that a bug met: the others go on, and this one is not tried at every turn."""
        BUGS.labels(stage="recheck").inc()
        log.error("internal error", stage="recheck", article=row.article_id, exc_info=error)
        look = PageLook("failed", why=f"internal error ({type(error).__name__})", passing=True)

        def write(tx: Transaction) -> None:  # and reads nothing of the article: what is kept may be damaged
            now = self.clock.now()
            if tx.claim_recheck(row) and not self._put_off(tx, row, look, now):
                RECHECKS.labels(result="failed").inc()
                self._plan(tx, row, Capture({}), now, answered=False)

        await self.store.run(write)

    async def finish(self) -> None:
        """Ask for all pages that are due now."""
        while await self.turn() == _BATCH:
            pass

    async def _check(self, row: Recheck) -> None:
        if not self._wanted():
            await self.store.run(lambda tx: tx.drop_recheck(row.article_id))
            return
        article, version = await self.store.run(
            lambda tx: (next(iter(tx.articles([row.article_id])), None), tx.latest_version(row.article_id))
        )
        if article is None or article.url is None or version is None:
            await self.store.run(lambda tx: tx.drop_recheck(row.article_id))
            return
        look = await self._look(row, article, version)
        raw = self.live.now.config.evidence.raw and look.result != "same"
        answer = look.page.answer if look.page else None
        found = await asyncio.to_thread(capture, "recheck", article.source, answer, raw=raw, hide=logs.redact)
        await self.store.run(lambda tx: self._write(tx, row, look, found))

    def _wanted(self) -> bool:
        settings = self.live.now.config.evidence
        return settings.keep != "off" and bool(settings.recheck)

    # ------------------------------------------------------------------ looking

    async def _look(self, row: Recheck, article: Article, version: TextVersion) -> PageLook:
        """Ask for a page and read it."""
        url = article.url or ""
        known = ("If-None-Match", row.etag), ("If-Modified-Since", row.last_modified)
        source = self._source(article)
        request = Request(
            url,
            headers=tuple((name, value) for name, value in known if value),
            max_bytes=PAGE_BYTES,
            referrer=source.url,
            source=source.name,
            robots=True,
        )
        try:
            response = await self.live.now.fetcher.fetch(request)
        except FetchError as error:
            wait = error.retry_after or 1.0 if error.kind is FetchKind.PACED else None
            passing = error.retryable and error.kind is not FetchKind.ROBOTS
            return PageLook("failed", why=logs.redact(str(error)), passing=passing, wait=wait)
        page = FetchedPage(url, self.clock.now(), response)
        if response.status == _NOT_MODIFIED:
            return PageLook("same", page)
        if response.status in _GONE:
            return PageLook("gone", page, lost=(ChangeKind.GONE, str(response.status)))
        if not response.is_usable:
            return PageLook("failed", page, why=f"the page answered {response.status}", passing=True)
        if _sent_to_first_page(url, response.url):
            return PageLook("gone", page, lost=(ChangeKind.GONE, "→ /"))
        return await self._read(page, article, version, source)

    async def _read(self, page: FetchedPage, article: Article, version: TextVersion, source: Source) -> PageLook:
        # Without the feed's summary: a page that is shorter than that now is the very thing to find.
        entry = Entry(article.key, article.guid, article.url, version.title, "", article.author, article.published)
        seen_at = article.seen_at or self.clock.now()
        try:
            now = await self.sandbox.run(
                self.extractor.extract, source, entry, page.response, seen_at, source=source.name
            )
        except ExtractError as error:
            return PageLook("unreadable", page, lost=(ChangeKind.UNREADABLE, str(error)))
        except SandboxError as error:
            return PageLook("failed", page, why=str(error), passing=True)
        renamed = bool(version.headline and now.headline) and version.headline != now.headline
        title = now.headline if renamed else now.title
        new = TextVersion(title, now.text, now.headline or version.headline)
        return PageLook("read" if changes(version, new) else "same", page, new)

    def _source(self, article: Article) -> Source:
        configured = (each for each in self.live.now.config.sources if each.name == article.source)
        return next(configured, Source(article.source, _NOT_CONFIGURED))

    # ------------------------------------------------------------------ writing

    def _write(self, tx: Transaction, row: Recheck, look: PageLook, found: Capture) -> None:
        """Write what a look found, unless the article was edited, or looked at by another process, meanwhile."""
        now = self.clock.now()
        if not tx.claim_recheck(row):
            return
        if look.result == "failed" and self._put_off(tx, row, look, now):
            return
        RECHECKS.labels(result=look.result).inc()
        lost = _lost(tx.changes_of([row.article_id]))
        latest = tx.latest_version(row.article_id)
        facts = found.facts | {"kind": "recheck", "result": look.result} | ({"why": look.why} if look.why else {})
        found = replace(found, facts=facts)
        news: list[ArticleChange] = []
        if look.lost is not None:
            kind, how = look.lost
            append(tx, row.article_id, replace(found, facts=facts | {"why": how}), now)
            news += [ArticleChange(row.article_id, now, kind, after=how)] if lost != kind else []
        elif latest is None or look.result == "failed":
            append(tx, row.article_id, found, now)
        else:
            back = [ArticleChange(row.article_id, now, ChangeKind.BACK)] if lost else []
            tx.add_changes(back)
            if look.version is not None and look.result == "read":
                keep_version(tx, row.article_id, latest, look.version, found, now)
            else:
                append(tx, row.article_id, replace(found, facts=facts | of_text(latest, latest.number)), now)
        tx.add_changes(news)
        self._plan(tx, row, found, now, answered=look.result in ("read", "same") and look.version is not None)

    def _put_off(self, tx: Transaction, row: Recheck, look: PageLook, now: datetime) -> bool:
        """Put off a page that could not be had, where it may come yet; return whether it is."""
        if look.wait is not None:
            tx.plan_recheck(replace(row, due_at=now + timedelta(seconds=look.wait)))
            return True
        if not look.passing or row.failures >= len(_AGAIN):
            return False
        tx.plan_recheck(replace(row, due_at=now + _AGAIN[row.failures], failures=row.failures + 1))
        return True

    def _plan(self, tx: Transaction, row: Recheck, found: Capture, now: datetime, *, answered: bool) -> None:
        """Note when the page is due again; after the last delay it is not."""
        delays = self.live.now.config.evidence.recheck
        later = (row.read_at + timedelta(seconds=each) for each in delays)
        due_at = next((each for each in later if each > now), None)
        if due_at is None:
            tx.drop_recheck(row.article_id)
            return
        known = (found.etag, found.last_modified) if answered else (row.etag, row.last_modified)
        tx.plan_recheck(Recheck(row.article_id, row.read_at, due_at, 0, *known))


def _lost(found: Sequence[ArticleChange]) -> ChangeKind | None:
    """Return how an article is gone by what was found last; None where it is there."""
    last = next((each.kind for each in reversed(found) if each.kind in _LOST | {ChangeKind.BACK}), None)
    return last if last in _LOST else None


def _sent_to_first_page(asked: str, answered: str) -> bool:
    """Return whether a reader was sent to a site's first page, as many do with those who look for what was deleted."""
    try:
        target = urls.parse(answered).target.lower()
        return target in _FIRST_PAGES and target != urls.parse(asked).target.lower()
    except AddressError:
        return False
