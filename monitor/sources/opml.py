"""Lists of feeds: OPML 2.0 (opml.org/spec2.opml), which other readers export and import, or an address a line.

A file may come from anywhere: entities are not resolved, nothing is fetched, and size and depth are bounded.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lxml import etree

from monitor import urls
from monitor.errors import AddressError, ParseError
from monitor.fields.values import short
from monitor.model import Source
from monitor.sources import wellformed
from monitor.sources.prolog import strip_control
from monitor.sources.reader_rules import ReaderRule, of_line, of_search
from monitor.text import charset

MAX_BYTES = 5_000_000
MAX_FEEDS = 10_000
_MAX_NAME = 100  # characters, as the configuration allows
_LANGUAGE = 2  # letters of a code
_NAMESPACE = "urn:news-monitor:opml"
_FRESHRSS = "https://freshrss.org/opml"
_SCRAPED = frozenset({"html+xpath", "xml+xpath", "html+xpath+json", "json+dotnotation", "json+dotpath"})
_MINIFLUX = (
    ("blocklist_rules", False),
    ("block_filter_entry_rules", False),
    ("keeplist_rules", True),
    ("keep_filter_entry_rules", True),
)
_FEEDS = frozenset({"rss", "atom", "feed", "json"})  # types of an outline that is a feed
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_OUTLINE = re.compile(r"<outline\b(.*?)(?=<outline\b|</(?:outline|body|opml)\b|\Z)", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([A-Za-z][\w-]*+)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""", re.ASCII)
_LAST_LINE = 65_535  # which lxml gives a node at most


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed, or page, of a list; `title` is one line of plain text, never empty."""

    title: str
    url: str
    language: str | None = None
    timezone: str | None = None  # as an earlier export of ours wrote it
    every: str | None = None  # likewise


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of a list: feeds, each address once, and a message for each one that cannot be polled.

    `pages` are addresses of which nothing says that they are feeds: they may name some. `rules` are filters that
    another reader has for its feeds.
    """

    feeds: tuple[Outline, ...]
    unusable: tuple[str, ...] = ()
    pages: tuple[Outline, ...] = ()
    rules: tuple[ReaderRule, ...] = ()


def parse(data: bytes) -> list[Outline]:
    """Return the feeds in the order of the file, each address once. Raises ParseError as `read` does."""
    return list(read(data).feeds)


def read(data: bytes) -> Listing:
    """Return the feeds and pages in the order of the file, and the outlines that cannot be feeds.

    Folders are no feeds; an outline whose only address is its `htmlUrl` is a page. A plain text with an address a line
    (`#` begins a remark) lists pages. Of a file that is broken or cut short what can be read is, and a message says so.
    Raises ParseError, with the remedy, for what is no list.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(f"the file is larger than {MAX_BYTES // 1_000_000} MB: export fewer feeds", retryable=False)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return _miniflux(data)
    plain = _plain(data)
    if plain is not None:
        return _addresses(plain)
    found: dict[str, Outline] = {}
    pages: dict[str, Outline] = {}
    unusable: dict[str, None] = {}
    rules: list[ReaderRule] = []
    root, broken = _root(data)
    for node in _outlines(root):
        outline = _outline(node)
        if isinstance(outline, Outline):
            (found if _is_feed(node) else pages).setdefault(outline.url, outline)
            rules += _rules(node, outline)
        elif outline is not None:
            unusable[f"line {node.sourceline}: {outline}"] = None
        if len(found) + len(pages) + len(unusable) > MAX_FEEDS:
            raise ParseError(f"the file lists more than {MAX_FEEDS} feeds: export fewer", retryable=False)
    if broken is not None:
        unusable[broken] = None
    return Listing(tuple(found.values()), tuple(unusable), tuple(pages.values()), tuple(rules))


def _plain(data: bytes) -> list[str] | None:
    """Return the lines of a plain list of addresses; None where the file is, or should be, XML."""
    try:
        text = charset.decode(data).text
    except charset.UnknownCharset:
        return None
    lines = [line.strip() for line in text.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return lines if "://" in first and not first.startswith("<") else None


def _addresses(lines: list[str]) -> Listing:
    pages: dict[str, Outline] = {}
    unusable: dict[str, None] = {}
    for number, text in enumerate(lines, 1):
        if not text or text.startswith("#"):
            continue
        try:
            host = urls.parse(text).host
        except AddressError as error:
            unusable[f"line {number}: {error}"] = None
        else:
            pages.setdefault(text, Outline(host[:_MAX_NAME], text))
        if len(pages) + len(unusable) > MAX_FEEDS:
            raise ParseError(f"the file lists more than {MAX_FEEDS} addresses: split it", retryable=False)
    return Listing((), tuple(unusable), tuple(pages.values()))


def _root(data: bytes) -> tuple[etree._Element, str | None]:
    """Return the root, and a message where outlines may be missing. Raises ParseError."""
    broken: str | None = None
    try:
        root = etree.fromstring(data.strip(), _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        root, broken = _repaired(data, error)
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise ParseError("the file declares entities, which OPML has none of: export it again", retryable=False)
    if etree.QName(root).localname.lower() != "opml":
        name = etree.QName(root).localname
        kind = " (a feed: add its address to `sources:`)" if name.lower() in ("rss", "feed", "rdf") else ""
        raise ParseError(f"the file is <{name}>, not OPML{kind}", retryable=False)
    return root, broken


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False, remove_comments=True
    )


def _repaired(data: bytes, why: Exception) -> tuple[etree._Element, str | None]:
    """Read what exporters have written without care: bare ampersands, HTML's entities, other bytes than declared.

    What is broken beyond that is read outline by outline, and a message says so.
    """
    remedy = "export it again as OPML, or write one address a line"
    refusal = ParseError(f"the file is not XML ({why}): {remedy}", retryable=False)
    try:
        text = strip_control(charset.decode(data).text)
    except ValueError:
        raise refusal from why
    scanned = _scanned(text)
    try:
        root = etree.fromstring(wellformed.repaired(text).encode(), _parser())
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is not None and sum(1 for _ in _outlines(root)) >= len(scanned):
        return root, None
    if "<!ENTITY" in text or "<opml" not in text.lower() or not any(map(_is_feed, scanned)):
        raise refusal from why
    return scanned, f"the file is broken ({why}): its other feeds are read, but some may be missing: {remedy}"


def _scanned(text: str) -> etree._Element:
    """Return the outlines that a broken file has, without folders, each with the attributes that can be read."""
    root = etree.Element("opml")
    text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    line, end = 1, 0
    for found in _OUTLINE.finditer(text):
        line, end = line + text.count("\n", end, found.start()), found.start()
        node = etree.SubElement(root, "outline")
        node.sourceline = min(line, _LAST_LINE)
        for name, double, single in _ATTRIBUTE.findall(found[1]):
            if name not in node.attrib:
                node.set(name, html.unescape(double or single))
    return root


def _outlines(root: etree._Element) -> Iterator[etree._Element]:
    return (node for node in root.iter(etree.Element) if etree.QName(node).localname.lower() == "outline")


def _values(node: etree._Element) -> dict[str, str]:
    """Return an outline's attributes; names without case, as exporters differ (`xmlUrl`, `xmlurl`)."""
    return {str(key).lower(): _line(str(value)) for key, value in node.attrib.items()}


def _is_feed(node: etree._Element) -> bool:
    return bool(_values(node).get("xmlurl"))


def _outline(node: etree._Element) -> Outline | str | None:
    """Return an outline's feed or page, a message where it is invalid, or None for a folder or a link."""
    values = _values(node)
    url = values.get("xmlurl") or values.get("htmlurl") or values.get("url", "")
    title = values.get("text") or values.get("title") or ""
    if (kind := values.get("type", "")).lower() in _SCRAPED:
        return f"{_shown(title, url)}: {kind} is a page that FreshRSS cuts up, no feed: look for a feed of that site"
    if kind.lower() == "include":
        return f"{_shown(title, url)} is a list of its own: fetch {_shown(url)} and import it, too"
    if not url and "xmlurl" not in values and kind.lower() not in _FEEDS:
        return None
    if not url:
        return f"{_shown(title, 'a feed')} has no address: give it an xmlUrl"
    if url.startswith("feed:"):
        url = "https:" + url.removeprefix("feed:") if url.startswith("feed://") else url.removeprefix("feed:")
    try:
        host = urls.parse(url).host
    except AddressError as error:
        return f"{_shown(title, url)}: {_shown(url)}: {error.reason}"
    title = title or host
    language = values.get("language", "")[:_LANGUAGE].lower()
    own = {name: node.get(f"{{{_NAMESPACE}}}{name}") for name in ("timezone", "every")}
    return Outline(
        title[:_MAX_NAME].strip(), url, language if language.isalpha() and language.isascii() else None, **own
    )


def _rules(node: etree._Element, outline: Outline) -> list[ReaderRule]:
    """Return the searches whose results FreshRSS marks as read in a feed: one a line."""
    text = node.get(f"{{{_FRESHRSS}}}filtersActionRead") or ""
    return [of_search(outline.title, line.strip()) for line in text.splitlines() if line.strip()]


def _miniflux(data: bytes) -> Listing:
    """Return the feeds of what Miniflux's API gives for `/v1/feeds`: its OPML has no rules. Raises ParseError."""
    try:
        rows = json.loads(data)
        rows = [row for row in (rows if isinstance(rows, list) else [rows]) if isinstance(row, dict)]
        feeds = [(str(row["feed_url"]), _line(str(row.get("title") or "")), row) for row in rows]
    except (ValueError, KeyError, RecursionError) as error:
        raise ParseError("the JSON is no list of feeds of Miniflux (/v1/feeds)", retryable=False) from error
    found: dict[str, Outline] = {}
    unusable: dict[str, None] = {}
    rules: list[ReaderRule] = []
    for url, title, row in feeds[:MAX_FEEDS]:
        try:
            name = (title or urls.parse(url).host)[:_MAX_NAME]
            urls.parse(url)
        except AddressError as error:
            unusable[f"{_shown(title, url)}: {_shown(url)}: {error.reason}"] = None
            continue
        found.setdefault(url, Outline(name, url))
        for key, keep in _MINIFLUX:
            lines = str(row.get(key) or "").splitlines()
            rules += [of_line(name, line.strip(), keep=keep) for line in lines if line.strip()]
    return Listing(tuple(found.values()), tuple(unusable), rules=tuple(rules))


def _shown(text: str, instead: str = "") -> str:
    return (text or instead)[:_MAX_NAME]


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def dump(sources: Iterable[Source], title: str = "Sources") -> str:
    """Return sources as an OPML document."""
    rows = "".join(
        f'    <outline type="rss" text={quoteattr(source.name)} title={quoteattr(source.name)} '
        f"xmlUrl={quoteattr(source.url)}{_language(source)}{_own(source)}/>\n"
        for source in sources
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0" xmlns:monitor="{_NAMESPACE}">\n'
        f"  <head>\n    <title>{title}</title>\n  </head>\n  <body>\n{rows}  </body>\n</opml>\n"
    )


def _language(source: Source) -> str:
    return f" language={quoteattr(source.language)}" if source.language else ""


def _own(source: Source) -> str:
    """Return what OPML has no attribute for, in a namespace of our own, as other readers must leave it out."""
    every = f' monitor:every="{short(source.every)}"' if source.every else ""
    zone = f" monitor:timezone={quoteattr(source.timezone)}" if source.timezone != "UTC" else ""
    return every + zone
