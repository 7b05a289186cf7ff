"""Lists of feeds as OPML 2.0 (opml.org/spec2.opml): what other readers export, and what they can import.

A file may come from anywhere: entities are not resolved, nothing is fetched, and size and depth are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from lxml import etree

from monitor.errors import ParseError
from monitor.model import Source

MAX_BYTES = 5_000_000
MAX_FEEDS = 10_000
_MAX_NAME = 100  # characters, as the configuration allows
_LANGUAGE = 2  # letters of a code


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of an OPML file; `title` is one line of plain text, never empty."""

    title: str
    url: str
    language: str | None = None


def parse(data: bytes) -> list[Outline]:
    """Give the feeds in the order of the file, each address once; outlines that are no feed are left out.

    Raises ParseError, with the remedy, for what is not OPML.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(f"the file is larger than {MAX_BYTES // 1_000_000} MB: export fewer feeds", retryable=False)
    root = _root(data)
    found: dict[str, Outline] = {}
    for node in root.iter("{*}outline", "outline"):
        outline = _outline(node)
        if outline is not None:
            found.setdefault(outline.url, outline)
        if len(found) > MAX_FEEDS:
            raise ParseError(f"the file lists more than {MAX_FEEDS} feeds: export fewer", retryable=False)
    return list(found.values())


def _root(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(f"the file is not XML ({error}): export it again as OPML", retryable=False) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError("the file declares a DTD, which OPML has none of: export it again", retryable=False)
    if etree.QName(root).localname.lower() != "opml":
        name = etree.QName(root).localname
        kind = " (a feed: add its address to `sources:`)" if name.lower() in ("rss", "feed", "rdf") else ""
        raise ParseError(f"the file is <{name}>, not OPML{kind}", retryable=False)
    return root


def _outline(node: etree._Element) -> Outline | None:
    """Read an outline; attribute names are compared without case, as exporters differ (`xmlUrl`, `xmlurl`)."""
    values = {str(key).lower(): _line(str(value)) for key, value in node.attrib.items()}
    url = values.get("xmlurl", "")
    if url.startswith("feed:"):
        url = "https:" + url.removeprefix("feed:") if url.startswith("feed://") else url.removeprefix("feed:")
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in url:
        return None
    title = values.get("text") or values.get("title") or parts.hostname
    language = values.get("language", "")[:_LANGUAGE].lower()
    return Outline(title[:_MAX_NAME].strip(), url, language if language.isalpha() and language.isascii() else None)


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def dump(sources: Iterable[Source], title: str = "Sources") -> str:
    """Give sources as an OPML document."""
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
