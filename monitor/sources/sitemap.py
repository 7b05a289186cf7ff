"""Sitemaps (sitemaps.org 0.9) with Google's news extension, sitemap indexes, and text files of addresses.

Elements are known by their local names, whatever prefixes and namespaces are declared. Nothing is expanded: the reader
sees tags and text, and an entity is a character or stays as it is written. Pure; runs in a child process.
"""

from __future__ import annotations

import hashlib
import html
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from monitor import gaps, identity, urls
from monitor.errors import ParseError
from monitor.model import Entry, Gap, ParsedFeed, SitemapLink, SitemapPart, SitemapScope, Source, SourceState
from monitor.ports import Request, Response
from monitor.sources import prolog
from monitor.sources.feed import MAX_ENTRIES, MAX_TITLE, FeedSource, language_code
from monitor.text import charset
from monitor.text.dates import parse_date
from monitor.text.plain import line

MAX_PAGES = 50_000
"""Addresses of one file, as sitemaps.org allows."""

MAX_BYTES = 52_428_800
"""Bytes of one file, unpacked, as sitemaps.org allows."""

_FOLLOWED = 3  # sitemaps of an index that a poll of a source of this kind reads
_RECENT = timedelta(days=2)  # what those may list
_GZIP = b"\x1f\x8b"
_LAYERS = 2  # some servers pack what is packed
_DAY_ONLY = re.compile(r"\s*\d{4}-\d\d-\d\d\s*", re.ASCII)
_MARK = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?P<end>/?)(?:[\w.-]+:)?(?P<name>[\w.-]+)[^<>]*>", re.DOTALL
)
_WANTED = {
    ("url", "loc"): "url",
    ("sitemap", "loc"): "url",
    ("url", "lastmod"): "modified",
    ("sitemap", "lastmod"): "modified",
    ("url", "news", "title"): "title",
    ("url", "news", "publication_date"): "published",
    ("url", "news", "publication", "language"): "language",
    ("url", "news", "language"): "language",
}
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_FEEDS = frozenset({"rss", "feed", "rdf"})
_ROBOTS = re.compile(r"[ \t]*sitemap[ \t]*:(.*?)(?:\s#|$)", re.IGNORECASE)
_AROUND = "<>\"'(),;"  # an address in a robots.txt
_MOST_NAMED = 200  # sitemaps of one robots.txt
_ACCEPT = "application/xml, text/xml;q=0.9, text/plain;q=0.5, */*;q=0.1"


@dataclass(slots=True)
class _Listed:
    """A page or a sitemap, as it is written."""

    url: str = ""
    modified: str = ""
    title: str = ""
    published: str = ""
    language: str = ""


@dataclass(slots=True)
class _Sitemap:
    is_index: bool = False
    items: list[_Listed] = field(default_factory=list)
    entries: tuple[Entry, ...] | None = None  # where a feed serves as a sitemap
    notes: list[str] = field(default_factory=list)


class SitemapSource:
    """The source type of sitemaps that are polled like feeds; see `ports.SourceType`."""

    def request(self, source: Source, state: SourceState | None) -> Request:
        """Ask as for a feed, for a body as large as sitemaps may be."""
        asked = FeedSource().request(source, state)
        headers = tuple((name, _ACCEPT if name == "accept" else value) for name, value in asked.headers)
        return replace(asked, headers=headers, max_bytes=MAX_BYTES)

    def parse(self, source: Source, response: Response, now: datetime) -> ParsedFeed:
        """Read the newest 2,000 pages, or name the newest sitemaps of an index. Raises ParseError."""
        sitemap = _read(source, response, now)
        notes = sitemap.notes
        if sitemap.is_index:
            links = _links(sitemap.items, source, response.url, now)
            chosen = gaps.children(links, Gap(now - _RECENT, now))[:_FOLLOWED]
            if not chosen:
                raise ParseError("the sitemap index names no sitemap of the last two days")
            dated = {each.url for each in links if each.modified}
            return ParsedFeed("", (), notes=tuple(notes), follow=tuple(chosen), steady=dated.issuperset(chosen))
        pages = _pages(sitemap, source, response.url, now)
        if len(pages) > MAX_ENTRIES:
            notes.append(f"{len(pages)} pages: the newest {MAX_ENTRIES} are read")
            pages = _newest(pages)
        return ParsedFeed("", tuple(identity.distinct([each.entry for each in pages])), notes=tuple(notes))


class SitemapFiles:
    """Reads what a site's sitemaps say of a gap; see `ports.SitemapReader`."""

    def read(self, source: Source, response: Response, now: datetime, gap: Gap, scope: SitemapScope) -> SitemapPart:
        """Return the pages that a sitemap lists of a gap, or the sitemaps of an index. Raises ParseError."""
        sitemap = _read(source, response, now)
        notes = tuple(sitemap.notes)
        if sitemap.is_index:
            return SitemapPart(children=tuple(_links(sitemap.items, source, response.url, now)), notes=notes)
        listed = _pages(sitemap, source, response.url, now)
        if _is_written(source, response) and all(gaps.is_foreign(each.url, scope) for each in listed):
            # The feed links by way of a redirector: its links tell neither hosts, nor sections, nor numbers.
            scope = SitemapScope(known=scope.known)
        pages = [each for each in listed if gaps.is_within(each.url, scope)]
        near = [each for each in pages if each.first is not None and each.last >= gap.since - gaps.BEFORE]
        inside = [
            each.entry_of(gap)
            for each in near
            if (each.is_of(gap) and gaps.may_be_of(each.url, gap)) or each.was_changed_after(gap, scope)
        ]
        behind = [each.entry_of(gap) for each in near if each.may_have_been_changed_after(gap, scope)]
        return SitemapPart(
            entries=tuple(identity.distinct(inside)),
            changed=tuple(identity.distinct(behind[: gaps.MOST_ENTRIES])),
            oldest=min((each.first for each in near if each.first), default=None),
            newest=max((each.last for each in near), default=None),
            listed=scope.known.intersection(each.mark for each in listed) if scope.known else frozenset(),
            notes=notes,
        )

    def named(self, response: Response) -> tuple[str, ...]:
        """Return the sitemaps that a robots.txt names, in its order; relative addresses are resolved."""
        lines = response.body.decode("utf-8-sig", "replace").splitlines()
        found: dict[str, None] = {}
        for values in (line[1].split() for each in lines if (line := _ROBOTS.match(each))):
            names = [name.strip(_AROUND) for name in values]
            kept = names[:1] + [name for name in names[1:] if urls.is_web(name)]  # other words are a remark
            found |= dict.fromkeys(address for name in kept if name and (address := urls.absolute(response.url, name)))
        return tuple(found)[:_MOST_NAMED]


def _is_written(source: Source, response: Response) -> bool:
    """Return whether a sitemap is of the host of those that the configuration gives the source."""
    return gaps.bare_host(response.url) in {gaps.bare_host(each) for each in source.sitemap}


# --------------------------------------------------------------------------- pages


@dataclass(frozen=True, slots=True)
class _ListedPage:
    """A page with the time in which it was published, as far as the sitemap says it."""

    entry: Entry
    first: datetime | None
    last: datetime  # the earliest time there is, where no date is given
    changed: bool = False  # these are of its last change, at or after it was published

    @property
    def url(self) -> str:
        return self.entry.link or ""

    @property
    def mark(self) -> str:
        """Return what known articles are compared by; an entry of a feed that serves as a sitemap has a guid's key."""
        return gaps.mark(urls.article_key(self.url) if self.entry.guid else self.entry.key)

    def is_of(self, gap: Gap) -> bool:
        return self.first is not None and self.first <= gap.until and self.last >= gap.since

    def is_behind(self, gap: Gap) -> bool:
        """Return whether its last change is behind the gap, and its publication may be of it."""
        return self.changed and self.first is not None and self.first > gap.until

    def was_changed_after(self, gap: Gap, scope: SitemapScope) -> bool:
        """Return whether it is an article of the gap by its number, and its last change alone is behind it."""
        return self.is_behind(gap) and gaps.is_numbered_within(self.url, scope)

    def may_have_been_changed_after(self, gap: Gap, scope: SitemapScope) -> bool:
        """Return whether it may be an article of the gap, and no number or date in its address tells."""
        told = scope.numbers is not None and gaps.number(self.url) is not None
        return self.is_behind(gap) and not told and gaps.may_be_of(self.url, gap)

    def entry_of(self, gap: Gap) -> Entry:
        """Return the entry; where only the day or the last change is known, its date is within the gap."""
        if self.first is None or (self.first == self.last and self.first <= gap.until):
            return replace(self.entry, refilled=True)
        return replace(self.entry, refilled=True, published=min(max(self.first, gap.since), gap.until))


_NEVER = datetime.min.replace(tzinfo=UTC)


def _pages(sitemap: _Sitemap, source: Source, base: str, now: datetime) -> list[_ListedPage]:
    if sitemap.entries is not None:
        return [_ListedPage(each, each.published, each.published or _NEVER) for each in sitemap.entries if each.link]
    made = [page for item in sitemap.items if (page := _page(item, source, base, now)) is not None]
    return list({page.entry.key: page for page in reversed(made)}.values())[::-1]  # an address is one page


def _page(item: _Listed, source: Source, base: str, now: datetime) -> _ListedPage | None:
    link = urls.absolute(base, item.url)
    if link is None:
        return None
    language = language_code(item.language)
    written = item.published or item.modified
    published = parse_date(written, source.timezone, now, language)
    last = published
    if published is not None and _DAY_ONLY.fullmatch(written):
        last = min(published + timedelta(days=1), max(now, published))
    title = line(item.title)[:MAX_TITLE]
    plain = Entry(
        key="",
        guid=None,
        link=link,
        title=title,
        published=published,
        language=language,
        digest=hashlib.sha256(f"{title}\0\0{urls.canonical(link)}".encode(errors="replace")).hexdigest(),
    )
    entry = replace(plain, key=urls.entry_key(plain, source.name))
    return _ListedPage(entry, published, last or _NEVER, changed=not item.published)


def _newest(pages: Sequence[_ListedPage]) -> list[_ListedPage]:
    """Return the newest 2,000; without dates, the first and the last ones: the newest stand at either end."""
    if any(each.first for each in pages):
        return sorted(pages, key=lambda each: each.last, reverse=True)[:MAX_ENTRIES]
    half = MAX_ENTRIES // 2
    return [*pages[:half], *pages[-half:]]


def _links(items: Iterable[_Listed], source: Source, base: str, now: datetime) -> list[SitemapLink]:
    found = []
    for item in items:
        url = urls.absolute(base, item.url)
        modified = parse_date(item.modified, source.timezone, now)
        if modified is not None and _DAY_ONLY.fullmatch(item.modified):
            modified += timedelta(days=1)
        if url is not None:
            found.append(SitemapLink(url, modified))
    return found


# --------------------------------------------------------------------------- bytes


def _read(source: Source, response: Response, now: datetime) -> _Sitemap:
    notes: list[str] = []
    body = _unpacked(response.body, notes)
    try:
        decoded = charset.decode(body, response.header("content-type"))
    except charset.UnknownCharset as error:
        raise ParseError(str(error)) from error
    text = prolog.strip_control(decoded.text).strip()
    if not text:
        raise ParseError("the answer is empty")
    if text[0] != "<":
        return _Sitemap(items=_lines(text, notes), notes=notes)
    document = prolog.open_document(text)
    notes.extend(document.notes)
    if document.root in _FEEDS:
        feed = FeedSource().parse(source, replace(response, body=body), now)
        return _Sitemap(entries=feed.entries, notes=[*notes, *feed.notes])
    if document.root not in {"urlset", "sitemapindex"}:
        raise ParseError(f"the answer is no sitemap: it begins with <{document.root}>")
    items: list[_Listed] = []
    for item in _items(document.text):
        if len(items) == MAX_PAGES:
            notes.append(f"more than {MAX_PAGES} addresses: the first ones are read")
            break
        items.append(item)
    return _Sitemap(document.root == "sitemapindex", items, notes=notes)


def _unpacked(body: bytes, notes: list[str]) -> bytes:
    """Unpack gzip, within bounds; what a cut file holds up to its end is read."""
    for _ in range(_LAYERS):
        if not body.startswith(_GZIP):
            break
        body = _inflated(body, notes)
    return body


def _inflated(body: bytes, notes: list[str]) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while body.startswith(_GZIP):
        inflater = zlib.decompressobj(wbits=31)
        try:
            piece = inflater.decompress(body, MAX_BYTES - size + 1)
        except zlib.error as error:
            if not pieces:
                raise ParseError(f"the sitemap is packed with gzip, but broken ({error})") from error
            break
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise ParseError(f"the sitemap has more than {MAX_BYTES // 1_048_576} MB when it is unpacked")
        if not inflater.eof:
            notes.append("the packed sitemap was cut short: what came is read")
            break
        body = inflater.unused_data
    return b"".join(pieces)


def _lines(text: str, notes: list[str]) -> list[_Listed]:
    """Read a text file of one address a line. Raises ParseError where it is something else."""
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    found = [each for each in lines[:MAX_PAGES] if urls.is_web(each)]
    if 2 * len(found) < len(lines[:MAX_PAGES]):
        raise ParseError("the answer is no sitemap but plain text")
    if len(lines) > MAX_PAGES:
        notes.append(f"more than {MAX_PAGES} addresses: the first ones are read")
    return [_Listed(each) for each in found]


def _items(text: str) -> Iterator[_Listed]:
    """Yield the pages, or the sitemaps of an index, in one pass over the tags."""
    path: list[str] = []
    item: _Listed | None = None
    begin = 0
    for mark in _MARK.finditer(text):
        name = (mark["name"] or "").lower()
        if not name or mark[0].endswith("/>"):
            continue
        if not mark["end"]:
            if name in {"url", "sitemap"}:
                path, item = [], _Listed()  # also where the one before has no end
            path.append(name)
            begin = mark.end()
            continue
        wanted = _WANTED.get(tuple(path))
        if item is not None and wanted and path[-1] == name and not getattr(item, wanted):
            setattr(item, wanted, _plain(text[begin : mark.start()]))
        if name in path:
            del path[len(path) - 1 - path[::-1].index(name) :]
        if item is not None and name in {"url", "sitemap"}:
            yield item
            item = None


def _plain(raw: str) -> str:
    """Return the text of an element: sections of CDATA as they are, entities elsewhere as their characters."""
    pieces: list[str] = []
    end = 0
    for part in _CDATA.finditer(raw):
        pieces += [html.unescape(raw[end : part.start()]), part[1] or ""]
        end = part.end()
    return "".join((*pieces, html.unescape(raw[end:]))).strip()
