"""What to write instead of a web page's address: the feeds that the page, or the one that it leads to, names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from monitor.errors import PageError, SandboxError, SourceError
from monitor.model import PageFeeds
from monitor.ports import Fetcher, Request, Response

T = TypeVar("T")

_PAGE_BYTES = 2_000_000
_SHOWN = 5  # feeds in a message


class RunsLooks(Protocol):
    """Runs a pure function on foreign bytes where it can do no harm."""

    def __call__(self, function: Callable[[Response], T], response: Response, /) -> Awaitable[T]:
        """Return the function's result. Raises SandboxError where it was killed."""
        ...


@dataclass(frozen=True, slots=True)
class FeedFinder:
    """Finds the feeds of a page: `look` reads a page or a feed, `refresh` where a page sends its reader by itself."""

    look: Callable[[Response], PageFeeds]
    refresh: Callable[[Response], str | None]

    async def find(self, page: Response, fetcher: Fetcher, run: RunsLooks, source: str = "") -> PageFeeds:
        """Return the feeds that a page names; where it names none, those of the page that it refreshes to.

        That one is asked by the settings of `source`, and as a redirect would be: guarded, one hop, never from https to
        http. A failure on the way means that nothing was found.
        """
        found = PageFeeds()
        with suppress(SourceError, SandboxError):
            found = await run(self.look, page)
            target = None if found.feeds else await run(self.refresh, page)
            if target and not (page.url.startswith("https:") and not target.startswith("https:")):
                response = await fetcher.fetch(Request(target, max_bytes=_PAGE_BYTES, referrer=page.url, source=source))
                if response.is_usable:
                    found = replace(await run(self.look, response), target=response.url)
        return found


def explained(error: PageError, found: PageFeeds) -> PageError:
    """Return the error of a page that came instead of a feed, with what to write instead."""
    return PageError(f"{error}{_proposal(found)}")


def _proposal(found: PageFeeds) -> str:
    if not found.feeds:
        return ", and names none: look for the site's RSS, Atom or JSON feed, and write its address"
    shown = [f"url: {feed.url}" + (f" ({feed.title})" if feed.title else "") for feed in found.feeds[:_SHOWN]]
    more = len(found.feeds) - len(shown)
    where = f"; it leads to {found.target}, which" if found.target else "; it"
    if found.is_feed:
        return f"{where} is one: write url: {found.target}"
    number = "a feed: write" if len(found.feeds) == 1 else f"{len(found.feeds)} feeds: write one of"
    return f"{where} names {number} {', '.join(shown)}" + (f", and {more} more" if more else "")
