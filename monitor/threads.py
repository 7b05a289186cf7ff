"""Work in daemon threads, which the end of the process does not wait for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def in_daemon_thread(function: Callable[[], T], name: str) -> T:
    """Run a function in a daemon thread of its own.

    For work that may hang or take minutes: `asyncio.to_thread` would keep the process from ending until it is done.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(set_: Callable[[Any], None], value: Any) -> None:
        if not result.done():
            set_(value)

    def work() -> None:
        try:
            found = function()
        except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
            call_on(loop, settle, result.set_exception, error)
        else:
            call_on(loop, settle, result.set_result, found)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await result


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await what must not be cut in two: a cancellation goes on once `work` has ended.

    For work that continues in a thread which no cancellation stops, while the caller holds a lock for it.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def call_on(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: Any) -> None:
    """Call a function on a loop's thread; do nothing where the loop is closed."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *args)
