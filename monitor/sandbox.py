"""Child processes that are killed when they exceed their time or memory, and replaced.

Parsers of feeds and pages meet hostile input; a few kilobytes can cost them minutes. Children come from a fork server
that has the parsers loaded, so that a fresh one costs milliseconds. A child that outlives the daemon ends by itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from monitor.errors import SandboxError

T = TypeVar("T")

MEMORY = 512 * 1024 * 1024  # bytes
TIMEOUT = 8.0  # seconds; the slowest honest feed of some hundreds took under one
_FILE_SIZE = 1024 * 1024  # bytes that a child may write to any one file
_DESCRIPTORS = 64
_PATIENCE = 12.0  # seconds beyond a task's own limit without any task ending
_RECYCLE_AFTER = 2_000  # tasks; lxml and feedparser grow slowly
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# Loaded once, in the fork server. Names, not imports: this room does not know its siblings.
PARSERS = ("monitor.sources.warm", "monitor.extract.warm")


class ChildSandbox:
    """A `ports.Sandbox` of child processes."""

    def __init__(
        self,
        workers: int | None = None,
        memory: int = MEMORY,
        timeout: float = TIMEOUT,
        preload: Sequence[str] = PARSERS,
    ) -> None:
        """Keep the limits: `memory` in bytes a child, `timeout` in seconds a task. Children start at the first task."""
        self._workers = workers or min(4, os.cpu_count() or 1)
        self._memory = memory
        self._timeout = timeout
        self._preload = tuple(preload)
        self._pool: ProcessPool | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._progress = 0.0  # when a task last ended, on the monotonic clock
        self._under_way: set[Future[Any]] = set()

    async def run(self, function: Callable[..., T], *args: Any, timeout: float | None = None) -> T:
        """Run `function(*args)` in a child; all of it must be picklable.

        Raises what the function raises, and SandboxError where the child was killed or ran out of memory.
        """
        limit = timeout or self._timeout
        try:
            return await self._attempt(function, args, limit)
        except BrokenProcessPool:
            # An idle child was killed from outside, by the kernel for want of memory for one: the pool gives up then.
            return await self._attempt(function, args, limit)

    async def _attempt(self, function: Callable[..., T], args: tuple[Any, ...], limit: float) -> T:
        pool = await self._ready()
        try:
            future: Future[T] = pool.schedule(function, args=args, timeout=limit)
            self._under_way.add(future)
            future.add_done_callback(self._finished)
            return await self._patiently(pool, future, limit)
        except TimeoutError as error:
            raise SandboxError(f"killed after {limit:g} s", retryable=False) from error
        except ProcessExpired as error:
            raise SandboxError(f"the child died: {error}", retryable=False) from error
        except MemoryError as error:
            raise SandboxError(f"more than {self._memory // 1024**2} MB were needed", retryable=False) from error
        except (BrokenProcessPool, RuntimeError) as error:
            if isinstance(error, BrokenProcessPool) or not pool.active:
                await self._discard(pool)
                raise BrokenProcessPool("all children were killed") from error
            raise
        except (asyncio.CancelledError, CancelledError):
            task = asyncio.current_task()
            if self._closed and task is not None and not task.cancelling():
                raise SandboxError("the daemon is stopping") from None
            raise

    def _finished(self, future: Future[Any]) -> None:
        self._under_way.discard(future)
        self._progress = time.monotonic()

    async def _patiently(self, pool: ProcessPool, future: Future[T], limit: float) -> T:
        """Wait for a result. A pool that finishes nothing for longer than any task may take is stuck, and replaced.

        The pool counts a task's time from its start in a child; a task that never starts would never end.
        """
        started = time.monotonic()
        waiting = asyncio.wrap_future(future)
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=_PATIENCE / 4)
                if time.monotonic() - max(self._progress, started) > limit + _PATIENCE and not waiting.done():
                    await self._discard(pool)
                    raise SandboxError("the children were stuck and have been replaced")
            return waiting.result()
        finally:
            waiting.cancel()

    async def _ready(self) -> ProcessPool:
        async with self._starting:
            if self._closed:
                raise SandboxError("the daemon is stopping")
            if self._pool is None:  # in a thread, as it waits for the fork server to load the parsers
                self._pool = await asyncio.to_thread(self._start)
            return self._pool

    async def _discard(self, pool: ProcessPool) -> None:
        async with self._starting:
            if self._pool is pool:
                self._pool = None
                await asyncio.to_thread(_stop, pool)

    def _start(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(self._preload))
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=_RECYCLE_AFTER,
            initializer=_confine,
            initargs=(self._memory,),
            context=context,
        )
        pool.schedule(os.getpid).result()
        return pool

    async def close(self) -> None:
        """Kill all children, busy ones too."""
        self._closed = True
        async with self._starting:
            pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop, pool)
        for future in tuple(self._under_way):  # what had not reached a child yet, the pool forgets
            future.cancel()


class InlineSandbox:
    """A `ports.Sandbox` without children or limits, for tests and single looks at trusted input."""

    async def run(self, function: Callable[..., T], *args: Any, timeout: float | None = None) -> T:  # noqa: ARG002
        """Run `function(*args)` in a thread."""
        return await asyncio.to_thread(function, *args)

    async def close(self) -> None:
        """Do nothing."""


def _stop(pool: Any) -> None:  # pebble's `stop` is untyped
    pool.stop()
    pool.join()


def _confine(memory: int) -> None:
    """Set the child's limits. Runs in the child, before its first task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which drains
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Address space, not resident memory, is what can be limited: libraries reserve more than they touch, so the limit
    # is set that far above what is reserved already.
    reserved, resident = _pages()
    _lower(resource.RLIMIT_AS, reserved - resident + memory)
    _lower(resource.RLIMIT_FSIZE, _FILE_SIZE)
    _lower(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    _lower(resource.RLIMIT_CORE, 0)
    gc.freeze()  # what the fork server loaded stays shared


def _pages() -> tuple[int, int]:
    """Give the bytes of address space reserved and of memory resident; (0, 0) where /proc does not say."""
    try:
        fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0, 0
    size = resource.getpagesize()
    return int(fields[0]) * size, int(fields[1]) * size


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
