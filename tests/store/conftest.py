"""The store, on every database that it promises: each test has one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doubles.postgres import Postgres
from doubles.store_samples import NOW

from monitor.store import Database, open_store


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
