"""Parses a feed again and again; prints the milliseconds of CPU a time. Usage: parse.py PARSER FILE TIMES."""

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


parse, text, times = parser(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])
found = parse(text)
assert len(found.entries) >= 30, len(found.entries)  # noqa: S101
begin = time.process_time()
for _ in range(times):
    parse(text)
print((time.process_time() - begin) / times * 1_000)
