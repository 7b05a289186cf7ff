"""The newest schema in an empty SQLite database at once: what the migrations made of one, made again by its SQL.

Thousands of tests open a store, and a dozen migrations take each of them a tenth of a second.
"""

from __future__ import annotations

import sqlite3
from functools import cache

from sqlalchemy import Connection, create_engine, inspect

from monitor.store import migrate

run_migrations = migrate.upgrade


def upgrade(connection: Connection, to: str = "head") -> None:
    """Do what `migrate.upgrade` does."""
    if to != "head" or connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
        run_migrations(connection, to)
        return
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    for line in statements():
        raw.execute(line)  # by SQLAlchemy, they take half as long again


@cache
def statements() -> tuple[str, ...]:
    """Return the SQL of the newest schema."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        run_migrations(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        found = tuple(line for line in raw.iterdump() if line not in {"BEGIN TRANSACTION;", "COMMIT;"})
    engine.dispose()
    return found
