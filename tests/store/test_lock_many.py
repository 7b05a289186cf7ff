"""Many processes on one server: who leads, and whose writing counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doubles.postgres import Postgres, end_lock_sessions
from doubles.store_samples import NOW, read, write

from monitor.errors import LostStoreError, StoreError
from monitor.model import Fact
from monitor.store import Database, open_store
from monitor.store.lock import TURN, HeldTurns

Opened = Callable[[str], Database]


@pytest.fixture
def member(postgres: Postgres) -> Iterator[Opened]:
    """Open the server's database as one process among others."""
    url, stores = postgres.lend(), []

    def open_one(instance: str) -> Database:
        store = open_store(url, clock_now=lambda: NOW, instance=instance)
        store.url = url  # type: ignore[attr-defined]
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()


def test_one_process_leads_a_role_and_another_stands_by(member: Opened) -> None:
    one, other = member("aaaa"), member("bbbb")
    with one.join(), other.join():
        lead = one.lead("judge")
        assert lead is not None
        assert other.lead("judge") is None
        schedule = other.lead("schedule")
        assert schedule is not None, "roles are apart"
        write(one, "1")
        schedule.release()
        lead.release()
        lead = other.lead("judge")
        assert lead is not None
        with pytest.raises(LostStoreError, match="leads the role judge"):
            write(one, "2")
        write(other, "3")
        assert read(other) == "3"
        with pytest.raises(LostStoreError):
            asyncio.run(one.verify())
        lead.release()
        with one.begin() as tx, pytest.raises(LostStoreError):
            tx.put(Fact.JUDGING, "4")
        lead = one.lead("judge")
        assert lead is not None, "a former leader leads again"
        write(one, "5")
        assert read(one) == "5"
        lead.release()
        lead = other.lead("judge")
        assert lead is not None
        lead.release()
        with other.begin() as tx:
            assert [(each.role, each.instance) for each in tx.leaders()] == [("judge", "bbbb"), ("schedule", "bbbb")]


def test_a_daemon_that_runs_alone_and_processes_keep_each_other_out(member: Opened) -> None:
    one, other = member("aaaa"), member("bbbb")
    with one.join():
        with pytest.raises(StoreError, match="worker aaaa"):
            other.lock()
        lead = one.lead("judge")
        assert lead is not None
    with other.lock():
        with pytest.raises(StoreError, match="another daemon"):
            one.join()
        with pytest.raises(LostStoreError):
            write(one, "1")
    lead.release()


def test_a_silent_leader_is_ended_and_writes_nothing_more(member: Opened) -> None:
    one, other = member("aaaa"), member("bbbb")
    with one.join(), other.join() as joined:
        lead = one.lead("deliver")
        assert lead is not None
        with pytest.raises(StoreError, match=r"cannot be reached|takes no writing"):
            write_meanwhile(one, lambda: other.end_sessions("aaaa"))
        taken = other.lead("deliver")
        assert taken is not None
        joined.keep()
        with pytest.raises(StoreError, match="ended"):
            lead.keep()
        with pytest.raises(LostStoreError):
            lead.keep()
        with pytest.raises(LostStoreError):
            write(one, "1")
        assert read(other) is None
        taken.release()
        lead.release()


def write_meanwhile(store: Database, event: Callable[[], object]) -> None:
    with store.begin() as tx:
        write_in(tx)
        event()
        write_in(tx)


def write_in(tx: object) -> None:
    from monitor.model import Fact

    tx.put(Fact.JUDGING, "1")  # type: ignore[attr-defined]


def test_a_lock_that_nobody_else_took_is_held_again(member: Opened) -> None:
    one = member("aaaa")
    with one.join() as joined:
        lead = one.lead("bot")
        assert lead is not None
        assert end_lock_sessions(one.url) == 2  # type: ignore[attr-defined]
        for lock in (joined, lead):
            with pytest.raises(StoreError, match="ended"):
                lock.keep()
            lock.keep()
        write(one, "1")
        lead.release()


async def test_what_a_unit_writes_counts_only_in_its_turn(member: Opened) -> None:
    one = member("aaaa")
    with one.join():
        with one.begin() as tx:
            tx.queue_turns("poll", [(7, "A")], 60)
            tx.take_turns("poll", [7], "aaaa", 60)
        token = TURN.set(HeldTurns("poll", (7,), "aaaa"))
        await one.run(write_in)
        with one.begin() as tx:
            tx.drop_turns("poll", [7])
        with pytest.raises(StoreError, match="another process does it"):
            await one.run(write_in)
        TURN.reset(token)
        await one.run(write_in)


def test_a_file_is_for_one_process(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/one.db")
    with pytest.raises(StoreError, match="PostgreSQL"):
        store.join()
    with pytest.raises(StoreError, match="PostgreSQL"):
        store.lead("judge")
    store.close()
