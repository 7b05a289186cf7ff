"""One daemon a bot: two that send with one token would break each other's pace, and look for each other's messages.

The database's own lock keeps two daemons from one outbox; this keeps two outboxes from one bot, on one host. The lock
is the operating system's, so it goes when its holder dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Self

import structlog

from monitor.errors import DeliveryError, Remedy, Sent

log = structlog.get_logger(__name__)


class SoleUse:
    """The bot that this process holds: one at most, and another one after a reload that changes the token.

    A context manager: the bot is let go at the end of the block.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._place: Path | None = None
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.release()

    def hold(self, token: str, api: str) -> None:
        """Hold this bot of the server at `api`, and no other any more.

        Raises DeliveryError (not retryable) with the other's pid where another process of this user and host holds it;
        what was held before then still is. Where no lock can be made (a host without a writable temporary directory),
        the process goes on without.
        """
        place = _place(token, api)
        if place == self._place:
            return
        try:
            descriptor = _taken(place)
        except OSError as error:
            log.warning("nothing keeps another daemon from using this bot", error=error.strerror)
            descriptor = None
        self.release()
        self._place, self._descriptor = place, descriptor

    def release(self) -> None:
        """Let go of what is held, and take its file away."""
        place, descriptor = self._place, self._descriptor
        self._place = self._descriptor = None
        if place is None or descriptor is None:
            return
        # While the lock is held: whoever opened the file before it was gone finds that out, see `_taken`.
        with contextlib.suppress(OSError):
            if _is_at(descriptor, place):
                place.unlink()
        os.close(descriptor)


def _taken(place: Path) -> int:
    """Give the descriptor of the locked file that is at `place`. Raises OSError, or DeliveryError as `hold` does."""
    while True:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _lock(descriptor)
            # The last holder may have taken the file away since it was opened: a lock on that keeps nobody out.
            if _is_at(descriptor, place):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int) -> None:
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


def _is_at(descriptor: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _place(token: str, api: str) -> Path:
    """Name the lock after the bot, by a hash: the name must not give the token away."""
    name = sha256(f"{api.rstrip('/')} {token}".encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"monitor-bot-{os.geteuid()}-{name}.lock"
