"""Which commands are answered at the same time: a slow one holds up no quick one, and each chat keeps its order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

from monitor.bot.updates import CommandUpdate

_SLOW = 2  # slow commands at the same time: each may keep a core busy that polling needs, too

_EDITS = (0, "edits")  # no chat has this id

Lane = tuple[int, str]
"""A chat's id and the pace of its commands: those of one lane are answered one after another."""


@dataclass(slots=True)
class CommandLanes:
    """The commands that are being answered.

    `slow` names the commands that may take seconds. A confirmed command edits the configuration: of those there is one
    at a time in all chats.
    """

    slow: Collection[str] = ()
    _busy: dict[Lane, tuple[CommandUpdate, asyncio.Task[None]]] = field(default_factory=dict)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Return the tasks that answer."""
        return [task for _, task in self._busy.values()]

    def in_chat(self, chat: int) -> int:
        """Return how many commands of a chat are being answered."""
        return sum(update.chat.id == chat for update, _ in self._busy.values())

    def lane(self, update: CommandUpdate) -> Lane:
        """Return the lane of a command."""
        if update.confirmed:
            return _EDITS
        return update.chat.id, "slow" if update.command in self.slow else "quick"

    def may_begin(self, lane: Lane) -> bool:
        """Return whether nothing of a lane is under way, nor, for a slow lane, too much of others."""
        _, pace = lane
        return lane not in self._busy and (pace != "slow" or sum(each == pace for _, each in self._busy) < _SLOW)

    def begin(self, update: CommandUpdate, work: Coroutine[Any, Any, None], ended: Callable[[], None]) -> None:
        """Answer a command in its lane, which is free; `ended` is called when it is free again."""
        lane = self.lane(update)
        task = asyncio.create_task(work, name=f"bot command {update.update_id}")
        self._busy[lane] = (update, task)

        def end(_: asyncio.Task[None]) -> None:
            del self._busy[lane]
            ended()

        task.add_done_callback(end)

    def turn(self) -> LaneTurn:
        """Return what decides of each open command, read from now on in their order, whether it may begin."""
        return LaneTurn(self, frozenset(update.update_id for update, _ in self._busy.values()))


@dataclass(slots=True)
class LaneTurn:
    """One reading of the open commands.

    A command that was under way when the reading began is not begun again: it may have ended after it was read, or the
    database refused it and it comes first at the next reading. A lane in which one waits takes no later one, though it
    becomes free meanwhile.
    """

    _lanes: CommandLanes
    _under_way: frozenset[int]
    _waiting: set[Lane] = field(default_factory=set)
    _full: set[int] = field(default_factory=set)  # chats that must not get more answers yet

    def is_next(self, update: CommandUpdate, *, may_answer: bool) -> bool:
        """Return whether a command may begin now; `may_answer`: its chat may get one more answer."""
        chat, lane = update.chat.id, self._lanes.lane(update)
        if update.update_id in self._under_way:
            self._waiting.add(lane)
            return False
        if chat in self._full or not may_answer:
            self._full.add(chat)
            return False
        if lane in self._waiting or not self._lanes.may_begin(lane):
            self._waiting.add(lane)
            return False
        return True
