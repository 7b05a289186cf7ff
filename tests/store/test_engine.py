"""Sessions of PostgreSQL: asked whether they are there only where there is a reason, and replaced where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from doubles.store_samples import NOW
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.errors import StoreError
from monitor.store import Database, Transaction, engine, open_store


class Lender(Protocol):
    """The server of conftest.py."""

    def lend(self, *, migrated: bool = True) -> str: ...


@pytest.fixture
def store(postgres: Lender) -> Iterator[Database]:
    opened = open_store(postgres.lend(), clock_now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def asked(store: Database, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return the sessions that were asked whether they are there."""
    found: list[object] = []
    dialect = store._engine.dialect
    ask = dialect.do_ping

    def count(connection: Any) -> bool:
        found.append(connection)
        return ask(connection)

    monkeypatch.setattr(dialect, "do_ping", count)
    return found


def session(tx: Transaction) -> int:
    return int(tx.connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def used(store: Database) -> int:
    with store.begin() as tx:
        return session(tx)


ENDING = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def end_sessions(store: Database) -> None:
    """Do what a restart or an idle reaper does; return once the sessions are gone."""
    made = create_engine(make_url(store.address).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with made.connect() as connection:
        connection.execute(text(ENDING))
    made.dispose()


def test_a_session_that_was_just_used_is_not_asked(store: Database, asked: list[object]) -> None:
    assert len({used(store) for _ in range(5)}) == 1
    assert asked == []


def test_a_session_that_idled_is_asked(store: Database, asked: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    first = used(store)
    monkeypatch.setattr(engine, "ASK_SECONDS", 0.0)
    assert used(store) == first
    assert len(asked) == 1


def test_no_transaction_begins_in_a_session_that_the_server_has_ended(store: Database) -> None:
    first = used(store)
    for _ in range(3):
        end_sessions(store)
        again = used(store)
        assert again != first
        first = again


def test_a_session_that_this_side_has_lost_is_replaced(store: Database) -> None:
    with store.begin() as tx:
        first = session(tx)
        lost: Any = tx.connection.connection.driver_connection
    lost.close()
    assert used(store) != first


def test_a_session_that_ends_in_a_transaction_is_an_error_that_may_be_tried_again(store: Database) -> None:
    def cut_off(store: Database) -> None:
        with store.begin() as tx:
            session(tx)
            end_sessions(store)
            session(tx)

    with pytest.raises(StoreError) as caught:
        cut_off(store)
    assert caught.value.retryable
    assert used(store)
