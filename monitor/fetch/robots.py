"""What sites ask of robots (RFC 9309): kept a day for each origin, in memory, for pages and for the search of sitemaps.

| answer | what it means |
|---|---|
| 200 | the rules, of the first 500 KB |
| 4xx, or what is no answer of these | no rules: all is allowed (2.3.1.3) |
| 5xx, no answer at all | as before; without a before nothing is allowed (2.3.1.4), until it has been so for 30 days |
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from monitor.errors import FetchError, FetchKind
from monitor.fetch.address import Address
from monitor.ports import Response

BYTES = 500 * 1024
"""How much of a robots.txt is read; RFC 9309, 2.5, asks for this much."""

_DAY = 24 * 3600.0
_AGAIN = 60.0  # seconds until one that could not be read is asked for again
_UNREACHABLE = 30 * _DAY  # for so long without an answer, a site that once had one counts as one without
_ORIGINS = 500
_TEXT = 8_000_000  # bytes of all texts together: as rules they take several times as much
_PASSED_ON = {FetchKind.PACED, FetchKind.SETTING, FetchKind.REFUSED_ADDRESS}  # what the page would meet as well

Get = Callable[[str], Awaitable[Response]]


class _ParsedRobots(Protocol):
    def can_fetch(self, url: str, user_agent: str, /) -> bool: ...


@dataclass(slots=True)
class _Origin:
    """What is known of one origin; `rules` None: it has none."""

    until: float = float("-inf")  # monotonic: asked for again after
    known: bool = False
    rules: _ParsedRobots | None = None
    size: int = 0
    failing_since: float | None = None
    last: Response | FetchError = field(default_factory=lambda: FetchError("not asked for yet", FetchKind.ROBOTS))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RobotsRules:
    """The rules of origins, fetched where they are not known.

    `now` is a monotonic clock, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    async def check(self, url: Address, user_agent: str, get: Get) -> None:
        """Raise FetchError(ROBOTS) where a page must not be asked for; `get` fetches the robots.txt of its origin.

        The error is retryable where the rules are not known.
        """
        entry = await self._read(url, get)
        host = url.host
        if not entry.known:
            raise FetchError(f"the robots.txt of {host} cannot be read: its pages wait for it", FetchKind.ROBOTS)
        if entry.rules is not None and not entry.rules.can_fetch(str(url), user_agent):
            raise FetchError(f"the robots.txt of {host} forbids this page", FetchKind.ROBOTS, retryable=False)

    async def response(self, url: Address, get: Get) -> Response:
        """Return the robots.txt of an origin, as it was read within a day; raise FetchError where none came."""
        last = (await self._read(url, get)).last
        if isinstance(last, Response):
            return last
        raise last.with_traceback(None)  # else each time adds to the frames that it keeps

    async def _read(self, url: Address, get: Get) -> _Origin:
        """Return what is known of a page's origin, asked for where that is too old."""
        address = f"{url.scheme}://{url.place}/robots.txt"
        entry = self._entry(address)
        async with entry.lock:
            if self._now() >= entry.until:
                await self._learn(entry, address, get)
        return entry

    async def _learn(self, entry: _Origin, address: str, get: Get) -> None:
        try:
            response = await get(address)
        except FetchError as error:
            if error.kind in _PASSED_ON:
                raise
            entry.last = error
            if error.kind is FetchKind.REDIRECT:  # 2.3.1.2: as if there were none
                self._know(entry, b"", None)
            else:
                self._missed(entry)
            return
        entry.last = response if response.is_usable else replace(response, body=b"")
        if response.status >= 500:  # noqa: PLR2004 — HTTP's own number
            self._missed(entry)
            return
        body = response.body if response.is_usable else b""
        self._know(entry, body, await asyncio.to_thread(_parsed, body) if body else None)

    def _know(self, entry: _Origin, body: bytes, rules: _ParsedRobots | None) -> None:
        entry.known, entry.rules, entry.size, entry.failing_since = True, rules, len(body), None
        entry.until = self._now() + _DAY
        self._forget()

    def _missed(self, entry: _Origin) -> None:
        now = self._now()
        since = entry.failing_since = now if entry.failing_since is None else entry.failing_since
        if now - since >= _UNREACHABLE:
            entry.known, entry.rules, entry.size = True, None, 0
        entry.until = now + _AGAIN

    def _entry(self, origin: str) -> _Origin:
        entry = self._origins.setdefault(origin, _Origin())
        self._origins.move_to_end(origin)
        return entry

    def _forget(self) -> None:
        size = sum(entry.size for entry in self._origins.values())
        while len(self._origins) > 1 and (len(self._origins) > _ORIGINS or size > _TEXT):
            _, oldest = self._origins.popitem(last=False)
            size -= oldest.size


def _parsed(body: bytes) -> _ParsedRobots:
    from protego import Protego  # for the few sources that ask for it

    rules: _ParsedRobots = Protego.parse(body.removeprefix(b"\xef\xbb\xbf").decode(errors="replace"))
    return rules
