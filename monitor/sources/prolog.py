"""What stands before a feed's root, and after its end: junk, document types, bombs, missing ends."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.errors import ParseError
from monitor.text.dates import parse_date

# XML 1.0, 2.2: Char, less the surrogates that a lenient decoder leaves.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&#(?:(?P<number>\d+)|[xX](?P<hex>[0-9a-fA-F]+));", re.ASCII)
_LONGEST_REFERENCE = 12  # digits: leading zeros aside, no character has more than 7
_SKIPPED = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b([^>\[]*)(\[)?", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_NETSCAPE = re.compile(r"""^\s*rss\s+PUBLIC\s+["']-//Netscape Communications//DTD RSS 0\.9""", re.IGNORECASE)
_FEED_ROOTS = {"rss", "feed", "rdf", "channel", "redirect"}
_PAGE = re.compile(r"<(?:html|head|body|title|meta|script)\b|<!doctype html", re.IGNORECASE)
_LAST_ITEM = re.compile(r"</((?:[\w.-]+:)?)(item|entry)\s*>", re.IGNORECASE)
_MARK = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|</?[A-Za-z_][^<>]*>", re.DOTALL)
_ITEM = re.compile(r"<(item|entry)[\s>].*?</\1>", re.DOTALL)
_DATE = re.compile(r"<(?:pubDate|dc:date|published|updated)>\s*(?:<!\[CDATA\[)?([^<\]]+)", re.IGNORECASE)
_MAX_DEPTH = 1_000  # real feeds with XHTML content stay under 40; feedparser takes seconds for 100,000


@dataclass(frozen=True, slots=True)
class Document:
    """XML from its root on, its end supplied where it was missing."""

    text: str
    root: str
    notes: tuple[str, ...] = ()


def strip_control(text: str) -> str:
    """Take out NUL and what else XML does not allow, written out or as a reference."""
    return _REFERENCE.sub(_allowed, _CONTROL.sub("", text))


def _allowed(reference: re.Match[str]) -> str:
    """Return the reference where XML allows its character, else nothing: feedparser fails on half a surrogate pair."""
    digits = reference["number"] or reference["hex"]
    code = int(digits, 10 if reference["number"] else 16) if len(digits) <= _LONGEST_REFERENCE else sys.maxunicode + 1
    return reference[0] if code <= sys.maxunicode and not _CONTROL.match(chr(code)) else ""


def open_document(text: str) -> Document:
    """Find the root. Raises ParseError for a page, a document type, or what is no XML."""
    notes: list[str] = []
    start = text.find("<")
    if start < 0:
        raise ParseError("the answer is no feed but plain text")
    if text[:start].strip():
        notes.append("junk before the XML")
    start = _after_prolog(text, start)
    found = _ROOT.match(text, start)
    if found is None:
        raise ParseError("the answer is no feed: it has no root element")
    root = found.group(1).rpartition(":")[2].lower()
    if root not in _FEED_ROOTS and _PAGE.search(text, start, start + 5_000):
        raise ParseError("the answer is a web page, not a feed")
    body = text[start:]
    if not re.search(rf"</{re.escape(found.group(1))}\s*>\s*(?:<!--.*?-->\s*)*[^<]*\Z", body[-5_000:], re.DOTALL):
        body = _completed(body, root, found.group(1), notes)
    _check_depth(body)
    return Document(body, root, tuple(notes))


def _after_prolog(text: str, start: int) -> int:
    """Skip declarations and comments; refuse document types but the one of RSS 0.91, which is never fetched."""
    while True:
        skipped = _SKIPPED.match(text, start)
        if skipped:
            start = skipped.end()
            continue
        found = _DOCTYPE.match(text, start)
        if found is None:
            return start
        if re.match(r"\s*html\b", found.group(1), re.IGNORECASE):
            raise ParseError("the answer is a web page, not a feed")
        if found.group(2) or not _NETSCAPE.match(found.group(1)):
            raise ParseError(
                "the feed declares a document type: entities could be a bomb or read files, so it is refused"
            )
        end = text.find(">", found.end())
        start = len(text) if end < 0 else end + 1


def _completed(body: str, root: str, name: str, notes: list[str]) -> str:
    """Cut a feed whose end is missing after its last complete item."""
    last = None
    for found in _LAST_ITEM.finditer(body):
        last = found
    if root not in _FEED_ROOTS:
        return body
    if last is None:
        raise ParseError("the feed was cut short before its first item ended")
    notes.append("the feed was cut short: its complete items are read")
    inner = "</channel>" if root == "rss" else ""
    return f"{body[: last.end()]}{inner}</{name}>"


def _check_depth(body: str) -> None:
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
    """Leave the newest `keep` items of a feed that has far more, before a slow parser meets them all.

    Gives the text and how many items there were. Dates are only compared, so a rough reading will do; where items have
    none, the first are kept.
    """
    if text.count("</item>") + text.count("</entry>") <= keep:
        return text, 0
    items = list(_ITEM.finditer(text))
    if len(items) <= keep:
        return text, 0
    dates = [_rough_date(item.group()) for item in items]
    ranked = range(len(items)) if None in dates else sorted(range(len(items)), key=lambda n: -(dates[n] or 0.0))
    kept = set(list(ranked)[:keep])
    pieces: list[str] = []
    end = 0
    for number, item in enumerate(items):
        pieces.append(text[end : item.start()])
        if number in kept:
            pieces.append(item.group())
        end = item.end()
    pieces.append(text[end:])
    return "".join(pieces), len(items)


def _rough_date(item: str) -> float | None:
    found = _DATE.search(item)
    moment = parse_date(found.group(1), "UTC", datetime.max.replace(tzinfo=UTC) - timedelta(days=2)) if found else None
    return moment.timestamp() if moment else None
