"""The schema that tests get at once is what the migrations make."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from doubles import schema_once
from sqlalchemy import Connection, create_engine


def dump(make: Callable[[Connection], None]) -> list[str]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        make(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        found = list(raw.iterdump())
    engine.dispose()
    return found


def test_an_empty_database_becomes_what_migrations_make_of_it() -> None:
    made = dump(schema_once.upgrade)
    assert made == dump(schema_once.run_migrations)
    assert any("alembic_version" in line and "INSERT" in line for line in made)


def test_a_database_that_is_not_empty_is_migrated() -> None:
    def older(connection: Connection) -> None:
        schema_once.run_migrations(connection, "0009")
        schema_once.upgrade(connection)

    tables = {line.split("(")[0] for line in dump(older) if line.startswith("CREATE TABLE")}
    assert tables == {line.split("(")[0] for line in dump(schema_once.upgrade) if line.startswith("CREATE TABLE")}
