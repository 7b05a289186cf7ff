"""Preparation of judging beside polling and delivery: compile the watchlists, then fill the story index."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from monitor import host
from monitor.app.compile import make_rules
from monitor.app.forms_workers import ShowProgress
from monitor.errors import StoreError
from monitor.model import Config
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import Rules
from monitor.threads import in_daemon_thread

log = structlog.get_logger(__name__)

Report = Callable[[str], Awaitable[None]]
"""Called with what judging waits for."""

_STUCK = 900.0  # seconds without progress; compiling 100,000 terms takes minutes on a slow machine
_LONGEST_WAIT = 30.0  # seconds between two tries to read the database
_REPORT = 1.0  # seconds between two reports


class _StoppedError(Exception):
    """The daemon stops: what is compiled so far is in the cache of forms."""


async def compile_rules(config: Config, before: Rules | None = None, progress: ShowProgress | None = None) -> Rules:
    """Compile as `make_rules` does, in a thread for which no end of the process waits. Raises ConfigError.

    It takes minutes where no forms are kept, or where others need the processor: a stop must not wait for it.
    """
    stopping = threading.Event()

    def show(done: int, total: int) -> None:
        if stopping.is_set():
            raise _StoppedError
        if progress is not None:
            progress(done, total)

    try:
        return await in_daemon_thread(lambda: make_rules(config, before, progress=show), "compile")
    finally:
        stopping.set()


class Preparation:
    """Makes the judge ready, in the background, and updates its index when the catalogue changes.

    `report` is given the state once a second until it is 'ready'.
    """

    def __init__(self, judge: Judge, report: Report | None = None) -> None:
        self._judge = judge
        self._report = report
        self._forms = ""
        self._changed = asyncio.Event()
        judge.loading.settle = _freeze_loaded
        self._seen: tuple[object, ...] = ()
        self._moved = time.monotonic()
        self.compiled = asyncio.Event()
        """Set when the judge has its rules: a reload must not compile at the same time."""
        self.judging = asyncio.Event()
        """Set when articles are judged: work that no alert waits for begins then."""

    @property
    def state(self) -> str:
        """Return 'ready', or what judging waits for."""
        loading = self._judge.loading
        if loading.ready:
            return "ready"
        if not self.compiled.is_set():
            return f"compiling watchlists{self._forms}"
        return f"index loading {loading.done}/{loading.total}"

    def moves(self) -> bool:
        """Return whether the judge is ready, or the preparation got further within a quarter of an hour."""
        now, state = time.monotonic(), (self.state, self._forms)
        if state != self._seen:
            self._seen, self._moved = state, now
        return self._judge.loading.ready or now - self._moved < _STUCK

    def recheck(self) -> None:
        """Check whether the catalogue in force changed: the configuration was reloaded."""
        self._changed.set()

    async def prepare(self, *, patient: bool = False) -> None:
        """Compile the rules and fill the index. Raises ConfigError where a watchlist does not compile.

        Raises StoreError where the database cannot be read; `patient`: tries again until it can.
        """
        begun = time.monotonic()
        reporting = asyncio.create_task(self._reporting(), name="report")
        try:
            if not self.compiled.is_set():
                rules = await self._compile()
                live = self._judge.live
                live.now = replace(live.now, rules=rules)
                self.compiled.set()
            await self._fill(patient=patient)
            _freeze_loaded()
            await asyncio.to_thread(host.trim_heap)  # compiling leaves much free
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
        self.judging.set()
        loading = self._judge.loading
        log.info(
            "judging begins",
            live_articles=len(self._judge.index),
            examined=loading.examined,
            seconds=round(time.monotonic() - begun, 1),
        )
        await self._send_report()

    async def run(self) -> None:
        """Prepare, then follow the catalogue until cancelled. Raises ConfigError as `prepare` does."""
        await self.prepare(patient=True)
        while True:
            try:
                await self._judge.refresh()
            except StoreError as error:
                log.warning("entities of live articles cannot be found anew yet", error=str(error))
                await asyncio.sleep(_LONGEST_WAIT)
                continue
            await self._changed.wait()
            self._changed.clear()

    async def _compile(self) -> Rules:
        def progress(done: int, total: int) -> None:
            self._forms = f" {done}/{total}"

        return await compile_rules(self._judge.live.now.config, progress=progress)

    async def _fill(self, *, patient: bool) -> None:
        wait = 1.0
        while True:
            try:
                await self._judge.load()
            except StoreError as error:
                if not patient:
                    raise
                log.warning("the story index cannot be filled yet; articles wait", error=str(error), again_in=wait)
            else:
                return
            await asyncio.sleep(wait)
            wait = min(_LONGEST_WAIT, 2 * wait)

    async def _reporting(self) -> None:
        while True:
            await self._send_report()
            await asyncio.sleep(_REPORT)

    async def _send_report(self) -> None:
        if self._report is not None:
            await self._report(self.state)


def _freeze_loaded() -> None:
    """Exclude what is loaded (code, rules, the index) from the collection of cycles: it stays, and has few.

    Else each of its full rounds stops everything: .1 s for the code, .2 s more at 10,000 articles in the window.
    """
    gc.collect(1)
    gc.freeze()
