"""What a source may have missed between two polls, and what a site's sitemaps say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.reading import Entry


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of publication, of which a source's feed has shown nothing."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True)
class SitemapScope:
    """Which addresses of a site may be a source's articles; an empty field excludes none."""

    hosts: frozenset[str] = frozenset()  # without 'www.'
    shapes: frozenset[str] = frozenset()  # first parts of paths: gaps.shape()
    numbers: tuple[int, int] | None = None  # of a gap's articles, both ends left out: gaps.number()
    known: frozenset[str] = frozenset()  # marks of articles whose listing is to be noted: gaps.mark()


@dataclass(frozen=True, slots=True)
class KnownPage:
    """The page of an entry of a source."""

    link: str
    at: datetime  # when it was published, else when it was seen first
    read_at: str | None = None  # the address where the page was read
    by_feed: bool = True  # brought by a feed, not by a sitemap
    title: str = ""


@dataclass(frozen=True, slots=True)
class ListedShare:
    """How many of a source's known articles sitemaps list that should list them all."""

    known: int = 0
    listed: int = 0


@dataclass(frozen=True, slots=True)
class SitemapLink:
    """A sitemap that an index names."""

    url: str
    modified: datetime | None = None  # the end of the day, where only the day is known


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """What one sitemap says of a gap."""

    entries: tuple[Entry, ...] = ()  # published within the gap
    changed: tuple[
        Entry, ...
    ] = ()  # that may be: they were changed behind it, and nothing tells when they were published
    children: tuple[SitemapLink, ...] = ()  # where it is an index
    oldest: datetime | None = None  # page of the source's scope, of all that the sitemap lists
    newest: datetime | None = None
    listed: frozenset[str] = frozenset()  # of SitemapScope.known
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GapState:
    """A source's latest gap, as it is kept."""

    gap: Gap
    found_at: datetime
    expected: int  # articles that it may hold, by the rate of the window behind it
    refill_at: datetime | None = None  # when the site's sitemaps are asked (again); None: closed
    tries: int = 0
    refilled: int = 0  # articles that sitemaps brought
    unaccounted: int | None = None  # estimate of articles that nothing brought; None: open
    reason: str | None = None  # of the latest try, why something is unaccounted


@dataclass(frozen=True, slots=True)
class RefillRecord:
    """Everything one refill of a gap changes, written in one transaction."""

    source_id: int
    at: datetime
    asked: Gap  # that was looked for; what a poll has added since is refilled next
    entries: tuple[Entry, ...] = ()
    late_before: datetime | None = None  # entries published before this are `late`
    old_before: datetime | None = None  # entries published before this are archived, and raise no alert
    refill_at: datetime | None = None  # None: the gap is closed
    unaccounted: int | None = None
    reason: str | None = None
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class RobotsSitemaps:
    """The sitemaps that a site's robots.txt named when it was asked for; none at all before."""

    addresses: tuple[str, ...] = ()
    at: datetime | None = None
