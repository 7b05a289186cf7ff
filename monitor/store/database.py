"""The store: one database, one writer at a time."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from monitor.errors import StoreError
from monitor.filelock import HeldError, LockHolder
from monitor.store import errors, lock, migrate, sqlite_file
from monitor.store.engine import make_engine, make_lock_engine
from monitor.store.lock import ADVISORY_KEY, AdvisoryLock, DatabaseLock, SqliteLock
from monitor.store.quick import CompiledStatements, QuickConnection
from monitor.store.schema import HEAD
from monitor.store.transaction import Transaction

T = TypeVar("T")

CHECKED_BYTES = 64 * 1024 * 1024
"""A SQLite file up to this size is checked as a whole at the start (about .2 s); larger ones as they are read."""


_UPGRADE = "upgrade"
_IN_TURN = text("SELECT pg_advisory_xact_lock(:key)").bindparams(key=lock.CORE_KEY)
_PAUSE = 0.1  # seconds between two looks at another program that upgrades the database
_PATIENCE = 300  # such looks


class Database:
    """The database. Synchronous; `run` carries a call to its one writing thread.

    Errors of the database are StoreError, with a remedy.

    It is brought to the program's schema when it is opened, unless a daemon uses it. `instance` is of a process among
    others on the database: it upgrades beside these, and its transactions are named by it.
    """

    def __init__(self, url: str, now: Callable[[], datetime], *, read_only: bool = False, instance: str = "") -> None:
        self._url = sqlite_file.parse_url(url)
        given = sqlite_file.sqlite_path(self._url) if self._url.drivername == "sqlite" else None
        self._path = None if given is None else sqlite_file.resolved(given)
        if self._path is not None:
            self._url = self._url.set(database=str(self._path))
        self._is_in_memory = self._path is None and self._url.drivername == "sqlite"
        self.name = str(self._path) if self._path else sqlite_file.shown_url(self._url)
        self._now = now
        self._read_only = read_only
        self._file: sqlite_file.FileWatch | None = None
        if self._path is not None and given is not None:
            sqlite_file.prepare(self._path, read_only=read_only)
            if not read_only:
                self._file = sqlite_file.FileWatch(self._path, given.absolute())
        self._instance = instance
        self._engine = make_engine(
            self._url, self._path, read_only=read_only, application=f"monitor {instance}" if instance else ""
        )
        self._plans = CompiledStatements(self._engine.dialect) if self._url.drivername == "sqlite" else None
        self._in_turn = False  # whether transactions of leaders wait for each other
        event.listen(self._engine, "before_execute", self._before_statement)
        event.listen(self._engine, "connect", self._connected)
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._closed = False
        self._fence: lock.Fence | None = None
        self._passed = False  # whether the open transaction was let through the fence
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        older = self._older(first=True)
        if older is None:
            return
        if self._read_only:
            raise self._outdated(older, self.holder(), retryable=False)
        with self._lock_to_upgrade(older), self._translated(), self._engine.begin() as connection:
            migrate.migrate(connection, self.name)

    def _older(self, *, first: bool = False) -> str | None:
        with self._translated(), self._engine.begin() as connection:
            if first and self._path is not None and not self._read_only:
                self._check_file(self._path, connection)
            return migrate.older(connection, self.name)

    def _lock_to_upgrade(self, older: str) -> DatabaseLock:
        """Take the lock for the time of the upgrade: a daemon that runs would fail with every statement after it.

        A process among others upgrades beside these, as migrations only add, and one of an earlier version ends when
        it sees that; then nobody else may upgrade.
        """
        try:
            if self._instance:
                return self._take_in_turn(_UPGRADE, lock.UPGRADE_KEY)
            return self._take_in_turn(_UPGRADE)
        except HeldError as error:
            raise self._outdated(older, error.holder, retryable=True) from error

    def _take_in_turn(self, owner: str, key: int = ADVISORY_KEY) -> DatabaseLock:
        """Take the lock, after another program that upgrades the database. Raises HeldError where a daemon has it."""
        for _ in range(_PATIENCE):
            try:
                return self._take(owner, key)
            except HeldError as error:
                if error.holder.owner != _UPGRADE:
                    raise
            time.sleep(_PAUSE)
        raise StoreError(f"another program upgrades the database {self.name} and does not end", retryable=True)

    def _outdated(self, older: str, holder: LockHolder | None, *, retryable: bool) -> StoreError:
        remedy = "`run` or `once` upgrades it"
        if holder is not None:
            remedy = f"a daemon of that version uses it ({holder}): stop that, and start it again with this version"
        return StoreError(
            f"the database {self.name} is of an older version (schema {older}); {remedy}", retryable=retryable
        )

    def _check_file(self, path: Path, connection: Connection) -> None:
        """Look at the whole file before anything is written to it."""
        if connection.scalar(text("PRAGMA journal_mode")) != "wal":
            raise StoreError(f"the file system of {path} has no shared memory for SQLite's WAL", retryable=False)
        if path.stat().st_size <= CHECKED_BYTES:
            found = str(connection.scalar(text("PRAGMA quick_check(1)")))
            if found != "ok":
                raise sqlite_file.damaged(path, found)

    def _connected(self, *_: object) -> None:
        if self._file is not None:
            self._file.reopened()

    def _before_statement(self, connection: Connection, statement: object, *_: object) -> None:
        """Let a transaction write only while no other daemon has taken the lock: asked before its first change."""
        if self._fence is not None and not self._passed and getattr(statement, "is_dml", False):
            self._passed = True
            self._fence.check(connection, writing=True)

    @property
    def address(self) -> str:
        """Return the server's URL as libpq reads it, with its password: never to be shown."""
        return self._url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def directory(self) -> Path | None:
        """Return where the file lies; None where the disk is not ours to watch (a server, memory)."""
        return None if self._path is None else self._path.parent

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise errors.translate(error, self.name, self._path) from error

    @contextlib.contextmanager
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
            self._passed = False
            try:
                with self._translated(), self._connect() as connection, connection.begin():
                    if self._in_turn:
                        connection.execute(_IN_TURN)
                    yield Transaction(connection, self._now)
            finally:
                self._holder = None

    def _connect(self) -> Connection:
        if self._plans is None:
            return self._engine.connect()
        return QuickConnection(self._engine, self._plans, self._before_statement)

    async def run(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` in a transaction on the store's thread.

        What was handed over is done even where the caller is cancelled: half of a decision is never written.
        """
        turn = lock.TURN.get()

        def call() -> T:
            token = lock.TURN.set(turn)
            try:
                with self.begin() as transaction:
                    return function(transaction)
            finally:
                lock.TURN.reset(token)

        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, call))

    async def verify(self) -> None:
        """Raise LostStoreError where another daemon has taken over, or the file is not at its place any more.

        For the moment before a message goes out. Raises StoreError where the database cannot be asked.
        """
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, self._verify))

    def _verify(self) -> None:
        self.check_file()
        fence = self._fence
        if fence is None:
            return
        with self._guard, self._translated(), self._engine.connect() as connection:
            fence.check(connection, writing=False)

    def check_file(self) -> None:
        """Raise LostStoreError where the file was deleted, moved, replaced or overwritten since it was opened."""
        if self._file is not None:
            self._file.check()

    def lock(self, owner: str = "") -> DatabaseLock:
        """Make this the only daemon on the database, until the lock is released or the process ends.

        From then on this store writes only as long as no other one has taken the lock, here or elsewhere. Raises
        StoreError (not retryable) with the other's pid. The loser reads `owner` beside this one's pid: 'compact'.
        """
        try:
            taken = self._take_in_turn(owner)
        except HeldError as error:
            raise lock.taken(self.name, error.holder) from error
        try:
            if not self._is_in_memory:
                self._refuse_moved(owner)
                taken.epoch = self._begin_epoch()
        except BaseException:
            taken.release()
            raise
        return taken

    def _take(self, owner: str, key: int = ADVISORY_KEY, *, shared: bool = False) -> DatabaseLock:
        if self._path is not None:
            return SqliteLock(self._path, owner)
        if self._is_in_memory:
            return DatabaseLock()
        with self._translated():
            return AdvisoryLock(make_lock_engine(self._url), self.name, owner, key, shared=shared)

    def join(self) -> DatabaseLock:
        """Use the database beside other processes, as long as no daemon has it to itself.

        Raises StoreError where one has.
        """
        self._require_server()
        try:
            shared = self._take(f"worker {self._instance}", shared=True)
        except HeldError as error:
            raise lock.taken(self.name, error.holder) from error
        try:
            self._refuse_moved("")
            with self._guard, self._translated(), self._engine.connect() as connection:
                shared.epoch = lock.writer_epoch(connection)
            self._fence = lock.MemberFence(shared.epoch)
        except BaseException:
            shared.release()
            raise
        return shared

    def lead(self, role: str) -> DatabaseLock | None:
        """Lead a role: None where another process does.

        From then on this store's transactions wait for those of other leaders, and write only as long as it leads.
        """
        self._require_server()
        try:
            taken = self._take(f"{role} {self._instance}", lock.role_key(role))
        except HeldError:
            return None
        try:
            with self._guard, self._translated(), self._engine.begin() as connection:
                self._passed = True  # not by the fence of an earlier leadership: what is left of that stays fenced out
                fence = lock.RoleFence.take(connection, role, self._instance)
        except BaseException:
            taken.release()
            raise
        taken.epoch, self._fence, self._in_turn = fence.epoch, fence, True
        return taken

    def follow_fence(self, member: Database) -> None:
        """Let this store write as long as another one of this process may, which has joined."""
        self._fence = member._fence

    def write_in_turn(self) -> None:
        """Let this store's transactions wait for those of leaders from now on."""
        self._in_turn = True

    def end_sessions(self, instance: str) -> int:
        """End the sessions of a process that gives no sign of life, stopped perhaps; return how many there were."""
        with self._guard, self._translated(), self._engine.connect() as connection:
            return lock.end_sessions(connection, instance)

    def is_newer(self) -> bool:
        """Return whether a newer version of the program has changed the database since it was opened."""
        with self._guard, self._translated(), self._engine.connect() as connection:
            return migrate.revision_of(connection) != HEAD

    def _require_server(self) -> None:
        if self._url.drivername == "sqlite":
            raise StoreError(
                f"{self.name} is SQLite, for one process alone: many need PostgreSQL (see docs/scale.md)",
                retryable=False,
            )

    def _refuse_moved(self, owner: str) -> None:
        if owner != lock.MOVING:
            with self._guard, self._translated(), self._engine.connect() as connection:
                lock.refuse_moved(connection, self.name)

    def _begin_epoch(self) -> int:
        """Raise the epoch, and let this store write in it alone; return it."""
        if self._older() is not None:  # changed between the opening and the lock
            raise StoreError(f"the database {self.name} was changed by another version; start again", retryable=True)
        self._fence = None
        with self._guard, self._translated(), self._engine.begin() as connection:
            fence = lock.Fence.raised(connection)
            if self._file is not None:
                self._file.expect(*_mark(connection, fence.epoch))
        self._checkpoint()
        self._fence = fence
        self.check_file()  # from now on it has all of its files
        return fence.epoch

    def _checkpoint(self) -> None:
        """Carry the epoch into the header of the file, as far as readers let it."""
        if self._file is None:
            return
        raw = self._engine.raw_connection()
        with contextlib.suppress(sqlite3.Error):  # a full disk: it is carried over later
            raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        raw.close()

    def compact(self) -> tuple[int, int]:
        """Rewrite a SQLite file without the pages that hold nothing; return its bytes before and after.

        From then on it gives such pages back by itself. For whoever holds the lock: everybody else waits meanwhile. A
        kill leaves the file as it was. Raises StoreError for another database, or where the disk has no room for it.
        """
        if self._path is None:
            raise StoreError(
                f"{self.name} is no SQLite file: PostgreSQL's autovacuum keeps the room for what comes next, and"
                " VACUUM FULL gives it back",
                retryable=False,
            )
        with self._guard:
            return sqlite_file.compact(self._engine, self._path)

    def holder(self) -> LockHolder | None:
        """Return the process that holds the lock of the database; None where none does."""
        if self._path is not None:
            return lock.file_holder(self._path, f"sqlite:///{self._path}")
        if self._is_in_memory:
            return None
        with self._translated(), self._engine.connect() as connection:
            return lock.server_holder(connection, self.name)

    def close(self) -> None:
        """Finish what is under way and close. Safe to call twice."""
        self._executor.shutdown(wait=True)
        with self._guard:
            self._closed = True
            self._engine.dispose()
            if self._file is not None:
                self._file.close()


def _mark(connection: Connection, epoch: int) -> tuple[int, int]:
    """Write the epoch into the header of a SQLite file, where it is found without SQLite; return it and the old one."""
    version = epoch & 0x7FFFFFFF
    before = connection.scalar(text("PRAGMA user_version")) or 0
    connection.execute(text(f"PRAGMA user_version = {version}"))
    return version, before


def open_store(
    url: str, *, clock_now: Callable[[], datetime] | None = None, read_only: bool = False, instance: str = ""
) -> Database:
    """Open the database at `url`, made or upgraded where need be.

    `sqlite:///relative/path`, `sqlite:////absolute/path`, `sqlite://` (in memory) or `postgresql://…`. With
    `read_only` nothing is written, and the daemon may be running; with `instance` it is used beside other processes.
    Raises StoreError with the remedy.
    """
    return Database(url, clock_now or _utc_now, read_only=read_only, instance=instance)


def holder_of(url: str) -> LockHolder | None:
    """Return the daemon that uses the database at `url`; None where none does, or there is no such file.

    Nothing is made or changed. Raises StoreError where that cannot be found out.
    """
    parsed = sqlite_file.parse_url(url)
    if parsed.drivername == "sqlite":
        path = sqlite_file.sqlite_path(parsed)
        if path is None:
            return None
        path = sqlite_file.resolved(path)
        return lock.file_holder(path, f"sqlite:///{path}")
    name = sqlite_file.shown_url(parsed)
    engine = make_lock_engine(parsed)
    try:
        with engine.connect() as connection:
            return lock.server_holder(connection, name)
    except DBAPIError as error:
        raise errors.translate(error, name, None) from error
    finally:
        engine.dispose()


def is_missing(url: str) -> bool:
    """Return whether `url` names a SQLite file that is not there. Raises StoreError as `open_store` does."""
    parsed = sqlite_file.parse_url(url)
    path = sqlite_file.sqlite_path(parsed) if parsed.drivername == "sqlite" else None
    try:
        return path is not None and not path.exists()
    except OSError:
        return False


def _utc_now() -> datetime:
    return datetime.now(UTC)
