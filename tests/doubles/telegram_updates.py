"""getUpdates: offsets, long polls, and 409 for the one who was there first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from doubles.telegram_chats import ApiError

_ASKED_FOR = {"my_chat_member", "chat_member", "edited_message", "channel_post", "message_reaction"}


class Updates:
    """The queue of updates of one bot."""

    def __init__(self) -> None:
        self._queue: list[dict[str, Any]] = []
        self._next = 1
        self._came = asyncio.Event()
        self._waiting: asyncio.Event | None = None  # set when another poller takes over
        self.confirmed = 0

    def push(self, **update: Any) -> int:
        """Add an update; return its id."""
        ident, self._next = self._next, self._next + 1
        self._queue.append({"update_id": ident, **update})
        self._came.set()
        return ident

    async def get(
        self, offset: int = 0, limit: int = 100, timeout: float = 0.0, allowed: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Confirm what is below `offset` and give what is there, waiting for it at most `timeout` seconds.

        Nobody is told of what is not `allowed`, where anything is.
        """
        if self._waiting is not None:
            self._waiting.set()
        ousted = self._waiting = asyncio.Event()
        if offset > 0:
            self._queue = [update for update in self._queue if update["update_id"] >= offset]
            self.confirmed = max(self.confirmed, offset - 1)
        elif offset < 0:
            self._queue = self._queue[offset:]
        self._came.clear()
        if not self._queue and timeout:
            await self._wait(ousted, timeout)
        if ousted.is_set():
            raise ApiError(
                409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            )
        self._waiting = None
        if allowed:
            self._queue = [update for update in self._queue if not _ASKED_FOR & set(update) - set(allowed)]
        return self._queue[:limit]

    async def _wait(self, ousted: asyncio.Event, timeout: float) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (self._came, ousted)]
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
