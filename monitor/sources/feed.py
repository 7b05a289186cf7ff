"""RSS 0.9x, 1.0, 2.0, Atom, RDF and JSON Feed.

Well-formed feeds are read by `fast_feed`, all others by feedparser. The bytes are decoded before feedparser sees them,
so it never guesses a charset, opens an address or meets a document type; its sanitiser (quadratic on comments) and its
link resolution are off, because everything becomes plain text here.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from monitor import identity, urls
from monitor.errors import ParseError
from monitor.model import Entry, ParsedFeed, Source, SourceState
from monitor.ports import Request, Response
from monitor.sources import jsonfeed, prolog, websub, wellformed, wishes
from monitor.sources.raw import RawEntry, RawFeed
from monitor.text import charset
from monitor.text.dates import parse_date
from monitor.text.plain import line, paragraphs

MAX_ENTRIES = 2_000
MAX_TITLE = 1_000  # characters
MAX_SUMMARY = 10_000
MAX_AUTHOR = 200
_DAY = 86_400

# What sites write instead of the ISO 639-1 code.
_CODES = {"ua": "uk", "kr": "ko", "eng": "en", "ukr": "uk", "rus": "ru", "kor": "ko"}

_ATOM = frozenset({"feed", "entry"})  # roots

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, application/feed+json;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)


class FeedSource:
    """The source type of feeds; see `ports.SourceType`."""

    def request(self, source: Source, state: SourceState | None) -> Request:
        """Return a conditional request; once a day an unconditional one, as some servers keep an ETag too long."""
        headers = [("accept", _ACCEPT)]
        if state is not None and not _daily(state):
            if state.validators.etag:
                headers.append(("if-none-match", state.validators.etag))
            if state.validators.last_modified and _is_date(state.validators.last_modified):
                headers.append(("if-modified-since", state.validators.last_modified))
        return Request(source.url, tuple(headers), source=source.name, partial=True)

    def parse(self, source: Source, response: Response, now: datetime) -> ParsedFeed:
        """Return the parsed feed. Raises ParseError, whose message names the content received instead."""
        from monitor.sources import fast_feed  # lxml, which the daemon's own process needs not

        notes: list[str] = []
        raw = fast_feed.read(response.body, response.header("content-type"))
        if raw is None:
            raw = _read(response, notes)
        feed = _feed(raw, source, response.url, now, notes)
        return replace(feed, hub=websub.hub_of(response, raw.links))


def _read(response: Response, notes: list[str]) -> RawFeed:
    """Read a feed of any format, however broken; add what was repaired to `notes`. Raises ParseError."""
    try:
        decoded = charset.decode(response.body, response.header("content-type"))
    except charset.UnknownCharset as error:
        raise ParseError(str(error)) from error
    if decoded.repaired:
        notes.append(f"{decoded.repaired} characters could not be read as {decoded.codec}")
    text = prolog.strip_control(decoded.text)
    if not text.strip():
        raise ParseError("the answer is empty")
    return jsonfeed.read(text) if text.lstrip()[:1] == "{" else _read_xml(text, response.url, notes)


def _daily(state: SourceState) -> bool:
    """Return whether this is the first poll of the source's day; days begin at another second for each source."""
    if state.next_poll_at is None or state.last_poll_at is None:
        return False
    shift = int.from_bytes(hashlib.sha256(state.source.url.encode()).digest()[:4], "big") % _DAY

    def day(moment: datetime) -> int:
        return (int(moment.timestamp()) + shift) // _DAY

    return day(state.next_poll_at) != day(state.last_poll_at)


def _is_date(text: str) -> bool:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return False
    return moment.year > 1970  # noqa: PLR2004 — a server without a clock


# --------------------------------------------------------------------------- XML


def _read_xml(text: str, url: str, notes: list[str]) -> RawFeed:
    document = prolog.open_document(text)
    notes.extend(document.notes)
    text, count = prolog.thinned(document.text, MAX_ENTRIES)
    if count:
        notes.append(f"{count} entries: the newest {MAX_ENTRIES} are read")
    if wellformed.is_wellformed(text):
        return _parsed(text, document.root, url)
    if not document.notes:
        notes.append("the XML is not well-formed")
    return _best(wellformed.repaired(text), text, document.root, url)


def _best(repaired: str, text: str, root: str, url: str) -> RawFeed:
    """Read a feed as it was repaired and, where items are lost by that, as it came."""
    try:
        best = _parsed(repaired, root, url)
    except ParseError:
        return _parsed(text, root, url)
    if _usable(best) < text.count("</item") + text.count("</entry"):
        with suppress(ParseError):
            return max(best, _parsed(text, root, url), key=_usable)
    return best


def _usable(raw: RawFeed) -> int:
    return sum(bool(item.title or item.link or item.summary) for item in raw.entries)


def _parsed(text: str, root: str, url: str) -> RawFeed:
    prolog.check_depth(text)
    # Relative links are the feed's own address's in Atom (RFC 4287, 2; RFC 3986, 5.1) and where xml:base says so. RSS
    # knows none, and the feeds that have them mean their site: they are resolved in `_feed`.
    atom = root in _ATOM
    headers = {"content-type": "application/xml; charset=utf-8"}
    if atom or "xml:base" in text:
        headers["content-location"] = url
    try:
        parsed = _feedparser().parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (RecursionError, AssertionError, LookupError, ValueError, TypeError, AttributeError) as error:
        # feedparser meets malformed input in many places; what it raises there is no promise.
        raise ParseError(f"the feed is malformed beyond repair ({type(error).__name__})") from error
    if not parsed.get("version") and not parsed.entries:
        raise ParseError(f"the answer is no feed: it begins with <{root}>")
    feed = parsed.feed
    return RawFeed(
        title=_text(feed, "title"),
        entries=[_raw_entry(item) for item in parsed.entries],
        home=None if atom else _text(feed, "link") or None,
        language=_text(feed, "language") or None,
        wishes=wishes.read(text, _text(feed, "ttl")),
        links=_links(feed),
    )


@cache
def _feedparser() -> Any:
    """Import the parser where a feed is read: in a child, never in the daemon, which only sends this module's names."""
    import feedparser

    # An identifier is compared letter by letter and never resolved (RFC 4287, 4.2.6.1).
    for parser in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
        parser.can_be_relative_uri = parser.can_be_relative_uri - {"id"}
    return feedparser


def _raw_entry(item: Any) -> RawEntry:
    parts = [_text(part, "value") for part in item.get("content") or () if isinstance(part, dict)]
    content = max(parts, key=len, default="")
    summary = _text(item, "summary")
    guid = _text(item, "id")
    page = _text(item, "feedburner_origlink") or _alternate(item)
    return RawEntry(
        guid=guid or None,
        link=page or ("" if guid else _recording(item)) or None,
        title=_text(item, "title"),
        summary=content if len(content) > len(summary) else summary,
        author=_text(item, "author") or None,
        published=_text(item, "published") or _text(item, "updated") or _text(item, "created") or None,
        language=_text(item, "language") or None,
    )


def _links(feed: Any) -> list[tuple[str, str]]:
    links = [link for link in feed.get("links") or () if isinstance(link, dict)]
    return [(str(link.get("rel") or ""), str(link["href"])) for link in links if link.get("href")]


def _alternate(item: Any) -> str:
    links = [link for link in item.get("links") or () if isinstance(link, dict) and link.get("href")]
    pages = [link["href"] for link in links if link.get("rel") == "alternate"]
    return _text(item, "link") or (str(pages[0]) if pages else "")


def _recording(item: Any) -> str:
    """Return the address of an item's sound or film: it may be all that tells one episode of a podcast from another."""
    links = [link for link in item.get("links") or () if isinstance(link, dict) and link.get("href")]
    recordings = [link["href"] for link in links if jsonfeed.is_recording(str(link.get("type") or ""))]
    return str(recordings[0]) if recordings else ""


def _text(item: Any, key: str) -> str:
    value = dict.get(item, key)  # feedparser's own `get` maps old names, with warnings
    return value.strip() if isinstance(value, str) else ""


# --------------------------------------------------------------------------- entries


def _feed(raw: RawFeed, source: Source, url: str, now: datetime, notes: list[str]) -> ParsedFeed:
    base = urls.absolute(url, raw.home) or url
    items = [item for item in raw.entries if item.title or item.link or item.summary]
    if len(items) < len(raw.entries):
        notes.append(f"{len(raw.entries) - len(items)} items without a title, a link and a text are left out")
    make = _maker(source, base, language_code(raw.language), now, _constant_guid(items, base))
    entries = identity.distinct([make(item) for item in items])
    if len(entries) > MAX_ENTRIES:
        notes.append(f"{len(entries)} entries: the newest {MAX_ENTRIES} are read")
        entries = _newest(entries)
    return ParsedFeed(line(raw.title)[:MAX_TITLE], tuple(entries), raw.wishes, tuple(notes))


def _maker(
    source: Source, base: str, language: str | None, now: datetime, constant: str | None
) -> Callable[[RawEntry], Entry]:
    """Return what makes entries of items; `constant` is a guid that identifies none.

    Keys need not differ: the store gives entries that are told apart otherwise keys of their own.
    """
    context = (source.name, source.timezone, source.language, base, language, constant)

    def make(item: RawEntry) -> Entry:
        own = (language_code(item.language) if item.language else None) or language
        published = parse_date(item.published, source.timezone, now, own or source.language)
        entry = _MADE.get((context, item))
        if entry is None:
            entry = made(item, own, published)
            _MADE.keep((context, item), entry)
        # The date alone depends on the time: one that lies ahead is no date.
        return entry if entry.published == published else replace(entry, published=published)

    def made(item: RawEntry, own: str | None, published: datetime | None) -> Entry:
        guid, link = _guid(item), _link(item, base)
        guid = None if guid == constant else guid
        title = line(item.title)[:MAX_TITLE]
        summary = paragraphs(item.summary)[:MAX_SUMMARY]
        address = urls.canonical(link) if link else ""
        return Entry(
            key=urls.key_of(guid, link, title, source.name),
            guid=guid,
            link=link,
            title=title,
            summary=summary,
            author=line(item.author or "")[:MAX_AUTHOR] or None,
            published=published,
            language=own,
            digest=hashlib.sha256(f"{title}\0{summary}\0{address}".encode(errors="replace")).hexdigest(),
            marks=identity.values_for(guid, link, title, summary),
        )

    return make


@dataclass(slots=True)
class MadeEntries:
    """The entries that this process has made last, by all that they were made of but the time.

    A feed shows nearly all of its items again at the next poll. A child that read it before then only looks them up;
    many sources, or another child, make them anew.
    """

    most: int = 2_000
    characters: int = 2_000_000  # of the raw items
    _entries: dict[tuple[Hashable, RawEntry], tuple[Entry, int]] = field(default_factory=dict)  # with their sizes
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)  # tests and commands parse in threads

    def get(self, name: tuple[Hashable, RawEntry]) -> Entry | None:
        """Return the entry that was made of an item in a context, None where it is not known."""
        with self._lock:
            known = self._entries.pop(name, None)
            if known is None:
                return None
            self._entries[name] = known  # behind all others
            return known[0]

    def keep(self, name: tuple[Hashable, RawEntry], entry: Entry) -> None:
        """Keep an entry, and forget those that nobody has asked for longest."""
        size = sum([len(text) for text in name[1] if text])
        if size * 10 > self.characters:  # one item must not take the place of all
            return
        with self._lock:
            before = len(self._entries)
            self._entries[name] = entry, size
            self._size += size if len(self._entries) > before else 0
            while len(self._entries) > self.most or self._size > self.characters:
                self._size -= self._entries.pop(next(iter(self._entries)))[1]


_MADE = MadeEntries()


def _guid(item: RawEntry) -> str | None:
    return (item.guid or "")[:MAX_SUMMARY] or None


def _link(item: RawEntry, base: str) -> str | None:
    if item.link and urls.plain(item.link):
        return item.link
    link = None if identity.is_placeholder(item.link) else urls.absolute(base, item.link)
    return urls.direct(link) if link else None


def _constant_guid(items: list[RawEntry], base: str) -> str | None:
    """Return the guid that most of a feed's items share, under several links: it identifies none of them."""
    counts = Counter(map(_guid, items))
    guid, count = max(counts.items(), key=lambda each: each[1] if each[0] else 0, default=(None, 0))
    if guid is None or count <= 2 or count * 2 <= len(items):  # noqa: PLR2004 — one repeated item may be an update
        return None
    links = {urls.canonical(link) for item in items if _guid(item) == guid and (link := _link(item, base))}
    return guid if len(links) > 1 else None


def language_code(code: str | None) -> str | None:
    """Return the ISO 639-1 part of a language tag."""
    found = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", code or "")
    if found is None:
        return None
    low = found.group(1).lower()
    return _CODES.get(low, low)


def _newest(entries: list[Entry]) -> list[Entry]:
    """Return the newest 2,000 entries in the feed's order; where dates are missing, by that order."""
    if any(entry.published is None for entry in entries):
        return entries[:MAX_ENTRIES]
    ranked = sorted(range(len(entries)), key=lambda n: entries[n].published or datetime.min.replace(tzinfo=UTC))
    return [entries[n] for n in sorted(ranked[-MAX_ENTRIES:])]
