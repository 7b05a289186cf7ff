"""The store: one database, one writer at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from monitor.errors import StoreError
from monitor.ports import Transaction
from monitor.store import lock, place, trouble
from monitor.store.engine import make_engine
from monitor.store.migrate import migrate
from monitor.store.transaction import SqlTransaction

T = TypeVar("T")

CHECKED_BYTES = 64 * 1024 * 1024
"""A SQLite file up to this size is checked as a whole at the start (about .2 s); larger ones as they are read."""


class Database:
    """`ports.Store` on SQLite or PostgreSQL. Errors of the database are StoreError, with a remedy."""

    def __init__(self, url: str, now: Callable[[], datetime], *, read_only: bool = False) -> None:
        """Open the database and bring it to the program's schema."""
        self._url = place.parse_url(url)
        self._path = place.sqlite_path(self._url) if self._url.drivername == "sqlite" else None
        self.name = str(self._path) if self._path else self._url.render_as_string(hide_password=True)
        self._now = now
        self._read_only = read_only
        if self._path is not None:
            place.prepare(self._path, read_only=read_only)
        self._engine = make_engine(self._url, self._path, read_only=read_only)
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._closed = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        with self._translated(), self._engine.begin() as connection:
            if self._path is not None and not self._read_only:
                self._check_file(self._path, connection)
            migrate(connection, self.name, read_only=self._read_only)

    def _check_file(self, path: Path, connection: Connection) -> None:
        """Look at the whole file before anything is written to it."""
        if connection.scalar(text("PRAGMA journal_mode")) != "wal":
            raise StoreError(f"the file system of {path} has no shared memory for SQLite's WAL", retryable=False)
        if path.stat().st_size <= CHECKED_BYTES:
            found = str(connection.scalar(text("PRAGMA quick_check(1)")))
            if found != "ok":
                raise place.damaged(path, found)

    @property
    def directory(self) -> Path | None:
        """Give where the file lies; None where the disk is not ours to watch (a server, memory)."""
        return None if self._path is None else self._path.parent

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise trouble.translate(error, self.name, self._path) from error

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back when it raises.

        Other threads wait for the one that has it open. Transactions do not nest: RuntimeError.
        """
        if self._holder == threading.get_ident():
            raise RuntimeError("a transaction is open in this thread already")
        with self._guard:
            if self._closed:
                raise StoreError("the store is closed", retryable=False)
            self._holder = threading.get_ident()
            try:
                with self._translated(), self._engine.begin() as connection:
                    yield SqlTransaction(connection, self._now, writable=not self._read_only)
            finally:
                self._holder = None

    async def run(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` in a transaction on the store's thread.

        What was handed over is done even where the caller is cancelled: half of a decision is never written.
        """

        def call() -> T:
            with self.begin() as transaction:
                return function(transaction)

        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, call))

    def lock(self, owner: str) -> lock.DaemonLock:
        """Make this the only daemon on the database, until the lock is released or the process ends.

        Raises StoreError (not retryable) with the other's pid. `owner` is shown to the loser.
        """
        if self._path is not None:
            return lock.lock_file(self._path, owner)
        if self._url.drivername == "sqlite":
            return lock.DaemonLock()  # nobody else sees a database in memory
        with self._translated():
            return lock.lock_server(self._engine, self.name, owner)

    def close(self) -> None:
        """Finish what is under way and close. Safe to call twice."""
        self._executor.shutdown(wait=True)
        with self._guard:
            self._closed = True
            self._engine.dispose()


def open_store(url: str, *, clock_now: Callable[[], datetime] | None = None, read_only: bool = False) -> Database:
    """Open the database at `url`, made or upgraded where need be.

    `sqlite:///relative/path`, `sqlite:////absolute/path`, `sqlite://` (in memory) or `postgresql://…`. With
    `read_only` nothing is written, and the daemon may be running. Raises StoreError with the remedy.
    """
    return Database(url, clock_now or _utc_now, read_only=read_only)


def _utc_now() -> datetime:
    return datetime.now(UTC)
