"""Server-sent events: which stories of the board have changed. One look at the database serves all browsers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from monitor.errors import StoreError
from monitor.model import MuteKind
from monitor.store import Transaction
from monitor.web.site import Endpoint, Refusal, Site

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two looks while somebody watches."""

_BEAT = 20.0  # seconds without an event after which a comment keeps the connection open
_WATCHING = 100  # browsers at once
_LIVES = 3600.0  # seconds: then a browser connects anew, and is asked for its log-in
_WINDOW = timedelta(hours=168)
_ROWS = 2_000
_WAITING = 50  # events that a slow browser may be behind


class BoardEvents:
    """Who watches the board, and the task that looks for them."""

    def __init__(self) -> None:
        self._watching: set[asyncio.Queue[str | None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._last: dict[int, object] | None = None  # None: not looked yet; an empty board is known, too
        self._looked = asyncio.Event()

    def stream(self, site: Site) -> Endpoint:
        """Return the endpoint of `/events`."""

        async def endpoint(request: Request) -> Response:
            try:
                await site.check(request)
            except Refusal as refusal:
                return refusal.response
            if len(self._watching) >= _WATCHING:
                return PlainTextResponse("503: too many watch the board\n", 503, headers={"Retry-After": "30"})
            headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
            return StreamingResponse(self._events(site), media_type="text/event-stream", headers=headers)

        return endpoint

    async def _events(self, site: Site) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue(_WAITING)
        self._watching.add(queue)
        if self._task is None or self._task.done():
            self._last = None
            self._looked.clear()
            self._task = asyncio.create_task(self._look(site), name="page events")
        try:
            yield "retry: 3000\n\n"
            async with asyncio.timeout(_LIVES):
                # The browser now asks for what it missed since it was served: every later change must be told.
                await self._looked.wait()
                yield "event: hello\ndata: {}\n\n"
                while True:
                    try:
                        async with asyncio.timeout(_BEAT):
                            event = await queue.get()
                    except TimeoutError:
                        event = ": still here\n\n"
                    if event is None:
                        return
                    yield event
        except TimeoutError:
            return
        finally:
            self._watching.discard(queue)

    async def _look(self, site: Site) -> None:
        """Look for changes while somebody watches, and tell all of them."""
        while self._watching:
            try:
                found = await site.quick.run(lambda tx: _state(tx, site))
            except (StoreError, Refusal) as error:
                log.debug("the board could not be looked at", error=str(error))
            else:
                self._tell(found)
                self._looked.set()
            await asyncio.sleep(EVERY)

    def _tell(self, found: dict[int, object]) -> None:
        before, self._last = self._last, found
        changed = [] if before is None else [story for story, state in found.items() if before.get(story) != state]
        if not changed:
            return
        event = f"event: board\ndata: {json.dumps(changed)}\n\n"
        for queue in self._watching:
            if queue.full():  # it missed too much: the browser connects anew, and reads all
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    async def close(self) -> None:
        """End every stream."""
        for queue in self._watching:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _state(tx: Transaction, site: Site) -> dict[int, object]:
    now = site.parts.clock.now()
    muted = {mute.key: mute for mute in tx.mutes(now) if mute.kind is MuteKind.STORY}
    found: dict[int, object] = {}
    for mark in reversed(tx.board_marks(now - _WINDOW, _ROWS)):
        found[mark.story] = (found.get(mark.story), mark, muted.get(str(mark.story)))
    return found
