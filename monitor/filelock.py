"""A lock on a file: the operating system drops it when its holder dies, however it dies.

The file names the process that holds the lock. `keep` takes the lock anew where the file was deleted or replaced: a
lock on a file without a name keeps nobody out.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from monitor import private

log = structlog.get_logger(__name__)

_TRIES = 5
_PAUSE = 0.02  # seconds between tries: whoever asks for the holder has a shared lock for an instant


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The process that holds a lock, as far as it is known."""

    pid: int | None = None
    owner: str = ""  # what it is doing: 'run', 'upgrade'
    host: str = ""
    started_at: datetime | None = None  # when it took the lock
    database: str = ""  # without a password

    def __str__(self) -> str:
        """Return 'pid 17, run on desk-2', without unknown parts and this host's own name."""
        name = f"pid {self.pid or 'unknown'}"
        name += f", {self.owner}" if self.owner and str(self.pid) not in self.owner else ""
        return name + (f" on {self.host}" if self.host and self.host != socket.gethostname() else "")


class HeldError(Exception):
    """Another process holds the lock."""

    def __init__(self, holder: LockHolder) -> None:
        # `holder` is the process that holds it, as far as the file names it.
        super().__init__(f"held by {holder}")
        self.holder = holder


class LockFile:
    """The file at `path`, locked until `release`; it is made (0600) where there is none.

    Raises HeldError where another process has it, OSError where the file cannot be opened. `like`: where root makes the
    file, it belongs to that file's owner, who must be able to open it later.
    """

    def __init__(self, path: Path, *, owner: str = "", database: str = "", like: Path | None = None) -> None:
        self._path = path
        self._like = like
        self._about: Mapping[str, object] = {
            "pid": os.getpid(),
            "owner": owner,
            "host": socket.gethostname(),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": database,
        }
        self._descriptor: int | None = self._take()

    def keep(self) -> None:
        """Take the lock anew where its file was deleted or replaced.

        Raises HeldError where another process was faster, OSError where no file can be made.
        """
        if self._descriptor is None or _is_at(self._descriptor, self._path):
            return
        fresh = self._take()
        os.close(self._descriptor)
        self._descriptor = fresh
        log.warning("the file of a lock was deleted and is made anew", path=str(self._path))

    def release(self, *, remove: bool = False) -> None:
        """Release the lock; with `remove` delete the file as well. Safe to call twice."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if remove:
            # While the lock is held: whoever opened the file before it was gone finds that out, see `_take`.
            with contextlib.suppress(OSError):
                if _is_at(descriptor, self._path):
                    self._path.unlink()
        os.close(descriptor)

    def _take(self) -> int:
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, private.FILE)
            try:
                _lock(descriptor)
                # The last holder may have taken the file away since it was opened: a lock on that keeps nobody out.
                if _is_at(descriptor, self._path):
                    self._describe(descriptor)
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _describe(self, descriptor: int) -> None:
        """Write the holder into the file. The lock is held also where that fails, as on a full disk."""
        with contextlib.suppress(OSError):
            if self._like is not None and os.geteuid() == 0:
                owner = self._like.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            os.fchmod(descriptor, private.FILE)
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(self._about).encode(), 0)


def holder_of(path: Path) -> LockHolder | None:
    """Return the holder of the lock on a file, None without one. Raises OSError where the file cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _described(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not left:
                raise HeldError(_described(descriptor)) from error
            time.sleep(_PAUSE)
        else:
            return


def _described(descriptor: int) -> LockHolder:
    try:
        found: Any = json.loads(os.pread(descriptor, 4000, 0))
    except (OSError, ValueError):
        return LockHolder()
    if isinstance(found, int):  # of an earlier version
        return LockHolder(found)
    if not isinstance(found, dict):
        return LockHolder()
    try:
        started_at = datetime.fromisoformat(str(found.get("started_at")))
    except ValueError:
        started_at = None
    pid = found.get("pid")
    words = {name: str(found.get(name) or "") for name in ("owner", "host", "database")}
    return LockHolder(pid if isinstance(pid, int) else None, started_at=started_at, **words)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return False
