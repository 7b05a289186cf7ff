"""The sandbox: assigns tasks to child processes, and replaces children that exceed their limits.

No task waits behind hostile ones: a task of more than a second (a fifth of one, where others wait) leaves the fast
pool together with its child, and a spare child takes that one's place; where the slow pool is taken, the task begins
anew there once somebody waits. Sources that killed a child share one child of their own until they have behaved. Within
a pool sources take turns.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from pebble import ProcessExpired

from monitor.errors import SandboxError, SandboxUnavailableError
from monitor.sandbox.child import Child, Usage
from monitor.sandbox.pools import Pool, PoolKind, Task, TrackRecord
from monitor.threads import call_on, in_daemon_thread

log = structlog.get_logger(__name__)

T = TypeVar("T")

MEMORY = 512 * 1024 * 1024  # bytes
CPU = 8.0  # seconds a task; the slowest honest feed of some hundreds took under one
WALL = 60.0  # seconds; only for a child that is stuck: on a busy machine honest work takes many times its CPU time
_LEAST, _MOST = 2, 4  # children of the fast pool
_SERVER_GONE = 255  # exit code of children whose fork server is gone, and with it all of them
_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, _SERVER_GONE}

# Loaded once, in the fork server, in this order. Names, not imports: this room does not know its siblings. The first is
# what multiprocessing makes each child import, as the daemon's main module.
PARSERS = (
    "monitor.__main__",
    "monitor.sandbox",
    "monitor.sources.warm",
    "monitor.extract.warm",
    "monitor.sandbox.settled",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTiming:
    """When a task is in the way of others, and how long children live; in seconds where nothing else is said."""

    quick: float = 1.0
    in_the_way: float = 0.2
    """CPU time that is too long where others wait: honest tasks take a tenth of it."""

    look: float = 0.1
    """Between two looks at a task that is not quick."""

    wary: float = 30.0
    """After a slow task, in which sources that are not known as quick leave one child free."""

    idle: float = 60.0
    """After which children that have nothing to do end; a new one takes a tenth of a second."""

    patience: float = 20.0
    """That a task waits where no child can be started."""

    start_again: tuple[float, ...] = (0.2, 1.0, 5.0)
    """Between tries to start a child."""

    recycle_after: int = 2_000
    """Tasks of one child: lxml and feedparser grow slowly."""

    grown: int = 64 * 1024 * 1024
    """Bytes by which a child that is ready for its next task may have grown: it has given back what its heap can. One
    long page may leave 130 MB, of which small pieces hold each page."""


USUAL = SandboxTiming()


@dataclass(eq=False, slots=True)
class _RunningTask:
    """A task in a child."""

    task: Task
    child: Child
    pool: Pool
    started: float
    before: Usage | None  # the child's, before the task
    seen: Usage | None = None  # at the last look
    timer: asyncio.TimerHandle | None = None
    overdue: bool = False  # it should leave the fast pool, and the slow one is taken


class ChildSandbox:
    """A `ports.Sandbox` of child processes. Children start as they are needed.

    `workers` is the number of children of the fast pool, `memory` is in bytes a child, the other limits are in seconds.
    """

    def __init__(
        self,
        workers: int | None = None,
        memory: int = MEMORY,
        cpu: float = CPU,
        wall: float = WALL,
        preload: Sequence[str] = PARSERS,
        timing: SandboxTiming = USUAL,
    ) -> None:
        fast = workers or min(_MOST, max(_LEAST, os.cpu_count() or 1))
        self._pools = {kind: Pool(kind, fast if kind is PoolKind.FAST else 1) for kind in PoolKind}
        self._memory, self._cpu, self._wall, self._preload = memory, cpu, wall, tuple(preload)
        self._timing = timing
        self._records: dict[str, TrackRecord] = defaultdict(TrackRecord)
        self._runs: dict[Child, _RunningTask] = {}
        self._jobs: set[asyncio.Task[None]] = set()  # starts and ends of children
        self._resting: dict[PoolKind, asyncio.TimerHandle] = {}
        self._wary_until = 0.0
        self._start_failures = 0
        self._start_after = 0.0
        self._closed = False
        self.trouble: str | None = None

    def is_suspect(self, source: str) -> bool:
        """Return whether a source's tasks are kept out of the fast pool, where they may wait long."""
        return source in self._records and self._records[source].kind is not PoolKind.FAST

    async def run(self, function: Callable[..., T], *args: Any, source: str = "", timeout: float | None = None) -> T:
        """Run `function(*args)` in a child; all of it must be picklable.

        `source` is the one that the task is for: sources take turns. `timeout` in seconds replaces the limit of wall
        time. Raises what the function raises, SandboxError where the child was killed or ran out of memory, and
        SandboxUnavailableError where no child can be had.
        """
        if self._closed:
            raise SandboxError("the daemon is stopping")
        loop = asyncio.get_running_loop()
        task = Task(function, args, source, timeout or self._wall, loop.time(), loop.create_future())
        self._put(task)
        self._pump()
        try:
            result: T = await task.future
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        return result

    async def close(self) -> None:
        """Kill all children, busy ones too. Tasks that wait for them raise SandboxError."""
        self._closed = True
        for timer in self._resting.values():
            timer.cancel()
        for pool in self._pools.values():
            for task in pool.waiting.empty():
                self._fail(task, SandboxError("the daemon is stopping"))
            for child in tuple(pool.children):
                run = self._runs.get(child)
                if run is not None:
                    self._fail(run.task, SandboxError("the daemon is stopping"))
                self._end(pool, child)
        while self._jobs:
            await asyncio.gather(*self._jobs, return_exceptions=True)

    # ------------------------------------------------------------------ who is next

    def _put(self, task: Task, *, first: bool = False) -> None:
        self._pools[self._records[task.source].kind].waiting.put(task, first=first)

    def _pump(self) -> None:
        """Assign waiting tasks to idle children, and start the children that are missing."""
        if self._closed:
            return
        for pool in self._pools.values():
            while pool.idle and (task := pool.waiting.take(self._may_start)):
                self._begin(pool, pool.idle.pop(), task)
            missing = len(pool.waiting) - len(pool.idle) - pool.starting
            while missing > 0 and not pool.full and self._now() >= self._start_after:
                missing -= 1
                pool.starting += 1
                self._job(self._start(pool))
            self._rest_later(pool)
        self._make_way()

    def _may_start(self, source: str) -> bool:
        """Return whether a source may have the next child; under load one is reserved for quick sources."""
        record = self._records[source]
        fast = self._pools[PoolKind.FAST]
        if record.quick or record.kind is not PoolKind.FAST or fast.size == 1 or self._now() >= self._wary_until:
            return True
        busy = [run for run in self._runs.values() if run.pool is fast]
        return sum(not self._records[run.task.source].quick for run in busy) < fast.size - 1

    def _begin(self, pool: Pool, child: Child, task: Task) -> None:
        run = _RunningTask(task, child, pool, self._now(), child.usage())
        try:
            future = child.schedule(task.function, task.args, self._cpu)
        except RuntimeError:  # it was killed while it was idle
            self._end(pool, child)
            self._died(run, _SERVER_GONE)
            return
        self._runs[child] = run
        loop = asyncio.get_running_loop()
        run.timer = loop.call_later(min(self._timing.in_the_way, task.wall), self._look, run)
        future.add_done_callback(lambda done: call_on(loop, self._ended, run, done))

    # ------------------------------------------------------------------ a task that takes long

    def _look(self, run: _RunningTask) -> None:
        """Check on a task that has run for a while, repeatedly."""
        if self._runs.get(run.child) is not run:
            return
        age = self._now() - run.started
        if age >= run.task.wall:
            self._end(run.pool, run.child)
            self._blame(run, f"killed after {run.task.wall:g} s")
            return
        if run.pool.kind is PoolKind.FAST and not run.overdue and self._is_slow(run, age):
            self._records[run.task.source].took_long()
            self._wary_until = self._now() + self._timing.wary
            run.overdue = True
        self._pump()
        if self._runs.get(run.child) is run:
            wait = max(min(self._timing.look, run.task.wall - age), 0.01)
            run.timer = asyncio.get_running_loop().call_later(wait, self._look, run)

    def _is_slow(self, run: _RunningTask, age: float) -> bool:
        """Return whether a task has used its CPU time, or is stuck; wall time alone proves little on a busy machine."""
        limit = self._timing.in_the_way if self._pools[PoolKind.FAST].waiting else self._timing.quick
        before, run.seen = run.seen, run.child.usage()
        if run.seen is None or run.before is None:
            return age >= limit
        if run.seen.cpu - run.before.cpu >= limit:
            return True
        idle = before is not None and before.cpu == run.seen.cpu and not (before.runnable or run.seen.runnable)
        return idle and age >= self._timing.quick

    def _make_way(self) -> None:
        """Move an overdue task out of the fast pool: with its child where the slow pool is free, else restarted."""
        fast, slow = self._pools[PoolKind.FAST], self._pools[PoolKind.SLOW]
        for run in [run for run in self._runs.values() if run.overdue]:
            if self._runs.get(run.child) is not run:
                continue
            if slow.full and slow.idle:
                self._end(slow, slow.idle[0])
            if not slow.full:
                run.overdue = False
                fast.drop(run.child)
                slow.children.add(run.child)
                run.pool = slow
                run.child.lower()
                self._pump()
            elif fast.waiting and fast.full:  # an idle child, if any, is kept for others
                self._end(fast, run.child)
                log.debug("a slow task begins anew in the slow pool", source=run.task.source)
                run.task.since = self._now()
                self._put(run.task, first=True)
                self._pump()

    # ------------------------------------------------------------------ a task that has ended

    def _ended(self, run: _RunningTask, future: Future[Any]) -> None:
        if self._runs.get(run.child) is not run:
            return  # killed, or nobody waits for it
        error = BrokenProcessPool() if future.cancelled() else future.exception()
        if isinstance(error, ProcessExpired | BrokenProcessPool):
            self._end(run.pool, run.child)
            self._died(run, error.exitcode if isinstance(error, ProcessExpired) else _SERVER_GONE)
            return
        if isinstance(error, MemoryError):
            self._end(run.pool, run.child)
            self._blame(run, f"more than {self._memory // 1024**2} MB were needed")
            return
        self._records[run.task.source].ended(quick=self._was_quick(run))
        self._finish(run)
        if not run.task.future.done():
            if error is None:
                run.task.future.set_result(future.result())
            else:
                run.task.future.set_exception(error)
        self._pump()

    def _was_quick(self, run: _RunningTask) -> bool:
        if self._now() - run.started < self._timing.quick:
            return True
        after = run.child.usage()
        return after is not None and run.before is not None and after.cpu - run.before.cpu < self._timing.quick

    def _finish(self, run: _RunningTask) -> None:
        """Make the child ready for the next task."""
        del self._runs[run.child]
        if run.timer is not None:
            run.timer.cancel()
        if run.child.tasks >= self._timing.recycle_after or run.child.grown() > self._timing.grown:
            self._end(run.pool, run.child)
        else:
            run.pool.idle.append(run.child)

    def _died(self, run: _RunningTask, code: int | None) -> None:
        """Handle a child's death by its exit code; a task whose child was killed from outside is tried once more."""
        if code == -signal.SIGXCPU:
            self._blame(run, f"killed after {self._cpu:g} s of CPU time")
        elif code not in _FROM_OUTSIDE:
            self._blame(run, f"the child died (exit code {code})")
        elif run.task.deaths == 0:
            run.task.deaths += 1
            run.task.since = self._now()
            self._put(run.task, first=True)
            self._pump()
        elif code == _SERVER_GONE:
            self._fail(run.task, SandboxUnavailableError("all children were killed"))
            self._pump()
        else:
            self._blame(run, f"the child was killed twice (signal {-(code or 0)})")

    def _blame(self, run: _RunningTask, why: str) -> None:
        self._records[run.task.source].killed()
        self._wary_until = self._now() + self._timing.wary
        self._fail(run.task, SandboxError(why, retryable=False))
        self._pump()

    @staticmethod
    def _fail(task: Task, error: SandboxError) -> None:
        if not task.future.done():
            task.future.set_exception(error)

    def _abandon(self, task: Task) -> None:
        """Forget a task whose caller was cancelled."""
        for pool in self._pools.values():
            pool.waiting.remove(task)
        for run in [run for run in self._runs.values() if run.task is task]:
            self._end(run.pool, run.child)
        self._pump()

    # ------------------------------------------------------------------ children

    async def _start(self, pool: Pool) -> None:
        try:
            # A stopped fork server would hang it: the daemon must be able to end all the same.
            child = await in_daemon_thread(lambda: Child.start(self._memory, self._preload), "sandbox")
        except Exception as error:  # noqa: BLE001 — multiprocessing and pebble raise many kinds; all are one outcome
            pool.starting -= 1
            self._start_failed(error)
            return
        pool.starting -= 1
        self._start_failures, self._start_after, self.trouble = 0, 0.0, None
        pool.children.add(child)
        if pool.kind is not PoolKind.FAST:
            child.lower()
        if self._closed:
            self._end(pool, child)
        else:
            pool.idle.append(child)
            self._pump()

    def _start_failed(self, error: Exception) -> None:
        """Retry the start of a child soon; tasks that waited too long raise SandboxUnavailableError."""
        wait = self._timing.start_again[min(self._start_failures, len(self._timing.start_again) - 1)]
        self._start_failures += 1
        self._start_after = self._now() + wait
        log.error("no child process can be started", error=repr(error), tries=self._start_failures)
        if self._start_failures >= len(self._timing.start_again):
            self.trouble = f"no child process can be started ({type(error).__name__}: {error})"
        for pool in self._pools.values():
            for task in pool.waiting.older_than(self._now() - self._timing.patience) if not pool.children else ():
                pool.waiting.remove(task)
                self._fail(task, SandboxUnavailableError("no child process can be started"))
        asyncio.get_running_loop().call_later(wait, self._pump)

    def _end(self, pool: Pool, child: Child) -> None:
        """Kill a child, whatever it does."""
        pool.drop(child)
        run = self._runs.pop(child, None)
        if run is not None and run.timer is not None:
            run.timer.cancel()
        self._job(_stop(child))

    def _job(self, work: Any) -> None:
        job: asyncio.Task[None] = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    def _rest_later(self, pool: Pool) -> None:
        """Schedule the end of a pool's idle children; those that had a task meanwhile are looked at again."""
        if not pool.idle or pool.kind in self._resting:
            return
        seen = {child: child.tasks for child in pool.idle}

        def rest() -> None:
            del self._resting[pool.kind]
            if not pool.waiting:
                for child in [child for child in pool.idle if seen.get(child) == child.tasks]:
                    self._end(pool, child)
            self._rest_later(pool)

        self._resting[pool.kind] = asyncio.get_running_loop().call_later(self._timing.idle, rest)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


class InlineSandbox:
    """A `ports.Sandbox` without children or limits, for tests and trusted input."""

    trouble: str | None = None

    def is_suspect(self, source: str) -> bool:  # noqa: ARG002 — the port's
        """Return False: nothing is watched here."""
        return False

    async def run(
        self,
        function: Callable[..., T],
        *args: Any,
        source: str = "",  # noqa: ARG002 — the port's
        timeout: float | None = None,  # noqa: ARG002
    ) -> T:
        """Run `function(*args)` in a thread."""
        return await asyncio.to_thread(function, *args)

    async def close(self) -> None:
        """Do nothing."""


async def _stop(child: Child) -> None:
    try:
        await in_daemon_thread(child.stop, "sandbox")
    except Exception:  # outermost loop of this work: nobody waits for its end
        log.exception("a child process could not be ended", pid=child.pid)
