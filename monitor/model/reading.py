"""Sources' states, feeds, entries and articles, as polling and reading produce them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from monitor.model.settings import Source


@dataclass(frozen=True, slots=True)
class Validators:
    """The server's validators for conditional requests, verbatim."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """Which fields of a source's items identify them, as its bodies have shown; None: not known yet.

    `…_apart`: the items have values of their own; `…_kept`: an item comes with the same value again.
    """

    guid_apart: bool | None = None
    link_apart: bool | None = None
    title_apart: bool | None = None
    guid_kept: bool | None = None
    link_kept: bool | None = None
    page_kept: bool | None = None  # the link as it is, with all that is usually stripped


@dataclass(frozen=True, slots=True)
class Volume:
    """The number of new entries of a source a day, by which a flood is measured. Days are UTC's."""

    busiest: int = 0  # the most that a day has brought
    day: date | None = None  # of `count`
    count: int = 0
    flood: int = 0  # entries of the latest flood
    flooded_on: date | None = None


@dataclass(frozen=True, slots=True)
class ArrivalRate:
    """What is known of how often a source has new entries: `monitor.rhythm` learns and reads it."""

    profile: bytes = b""  # entries and watched hours of each hour of the week; b"": nothing is known yet
    hour: int | None = None  # since 1970: the hour that is not in the profile yet, but counted in the two below
    count: float = 0.0  # new entries in it
    watched: float = 0.0  # how much of it was watched, in hours
    excitation: float = 0.0  # recent new entries, each counting less the older it is
    branching: float = 0.3  # how many entries follow one soon, on average
    spacing: float = 1.0  # by what intervals are stretched, so that there are as many polls as at fixed intervals


@dataclass(frozen=True, slots=True)
class FeedWishes:
    """What a feed's body asks of those that poll it."""

    ttl: float | None = None  # seconds
    skip_hours: frozenset[int] = frozenset()  # of the day, in GMT, in which nobody should ask
    skip_days: frozenset[int] = frozenset()  # of the week, in GMT; Monday is 0


class PollReason(StrEnum):
    """Why the next poll is when it is; in brackets, what the number beside it is."""

    RHYTHM = "rhythm"  # what the hour of the week usually brings (new entries an hour; none: not known yet)
    NEWS = "news"  # what came lately (new entries an hour that are expected now)
    WRITTEN = "written"  # the interval that the user wrote (seconds)
    CACHE = "cache"  # Cache-Control (seconds)
    TTL = "ttl"  # the feed's `ttl` (seconds)
    SKIPPED = "skipped"  # the feed's `skipHours` and `skipDays`
    FAILURES = "failures"  # it backs off (failures in a row)
    RETRY_AFTER = "retry-after"  # the server says when (seconds)
    HOST = "host"  # the host has asked for patience at another address
    HUB = "hub"  # the feed's hub reports news


@dataclass(frozen=True, slots=True)
class Relocation:
    """What permanent redirects say of a source's address."""

    address: str | None = None  # learnt: polled in place of the configured one
    target: str | None = None  # where polls were redirected to lately, not learnt yet
    since: datetime | None = None  # the first of these polls
    sightings: int = 0  # how many they were


@dataclass(frozen=True, slots=True)
class PollRun:
    """Polls of a source, one after another, that came to the same."""

    since: datetime  # the first of them
    until: datetime  # the last of them
    polls: int = 1
    entries: int | None = None  # that the last body showed; None: it was as before, or the poll failed
    news: int = 0  # entries that were new or changed
    error: str | None = None  # None: they went well


@dataclass(frozen=True, slots=True)
class SourceState:
    """The stored state of one source."""

    id: int
    source: Source
    validators: Validators = Validators()
    body_hash: str | None = None
    next_poll_at: datetime | None = None
    interval: float = 0.0
    failures: int = 0  # consecutive
    baseline_at: datetime | None = None  # first successful poll; None = not yet
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    error: str | None = None  # of the last poll; None = it went well
    error_kind: str | None = None
    stopped: bool = False  # 410 twice: polled no more
    announced: bool = False  # in a 'now watching'
    notes: tuple[str, ...] = ()  # what was repaired in the body that was read last
    rate: ArrivalRate = ArrivalRate()
    wishes: FeedWishes = FeedWishes()  # of the body that was read last
    reason: PollReason | None = None  # for `next_poll_at`; None: it was not planned by a poll
    reason_number: float | None = None
    relocation: Relocation = Relocation()
    polls: str = ""  # the last ones, as `monitor.polling.runs` reads them

    @property
    def address(self) -> str:
        """Return the address that is polled: the configured one, or the one that it has moved to for good."""
        return self.relocation.address or self.source.url


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a web page names, and the title that the page gives it, '' where it gives none."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class PageFeeds:
    """What came of looking for feeds at an address, the likeliest first."""

    feeds: tuple[FoundFeed, ...] = ()
    target: str | None = None  # where the page sends its reader, and the feeds were found
    is_feed: bool = False  # there is a feed itself, not a page that names one


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rhythm of a source's latest news: how often, since when, and the longest pause between, in seconds."""

    arrivals: int
    first: datetime
    longest: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as parsed; text fields are plain text."""

    key: str  # identity within its outlet: urls.entry_key()
    guid: str | None
    link: str | None  # absolute http(s), as the feed gave it
    title: str
    summary: str = ""
    author: str | None = None
    published: datetime | None = None
    language: str | None = None
    digest: str = ""  # hash of title, summary and link: a change means the entry was edited
    refilled: bool = False  # fetched to fill a gap that the feed left: many of them are no flood
    # identity.Marks of these fields, made in the child that parsed them; None: to be made where they are needed
    marks: tuple[int | None, ...] | None = field(default=None, compare=False, repr=False)

    @property
    def is_bare(self) -> bool:
        """Return whether it is a page alone, as sitemaps list it: its date may be that of its last change."""
        return self.guid is None and not self.title and not self.summary


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a feed can be subscribed to (W3C WebSub), and the address under which it is known there."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A source's subscription at a hub, wanted or to be ended; times are None where the hub has not answered yet."""

    id: int
    source_id: int
    source_url: str  # as configured
    hub: str
    topic: str
    path: str  # the last part of the callback's address, which nobody can guess
    secret: str  # what the hub signs with
    wanted: bool
    callback: str | None = None  # the whole address that the hub was asked with
    expires_at: datetime | None = None
    next_at: datetime  # when the hub is asked next
    failures: int = 0  # requests in a row that it did not confirm
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed as its source type parsed it."""

    title: str
    entries: tuple[Entry, ...]  # newest 2,000 at most, duplicates removed, in the feed's order
    wishes: FeedWishes = FeedWishes()
    notes: tuple[str, ...] = ()  # what was repaired, for `status`
    follow: tuple[str, ...] = ()  # addresses whose entries belong to these: the newest sitemaps of an index
    hub: Hub | None = None
    steady: bool = True  # an unchanged body means that what is to be followed did not change either


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry whose article is still to be read and judged."""

    id: int
    source: Source
    entry: Entry
    first_seen_at: datetime
    baseline: bool = False  # archived and matched, never alerted
    late: bool = False  # older than `catch_up` when first seen: digest only
    flood: bool = False  # one of suspiciously many: digest only, below severity high
    attempts: int = 0
    faults: int = 0  # internal errors at it
    edited: bool = False  # judged before, and changed in the feed since: its page is fetched again


@dataclass(frozen=True, slots=True)
class FaultedEntry:
    """An entry whose article was not judged as it should have been, because of an internal error."""

    id: int
    source: str
    title: str
    link: str | None
    fault: str  # 'ZeroDivisionError'
    at: datetime  # of the last one
    given_up: bool  # not judged at all; otherwise by the feed's summary or title


class Zone(StrEnum):
    """Where in an article a word stands."""

    TITLE = "title"
    LEAD = "lead"
    BODY = "body"
    BACKGROUND = "background"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """Characters `start` to `end` (exclusive) of the document belong to `zone`."""

    zone: Zone
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One URL's text. Paragraphs of `text` are separated by a blank line."""

    url: str | None
    title: str
    text: str
    source: str  # the source's name
    language: str  # ISO 639-1, "und" where unknown
    zones: tuple[ZoneSpan, ...] = ()  # in order, without gaps, over the document; () = all body
    author: str | None = None
    published: datetime | None = None
    seen_at: datetime | None = None
    key: str = ""  # urls.article_key(): one article, whatever its address
    guid: str | None = None
    from_summary: str | None = None  # why the feed's summary stands in for the page; None = the page was read
    id: int | None = None  # the store's, once stored
    # The page's own headline, where the feed's may be another: re-checks compare it. No part of the stored article.
    headline: str = field(default="", compare=False)

    @property
    def document(self) -> str:
        """Return what matching works on; offsets of zones, hits and citations count its characters."""
        return f"{self.title}\n\n{self.text}" if self.title else self.text

    @property
    def when(self) -> datetime:
        """Return the best known time: published, else seen."""
        moment = self.published or self.seen_at
        if moment is None:
            raise ValueError("an article needs published or seen_at")
        return moment


@dataclass(frozen=True, slots=True)
class Recognised:
    """The new and edited entries of a feed's body, and changes of the known ones."""

    news: tuple[Entry, ...] = ()  # new ones under keys of their own, and edited ones under their known keys
    seen: tuple[int, ...] = ()  # ids of known entries that were not noted as seen for a day
    dates: tuple[tuple[int, datetime], ...] = ()  # ids of known entries, and the dates that the feed shows now
    renewed: tuple[tuple[int, Entry], ...] = ()  # ids of known entries, and what they are under a renewed guid or link
    habits: Habits | None = None  # of the source; None: as they were
    known: int = 0  # entries of the body that are known, edited ones included
    shown: tuple[int, ...] = ()  # their ids
    changed: tuple[
        tuple[int, datetime], ...
    ] = ()  # ids of known pages whose date alone has risen, and when to read them


@dataclass(frozen=True, slots=True)
class PollRecord:
    """Everything one poll changes, written in one transaction."""

    source_id: int
    at: datetime
    next_poll_at: datetime
    interval: float
    failures: int
    validators: Validators = Validators()
    body_hash: str | None = None
    error: str | None = None
    error_kind: str | None = None
    stopped: bool = False
    baseline: bool = False  # this poll was the source's first success
    body: Recognised | None = None  # None where none was read: not modified, or the poll failed
    old_before: datetime | None = None  # entries published before this are archived as those of a baseline are
    late_before: datetime | None = None  # entries published before this are `late`
    notes: tuple[str, ...] = ()
    rate: ArrivalRate | None = None  # None: as it was
    new_profile: bool = False  # `rate` has another profile: once an hour
    wishes: FeedWishes | None = None  # None: as they were
    reason: PollReason | None = None
    reason_number: float | None = None
    relocation: Relocation = Relocation()
    polls: str = ""  # the source's last ones, this one included: `monitor.polling.logged`

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the new and the edited entries."""
        return () if self.body is None else self.body.news
