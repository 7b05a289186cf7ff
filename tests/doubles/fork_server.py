"""A fork server of a test's own: other tests' servers have loaded more, or less, and their children may be alive."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from multiprocessing import forkserver
from typing import Any

_STATE = ("_forkserver_address", "_forkserver_alive_fd", "_forkserver_authkey", "_forkserver_pid")


@contextlib.contextmanager
def own_fork_server() -> Iterator[None]:
    """Start children from a new server inside the block; the one before goes on after it.

    The server before is not stopped: it ends only with the last of its children, which may be another fixture's.
    """
    server: Any = forkserver._forkserver
    before = {name: getattr(server, name) for name in _STATE if hasattr(server, name)}
    for name in before:
        setattr(server, name, None)
    try:
        yield
    finally:
        pid, alive = server._forkserver_pid, server._forkserver_alive_fd
        for name, value in before.items():
            setattr(server, name, value)
        if alive is not None:
            os.close(alive)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
