"""Pools and queues of tasks: pure bookkeeping, without processes or clocks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitor.sandbox.child import Child

_BEHAVED = 3  # quick tasks in a row that let a source out of quarantine


class PoolKind(StrEnum):
    """The pools, by the work that is done in them."""

    FAST = "fast"
    SLOW = "slow"  # what took longer than a second, and what comes from a source whose last task did
    QUARANTINE = "quarantine"  # sources that killed a child, until they have behaved


@dataclass(eq=False, slots=True)
class Task:
    """One call, and the future of its caller."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    source: str
    wall: float  # seconds
    since: float  # when it began to wait for a child
    future: asyncio.Future[Any]
    deaths: int = 0  # children that were killed under it from outside


@dataclass(slots=True)
class TrackRecord:
    """The latest tasks of one source, by their ends."""

    quick: bool = False  # the last one was
    slow: bool = False  # the last one was
    kills: int = 0
    good: int = 0  # quick ones in a row

    @property
    def kind(self) -> PoolKind:
        """Return the pool in which the next task belongs."""
        if self.kills:
            return PoolKind.QUARANTINE
        return PoolKind.SLOW if self.slow else PoolKind.FAST

    def ended(self, *, quick: bool) -> None:
        """Note a task that came to an end."""
        self.quick, self.slow = quick, not quick
        self.good = self.good + 1 if quick else 0
        if self.good >= _BEHAVED:
            self.kills = 0

    def took_long(self) -> None:
        """Note a task that takes longer than it should."""
        self.quick, self.slow, self.good = False, True, 0

    def killed(self) -> None:
        """Note a task that killed its child."""
        self.took_long()
        self.kills += 1


@dataclass(slots=True)
class RoundRobin:
    """Waiting tasks, taken round-robin: sources take turns, and each source's tasks keep their order."""

    _waiting: OrderedDict[str, deque[Task]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        """Return how many tasks wait."""
        return sum(map(len, self._waiting.values()))

    def put(self, task: Task, *, first: bool = False) -> None:
        """Add a task, behind or before the others of its source."""
        own = self._waiting.setdefault(task.source, deque())
        (own.appendleft if first else own.append)(task)

    def take(self, may: Callable[[str], bool] = lambda _: True) -> Task | None:
        """Take the next task of the source whose turn it is, among those that `may` start."""
        source = next((source for source in self._waiting if may(source)), None)
        if source is None:
            return None
        own = self._waiting[source]
        task = own.popleft()
        self._waiting.pop(source)
        if own:
            self._waiting[source] = own  # at the end of the round
        return task

    def remove(self, task: Task) -> None:
        """Take out a task that nobody waits for any more."""
        own = self._waiting.get(task.source)
        if own and task in own:
            own.remove(task)
            if not own:
                del self._waiting[task.source]

    def older_than(self, since: float) -> list[Task]:
        """Return the tasks that wait since before `since`."""
        return [task for own in self._waiting.values() for task in own if task.since < since]

    def empty(self) -> list[Task]:
        """Take out all tasks."""
        tasks = [task for own in self._waiting.values() for task in own]
        self._waiting.clear()
        return tasks


@dataclass(eq=False, slots=True)
class Pool:
    """Some children and the tasks that wait for them."""

    kind: PoolKind
    size: int  # children at most
    waiting: RoundRobin = field(default_factory=RoundRobin)
    children: set[Child] = field(default_factory=set)
    idle: list[Child] = field(default_factory=list)
    starting: int = 0

    @property
    def full(self) -> bool:
        """Return whether no child may be added."""
        return len(self.children) + self.starting >= self.size

    def drop(self, child: Child) -> None:
        """Forget a child."""
        self.children.discard(child)
        if child in self.idle:
            self.idle.remove(child)
