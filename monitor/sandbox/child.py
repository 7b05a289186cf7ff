"""One child process: a pebble pool of one worker, with its limits.

With a pool for each child it is known which task killed it, and one is ended without the others. A pool costs three
threads that sleep, a fresh child some 35 ms and 4 MB: what the fork server has loaded is shared.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import math
import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, forkserver, resource_tracker, util
from pathlib import Path
from typing import Any, Self, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

from monitor import host
from monitor.errors import SandboxError, SandboxUnavailableError

log = structlog.get_logger(__name__)

T = TypeVar("T")

_FILE_SIZE = 1024 * 1024  # bytes that a child may write to any one file
_DESCRIPTORS = 64
_SOCKET_FOLDER = 80  # bytes of the longest path of a folder in which the fork server's socket has room
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_START = 120.0  # seconds until a fresh child must have answered: the fork server loads for some of them
_STILL = 60.0  # seconds without CPU time after which a fork server that should fork hangs
_LOOK = 1.0  # seconds between two looks whether the child of a pending task was killed
_LOW = 10  # niceness of children whose work nobody waits for
_SPARE = 16 * 1024 * 1024  # bytes by which a child may grow before it gives back what its tasks freed
_UTIME, _STIME, _RSS = 12, 13, 22  # fields of /proc/PID/stat, counted from the one after the name: proc(5)


@dataclass(frozen=True, slots=True)
class Usage:
    """The CPU seconds that a child has used, whether it was runnable at that moment, and its resident bytes."""

    cpu: float
    runnable: bool
    resident: int = 0


def _usage(pid: int) -> Usage | None:
    found = _stat(pid)
    if found is None:
        return None
    state, *fields = found
    cpu = (int(fields[_UTIME - 2]) + int(fields[_STIME - 2])) / os.sysconf("SC_CLK_TCK")
    return Usage(cpu, runnable=state == "R", resident=int(fields[_RSS - 2]) * resource.getpagesize())


@dataclass(eq=False, slots=True)
class Child:
    """A process that runs one task after another."""

    _pool: ProcessPool
    pid: int
    tasks: int = 0  # begun so far
    _resident: int = 0  # bytes, before the first task

    @classmethod
    def start(cls, memory: int, preload: Sequence[str]) -> Child:
        """Start a child that may use `memory` bytes, and wait for it. Raises what pebble and multiprocessing raise."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(preload))
        start_fork_server()
        pool = ProcessPool(max_workers=1, initializer=_confine, initargs=(memory,), context=context)
        try:
            with _hung_fork_server_killed():  # pebble starts the process in this thread
                # By way of `_perform`, so that its imports are not counted as a task's time.
                pid = pool.schedule(_perform, args=(os.getpid, (), _START))
            child = cls(pool, pid.result(_START))
        except BaseException:
            _end(pool)
            raise
        child._resident = child.grown()
        return child

    def schedule(self, function: Callable[..., Any], args: tuple[Any, ...], cpu: float) -> Future[Any]:
        """Begin a task that may use `cpu` seconds. Raises RuntimeError where the child is gone."""
        self.tasks += 1
        future: Future[Any] = self._pool.schedule(_perform, args=(function, args, cpu))
        return future

    def usage(self) -> Usage | None:
        """Return the usage of the process; None where it has ended or the system does not show it."""
        return _usage(self.pid)

    def grown(self) -> int:
        """Return the bytes by which the process has grown since it started; 0 where the system does not show it."""
        now = self.usage()
        return now.resident - self._resident if now is not None else 0

    def lower(self) -> None:
        """Lower the priority of the process for good."""
        try:
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOW)
        except OSError:
            return  # it has ended

    def stop(self) -> None:
        """Kill the process and wait for its end."""
        _end(self._pool)


class LoneChild:
    """A child for the tasks of one thread, which waits for each: a context manager that ends it.

    Raises SandboxUnavailableError where it does not start.
    """

    def __init__(self, memory: int, preload: Sequence[str]) -> None:
        try:
            self._child = Child.start(memory, preload)
            self._stopped = threading.Event()
        except Exception as error:  # multiprocessing and pebble raise many kinds; all are one outcome
            raise SandboxUnavailableError(f"no child process can be started: {error!r}") from error

    def __enter__(self) -> Self:
        """Do nothing more."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the child."""
        self._child.stop()
        self._stopped.set()

    def run(self, function: Callable[..., T], *args: Any, cpu: float) -> T:
        """Run `function(*args)`, which may use `cpu` seconds; all of it must be picklable.

        Raises what the function raises, SandboxError where the child died, was killed or ran out of memory.
        """
        try:
            future = self._child.schedule(function, args, cpu)
        except RuntimeError as error:
            raise SandboxError("the child died while it was idle") from error
        try:
            # A task that begins while another thread kills the child may never get a result from the pool.
            while not wait([future], _LOOK).done:
                if self._stopped.is_set():
                    raise SandboxError("the child was killed")
            result: T = future.result()
        except (ProcessExpired, BrokenProcessPool, MemoryError, CancelledError) as error:
            raise SandboxError(f"the child died: {error!r}") from error
        return result


def start_fork_server() -> None:
    """Start the fork server where none runs, ignoring SIGINT.

    A terminal's Ctrl-C goes to every process of the group. The server ignores it only once its modules are loaded:
    in the seconds before, it would end with a traceback, and the children that are asked for meanwhile would fail.
    """
    resource_tracker.ensure_running()  # first, since it unblocks SIGINT when it starts its own process
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _short_folder():
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _hung_fork_server_killed() -> Iterator[None]:
    """Kill a fork server that stands still when it is to fork: the wait for a fork has no end of its own.

    The wait ends with an error then, and the next child gets another server. A server that loads, however slowly, uses
    some CPU time, and is left alone.
    """
    forked = threading.Event()

    def watch() -> None:
        before = None
        while not forked.wait(_STILL):
            server = _server()
            now = _usage(server) if server is not None else None
            if server is not None and now is not None and before == (server, now.cpu) and not now.runnable:
                log.error("the process that starts children hangs, and is killed", pid=server)
                with contextlib.suppress(OSError):
                    os.kill(server, signal.SIGKILL)
            before = (server, now.cpu) if now is not None else None

    threading.Thread(target=watch, name="fork server watch", daemon=True).start()
    try:
        yield
    finally:
        forked.set()


def _server() -> int | None:
    """Return the PID of the fork server, which multiprocessing keeps to itself; None where none was started."""
    found: int | None = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
    return found


@contextlib.contextmanager
def _short_folder() -> Iterator[None]:
    """Let temporary files begin with a short path: a socket's takes 107 bytes (unix(7)), and TMPDIR may be longer.

    multiprocessing makes a folder of its own for its sockets once, and keeps its name beside the process.
    """
    folder = util.get_temp_dir()
    if len(os.fsencode(folder)) <= _SOCKET_FOLDER or not Path("/tmp").is_dir():  # noqa: S108 — as multiprocessing does
        yield
        return
    made = tempfile.mkdtemp(prefix="pymp-", dir="/tmp")
    config = multiprocessing.process.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    config["tempdir"] = made
    try:
        yield
    finally:
        config["tempdir"] = folder
        atexit.register(shutil.rmtree, made, ignore_errors=True)


def _end(pool: Any) -> None:  # pebble's `stop` is untyped
    pool.stop()
    pool.join()


# --------------------------------------------------------------------------- in the child


def _perform(function: Callable[..., Any], args: tuple[Any, ...], cpu: float) -> Any:
    """Run a task within its limit. What it raises reaches the parent as itself, or as a RuntimeError that names it.

    An exception that cannot be pickled both ways would break the parent's pool; one that is no Exception (SystemExit,
    a cancellation) would end the parent, or one of its tasks.
    """
    _allow(cpu)
    try:
        return function(*args)
    except Exception as error:  # whatever it is, it goes on to the parent
        if _travels(error):
            raise
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    except BaseException as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    finally:
        _HEAP.trim()


class _Heap:
    """This process's memory: one long page leaves some 40 to 100 MB that are free, and that glibc keeps."""

    def __init__(self) -> None:
        self._resident = 0

    def begin(self, resident: int) -> None:
        """Keep the bytes that are resident before the first task."""
        self._resident = resident

    def trim(self) -> None:
        """Release free memory to the system where the process has grown."""
        if self._resident and _pages()[1] > self._resident + _SPARE:
            host.trim_heap()
            self._resident = _pages()[1]


_HEAP = _Heap()


def _travels(error: Exception) -> bool:
    if isinstance(error, StopIteration):
        return False  # no future takes it
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301 — its own
    except Exception:  # noqa: BLE001 — whatever it is, the parent must not meet it
        return False


def _allow(cpu: float) -> None:
    """Set the CPU limit `cpu` seconds from now (rounded up to whole ones); then the kernel kills the process."""
    limit = math.ceil(time.process_time() + cpu)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _confine(memory: int) -> None:
    """Set the child's limits. Runs in the child, before its first task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which drains
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
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
    _HEAP.begin(resident)


def _pages() -> tuple[int, int]:
    """Return the bytes of address space and of resident memory; (0, 0) without /proc."""
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


class Reaper:
    """Reaps zombies: a killed fork server, and its orphans where the daemon is PID 1.

    multiprocessing looks at its fork server when the next child is wanted, which may be never; the fork server's
    children belong, when it is gone, to PID 1. A zombie is reaped when it is seen twice: the code that started it would
    have waited for it by now.
    """

    def __init__(self) -> None:
        self._seen: frozenset[int] = frozenset()

    def reap(self) -> int:
        """Reap zombies, off the event loop; return the number of zombies reaped."""
        zombies = _zombies()
        old, count = zombies & self._seen, 0
        self._seen = zombies
        # multiprocessing's own two are its to wait for: it fails where somebody else was faster.
        server = _server()
        tracker = getattr(getattr(resource_tracker, "_resource_tracker", None), "_pid", None)
        own = {child.pid for child in active_children()}  # which waits for those that have ended
        for pid in old:
            if pid == server:
                start_fork_server()
                count += 1
            elif pid != tracker and pid not in own:
                with contextlib.suppress(ChildProcessError):
                    count += os.waitpid(pid, os.WNOHANG)[0] != 0
        return count


def _zombies() -> frozenset[int]:
    """Return the children of this process that have ended; none without /proc."""
    mine = str(os.getpid())
    return frozenset(pid for pid in _processes() if _state(pid) == ("Z", mine))


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 — names are all it takes
    except OSError:
        return []


def _state(pid: int) -> tuple[str, str] | None:
    """Return a process's state and its parent."""
    found = _stat(pid)
    return None if found is None else (found[0], found[1])


def _stat(pid: int) -> list[str] | None:
    """Return what the system shows of a process, from its state on (proc(5)); None where it shows nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()
