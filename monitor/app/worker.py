"""One process of many on a database: it joins, does its roles, follows the shared configuration, and beats."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from monitor import __version__, data, service
from monitor import log as logs
from monitor.app import shared_config
from monitor.app.compile import outline
from monitor.app.configuration import load
from monitor.app.last_resort import LastResort, arm_nothing
from monitor.app.life import STUCK
from monitor.app.listener import WebListener
from monitor.app.preparation import compile_rules
from monitor.app.roles import ALL, LED, BeatRhythm, RoleContext, keep_reading, lead, running
from monitor.app.server_clock import ServerClock
from monitor.app.shared_pace import CLOSED, DatabasePace
from monitor.app.wiring import Components, hide_token, make_fetcher
from monitor.background import wait_at_most
from monitor.config.reload import changes
from monitor.dispatch.remote import SILENT
from monitor.errors import ConfigError, LostStoreError, MonitorError, SchemaError, StoreError
from monitor.extract.encoder import use_one_thread
from monitor.fetch.client import HttpFetcher
from monitor.model import Config, ProcessState
from monitor.pipeline.live import InForce, Live
from monitor.pipeline.ruleset import Rules
from monitor.sandbox import ChildSandbox
from monitor.store import Database, DatabaseLock, Transaction, open_store
from monitor.store.listen import listen

if TYPE_CHECKING:
    from monitor.web.server import WebServer

log = structlog.get_logger(__name__)

_BEAT = 2.0  # seconds between two signs of life
_AHEAD = 5.0  # seconds by which a host's clock may differ from the database's without a word
_TOPICS = (
    *("monitor_news", "monitor_outbox", "monitor_retry", "monitor_regrouped"),
    *("monitor_read", "monitor_ended", CLOSED, shared_config.CHANGED),
)
_COMPILING = {"judge", "bot", "web"}
_SWITCH = 0.0005
_TRY_AGAIN = 60.0  # seconds until a shared configuration that cannot be used here is read again: a secret may be there


def run(path: Path, roles: Collection[str] = ALL, places: int | None = None, listen_on: str | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code: 75 where another version has changed the database."""
    config = load(path)
    if config.dispatch != "procrastinate":
        raise ConfigError.of(path, "dispatch", "`monitor worker` needs `dispatch: procrastinate`: see docs/scale.md")
    logs.configure(config.log.level, config.log.format)
    logs.log_uncaught()
    hide_token(config)
    sys.setswitchinterval(_SWITCH)
    try:
        asyncio.run(WorkerProcess(config, roles, places, listen_on, LastResort().arm).run())
    except SchemaError as error:  # of this process alone: another version of it is started in its place
        raise StoreError(str(error), retryable=True) from error
    return 0


class WorkerProcess:
    """The process, until a signal ends it."""

    def __init__(
        self,
        config: Config,
        roles: Collection[str],
        places: int | None = None,
        listen_on: str | None = None,
        on_end: Callable[[], None] = arm_nothing,
    ) -> None:
        self._on_end = on_end  # called when the process begins to stop
        self._path = config.path
        self._roles = tuple(role for role in ALL if role in roles)
        self._places = places or config.polling.concurrency
        self._listen = listen_on if listen_on is not None else config.web.listen if "web" in self._roles else ""
        self._config = self._here(config)
        self._instance = secrets.token_hex(8)
        self._stop = asyncio.Event()
        self._clock = ServerClock()
        self._leading: set[str] = set()
        self._version = 0
        self._tried = (0, 0.0)  # the version that was tried last, and when, by the monotonic clock
        self._problem: str | None = None
        self._outdated = False
        self._edited = asyncio.Event()
        self._web: WebListener | None = None
        self._context: RoleContext | None = None
        self._seen_ahead = False
        self._untold: list[Callable[[Config], Awaitable[None]]] = []  # roles that do not go by what is in force

    async def run(self) -> None:
        """Run until stopped. Raises StoreError where the database cannot be used."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end_soon)
        loop.add_signal_handler(signal.SIGHUP, self._edited.set)
        log.info("starting", version=__version__, roles=",".join(self._roles), instance=self._instance)
        data.preload()
        base = await asyncio.to_thread(
            open_store, self._config.storage.url, clock_now=self._clock.now, instance=self._instance
        )  # not in the loop, which a server that stands still would keep from hearing of SIGTERM
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(base.close)
            held = stack.enter_context(await asyncio.to_thread(base.join))
            await self._clock.follow(base)
            if "read" in self._roles:
                use_one_thread()
            sandbox = ChildSandbox()
            stack.push_async_callback(sandbox.close)
            await self._follow_shared_at_start(base)
            pace = DatabasePace(base)
            now = InForce(outline(self._config), make_fetcher(self._config, pace))
            context = RoleContext(
                url=self._config.storage.url,
                instance=self._instance,
                places=self._places,
                clock=self._clock,
                base=base,
                pace=pace,
                lives=[Live(now) for _ in range(4)],
                sandbox=sandbox,
                compiled=asyncio.Event(),
                problem=lambda: _problem_of(base),
                rhythm=BeatRhythm(time.monotonic(), time.monotonic()),
            )
            self._context = context
            stack.push_async_callback(self._close_fetcher, context)
            await self._serve(context, held)
        log.info("stopped")
        if self._outdated:
            raise StoreError("another version has changed the database: start this process with that", retryable=True)

    def _end_soon(self) -> None:
        self._on_end()
        self._stop.set()

    def _here(self, config: Config) -> Config:
        """Return the configuration with the address that this process listens on: whether it is loopback counts."""
        return replace(config, web=replace(config.web, listen=self._listen))

    async def _serve(self, context: RoleContext, held: DatabaseLock) -> None:
        await self._beat(context)
        roles = [
            asyncio.create_task(lead(context, role, self._stop, self._leading), name=role)
            for role in self._roles
            if role in LED
        ]
        if "read" in self._roles:
            roles.append(asyncio.create_task(keep_reading(context, self._stop), name="read"))
        in_turn = context.open_in_turn()
        self._web, parts = self._make_web(context, in_turn)
        self._web.start()
        service.notify("READY=1")

        def heard(topic: str, text: str) -> None:
            for call in [*context.heard.get(topic, ())]:
                call(text)

        with (
            context.hearing(shared_config.CHANGED, lambda _: self._edited.set()),
            context.hearing(CLOSED, context.pace.hear_closed),
        ):
            beside = (
                listen(context.base.address, _TOPICS, heard, self._instance),
                self._beats(context, held),
                _endless(self._compile(context)),
                self._follow_config(context),
                _endless(self._watch_files()),
                _endless(self._web.run()),
                context.relay(parts.judge.written, context.lives[3]),
                self._feed_watchdog(),
            )
            async with running(*beside) as tasks:
                ended = asyncio.create_task(self._stop.wait())
                await asyncio.wait([ended, *tasks, *roles], return_when=asyncio.FIRST_COMPLETED)
                if not ended.done():
                    _log_reason([*tasks, *roles])
                self._end_soon()
                service.notify("STOPPING=1")
                log.info("stopping")
                await asyncio.wait([ended, *roles])
                failed = [task for task in (*tasks, *roles) if task.done() and not task.cancelled()]
                await self._web.stop()
                in_turn.close()
                with contextlib.suppress(StoreError):
                    await context.base.run(lambda tx: tx.end_process(self._instance))
            for task in failed:
                task.result()

    # ------------------------------------------------------------------ signs of life

    async def _beats(self, context: RoleContext, held: DatabaseLock) -> None:
        """Beat; end the process where a daemon has taken the database for itself, or another version has changed it."""
        while True:
            try:
                await asyncio.to_thread(held.keep)
                await self._beat(context)
                if await asyncio.to_thread(context.base.is_newer):
                    log.warning("another version has changed the database; this process ends")
                    self._outdated = True
                    self._stop.set()
            except LostStoreError:
                raise
            except StoreError as error:
                log.debug("no sign of life could be written", error=str(error))
            await asyncio.sleep(_BEAT)

    async def _beat(self, context: RoleContext) -> None:
        ahead = await self._clock.follow(context.base)
        if abs(ahead) > _AHEAD and not self._seen_ahead:
            self._seen_ahead = True
            log.warning("this host's clock differs from the database's, which is followed", seconds=round(ahead, 1))
        state = ProcessState(
            self._instance,
            socket.gethostname(),
            os.getpid(),
            self._roles,
            __version__,
            self._places if "read" in self._roles else 0,
            ok=bool(self._health()["ok"]),
            web=self._web.address if self._web else "",
            configuration=self._version,
            problem=self._problem,
        )

        def beat(tx: Transaction) -> int:
            tx.beat(state)
            return tx.shared_version()

        version = await context.base.run(beat)
        context.rhythm.note(time.monotonic())
        if version > self._version and "bot" not in self._leading and self._is_to_try(version):
            self._edited.set()

    def _is_to_try(self, version: int) -> bool:
        """Return whether to read a shared configuration: one that cannot be used here is read again after a while."""
        tried, when = self._tried
        return version != tried or time.monotonic() >= when + _TRY_AGAIN

    def _health(self) -> dict[str, object]:
        """Return what `/healthz` answers: whether it gives signs of life, and the roles that it leads make progress.

        `silent` are the seconds since the database took a sign of life.
        """
        context = self._context
        silent = 0.0 if context is None else time.monotonic() - context.rhythm.last
        checks = {} if context is None else {role: check() for role, check in context.checks.items()}
        served = self._web is None or not self._web.error
        moves = silent < STUCK and all(check["ok"] for check in checks.values())
        return {
            "ok": not self._stop.is_set() and served and moves,
            "silent": round(silent, 1),
            "checks": checks,
            "instance": self._instance,
            "roles": list(self._roles),
            "leads": sorted(self._leading),
            "configuration": self._version,
            "problem": self._problem,
        }

    def _make_web(self, context: RoleContext, store: Database) -> tuple[WebListener, Components]:
        """Return the web server: health and figures of this process; in the role web, page and callbacks as well."""
        parts = context.components(store, context.lives[3])

        def make(host: str, port: int) -> WebServer:
            from monitor.app.page import make_page
            from monitor.web.server import WebServer, make_app

            page = make_page(parts, self._config) if "web" in self._roles else None
            app = make_app(
                self._health,
                lambda: {"ok": True},
                lambda: self._config.web.names,
                parts.subscriber if page else None,
                page,
            )
            return WebServer(app, host, port, page.close if page else None)

        return WebListener(make, self._listen, parts.housekeeping.bad_web), parts

    @staticmethod
    async def _feed_watchdog() -> None:
        seconds = service.watchdog_seconds()
        while True:
            await asyncio.sleep(seconds or 3600)
            if seconds:
                service.notify("WATCHDOG=1")

    # ------------------------------------------------------------------ configuration

    async def _follow_shared_at_start(self, base: Database) -> None:
        """Begin with the files that the processes share, where there are any, and not with this host's own."""
        shared = await base.run(lambda tx: tx.shared_files())
        if shared is None:
            return
        self._tried = shared.version, time.monotonic()
        try:
            self._config = self._here(await asyncio.to_thread(shared_config.load_shared, shared.files, self._path))
            self._version = shared.version
        except ConfigError as error:
            self._problem = str(error.problems[0])
            log.warning("the shared configuration cannot be used here; this host's own is", problem=self._problem)

    async def _compile(self, context: RoleContext) -> None:
        """Compile the watchlists, for the roles that need it, and for those that may need it when they lead."""
        if _COMPILING & set(self._roles):
            rules = await compile_rules(self._config)
            self._put_in_force(context, self._config, rules)
        context.compiled.set()

    async def _watch_files(self) -> None:
        async for _ in changes(self._path, self._stop, self._config.fingerprint):
            self._edited.set()

    async def _follow_config(self, context: RoleContext) -> None:
        """Put edits into force: who leads the bot publishes its files, the others follow what is published."""
        await context.compiled.wait()
        published = False
        while True:
            await wait_at_most(self._edited, _BEAT)
            asked = self._edited.is_set()
            self._edited.clear()
            leads = "bot" in self._leading
            if not asked and published == leads:
                continue
            try:
                published = await (self._publish(context) if leads else self._follow(context))
            except ConfigError as error:
                before, self._problem = self._problem, str(error.problems[0])
                published = leads
                if self._problem != before:
                    log.warning("bad configuration, the last good one stays", problem=self._problem)
            except MonitorError as error:
                log.warning("the configuration cannot be followed now", error=str(error))
                await asyncio.sleep(1.0)
                self._edited.set()

    async def _publish(self, context: RoleContext) -> bool:
        """Check this host's files, publish them and put them into force."""
        config = self._here(await asyncio.to_thread(load, self._path))
        rules = await compile_rules(config, context.lives[1].now.rules)
        files = await asyncio.to_thread(shared_config.files_of, config)
        host = socket.gethostname()

        def publish(tx: Transaction) -> int:
            before, version = tx.shared_version(), tx.publish_files(files, host)
            if version != before:  # this process hears it as well, and would publish without end
                tx.signal(shared_config.CHANGED)
            return version

        version = await context.base.run(publish)
        await self._apply(context, config, rules, version)
        return True

    async def _follow(self, context: RoleContext) -> bool:
        shared = await context.base.run(lambda tx: tx.shared_files())
        if shared is None or shared.version == self._version:
            return False
        self._tried = shared.version, time.monotonic()
        config = self._here(await asyncio.to_thread(shared_config.load_shared, shared.files, self._path))
        if _COMPILING & set(self._roles):
            rules = await compile_rules(config, context.lives[1].now.rules)
        else:
            rules = outline(config)
        await self._apply(context, config, rules, shared.version)
        return False

    async def _apply(self, context: RoleContext, config: Config, rules: Rules, version: int) -> None:
        """Put a configuration into force, and tell the roles; a try that failed goes on with those not told yet."""
        if config != self._config:
            self._put_in_force(context, config, rules)
            self._untold = [*context.reloaded]
            log.info("configuration reloaded", version=version, sources=len(config.sources))
        while self._untold:
            if self._untold[0] in context.reloaded:  # else its role has ended, and begins with what is in force
                await self._untold[0](config)
            del self._untold[0]
        self._version, self._problem = version, None

    def _put_in_force(self, context: RoleContext, config: Config, rules: Rules) -> None:
        before = context.lives[0].now
        self._config = config
        hide_token(config)
        fetcher = make_fetcher(config, context.pace)
        if isinstance(before.fetcher, HttpFetcher):
            fetcher.take_over(before.fetcher)
        now = InForce(rules, fetcher)
        for live in context.lives:
            live.now = now
        asyncio.get_running_loop().call_later(60, lambda: asyncio.ensure_future(before.fetcher.close()))

    @staticmethod
    async def _close_fetcher(context: RoleContext) -> None:
        await context.lives[0].now.fetcher.close()


def _log_reason(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Log at once why the process ends by itself: the error is raised only once its roles have ended."""
    for task in tasks:
        if task.done() and not task.cancelled():
            log.error("a part of this process ended, and the process with it", part=task.get_name(), error=_told(task))


def _told(task: asyncio.Task[Any]) -> str:
    error = task.exception()
    return "it came to its end" if error is None else str(error) if isinstance(error, MonitorError) else repr(error)


async def _endless(work: Awaitable[None]) -> None:
    """Do work that comes to its end, and wait: the end of a task is the end of the process."""
    await work
    await asyncio.Event().wait()


async def _problem_of(base: Database) -> str | None:
    """Return why a process goes by an older configuration; None where none does."""
    seen = await base.run(lambda tx: tx.processes())
    alive = [each.state for each in seen if each.silent < SILENT and each.state.problem]
    return next((f"{state.host}: {state.problem}" for state in alive), None)
