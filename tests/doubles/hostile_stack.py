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
from monitor.model import Delivery, Outcome, Result, Source, SourceState
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

    def __init__(
        self,
        sandbox: Sandbox,
        *extra: AllowLoopback,
        host: str = "",
        timezone: str = "UTC",
        url: str = "",
        every: float = 180.0,
    ) -> None:
        """Keep the children; `extra` is allowed beside the servers.

        The hostile feed is at the server's address, or at its name `host`, or at `url` instead.
        """
        self._sandbox = sandbox
        self._extra = extra
        self._host = host
        self._timezone = timezone
        self._url = url
        self._every = every
        self._controls: list[str] = []
        self.control_rows: tuple[str, ...] = ()  # items that the control's feed shows as well
        self.server = RawServer()
        self.control = RawServer("127.0.0.2")
        self.clock = FixedClock()

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        for server in (self.server, self.control):
            await self._stack.enter_async_context(server)
        allow = [self.server.allow(), self.server.allow(self._host), self.control.allow(), *self._extra]
        self.fetcher = HurriedFetcher(HttpFetcher(allow=allow, spacing=0.0, now=self.clock.monotonic), 30.0)
        self._stack.push_async_callback(self.fetcher.close)
        self.store = open_store("sqlite://", clock_now=self.clock.now)
        self._stack.callback(self.store.close)
        self.desk = PipelineHarness(self.store, self.clock, self.fetcher, self._sandbox)
        sources = [
            Source(
                "Hostile", self._url or self.server.url(FEED, self._host), timezone=self._timezone, every=self._every
            ),
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
        rows = [row(title, f"<description>{title[12:][::-1]}</description>") for title in self._controls[:-11:-1]]
        self.control.answers[FEED] = feed(document(*rows, *self.control_rows))
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

    async def told(self) -> list[str]:
        """Return what operators are told by one more look."""
        before = {each.id for each in self.desk.rows()}
        await self.desk.housekeeping.tick()
        rows = [each for each in self.desk.rows() if each.id not in before and each.channel == "admin:7"]
        return [line for each in rows for line in (each.alert.headline, *each.alert.lines)]

    def rows(self) -> list[Delivery]:
        """Return the alerts, less the control's."""
        return [each for each in self.desk.alerts() if each.alert.headline not in self._controls]

    def alerts(self) -> list[str]:
        """Return the headlines that alerts name, less the control's."""
        rows = self.desk.alerts()
        told = {each.alert.headline for each in rows}
        assert set(self._controls[1:]) <= told, "the control source lost an alert"
        return [each.alert.headline for each in self.rows()]
