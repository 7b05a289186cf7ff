"""Refilling gaps: articles that a feed no longer showed when it was polled again, from the sitemaps of its site.

A poll notes a gap in its own transaction (`notice`). A refill is a unit of work of its own, due until one transaction
holds its entries and its end: killed anywhere it is done again, and what was written then is known.
"""

from __future__ import annotations

import asyncio
import zoneinfo
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

import structlog

from monitor import gaps, urls
from monitor.errors import FetchError, FetchKind, SandboxError, SourceError
from monitor.i18n import Phrases
from monitor.metrics import ENTRIES, GAPS, REFILLED, UNACCOUNTED
from monitor.model import (
    Entry,
    Gap,
    GapState,
    KnownPage,
    Outcome,
    ParsedFeed,
    Recognised,
    RefillRecord,
    Result,
    RobotsSitemaps,
    SitemapScope,
    SourceState,
)
from monitor.pipeline.live import Live
from monitor.ports import Clock, Request, Response, Sandbox, SitemapReader
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_ABSENT = {404, 410}
_LINKS = 200  # known ones that show which addresses are the source's
_DAILY = timedelta(days=1)
_ORDINARY = 3600.0  # seconds: a shorter gap is no outage
_BYTES_A_SECOND = 20_000  # of large sitemaps: a site of 50 MB is asked every 42 minutes, one of 500 kB as it comes
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_ROBOTS_BYTES = 512_000  # RFC 9309, 2.5
_SITEMAP_BYTES = 52_428_800  # sitemaps.org
_DEPTH = 2  # an index of indexes
_ACCEPT = (("accept", "application/xml, text/xml;q=0.9, text/plain;q=0.5, */*;q=0.1"),)

Notify = Callable[[Transaction, str, str, Sequence[str]], int]
"""Writes a notice to the admins in a transaction: a key, a headline, lines."""


def notice(tx: Transaction, state: SourceState, feed: ParsedFeed, body: Recognised, now: datetime) -> bool:
    """Note the gap that a body leaves, if it leaves one, before the body's entries are written; return whether."""
    window, known = len(feed.entries), body.known
    if state.last_success_at is None or (known and not gaps.is_pinned(known, window)):
        return False
    if known and not tx.shows_latest(state.id, body.shown, state.last_success_at):
        known = 0  # what is pinned to the body shows nothing of the body before
    dates = [entry.published for entry in feed.entries]
    newest = tx.newest_published(state.id, state.last_success_at)
    found = gaps.noticed(state, dates, known=known, newest=newest, now=now)
    enough = gaps.established(window, dated=any(dates))
    if found is None or tx.entry_count(state.id, enough) < enough:
        return False
    tx.open_gap(state.id, *found, now)
    GAPS.labels(source=state.source.name).inc()
    log.warning("a poll may have missed articles", source=state.source.name, since=found[0].since, until=found[0].until)
    return True


@dataclass(frozen=True)
class _OpenGap:
    """What one refill goes by."""

    state: SourceState
    known: GapState
    entries: tuple[tuple[str, datetime | None], ...]  # links and dates of known ones
    pages: tuple[KnownPage, ...]
    robots: RobotsSitemaps

    @property
    def links(self) -> list[str]:
        return [link for link, _ in self.entries]

    @cached_property
    def scope(self) -> SitemapScope:
        return replace(gaps.scope_of(self.entries, self.known.gap), known=self.marks)

    def unknown(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries that no known link, title or date of the source tells."""
        return gaps.untold(gaps.unlike(entries, self.links), self.pages, self.scope)

    @cached_property
    def marks(self) -> frozenset[str]:
        """Return the marks of the known pages."""
        return frozenset(mark for each in self.pages for mark in gaps.marks_of_page(each))


@dataclass(slots=True)
class _Search:
    """What the sitemaps of a site have said so far."""

    entries: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)  # that may be of the gap: SitemapPart.changed
    ends: list[tuple[datetime | None, datetime | None]] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)  # SitemapPart.listed
    fetches: int = 0
    bytes: int = 0  # that came
    read: int = 0  # sitemaps that list pages
    passing: str | None = None  # a failure that may pass
    lasting: str | None = None  # why something is not there, or cannot be read
    asked: set[str] = field(default_factory=set)  # sitemaps
    left: bool = False  # more sitemaps may list pages of the gap than one refill asks for
    robots: RobotsSitemaps | None = None  # asked for anew
    named: bool = True  # by robots.txt, or it did not come

    def is_enough(self, gap: Gap) -> bool:
        missing, ended = gaps.uncovered(gap, self.ends)
        return missing is None and ended and self.passing is None and not self.left


class Refiller:
    """Refills gaps, one unit of work each."""

    def __init__(
        self,
        *,
        store: Database,
        live: Live,
        sandbox: Sandbox,
        sitemaps: SitemapReader,
        clock: Clock,
        notify: Notify,
        written: asyncio.Event,
    ) -> None:
        self._store = store
        self._live = live
        self._sandbox = sandbox
        self._sitemaps = sitemaps
        self._clock = clock
        self._notify = notify
        self._written = written
        self._rests: dict[int, datetime] = {}  # by source: until when its site is left alone

    @property
    def _phrases(self) -> Phrases:
        return self._live.now.phrases

    async def refill(self, source_id: int) -> Outcome:
        """Look for the articles of a source's gap in its site's sitemaps, and write what was found."""
        task = await self._store.run(lambda tx: _load(tx, source_id))
        if task is None:
            return Outcome(Result.DONE, "no gap")
        now, rest = self._clock.now(), self._rests.get(source_id)
        if rest is not None and now < rest <= now + _LONGEST_WAIT:  # what is later was written before the clock was set
            await self._store.run(lambda tx: tx.postpone_refill(source_id, rest))
            return Outcome(Result.RETRY, "large sitemaps were asked for lately")
        search = await self._search(task)
        outcome = await self._finish(task, search)
        wait = min(timedelta(seconds=search.bytes / _BYTES_A_SECOND), _LONGEST_WAIT)
        if wait >= _SHORTEST_WAIT:
            self._rests[source_id] = self._clock.now() + wait
        return outcome

    # ----------------------------------------------------------------- asking

    async def _search(self, task: _OpenGap) -> _Search:
        search = _Search()
        gap, source = task.known.gap, task.state.source
        zone = zoneinfo.ZoneInfo(source.timezone)
        named = ((source.url,) if source.kind == "sitemap" else ()) + source.sitemap
        for template in named:
            if search.is_enough(gap):
                break
            await self._walk(task, search, gaps.addresses(template, gap, zone))
        if search.passing is None and gaps.uncovered(gap, search.ends)[0] is not None:
            for address in await self._from_robots(task, search):
                if search.is_enough(gap):
                    break
                await self._walk(task, search, [address])
            if not search.named:
                await self._guess(task, search)
        return search

    async def _guess(self, task: _OpenGap, search: _Search) -> None:
        """Look where sites have their sitemaps that robots.txt does not name; what is not there is no failure."""
        site = next(iter(_sites(task)), None)
        for name in gaps.USUAL if site else ():
            before = search.passing, search.lasting
            await self._walk(task, search, [f"{site}{name}"])
            if gaps.uncovered(task.known.gap, search.ends)[0] is None:
                break
            search.passing, search.lasting = before

    async def _from_robots(self, task: _OpenGap, search: _Search) -> list[str]:
        """Return the sitemaps that robots.txt names, asked for once a day: that of the articles' own site first."""
        if task.robots.at is not None and self._clock.now() - task.robots.at < _DAILY:
            search.named = bool(task.robots.addresses)
            return gaps.promising(task.robots.addresses)
        found: tuple[str, ...] = ()
        for site in _sites(task):
            response = await self._get(task, search, f"{site}robots.txt", _ROBOTS_BYTES)
            found = self._sitemaps.named(response) if response else ()
            if found:
                break
        search.named = bool(found) or search.passing is not None
        if search.passing is None:
            search.robots = RobotsSitemaps(found, self._clock.now())
        return gaps.promising(found)

    async def _walk(self, task: _OpenGap, search: _Search, addresses: Sequence[str]) -> None:
        """Read sitemaps, and those that their indexes name, within the bounds of one refill."""
        waiting = deque((address, 0) for address in addresses)
        while waiting:
            address, depth = waiting.popleft()
            if address in search.asked:
                continue
            if search.fetches >= gaps.MOST_FETCHES:
                search.left = True
                return
            search.asked.add(address)
            for child in await self._read(task, search, address):
                if depth < _DEPTH:
                    waiting.append((child, depth + 1))

    async def _read(self, task: _OpenGap, search: _Search, address: str) -> list[str]:
        """Read one sitemap; return those that it names, where it is an index."""
        response = await self._get(task, search, address, _SITEMAP_BYTES)
        if response is None:
            return []
        source, gap = task.state.source, gaps.widened(task.known.gap, task.state.baseline_at)
        try:
            part = await self._sandbox.run(
                self._sitemaps.read, source, response, self._clock.now(), gap, task.scope, source=source.name
            )
        except SandboxError as error:
            search.passing = f"{address}: {error}"
            return []
        except SourceError as error:
            search.lasting = search.lasting or f"{address}: {error}"
            return []
        if not part.children:
            search.read += 1
            search.ends.append((part.oldest, part.newest))
            search.entries += part.entries
            search.changed += part.changed
            search.listed |= part.listed
        return gaps.children(part.children, gap)

    async def _get(self, task: _OpenGap, search: _Search, address: str, most: int) -> Response | None:
        search.fetches += 1
        source = task.state.source
        request = Request(address, _ACCEPT, max_bytes=most, referrer=source.url, source=source.name)
        try:
            response = await self._live.now.fetcher.fetch(request)
        except FetchError as error:
            lasting = not error.retryable or error.kind in {FetchKind.TOO_LARGE, FetchKind.REFUSED_ADDRESS}
            if lasting:
                search.lasting = search.lasting or f"{address}: {error}"
            else:
                search.passing = f"{address}: {error}"
            return None
        search.bytes += len(response.body)
        if response.is_usable:
            return response
        refusal = f"{address}: {response.refusal('the server')}"
        if response.status in _ABSENT:
            search.lasting = search.lasting or refusal
        else:
            search.passing = refusal
        return None

    # ----------------------------------------------------------------- writing

    async def _finish(self, task: _OpenGap, search: _Search) -> Outcome:
        def write(tx: Transaction) -> tuple[RefillRecord, GapState | None, int]:
            now = self._clock.now()
            if search.robots is not None:
                tx.save_robots_sitemaps(task.state.id, search.robots)
            news = tx.unknown_pages(task.state, task.unknown(search.entries))
            maybe = tx.unknown_pages(task.state, task.unknown(search.changed))
            if gaps.may_be_taken(len(maybe), task.known.expected):
                search.entries += maybe
                news += maybe
            search.left = search.left or len(news) > gaps.MOST_ENTRIES
            record = self._record(task, search, news[: gaps.MOST_ENTRIES], now)
            after = tx.record_refill(record)
            return record, after, self._tell(tx, task.state, after)

        record, after, notices = await self._store.run(write)
        if notices:
            self._written.set()
        name = task.state.source.name
        if after is None:
            return Outcome(Result.DONE, "no gap")
        count = len(record.entries)
        REFILLED.labels(source=name).inc(count)
        ENTRIES.labels(source=name).inc(count)
        if after.refill_at is None:
            UNACCOUNTED.labels(source=name).inc(after.unaccounted or 0)
        log.info(
            "gap refilled" if after.refill_at is None else "gap is looked for again",
            source=name,
            count=count,
            unaccounted=after.unaccounted,
            reason=after.reason,
            next_try_at=after.refill_at and after.refill_at.isoformat(),
        )
        return Outcome(Result.RETRY if after.refill_at else Result.DONE, count=count)

    def _record(self, task: _OpenGap, search: _Search, entries: Sequence[Entry], now: datetime) -> RefillRecord:
        gap, known = task.known.gap, task.known
        latest = max((page.at for page in task.pages if page.by_feed and page.at > gap.since), default=None)
        missing, ended = gaps.uncovered(gap, search.ends, latest)
        dated = any(newest is not None for _, newest in search.ends)
        live = self._live.now
        record = RefillRecord(
            task.state.id,
            now,
            gap,
            tuple(entries),
            late_before=now - timedelta(seconds=live.config.polling.catch_up),
            old_before=live.old_before(task.state.source.name, now),
        )
        behind = dated and not ended
        shown = task.marks  # a feed brought them: they are none of those that the gap is expected to hold
        within = sum(
            each.published is not None
            and gap.since < each.published <= gap.until
            and gaps.mark(urls.article_key(each.link)) not in shown
            for each in search.entries
        )
        listed = max(within, known.refilled + len(entries))
        seen = gaps.listing(task.pages, search.listed, search.ends, gap, known.found_at)
        broken = search.passing is not None or behind or search.left
        lost = gaps.unaccounted(known.expected, gap, missing, listed, broken=broken, seen=seen)
        again = None
        if search.passing is not None or behind:
            again = gaps.next_try(known.tries + 1, known.found_at, now)
        elif missing is None and known.tries < gaps.SHORT_TRIES and lost:
            again = gaps.next_try(known.tries + 1, known.found_at, now)  # what was edited since may hide that they lag
        reason = self._reason(search, behind=behind, reached=missing is None) if lost or again else None
        if again is not None:
            return replace(record, refill_at=again, reason=reason)
        return replace(record, unaccounted=lost, reason=reason)

    def _reason(self, search: _Search, *, behind: bool, reached: bool) -> str:
        if search.passing is not None:
            return search.passing
        if search.left:
            return self._phrases.text("gap too many")
        if behind:
            return self._phrases.text("gap behind")
        if any(newest is not None for _, newest in search.ends):
            return self._phrases.text("gap fewer" if reached else "gap not reached")
        if search.read:
            return self._phrases.text("gap no dates")
        return search.lasting or self._phrases.text("gap no sitemap")

    def _tell(self, tx: Transaction, state: SourceState, after: GapState | None) -> int:
        """Write the notice of a gap that is closed now, where it held something."""
        if after is None or after.refill_at is not None or not (after.refilled or after.unaccounted):
            return 0
        name, span = state.source.name, self._phrases.duration(after.found_at - after.gap.since)
        lost = after.unaccounted or 0
        if not after.refilled:
            headline = self._phrases.count("gap lost", lost, source=name, span=span)
        elif lost:
            headline = self._phrases.count("gap refilled in part", after.refilled, source=name, span=span, lost=lost)
        else:
            headline = self._phrases.count("gap refilled", after.refilled, source=name, span=span)
        lines = []
        if lost:
            lines.append(self._phrases.text("gap reason", reason=after.reason))
            lines.append(self._phrases.text("gap remedy"))
        ordinary = after.gap.seconds < _ORDINARY  # of a feed that is too short for its bursts: told once a day
        key = after.found_at.date() if ordinary else after.found_at
        return self._notify(tx, f"gap:{state.id}:{key.isoformat()}", headline, lines)

    async def crashed(self, source_id: int, error: BaseException) -> None:
        """Record an internal error at a gap as a try that failed: it is made again later, and told after a day."""
        task = await self._store.run(lambda tx: _load(tx, source_id))
        if task is not None:
            await self._finish(task, _Search(passing=f"internal error: {type(error).__name__}"))


def _sites(task: _OpenGap) -> list[str]:
    """Return the sites that may have the source's sitemaps: that of its articles first."""
    sites = gaps.main_host(task.links), urls.origin(task.state.source.url)
    return list(dict.fromkeys(filter(None, sites)))


def _load(tx: Transaction, source_id: int) -> _OpenGap | None:
    state, known = tx.source_state(source_id), tx.gap_state(source_id)
    if state is None or known is None or known.refill_at is None:
        return None
    links, pages = tx.recent_links(source_id, _LINKS), tx.known_pages(source_id, _LINKS)
    return _OpenGap(state, known, tuple(links), tuple(pages), tx.robots_sitemaps(source_id))
