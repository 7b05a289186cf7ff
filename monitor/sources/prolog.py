"""Repair and checks of XML around a feed's root: junk, document types, bombs, missing ends."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.errors import PageError, ParseError
from monitor.text.dates import parse_date

# XML 1.0, 2.2: Char, less the surrogates that a lenient decoder leaves.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&#(?:(?P<number>\d+)|[xX](?P<hex>[0-9a-fA-F]+));", re.ASCII)
_LONGEST_REFERENCE = 12  # digits: leading zeros aside, no character has more than 7
_SKIPPED = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(
    r"""<!DOCTYPE\b(?P<name>[^>\["']*)(?:"[^"]*+"|'[^']*+'|[^>\["'])*+(?P<subset>\[)?""", re.IGNORECASE
)
# What an internal subset may hold: XML 1.0, 2.8, less all that could grow or be fetched.
_DECLARATION = re.compile(
    r"""\s++ | <!--.*?--> | <\?.*?\?> | <!(?:ELEMENT|ATTLIST|NOTATION)\b[^<>]*+> | %(?P<used>[\w.-]++);
    | <!ENTITY\s++%\s++(?P<set>[\w.-]++)\s++PUBLIC\s++(["'])-//W3C//[^"'<>]*+\3\s++["'][^"'<>]*+["']\s*+>
    | <!ENTITY\s++(?P<name>[\w.-]++)\s++(["'])(?P<value>[^"'<%]*+)\5\s*+>""",
    re.DOTALL | re.VERBOSE,
)
_ENTITY = re.compile(r"&([\w.-]{1,100});")
_PLAIN_VALUE = re.compile(r"(?:[^&]|&#\d+;|&#x[0-9a-fA-F]+;|&(?:amp|lt|gt|quot|apos);){0,200}+", re.ASCII)
_MOST_ENTITIES = 300  # HTML itself has 253
_MOST_GROWTH = 1_000_000  # characters that a feed's own entities may add
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_BURIED = re.compile(
    r"<\?xml\b[^<>]*\?>|<rss\s[^<>]*\bversion\b|<(?:[\w.-]{1,20}:)?(?:rdf|feed|urlset|sitemapindex)\s[^<>]*\bxmlns\b",
    re.IGNORECASE,
)
_DEEPEST = 200_000  # characters of junk before a feed that are looked through
_FEED_ROOTS = {"rss", "feed", "rdf", "channel", "redirect", "entry", "item"}
_ROOTS = _FEED_ROOTS | {"urlset", "sitemapindex"}  # of a page none of them is
_SINGLE = {"entry", "item"}  # an Atom entry document (RFC 4287, 2), and what is like it
_PAGE = re.compile(r"<(?:html|head|body|title|meta|script)\b|<!doctype html", re.IGNORECASE)
_LAST_ITEM = re.compile(r"</((?:[\w.-]+:)?)(item|entry)\s*>", re.IGNORECASE)
_MARK = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|</?[A-Za-z_][^<>]*>", re.DOTALL)
_ITEM = re.compile(r"<(item|entry)[\s>]")
_DATE = re.compile(r"<(?:pubDate|dc:date|published|updated)>\s*(?:<!\[CDATA\[)?([^<\]]+)", re.IGNORECASE)
_BOMB = "the feed's document type declares entities, which could be a bomb or read files: it is refused"
_MAX_DEPTH = 1_000  # real feeds with XHTML content stay under 40; feedparser takes seconds for 100,000


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """XML from its root on, its end supplied where it was missing."""

    text: str
    root: str
    notes: tuple[str, ...] = ()


def strip_control(text: str) -> str:
    """Return the text without characters that XML forbids, literal or as a reference."""
    return _REFERENCE.sub(_allowed, _CONTROL.sub("", text))


def _allowed(reference: re.Match[str]) -> str:
    """Return the reference where XML allows its character, else nothing: feedparser fails on half a surrogate pair."""
    digits = reference["number"] or reference["hex"]
    code = int(digits, 10 if reference["number"] else 16) if len(digits) <= _LONGEST_REFERENCE else sys.maxunicode + 1
    return reference[0] if code <= sys.maxunicode and not _CONTROL.match(chr(code)) else ""


def open_document(text: str) -> XmlDocument:
    """Find the root. Raises ParseError for a page, a document type that could be a bomb, or what is no XML."""
    notes: list[str] = []
    start = text.find("<")
    if start < 0:
        raise ParseError("the answer is no feed but plain text")
    opening = _opening(text, start)
    if opening is None or opening.root not in _ROOTS:
        opening = _buried(text, start) or opening
    if opening is None:
        raise ParseError("the answer is no feed: it has no root element")
    if opening.root not in _ROOTS and (opening.page or _PAGE.search(text, opening.start, opening.start + 5_000)):
        raise PageError("the answer is a web page, not a feed")
    if text[: opening.first].strip():
        notes.append("junk before the XML")
    body = _ended(text[opening.start :], opening, notes)
    if opening.entities:
        body = _expanded(body, opening.entities)
    return XmlDocument(body, opening.root, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Opening:
    """Where a document begins, where its root does, and what stands between."""

    first: int
    start: int
    name: str  # of the root, as written
    page: bool = False  # the document type is HTML's
    entities: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """Return the root's local name in lower case."""
        return self.name.rpartition(":")[2].lower()


def _opening(text: str, first: int) -> _Opening | None:
    """Skip declarations, comments and document types, which are never fetched. None where no element follows."""
    start, page = first, False
    entities: dict[str, str] = {}
    while True:
        skipped = _SKIPPED.match(text, start)
        if skipped:
            start = skipped.end()
            continue
        found = _DOCTYPE.match(text, start)
        if found is None:
            break
        page = page or re.match(r"\s*html\b", found["name"], re.IGNORECASE) is not None
        start = _subset(text, found.end(), entities) if found["subset"] else found.end()
        end = text.find(">", start)
        start = len(text) if end < 0 else end + 1
    root = _ROOT.match(text, start)
    return _Opening(first, start, root[1], page, entities) if root else None


def _subset(text: str, start: int, entities: dict[str, str]) -> int:
    """Read a document type's declarations up to their bracket; return where it is.

    Raises ParseError for entities that are made of others, large, or kept elsewhere.
    """
    sets: set[str] = set()
    while not text.startswith("]", start):
        found = _DECLARATION.match(text, start)
        if found is None or (found["used"] and found["used"] not in sets):
            raise ParseError(_BOMB)
        if found["set"]:
            sets.add(found["set"])
        elif found["name"]:
            if not _PLAIN_VALUE.fullmatch(found["value"]) or len(entities) >= _MOST_ENTITIES:
                raise ParseError(_BOMB)
            entities.setdefault(found["name"], found["value"])
        start = found.end()
    return start


def _expanded(text: str, entities: dict[str, str]) -> str:
    """Put a feed's own entities in. Raises ParseError where they make it much larger."""
    uses = Counter(found[1] for found in _ENTITY.finditer(text))
    if sum(len(value) * uses[name] for name, value in entities.items()) > _MOST_GROWTH:
        raise ParseError(_BOMB)
    return _ENTITY.sub(lambda found: entities.get(found[1], found[0]), text)


def _buried(text: str, start: int) -> _Opening | None:
    """Find a feed or sitemap behind what a server wrote before it: warnings of PHP, a banner's markup."""
    for found in _BURIED.finditer(text, start, start + _DEEPEST):
        opening = _opening(text, found.start())
        if opening is not None and opening.root in _ROOTS:
            return opening
    return None


def _ended(body: str, opening: _Opening, notes: list[str]) -> str:
    """Cut what follows the root's end; where the end is missing, cut a feed after its last complete item."""
    last = None
    for found in _LAST_ITEM.finditer(body):
        last = found
    close = re.compile(rf"</{re.escape(opening.name)}\s*(?:>|\Z)").search(body, max(0, body.rfind(f"</{opening.name}")))
    if close is not None and (last is None or opening.root in _SINGLE or last.end() <= close.start()):
        if "<" in re.sub(r"<!--.*?(?:-->|\Z)", "", body[close.end() :], flags=re.DOTALL):
            notes.append("junk after the XML")
        return f"{body[: close.start()]}</{opening.name}>"
    if opening.root not in _FEED_ROOTS:
        return body
    if last is None or opening.root in _SINGLE:
        raise ParseError("the feed was cut short before its first item ended")
    notes.append("the feed was cut short: its complete items are read")
    inner = "</channel>" if opening.root == "rss" else ""
    return f"{body[: last.end()]}{inner}</{opening.name}>"


def check_depth(body: str) -> None:
    """Refuse nesting that only an attack has, before a parser builds it."""
    depth = 0
    for found in _MARK.finditer(body):
        mark = found.group()
        if mark[1] == "!" or mark[-2] == "/":
            continue
        depth += -1 if mark[1] == "/" else 1
        if depth > _MAX_DEPTH:
            raise ParseError(f"the feed is nested more than {_MAX_DEPTH} levels deep")


def thinned(text: str, keep: int) -> tuple[str, int]:
    """Return the feed cut to its newest `keep` items where it has far more, before the slow parser runs.

    Gives the text and how many items there were. Dates are only compared, so a rough reading will do; where items have
    none, the first are kept.
    """
    if text.count("</item>") + text.count("</entry>") <= keep:
        return text, 0
    items = list(_items(text))
    if len(items) <= keep:
        return text, 0
    dates = [_rough_date(text[item.start : item.stop]) for item in items]
    ranked = range(len(items)) if None in dates else sorted(range(len(items)), key=lambda n: -(dates[n] or 0.0))
    kept = set(list(ranked)[:keep])
    pieces: list[str] = []
    end = 0
    for number, item in enumerate(items):
        pieces.append(text[end : item.start])
        if number in kept:
            pieces.append(text[item.start : item.stop])
        end = item.stop
    pieces.append(text[end:])
    return "".join(pieces), len(items)


def _items(text: str) -> Iterator[slice]:
    """Return where each item is, in one pass."""
    begin = 0
    while found := _ITEM.search(text, begin):
        close = text.find(f"</{found[1]}>", found.end())
        if close < 0:
            return
        begin = close + len(found[1]) + len("</>")
        yield slice(found.start(), begin)


def _rough_date(item: str) -> float | None:
    found = _DATE.search(item)
    moment = parse_date(found.group(1), "UTC", datetime.max.replace(tzinfo=UTC) - timedelta(days=2)) if found else None
    return moment.timestamp() if moment else None
