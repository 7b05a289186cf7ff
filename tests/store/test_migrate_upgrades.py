"""Who may upgrade a database, and when."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from doubles.store_samples import read, write
from sqlalchemy import text

from monitor.errors import SchemaError, StoreError
from monitor.filelock import HeldError
from monitor.store import Database, migrate, schema

pytestmark = pytest.mark.usefixtures("real_migrations")

Opened = Callable[..., Database]


# --------------------------------------------------------------------------- upgrades


@pytest.fixture
def aged(shared_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database in use, which then belongs to an older version."""
    store = opened(shared_url)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    monkeypatch.setattr(migrate, "upgrade", current)
    yield store
    with store._engine.begin() as connection:  # the server lends the same tables again
        current(connection)


def current(connection: Any) -> None:
    """Upgrade without a step: the tables are there."""
    connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": schema.HEAD})


def test_nothing_is_upgraded_under_a_daemon(aged: Database, shared_url: str, opened: Opened) -> None:
    hold = aged._take("run")
    assert hold is not None
    for read_only in (False, True):
        with pytest.raises(
            StoreError,
            match=rf"older version \(schema 0001\); a daemon of that version uses it \(pid {os.getpid()}, run\): stop",
        ) as caught:
            opened(shared_url, read_only=read_only)
        assert caught.value.retryable is not read_only
    with aged._engine.begin() as connection:
        assert migrate.revision_of(connection) == "0001"
    hold.release()
    opened(shared_url)
    with aged._engine.begin() as connection:
        assert migrate.revision_of(connection) == schema.HEAD
    assert aged.holder() is None


def test_two_that_upgrade_at_once_do_it_one_after_the_other(
    aged: Database, shared_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = aged._take("upgrade")
    assert hold is not None

    def pause(_seconds: float) -> None:
        with aged._engine.begin() as connection:
            current(connection)
        hold.release()

    monkeypatch.setattr("monitor.store.database.time", SimpleNamespace(sleep=pause))  # other threads sleep, too
    write(opened(shared_url))


def test_an_upgrade_that_does_not_end_is_not_waited_for_for_ever(
    aged: Database, shared_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = aged._take("upgrade")
    assert hold is not None
    monkeypatch.setattr("monitor.store.database._PAUSE", 0.0)
    monkeypatch.setattr("monitor.store.database._PATIENCE", 2)
    with pytest.raises(StoreError, match="does not end"):
        opened(shared_url)
    hold.release()


def test_a_database_that_another_version_changed_meanwhile_is_not_used(aged: Database) -> None:
    with pytest.raises(StoreError, match="changed by another version"):
        aged.lock("run")
    assert aged.holder() is None
    with aged._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer version"):
        aged.lock("run")


def test_a_command_works_beside_a_daemon_of_the_same_version(shared_url: str, opened: Opened) -> None:
    daemon = opened(shared_url)
    with daemon.lock("run"):
        command = opened(shared_url)
        write(command, "by a command")
        write(daemon, "by the daemon")
        assert read(command) == "by the daemon"
        with pytest.raises(HeldError):
            command._take("upgrade")
