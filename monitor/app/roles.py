"""What a process of `monitor worker` does in each of its roles, until it is halted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog

from monitor.app.bot import BotRunner
from monitor.app.encoder import make_encoder
from monitor.app.life import STUCK
from monitor.app.poll_desk import PollDesk
from monitor.app.preparation import Preparation
from monitor.app.server_clock import ServerClock
from monitor.app.shared_pace import DatabasePace
from monitor.app.wiring import Components, lock_bot, make_components, make_notifiers
from monitor.background import wait_at_most
from monitor.deliver.bot_lock import BotLock
from monitor.deliver.worker import DeliveryWorker
from monitor.dispatch.local import LocalDispatcher
from monitor.dispatch.remote import LEASE, SILENT, RemoteDispatcher
from monitor.dispatch.runner import ENDED, UnitRunner
from monitor.errors import DeliveryError, MonitorError, StoreError
from monitor.extract.extractor import ArticleExtractor
from monitor.i18n import problem_text
from monitor.model import Config, PollReason
from monitor.pipeline.hand_over import READ, HandOver, JudgeDesk
from monitor.pipeline.live import Live
from monitor.pipeline.read import ArticleReader
from monitor.ports import Sandbox
from monitor.scheduler import Scheduler
from monitor.store import Database, DatabaseLock, Transaction, open_store

log = structlog.get_logger(__name__)

NEWS, OUTBOX, RETRY, REGROUPED = "monitor_news", "monitor_outbox", "monitor_retry", "monitor_regrouped"

ALL = ("read", "judge", "deliver", "schedule", "bot", "web")

_DRAIN = 20.0  # seconds that work under way may take at the end
_FORGOTTEN = 3600.0  # seconds after which a process that died is shown no more
_MOST_PUT_OFF = timedelta(hours=1)
_BOT_AGAIN = 2.0  # seconds between two looks at the lock of the bot
_STORIES = 300  # of a signal: PostgreSQL takes 8,000 bytes


Check = Callable[[], dict[str, object]]
"""Returns whether a role makes progress, as `ok`, and by what."""


@dataclass(slots=True)
class BeatRhythm:
    """Whether this process's own signs of life come in time: only then can it tell that another's do not.

    Where the database stood still, or the host is overloaded, every beat is late, and ending a leader's sessions would
    stop the one that works. Times are monotonic.
    """

    last: float
    since: float

    def note(self, now: float) -> None:
        """Note that a beat was written."""
        if now - self.last > SILENT / 2:
            self.since = now
        self.last = now

    def is_steady(self, now: float) -> bool:
        """Return whether no beat was late for as long as makes another process a silent one."""
        return now - self.last <= SILENT / 2 and now - self.since >= SILENT


@dataclass(slots=True)
class RoleContext:
    """What the roles of a process share.

    `base` is the store of the process as a member, whose writing counts in turns; `heard` has what is called for each
    signal, `reloaded` what is called with another configuration, `checks` what tells whether a led role makes progress.
    """

    url: str
    instance: str
    places: int
    clock: ServerClock
    base: Database
    pace: DatabasePace
    lives: list[Live]
    sandbox: Sandbox
    compiled: asyncio.Event
    problem: Callable[[], Awaitable[str | None]]
    rhythm: BeatRhythm
    heard: dict[str, list[Callable[[str], None]]] = field(default_factory=dict)
    reloaded: list[Callable[[Config], Awaitable[None]]] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)

    def open(self) -> Database:
        """Open a store of a role."""
        return open_store(self.url, clock_now=self.clock.now, instance=self.instance)

    def components(self, store: Database, live: Live) -> Components:
        """Return all objects of a daemon on this store; a role uses some of them."""
        return make_components(live, store, self.sandbox, self.clock, (DatabaseLock(), BotLock()))

    async def has_rules(self, halt: asyncio.Event) -> bool:
        """Wait until the watchlists are compiled, or until `halt`; return whether they are.

        They never are where compiling fails, which halts the process.
        """
        async with running(self.compiled.wait(), halt.wait()) as tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return self.compiled.is_set()

    @contextlib.contextmanager
    def hearing(self, topic: str, call: Callable[[str], None]) -> Any:
        """Call `call` for each signal of a topic within the block."""
        calls = self.heard.setdefault(topic, [])
        calls.append(call)
        try:
            yield
        finally:
            calls.remove(call)

    @contextlib.contextmanager
    def following(self, call: Callable[[Config], Awaitable[None]]) -> Any:
        """Call `call` with each other configuration within the block."""
        self.reloaded.append(call)
        try:
            yield
        finally:
            self.reloaded.remove(call)

    @contextlib.contextmanager
    def checked(self, role: str, check: Check) -> Any:
        """Have `/healthz` ask `check` about a role within the block."""
        self.checks[role] = check
        try:
            yield
        finally:
            del self.checks[role]

    async def signal(self, topic: str, text: str = "") -> None:
        """Signal to all processes; where the database refuses, they look by themselves."""
        with contextlib.suppress(StoreError):
            await self.base.run(lambda tx: tx.signal(topic, text))

    def open_in_turn(self) -> Database:
        """Open a store that writes as this process does, and waits for leaders' transactions."""
        store = self.open()
        store.follow_fence(self.base)
        store.write_in_turn()
        return store

    async def relay(self, written: asyncio.Event, live: Live | None = None) -> None:
        """Signal whenever the outbox has grown, and which stories were split or merged by hand meanwhile."""
        while True:
            await written.wait()
            written.clear()
            if live is not None and live.regrouped:
                stories, live.regrouped = sorted(live.regrouped), set()
                for start in range(0, len(stories), _STORIES):
                    await self.signal(REGROUPED, json.dumps(stories[start : start + _STORIES]))
            await self.signal(OUTBOX)


@contextlib.asynccontextmanager
async def running(*work: Coroutine[Any, Any, object]) -> AsyncIterator[list[asyncio.Task[object]]]:
    """Run these beside the block, and end them with it."""
    tasks = [asyncio.create_task(each, name=getattr(each, "__qualname__", None)) for each in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def halted_or_failed(halt: asyncio.Event, tasks: list[asyncio.Task[object]]) -> None:
    """Wait for the end of a role; raise what one of its tasks failed with."""
    ended = asyncio.create_task(halt.wait())
    try:
        await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


# --------------------------------------------------------------------------- schedule


async def schedule(context: RoleContext, store: Database, halt: asyncio.Event) -> None:
    """Run the schedule: queue due units as tasks, do the housekeeping, and clean up."""
    from monitor.dispatch.tasks import TaskQueue

    live = context.lives[0]
    parts = context.components(store, live)
    await store.run(lambda tx: tx.sync_sources(live.now.config.sources, context.clock.now()))
    queue = TaskQueue(store.address, context.instance)
    async with queue.opened():
        dispatcher = RemoteDispatcher(
            store, queue, lambda *unit: _harmful(context, *unit), lambda: context.rhythm.is_steady(time.monotonic())
        )
        scheduler = Scheduler(
            store=store,
            dispatcher=dispatcher,
            clock=context.clock,
            follow_clock=_nothing,
            housekeeping=parts.housekeeping.tick,
        )

        async def follow(config: Config) -> None:
            await store.run(lambda tx: tx.sync_sources(config.sources, context.clock.now()))
            parts.housekeeping.announce_soon()

        await dispatcher.look()
        with (
            context.hearing(ENDED, lambda _: dispatcher.wake()),
            context.hearing(NEWS, lambda _: scheduler.read_soon()),
            context.following(follow),
            context.checked("schedule", lambda: _ticks(context, scheduler)),
        ):
            work = (
                dispatcher.run(),
                parts.cleaner.run(),
                *(each.run() for each in parts.backfills),
                parts.subscriber.run(),
                parts.rechecker.run(),
                parts.stamper.run(),
                parts.translation.run(),
                _tidy(context, store, parts),
                context.relay(parts.housekeeping.written),
            )
            async with running(*work) as tasks:
                scheduler.start()
                try:
                    await halted_or_failed(halt, tasks)
                finally:
                    await scheduler.stop()
                    await dispatcher.drain(_DRAIN)


def _ticks(context: RoleContext, scheduler: Scheduler) -> dict[str, object]:
    age = context.clock.monotonic() - scheduler.last_tick
    return {"ok": age < STUCK, "tick_age": round(age, 1)}


async def _nothing() -> None:
    """Follow no clock: the server's is followed by each beat."""


def _harmful(context: RoleContext, tx: Transaction, kind: str, ident: int, crashes: int) -> None:
    """Let a page at which processes died be judged by its summary, a source be polled later each time."""
    now = context.clock.now()
    log.error("processes died at this again and again", kind=kind, ident=ident, crashes=crashes)
    if kind == "read":
        tx.spare_entry(ident, crashes)
    else:
        wait = min(timedelta(minutes=2**crashes), _MOST_PUT_OFF)
        tx.postpone_source(ident, now + wait, PollReason.FAILURES)


async def _tidy(context: RoleContext, store: Database, parts: Components) -> None:
    while True:
        parts.housekeeping.announce_soon()
        with contextlib.suppress(StoreError):
            problem = await context.problem()
            told = problem and problem_text(problem, parts.housekeeping.phrases.language)
            parts.housekeeping.bad_config(told)
            await store.run(lambda tx: (tx.forget_processes(_FORGOTTEN), tx.forget_hosts(_FORGOTTEN)))
        await asyncio.sleep(LEASE / 4)


# --------------------------------------------------------------------------- read


async def keep_reading(context: RoleContext, halt: asyncio.Event) -> None:
    """Do the role `read` until `halt`; where the database is away, begin it anew every second.

    Raises StoreError where no other try can help, or after `halt`.
    """
    while not halt.is_set():
        try:
            await read(context, context.base, halt)
        except StoreError as error:
            if halt.is_set() or not error.retryable:
                raise
            log.warning("reading begins anew, as the database cannot be used", error=str(error))
            await wait_at_most(halt, 1.0)


async def read(context: RoleContext, store: Database, halt: asyncio.Event) -> None:
    """Poll and read what is given out; hand articles over to the judge."""
    from monitor.dispatch.tasks import TaskQueue

    live = context.lives[0]
    parts = context.components(store, live)
    core = context.open_in_turn()
    refills = context.components(core, live)
    encoder = make_encoder()
    hand_over = HandOver(store, context.clock, encoder.encode if encoder else None)
    reader = ArticleReader(
        store=store,
        live=live,
        sandbox=context.sandbox,
        extractor=ArticleExtractor(),
        judge=hand_over,
        clock=context.clock,
    )
    crashed = {"poll": parts.poller.crashed, "read": reader.crashed, "refill": refills.refiller.crashed}
    local = LocalDispatcher(
        {"poll": parts.poller.poll, "read": reader.read, "refill": refills.refiller.refill},
        dict.fromkeys(crashed, context.places),
        lambda kind, ident, error: crashed[kind](ident, error),
    )
    parts.polls.begin(lambda ident, error: local.rest("poll", ident, error), lambda i, e: local.record("poll", i, e))
    desk = PollDesk(store, parts.polls, local, context.pace, context.instance, context.places)
    runner = desk.runner
    news = asyncio.Event()
    parts.poller.news = news.set
    queue = TaskQueue(store.address, context.instance)
    try:
        async with queue.opened(runner.do):
            work = (
                queue.work(context.places),
                desk.run(),
                _keep(runner),
                _tell(context, news, NEWS),
                context.relay(refills.housekeeping.written),
            )
            async with running(*work) as tasks:
                await halted_or_failed(halt, tasks)
        await desk.write()
    finally:
        if encoder:
            encoder.close()
        core.close()


async def _tell(context: RoleContext, event: asyncio.Event, topic: str) -> None:
    while True:
        await event.wait()
        event.clear()
        await context.signal(topic)


async def _keep(runner: UnitRunner) -> None:
    while True:
        with contextlib.suppress(StoreError):
            await runner.keep()
        await asyncio.sleep(LEASE / 8)


# --------------------------------------------------------------------------- judge


async def judge(context: RoleContext, store: Database, halt: asyncio.Event) -> None:
    """Judge what readers hand over."""
    parts = context.components(store, context.lives[1])
    parts.judge.settle = lambda tx, pending: tx.end_reading(pending.id)
    preparation = Preparation(parts.judge)
    with context.checked("judge", lambda: {"ok": preparation.moves(), "judging": preparation.state}):
        if await context.has_rules(halt):
            preparation.compiled.set()
            await _judge(context, store, parts, preparation, halt)


async def _judge(
    context: RoleContext, store: Database, parts: Components, preparation: Preparation, halt: asyncio.Event
) -> None:
    """Judge until the end, or the end of the leadership."""
    live = context.lives[1]
    desk = JudgeDesk(store, context.clock, parts.judge)

    def regrouped(text: str) -> None:
        if text:
            live.regrouped |= set(json.loads(text))

    async def follow(_: Config) -> None:
        preparation.recheck()

    async def work() -> None:
        await parts.judge.load()
        async with running(desk.run(), preparation.run(), parts.trends.run()) as tasks:
            await asyncio.gather(*tasks)  # where one fails, none goes on beside the next leadership's

    with (
        context.hearing(READ, lambda _: desk.wake()),
        context.hearing(REGROUPED, regrouped),
        context.following(follow),
    ):
        async with running(work(), context.relay(parts.judge.written)) as tasks:
            await halted_or_failed(halt, tasks)


# --------------------------------------------------------------------------- deliver, bot


@contextlib.asynccontextmanager
async def locked_bot(live: Live, database: str, halt: asyncio.Event) -> AsyncIterator[Coroutine[Any, Any, None]]:
    """Hold the bot against daemons of other databases on this host; wait for it, or for the halt, before the block.

    What is yielded is to be run beside the role's work: it keeps the lock, follows the token of another configuration,
    and raises DeliveryError where another daemon has the bot by then.
    """
    with BotLock(database, among=True) as lock:
        refused = False
        while True:
            try:
                await asyncio.to_thread(lock_bot, lock, live.now.config)
                break
            except DeliveryError as error:
                if halt.is_set():
                    raise
                if not refused:
                    log.error("nothing is sent or answered by this bot from here", error=str(error))  # noqa: TRY400
                refused = True
            await wait_at_most(halt, _BOT_AGAIN)
        keeping = _keep_bot(lock, live)
        try:
            yield keeping
        finally:
            keeping.close()


async def _keep_bot(lock: BotLock, live: Live) -> None:
    while True:
        await asyncio.sleep(_BOT_AGAIN)
        await asyncio.to_thread(lock_bot, lock, live.now.config)
        await asyncio.to_thread(lock.keep)


async def deliver(context: RoleContext, store: Database, halt: asyncio.Event) -> None:
    """Send the rows of the outbox."""
    parts = context.components(store, context.lives[0])
    worker = parts.delivery_worker

    def retry(text: str) -> None:
        if text:
            worker.retry(json.loads(text))

    async def follow(config: Config) -> None:
        await worker.reconfigure(config.all_channels, make_notifiers(config), expire=config.delivery.expire)

    with (
        context.hearing(OUTBOX, lambda _: worker.wake()),
        context.hearing(RETRY, retry),
        context.following(follow),
        context.checked("deliver", lambda: _delivers(context, worker)),
    ):
        stop = asyncio.Event()
        async with (
            locked_bot(context.lives[0], store.name, halt) as keeping,
            running(worker.run(stop), keeping, context.relay(parts.housekeeping.written)) as tasks,
        ):
            try:
                await halted_or_failed(halt, tasks)
            finally:
                stop.set()
                await worker.drain(_DRAIN)


def _delivers(context: RoleContext, worker: DeliveryWorker) -> dict[str, object]:
    age = context.clock.monotonic() - worker.progress
    stalled = worker.stalled(STUCK)
    return {"ok": age < STUCK * 3 and not stalled, "delivery_age": round(age, 1), "stalled": stalled}


async def bot(context: RoleContext, store: Database, halt: asyncio.Event) -> None:
    """Answer people."""
    live = context.lives[2]
    parts = context.components(store, live)
    if not await context.has_rules(halt):
        return
    written = parts.judge.written
    calls: set[asyncio.Task[None]] = set()

    def heard(names: Any) -> None:
        task = asyncio.create_task(context.signal(RETRY, json.dumps(list(names))))
        calls.add(task)
        task.add_done_callback(calls.discard)

    runner = BotRunner(replace(parts, live=live), context.clock, heard)
    with context.following(runner.follow):
        async with (
            locked_bot(live, store.name, halt) as keeping,
            running(keeping, context.relay(written, live)) as tasks,
        ):
            await runner.follow(live.now.config)
            try:
                await halted_or_failed(halt, tasks)
            finally:
                await runner.close()


LED: dict[str, Callable[[RoleContext, Database, asyncio.Event], Coroutine[Any, Any, None]]] = {
    "schedule": schedule,
    "judge": judge,
    "deliver": deliver,
    "bot": bot,
}


async def lead(context: RoleContext, role: str, stop: asyncio.Event, leading: set[str]) -> None:
    """Lead a role whenever no other process does, until `stop`; `leading` has it meanwhile."""
    store = context.open()
    try:
        while not stop.is_set():
            held = None
            try:
                held = await asyncio.to_thread(store.lead, role)
                if held is None:
                    await _end_silent_leader(context, role)
            except StoreError as error:
                if not error.retryable:
                    raise
                log.debug("the role cannot be asked for now", role=role, error=str(error))
            if held is None:
                await wait_at_most(stop, 1.0)
                continue
            await _led(context, role, store, held, stop, leading)
    finally:
        await asyncio.to_thread(store.close)


async def _led(
    context: RoleContext,
    role: str,
    store: Database,
    held: DatabaseLock,
    stop: asyncio.Event,
    leading: set[str],
) -> None:
    """Do a role's work as long as it is led."""
    log.info("leading", role=role)
    leading.add(role)
    try:
        async with running(_hold(held), LED[role](context, store, stop)) as tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
    except MonitorError as error:
        if stop.is_set():
            return
        log.warning("this process leads the role no more, and stands by", role=role, error=str(error))
        await asyncio.sleep(1.0)
    finally:
        leading.discard(role)
        await asyncio.to_thread(held.release)


async def _hold(held: DatabaseLock) -> None:
    """Keep the role's lock. Raises LostStoreError where another process has taken it."""
    while True:
        try:
            await asyncio.to_thread(held.keep)
        except StoreError as error:
            if not error.retryable:
                raise
        await asyncio.sleep(0.5)


async def _end_silent_leader(context: RoleContext, role: str) -> None:
    """End the sessions of a leader that gives no sign of life: it is stopped, or cut off, and holds the lock."""
    if not context.rhythm.is_steady(time.monotonic()):
        return

    def silent(tx: Transaction) -> str | None:
        leader = next((each for each in tx.leaders() if each.role == role), None)
        alive = {each.state.instance for each in tx.processes() if each.silent < SILENT}
        if leader is None or leader.instance in alive or leader.age < SILENT:
            return None
        return leader.instance

    instance = await context.base.run(silent)
    if instance is not None:
        count = await asyncio.to_thread(context.base.end_sessions, instance)
        log.warning("a leader without a sign of life was ended", role=role, instance=instance, sessions=count)
