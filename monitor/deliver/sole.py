"""One daemon a bot: two that send with one token would break each other's pace, and look for each other's messages.

The database's own lock keeps two daemons from one outbox; this keeps two outboxes from one bot, on one host. The lock
is the operating system's, so it goes when its holder dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import structlog

from monitor.errors import DeliveryError, Remedy, Sent

log = structlog.get_logger(__name__)


@contextlib.contextmanager
def sole_use(token: str, api: str) -> Iterator[None]:
    """Hold a bot of the server at `api` for this process until the block ends.

    Raises DeliveryError (not retryable) with the other's pid where another process of this user and host holds it.
    Where no lock can be made (a host without a writable temporary directory), the block runs without.
    """
    path = _place(token, api)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        log.warning("nothing keeps another daemon from using this bot", error=error.strerror)
        yield
        return
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise DeliveryError(
            f"another daemon (pid {holder}) sends with this bot's token; "
            "stop it first, or give this one a bot of its own",
            sent=Sent.NO,
            remedy=Remedy.DEAD,
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _place(token: str, api: str) -> Path:
    """Name the lock after the bot, by a hash: the name must not give the token away."""
    name = sha256(f"{api.rstrip('/')} {token}".encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"monitor-bot-{os.geteuid()}-{name}.lock"
