"""Base of the repositories: the open connection, the clock, and upserts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

from monitor.store.errors import is_trouble
from monitor.store.quick import QuickConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"
"""An INSERT with `on_conflict_do_…`: both databases have it, under two names in SQLAlchemy."""


def insert_into(dialect: str, table: Table) -> Insert:
    """Begin an INSERT for a database; statements that run often are built once for each, by a cached function."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # twenty modules, which a daemon on SQLite does not need

    return postgresql.insert(table)


class Repository:
    """Statements on one family of tables, within one open transaction.

    `now` dates what the caller gives no time for. What runs for each poll, article or message is built once, at import
    or at its first use: building takes SQLAlchemy four times as long as running takes SQLite.
    """

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self.connection = connection
        self.now = now

    @property
    def dialect(self) -> str:
        """Return the name of the database's kind: 'sqlite' or 'postgresql'."""
        return self.connection.dialect.name

    def upsert(self, table: Table) -> Insert:
        """Begin an INSERT with `on_conflict_do_…`."""
        return insert_into(self.dialect, table)

    @contextmanager
    def apart(self, failed: Callable[[Exception], None]) -> Iterator[None]:
        """Write what must not keep the rest of the transaction from being written.

        An error in the block takes back what the block wrote, and that alone; `failed` is told of it. A failure of the
        database itself, such as a full disk, is raised: it ends the whole transaction.
        """
        met: Exception | None = None
        try:
            connection = self.connection
            with connection.savepoint() if isinstance(connection, QuickConnection) else connection.begin_nested():
                try:
                    yield
                except Exception as error:  # a stage's outermost loop: what it wrote is taken back
                    met = error
                    raise
        except Exception as error:  # that one, or one of taking it back
            if met is None:
                raise
            if error is not met or is_trouble(met):
                raise met from None  # SQLite ends a transaction by itself where the disk is full, for one
            failed(met)
