"""Hashes of an item's fields, by which items are compared; and the items of one body without repetitions."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from monitor import urls
from monitor.model import Entry


def _by_lead(signs: Iterable[str]) -> tuple[tuple[bytes, re.Pattern[bytes]], ...]:
    """Return patterns of signs in UTF-8, each with the byte that all of its signs begin with, and no other character.

    A byte is looked for at the speed of memory, and most texts lack most of them.
    """
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for sign in signs:
        found[sign.encode()[:1]].append(re.escape(sign.encode()))
    return tuple((lead, re.compile(b"|".join(each))) for lead, each in found.items())


# What feeds write where they have no value.
_NOTHING = frozenset(
    {"n/a", "na", "none", "null", "(null)", "nil", "nan", "undefined", "unknown", "empty", "no", "false", "0", "-1"}
    | {"tba", "tbd", "about:blank", "guid", "id", "link", "url"}
)
_SIGNS = "\"'`´.,:;!?()[]{}<>|/\\_-*~^·•…‥‘’‚“”„«»‹›–—―‐‑‒−「」『』、。，！？：；（）"
# What ASCII's characters are compared as: small letters, blanks for signs and for what `str.split` splits at.
_BLANK = {ord(sign) for sign in _SIGNS if sign.isascii()} | set(range(9, 14)) | set(range(28, 33))
_COMPARED = bytes(32 if code in _BLANK else code for code in bytes(range(256)).lower())
_WIDE_BLANKS = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_WIDE_SIGNS = _by_lead([sign for sign in _SIGNS + _WIDE_BLANKS if not sign.isascii()])
_FIVE = struct.Struct(">5q")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # as store/columns.py: a stored entry has the marks of the feed's
_ALIKE = 0.75  # of the words of two titles, where one is an edit of the other
_LEAST_WORDS = 2  # of a title that another one contains
MANY = 3
"""So many of a kind are a habit, fewer may be chance."""


class Item(urls.EntryLike, Protocol):
    """An entry of a feed, or a stored one."""

    @property
    def summary(self) -> str:
        """The summary or text of the item."""
        ...

    @property
    def published(self) -> datetime | None:
        """The date that the feed gives."""
        ...


@dataclass(frozen=True, slots=True)
class Marks:
    """The identifying fields of an item, as 64-bit hashes; None for an empty field.

    `link` is the canonical address, `page` the address as the feed writes it, with fragment and tracking parameters.
    Texts are normalised: case, blanks and punctuation do not count.
    """

    guid: int | None
    link: int | None
    page: int | None
    title: int | None
    summary: int | None

    @property
    def values(self) -> tuple[int | None, ...]:
        """Return the marks in their order."""
        return self.guid, self.link, self.page, self.title, self.summary

    @property
    def text(self) -> tuple[int | None, int | None]:
        """Return title and summary as one value."""
        return self.title, self.summary


# --------------------------------------------------------------------------- one item


def is_placeholder(text: str | None) -> bool:
    """Return whether `text` stands for no value: 'N/A', '-', '#', 'null' or blank."""
    plain = (text or "").strip().casefold()
    return plain in _NOTHING or not any(map(str.isalnum, plain))


def normal(text: str) -> str:
    """Return `text` for comparison, without case, punctuation and repeated blanks."""
    return _compared(text).decode()


def _compared(text: str) -> bytes:
    """Return `normal(text)` in UTF-8, in which a stored entry's text has U+FFFD for what no database takes."""
    if "\0" in text:
        text = _UNSTORABLE.sub("\ufffd", text)
    if text.isascii():
        whole = text.encode()
        found = whole.translate(_COMPARED)
    else:
        try:
            whole = unicodedata.normalize("NFKC", text).casefold().encode()
        except UnicodeEncodeError:  # half a surrogate pair
            return _compared(_UNSTORABLE.sub("\ufffd", text))
        found = whole.translate(_COMPARED)
        for lead, signs in _WIDE_SIGNS:
            if lead in found:
                found = signs.sub(b" ", found)
    while b"  " in found:
        found = found.replace(b"  ", b" ")
    return found.strip(b" ") or whole.decode().strip().encode()


def without_fragment(link: str | None) -> str | None:
    """Return a link without its fragment, which no server is sent."""
    return link.partition("#")[0] if link else None


def marks_of(entry: Entry) -> Marks:
    """Return the marks of an entry: its stored ones, or computed ones."""
    return marks(entry) if entry.marks is None else Marks(*entry.marks)


def marks(item: Item) -> Marks:
    """Return the marks computed from an item's fields."""
    return marks_for(item.guid, item.link, item.title, item.summary)


def marks_for(guid: str | None, link: str | None, title: str | None, summary: str | None) -> Marks:
    """Return the marks of an item that has these fields."""
    return Marks(*values_for(guid, link, title, summary))


def values_for(
    guid: str | None, link: str | None, title: str | None, summary: str | None
) -> tuple[int | None, int | None, int | None, int | None, int | None]:
    """Return the marks' values in their order, as `Marks.values`."""
    page = _storable(link)
    page = "" if page and urls.is_front_page(page) else page
    data = (
        _encoded(_identifier(_storable(guid).strip()) if guid else ""),
        _encoded(urls.article_key(page) if page else ""),
        _encoded(page),
        _compared(title or ""),
        _compared(summary or ""),
    )
    if all(data):
        one, two, three, four, five = _FIVE.unpack(b"".join([blake2b(each, digest_size=8).digest() for each in data]))
        return one, two, three, four, five
    one, two, three, four, five = map(_hashed, data)
    return one, two, three, four, five


def _identifier(guid: str) -> str:
    """Return what of a guid identifies an item: '' where it stands for nothing, an address in its canonical form."""
    usual = urls.plain(guid)
    if usual is not None:
        return usual
    if is_placeholder(guid):
        return ""
    if not urls.is_web(guid):
        return guid
    if urls.is_front_page(guid):
        return ""
    head, _, fragment = guid.partition("#")
    return f"{urls.canonical(head)}#{fragment}" if fragment else urls.canonical(head)


def _storable(text: str | None) -> str:
    if not text or (text.isascii() and "\0" not in text):
        return text or ""
    return _UNSTORABLE.sub("\ufffd", text)


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")


def _hashed(data: bytes) -> int | None:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True) if data else None


def other_date(one: Item, other: Item) -> bool:
    """Return whether both items have a date, and not the same."""
    return one.published is not None and other.published is not None and one.published != other.published


def alike(one: Item, other: Item, *, summaries: bool = True) -> bool:
    """Return whether two items with one link are versions of one article: nearly the same titles and texts.

    Without `summaries` the titles alone decide, where there are any: two feeds cut the same text at different places.
    """
    a, b = normal(one.title), normal(other.title)
    if not a and not b:
        return _alike(normal(one.summary), normal(other.summary))
    if not _alike(a, b):
        return False
    c, d = normal(one.summary), normal(other.summary)
    return not summaries or not c or not d or c.startswith(d) or d.startswith(c) or _alike(c, d)


def _alike(a: str, b: str) -> bool:
    if a == b:
        return True
    x, y = _pieces(a), _pieces(b)
    if min(len(x), len(y)) < _LEAST_WORDS or _figures(x) != _figures(y):
        return False
    return x <= y or y <= x or len(x & y) >= _ALIKE * len(x | y)


def _pieces(text: str) -> frozenset[str]:
    """Return the words, or pairs of characters where a script writes none apart."""
    words = text.split()
    if len(words) == 1:
        return frozenset(text[n : n + 2] for n in range(len(text) - 1))
    return frozenset(words)


def _figures(pieces: Iterable[str]) -> frozenset[str]:
    return frozenset(piece for piece in pieces if any(character.isdigit() for character in piece))


# --------------------------------------------------------------------------- one body


def distinct(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a body without those that repeat another one, the first of each kept, with their marks.

    Two entries repeat each other where title and summary are the same under one guid or one link that no other item
    has. The same words of another date, on one page or on none, are another item: 'Air raid alert' comes every day.
    """
    made = [entry.marks for entry in entries if entry.marks]
    if (
        len(made) == len(entries)
        and _all_differ([each[0] for each in made])
        and _all_differ([each[1] for each in made])
    ):
        return list(entries)
    found = [marks_of(entry) for entry in entries]
    if _all_differ([each.guid for each in found]) and _all_differ([each.link for each in found]):
        return [_marked(entry, each) for entry, each in zip(entries, found, strict=True)]
    guids = _Spread((each.guid, each.text, each.page) for each in found)
    links = _Spread((each.link, each.text, each.guid or each.page) for each in found)
    seen: set[Hashable] = set()
    kept: list[Entry] = []
    for entry, each in zip(entries, found, strict=True):
        names = _names(each, entry.published, guids, links)
        if not any(name in seen for name in names):
            kept.append(_marked(entry, each))
        seen.update(names)
    return kept


def _all_differ(values: list[int | None]) -> bool:
    found = set(values)
    return len(found) == len(values) and None not in found


def _marked(entry: Entry, found: Marks) -> Entry:
    return entry if entry.marks else replace(entry, marks=found.values)


def _names(each: Marks, published: datetime | None, guids: _Spread, links: _Spread) -> list[Hashable]:
    """Return the names of an entry: entries with a name in common repeat each other."""
    names: list[Hashable] = []
    own_guid = each.guid is not None and not guids.is_shared(each.guid)
    if own_guid:
        names.append(("guid", each.guid, each.text))
    if each.link is not None:
        if not links.is_shared(each.link):
            names.append(("link", each.link, each.text, published))
        elif not own_guid:
            names.append(("page", each.page, each.text, published))
    return names or [("text", each.text, published)]


class _Spread:
    """The texts, and the values of another field, that items with each value of a field have."""

    def __init__(self, rows: Iterable[tuple[int | None, Hashable, Hashable]]) -> None:
        self._texts: dict[int, set[Hashable]] = defaultdict(set)
        self._others: dict[int, set[Hashable]] = defaultdict(set)
        for value, text, other in rows:
            if value is not None:
                self._texts[value].add(text)
                self._others[value].update({other} - {None})

    def is_shared(self, value: int) -> bool:
        """Return whether the value stands for several items: other texts, or many of another field."""
        return len(self._texts[value]) > 1 or len(self._others[value]) >= MANY
