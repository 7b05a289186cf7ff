from __future__ import annotations

import asyncio

import pytest

from monitor.dispatch.local import REST, LocalDispatcher
from monitor.errors import StoreError
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

    async def crashed(self, kind: str, ident: int, error: Exception) -> None:
        self.crashes.append((kind, ident))


async def test_one_unit_never_runs_twice_at_once_and_room_is_bounded() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"poll": work.unit}, {"poll": 2}, work.crashed)
    assert dispatcher.submit("poll", 1)
    assert not dispatcher.submit("poll", 1)
    assert dispatcher.submit("poll", 2)
    assert not dispatcher.submit("poll", 3)
    work.gate.set()
    await dispatcher.idle()
    assert work.started == [1, 2]
    assert dispatcher.submit("poll", 1)
    await dispatcher.idle()
    assert work.started == [1, 2, 1]


async def test_a_bug_is_told_and_frees_the_room() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"read": work.broken}, {"read": 1}, work.crashed)
    assert dispatcher.submit("read", 7)
    await dispatcher.idle()
    assert work.crashes == [("read", 7)]
    assert dispatcher.room("read") == 1


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

    async def crashed(kind: str, ident: int, error: Exception) -> None:
        raise StoreError("no room left on its disk")

    dispatcher = LocalDispatcher({"poll": poll}, {"poll": 1}, crashed)
    assert dispatcher.submit("poll", 1)
    await dispatcher.idle()
    assert not dispatcher.submit("poll", 1)
    now += REST
    assert dispatcher.submit("poll", 1)
    await dispatcher.idle()
    assert asked == 2
    assert dispatcher.submit("poll", 1), "what went well does not rest"
    await dispatcher.idle()


async def test_drain_starts_nothing_more_and_cancels_what_is_late() -> None:
    work = Work()
    dispatcher = LocalDispatcher({"poll": work.unit}, {"poll": 5}, work.crashed)
    dispatcher.submit("poll", 1)
    await asyncio.sleep(0)
    await dispatcher.drain(0.01)
    assert dispatcher.busy == 0
    assert not dispatcher.submit("poll", 2)
    assert work.crashes == []
