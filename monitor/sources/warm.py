"""Preloading for the sandbox's fork server: all modules that parsing feeds loads (see extract/warm.py)."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.errors import ParseError
from monitor.model import Source
from monitor.ports import Response
from monitor.sources import discovery
from monitor.sources.registry import source_types

# The link loads the tables of international names.
_ITEM = "<title>a</title><link>http://приклад.example/a</link><pubDate>Sat, 01 Jan 2000 12:00:00 GMT</pubDate>"
_BODIES = (
    f'<rss version="2.0"><channel><item>{_ITEM}</item></channel></rss>',
    f'<rss version="2.0"><channel><item>{_ITEM}<description>&undeclared; <b>open',  # the loose parser
    '<rss version="2.0"><channel><item><title>a & b</title><pubDate>1. Januar 2000</pubDate></item></channel></rss>',
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><content type="xhtml">a</content></entry></feed>',
    '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "a", "date_published": "2000-01-01T12:00:00Z"}]}',
    "no feed",
)


def warm() -> None:
    """Parse a feed of each format, a broken one, and a page."""
    source = Source("warm", "https://example.org/")
    for kind in source_types().values():
        for body in _BODIES:
            try:
                kind.parse(source, Response(source.url, 200, (), body.encode()), datetime(2001, 1, 1, tzinfo=UTC))
            except ParseError:  # as the last one
                continue
    discovery.look(Response(source.url, 200, (), b"<html><link rel=alternate type=application/rss+xml href=/rss>"))


warm()
