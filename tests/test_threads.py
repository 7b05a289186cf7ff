from __future__ import annotations

import asyncio
import threading

import pytest

from monitor.threads import call_on, in_daemon_thread, to_the_end


async def test_results_and_errors_come_back_from_a_daemon_thread() -> None:
    assert await in_daemon_thread(lambda: threading.current_thread().name, "its name") == "its name"
    assert await in_daemon_thread(lambda: threading.current_thread().daemon, "its name")

    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await in_daemon_thread(fail, "its name")


async def test_what_comes_after_a_cancellation_is_dropped() -> None:
    go_on, called = threading.Event(), asyncio.Event()
    waiting = asyncio.create_task(in_daemon_thread(go_on.wait, "its name"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    call_on(asyncio.get_running_loop(), called.set)
    await called.wait()


def test_a_loop_that_is_closed_is_called_no_more() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    called: list[int] = []
    call_on(loop, called.append, 1)
    assert called == []


async def test_what_must_not_be_cut_in_two_comes_to_its_end_before_a_cancellation() -> None:
    assert await to_the_end(asyncio.sleep(0, "its result")) == "its result"
    go_on, ended = asyncio.Event(), list[str]()

    async def work() -> None:
        await go_on.wait()
        ended.append("work")

    async def caller() -> None:
        try:
            await to_the_end(work())
        finally:
            ended.append("caller")

    task = asyncio.create_task(caller())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["work", "caller"]


async def test_an_error_of_what_comes_to_its_end_is_raised() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await to_the_end(fail())
