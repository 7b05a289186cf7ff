"""Parses feeds one after the other; prints the milliseconds of CPU a feed. Usage: parse.py PARSER FOLDER.

The files are read in the order of their names; the first one is not counted.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def parser(name: str) -> Callable[[bytes], Any]:
    if name == "feedparser":
        import feedparser

        return feedparser.parse
    if name == "fastfeedparser":
        import fastfeedparser

        return fastfeedparser.parse
    from datetime import UTC, datetime

    from monitor.model import Source
    from monitor.ports import Response
    from monitor.sources.feed import FeedSource

    kind, source = FeedSource(), Source("Bench", "https://site.example/feed.xml", timezone="UTC")
    headers = (("content-type", "application/rss+xml; charset=utf-8"),)
    return lambda body: kind.parse(source, Response(source.url, 200, headers, body), datetime.now(UTC))


parse = parser(sys.argv[1])
feeds = [path.read_bytes() for path in sorted(Path(sys.argv[2]).iterdir())]
found = parse(feeds[0])
assert len(found.entries) >= 30, len(found.entries)  # noqa: S101
begin = time.process_time()
for feed in feeds[1:]:
    parse(feed)
print((time.process_time() - begin) / (len(feeds) - 1) * 1_000)
