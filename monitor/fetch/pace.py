"""Throttling by host: few connections at once, a pause between requests, and its own Retry-After."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from monitor.errors import FetchError, FetchKind

_KEPT = 20_000  # hosts remembered; idle ones are forgotten, oldest first
_LONGEST = 24 * 3600.0
_SLOW = 5.0  # seconds of one exchange, after which a host counts as slow until it answers faster


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    next_at: float = 0.0  # monotonic: no request starts before
    closed_until: float = 0.0  # monotonic: the host asked for silence
    users: int = 0
    slow: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class SharedPace(Protocol):
    """The pace of hosts that several processes ask."""

    async def reserve(self, host: str, spacing: float) -> tuple[float, float]:
        """Reserve the next request; return the seconds until it, and for how long the host wants silence.

        A negative wait: nothing is reserved, ask again after so many seconds.
        """
        ...

    async def close_host(self, host: str, seconds: float) -> None:
        """Let no process ask a host for so many seconds."""
        ...


class RequestThrottle:
    """Bounds requests in whole and to each host.

    `concurrency` requests run in whole, `per_host` to one host, `spacing` seconds apart at least; with `shared`, apart
    from those of other processes, too.
    """

    def __init__(
        self,
        concurrency: int,
        per_host: int,
        spacing: float,
        now: Callable[[], float],
        shared: SharedPace | None = None,
    ) -> None:
        self._shared = shared
        self._closing: set[asyncio.Task[None]] = set()
        self._all = asyncio.Semaphore(concurrency)
        # Hosts that let us wait get half of the places, so that the others always find one.
        self._slow = asyncio.Semaphore(max(1, concurrency // 2))
        self._per_host = per_host
        self._spacing = spacing
        self._now = now
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for a slot of `host`. Raises FetchError at once while the host is closed by its Retry-After."""
        entry = self._entry(host)
        entry.users += 1
        try:
            self._refuse_if_closed(host, entry)
            async with entry.slots:
                async with entry.turn:
                    wait = entry.next_at - self._now()
                    if wait > 0:
                        await asyncio.sleep(wait)
                    if self._shared is not None:
                        await self._reserve(self._shared, host)
                    entry.next_at = self._now() + self._spacing
                self._refuse_if_closed(host, entry)
                async with self._slow if entry.slow else nullcontext(), self._all:
                    started = self._now()
                    try:
                        yield
                    finally:
                        entry.slow = self._now() - started > _SLOW
        finally:
            entry.users -= 1

    async def _reserve(self, shared: SharedPace, host: str) -> None:
        """Wait for this process's turn among all that ask a host."""
        while True:
            wait, closed = await shared.reserve(host, self._spacing)
            if closed > 0:
                entry = self._entry(host)
                entry.closed_until = max(entry.closed_until, self._now() + closed)
                return
            await asyncio.sleep(abs(wait))
            if wait >= 0:
                return

    def close_host(self, host: str, seconds: float) -> None:
        """Close `host` for `seconds` (its Retry-After; a day at most): requests fail at once."""
        if self._shared is not None:
            task = asyncio.create_task(self._shared.close_host(host, min(max(seconds, 0.0), _LONGEST)))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        entry = self._entry(host)
        entry.closed_until = max(entry.closed_until, self._now() + min(max(seconds, 0.0), _LONGEST))

    def take_over(self, before: RequestThrottle) -> None:
        """Keep hosts closed that a throttle with other bounds knows as closed; both go by one clock."""
        for host, entry in before._hosts.items():
            left = entry.closed_until - self._now()
            if left > 0:
                self.close_host(host, left)

    def _refuse_if_closed(self, host: str, entry: _Host) -> None:
        left = entry.closed_until - self._now()
        if left > 0:
            raise FetchError(f"{host} asked for silence for another {left:.0f} s", FetchKind.PACED, retry_after=left)

    def _entry(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            entry = self._hosts[host] = _Host(asyncio.Semaphore(self._per_host))
            self._forget()
        self._hosts.move_to_end(host)
        return entry

    def _forget(self) -> None:
        while len(self._hosts) > _KEPT:
            name, oldest = next(iter(self._hosts.items()))
            if oldest.users or oldest.slow or oldest.closed_until > self._now():
                self._hosts.move_to_end(name)
                return
            del self._hosts[name]
