from __future__ import annotations

import asyncio

import pytest

from monitor.dispatch.local import REST, LocalDispatcher
from monitor.errors import StoreError, UnreadableError
from monitor.model import Outcome, Result


class Work:
    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.started: list[int] = []
        self.crashes: list[tuple[str, int]] = []

    async def unit(self, ident: int) -> Outcome:
        self.started.append(ident)
        await self.gate.wait()
        return Outcome(Result.DONE)

    async def broken(self, ident: int) -> Outcome:
        raise ZeroDivisionError

    async def crashed(self, kind: str, ident: int, error: BaseException) -> None:
        self.crashes.append((kind, ident))


async def test_one_unit_never_runs_twice_at_once_and_room_is_bounded() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"poll": work.unit}, {"poll": 2}, work.crashed)
    assert dispatcher.submit("poll", 1, "A")
    assert not dispatcher.submit("poll", 1, "A")
    assert dispatcher.submit("poll", 2, "B")
    assert not dispatcher.submit("poll", 3, "C")
    work.gate.set()
    await dispatcher.idle()
    assert work.started == [1, 2]
    assert dispatcher.submit("poll", 1, "A")
    await dispatcher.idle()
    assert work.started == [1, 2, 1]


async def test_a_bug_is_told_and_frees_the_room() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"read": work.broken}, {"read": 1}, work.crashed)
    assert dispatcher.submit("read", 7, "A")
    await dispatcher.idle()
    assert work.crashes == [("read", 7)]
    assert dispatcher.room("read") == 1


async def test_one_source_never_takes_all_places() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"read": work.unit}, {"read": 8}, work.crashed)
    many = [dispatcher.submit("read", ident, "many") for ident in range(2000)]
    assert sum(many) == 2
    assert dispatcher.crowded("read", "many")
    assert not dispatcher.crowded("read", "one")
    assert dispatcher.submit("read", 3000, "one")
    work.gate.set()
    await dispatcher.idle()
    assert not dispatcher.crowded("read", "many")


async def test_suspect_sources_have_a_room_of_their_own() -> None:
    work, bad = Work(), {f"bad {number}" for number in range(50)}
    dispatcher = LocalDispatcher({"read": work.unit}, {"read": 8}, work.crashed, bad.__contains__)
    assert sum(dispatcher.submit("read", number, f"bad {number}") for number in range(50)) == 2
    assert dispatcher.crowded("read", "bad 49"), "all of them together"
    assert dispatcher.room("read") == 8
    assert sum(dispatcher.submit("read", 100 + number, f"good {number}") for number in range(50)) == 8
    bad.add("good 0")
    assert dispatcher.room("read") == 1, "what turns out to be suspect gives its place back"
    assert dispatcher.submit("read", 200, "good 50")
    work.gate.set()
    await dispatcher.idle()
    assert dispatcher.room("read") == 8


class Panic(BaseException):
    """No Exception, as a library of another language raises it."""


@pytest.mark.parametrize("bug", [MemoryError, RecursionError, SystemExit, Panic, asyncio.CancelledError])
async def test_whatever_escapes_a_unit_is_recorded(bug: type[BaseException]) -> None:
    work = Work()

    async def fails(_: int) -> Outcome:
        raise bug

    dispatcher = LocalDispatcher({"read": fails}, {"read": 1}, work.crashed)
    assert dispatcher.submit("read", 7, "A")
    await dispatcher.idle()
    assert work.crashes == [("read", 7)]
    assert await dispatcher.perform("read", 8) is None
    assert work.crashes == [("read", 7), ("read", 8)]


@pytest.mark.parametrize("end", [KeyboardInterrupt, GeneratorExit])
async def test_what_ends_the_process_goes_on(end: type[BaseException]) -> None:
    work = Work()

    async def fails(_: int) -> Outcome:
        raise end

    with pytest.raises(end):
        await LocalDispatcher({"read": fails}, {"read": 1}, work.crashed).perform("read", 7)
    assert work.crashes == []


async def test_a_bug_in_recording_a_bug_rests_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, tries = 1000.0, 0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    async def fails(_: int) -> Outcome:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError

    async def crashed(kind: str, ident: int, error: BaseException) -> None:
        raise KeyError

    dispatcher = LocalDispatcher({"poll": fails}, {"poll": 1}, crashed)
    for seconds in (REST, 2 * REST, 4 * REST):
        assert dispatcher.submit("poll", 1, "A")
        await dispatcher.idle()
        now += seconds - 1
        assert not dispatcher.submit("poll", 1, "A")
        now += 1
    assert tries == 3


@pytest.mark.parametrize("bug", [False, True])
async def test_a_unit_rests_where_the_database_refuses_and_its_server_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, bug: bool
) -> None:
    now, asked = 1000.0, 0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    async def poll(ident: int) -> Outcome:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ZeroDivisionError if bug else StoreError("no room left on its disk")
        return Outcome(Result.DONE)

    async def crashed(kind: str, ident: int, error: BaseException) -> None:
        raise StoreError("no room left on its disk")

    dispatcher = LocalDispatcher({"poll": poll}, {"poll": 1}, crashed)
    assert dispatcher.submit("poll", 1, "A")
    await dispatcher.idle()
    assert not dispatcher.submit("poll", 1, "A")
    now += REST
    assert dispatcher.submit("poll", 1, "A")
    await dispatcher.idle()
    assert asked == 2
    assert dispatcher.submit("poll", 1, "A"), "what went well does not rest"
    await dispatcher.idle()


async def test_drain_starts_nothing_more_and_cancels_what_is_late() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"poll": work.unit}, {"poll": 5}, work.crashed)
    dispatcher.submit("poll", 1, "A")
    await asyncio.sleep(0)
    await dispatcher.drain(0.01)
    assert dispatcher.busy == 0
    assert not dispatcher.submit("poll", 2, "A")
    assert work.crashes == []


async def test_what_can_never_be_read_is_its_rows_fault_and_not_the_databases() -> None:
    work = Work()

    async def unreadable(_: int) -> Outcome:
        raise UnreadableError("a stored list of hits cannot be read")

    dispatcher = LocalDispatcher({"read": unreadable}, {"read": 1}, work.crashed)
    assert await dispatcher.perform("read", 7) is None
    assert work.crashes == [("read", 7)]
    assert not dispatcher.rests("read", 7), "its row says when it is tried again"


async def test_a_fault_that_cannot_be_recorded_as_its_row_cannot_be_read_rests_longer_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    async def unreadable(*_: object) -> Outcome:
        raise UnreadableError("a stored source cannot be read")

    dispatcher = LocalDispatcher({"read": unreadable}, {"read": 1}, unreadable)  # type: ignore[arg-type]
    for rest in (REST, 2 * REST, 4 * REST):
        await dispatcher.perform("read", 7)
        now += rest - 1
        assert dispatcher.rests("read", 7)
        now += 2
        assert not dispatcher.rests("read", 7)
