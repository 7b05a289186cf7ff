"""The wall clock is set at any moment of the daemon's work: polls go on in their rhythm, and nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.patience import HANG
from doubles.store_samples import NOW, add, source
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor import scheduler as scheduling
from monitor.clock import MonotonicSteadyClock, SystemClock
from monitor.dispatch.local import LocalDispatcher
from monitor.errors import FetchError, FetchKind
from monitor.extract import refresh
from monitor.model import Config, Outcome, Polling, Result, State
from monitor.pipeline.discovery import FeedFinder
from monitor.pipeline.poll import Poller
from monitor.pipeline.timekeeping import ClockWatch
from monitor.ports import Request, Response
from monitor.scheduler import IntervalTrigger, Scheduler
from monitor.sources import discovery
from monitor.store import open_store

DAY = 86400.0
EVERY = 120.0
STEP = 6.0
JUMPS = [sign * size for size in (3600.0, DAY, 30 * DAY, 400 * DAY) for sign in (1, -1)]


class Recorder:
    """A `ports.Dispatcher` that notes what it is given."""

    def __init__(self) -> None:
        self.count = 0
        self.asked = asyncio.Event()

    def submit(self, kind: str, ident: int, source: str) -> bool:
        del kind, ident, source
        self.count += 1
        self.asked.set()
        return True

    def room(self, kind: str) -> int:
        return 1

    def crowded(self, kind: str, source: str) -> bool:
        return False

    def under_way(self, kind: str, ident: int) -> bool:
        return False

    def when_free(self, callback: Callable[[str], None]) -> None:
        """Nothing ends here."""

    async def drain(self, timeout: float) -> None:
        return


async def nothing() -> None:
    return


# ---------------------------------------------------------------------- any moment of a poll


@dataclass
class Site:
    """Feeds that answer when the test lets them."""

    host: FixedClock
    gates: list[asyncio.Event] = field(default_factory=list)
    asked: dict[str, list[float]] = field(default_factory=dict)

    async def fetch(self, request: Request) -> Response:
        self.asked.setdefault(request.url, []).append(self.host.mono)
        gate = asyncio.Event()
        self.gates.append(gate)
        await gate.wait()
        if "slow" in request.url and len(self.asked[request.url]) % 2:
            raise FetchError("another feed of the host was told to wait", FetchKind.PACED, retry_after=EVERY / 2)
        return Response(url=request.url, status=200, headers=(), body=b"as before")

    def answer(self) -> None:
        while self.gates:
            self.gates.pop().set()

    async def close(self) -> None:
        return


class Same:
    """A source type, and the sandbox that runs it: a feed without entries."""

    def request(self, source: object, state: object) -> Request:
        del state
        return Request(source.url)  # type: ignore[attr-defined]

    def parse(self, *_: object) -> object:
        raise AssertionError("never called")

    async def run(self, function: object, *_: object, **__: object) -> object:
        from monitor.model import ParsedFeed

        del function
        return ParsedFeed(title="", entries=())

    async def close(self) -> None:
        return


MOMENTS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0.5, 20.0)),
        st.tuples(st.just("set"), st.sampled_from(JUMPS)),
        st.tuples(st.just("answer"), st.just(0.0)),
        st.tuples(st.just("tick"), st.just(0.0)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(MOMENTS)
@example([("tick", 0.0), ("set", DAY), ("answer", 0.0), ("tick", 0.0)])  # a poll that ends between jump and tick
@example([("tick", 0.0), ("set", -DAY), ("answer", 0.0), ("tick", 0.0)])
@example([("tick", 0.0), ("set", 400 * DAY), ("tick", 0.0), ("answer", 0.0), ("set", -400 * DAY), ("tick", 0.0)])
def test_polls_keep_their_rhythm_wherever_the_clock_is_set(moments: Sequence[tuple[str, float]]) -> None:
    asyncio.run(_poll_through(moments))


async def _poll_through(moments: Sequence[tuple[str, float]]) -> None:
    host = FixedClock(NOW)
    clock = MonotonicSteadyClock(host)
    store = open_store("sqlite://", clock_now=clock.now)
    site, same = Site(host), Same()
    poller = Poller(
        store=store,
        live=in_force(Config(polling=Polling(catch_up=3600.0)), site),
        sandbox=same,  # type: ignore[arg-type]
        types={"feed": same},  # type: ignore[dict-item]
        finder=FeedFinder(discovery.look, refresh.target),
        clock=clock,
        rng=random.Random(1),
        asked=lambda: None,
    )
    dispatcher = LocalDispatcher({"poll": poller.poll, "read": _never}, {"poll": 9, "read": 9}, _crashed)
    keeper = ClockWatch(store, clock, "boot")
    ticker = Scheduler(
        store=store, dispatcher=dispatcher, clock=clock, follow_clock=keeper.follow, housekeeping=nothing
    )
    with store.begin() as tx:
        tx.sync_sources([source("A", every=EVERY), source("slow", every=EVERY)], clock.now())
        row = add(tx, "waiting", expires_at=clock.now() + timedelta(days=2))

    async def act(kind: str, value: float) -> None:
        if kind == "pass":
            host.pass_(value)
        elif kind == "set":
            host.set_wall(value)
        elif kind == "answer":
            site.answer()
        else:
            await ticker.tick()
        for _ in range(0 if kind in {"pass", "set"} else 2):
            await store.run(lambda _: None)
            await asyncio.sleep(0)

    for kind, value in moments:
        await act(kind, value)
    begun = host.mono
    for kind, value in int(3 * EVERY / STEP) * (("tick", 0.0), ("answer", 0.0), ("pass", STEP)):
        await act(kind, value)
    await dispatcher.drain(1.0)
    check(site, begun)
    with store.begin() as tx:
        expired = tx.expire_deliveries(clock.now())
        found = tx.delivery(row)
        assert expired == []
        assert found is not None
        assert found.state == State.READY
    store.close()


def check(site: Site, begun: float) -> None:
    """No source waits for more than two intervals after `begun`, and none is asked more often than it may be."""
    for asked in site.asked.values():
        late = [two - one for one, two in pairwise([begun, *(at for at in asked if at > begun), site.host.mono])]
        assert max(late) <= 2 * EVERY + 2 * STEP
        assert len(asked) <= (site.host.mono - 1000.0) / (EVERY / 2 - STEP) + 3, "no burst"


async def _never(ident: int) -> Outcome:
    del ident
    return Outcome(Result.DONE)


async def _crashed(kind: str, ident: int, error: BaseException) -> None:
    raise AssertionError(f"{kind} {ident}: {error!r}")


# ---------------------------------------------------------------------- the real APScheduler


def test_the_trigger_knows_no_missed_runs() -> None:
    trigger = IntervalTrigger(0.5)
    for previous in (None, NOW, NOW - timedelta(days=400), NOW + timedelta(days=400)):
        assert trigger.get_next_fire_time(previous, NOW) == NOW + timedelta(seconds=0.5)


@pytest.mark.parametrize("jump", [-400 * DAY, -3600.0, 3600.0, 400 * DAY])
async def test_apscheduler_goes_on_and_stops_whenever_the_clock_is_set(
    monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    offset = timedelta()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + offset

    class Host(SystemClock):
        def now(self) -> datetime:
            return Shifted.now(UTC)

    counted = 0

    class Counted(IntervalTrigger):
        def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
            nonlocal counted
            counted += 1
            return super().get_next_fire_time(previous_fire_time, now)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Shifted)
    monkeypatch.setattr(scheduling, "datetime", Shifted)
    monkeypatch.setattr(scheduling, "IntervalTrigger", Counted)
    clock = MonotonicSteadyClock(Host())
    store = open_store("sqlite://", clock_now=clock.now)
    with store.begin() as tx:
        tx.sync_sources([source("A")], clock.now())
    recorder = Recorder()
    ticker = Scheduler(
        store=store,
        dispatcher=recorder,
        clock=clock,
        follow_clock=ClockWatch(store, clock).follow,
        housekeeping=nothing,
        tick=0.05,
    )
    ticker.start()
    await asyncio.wait_for(recorder.asked.wait(), HANG)
    offset = timedelta(seconds=jump)
    counted, before = 0, recorder.count
    while recorder.count < before + 3:
        recorder.asked.clear()
        await asyncio.wait_for(recorder.asked.wait(), HANG)
    await ticker.stop()
    assert counted < 3 * (recorder.count - before) + 10, "one look a tick, whatever was missed"
    assert abs((clock.now() - Shifted.now(UTC)).total_seconds()) < 60
    store.close()
