"""Base of the repositories: the open connection, the clock, and upserts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


class Repository:
    """Statements on one family of tables, within one open transaction.

    `now` dates what the caller gives no time for.
    """

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self.connection = connection
        self.now = now

    def upsert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Begin an INSERT with `on_conflict_do_…`: both databases have it, under two names in SQLAlchemy."""
        if self.connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)
