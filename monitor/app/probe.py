"""Single checks for the command line: probe sources and channels, read one article."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from monitor import gaps, urls
from monitor.app.wiring import FINDER, make_fetcher, make_notifiers
from monitor.config.load import Config
from monitor.errors import FetchError, FetchKind, MonitorError, PageError, ParseError
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Article, Entry, FoundFeed, Gap, PageFeeds, ParsedFeed, SitemapScope, Source
from monitor.pipeline.discovery import explained
from monitor.pipeline.follow import follow
from monitor.pipeline.read import PAGE_BYTES
from monitor.ports import Fetcher, Request, Response, SourceType
from monitor.sources.registry import source_types
from monitor.sources.sitemap import MAX_BYTES, SitemapFiles

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that another try may end: of any other below 500 none can."""


async def probe(config: Config) -> list[dict[str, Any]]:
    """Return the result of asking every source and every channel once, sending nothing.

    Gives dictionaries with kind ('source' or 'channel'), name, ok, detail and seconds, in the configuration's order.
    """
    fetcher = make_fetcher(config)
    notifiers = make_notifiers(config)
    try:
        sources = await asyncio.gather(*(_timed("source", s.name, _probe_source(fetcher, s)) for s in config.sources))
        channels = [
            await _timed("channel", channel.name, notifiers[channel.kind].check(channel))
            for channel in config.channels.values()
        ]
        return [*sources, *channels]
    finally:
        await fetcher.close()
        for notifier in set(notifiers.values()):
            await notifier.close()


async def _timed(kind: str, name: str, work: Any) -> dict[str, Any]:
    started = time.monotonic()
    try:
        detail, ok = await work, True
    except MonitorError as error:
        detail, ok = str(error), False
    return {"kind": kind, "name": name, "ok": ok, "detail": detail, "seconds": round(time.monotonic() - started, 2)}


async def _probe_source(fetcher: Fetcher, source: Source) -> str:
    source_type = source_types()[source.kind]
    response = await fetcher.fetch(source_type.request(source, None))
    if not response.is_usable:
        raise response.refusal("the server")
    feed = await _parsed(source_type, source, response, fetcher)
    if feed.follow:
        feed, _ = await follow(
            feed,
            source_type.request(source, None),
            source,
            fetch=fetcher.fetch,
            parse=lambda part: _parsed(source_type, source, part, fetcher),
        )
    sitemaps = "".join([f"; {await _probe_sitemap(fetcher, source, template)}" for template in source.sitemap])
    newest = max((entry.published for entry in feed.entries if entry.published), default=None)
    moved = f"; it has moved for good: write url: {response.moved}" if response.moved else ""
    return (
        f"{len(feed.entries)} entries" + (f", newest {newest:%Y-%m-%d %H:%M} UTC" if newest else "") + moved + sitemaps
    )


async def _probe_sitemap(fetcher: Fetcher, source: Source, template: str) -> str:
    """Return what a sitemap of a source lists of the last day. Raises FetchError and ParseError, naming the sitemap."""
    now = datetime.now(UTC)
    day = Gap(now - timedelta(days=1), now)
    address = gaps.addresses(template, day, ZoneInfo(source.timezone))[0]
    try:
        response = await fetcher.fetch(Request(address, max_bytes=MAX_BYTES, referrer=source.url, source=source.name))
        if not response.is_usable:
            raise response.refusal("the server")
        part = await asyncio.to_thread(SitemapFiles().read, source, response, now, day, SitemapScope())
    except FetchError as error:
        raise FetchError(f"sitemap {address}: {error}", error.kind) from error
    except ParseError as error:
        raise ParseError(f"sitemap {address}: {error}") from error
    if part.children:
        return f"sitemap {address}: an index of {len(part.children)}"
    return f"sitemap {address}: {len(part.entries)} articles of the last day"


async def _parsed(source_type: SourceType, source: Source, response: Response, fetcher: Fetcher) -> ParsedFeed:
    try:
        return await asyncio.to_thread(source_type.parse, source, response, datetime.now(UTC))
    except PageError as error:
        raise explained(error, await FINDER.find(response, fetcher, asyncio.to_thread, source.name)) from error


@dataclass(frozen=True, slots=True)
class AddressLook:
    """What an address is: a feed with its title, a page with the feeds that it names, or neither and why."""

    title: str = ""
    feeds: PageFeeds = PageFeeds()
    error: str = ""


async def look_at(config: Config, addresses: Iterable[str]) -> list[AddressLook]:
    """Ask addresses of which it is not known whether they are feeds, each once; return what they are, in order."""
    fetcher = make_fetcher(config)
    try:
        return await asyncio.gather(*(_look(fetcher, address) for address in addresses))
    finally:
        await fetcher.close()


async def _look(fetcher: Fetcher, address: str) -> AddressLook:
    feeds = source_types()["feed"]
    source = Source(name=urls.host(address), url=address)
    try:
        response = await fetcher.fetch(feeds.request(source, None))
        if not response.is_usable:
            raise response.refusal("the server")
        try:
            feed = await asyncio.to_thread(feeds.parse, source, response, datetime.now(UTC))
        except PageError as error:
            found = await FINDER.find(response, fetcher, asyncio.to_thread)
            return AddressLook(feeds=found, error=str(explained(error, found)))
    except MonitorError as error:
        return AddressLook(error=str(error))
    return AddressLook(feed.title, PageFeeds((FoundFeed(address, feed.title),), is_feed=True))


def is_address(target: str) -> bool:
    """Return whether `target` is an address and no file. Raises AddressError where nothing can be fetched from it."""
    if re.match(r"[a-z][a-z0-9+.:-]*://", target, re.IGNORECASE) is None:
        return False
    urls.parse(target)
    return True


async def read_article(url: str, config: Config | None) -> Article:
    """Read an article from an address, under the configuration's network rules.

    Raises ExtractError where the page has no article, FetchError where it does not come, AddressError where the address
    is none.
    """
    if config is None:
        raise FetchError("an address needs a configuration for its network rules", FetchKind.PROTOCOL)
    fetcher = make_fetcher(config)
    try:
        response = await fetcher.fetch(Request(url, max_bytes=PAGE_BYTES, source=source_of(url, config).name))
    finally:
        await fetcher.close()
    if not response.is_usable:
        refusal = response.refusal("the page")
        refusal.retryable = response.status in _PASSING or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise refusal
    return await read_page(response, config)


async def read_page(response: Response, config: Config | None = None) -> Article:
    """Read the article of a page that is here. Raises ExtractError where it has none."""
    source = source_of(response.url, config)
    link = response.url if urls.is_web(response.url) else None
    entry = Entry(key=response.url, guid=None, link=link, title="")
    return await asyncio.to_thread(ArticleExtractor().extract, source, entry, response, datetime.now(UTC))


def source_of(url: str, config: Config | None) -> Source:
    """Return the configured source of the same site, or one named after the host."""
    host = urls.host(url)
    for source in config.sources if config else ():
        if urls.site(source.url) == urls.site(url):
            return source
    return Source(name=host or "file", url=url)
