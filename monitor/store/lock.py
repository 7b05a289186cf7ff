"""One daemon a database: a lock that the operating system or the server drops when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, text

from monitor.errors import StoreError

ADVISORY_KEY = 0x6E657773_6D6F6E69
"""The bytes of 'newsmoni': advisory locks are numbers, and each database has its own."""


class DaemonLock:
    """Held until `release` is called, the block ends, or the process dies."""

    def __init__(self, descriptor: int | None = None, connection: Connection | None = None) -> None:
        """Hold an open, locked file, or a connection whose session has the lock, or (in memory) nothing."""
        self._descriptor = descriptor
        self._connection = connection

    def release(self) -> None:
        """Let another daemon in. Safe to call twice."""
        descriptor, self._descriptor = self._descriptor, None
        connection, self._connection = self._connection, None
        if descriptor is not None:
            os.close(descriptor)
        if connection is not None:
            connection.invalidate()  # the session ends, and its lock with it
            connection.close()

    def __enter__(self) -> Self:
        """Give the lock, held already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release it."""
        self.release()


def lock_file(path: Path, owner: str) -> DaemonLock:
    """Lock `<database>.lock`. The file stays: removing it would let two daemons lock two files of one name."""
    place = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"cannot open the lock {place}: {error.strerror}", retryable=False) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 1000, 0).decode(errors="replace")
        os.close(descriptor)
        raise _taken(str(path), _pid(holder)) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "owner": owner}).encode(), 0)
    return DaemonLock(descriptor=descriptor)


def _pid(holder: str) -> str:
    try:
        found = json.loads(holder)
        return _label(found["pid"], found["owner"])
    except (ValueError, KeyError, TypeError):
        return "unknown"


def _label(pid: object, owner: object) -> str:
    return f"{pid}" if str(pid) in str(owner) else f"{pid}, {owner}"


def lock_server(engine: Engine, name: str, owner: str) -> DaemonLock:
    """Take PostgreSQL's advisory lock on a connection of its own, which carries pid and owner for the loser to read."""
    connection = engine.connect()
    label = _label(os.getpid(), owner)[:60]  # PostgreSQL cuts names at 63 bytes
    connection.execute(text("SELECT set_config('application_name', :label, false)"), {"label": label})
    if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
        holder = connection.scalar(
            text(
                "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' "
                "AND granted AND classid = :high AND objid = :low AND pg_locks.database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"high": ADVISORY_KEY >> 32, "low": ADVISORY_KEY & 0xFFFFFFFF},
        )
        connection.invalidate()
        connection.close()
        raise _taken(name, holder or "unknown")
    connection.commit()  # the lock is the session's: no transaction stays open for it
    return DaemonLock(connection=connection)


def _taken(name: str, holder: str) -> StoreError:
    return StoreError(
        f"another daemon (pid {holder}) uses this database: {name}; "
        "stop it first, or give this one its own storage.url",
        retryable=False,
    )
