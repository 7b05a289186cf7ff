"""One writer: the lock, and the epoch behind it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from doubles.postgres import end_lock_sessions
from doubles.store_samples import NOW, add, read, write
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.errors import LostStoreError, StoreError
from monitor.model import Fact
from monitor.store import Database, Transaction, engine, holder_of, lock

Opened = Callable[..., Database]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str:
    borrowed: str = request.getfixturevalue("postgres").lend()
    return borrowed


# --------------------------------------------------------------------------- the epoch


def test_whoever_takes_the_lock_stops_the_writing_of_all_before(shared_url: str, opened: Opened) -> None:
    first, second, third = opened(shared_url), opened(shared_url), opened(shared_url)
    first.lock("run").release()
    write(first)
    second.lock("run").release()
    with pytest.raises(LostStoreError, match="another daemon has taken over"):
        write(first, "2")
    write(second, "3")
    third.lock("run").release()
    for former in (first, second):
        with pytest.raises(LostStoreError) as caught:
            write(former, "4")
        assert not caught.value.retryable
    assert read(third) == "3"


def test_a_former_holder_may_still_read_and_a_command_still_write(shared_url: str, opened: Opened) -> None:
    first, command, second = opened(shared_url), opened(shared_url), opened(shared_url)
    first.lock("run").release()
    second.lock("run").release()
    write(command, "by a command")
    assert read(first) == "by a command"


async def test_verify_finds_a_successor_and_asks_no_command(shared_url: str, opened: Opened) -> None:
    first, command, second = opened(shared_url), opened(shared_url), opened(shared_url)
    first.lock("run").release()
    await first.verify()
    second.lock("run").release()
    await second.verify()
    await command.verify()
    with pytest.raises(LostStoreError):
        await first.verify()


def test_a_successor_waits_for_what_is_under_way(server: str, opened: Opened) -> None:
    """Else a transaction of the former holder could commit after the next one has read."""
    first, second = opened(server), opened(server)
    former = first.lock("run")
    with first.begin() as tx:
        tx.put(Fact.JUDGING, "1")
        assert end_lock_sessions(server) == 1
        with second._engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(Exception, match="lock timeout"):
                connection.execute(text("UPDATE writer SET epoch = epoch + 1"))
    second.lock("run").release()
    assert read(second) == "1"
    former.release()


def test_a_successor_waits_no_longer_for_a_process_that_stands_still(
    server: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped within a transaction, the former holder neither commits nor ends: the server ends it."""
    assert engine.FENCE_SECONDS > engine.IDLE_SECONDS
    monkeypatch.setattr(engine, "IDLE_SECONDS", 1)
    first, second = opened(server), opened(server)
    former = first.lock("run")
    stopped = first.begin()
    stopped.__enter__().put(Fact.JUDGING, "1")
    assert end_lock_sessions(server) == 1
    second.lock("run").release()
    with pytest.raises(StoreError):
        stopped.__exit__(None, None, None)
    assert read(second) is None
    former.release()


@pytest.mark.parametrize("statement", ["insert", "update", "delete", "claim"])
def test_no_kind_of_change_passes(shared_url: str, opened: Opened, statement: str) -> None:
    first, second = opened(shared_url), opened(shared_url)
    with first.begin() as tx:
        row = add(tx, "a")
        tx.mute("watchlist", "arms", None, 1)
    first.lock("run").release()
    second.lock("run").release()
    changes: dict[str, Callable[[Transaction], object]] = {
        "insert": lambda tx: tx.create_story(NOW),
        "update": lambda tx: tx.mark_dead(row, "x"),
        "delete": lambda tx: tx.unmute("watchlist", "arms"),
        "claim": lambda tx: tx.claim_delivery(["desk"], "lane", NOW),
    }
    with pytest.raises(LostStoreError), first.begin() as tx:
        changes[statement](tx)


# --------------------------------------------------------------------------- the lock of a server


def test_a_lost_session_is_replaced_where_nobody_took_the_lock(server: str, opened: Opened) -> None:
    store = opened(server)
    with store.lock("run") as held:
        held.keep()
        assert end_lock_sessions(server) == 1
        with pytest.raises(StoreError, match=r"session that holds the lock .* ended") as caught:
            held.keep()
        assert caught.value.retryable
        held.keep()
        write(store)
        with pytest.raises(StoreError, match="another daemon"):
            opened(server).lock("run")


def test_a_lock_that_another_daemon_has_by_now_is_lost(server: str, opened: Opened) -> None:
    first, second = opened(server), opened(server)
    mine = first.lock("run")
    end_lock_sessions(server)
    with second.lock("once"):
        with pytest.raises(StoreError, match="ended"):
            mine.keep()
        with pytest.raises(LostStoreError, match=rf"another daemon \(pid {os.getpid()}, once\) has taken over"):
            mine.keep()
        with pytest.raises(LostStoreError):
            write(first)
        write(second)


def test_a_lock_that_another_daemon_had_meanwhile_is_lost(server: str, opened: Opened) -> None:
    first = opened(server)
    mine = first.lock("run")
    end_lock_sessions(server)
    opened(server).lock("once").release()
    with pytest.raises(StoreError, match="ended"):
        mine.keep()
    with pytest.raises(LostStoreError, match="has ended since"):
        mine.keep()
    assert holder_of(server) is None


def test_the_own_session_that_the_server_takes_for_alive_is_ended(server: str, opened: Opened) -> None:
    """The network broke off without a word: only this side knows that the session is over."""
    store = opened(server)
    with store.lock("run") as held:
        assert isinstance(held, lock.AdvisoryLock)
        dangling = held._connection
        assert dangling is not None
        held._connection = None
        held.keep()  # ends the old one
        while getattr(held, "_connection") is None:  # noqa: B009 — the server ends it in its own time
            held.keep()
        dangling.invalidate()
        dangling.close()
        write(store)


def test_a_server_says_who_holds_its_lock(server: str, opened: Opened) -> None:
    assert holder_of(server) is None
    with opened(server).lock("run"):
        found = holder_of(server)
        assert found is not None
        assert (found.pid, found.owner) == (os.getpid(), "run")
        assert found.started_at is not None
        assert "password" not in found.database
    with pytest.raises(StoreError, match="cannot be reached"):
        holder_of("postgresql:///x?host=/nowhere")


def test_the_lock_of_an_earlier_version_is_respected(server: str, opened: Opened) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET application_name = '4711, pid 4711'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": lock.ADVISORY_KEY})
        connection.commit()
        with pytest.raises(StoreError, match=r"another daemon \(pid 4711\)"):
            opened(server).lock("run")
        connection.invalidate()
    engine.dispose()
