"""Reading of well-formed feeds by lxml, at a twentieth of feedparser's cost; all others are left to feedparser.

A guard decides: UTF-8, no document type, a known root, and items of which each has a title, an absolute link and a
date. Whatever feedparser would read in a way of its own (elements of one meaning twice, markup that is not escaped,
types of text, elements that change what others mean) is left to it as well, so that both say the same of a feed: the
rules below are feedparser's, and a test compares the two. Which elements it knows is asked of feedparser itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum, auto
from functools import cache
from typing import Any

from lxml import etree

from monitor.sources import wishes
from monitor.sources.raw import RawEntry, RawFeed
from monitor.text.charset import header_label

_MOST_ITEMS = 2_000  # more are thinned out before they are parsed (prolog.thinned)
_DECLARED = re.compile(rb"""\s*<\?xml\b[^<>]*\bencoding\s*=\s*["']([^"'<>]*)["']""")
_UTF8 = {b"utf-8", b"utf8"}
# Characters that are left out or replaced before feedparser reads a text: controls, DEL, and those of Windows-1252.
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL_REFERENCE = re.compile(rb"&#(?:0*(?:12[7-9]|1[345]\d)|[xX]0*(?:7[fF]|[89][0-9a-fA-F]));")
_BASE = re.compile(rb"base\s*=")  # xml:base, and base without a prefix: feedparser obeys both
_NAMESPACE = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*["']([^"']*)""")
# An address that stays as it is, whatever it is resolved against.
_ABSOLUTE = re.compile(r"https?://[^\s;/?#<>\"\\][^\s;<>\"\\]*")
_WIDE = re.compile("[^\x00-\xff]")
_ROOTS = {"rss", "rdf_rdf", "feed"}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_TEXT_TYPES = {None, "text", "html", "text/html", "text/plain"}
_HTML_TYPES = {None, "html", "text/html", "xhtml", "application/xhtml+xml"}


class _Meaning(StrEnum):
    """What an element means for us."""

    TITLE = auto()
    LINK = auto()
    GUID = auto()
    SUMMARY = auto()
    CONTENT = auto()
    AUTHOR = auto()
    PUBLISHED = auto()
    UPDATED = auto()
    CREATED = auto()
    LANGUAGE = auto()
    ORIGINAL = auto()  # the link behind FeedBurner's
    MEDIA = auto()  # holds others, of which a description counts
    MEDIA_TITLE = auto()
    SOURCE = auto()
    TTL = auto()
    WISHES = auto()
    IMAGE = auto()
    ITEM = auto()
    CHANNEL = auto()
    NOTHING = auto()
    REFUSED = auto()  # feedparser makes something of it that is not done here


# feedparser's names: the prefix that it knows a namespace by, and the local name in lower case.
_KINDS = {
    _Meaning.TITLE: ("title",),
    _Meaning.LINK: ("link",),
    _Meaning.GUID: ("guid", "id"),
    _Meaning.SUMMARY: ("description", "summary", "media_description", "itunes_summary"),
    _Meaning.CONTENT: ("content", "content_encoded"),
    _Meaning.AUTHOR: ("author", "dc_creator", "dc_author", "itunes_author", "managingeditor"),
    _Meaning.PUBLISHED: ("published", "pubdate", "issued", "dcterms_issued"),
    _Meaning.UPDATED: ("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"),
    _Meaning.CREATED: ("created", "dcterms_created"),
    _Meaning.LANGUAGE: ("language", "dc_language"),
    _Meaning.ORIGINAL: ("feedburner_origlink",),
    _Meaning.MEDIA: ("media_content", "media_group"),
    _Meaning.MEDIA_TITLE: ("media_title",),
    _Meaning.SOURCE: ("source",),
    _Meaning.TTL: ("ttl",),
    _Meaning.WISHES: ("skiphours", "skipdays"),
    _Meaning.IMAGE: ("image",),
    _Meaning.ITEM: ("item", "entry"),
    _Meaning.CHANNEL: ("channel",),
    _Meaning.NOTHING: (
        *("category", "keywords", "enclosure", "rights", "copyright", "generator", "expirationdate", "subtitle"),
        *("tagline", "webmaster", "contributor", "name", "email", "uri", "cloud", "dc_subject"),
        *("dc_rights", "dc_publisher", "media_category", "media_credit", "media_keywords", "media_license"),
        *("media_player", "media_rating", "media_restriction", "media_thumbnail", "itunes_block", "itunes_category"),
        *("itunes_explicit", "itunes_image", "itunes_keywords", "itunes_owner", "itunes_name", "itunes_email"),
        *("itunes_subtitle", "georss_point", "cc_license", "creativecommons_license"),
    ),
    # Names under which feedparser keeps what it makes of other elements.
    _Meaning.REFUSED: (
        *("links", "authors", "author_detail", "contributors", "date", "textinput", "entries", "feed", "rss"),
        *("rdf_rdf", "publisher_detail", "image_detail", "svg", "math"),
    ),
}  # fmt: skip
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
# What may stand in the image of a channel, in the source of an entry, and in an author.
_IMAGE = {"url", "title", "link", "width", "height", "description"}
_PERSON = {"name", "email", "uri"}
_SOURCE = {"id", "title", "link", "updated", "subtitle", "icon", "logo", "generator", "category", "rights", "author"}
_SOURCE |= _PERSON


class _Unusual(Exception):  # noqa: N818 — no error: feedparser reads the feed
    """The feed is not one of those that are read here."""


def read(body: bytes, content_type: str | None = None) -> RawFeed | None:
    """Return the feed in `body`; None where feedparser is to read it. `content_type` is the header's value."""
    label = header_label(content_type)
    if (label and label.lower().encode("ascii", "replace") not in _UTF8) or not _is_plain(body):
        return None
    try:
        root = etree.fromstring(body, _parser())
        return _Reader(body).feed(root)
    except (etree.XMLSyntaxError, _Unusual):
        return None


def _is_plain(body: bytes) -> bool:
    """Return whether a body is UTF-8 without a document type, and without characters that texts lose."""
    declared = _DECLARED.match(body[:200])
    if declared and declared[1].lower() not in _UTF8:
        return False
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\x7f" in body or (b"base" in body and _BASE.search(body)):
        return False
    if (b"\xc2" in body and _CONTROL.search(body)) or (b"&#" in body and _CONTROL_REFERENCE.search(body)):
        return False
    declared_spaces = set(_declared_spaces(body))
    prefixes, spaces = ({pair[place] for pair in declared_spaces} for place in (0, 1))
    if not len(declared_spaces) == len(prefixes) == len(spaces):  # feedparser keeps one of each
        return False
    return body.isascii() or _is_utf8(body)


def _declared_spaces(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the prefixes and addresses of the namespaces that a body declares: as `findall`, but sooner found."""
    at = body.find(b"xmlns")
    while at >= 0:
        found = _NAMESPACE.match(body, at)
        if found:
            yield found[1] or b"", found[2]
        at = body.find(b"xmlns", found.end() if found else at + 1)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parser() -> Any:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        huge_tree=False,
    )


@dataclass(slots=True)
class _ItemParts:
    """What was found of an item; its summary and contents as feedparser tells them apart, by order and depth."""

    found: dict[_Meaning, str] = field(default_factory=dict)
    summary: str | None = None
    depth: int | None = None  # of the element that the summary is from; None: of a content, or there is none
    content: str = ""  # the longest
    has_content: bool = False

    def keep(self, kind: _Meaning, text: str) -> None:
        """Keep what an item has once."""
        if kind in self.found:
            raise _Unusual
        self.found[kind] = text

    def add_summary(self, text: str, depth: int = 0) -> None:
        """Add a description: the second one of an item without content counts as its content."""
        if self.summary is not None and not self.has_content:
            self.add_content(text)
        elif self.depth is None or depth <= self.depth:
            self.summary, self.depth = text, depth

    def add_content(self, text: str) -> None:
        """Add a content."""
        self.has_content = True
        if len(text) > len(self.content):
            self.content = text
        if self.summary is None:
            self.summary = text

    def entry(self) -> RawEntry:
        """Return the item; it must have a title, a link and a date."""
        get = self.found.get
        title, link = get(_Meaning.TITLE), get(_Meaning.LINK)
        date = get(_Meaning.PUBLISHED) or get(_Meaning.UPDATED) or get(_Meaning.CREATED)
        if not title or not link or not date:
            raise _Unusual
        if _Meaning.SOURCE in self.found and _Meaning.MEDIA_TITLE in self.found:  # the latter may become the title
            raise _Unusual
        summary = self.summary or ""
        return RawEntry(
            guid=get(_Meaning.GUID) or None,
            link=get(_Meaning.ORIGINAL) or link,
            title=title,
            summary=self.content if len(self.content) > len(summary) else summary,
            author=get(_Meaning.AUTHOR) or None,
            published=date,
            language=get(_Meaning.LANGUAGE) or None,
        )


@dataclass(slots=True)
class _FeedParts:
    """What was found of a feed itself."""

    items: list[Any]
    texts: dict[_Meaning, str] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    home: str | None = None


@dataclass(slots=True)
class _Reader:
    """Reads one feed. Raises _Unusual where feedparser is to read it."""

    body: bytes
    atom: bool = False
    mended: bool = False  # texts may be UTF-8 that was read as Latin-1, which feedparser mends
    kinds: dict[str, _Meaning] = field(default_factory=dict)

    def feed(self, root: Any) -> RawFeed:
        """Return the feed."""
        name = self.name_of(root)
        if name not in _ROOTS or (root.prefix is not None and name != "rdf_rdf"):
            raise _Unusual
        self.atom = name == "feed"
        self.mended = b"\xc3" in self.body or b"&#" in self.body
        if self.atom:
            return self._feed(root, _FeedParts([]), _language(root))
        channels = [each for each in root if self.kind(each) is _Meaning.CHANNEL]
        if len(channels) != 1 or set(channels[0].attrib) - {_ABOUT}:
            raise _Unusual
        others = [each for each in root if each is not channels[0]]
        if name == "rss":
            if others:
                raise _Unusual
            return self._feed(channels[0], _FeedParts([]), _language(root))
        return self._feed(channels[0], _FeedParts(self._outside(others)), None)

    def _outside(self, others: list[Any]) -> list[Any]:
        """Return the items beside the channel, as RSS 1.0 has them: with its image, and nothing else."""
        for each in others:
            kind = self.kind(each)
            if kind is not _Meaning.ITEM and not (kind is _Meaning.IMAGE and self._holds(each, _IMAGE)):
                raise _Unusual
        return [each for each in others if self.kind(each) is _Meaning.ITEM]

    def _feed(self, element: Any, channel: _FeedParts, language: str | None) -> RawFeed:
        for each in element:
            kind = self.kind(each)
            if kind is _Meaning.ITEM:
                channel.items.append(each)
            else:
                self._channel_part(kind, each, channel)
        if not 0 < len(channel.items) <= _MOST_ITEMS:
            raise _Unusual
        get = channel.texts.get
        return RawFeed(
            title=get(_Meaning.TITLE, ""),
            entries=[self._item(each) for each in channel.items],
            home=None if self.atom else channel.home,
            language=get(_Meaning.LANGUAGE) or language,
            wishes=wishes.read(self.body.decode() if _Meaning.WISHES in channel.texts else "", get(_Meaning.TTL, "")),
            links=channel.links,
        )

    def _channel_part(self, kind: _Meaning, element: Any, channel: _FeedParts) -> None:
        """Read what a feed has beside its items."""
        if kind is _Meaning.LINK:
            rel, href, page = self._link(element)
            if not _is_absolute(href):
                raise _Unusual
            channel.links.append((rel, href))
            channel.home = href if page else channel.home
        elif kind in _ONCE_IN_CHANNEL:
            if kind in channel.texts or not _is_text(element):
                raise _Unusual
            channel.texts[kind] = self.text(element)
        elif kind is _Meaning.WISHES:
            channel.texts[kind] = ""
        elif kind is _Meaning.IMAGE:
            if not self._holds(element, _IMAGE):
                raise _Unusual
        elif kind not in _IDLE_IN[self.atom] or (len(element) and not self._is_idle(element)):
            raise _Unusual

    def _item(self, element: Any) -> RawEntry:
        """Return an item. Whatever comes twice is left to feedparser, but for what it takes the last one of.

        Most elements hold a text alone, which is read here: this loop runs for each element of each feed.
        """
        item = _ItemParts()
        found = item.found
        known = self.kinds.get
        mended = self.mended
        if element.attrib:
            item.keep(_Meaning.GUID, self._about(element))
        for each in element:
            kind = known(each.tag) or self.kind(each)
            way = _WAYS[kind]
            if way is _SKIPPED and not len(each):
                continue
            if way is _OTHER or len(each) or (way is _BARE and each.attrib):
                _PARTS[kind](self, kind, each, item)
                continue
            text = each.text or ""
            text = self._mended(text) if mended and not text.isascii() else text.strip()
            if way is _LAST:
                found[kind] = text
            elif kind is _SUMMARY:
                item.add_summary(text)
            elif kind is _CONTENT:
                item.add_content(text)
            elif kind in found or (kind is _LINK and not _is_absolute(text)):
                raise _Unusual
            else:
                found[kind] = text
        return item.entry()

    def nothing(self, _kind: _Meaning, element: Any, _item: _ItemParts) -> None:
        """Skip an element in which nothing means anything."""
        if len(element) and not self._is_idle(element):
            raise _Unusual

    def once(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read what an item has once."""
        if not _is_text(element):
            raise _Unusual
        item.keep(kind, self.text(element))

    def bare(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read what an item has once, and feedparser keeps as a text only where it has no attribute."""
        if len(element) or element.attrib:
            raise _Unusual
        item.keep(kind, self.text(element))

    def guid(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read a guid, whatever its attributes say of it."""
        if len(element):
            raise _Unusual
        item.keep(kind, self.text(element))

    def last(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read that of which the last one counts."""
        if len(element):
            raise _Unusual
        item.found[kind] = self.text(element)

    def link(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read a link; only the one to the page counts."""
        _, href, page = self._link(element)
        if page:
            if not _is_absolute(href):
                raise _Unusual
            item.keep(kind, href)

    def words(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read a summary or a content."""
        if not _is_text(element):
            raise _Unusual
        if kind is _Meaning.SUMMARY:
            item.add_summary(self.text(element))
        else:
            item.add_content(self.text(element))

    def author(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Read an author: a text, or a person's name and address as feedparser joins them."""
        if not len(element):
            item.found[kind] = self.text(element)
            return
        parts: dict[str, str] = {}
        for each in element:
            name = self.name_of(each)
            if name not in _PERSON or name in parts or len(each) or each.attrib:
                raise _Unusual
            parts[name] = self.text(each)
        if not self.atom or not parts.get("name"):
            raise _Unusual
        item.found[kind] = f"{parts['name']} ({parts['email']})" if parts.get("email") else parts["name"]

    def media(self, _kind: _Meaning, element: Any, item: _ItemParts, depth: int = 1) -> None:
        """Read the descriptions within media elements."""
        for each in element:
            kind = self.kind(each)
            if kind is _Meaning.MEDIA:
                self.media(kind, each, item, depth + 1)
            elif kind is _Meaning.SUMMARY:
                if not _is_text(each):
                    raise _Unusual
                item.add_summary(self.text(each), depth)
            elif kind is _Meaning.MEDIA_TITLE:
                self.media_title(kind, each, item)
            else:
                self.idle(kind, each, item)

    def media_title(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Note a title that is not the item's."""
        if len(element):
            raise _Unusual
        item.found[kind] = ""

    def source(self, kind: _Meaning, element: Any, item: _ItemParts) -> None:
        """Note that the item comes from another feed, of which nothing is read."""
        if len(element) and not (self.atom and self._holds(element, _SOURCE)):
            raise _Unusual
        item.found[kind] = ""

    def idle(self, kind: _Meaning, element: Any, _item: _ItemParts) -> None:
        """Skip what means something to feeds only, and refuse all else."""
        if kind not in _IDLE or (len(element) and not self._is_idle(element)):
            raise _Unusual

    def _about(self, item: Any) -> str:
        """Return the guid that an item's attribute gives."""
        if self.atom or list(item.attrib) != [_ABOUT]:
            raise _Unusual
        return str(item.attrib[_ABOUT]).strip()

    def _link(self, element: Any) -> tuple[str, str, bool]:
        """Return a link's relation and address, and whether it is the page of the feed or item."""
        if len(element):
            raise _Unusual
        attributes = element.attrib
        if not attributes:
            return "alternate", self.text(element), True
        if "href" not in attributes or "url" in attributes or "uri" in attributes:
            raise _Unusual
        rel = attributes.get("rel", "alternate").lower()
        kind = attributes.get("type")
        return rel, attributes["href"], rel == "alternate" and (kind is None or kind.lower() in _HTML_TYPES)

    def text(self, element: Any) -> str:
        """Return an element's text as feedparser gives it."""
        text: str = element.text or ""
        return self._mended(text) if self.mended and not text.isascii() else text.strip()

    def _mended(self, text: str) -> str:
        text = text.strip()
        if _WIDE.search(text):  # no Latin-1
            return text
        try:
            return text.encode("latin-1").decode("utf-8").strip()
        except UnicodeError:
            return text

    def kind(self, element: Any) -> _Meaning:
        """Return what an element means."""
        tag = element.tag
        known = self.kinds.get(tag)
        if known is None:
            name = self.name_of(element)
            unknown = _Meaning.REFUSED if name in _handled() else _Meaning.NOTHING
            known = self.kinds[tag] = _KIND_OF.get(name, unknown)
        return known

    def name_of(self, element: Any) -> str:
        """Return feedparser's name of an element: by its namespace, else by the prefix that it is written with."""
        space, _, local = element.tag.rpartition("}")
        if ":" in local:
            raise _Unusual  # a prefix that is not declared
        prefix = _prefixes().get(space[1:].lower()) if space else ""
        if prefix is None:
            prefix = (element.prefix or "").lower()
            if not prefix or prefix in _prefixes().values():  # feedparser takes it for the known one
                raise _Unusual
        return f"{prefix}_{local.lower()}" if prefix else local.lower()

    def _holds(self, element: Any, names: set[str]) -> bool:
        """Return whether an element holds only elements of these names."""
        return all(name in names for name in map(self.name_of, element.iterdescendants()))

    def _is_idle(self, element: Any) -> bool:
        """Return whether nothing in an element means anything."""
        return all(self.kind(each) is _Meaning.NOTHING for each in element.iterdescendants())


_ONCE_IN_CHANNEL = {
    _Meaning.TITLE,
    _Meaning.LANGUAGE,
    _Meaning.TTL,
    _Meaning.SUMMARY,
}  # a second summary is the first item's
_IDLE = {_Meaning.NOTHING, _Meaning.TTL, _Meaning.WISHES}
_IDLE_IN_CHANNEL = {
    _Meaning.NOTHING,
    _Meaning.AUTHOR,
    _Meaning.PUBLISHED,
    _Meaning.UPDATED,
    _Meaning.CREATED,
    _Meaning.MEDIA,
}
_IDLE_IN = {False: _IDLE_IN_CHANNEL, True: _IDLE_IN_CHANNEL | {_Meaning.GUID}}  # in RSS a guid may be the feed's link
_PARTS: dict[_Meaning, Callable[..., None]] = dict.fromkeys(_Meaning, _Reader.idle) | {
    _Meaning.NOTHING: _Reader.nothing,
    _Meaning.TITLE: _Reader.once,
    _Meaning.ORIGINAL: _Reader.bare,
    _Meaning.GUID: _Reader.guid,
    _Meaning.LINK: _Reader.link,
    _Meaning.SUMMARY: _Reader.words,
    _Meaning.CONTENT: _Reader.words,
    _Meaning.AUTHOR: _Reader.author,
    _Meaning.MEDIA: _Reader.media,
    _Meaning.MEDIA_TITLE: _Reader.media_title,
    _Meaning.SOURCE: _Reader.source,
    **dict.fromkeys((_Meaning.PUBLISHED, _Meaning.UPDATED, _Meaning.CREATED, _Meaning.LANGUAGE), _Reader.last),
}
"""How each element of an item is read."""


# How an element of an item is read where no element is in it: not at all; as a text that may come once, if no attribute
# changes what it means, or whatever its attributes say; as a text of which the last one counts; as `_PARTS` says.
_SKIPPED, _BARE, _ANY, _LAST, _OTHER = range(5)
_SUMMARY, _CONTENT, _LINK = _Meaning.SUMMARY, _Meaning.CONTENT, _Meaning.LINK
_WAYS = dict.fromkeys(_Meaning, _OTHER) | {
    _Meaning.NOTHING: _SKIPPED,
    _Meaning.GUID: _ANY,
    **dict.fromkeys((_Meaning.TITLE, _Meaning.ORIGINAL, _LINK, _SUMMARY, _CONTENT), _BARE),
    **dict.fromkeys((_Meaning.PUBLISHED, _Meaning.UPDATED, _Meaning.CREATED), _LAST),
    **dict.fromkeys((_Meaning.LANGUAGE, _Meaning.AUTHOR), _LAST),
}


def _language(root: Any) -> str | None:
    written = root.get(_LANG, root.get("lang"))
    return written.replace("_", "-").strip() or None if written else None


def _is_absolute(address: str) -> bool:
    return _ABSOLUTE.fullmatch(address) is not None and address[-1] not in "?#" and "?#" not in address


def _is_text(element: Any) -> bool:
    """Return whether an element holds text alone, of a type that does not change it."""
    if len(element):
        return False
    attributes = element.attrib
    if not attributes:
        return True
    kind = attributes.get("type")
    return set(attributes) <= {"type", _LANG} and (kind is None or kind.lower() in _TEXT_TYPES)


@cache
def _prefixes() -> dict[str, str]:
    """Return feedparser's prefixes of the namespaces that it knows, by their addresses in lower case."""
    return {space.lower(): prefix for space, prefix in _strict_parser().namespaces.items() if space}


@cache
def _handled() -> frozenset[str]:
    """Return the names of the elements that feedparser does something with."""
    names = dir(_strict_parser())
    starts, ends = (
        {name.removeprefix(begin).lower() for name in names if name.startswith(begin)} for begin in ("_start_", "_end_")
    )
    return frozenset(starts | ends)


def _strict_parser() -> Any:
    import feedparser

    return feedparser.api.StrictFeedParser
