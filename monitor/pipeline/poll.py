"""One poll of one source: ask, parse what changed, write what is new together with the validators.

A poll without news may be written later, with others (`poll_batch.py`).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor import polling, relocation
from monitor.errors import (
    FetchError,
    FetchKind,
    MonitorError,
    PageError,
    ParseError,
    SandboxError,
    SandboxUnavailableError,
    SourceError,
)
from monitor.metrics import ENTRIES, POLLS
from monitor.model import (
    Outcome,
    ParsedFeed,
    PollReason,
    PollRecord,
    Recognised,
    Result,
    SourceState,
    Validators,
)
from monitor.pipeline import refill
from monitor.pipeline.discovery import FeedFinder, explained
from monitor.pipeline.follow import follow
from monitor.pipeline.live import Live
from monitor.pipeline.poll_batch import PollBatch, UnwrittenPoll, write_one
from monitor.ports import Clock, Request, Response, Sandbox, SourceType
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_NOT_MODIFIED = 304
_CUT_BASELINE = 2  # failures in a row, after which a first poll is content with what comes of a body
_NO_CHILD_AGAIN = 60.0  # seconds; the source is not to blame, so that nothing is backed off


@dataclass(frozen=True, slots=True)
class _PollResult:
    """What came of asking: `feed` is None where nothing changed."""

    feed: ParsedFeed | None
    validators: Validators
    body_hash: str | None
    max_age: str | None = None
    moved: str | None = None


class Poller:
    """Polls sources, one unit of work each.

    `asked()` is called after each poll of a source that had no baseline, `news()` after each that brought entries.
    Polls without news wait in `batch` where that is begun.
    """

    def __init__(
        self,
        *,
        store: Database,
        live: Live,
        sandbox: Sandbox,
        types: Mapping[str, SourceType],
        finder: FeedFinder,
        clock: Clock,
        rng: random.Random,
        asked: Callable[[], None],
        batch: PollBatch | None = None,
    ) -> None:
        self._store = store
        self._live = live
        self._sandbox = sandbox
        self._types = types
        self._finder = finder
        self._clock = clock
        self._rng = rng
        self._asked = asked
        self._batch = batch or PollBatch(store, clock)
        self.news: Callable[[], None] = lambda: None

    async def poll(self, source_id: int) -> Outcome:
        """Poll one source; a failure of the source is recorded on it and is a value, not an exception."""
        state, at = self._batch.take(source_id), self._clock.now()
        if state is None:
            state, at = await self._store.run(lambda tx: (tx.source_state(source_id), self._clock.now()))
        if state is None:
            return Outcome(Result.DONE, "no longer configured")
        last = state.last_success_at
        away = None if last is None else (at - last).total_seconds()
        try:
            reading = await self._ask(state)
        except SandboxUnavailableError as error:
            outcome = await self._record_failure(state, error, str(error), "no child", wait=_NO_CHILD_AGAIN)
        except (SourceError, SandboxError) as error:
            paced = isinstance(error, FetchError) and error.kind is FetchKind.PACED
            outcome = await (self._put_off(state, error) if paced else self._failed(state, error))
        else:
            outcome = await self._succeeded(state, reading, away)
        if state.baseline_at is None:
            self._asked()
        POLLS.labels(source=state.source.name, result=outcome.result.value).inc()
        return outcome

    async def _ask(self, state: SourceState) -> _PollResult:
        source_type = self._types[state.source.kind]
        source = state.source
        if state.address != source.url:
            source = replace(source, url=state.address)
        request = source_type.request(source, state)
        if state.relocation.address:  # guarded as the redirect was that led there
            request = replace(request, referrer=state.source.url)
        response = await self._live.now.fetcher.fetch(request)
        result = await self._interpret(source_type, state, request, response)
        return result if response.moved is None else replace(result, moved=response.moved)

    async def _interpret(
        self, source_type: SourceType, state: SourceState, request: Request, response: Response
    ) -> _PollResult:
        max_age = response.header("cache-control")
        if response.status == _NOT_MODIFIED and state.validators != Validators():
            return _PollResult(None, state.validators, state.body_hash, max_age)
        if not response.is_usable:
            wait = polling.retry_after(
                response.header("retry-after"), polling.date(response.header("date")) or self._clock.now()
            )
            raise response.refusal("the server", retry_after=wait)
        if response.cut and state.baseline_at is None and state.failures < _CUT_BASELINE:
            # What a first poll misses would be news at the next one.
            raise FetchError(response.cut, FetchKind.PROTOCOL)
        validators = Validators(response.header("etag"), response.header("last-modified"))
        if response.cut:  # the whole body is asked for next time
            validators = Validators()
        body_hash = hashlib.sha256(response.body).hexdigest()
        if body_hash == state.body_hash:
            return _PollResult(None, validators, body_hash, max_age)
        feed = await self._parse(source_type, state, response)
        if feed.follow:
            feed, again = await follow(
                feed,
                request,
                state.source,
                fetch=self._live.now.fetcher.fetch,
                parse=lambda response: self._parse(source_type, state, response),
            )
            if again is not None:  # its own sitemaps may change under an index that does not
                body_hash = hashlib.sha256(f"{body_hash}{again}".encode()).hexdigest()
                return _PollResult(None if body_hash == state.body_hash else feed, Validators(), body_hash, max_age)
        return _PollResult(feed, validators, body_hash, max_age)

    async def _parse(self, source_type: SourceType, state: SourceState, response: Response) -> ParsedFeed:
        try:
            feed = await self._sandbox.run(
                source_type.parse, state.source, response, self._clock.now(), source=state.source.name
            )
        except SandboxUnavailableError:
            raise
        except SandboxError as error:
            raise ParseError(f"the feed could not be parsed: {error}") from error
        except ParseError as error:
            if response.cut is not None:
                raise FetchError(response.cut, FetchKind.PROTOCOL) from error
            raise (await self._explained(state, error, response) if isinstance(error, PageError) else error) from error
        if response.cut is None:
            return feed
        if not feed.entries:
            raise FetchError(response.cut, FetchKind.PROTOCOL)
        return replace(feed, notes=(*feed.notes, f"cut short, its complete items were read: {response.cut}"))

    async def _explained(self, state: SourceState, error: PageError, response: Response) -> PageError:
        run = partial(self._sandbox.run, source=state.source.name)
        return explained(error, await self._finder.find(response, self._live.now.fetcher, run, state.source.name))

    # Each `now` below is read in the transaction that writes what is computed from it: `ClockWatch` moves the schedule
    # and the clock between two transactions, never within one.

    async def _succeeded(self, state: SourceState, reading: _PollResult, away: float | None) -> Outcome:
        """Write a poll that went well; `away` is for how many seconds none did before it began."""
        if reading.feed is None:
            unchanged = UnwrittenPoll(
                state.id,
                record=lambda now: self._record(state, reading, away, now),
                then=lambda record: self._written(state, record, 0),
            )
            await self._write(state, unchanged)
            return Outcome(Result.UNCHANGED)
        record, count = await self._store.run(lambda tx: self._write_feed(tx, state, reading, away))
        self._written(state, record, count)
        return Outcome(Result.DONE if record.entries else Result.UNCHANGED, count=count)

    async def _write(self, state: SourceState, poll: UnwrittenPoll) -> None:
        """Write a poll without news, at once or with others; a source's first one is waited for by operators."""
        if state.baseline_at is None or not self._batch.add(poll):
            poll.then(await write_one(self._store, self._clock, poll))

    def _write_feed(
        self, tx: Transaction, state: SourceState, reading: _PollResult, away: float | None
    ) -> tuple[PollRecord, int]:
        feed = reading.feed
        if feed is None:
            raise ValueError("nothing was read")
        now = self._clock.now()
        body = tx.recognise(state.id, feed.entries)
        record = self._record(state, reading, away, now, body, tx.arrivals(state.id, body.news, now))
        refill.notice(tx, state, feed, body, now)
        count = tx.record_poll(record)
        tx.follow_hub(state.id, feed.hub, now)
        return record, count

    def _record(
        self,
        state: SourceState,
        reading: _PollResult,
        away: float | None,
        now: datetime,
        body: Recognised | None = None,
        new: int | None = 0,
    ) -> PollRecord:
        """Return what is written of a poll that went well; `new` is as in `polling.plan`."""
        feed = reading.feed
        wishes = feed.wishes if feed and feed.wishes != state.wishes else None
        plan = polling.plan(
            state, now=now, new=new, max_age=polling.max_age(reading.max_age), wishes=wishes, rng=self._rng
        )
        return PollRecord(
            source_id=state.id,
            at=now,
            next_poll_at=plan.next_poll_at,
            interval=plan.interval,
            failures=0,
            validators=reading.validators,
            body_hash=reading.body_hash,
            baseline=state.baseline_at is None,
            body=body,
            old_before=self._live.now.old_before(state.source.name, now),
            late_before=self._late_before(away, now),
            notes=feed.notes if feed else (),
            rate=plan.rate,
            new_profile=plan.rate is not None and plan.rate.profile != state.rate.profile,
            wishes=wishes,
            reason=plan.reason,
            reason_number=plan.number,
            relocation=relocation.seen(state.relocation, reading.moved, now),
            polls=polling.logged(
                state.polls,
                now,
                entries=None if feed is None else len(feed.entries),
                news=0 if body is None else len(body.news),
            ),
        )

    def _written(self, state: SourceState, record: PollRecord, count: int) -> None:
        """Report a poll that went well, once it is written."""
        if record.relocation.address != state.relocation.address:
            log.warning("source has moved", source=state.source.name, address=record.relocation.address)
        if state.failures:
            log.info("source is back", source=state.source.name, after_failures=state.failures)
        if record.baseline:
            log.info("baseline taken", source=state.source.name, entries=count)
        elif count:
            log.info("new entries", source=state.source.name, count=count)
        ENTRIES.labels(source=state.source.name).inc(count)
        if record.entries or (record.body and record.body.changed):
            self.news()

    def _late_before(self, away: float | None, now: datetime) -> datetime | None:
        """Return the time before which entries are late, but only after a gap: newness never depends on dates alone."""
        catch_up = self._live.now.config.polling.catch_up
        return None if away is None or away < catch_up else now - timedelta(seconds=catch_up)

    async def _failed(self, state: SourceState, error: MonitorError) -> Outcome:
        kind = error.kind.value if isinstance(error, FetchError) else "parse"
        return await self._record_failure(state, error, str(error), kind)

    async def _record_failure(
        self, state: SourceState, error: MonitorError | None, text: str, kind: str, wait: float | None = None
    ) -> Outcome:
        """Write a failed poll. With `wait` the source is asked again after so many seconds, however often it failed."""
        wish = error.retry_after if error else None

        def record(now: datetime) -> PollRecord:
            plan = polling.plan_after_error(state, now=now, error=error, retry_after=wish, rng=self._rng)
            if wait is not None:
                plan = replace(plan, next_poll_at=min(plan.next_poll_at, now + timedelta(seconds=wait)))
            return PollRecord(
                source_id=state.id,
                at=now,
                next_poll_at=plan.next_poll_at,
                interval=plan.interval,
                failures=plan.failures,
                validators=state.validators,
                body_hash=state.body_hash,
                error=text,
                error_kind=kind,
                stopped=plan.stopped and not state.relocation.address,
                relocation=relocation.failed(state.relocation, error, plan.failures),
                reason=plan.reason,
                reason_number=plan.number,
                polls=polling.logged(state.polls, now, error=text),
            )

        def then(record: PollRecord) -> None:
            log.warning(
                "poll failed",
                source=state.source.name,
                error=text,
                kind=kind,
                failures=record.failures,
                next_poll_at=record.next_poll_at.isoformat(),
            )

        await self._write(state, UnwrittenPoll(state.id, record, then))
        return Outcome(Result.FAILED, error=text, error_kind=kind)

    async def _put_off(self, state: SourceState, error: MonitorError) -> Outcome:
        """Wait with the host: another of its addresses said Retry-After, this source did nothing wrong."""
        wait = timedelta(seconds=error.retry_after or 0.0)
        await self._store.run(lambda tx: tx.postpone_source(state.id, self._clock.now() + wait, PollReason.HOST))
        log.info("poll put off", source=state.source.name, seconds=wait.total_seconds(), reason=str(error))
        return Outcome(Result.RETRY, str(error))

    async def crashed(self, source_id: int, error: BaseException) -> None:
        """Record an internal error at a source as a failed poll: backed off, shown, and told like any other."""
        state = await self._store.run(lambda tx: tx.source_state(source_id))
        if state is None:
            return
        await self._record_failure(state, None, f"internal error: {type(error).__name__}", polling.INTERNAL)
        if state.baseline_at is None:
            self._asked()
        POLLS.labels(source=state.source.name, result=Result.FAILED.value).inc()
