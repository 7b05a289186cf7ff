"""The queue of tasks: processes that start at the same time, and a server that refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import procrastinate
import psycopg
import pytest

from monitor.dispatch.tasks import TaskQueue
from monitor.errors import StoreError


@pytest.fixture
def address(server: str) -> str:
    return server.replace("postgresql+psycopg://", "postgresql://")


async def test_processes_that_start_at_once_make_the_tables_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has asked whether there are tables, and heard no, before the first of them makes them."""
    count, asked, all_asked = 5, list[bool](), asyncio.Event()
    check = procrastinate.App.check_connection_async

    async def check_together(app: Any) -> bool:
        asked.append(await check(app))
        if len(asked) == count:
            all_asked.set()
        await all_asked.wait()
        return asked[-1]

    monkeypatch.setattr(procrastinate.App, "check_connection_async", check_together)

    async def start(number: int) -> int:
        queue = TaskQueue(address, f"process {number}")
        async with queue.opened():
            return await queue.length()

    assert await asyncio.gather(*map(start, range(count))) == [0] * count
    assert asked == [False] * count


@pytest.fixture
def refusing(address: str) -> str:
    """A database in which procrastinate cannot make its tables."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TYPE procrastinate_job_status AS ENUM ('another program has this name')")
    return address


async def test_what_the_server_says_of_the_tables_is_told_as_an_error_of_the_database(refusing: str) -> None:
    with pytest.raises(StoreError, match="procrastinate_job_status") as caught:
        async with TaskQueue(refusing, "process").opened():
            pass
    assert not caught.value.retryable
