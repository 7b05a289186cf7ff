"""Engines: the settings with which each database keeps a committed transaction through a power cut."""

from __future__ import annotations

import select
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

JOURNAL_BYTES = 16 * 1024 * 1024
"""What a journal that has grown is cut to once it is empty."""

BUSY_SECONDS = 10.0
"""How long a writer waits for another one, such as a command beside the daemon."""

IDLE_SECONDS = 30
"""PostgreSQL ends a session that idles in a transaction for so long: a stopped process holds up the next daemon.

No transaction computes for so long between two statements, not even on a busy machine; one that was ended is retried.
"""

FENCE_SECONDS = IDLE_SECONDS + 15
"""How long the next holder of a lock waits for a transaction of the last one: until the server must have ended it."""

ASK_SECONDS = 5.0
"""After so long without a transaction a session of PostgreSQL is asked whether it is still there."""

NETWORK = {
    "connect_timeout": 10,
    # A connection whose other end is gone without a word is over after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Network settings for libpq; they apply to TCP alone."""


def make_engine(url: URL, path: Path | None, *, read_only: bool, application: str = "") -> Engine:
    """Build the engine; nothing is opened yet. `path` is the file of a SQLite database, None in memory or elsewhere.

    `application` is what sessions are named by on a server.
    """
    if url.drivername == "sqlite":
        return _sqlite_engine(url, path, read_only=read_only)
    engine = create_engine(
        url,
        pool_size=2,
        max_overflow=0,
        connect_args=NETWORK | ({"application_name": application} if application else {}),
        execution_options={"postgresql_readonly": True} if read_only else {},
    )
    _on_connect(engine, f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    _replace_ended_sessions(engine)
    return engine


def _replace_ended_sessions(engine: Engine) -> None:
    """Have no transaction begin in a session that the server has ended meanwhile (a restart, an idle reaper).

    As `pool_pre_ping`, which asks the server before each transaction: that was a third of all that was asked of it.
    Here the socket is looked at: all that the server sends to an idle session is the notice of its end. Only a session
    that was idle for `ASK_SECONDS` is asked, as a network may have dropped the connection without a packet.
    """

    @event.listens_for(engine, "checkin")
    def checked_in(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checked_out(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get("idle_since")
        if since is None or (time.monotonic() - since < ASK_SECONDS and not _has_input(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool connects anew


def _has_input(connection: Any) -> bool:
    """Return whether the server has sent something to an idle session, or closed it."""
    if connection.closed:
        return True
    poll = select.poll()  # not select(), which takes no descriptors above 1,023
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def make_lock_engine(url: URL) -> Engine:
    """Build the engine of the daemon's lock on PostgreSQL: each connection a session, each statement committed."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=NETWORK)
    # The server finds out within two minutes that a holder's host is gone.
    _on_connect(
        engine, "SET tcp_keepalives_idle = 60", "SET tcp_keepalives_interval = 15", "SET tcp_keepalives_count = 4"
    )
    return engine


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()


def _sqlite_engine(url: URL, path: Path | None, *, read_only: bool) -> Engine:
    """One connection for all threads; the store lets one in at a time."""
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    if path is not None and read_only:
        place = path.resolve().as_uri() + "?mode=ro"
        arguments["uri"] = True
        engine = create_engine(url, poolclass=StaticPool, creator=lambda: sqlite3.connect(place, **arguments))
    else:
        engine = create_engine(url, poolclass=StaticPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver opens no transactions of its own: `begin` below does
        for pragma in _pragmas(read_only=read_only):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads first and writes later fails at once where another one wrote in between.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _pragmas(*, read_only: bool) -> tuple[str, ...]:
    """Return the pragmas of a new connection.

    FULL flushes the journal at every commit: with NORMAL, a power cut takes the last commits back. `auto_vacuum` counts
    for a file that is made now, and only before any other statement; an old file gets it by `monitor compact`.
    Without a limit the journal stays as large as the largest transaction ever was.
    """
    if read_only:
        return ("query_only = ON",)
    return (
        "auto_vacuum = INCREMENTAL",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"journal_size_limit = {JOURNAL_BYTES}",
    )
