"""Raw feeds as parsed, before links, texts and dates are interpreted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.model import FeedWishes


class RawEntry(NamedTuple):
    """An item as a feed's format gives it: unresolved links, markup in the texts, dates as written."""

    guid: str | None = None
    link: str | None = None
    title: str = ""
    summary: str = ""
    author: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed as its format gives it; `links` are relations and addresses of the feed itself."""

    title: str
    entries: Sequence[RawEntry]
    home: str | None = None
    language: str | None = None
    wishes: FeedWishes = FeedWishes()
    links: Sequence[tuple[str, str]] = ()
