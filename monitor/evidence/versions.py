"""Versions of an article's text: the document that is hashed, its compression, and what changed between two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import zstandard

from monitor.evidence.chain import digest_of
from monitor.model import ArticleChange, ChangeKind

_LEVEL = 3
_MOST = 64_000_000  # bytes of one text: what is larger was not written here
_BROKEN = re.compile("[\x00\ud800-\udfff]")  # as the store cleans texts: what no file of UTF-8 holds, and NUL


@dataclass(frozen=True, slots=True)
class TextVersion:
    """What an article said at a time. `headline` is the page's own one, which the feed may give in other words."""

    title: str
    text: str
    headline: str = ""
    at: datetime | None = None
    number: int = 0  # of the article's versions, from 1 on
    article_id: int = 0

    @property
    def document(self) -> bytes:
        """Return the bytes that are hashed, and that a package has as a file."""
        whole = f"{self.title}\n\n{self.text}" if self.title else self.text
        return cleaned(whole).encode()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the document."""
        return digest_of(self.document)


def cleaned(text: str) -> str:
    """Return a text with U+FFFD for what cannot be stored."""
    return _BROKEN.sub("\ufffd", text)


def packed(text: str) -> bytes:
    """Return a text compressed with zstd."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(cleaned(text).encode())


def unpacked(data: bytes) -> str:
    """Return a compressed text. Raises ValueError for what is none."""
    try:
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=_MOST).decode()
    except zstandard.ZstdError as error:
        raise ValueError(f"a stored text cannot be read: {error}") from error


def changes(old: TextVersion, new: TextVersion) -> list[tuple[ChangeKind, str, str]]:
    """Return what changed, with its words before and after: a headline, a text. White space does not count."""
    found = []
    if old.headline and new.headline:
        one, other = _plain(old.headline), _plain(new.headline)
        if one == other:
            one, other = _plain(old.title), _plain(new.title)
    else:
        one, other = _plain(old.title), _plain(new.title)
    if one != other:
        found.append((ChangeKind.HEADLINE, one, other))
    if _plain(old.text) != _plain(new.text):
        found.append((ChangeKind.TEXT, "", ""))
    return found


def standing(found: list[ArticleChange]) -> list[ArticleChange]:
    """Return changes of one article in order, without vanishings that are over: those the page came back from."""
    ended = next((place for place in reversed(range(len(found))) if found[place].kind is ChangeKind.BACK), -1)
    over = {ChangeKind.GONE, ChangeKind.UNREADABLE}
    return [each for place, each in enumerate(found) if place >= ended or each.kind not in over | {ChangeKind.BACK}]


def _plain(text: str) -> str:
    return " ".join(cleaned(text).split())
