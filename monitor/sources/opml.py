"""Lists of feeds as OPML 2.0 (opml.org/spec2.opml): what other readers export, and what they can import.

A file may come from anywhere: entities are not resolved, nothing is fetched, and size and depth are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lxml import etree

from monitor import urls
from monitor.errors import AddressError, ParseError
from monitor.model import Source
from monitor.sources import wellformed
from monitor.sources.prolog import strip_control
from monitor.text import charset

MAX_BYTES = 5_000_000
MAX_FEEDS = 10_000
_MAX_NAME = 100  # characters, as the configuration allows
_LANGUAGE = 2  # letters of a code
_FEEDS = frozenset({"rss", "atom", "feed", "json"})  # types of an outline that is a feed


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of an OPML file; `title` is one line of plain text, never empty."""

    title: str
    url: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of an OPML file: feeds, each address once, and a message for each feed that cannot be polled."""

    feeds: tuple[Outline, ...]
    unusable: tuple[str, ...] = ()


def parse(data: bytes) -> list[Outline]:
    """Return the feeds in the order of the file, each address once. Raises ParseError as `read` does."""
    return list(read(data).feeds)


def read(data: bytes) -> Listing:
    """Return the feeds in the order of the file, and the outlines that cannot be feeds; folders and links are no feeds.

    Raises ParseError, with the remedy, for what is not OPML.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(f"the file is larger than {MAX_BYTES // 1_000_000} MB: export fewer feeds", retryable=False)
    root = _root(data)
    found: dict[str, Outline] = {}
    unusable: dict[str, None] = {}
    for node in root.iter("{*}outline", "outline"):
        outline = _outline(node)
        if isinstance(outline, Outline):
            found.setdefault(outline.url, outline)
        elif outline is not None:
            unusable[f"line {node.sourceline}: {outline}"] = None
        if len(found) + len(unusable) > MAX_FEEDS:
            raise ParseError(f"the file lists more than {MAX_FEEDS} feeds: export fewer", retryable=False)
    return Listing(tuple(found.values()), tuple(unusable))


def _root(data: bytes) -> etree._Element:
    try:
        root = etree.fromstring(data.strip(), _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        root = _repaired(data, error)
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise ParseError("the file declares entities, which OPML has none of: export it again", retryable=False)
    if etree.QName(root).localname.lower() != "opml":
        name = etree.QName(root).localname
        kind = " (a feed: add its address to `sources:`)" if name.lower() in ("rss", "feed", "rdf") else ""
        raise ParseError(f"the file is <{name}>, not OPML{kind}", retryable=False)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False, remove_comments=True
    )


def _repaired(data: bytes, why: Exception) -> etree._Element:
    """Read what exporters have written without care: bare ampersands, HTML's entities, other bytes than declared."""
    refusal = ParseError(f"the file is not XML ({why}): export it again as OPML", retryable=False)
    try:
        text = strip_control(charset.decode(data).text)
        return etree.fromstring(wellformed.repaired(text).encode(), _parser())
    except (etree.XMLSyntaxError, ValueError):
        raise refusal from why


def _outline(node: etree._Element) -> Outline | str | None:
    """Return an outline's feed, a message where it is invalid, or None for a folder or a link.

    Attribute names are compared without case, as exporters differ (`xmlUrl`, `xmlurl`).
    """
    values = {str(key).lower(): _line(str(value)) for key, value in node.attrib.items()}
    url = values.get("xmlurl", "")
    title = values.get("text") or values.get("title") or ""
    if "xmlurl" not in values and values.get("type", "").lower() not in _FEEDS:
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
    return Outline(title[:_MAX_NAME].strip(), url, language if language.isalpha() and language.isascii() else None)


def _shown(text: str, instead: str = "") -> str:
    return (text or instead)[:_MAX_NAME]


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def dump(sources: Iterable[Source], title: str = "Sources") -> str:
    """Return sources as an OPML document."""
    rows = "".join(
        f'    <outline type="rss" text={quoteattr(source.name)} title={quoteattr(source.name)} '
        f"xmlUrl={quoteattr(source.url)}{_language(source)}/>\n"
        for source in sources
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
        f"  <head>\n    <title>{title}</title>\n  </head>\n  <body>\n{rows}  </body>\n</opml>\n"
    )


def _language(source: Source) -> str:
    return f" language={quoteattr(source.language)}" if source.language else ""
