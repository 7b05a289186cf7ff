"""The fast parser beside feedparser: both must say the same of a feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.ports import Response
from monitor.sources import feed
from monitor.sources.raw import RawFeed

Read = Callable[[bytes, str | None], RawFeed | None]

ADDRESS = "https://example.org/feed.xml"


def compared(read: Read) -> Read:
    """Return `read` with an assertion that feedparser reads the same, and needs no repairs for it."""

    def both(body: bytes, content_type: str | None = None) -> RawFeed | None:
        fast = read(body, content_type)
        if fast is not None:
            notes: list[str] = []
            headers = () if content_type is None else (("content-type", content_type),)
            slow = feed._read(Response(ADDRESS, 200, headers, body), notes)
            assert fast.entries == slow.entries
            assert _about(fast) == _about(slow)
            assert notes == []
        return fast

    return both


def _about(raw: RawFeed) -> RawFeed:
    """Return what a feed says of itself; of its links those that mean something to anybody."""
    return replace(raw, entries=(), links=[link for link in raw.links if link[0] in {"hub", "self"}])
