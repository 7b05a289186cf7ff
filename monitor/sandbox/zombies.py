"""Reaping of zombies: a killed fork server, and its orphans where the daemon is PID 1.

multiprocessing looks at its fork server when the next child is wanted, which may be never; the fork server's children
belong, when it is gone, to PID 1, and stay as zombies where that is the daemon.
"""

from __future__ import annotations

import contextlib
import os
from multiprocessing import active_children, forkserver, resource_tracker
from pathlib import Path

from monitor.sandbox.child import start_fork_server


class Reaper:
    """Reaps zombies that are seen twice: the code that started them would have waited for them by now."""

    def __init__(self) -> None:
        self._seen: frozenset[int] = frozenset()

    def look(self) -> int:
        """Reap once, off the event loop; return the number of zombies reaped."""
        zombies = _zombies()
        old, count = zombies & self._seen, 0
        self._seen = zombies
        # multiprocessing's own two are its to wait for: it fails where somebody else was faster.
        server = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
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
    """Return a process's state and its parent: proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, parent, *_ = text[text.rindex(")") + 2 :].split()
    return state, parent
