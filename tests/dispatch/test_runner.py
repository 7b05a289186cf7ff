"""What becomes of a reader's places and turns where tasks are cancelled at awkward moments."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from doubles.clock import FixedClock
from doubles.patience import HANG

from monitor.dispatch.local import LocalDispatcher
from monitor.dispatch.runner import Unit, UnitRunner
from monitor.model import Outcome, Result
from monitor.store import Database, open_store


class Reader:
    """A process with one place, whose units end at once."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.done: list[int] = []
        local = LocalDispatcher({"poll": self.unit}, {"poll": 1}, self.crashed)
        self.runner = UnitRunner(store, local, "me", 1)

    async def unit(self, ident: int) -> Outcome:
        self.done.append(ident)
        return Outcome(Result.DONE)

    async def crashed(self, _kind: str, _ident: int, error: BaseException) -> None:
        raise error

    def queue(self, *idents: int) -> None:
        with self.store.begin() as tx:
            tx.queue_turns("poll", [(ident, f"S{ident}") for ident in idents], 60)

    async def do(self, *idents: int) -> None:
        """Do units, whose turns are queued first."""
        self.queue(*idents)
        async with asyncio.timeout(HANG):
            await self.runner.do("poll", idents)

    def turns(self) -> list[int]:
        with self.store.begin() as tx:
            return [turn.ident for turn in tx.turns()]


@pytest.fixture
def reader() -> Iterator[Reader]:
    store = open_store("sqlite://", clock_now=FixedClock().now)
    yield Reader(store)
    store.close()


async def test_a_unit_that_is_cancelled_as_its_turn_comes_keeps_neither_turn_nor_place(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the moment at which it may begin, and that at which it does."""
    give = reader.runner._give

    def give_and_cancel(asked: list[Unit], taken: list[Unit]) -> None:
        give(asked, taken)
        task.cancel()

    reader.queue(1)
    task = asyncio.create_task(reader.runner.do("poll", [1]))
    with monkeypatch.context() as patched:
        patched.setattr(reader.runner, "_give", give_and_cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
    assert reader.done == []
    async with asyncio.timeout(HANG):
        while reader.turns():  # noqa: ASYNC110 — the store has no event
            await asyncio.sleep(0.01)
    await reader.do(2)
    await reader.do(1)
    assert reader.done == [2, 1]


async def test_a_unit_that_comes_again_as_it_is_refused_does_not_wait_for_ever(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first task finds no turn; its second one comes before the first has seen that."""
    give = reader.runner._give
    second: list[asyncio.Task[None]] = []

    def give_as_another_comes(asked: list[Unit], taken: list[Unit]) -> None:
        if not second:
            reader.queue(1)
            second.append(asyncio.create_task(reader.runner._one("poll", 1)))  # which begins before the first goes on
        give(asked, taken)

    monkeypatch.setattr(reader.runner, "_give", give_as_another_comes)
    async with asyncio.timeout(HANG):
        await reader.runner.do("poll", [1])
        await asyncio.gather(*second)
    assert reader.done == [1]
