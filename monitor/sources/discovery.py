"""The feeds that a web page names: in its head for programs, or as links for people. Pure; runs in a child process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor import urls
from monitor.errors import ParseError
from monitor.model import FoundFeed, PageFeeds
from monitor.ports import Response
from monitor.sources import jsonfeed, prolog
from monitor.text import charset
from monitor.text.plain import line

if TYPE_CHECKING:
    from lxml import etree

MAX_BYTES = 2_000_000
"""Of a page; what follows is not looked at."""

MAX_FEEDS = 20
_NODES = 5_000  # of a kind that are looked at: a portal's front page has some 1,000 links
_LOOKED_AT = 200  # addresses of feeds that are compared
_LONGEST = 500  # characters of an address that anybody would copy
_MAX_TITLE = 80

# RSS Advisory Board, 'RSS Autodiscovery'; WHATWG HTML, 4.6.7.1; JSON Feed 1.1, 'Discovery'. The types without '+' are
# in use, and `application/json` names a JSON Feed in version 1, but also a site's other interfaces.
_TYPES = re.compile(
    r"\s*(?:application|text)/(?:x[.-])?(?:rss|atom|rdf|feed)(?:\+(?:xml|json))?\s*(?:;|$)", re.IGNORECASE
)
_PLAIN_TYPES = re.compile(r"\s*(?:(?:application|text)/(?:xml|json))\s*(?:;|$)", re.IGNORECASE)
# How links to feeds look: a guess.
_NAME = re.compile(r"(?:rss|atom|feeds?|rdf)(?:[._-]?\d[.\d]*)?|.+\.(?:rss|atom|rdf|xml)", re.IGNORECASE)
_PROGRAM = re.compile(r".*(?:rss|atom|feed).*\.(?:json|php|aspx?|cfm)", re.IGNORECASE)
_FOLDERS = frozenset({"rss", "feed", "feeds", "atom"})
_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|output)=(?:rss|atom)[\d.]*(?:&|$)", re.IGNORECASE)
_NO_FEED = re.compile(r"sitemap|opensearch|manifest|browserconfig|:/|%3a%2f", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?\b|коментар|комментари|댓글", re.IGNORECASE)


def look(response: Response) -> PageFeeds:
    """Return the feeds that a page names, those in its head first and those of comments last; or that it is a feed."""
    try:
        text = charset.decode(response.body[:MAX_BYTES], response.header("content-type")).text
    except charset.UnknownCharset:
        return PageFeeds()
    text = prolog.strip_control(text)
    if _is_feed(text):
        return PageFeeds((FoundFeed(response.url),), is_feed=True)
    tree = _tree(text)
    if tree is None:
        return PageFeeds()
    base = _base(tree, response.url)
    own = urls.canonical(response.url)
    found: dict[str, FoundFeed] = {}
    for feed in chain(islice(_named(tree, base), _LOOKED_AT), islice(_linked(tree, base), _LOOKED_AT)):
        if len(feed.url) <= _LONGEST and (key := urls.canonical(feed.url)) != own:
            found.setdefault(key, feed)
    ranked = sorted(found.values(), key=lambda feed: bool(_COMMENTS.search(f"{feed.title} {urlsplit(feed.url).path}")))
    return PageFeeds(tuple(ranked[:MAX_FEEDS]))


def _is_feed(text: str) -> bool:
    try:
        if text.lstrip()[:1] == "{":
            jsonfeed.read(text)
        else:
            return prolog.open_document(text).root in ("rss", "rdf", "feed")
    except ParseError:
        return False
    return True


def _tree(text: str) -> etree._Element | None:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, huge_tree=False)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _base(tree: etree._Element, url: str) -> str:
    written = (urls.absolute(url, node.get("href")) for node in tree.iter("base") if node.get("href"))
    return next(written, None) or url


def _named(tree: etree._Element, base: str) -> Iterator[FoundFeed]:
    """Return what stands in `<link rel="alternate">`, wherever in the page: many are written into the body."""
    for node in islice(tree.iter("link"), _NODES):
        relations = str(node.get("rel") or "").lower().split()
        if "alternate" not in relations and "feed" not in relations:
            continue
        url = urls.absolute(base, node.get("href"))
        kind = node.get("type") or ""
        typed = _TYPES.match(kind) or (_PLAIN_TYPES.match(kind) and url and _looks_like(url)) or "feed" in relations
        if url and typed:
            yield FoundFeed(url, _title(node.get("title") or ""))


def _linked(tree: etree._Element, base: str) -> Iterator[FoundFeed]:
    for node in islice(tree.iter("a"), _NODES):
        url = urls.absolute(base, node.get("href"))
        if url and _looks_like(url):
            yield FoundFeed(url, _title(node.get("title") or "".join(map(str, node.itertext()))))


def _looks_like(url: str) -> bool:
    parts = urlsplit(url)
    names = [name for name in parts.path.split("/") if name]
    if not names or _NO_FEED.search(f"{parts.path}?{parts.query}"):
        return bool(_QUERY.search(parts.query)) and not _NO_FEED.search(parts.query)
    folder = not _FOLDERS.isdisjoint(name.lower() for name in names[:-1])
    named = _NAME.fullmatch(names[-1]) or _PROGRAM.fullmatch(names[-1])
    return folder or bool(named) or bool(_QUERY.search(parts.query))


def _title(text: str) -> str:
    return line(text)[:_MAX_TITLE].strip()
