"""Background work on the database in batches, where each turn does one and says how long to rest; and such rests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from monitor.errors import StoreError
from monitor.metrics import BUGS

log = structlog.get_logger(__name__)

AGAIN = 60.0
"""Seconds until the next try after an error."""


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, or for so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def run_turns(turn: Callable[[], Awaitable[float | None]], stage: str, waiting: str) -> None:
    """Await `turn` again and again, resting for the seconds that it returns; end where it returns None.

    After an error the next try comes `AGAIN` seconds later: `waiting` is logged while the database is away; a bug is
    logged and counted under `stage`.
    """
    while True:
        try:
            rest = await turn()
        except StoreError as error:
            log.warning(waiting, error=str(error))
            rest = AGAIN
        except Exception:  # the stage's outermost loop: a bug is logged and counted, the next turn tries again
            BUGS.labels(stage=stage).inc()
            log.exception("internal error", stage=stage)
            rest = AGAIN
        if rest is None:
            return
        await asyncio.sleep(rest)
