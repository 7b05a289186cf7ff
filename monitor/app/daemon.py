"""The daemon: start in an order that loses nothing, reload without a gap, stop after what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from monitor import __version__, data, service
from monitor import log as logs
from monitor.app.back_off import backing_off
from monitor.app.bot import BotRunner
from monitor.app.configuration import load
from monitor.app.last_resort import LastResort, arm_nothing
from monitor.app.life import STUCK, Heartbeat, fingerprint, refuse_second_database
from monitor.app.listener import WebListener
from monitor.app.preparation import Preparation, compile_rules
from monitor.app.wiring import (
    Components,
    hide_token,
    lock_bot,
    make_dispatcher,
    make_fetcher,
    make_notifiers,
    opened,
)
from monitor.config.reload import changes
from monitor.errors import ConfigError, MonitorError, StoreError
from monitor.fetch.client import HttpFetcher
from monitor.i18n import Phrases, problem_text
from monitor.model import Config, Fingerprint
from monitor.pipeline import report
from monitor.pipeline.live import InForce
from monitor.pipeline.ruleset import Rules
from monitor.ports import Clock
from monitor.sandbox import Reaper
from monitor.scheduler import Scheduler

if TYPE_CHECKING:
    from monitor.web.server import WebServer

log = structlog.get_logger(__name__)

_DRAIN = 20.0  # seconds that work under way may take after SIGTERM
_REAP = 10.0  # seconds between two looks for ended processes that nobody waits for


_SWITCH = 0.0005
"""Seconds after which a thread that computes lets others in. By Python's 5 ms the event loop waits as long for each of
the threads that examine articles: its lag is half as large now, and the processor's time 2 % more."""


def run(path: Path) -> int:
    """Run the daemon until SIGTERM or SIGINT; return the exit code."""
    config = load(path)
    if config.dispatch == "procrastinate":
        from monitor.app import worker  # procrastinate is loaded only where it is used

        return worker.run(path)
    logs.configure(config.log.level, config.log.format)
    logs.log_uncaught()
    hide_token(config)
    # Not by processes: two that are started at once would see each other.
    refuse_second_database(config, look_for_process=False)
    sys.setswitchinterval(_SWITCH)
    asyncio.run(Daemon(config, LastResort().arm).run())
    return 0


class Daemon:
    """The daemon of one configuration, until a signal ends it.

    `config` is the configuration at the start; nothing is opened before `run`. `on_end` is called when the
    daemon begins to stop.
    """

    def __init__(self, config: Config, on_end: Callable[[], None] = arm_nothing) -> None:
        self._on_end = on_end
        self._path = config.path
        self._config = config
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self._ready = False
        self._components: Components | None = None
        self._bot_runner: BotRunner | None = None
        self._preparation: Preparation | None = None
        self._web: WebListener | None = None
        self._pulse: Heartbeat | None = None
        self._instance = secrets.token_hex(8)

    def stop(self) -> None:
        """Ask for a graceful end."""
        self._stop.set()

    async def watching(self) -> None:
        """Wait until every source has been asked once, and 'now watching' is on its way."""
        while self._components is None or not await self._components.housekeeping.has_announced():  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # the store has no event to wait for

    async def run(self) -> None:
        """Run until stopped. Raises StoreError where the database cannot be used or another daemon uses it."""
        self._signals()
        log.info("starting", version=__version__, config=str(self._path))
        data.preload()
        async with opened(self._config) as components:
            log.info(
                "started",
                version=__version__,
                sources=len(self._config.sources),
                watchlists=len(self._config.watchlists),
                channels=len(self._config.channels),
            )
            _log_warnings(self._config)
            waits = backing_off(await components.store.run(lambda tx: tx.source_states()), components.clock.now())
            if waits:
                log.warning("sources wait, as they failed before", waiting=waits)
            await self._serve(components, components.clock)
        log.info("stopped")

    async def _serve(self, components: Components, clock: Clock) -> None:
        """Start every loop, wait for the end, stop them in the order that loses nothing."""
        dispatcher = make_dispatcher(components)
        scheduler = Scheduler(
            store=components.store,
            dispatcher=dispatcher,
            clock=clock,
            follow_clock=components.timekeeper.follow,
            housekeeping=components.housekeeping.tick,
            polls=components.polls,
            judging=lambda: components.judge.loading.ready,
        )
        components.polls.begin(partial(dispatcher.rest, "poll"), partial(dispatcher.record, "poll"))
        components.poller.news = scheduler.read_soon
        self._preparation = preparation = Preparation(components.judge, partial(self._report_judging, components))
        web = self._web = self._make_web(scheduler, components)
        web.start()
        pulse = self._pulse = Heartbeat(
            components.store, self._instance, lambda: self._health(scheduler, components), lambda: web.address
        )
        await pulse.beat()
        halt = asyncio.Event()
        self._bot_runner = bot_runner = BotRunner(components, clock)
        tasks = [
            asyncio.create_task(components.delivery_worker.run(halt), name="delivery_worker"),
            asyncio.create_task(self._relay(components, halt), name="relay"),
            asyncio.create_task(components.cleaner.run(), name="clean-up"),
            *(
                asyncio.create_task(self._run_after(preparation.judging, backfill.run), name="backfill")
                for backfill in components.backfills
            ),
            asyncio.create_task(components.subscriber.run(), name="websub"),
            asyncio.create_task(components.translation.run(), name="translation"),
            asyncio.create_task(components.rechecker.run(), name="re-checks"),
            asyncio.create_task(components.stamper.run(), name="time stamps"),
            asyncio.create_task(self._while_running(components.trends.run()), name="trends"),
            asyncio.create_task(preparation.run(), name="preparation"),
            asyncio.create_task(self._watch_config(components, clock), name="reload"),
            asyncio.create_task(self._watchdog(scheduler, components), name="watchdog"),
            asyncio.create_task(components.ownership.watch(), name="ownership"),
            asyncio.create_task(self._keep_up(web, pulse), name="pulse"),
        ]
        scheduler.start()
        await bot_runner.follow(components.live.now.config)
        self._ready = True
        self._components = components
        service.notify("READY=1")
        ended = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
        self._on_end()
        service.notify("STOPPING=1")
        log.info("stopping")
        await bot_runner.close()
        await scheduler.stop()
        await dispatcher.drain(_DRAIN)
        await components.polls.end()
        halt.set()
        await components.delivery_worker.drain(_DRAIN)
        await web.stop()
        await pulse.end()
        failed = [task for task in tasks if task.done() and not task.cancelled() and task.exception()]
        for task in (ended, *tasks):
            task.cancel()
        await asyncio.gather(ended, *tasks, return_exceptions=True)
        for task in failed:
            task.result()

    async def _report_judging(self, components: Components, state: str) -> None:
        """Report what judging waits for to the service manager, and in the database for `monitor status`."""
        waits = "" if state == "ready" else f"; judging waits: {state}"
        service.notify(f"STATUS=watching {len(components.live.now.config.sources)} sources{waits}")
        with contextlib.suppress(StoreError):  # it is reported again, and the log has it
            await components.store.run(lambda tx: report.keep_judging(tx, state, components.clock.now()))

    def _make_web(self, scheduler: Scheduler, components: Components) -> WebListener:
        def make(host: str, port: int) -> WebServer:
            from monitor.app.page import make_page
            from monitor.web.server import WebServer, make_app  # starlette and uvicorn: for `web.listen` alone

            page = make_page(components, self._config)
            app = make_app(
                lambda: self._health(scheduler, components),
                lambda: {"ok": self._ready},
                lambda: components.live.now.config.web.names,
                components.subscriber,
                page,
            )
            return WebServer(app, host, port, page.close)

        return WebListener(make, components.live.now.config.web.listen, components.housekeeping.bad_web)

    @staticmethod
    async def _keep_up(web: WebListener, pulse: Heartbeat) -> None:
        await asyncio.gather(web.run(), pulse.run(), Daemon._reap())

    @staticmethod
    async def _run_after(ready: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        """Do work that would delay what it waits for: both take the processor and the store's thread."""
        await ready.wait()
        await work()

    @staticmethod
    async def _while_running(work: Awaitable[None]) -> None:
        """Do work that comes to its end, and wait: the end of a task is the end of the daemon."""
        await work
        await asyncio.Event().wait()

    @staticmethod
    async def _reap() -> None:
        reaper = Reaper()
        while True:
            await asyncio.sleep(_REAP)
            if count := await asyncio.to_thread(reaper.reap):
                log.info("ended processes reaped", count=count)

    def _health(self, scheduler: Scheduler, components: Components) -> dict[str, object]:
        """Return what `/healthz` answers; `stalled` are channels whose lane has not moved, with the seconds.

        `silent` are the seconds since the database took a sign of life: on a full disk it can be read, and so the tick
        goes on, while no article and no alert can be written.
        """
        clock = components.clock
        tick_age = clock.monotonic() - scheduler.last_tick
        delivery_age = clock.monotonic() - components.delivery_worker.progress
        stalled = components.delivery_worker.stalled(STUCK)
        preparation = self._preparation
        judging = preparation is None or preparation.moves()
        web = self._web
        served = web is None or not web.error
        silent = 0.0 if self._pulse is None else self._pulse.silent
        moves = tick_age < STUCK and delivery_age < STUCK * 3 and silent < STUCK
        ok = moves and not stalled and judging and served
        return {
            "ok": ok,
            "tick_age": round(tick_age, 1),
            "delivery_age": round(delivery_age, 1),
            "silent": round(silent, 1),
            "judging": "starting" if preparation is None else preparation.state,
            "stalled": stalled,
            "web": "off" if web is None else web.state,
            "instance": self._instance,
            "config": fingerprint(self._path),
        }

    @staticmethod
    def _alive(scheduler: Scheduler, components: Components) -> bool:
        """Return whether the loops turn: what the watchdog goes by, which kills.

        A daemon whose database refuses is not healthy, but must live: it knows how its last calls ended.
        """
        now = components.clock.monotonic()
        return now - scheduler.last_tried < STUCK and now - components.delivery_worker.progress < STUCK * 3

    def _signals(self) -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self._on_end()
            self._stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(number, stop)
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(signal.SIGHUP, self._reload.set)

    @staticmethod
    async def _relay(components: Components, halt: asyncio.Event) -> None:
        """Wake the delivery worker when the outbox has grown."""
        while not halt.is_set():
            await components.judge.written.wait()
            components.judge.written.clear()
            components.delivery_worker.wake()

    async def _watchdog(self, scheduler: Scheduler, components: Components) -> None:
        """Feed the service manager's watchdog, but only while tick and delivery make progress."""
        seconds = service.watchdog_seconds()
        while True:
            await asyncio.sleep(seconds or 3600)
            if seconds and self._alive(scheduler, components):
                service.notify("WATCHDOG=1")

    # ------------------------------------------------------------------ reload

    async def _watch_config(self, components: Components, clock: Clock) -> None:
        """Follow edits and SIGHUP; a bad edit leaves the last good configuration in force and notifies the admins."""
        edits = asyncio.create_task(self._edits(components.live.now.config.fingerprint))
        try:
            while True:
                await self._reload.wait()
                self._reload.clear()
                await self._try_reload(components, clock)
        finally:
            edits.cancel()
            await asyncio.gather(edits, return_exceptions=True)

    async def _edits(self, seen: Fingerprint) -> None:
        async for _ in changes(self._path, self._stop, seen):
            self._reload.set()

    async def _try_reload(self, components: Components, clock: Clock) -> None:
        if self._preparation is not None:
            await self._preparation.compiled.wait()
        try:
            config = await asyncio.to_thread(load, self._path)
            rules = await compile_rules(config, components.live.now.rules)
            notifiers = make_notifiers(config)
            lock_bot(components.bot_lock, config)
        except MonitorError as error:  # also: a secret's file cannot be read, another daemon has the new bot
            components.housekeeping.bad_config(_refused(error, components.housekeeping.phrases))
            return
        components.housekeeping.bad_config(None)
        if config != components.live.now.config:
            await self._apply(components, config, rules, clock)
        # Also where nothing changed: a chat may take messages again, and a secret's file may hold another one.
        await components.delivery_worker.reconfigure(config.all_channels, notifiers, expire=config.delivery.expire)
        if self._bot_runner is not None:
            await self._bot_runner.follow(config)
        log.info("configuration reloaded", sources=len(config.sources), watchlists=len(config.watchlists))

    async def _apply(self, components: Components, config: Config, rules: Rules, clock: Clock) -> None:
        """Put a good configuration into force, but for its channels."""
        before = components.live.now
        if (config.storage.url, config.web.listen) != (before.config.storage.url, before.config.web.listen):
            log.warning("storage.url and web.listen take effect at the next start")
        hide_token(config)
        fetcher = make_fetcher(config)
        if isinstance(before.fetcher, HttpFetcher):
            fetcher.take_over(before.fetcher)
        components.live.now = InForce(rules, fetcher)
        if self._preparation is not None:
            self._preparation.recheck()
        await components.store.run(lambda tx: tx.sync_sources(config.sources, clock.now()))
        components.housekeeping.announce_soon()
        _log_warnings(config)
        # Requests under way still use the old connections; they end within their deadline.
        asyncio.get_running_loop().call_later(60, lambda: asyncio.ensure_future(before.fetcher.close()))


def _log_warnings(config: Config) -> None:
    for warning in config.warnings:
        log.warning("configuration", note=warning)


def _refused(error: MonitorError, phrases: Phrases) -> str:
    """Log every problem of an edit; return the first one, and how many more there are."""
    problems = [str(problem) for problem in error.problems] if isinstance(error, ConfigError) else [str(error)]
    for problem in problems:
        log.error("bad configuration, the last good one stays", problem=problem)
    more, first = len(problems) - 1, problem_text(problems[0], phrases.language)
    return phrases.text("config line", problem=first, n=more) if more else first
