from __future__ import annotations

import asyncio
import errno
import gc
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from multiprocessing import forkserver, synchronize
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from doubles.fork_server import own_fork_server
from doubles.patience import HANG
from doubles.sandbox_tasks import (
    add,
    burn,
    crowd,
    end,
    fail,
    first_time_linger,
    hog,
    hold,
    hold_for_a_while,
    limits,
    linger,
    niceness,
    open_many,
    resident,
    write,
)

from monitor.errors import ParseError, SandboxError, SandboxUnavailableError
from monitor.sandbox import ChildSandbox, InlineSandbox, LoneChild
from monitor.sandbox.child import Child, Usage, _hung_fork_server_killed
from monitor.sandbox.pools import PoolKind
from monitor.sandbox.sandbox import SandboxTiming


@pytest.fixture(scope="module", autouse=True)
def fork_server() -> Iterator[None]:
    """Begin without the fork server of other tests, which has more loaded: that counts as its children's memory."""
    with own_fork_server():
        yield


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[ChildSandbox]:
    box = ChildSandbox(workers=1, memory=256 * 1024 * 1024, wall=30.0, preload=())
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
    await until(lambda: not Path(f"/proc/{first}").exists())  # the fork server has to see its end


async def test_a_child_that_takes_too_much_is_refused_memory(sandbox: ChildSandbox) -> None:
    with pytest.raises(SandboxError, match="256 MB"):
        await sandbox.run(hog)
    assert await sandbox.run(add, 1, 1) == 2


async def test_a_child_gives_back_what_a_large_task_freed(sandbox: ChildSandbox) -> None:
    before = await sandbox.run(resident)
    assert await sandbox.run(crowd, 100_000) == 100_000
    assert await sandbox.run(resident) - before < 50_000_000


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
    box = ChildSandbox(preload=())
    await box.close()
    assert not any(pool.children or pool.starting for pool in box._pools.values())


async def test_inline() -> None:
    box = InlineSandbox()
    assert await box.run(add, 2, 3) == 5
    with pytest.raises(ParseError):
        await box.run(fail)
    await box.close()


async def test_cpu_time_is_limited_also_in_code_that_does_not_come_back(sandbox: ChildSandbox) -> None:
    sandbox._cpu = 1.0
    for _ in range(2):
        with pytest.raises(SandboxError, match="killed after 1 s of CPU time") as caught:
            await sandbox.run(burn)
        assert not caught.value.retryable
    assert await sandbox.run(add, 1, 1) == 2


async def test_each_task_has_its_own_cpu_time(sandbox: ChildSandbox) -> None:
    soft = [await sandbox.run(resource.getrlimit, resource.RLIMIT_CPU) for _ in range(2)]
    assert {limit for limit, _ in soft} <= {8, 9}
    assert soft[0][1] == resource.getrlimit(resource.RLIMIT_CPU)[1], "the hard limit stays: the next task needs more"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("exit", "SystemExit: 3"),
        ("interrupt", "KeyboardInterrupt"),
        ("cancelled", "CancelledError"),
        ("panic", "Panic: of Rust"),
        ("stubborn", "Stubborn: stubborn"),
        ("stop", "StopIteration"),
        ("deep", "too deep"),
    ],
)
async def test_whatever_a_task_raises_is_an_exception_here_and_the_child_lives(
    sandbox: ChildSandbox, how: str, said: str
) -> None:
    child = await sandbox.run(os.getpid)
    with pytest.raises(RuntimeError, match=said):
        await sandbox.run(end, how)
    assert await sandbox.run(os.getpid) == child


async def until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 — another process makes it so
        await asyncio.sleep(0.01)


async def written(path: Path) -> int:
    await until(path.exists)
    return int(await asyncio.to_thread(path.read_text, encoding="ascii"))


async def test_a_task_whose_child_is_killed_from_outside_is_tried_again(sandbox: ChildSandbox, tmp_path: Path) -> None:
    task = asyncio.create_task(sandbox.run(first_time_linger, str(tmp_path / "pid"), source="A"))
    os.kill(await written(tmp_path / "pid"), signal.SIGKILL)
    assert await task == "answered"
    assert not sandbox.is_suspect("A")


async def test_a_task_whose_child_is_killed_twice_is_given_up(sandbox: ChildSandbox, tmp_path: Path) -> None:
    task = asyncio.create_task(sandbox.run(first_time_linger, str(tmp_path / "pid"), source="A"))
    for _ in range(2):
        os.kill(await written(tmp_path / "pid"), signal.SIGKILL)
        (tmp_path / "pid").unlink()
    with pytest.raises(SandboxError, match=r"killed twice \(signal 9\)") as caught:
        await task
    assert not caught.value.retryable
    assert sandbox.is_suspect("A")


async def test_when_the_fork_server_is_killed_another_one_is_started(sandbox: ChildSandbox, tmp_path: Path) -> None:
    task = asyncio.create_task(sandbox.run(first_time_linger, str(tmp_path / "pid")))
    await written(tmp_path / "pid")
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]
    assert await task == "answered"
    assert await sandbox.run(add, 1, 1) == 2


async def test_a_fork_server_that_hangs_is_replaced(sandbox: ChildSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await sandbox.run(add, 1, 1) == 2
    monkeypatch.setattr("monitor.sandbox.child._STILL", 0.2)
    server: int = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    os.kill(server, signal.SIGSTOP)
    with pytest.raises(SandboxUnavailableError), LoneChild(256 * 1024 * 1024, ()):
        pass
    with LoneChild(256 * 1024 * 1024, ()) as child:
        assert child.run(add, 2, 3, cpu=60.0) == 5
    assert forkserver._forkserver._forkserver_pid != server  # type: ignore[attr-defined]
    assert await sandbox.run(add, 1, 1) == 2


@pytest.mark.parametrize("step", [0.0, 0.01], ids=["runnable", "at work"])
def test_a_fork_server_that_loads_slowly_is_left_alone(step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = [0.0]
    seen = threading.Event()

    def usage(_pid: int) -> Usage:
        looked.append(looked[-1] + step)
        if len(looked) > 5:
            seen.set()
        return Usage(looked[-1], runnable=not step)

    monkeypatch.setattr("monitor.sandbox.child._STILL", 0.01)
    monkeypatch.setattr("monitor.sandbox.child._server", lambda: 4_000_000)  # above all PIDs
    monkeypatch.setattr("monitor.sandbox.child._usage", usage)
    with structlog.testing.capture_logs() as logged, _hung_fork_server_killed():
        assert seen.wait(HANG)
    assert logged == []


@pytest.fixture
async def impatient() -> AsyncIterator[ChildSandbox]:
    box = ChildSandbox(workers=1, preload=(), timing=SandboxTiming(patience=0.0, start_again=(0.0, 0.0, 0.0)))
    yield box
    await box.close()


async def test_where_no_child_can_be_started_nobody_is_to_blame(
    impatient: ChildSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(memory: int, preload: object) -> Child:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    with monkeypatch.context() as patch:
        patch.setattr(Child, "start", refuse)
        for _ in range(3):
            with pytest.raises(SandboxUnavailableError, match="no child process can be started") as caught:
                await impatient.run(add, 1, 1, source="A")
            assert caught.value.retryable
        assert impatient.trouble == "no child process can be started (OSError: [Errno 12] Cannot allocate memory)"
        assert not impatient.is_suspect("A")
    assert await impatient.run(add, 1, 1, source="A") == 2
    assert impatient.trouble is None


BRISK = SandboxTiming(quick=0.1, in_the_way=0.1, look=0.02)


@pytest_asyncio.fixture
async def two() -> AsyncIterator[ChildSandbox]:
    box = ChildSandbox(workers=2, cpu=600.0, wall=600.0, preload=(), timing=BRISK)
    await box.run(add, 1, 1)
    yield box
    await box.close()


async def under_way(box: ChildSandbox, count: int) -> list[int]:
    """Wait until so many children work outside the fast pool, or beyond their time."""

    def runs() -> list[int]:
        return [run.child.pid for run in box._runs.values() if run.overdue or run.pool.kind is not PoolKind.FAST]

    await until(lambda: len(runs()) >= count)
    return runs()


@pytest.mark.parametrize("task", [burn, linger])
async def test_nobody_waits_behind_tasks_that_take_long(two: ChildSandbox, task: Any) -> None:
    args = (600.0,) if task is linger else ()
    slow = [asyncio.create_task(two.run(task, *args, source=f"bad {number}")) for number in range(6)]
    for number in range(20):
        assert await two.run(add, number, 1, source=f"good {number}") == number + 1
        assert not any(each.done() for each in slow), "they would have been in the way for ten minutes"
    await under_way(two, 1)
    assert sum(len(pool.children) + pool.starting for pool in two._pools.values()) <= 4
    assert any(two.is_suspect(f"bad {number}") for number in range(6))
    for each in slow:
        each.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert await two.run(add, 1, 1) == 2


async def test_the_slow_lane_is_polite_and_keeps_its_child(two: ChildSandbox) -> None:
    slow = asyncio.create_task(two.run(linger, 600.0, source="bad"))
    (pid,) = await under_way(two, 1)
    assert await two.run(niceness, source="good") == os.nice(0)
    assert os.getpriority(os.PRIO_PROCESS, pid) == 10
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert await two.run(niceness, source="bad") == 10, "its next task begins there"
    assert not two.is_suspect("bad"), "which was quick"


async def test_what_killed_a_child_runs_in_quarantine(two: ChildSandbox) -> None:
    with pytest.raises(SandboxError):
        await two.run(os._exit, 9, source="bad")
    assert two.is_suspect("bad")
    for _ in range(3):
        assert await two.run(niceness, source="bad") == 10
    assert await two.run(niceness, source="bad") == 0, "it has behaved"


async def test_a_child_is_replaced_after_many_tasks() -> None:
    box = ChildSandbox(workers=1, preload=(), timing=SandboxTiming(recycle_after=2))
    pids = [await box.run(os.getpid) for _ in range(4)]
    await box.close()
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_a_child_that_has_grown_for_good_is_replaced() -> None:
    box = ChildSandbox(workers=1, preload=(), timing=SandboxTiming(grown=32 * 1024 * 1024))
    pids = [await box.run(hold, size) for size in (0, 16_000_000, 24_000_000, 0)]
    await box.close()
    assert pids[0] == pids[1] == pids[2] != pids[3]


async def test_a_child_that_gives_its_memory_back_is_kept() -> None:
    box = ChildSandbox(workers=1, preload=(), timing=SandboxTiming(grown=32 * 1024 * 1024))
    pids = [await box.run(hold_for_a_while, 200_000_000) for _ in range(3)]
    await box.close()
    assert len(set(pids)) == 1


async def test_children_of_the_other_lanes_end_when_they_are_not_needed() -> None:
    box = ChildSandbox(workers=2, cpu=600.0, wall=600.0, preload=(), timing=SandboxTiming(idle=0.0))
    with pytest.raises(SandboxError):
        await box.run(os._exit, 9, source="bad")
    pid = await box.run(os.getpid, source="bad")
    await until(lambda: not (box._pools[PoolKind.QUARANTINE].children or box._jobs))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert await box.run(add, 1, 1, source="bad") == 2
    await box.close()


async def test_idle_children_of_the_fast_pool_end_and_come_again() -> None:
    box = ChildSandbox(workers=2, cpu=600.0, wall=600.0, preload=(), timing=SandboxTiming(idle=0.0))
    pids = [await box.run(os.getpid)]
    await until(lambda: not (box._pools[PoolKind.FAST].children or box._jobs))
    pids.append(await box.run(os.getpid))
    assert pids[0] != pids[1]
    await box.close()


async def test_a_child_with_work_does_not_end_as_idle() -> None:
    """At each look it had a task since the last one."""
    box = ChildSandbox(workers=1, cpu=600.0, wall=600.0, preload=(), timing=SandboxTiming(idle=3600.0))
    rests: list[Callable[[], None]] = []
    loop = asyncio.get_running_loop()
    real = loop.call_later

    def later(delay: float, callback: Callable[..., None], *args: Any) -> asyncio.TimerHandle:
        if delay == 3600.0:
            rests.append(callback)
        return real(delay, callback, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "call_later", later)
        pids = {await box.run(os.getpid)}
        for _ in range(3):
            pids.add(await box.run(os.getpid))
            rests.pop()()
        assert len(pids) == 1
        rests.pop()()
        assert not box._pools[PoolKind.FAST].children
    await box.close()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no list of semaphores")
async def test_no_process_and_no_semaphore_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    make = synchronize.SemLock._make_name  # type: ignore[attr-defined]

    def noted() -> str:
        names.append(make())
        return names[-1]

    monkeypatch.setattr(synchronize.SemLock, "_make_name", staticmethod(noted))
    box = ChildSandbox(workers=2, preload=())
    pids = [await box.run(os.getpid)]
    for source in ("a", "b"):
        with pytest.raises(SandboxError):
            await box.run(os._exit, 9, source=source)
        pids.append(await box.run(os.getpid, source=source))
    busy = asyncio.create_task(box.run(linger, 600.0))
    await asyncio.sleep(0)
    await box.close()
    with pytest.raises(SandboxError, match="stopping"):
        await busy
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    del box
    gc.collect()
    assert names
    assert not {f"sem.{name.lstrip('/')}" for name in names} & set(os.listdir("/dev/shm"))  # noqa: PTH208


def test_children_start_where_the_temporary_directory_has_a_long_path(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 90)
    folder.mkdir()
    code = """
import asyncio, os
from monitor.sandbox import ChildSandbox

async def main():
    box = ChildSandbox(workers=1, memory=256 * 1024 * 1024, wall=30.0, preload=())
    print(await box.run(abs, -5))
    await box.close()

if __name__ == "__main__":
    asyncio.run(main())
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("5\n", "")
    assert list(folder.iterdir()) == []
