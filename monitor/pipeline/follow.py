"""The sitemaps that an index names, read within the poll of the index."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

from monitor.errors import FetchError, ParseError, SourceError
from monitor.model import ParsedFeed, Source
from monitor.ports import Request, Response

MOST = 4
"""Requests besides that for the index."""


async def follow(
    feed: ParsedFeed,
    request: Request,
    source: Source,
    *,
    fetch: Callable[[Request], Awaitable[Response]],
    parse: Callable[[Response], Awaitable[ParsedFeed]],
) -> tuple[ParsedFeed, str | None]:
    """Return a feed with the entries of all that it names, and what tells whether the same came again.

    That is None where an unchanged index means that nothing changed. `request` was the one for the index. A sitemap
    that does not come is noted, and the index asked for again at the next poll. Raises SourceError where none comes.
    """
    waiting = deque(feed.follow)
    seen = set(feed.follow)
    entries = list(feed.entries)
    notes = list(feed.notes)
    digest = hashlib.sha256()
    errors: list[SourceError] = []
    steady, read = feed.steady, 0
    for _ in range(MOST):
        if not waiting:
            break
        address = waiting.popleft()
        try:
            response = await fetch(replace(request, url=address, headers=_plain(request.headers), referrer=source.url))
            if not response.is_usable:
                raise response.refusal("the server")
            part = await parse(response)
        except (FetchError, ParseError) as error:
            errors.append(error)
            notes.append(f"{address}: {error}")
            continue
        read += 1
        digest.update(response.body)
        steady = steady and part.steady
        entries += part.entries
        notes += part.notes
        new = [each for each in part.follow if each not in seen]
        seen.update(new)
        waiting.extend(new)
    if not read and errors:
        raise errors[0]
    whole = replace(
        feed,
        entries=tuple({each.key: each for each in reversed(entries)}.values())[::-1],
        notes=tuple(notes),
        follow=(),
    )
    return whole, None if steady and not errors else digest.hexdigest()


def _plain(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return headers without the index's validators."""
    return tuple((name, value) for name, value in headers if not name.startswith("if-"))
