from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from doubles.tasks import add, fail, hog, limits, linger, open_many, write

from monitor.errors import ParseError, SandboxError
from monitor.sandbox import ChildSandbox, InlineSandbox


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[ChildSandbox]:
    box = ChildSandbox(workers=1, memory=256 * 1024 * 1024, timeout=30.0, preload=())
    yield box
    await box.close()


async def test_results_and_errors_come_back(sandbox: ChildSandbox) -> None:
    assert await sandbox.run(add, 2, 3) == 5
    assert await sandbox.run(os.getpid) != os.getpid()
    with pytest.raises(ParseError, match="no feed"):
        await sandbox.run(fail)
    assert await sandbox.run(limits) == (1024 * 1024, 0)


async def test_a_child_that_takes_too_long_is_killed_and_replaced(sandbox: ChildSandbox) -> None:
    first = await sandbox.run(os.getpid)
    with pytest.raises(SandboxError, match=r"killed after 0\.2 s"):
        await sandbox.run(linger, 600.0, timeout=0.2)
    second = await sandbox.run(os.getpid)
    assert second != first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


async def test_a_child_that_takes_too_much_is_refused_memory(sandbox: ChildSandbox) -> None:
    with pytest.raises(SandboxError, match="256 MB"):
        await sandbox.run(hog)
    assert await sandbox.run(add, 1, 1) == 2


async def test_a_child_that_dies_is_an_error_and_replaced(sandbox: ChildSandbox) -> None:
    with pytest.raises(SandboxError, match="died"):
        await sandbox.run(os._exit, 9)
    assert await sandbox.run(add, 1, 1) == 2


async def test_a_child_that_is_killed_while_idle_is_replaced(sandbox: ChildSandbox) -> None:
    for _ in range(3):
        os.kill(await sandbox.run(os.getpid), signal.SIGKILL)
        assert await sandbox.run(add, 1, 1) == 2


async def test_files_and_descriptors_are_bounded(sandbox: ChildSandbox, tmp_path: Path) -> None:
    with pytest.raises((OSError, SandboxError)):
        await sandbox.run(write, str(tmp_path / "x"))
    with pytest.raises(OSError, match="Too many open files"):
        await sandbox.run(open_many)


async def test_a_cancelled_task_frees_its_child(sandbox: ChildSandbox) -> None:
    await sandbox.run(add, 1, 1)
    task = asyncio.create_task(sandbox.run(linger, 600.0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await sandbox.run(add, 1, 1) == 2


async def test_closing_ends_what_is_under_way() -> None:
    box = ChildSandbox(workers=1, preload=())
    await box.run(add, 1, 1)
    task = asyncio.create_task(box.run(linger, 600.0))
    await asyncio.sleep(0)
    await box.close()
    with pytest.raises(SandboxError, match="stopping"):
        await task
    with pytest.raises(SandboxError, match="stopping"):
        await box.run(add, 1, 1)
    await box.close()


async def test_closing_before_the_first_task_starts_nothing() -> None:
    await ChildSandbox(preload=()).close()


async def test_inline() -> None:
    box = InlineSandbox()
    assert await box.run(add, 2, 3) == 5
    with pytest.raises(ParseError):
        await box.run(fail)
    await box.close()
