"""A store that refuses when it is told to, before, within or after a transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from monitor.store import Transaction
from monitor.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """`error` at the `first` transaction and those after it, `times` in all.

    `when`: 'before' nothing was done; 'within' it is rolled back; 'after' it is committed, and only the answer is lost.
    """

    first: int
    when: str
    error: Exception
    times: int = 1


class RefusingStore(Database):
    """Counts what goes through `run`; `begin` is left to the test itself."""

    refusal: Refusal | None = None
    refusing: Exception | None = None  # at every transaction, before it, as long as it is set
    count = 0

    async def run(self, function: Callable[[Transaction], T]) -> T:
        self.count += 1
        if self.refusing is not None:
            raise self.refusing
        refusal = self.refusal
        if refusal is None or not refusal.first <= self.count < refusal.first + refusal.times:
            return await super().run(function)
        if refusal.when == "before":
            raise refusal.error

        def broken(tx: Transaction) -> T:
            function(tx)
            raise refusal.error

        await super().run(function if refusal.when == "after" else broken)
        raise refusal.error
