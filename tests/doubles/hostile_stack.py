"""Poller, fetcher, children and store as in the daemon, between a hostile server and a control one, on loopback."""

from __future__ import annotations

import random
import string
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Self

from doubles.clock import FixedClock
from doubles.hostile_answers import KNOWN, document, feed, row
from doubles.pipeline_harness import PipelineHarness
from doubles.rawserver import AllowLoopback, Handler, RawServer

from monitor.fetch.client import HttpFetcher
from monitor.model import Outcome, Result, Source, SourceState
from monitor.pipeline.report import overview
from monitor.ports import Request, Response, Sandbox
from monitor.store import open_store

FEED = "/feed"


def headline(n: int) -> str:
    """Return a headline that shares no word but the country's name with any other."""
    rng = random.Random(str(n))
    words = ("".join(rng.choices(string.ascii_lowercase, k=8)) for _ in range(6))
    return f"North Korea {' '.join(words)}"


class HurriedFetcher:
    """The real fetcher, whose requests end after `deadline` seconds."""

    def __init__(self, fetcher: HttpFetcher, deadline: float) -> None:
        self.fetcher = fetcher
        self.deadline = deadline

    async def fetch(self, request: Request) -> Response:
        return await self.fetcher.fetch(replace(request, deadline=min(self.deadline, request.deadline)))

    async def close(self) -> None:
        await self.fetcher.close()


class HostileStack:
    """Two sources, 'Hostile' and 'Control'; every poll of the one goes with a poll of the other that brings news."""

    def __init__(self, sandbox: Sandbox, *extra: AllowLoopback, timezone: str = "UTC", url: str = "") -> None:
        """Keep the children; `extra` is allowed beside the servers, `url` replaces the hostile feed's address."""
        self._sandbox = sandbox
        self._extra = extra
        self._timezone = timezone
        self._url = url
        self._controls: list[str] = []
        self.server = RawServer()
        self.control = RawServer("127.0.0.2")
        self.clock = FixedClock()

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        for server in (self.server, self.control):
            await self._stack.enter_async_context(server)
        allow = [self.server.allow(), self.control.allow(), *self._extra]
        self.fetcher = HurriedFetcher(HttpFetcher(allow=allow, spacing=0.0, now=self.clock.monotonic), 30.0)
        self._stack.push_async_callback(self.fetcher.close)
        self.store = open_store("sqlite://", clock_now=self.clock.now)
        self._stack.callback(self.store.close)
        self.desk = PipelineHarness(self.store, self.clock, self.fetcher, self._sandbox)
        sources = [
            Source("Hostile", self._url or self.server.url(FEED), timezone=self._timezone),
            Source("Control", self.control.url(FEED)),
        ]
        with self.store.begin() as tx:
            tx.sync_sources(sources, self.clock.now())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # ------------------------------------------------------------------ what is served

    def serve(self, answer: bytes | Handler, path: str = FEED) -> None:
        self.server.answers[path] = answer

    def serve_rows(self, *rows: str, headers: tuple[str, ...] = ()) -> None:
        self.serve(feed(document(*rows), *headers))

    def page(self, path: str, answer: bytes | Handler) -> None:
        self.server.answers[path] = answer

    # ------------------------------------------------------------------ what is done

    async def baseline(self) -> None:
        """Read the hostile source once while it is well."""
        self.serve_rows(row(KNOWN))
        assert (await self.poll()).result is Result.DONE

    async def poll(self, after: float = 3600.0) -> Outcome:
        """Poll the control, the hostile source and the control again, and read all that came."""
        self.clock.pass_(after)
        await self._poll_control()
        state = self.state()
        outcome = await self.desk.poller.poll(state.id)
        await self._poll_control()
        while self._pending():
            if not await self.desk.read():
                self.clock.pass_(10)  # pages that fail for a passing reason are asked again
        return outcome

    def _pending(self) -> int:
        with self.store.begin() as tx:
            return tx.pending_count()

    async def _poll_control(self) -> None:
        self._controls.append(headline(len(self._controls)))
        rows = [row(title) for title in reversed(self._controls)]
        self.control.answers[FEED] = feed(document(*rows))
        outcome = await self.desk.poller.poll(self.state("Control").id)
        assert outcome.result is Result.DONE, "the control source lost its rhythm"

    # ------------------------------------------------------------------ what came of it

    def state(self, name: str = "Hostile") -> SourceState:
        with self.store.begin() as tx:
            return next(state for state in tx.source_states() if state.source.name == name)

    def status(self, name: str = "Hostile") -> str:
        """Return the error that `monitor status` shows for the source."""
        with self.store.begin() as tx:
            found = next(state for state in overview(tx, self.clock.now()).states if state.source.name == name)
        return found.error or ""

    def next_poll(self) -> float:
        """Return the seconds until the next poll, counted from the last one."""
        state = self.state()
        assert state.next_poll_at is not None
        assert state.last_poll_at is not None
        return (state.next_poll_at - state.last_poll_at).total_seconds()

    def alerts(self) -> list[str]:
        """Return the headlines that alerts name, less the control's."""
        rows = self.desk.alerts()
        told = {title for each in rows for title in (each.alert.headline, *each.alert.lines)}
        assert set(self._controls[1:]) <= told, "the control source lost an alert"
        return [each.alert.headline for each in rows if each.alert.headline not in self._controls]
