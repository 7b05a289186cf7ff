"""The wall clock of a process is set forward and back while alerts are queued."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from doubles import clock_process, faketime
from doubles.clock_process import CHAT
from doubles.daemon import until
from doubles.faketime import WallClock
from doubles.patience import HANG
from doubles.telegram import Fault, TelegramDouble, compare

from monitor.store import open_store

pytestmark = pytest.mark.network

SENDING = frozenset({"sendMessage"})


@pytest.fixture
def wall(tmp_path: Path) -> WallClock:
    library = faketime.library()
    if library is None:
        pytest.skip("libfaketime is not installed: no clock can be set here")
    found = WallClock(library, tmp_path / "clock")
    if not found.works():
        pytest.skip(f"{library} does not set the clock of this Python")
    return found


class ClockProcess:
    """The process, and all that it says on standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.log = ""

    async def add(self, *names: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for name in names:
            self._process.stdin.write(f"{name}\n".encode())
            assert await asyncio.wait_for(self._process.stdout.readline(), HANG) == f"{name}\n".encode()

    async def listen(self) -> None:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            self.log += line.decode()


@contextlib.asynccontextmanager
async def running(url: str, api: str, wall: WallClock) -> AsyncIterator[ClockProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, clock_process.__file__, url, api,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ | wall.environ,
    )  # fmt: skip
    made = ClockProcess(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), HANG) == 0, made.log
        await listening


def told(api: TelegramDouble) -> int:
    return sum("No. " in line["text"] for line in api.sent(CHAT))


async def test_a_clock_that_is_set_loses_doubles_and_holds_up_nothing(tmp_path: Path, wall: WallClock) -> None:
    """Both times the lane waits for an hour of the wall clock: Telegram told it to pause."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    async with TelegramDouble() as api, running(url, api.url, wall) as process:
        for seconds, names in ((7200, range(4)), (0, range(4, 8))):
            pause = Fault("before", "429", SENDING, times=1, skip=1)
            api.faults = [pause, Fault("after", "drop", SENDING, times=1)]
            await process.add(*(f"No. {number}" for number in names))
            await until(partial(_struck, pause), f"the pause\n{process.log}")
            wall.set(seconds)
            await until(partial(_all_told, api, names.stop), f"the last alert\n{process.log}")
    store = open_store(url, read_only=True)
    with store.begin() as tx:
        rows = tx.deliveries()
    store.close()
    assert process.log.count("the wall clock was set") == 2
    assert [row.state for row in rows] == ["sent"] * 8
    assert told(api) == 8
    assert compare(api.ledger.lines, rows).clean


def _struck(fault: Fault) -> bool:
    return fault.struck > 0


def _all_told(api: TelegramDouble, count: int) -> bool:
    return told(api) >= count
