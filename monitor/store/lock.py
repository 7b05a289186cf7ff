"""One daemon a database: a lock that the operating system or the server drops when its holder dies.

The lock keeps a second daemon from starting. It may be lost while its holder lives (the server restarts, somebody
deletes the file), so whoever takes it also raises the epoch in the table `writer`, and the transactions of an earlier
holder, which know the epoch that they began with, fail from then on: see `Fence`.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import structlog
from sqlalchemy import Connection, Double, Engine, Select, cast, func, select, text, update
from sqlalchemy.exc import DBAPIError

from monitor.errors import LostStoreError, LostTurnError, StoreError
from monitor.filelock import HeldError, LockFile, LockHolder, holder_of
from monitor.model import Fact
from monitor.store.base import insert_into
from monitor.store.engine import FENCE_SECONDS
from monitor.store.schema import memory, writer
from monitor.store.schema_scale import leaders, turns

log = structlog.get_logger(__name__)

ADVISORY_KEY = 0x6E657773_6D6F6E69
"""The bytes of 'newsmoni': advisory locks are numbers, and each database has its own."""

MOVING = "migrate-storage"
"""The owner of the locks of two databases while rows are moved from one to the other."""

ROLES = ("schedule", "judge", "deliver", "bot")
"""Roles that one process at a time leads; each has an advisory lock of its own."""

CORE_KEY = ADVISORY_KEY + 100
"""The lock of a transaction among those of all leaders: one at a time writes the outbox, as in one process."""

UPGRADE_KEY = ADVISORY_KEY + 101
"""The lock of whoever upgrades a database that several processes use."""

_PATIENCE = text(f"SET LOCAL lock_timeout = '{FENCE_SECONDS}s'")

_APPLICATION = re.compile(r"(?P<pid>\d+)(?:, (?P<owner>[^\[]*?))? \[(?P<token>\w+)\] (?P<host>.*)")


class DatabaseLock:
    """The lock of a database, held until `release` is called, the block ends, or the process dies.

    As it is, the lock of a database in memory, which no other process sees.
    """

    epoch: int | None = None
    """The epoch that goes with the lock; None where it was taken for an upgrade alone."""

    def keep(self) -> None:
        """Check that the lock is still held; take it again where it was lost and nobody has it.

        Raises LostStoreError where another daemon has it, or had it meanwhile; a retryable StoreError where the server
        cannot be asked now.
        """

    def release(self) -> None:
        """Release the lock. Safe to call twice."""

    def __enter__(self) -> Self:
        """Return the lock, held already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self.release()


# --------------------------------------------------------------------------- SQLite


def lock_path(path: Path) -> Path:
    """Return the lock's file, `<database>.lock`; it is never removed: two daemons might lock two files of one name."""
    return path.with_name(path.name + ".lock")


class SqliteLock(DatabaseLock):
    """The lock of a SQLite database: a file beside it.

    Raises HeldError, or StoreError where its file cannot be made.
    """

    def __init__(self, path: Path, owner: str) -> None:
        self._path = lock_path(path)
        try:
            self._file = LockFile(self._path, owner=owner, database=f"sqlite:///{path}", like=path)
        except OSError as error:
            raise self._cannot(error, retryable=False) from error

    def keep(self) -> None:
        """Take the lock again where its file was deleted."""
        try:
            self._file.keep()
        except HeldError as error:
            raise taken_over(str(error.holder)) from error
        except OSError as error:
            raise self._cannot(error, retryable=True) from error

    def release(self) -> None:
        """Release the lock; the file stays."""
        self._file.release()

    def _cannot(self, error: OSError, *, retryable: bool) -> StoreError:
        return StoreError(f"cannot open the lock {self._path}: {error.strerror}", retryable=retryable)


# --------------------------------------------------------------------------- PostgreSQL


class AdvisoryLock(DatabaseLock):
    """PostgreSQL's advisory lock, by a session of its own that carries pid and host for the loser to read.

    Raises HeldError; DBAPIError where the server does not answer. `engine` makes one connection for each session, and
    commits each statement. `key` is the lock's number; with `shared` any number of processes have it, and none alone.
    """

    def __init__(self, engine: Engine, name: str, owner: str, key: int = ADVISORY_KEY, *, shared: bool = False) -> None:
        self._engine = engine
        self._name = name
        self._key = key
        self._shared = "_shared" if shared else ""
        self._epoch = _epoch_of(key)
        self._token = secrets.token_hex(4)
        self._label = _application(owner, self._token)
        self._connection: Connection | None = self._take()

    def keep(self) -> None:
        """Ask the server over the lock's own session; begin another one where that is over."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return
            self._retake()
        except DBAPIError as error:
            self._drop()
            raise StoreError(f"the session that holds the lock of {self._name} ended", retryable=True) from error

    def release(self) -> None:
        """Unlock, and end the session: the server would take its time to drop the lock with it."""
        if self._connection is not None:
            with contextlib.suppress(DBAPIError):
                self._connection.execute(text(f"SELECT pg_advisory_unlock{self._shared}(:key)"), {"key": self._key})
        self._drop()
        self._engine.dispose()

    def _take(self) -> Connection:
        connection = self._engine.connect()
        try:
            connection.execute(text("SELECT set_config('application_name', :label, false)"), {"label": self._label})
            if connection.scalar(text(f"SELECT pg_try_advisory_lock{self._shared}(:key)"), {"key": self._key}):
                return connection
            holder = server_holder(connection, self._name, self._key) or LockHolder()
        except BaseException:
            _end(connection)
            raise
        _end(connection)
        raise HeldError(holder)

    def _retake(self) -> None:
        """Take the lock again: nothing is lost where nobody had it meanwhile."""
        try:
            connection = self._take()
        except HeldError as error:
            if self._end_own_session():
                return  # the server had not noticed that it is over
            raise taken_over(str(error.holder)) from error
        self._connection = connection  # let go by `keep`, should the server fail now
        if self.epoch is None or connection.scalar(self._epoch) != self.epoch:
            self._drop()
            raise taken_over("it has ended since")
        log.warning("the session with the database's lock had ended; the lock is held again", database=self._name)

    def _end_own_session(self) -> bool:
        """End the session that has the lock, where it is an earlier one of this very object; return whether it was."""
        with self._engine.connect() as connection:
            holder = connection.execute(_HOLDER, _halves(self._key)).first()
            own = holder is not None and holder.application_name == self._label
            if holder is not None and own:
                connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": holder.pid})
            _end(connection)
        return own

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            _end(connection)


_HOLDER = text(
    "SELECT pid, application_name, backend_start FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND classid = :high AND objid = :low"
    " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _end(connection: Connection) -> None:
    connection.invalidate()  # the session ends, and its lock with it
    connection.close()


def _application(owner: str, token: str) -> str:
    """Name a session; PostgreSQL cuts names at 63 bytes and takes ASCII alone.

    `owner` of a process among others holds its instance, by which `end_sessions` finds it.
    """
    label = f"{os.getpid()}, {owner}" if owner else str(os.getpid())
    return f"{label} [{token}] {socket.gethostname()}".encode("ascii", "replace").decode()[:63]


def _halves(key: int) -> dict[str, int]:
    """Return a lock's number as `pg_locks` shows it."""
    return {"high": key >> 32, "low": key & 0xFFFFFFFF}


def server_holder(connection: Connection, name: str, key: int = ADVISORY_KEY) -> LockHolder | None:
    """Return which session has the lock, or one of those that share it; None where none has."""
    found = connection.execute(_HOLDER, _halves(key)).first()
    if found is None:
        return None
    label = found.application_name or ""
    since = found.backend_start
    match = _APPLICATION.fullmatch(label)
    if match is None:  # of an earlier version
        pid, _, owner = label.partition(", ")
        return LockHolder(int(pid) if pid.isdecimal() else None, owner, started_at=since, database=name)
    return LockHolder(int(match["pid"]), match["owner"] or "", match["host"], since, name)


# --------------------------------------------------------------------------- the fence

_EPOCH = select(func.max(writer.c.epoch))
_EPOCH_TO_WRITE = select(writer.c.epoch).with_for_update(read=True)


class Fence:
    """A check that fails the writing transactions of a former holder of the lock.

    A writing transaction reads the epoch FOR SHARE: it cannot be raised before that transaction has ended, and once it
    was raised the read finds that. So what a former holder began in time is whole before the next one reads, and what
    it began later fails.
    """

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    @classmethod
    def raised(cls, connection: Connection) -> Self:
        """Raise the epoch; waits for transactions of the last holder that are under way."""
        if connection.dialect.name == "postgresql":
            connection.execute(_PATIENCE)
            connection.execute(update(leaders).values(epoch=leaders.c.epoch + 1))  # whoever led a role leads no more
        first = insert_into(connection.dialect.name, writer).values(id=1, epoch=1)
        taken = first.on_conflict_do_update(index_elements=[writer.c.id], set_={"epoch": writer.c.epoch + 1})
        return cls(connection.execute(taken.returning(writer.c.epoch)).scalar_one())

    def check(self, connection: Connection, *, writing: bool) -> None:
        """Raise LostStoreError where another daemon has raised the epoch since."""
        if connection.scalar(_EPOCH_TO_WRITE if writing else _EPOCH) != self.epoch:
            raise taken_over("")


class MemberFence(Fence):
    """A check that fails transactions of a process once a daemon that runs alone has taken the database.

    Not FOR SHARE: many processes write at once, and what they write bears being written twice.
    """

    def check(self, connection: Connection, *, writing: bool) -> None:
        """Raise LostStoreError where a daemon has raised the epoch since."""
        if writer_epoch(connection) != self.epoch:
            raise taken_over("")
        turn = TURN.get()
        if writing and turn is not None:
            _check_turn(connection, turn)


class RoleFence(Fence):
    """A check that fails the writing transactions of a role's former leader."""

    def __init__(self, role: str, epoch: int) -> None:
        super().__init__(epoch)
        self.role = role

    @classmethod
    def take(cls, connection: Connection, role: str, instance: str) -> Self:
        """Raise the role's epoch; waits for transactions of the last leader that are under way."""
        connection.execute(_PATIENCE)
        now = cast(func.extract("epoch", func.clock_timestamp()), Double)
        first = insert_into("postgresql", leaders).values(role=role, epoch=1, instance=instance, since=now)
        changes = {"epoch": leaders.c.epoch + 1, "instance": instance, "since": now}
        taken = first.on_conflict_do_update(index_elements=[leaders.c.role], set_=changes)
        return cls(role, connection.execute(taken.returning(leaders.c.epoch)).scalar_one())

    def check(self, connection: Connection, *, writing: bool) -> None:
        """Raise LostStoreError where another process leads the role."""
        found = select(leaders.c.epoch).where(leaders.c.role == self.role)
        if connection.scalar(found.with_for_update(read=True) if writing else found) != self.epoch:
            raise LostStoreError(f"another process leads the role {self.role} now; this one has stopped writing in it")


@dataclass(frozen=True, slots=True)
class HeldTurns:
    """The turns that a process has while it does units of work: what it writes for them counts only as long."""

    kind: str
    idents: tuple[int, ...]
    owner: str


TURN: ContextVar[HeldTurns | None] = ContextVar("turn", default=None)
"""The turns of the unit of work that the running task does; `Database.run` carries it to the store's thread."""


def _check_turn(connection: Connection, turn: HeldTurns) -> None:
    """Raise LostTurnError where turns are another process's now: this one was stopped or cut off for too long."""
    mine = select(turns.c.ident).where(
        turns.c.kind == turn.kind, turns.c.ident.in_(turn.idents), turns.c.owner == turn.owner
    )
    lost = set(turn.idents).difference(connection.scalars(mine.with_for_update()))
    if lost:
        raise LostTurnError(turn.kind, lost)


def _epoch_of(key: int) -> Select[Any]:
    """Return the query for the epoch that goes with a lock."""
    if key == ADVISORY_KEY:
        return select(func.coalesce(func.max(writer.c.epoch), 0))
    return select(leaders.c.epoch).where(leaders.c.role == ROLES[key - ADVISORY_KEY - 1])


def writer_epoch(connection: Connection) -> int:
    """Return how often a daemon has taken the database's lock."""
    return connection.scalar(select(func.max(writer.c.epoch))) or 0


def role_key(role: str) -> int:
    """Return the number of a role's lock."""
    return ADVISORY_KEY + 1 + ROLES.index(role)


def end_sessions(connection: Connection, instance: str) -> int:
    """End all sessions of a process, and with them its locks and open transactions; return how many there were."""
    own = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND strpos(application_name, :instance) > 0 AND pid <> pg_backend_pid()"
    )
    return int(connection.scalar(own, {"instance": instance}) or 0)


def taken_over(holder: str) -> LostStoreError:
    """Return the error for a database that another daemon has taken over."""
    more = f" ({holder})" if holder else ""
    return LostStoreError(
        f"another daemon{more} has taken over the database; this one has stopped writing and sending. "
        "Run one daemon a database: see docs/store.md"
    )


def taken(name: str, holder: LockHolder) -> StoreError:
    """Return the error for a database that another daemon uses."""
    return StoreError(
        f"another daemon ({holder}) uses this database: {name}; stop it first, or give this one its own storage.url",
        retryable=False,
    )


def refuse_moved(connection: Connection, name: str) -> None:
    """Raise StoreError for a database whose rows were moved elsewhere, or that has but a part of another's rows."""
    marks = select(memory.c.key, memory.c.value).where(memory.c.key.in_([Fact.MOVED_TO, Fact.MOVING_FROM]))
    found: dict[str, str] = {row.key: row.value for row in connection.execute(marks)}
    if Fact.MOVED_TO in found:
        raise StoreError(
            f"{name} was moved to {found[Fact.MOVED_TO]}: set storage.url to that. What was sent since then is not"
            " known here, and would be sent again",
            retryable=False,
        )
    if Fact.MOVING_FROM in found:
        raise StoreError(
            f"{name} has but a part of another database's rows: run `monitor migrate-storage` again, which goes on",
            retryable=False,
        )


def file_holder(path: Path, name: str) -> LockHolder | None:
    """Return who holds the lock beside a SQLite database; None where nobody does. Raises StoreError."""
    try:
        found = holder_of(lock_path(path))
    except OSError as error:
        raise StoreError(f"cannot look at the lock {lock_path(path)}: {error.strerror}", retryable=False) from error
    return None if found is None else replace(found, database=found.database or name)
