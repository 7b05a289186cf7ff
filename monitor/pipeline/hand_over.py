"""The way from a reader to the judge where they are two processes: a row of the table `readings`.

The reader writes it in place of judging, and the entry is due again only should the row be lost. The judge ends it in
the transaction that writes the article's story and alerts.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from monitor.errors import LostStoreError, StoreError, UnreadableError
from monitor.metrics import BUGS
from monitor.model import Article, PendingEntry, ReadArticle
from monitor.pipeline.alerting import note_bug
from monitor.pipeline.evidence import FetchedPage
from monitor.pipeline.judge import Judge
from monitor.pipeline.pages import ArticleIdentity, identify
from monitor.ports import Clock, Response
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

READ = "monitor_read"
"""The signal that articles wait to be judged."""

WAITS = timedelta(hours=6)
"""How long an entry that was handed over is left alone: its reading is there until it is judged."""

_BATCH = 20
_LOOK = 1.0  # seconds between two looks where no signal comes
_GIVEN_UP = 3  # internal errors at one reading; then the entry is read again, by its summary


def pack(page: FetchedPage) -> bytes:
    """Return a page as bytes, for the evidence that the judge may keep of it."""
    answer = page.response
    head = {
        "asked": page.asked,
        "at": page.at.isoformat(),
        "url": answer.url,
        "status": answer.status,
        "headers": answer.headers,
        "cut": answer.cut,
    }
    return zlib.compress(json.dumps(head).encode() + b"\n" + answer.body, level=1)


def unpack(packed: bytes) -> FetchedPage:
    """Return the page that was packed."""
    head, _, body = zlib.decompress(packed).partition(b"\n")
    found = json.loads(head)
    headers = tuple((name, value) for name, value in found["headers"])
    response = Response(url=found["url"], status=found["status"], headers=headers, body=body, cut=found["cut"])
    return FetchedPage(found["asked"], datetime.fromisoformat(found["at"]), response)


def _unpacked(packed: bytes) -> FetchedPage | None:
    """Return the page; None where it cannot be read: it is for the evidence alone."""
    try:
        return unpack(packed)
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        note_bug("evidence", error)
        return None


@dataclass(slots=True)
class HandOver:
    """What an `ArticleReader` has in place of the judge."""

    store: Database
    clock: Clock
    encode: Callable[[Article], Awaitable[bytes]] | None = None

    def read_clock(self) -> tuple[object, float]:
        """Return the time; the clock of the database is never moved."""
        return self.clock.now(), 0.0

    async def judge(
        self, pending: PendingEntry, article: Article, moved: float | None = None, page: FetchedPage | None = None
    ) -> int:
        """Write the article down for the judge; return 0, as no row of the outbox is touched."""
        del moved
        packed = None if page is None else await asyncio.to_thread(pack, page)
        vector = await self.encode(article) if self.encode else b""

        def write(tx: Transaction) -> None:
            if tx.pending_entry(pending.id) is None:
                return
            until = self.clock.now() + WAITS
            tx.add_reading(pending.id, article, vector, baseline=pending.baseline, until=until, page=packed)
            tx.signal(READ)

        await self.store.run(write)
        return 0


@dataclass(slots=True)
class JudgeDesk:
    """Judges what readers have handed over, in the order in which it came."""

    store: Database
    clock: Clock
    judge: Judge
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _after: int = 0

    def wake(self) -> None:
        """Look for articles now."""
        self._woken.set()

    async def run(self) -> None:
        """Judge until cancelled. What is half done is begun again by whoever leads next."""
        while True:
            self._woken.clear()
            try:
                count = await self.turn()
            except StoreError as error:
                if not error.retryable:
                    raise
                log.warning("what was read cannot be judged now", error=str(error))
                count = 0
            if not count:
                waiting = asyncio.ensure_future(self._woken.wait())
                await asyncio.wait([waiting], timeout=_LOOK)
                waiting.cancel()

    async def turn(self) -> int:
        """Judge a batch; return how many articles there were."""
        found = await self.store.run(lambda tx: tx.readings(_BATCH))
        for reading in found:
            try:
                await self._one(reading)
            except StoreError as error:
                if error.retryable or isinstance(error, LostStoreError):
                    raise
                # A row that cannot be read must not stop the others; where it is the database, this ends the desk.
                log.error("an article cannot be judged", ident=reading.entry_id, error=str(error))  # noqa: TRY400
                await self._fault(reading, error)
            except Exception as error:  # the stage's outermost loop: an article with a bug must not stop the others
                BUGS.labels(stage="judge").inc()
                log.exception("internal error", stage="judge", ident=reading.entry_id)
                await self._fault(reading, error)
        return len(found)

    async def _one(self, reading: ReadArticle) -> None:
        found = await self.store.run(lambda tx: self._find(tx, reading))
        if found is None:
            return
        pending, identity = found
        if reading.article is None:
            raise UnreadableError("what was handed over is no article")
        article = replace(reading.article, key=identity.key, guid=identity.guid)
        page = None if reading.page is None else await asyncio.to_thread(_unpacked, reading.page)
        pending = replace(pending, baseline=reading.baseline)
        await self.judge.judge(pending, article, page=page, vector=reading.vector)

    @staticmethod
    def _find(tx: Transaction, reading: ReadArticle) -> tuple[PendingEntry, ArticleIdentity] | None:
        """Return the entry and its identity by now; None where nothing is to be judged, and the reading is over."""
        pending = tx.pending_entry(reading.entry_id)
        if pending is None or not tx.is_handed_over(reading.entry_id):  # it was edited since, and is read again
            tx.end_reading(reading.entry_id)
            return None
        identity = identify(tx, pending)
        if identity.known is not None:  # another feed of the outlet has brought it meanwhile
            tx.finish_entry(pending.id, identity.known.id)
            tx.end_reading(reading.entry_id)
            return None
        return pending, identity

    async def _fault(self, reading: ReadArticle, error: Exception) -> None:
        def write(tx: Transaction) -> None:
            if reading.faults + 1 < _GIVEN_UP:
                tx.fault_reading(reading.id)
                return
            tx.end_reading(reading.entry_id)
            now = self.clock.now()
            for _ in range(_GIVEN_UP):  # so often that the entry is judged by its summary next, then by its title
                tx.fault_entry(reading.entry_id, now, now, type(error).__name__)

        await self.store.run(write)
