from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from doubles.patience import HANG

from monitor.errors import FetchError
from monitor.fetch.pace import RequestThrottle


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


async def hold(pace: RequestThrottle, host: str, until: asyncio.Event, inside: list[str]) -> None:
    async with pace.slot(host):
        inside.append(host)
        await until.wait()
        inside.remove(host)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_host_gets_its_share_and_no_more(time: Time) -> None:
    pace, until, inside = RequestThrottle(10, 2, 0.0, time), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(hold(pace, host, until, inside)) for host in ["a"] * 5 + ["b"] * 3]
    await settle()
    assert sorted(inside) == ["a", "a", "b", "b"]
    until.set()
    await asyncio.gather(*tasks)


async def test_all_hosts_together_are_bounded(time: Time) -> None:
    pace, until, inside = RequestThrottle(3, 2, 0.0, time), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(hold(pace, f"h{n}", until, inside)) for n in range(9)]
    await settle()
    assert len(inside) == 3
    until.set()
    await asyncio.gather(*tasks)


async def test_slow_hosts_leave_places_to_others(time: Time) -> None:
    pace, inside = RequestThrottle(4, 2, 0.0, time), list[str]()
    for n in range(8):
        async with pace.slot(f"slow{n}"):
            time.seconds += 20.0
    until = asyncio.Event()
    tasks = [asyncio.create_task(hold(pace, f"slow{n}", until, inside)) for n in range(8)]
    await settle()
    assert len(inside) == 2
    async with asyncio.timeout(HANG):
        async with pace.slot("quick"):
            pass
    until.set()
    await asyncio.gather(*tasks)


async def test_a_closed_host_is_refused_until_its_time(time: Time) -> None:
    pace = RequestThrottle(4, 2, 0.0, time)
    pace.close_host("a", 120.0)
    with pytest.raises(FetchError) as caught:
        async with pace.slot("a"):
            pass
    assert caught.value.retry_after == 120.0
    async with pace.slot("b"):
        pass
    time.seconds += 121
    async with pace.slot("a"):
        pass


async def test_silence_is_a_day_at_most(time: Time) -> None:
    pace = RequestThrottle(4, 2, 0.0, time)
    pace.close_host("a", 1e12)
    time.seconds += 24 * 3600 + 1
    async with pace.slot("a"):
        pass


async def test_cancelled_waiters_leave_no_hole(time: Time) -> None:
    pace, until, inside = RequestThrottle(1, 1, 0.0, time), asyncio.Event(), list[str]()
    first = asyncio.create_task(hold(pace, "a", until, inside))
    waiting = [asyncio.create_task(hold(pace, "a", until, inside)) for _ in range(5)]
    await settle()
    for task in waiting:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    until.set()
    await first
    async with asyncio.timeout(HANG), pace.slot("a"):
        pass
