"""The pace of hosts that several processes ask: by the database, and reserved ahead with other things."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from monitor.app.shared_pace import CLOSED, DatabasePace
from monitor.errors import LostStoreError, StoreError
from monitor.fetch.client import SPACING
from monitor.store import Database, Transaction


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def pace(store: Database, seconds: Seconds) -> DatabasePace:
    return DatabasePace(store, seconds)


def reserve_ahead(store: Database, pace: DatabasePace, *hosts: str) -> None:
    with store.begin() as tx:
        note = pace.reserve_ahead(tx, hosts)
    note()


def refuse(*_: object) -> None:
    raise StoreError("away")


async def test_what_was_reserved_ahead_asks_the_database_no_more(
    store: Database, pace: DatabasePace, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve_ahead(store, pace, "a.example", "a.example", "a.example", "b.example")
    monkeypatch.setattr(Transaction, "reserve_host", lambda *_: (77.0, 0.0))
    assert await pace.reserve("a.example", SPACING) == pytest.approx((0, 0), abs=1e-3)
    wait, _ = await pace.reserve("a.example", SPACING)
    assert wait == pytest.approx(SPACING, abs=1e-3)
    assert await pace.reserve("a.example", SPACING) == (77, 0), "two at a time"
    assert await pace.reserve("b.example", SPACING) == pytest.approx((0, 0), abs=1e-3)
    assert await pace.reserve("b.example", SPACING) == (77, 0)


async def test_requests_of_two_processes_are_apart(store: Database, pace: DatabasePace, seconds: Seconds) -> None:
    other = DatabasePace(store, seconds)
    reserve_ahead(store, pace, "a.example")
    reserve_ahead(store, other, "a.example", "b.example")
    assert await pace.reserve("a.example", SPACING) == pytest.approx((0, 0), abs=1e-3)
    wait, _ = await other.reserve("a.example", SPACING)
    assert wait == pytest.approx(SPACING, abs=1e-3)
    assert await other.reserve("b.example", SPACING) == pytest.approx((0, 0), abs=1e-3)


async def test_a_moment_that_is_over_is_not_used(
    store: Database, pace: DatabasePace, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve_ahead(store, pace, "a.example", "a.example", "b.example")
    monkeypatch.setattr(Transaction, "reserve_host", lambda *_: (77.0, 0.0))
    seconds.now += 0.8 * SPACING
    wait, _ = await pace.reserve("a.example", SPACING)
    assert wait == pytest.approx(0.2 * SPACING, abs=1e-3), "the second one"
    assert await pace.reserve("b.example", SPACING) == (77, 0)
    reserve_ahead(store, pace, "c.example")
    seconds.now += 9
    reserve_ahead(store, pace, "d.example")
    assert list(pace._ahead) == ["d.example"]


async def test_a_host_that_wants_silence_is_not_reserved(store: Database, pace: DatabasePace) -> None:
    reserve_ahead(store, pace, "a.example")
    await pace.close_host("a.example", 300)
    reserve_ahead(store, pace, "a.example")
    wait, closed = await pace.reserve("a.example", SPACING)
    assert wait < 0
    assert 299 < closed <= 300


async def test_what_was_reserved_is_not_used_where_another_process_hears_that_a_host_wants_silence(
    store: Database, pace: DatabasePace, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(Transaction, "signal", lambda _, topic, text="": said.append((topic, text)))
    other = DatabasePace(store, seconds)
    reserve_ahead(store, pace, "a.example", "b.example", "c.example")
    await other.close_host("a.example", 300)
    assert said == [(CLOSED, "a.example")]
    pace.hear_closed("a.example")
    wait, closed = await pace.reserve("a.example", SPACING)
    assert wait < 0
    assert 299 < closed <= 300
    assert await pace.reserve("b.example", SPACING) == pytest.approx((0, 0), abs=1e-3), "this one wants nothing"
    pace.hear_closed("z.example")
    assert list(pace._ahead) == ["c.example"]
    pace.hear_closed("")  # of a new connection: what was said meanwhile is not known
    assert not pace._ahead


async def test_without_the_database_each_goes_by_its_own_pace(
    pace: DatabasePace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transaction, "reserve_host", refuse)
    monkeypatch.setattr(Transaction, "close_host", refuse)
    assert await pace.reserve("a.example", SPACING) == pytest.approx((0, 0), abs=1e-3)
    await pace.close_host("a.example", 300)

    def lost(*_: object) -> None:
        raise LostStoreError("another daemon has it")

    monkeypatch.setattr(Transaction, "reserve_host", lost)
    with pytest.raises(LostStoreError):
        await pace.reserve("a.example", SPACING)
