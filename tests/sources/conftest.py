"""Every feed of these tests that the fast parser reads is read by feedparser as well, and both must say the same.

Every feed is parsed twice, with entries to be made and with known ones, which must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from doubles.two_parsers import compared

from monitor.model import ParsedFeed, Source
from monitor.ports import Response
from monitor.sources import fast_feed, feed


@pytest.fixture(autouse=True, scope="module")
def both_parsers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_feed, "read", compared(fast_feed.read))
        yield


@pytest.fixture(autouse=True, scope="module")
def parsed_twice() -> Iterator[None]:
    once = feed.FeedSource.parse

    def twice(self: feed.FeedSource, source: Source, response: Response, now: datetime) -> ParsedFeed:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(feed, "_MADE", feed.MadeEntries())
            made, known = (once(self, source, response, now) for _ in range(2))
        assert made == known
        assert [entry.marks for entry in made.entries] == [entry.marks for entry in known.entries]
        return known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed.FeedSource, "parse", twice)
        yield
