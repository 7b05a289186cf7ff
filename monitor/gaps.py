"""Gaps: whether a poll may have missed articles, and where a site's sitemaps may list them. Pure and total."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta, tzinfo

from monitor import rhythm, urls
from monitor.fields.values import DATE_PART
from monitor.model import Entry, Gap, KnownPage, ListedShare, SitemapLink, SitemapScope, SourceState

SLACK = timedelta(minutes=30)
"""Articles may be dated by so much before the newest one that was known: feeds are no strict order."""

BEFORE = timedelta(days=7)
"""A sitemap that lists a page of this time before a gap reaches back to the gap's begin."""

LONGEST = timedelta(days=14)
"""Of a longer gap only the end is refilled."""

MOST_FETCHES = 10
"""Requests of one refill: robots.txt, sitemaps and the sitemaps that these name."""

MOST_ENTRIES = 2_000
"""Articles of one refill."""

FOR_A_DAY = timedelta(days=1)
"""How long after a gap was noticed its refill is tried."""

SHORT_TRIES = 3
"""How often a refill is tried again that found fewer articles than the gap may hold."""

ESTABLISHED = 10
"""A source with fewer known entries, and fewer than its window, has no gaps: its first bodies may be anything."""

LATEST = 5
"""A body that shows none of so many latest known entries does not reach back to the body before."""

_SHOWN_LATE = timedelta(hours=6)  # a feed shows an article at most so long after its date, as far as gaps go
_ONE_MISSED = 3  # intervals without a good poll are an outage
_LONGEST_INTERVAL = 5  # times `every`; a longer one is that of a failing source
_SMALL = 5  # entries: known ones on each side of a gap; a smaller window without dates is renewed by a small burst
_BY_CHANCE = 6  # articles more or less
_TAKEN_DOWN = 1  # known article that is not listed: its page may be gone
_RATE_WEIGHT = 4.0  # 1 / relative variance of an estimate by rates, which are within a half as a rule
_FAR_LESS = 3  # times fewer articles than the rate promises: whatever else sitemaps list, they have a hole
_STRAYS = 10  # one entry of so many may be dated out of order
_PINNED = 5  # one entry of so many may be pinned
_COUNTED = re.compile(r"(?<!\d)\d{5,20}(?!\d)", re.ASCII)  # fewer digits may be a year
_FEW_SHAPES, _MANY_LINKS = 2, 20  # a feed of one section, and links that are enough to know that
_WAITS = (5.0, 15.0, 30.0, 60.0, 120.0, 240.0)  # minutes between two tries


# --------------------------------------------------------------------------- whether there is one


def noticed(
    state: SourceState, published: Sequence[datetime | None], *, known: int, newest: datetime | None, now: datetime
) -> tuple[Gap, int] | None:
    """Return the gap that a body leaves, and about how many articles it may hold; None where the body leaves none.

    `published` are the dates of the body's entries, of which `known` show that it reaches back to the body before;
    `newest` is the newest date of the entries that were known before. A body without any such entry leaves a gap,
    unless the source is new or has a new address, most entries are older than the known ones (guids were renewed), or
    it comes without an outage and shows one or a few entries without dates.
    """
    last = state.last_success_at
    if known or not published or last is None or state.baseline_at is None or state.body_hash is None:
        return None
    every = state.source.every or rhythm.EVERY
    outage = (now - last).total_seconds() > _ONE_MISSED * min(max(state.interval, every), _LONGEST_INTERVAL * every)
    reference = min(newest or last, last)
    since = max(reference, last - _SHOWN_LATE, now - LONGEST)
    dates = sorted(moment for moment in published if moment is not None)
    if now <= since or (not dates and not outage and len(published) < _SMALL):
        return None
    usual = rhythm.between(state.rate, since, now, state.source.timezone) if outage else None
    if not dates:
        return Gap(since, now), max(round(usual or 0.0) - len(published), 1)
    later = [moment for moment in dates if moment > reference]
    if 2 * len(later) <= len(dates):
        return None
    strays = len(later) // _STRAYS  # a few entries may be dated, or shown, out of order
    until = min(later[strays] + (last - reference), now)  # dates that come late, or of a wrong time zone, do so again
    gap = Gap(since, until if until > max(since, last) else now)
    return gap, _expected(later, Gap(reference, later[strays]), strays, (now - last).total_seconds(), usual)


def _expected(dates: Sequence[datetime], gap: Gap, strays: int, away: float, usual: float | None) -> int:
    """Estimate the articles of a gap by the pauses between those behind it, and by the usual rate where it is known.

    `strays` of the dates are within the gap; for `away` seconds no poll was good.
    """
    pause = (dates[-1] - dates[0]).total_seconds() / max(len(dates) - 1, 1)
    if not pause:
        return 1
    by_pauses = max(min(round(gap.seconds / pause) - 1 - strays, round(away / pause)), 0)
    return by_pauses if usual is None else min(by_pauses, max(round(usual) - len(dates), 1))


def established(window: int, *, dated: bool) -> int:
    """Return how many entries of a source must be known before a body of `window` entries can leave a gap."""
    return min(ESTABLISHED, window) if dated else ESTABLISHED


def is_pinned(known: int, window: int) -> bool:
    """Return whether so few known entries of a body may be pinned to it: they do not show that it reaches back."""
    return 0 < known <= max(window // _PINNED, 1) < window


def widened(gap: Gap, baseline_at: datetime | None) -> Gap:
    """Return the gap with some slack before it, but not what was there before the source was watched."""
    limit = min(gap.since, baseline_at or gap.since)
    return Gap(max(gap.since - SLACK, limit), gap.until)


def joined(one: Gap | None, other: Gap) -> Gap:
    """Return the gap that holds two gaps of which the first one is still open."""
    return other if one is None else Gap(min(one.since, other.since), max(one.until, other.until))


def next_try(tries: int, found_at: datetime, now: datetime) -> datetime | None:
    """Return when a refill is tried again after `tries` tries; None where a day has passed since the gap was found."""
    again = now + timedelta(minutes=_WAITS[min(tries, len(_WAITS)) - 1])
    return again if again - found_at <= FOR_A_DAY else None


# --------------------------------------------------------------------------- which pages


def shape(url: str) -> str:
    """Return what the articles of one section have in common: the first part of the path, digits as 0."""
    path = urls.path(url)
    first, _, rest = path.lstrip("/").partition("/")
    return re.sub(r"\d+", "0", first) if rest else ""


_TWIN = re.compile(r"(?:www|m|mobile|amp)\.(?=[^.]+\.)")


def bare_host(url: str) -> str:
    """Return the host without 'www.' or what stands there for pages of telephones."""
    return _TWIN.sub("", urls.host(url), count=1)


def scope_of(known: Sequence[tuple[str, datetime | None]], gap: Gap) -> SitemapScope:
    """Return which addresses may be a source's articles, by links and dates of known ones around a gap.

    They have their hosts, and their one section. `numbers`: where the known ones are numbered in the order of their
    dates, those between are of the gap.
    """
    links = [link for link, _ in known]
    hosts = frozenset(bare_host(link) for link in links)
    shapes = frozenset(shape(link) for link in links)
    few = len(links) >= _MANY_LINKS and len(shapes) <= _FEW_SHAPES
    return SitemapScope(hosts, shapes if few else frozenset(), _numbers(known, gap))


def _numbers(known: Sequence[tuple[str, datetime | None]], gap: Gap) -> tuple[int, int] | None:
    """Return the numbers between which those of a gap's articles are; a few that are out of order do not matter."""
    counted = [(count, at) for link, at in known if at is not None and (count := number(link)) is not None]
    before = sorted(count for count, at in counted if at <= gap.since)
    after = sorted(count for count, at in counted if at >= gap.until)
    if len(before) < _SMALL or len(after) < _SMALL:
        return None
    first, last = before[len(before) * 9 // 10], after[len(after) // 2]
    return (first, last) if first < last else None


def number(url: str) -> int | None:
    """Return the number by which a site counts its articles, as far as an address has it: its longest one."""
    found = max(_COUNTED.findall(urls.path(url)), key=len, default=None)
    return None if found is None else int(found)


def is_numbered_within(url: str, scope: SitemapScope) -> bool:
    """Return whether an address has a number of a gap's articles."""
    count = number(url)
    return scope.numbers is not None and count is not None and scope.numbers[0] < count < scope.numbers[1]


def is_within(url: str, scope: SitemapScope) -> bool:
    """Return whether an address may be one of a source's articles."""
    return (not scope.hosts or bare_host(url) in scope.hosts) and (not scope.shapes or shape(url) in scope.shapes)


USUAL = ("sitemap-news.xml", "news-sitemap.xml", "sitemap_index.xml", "sitemap.xml")
"""Where sites have their sitemaps whose robots.txt names none."""


def may_be_taken(count: int, expected: int) -> bool:
    """Return whether so many pages that were changed behind a gap may be of it: not where all have one date."""
    return count <= 2 * max(expected, _MANY_LINKS)


def is_foreign(url: str, scope: SitemapScope) -> bool:
    """Return whether an address has none of the hosts that a source's links have."""
    return bool(scope.hosts) and bare_host(url) not in scope.hosts


def untold(entries: Iterable[Entry], known: Collection[KnownPage], scope: SitemapScope) -> list[Entry]:
    """Return the entries without those of other hosts with the date of a known one, or its title at nearly its date.

    A feed may link by way of a redirector, so that addresses do not tell.
    """
    dates = {page.at for page in known}
    titled: dict[str, list[datetime]] = {}
    for page in known:
        titled.setdefault(page.title, []).append(page.at)

    def is_known(entry: Entry) -> bool:
        at = entry.published
        near = titled.get(entry.title, ()) if entry.title and at is not None else ()
        return at in dates or any(abs(each - at) <= SLACK for each in near if at is not None)

    return [each for each in entries if not is_foreign(each.link or "", scope) or not is_known(each)]


def unlike(entries: Iterable[Entry], known: Collection[str]) -> list[Entry]:
    """Return the entries that have not the path of a known link of another host of the site (www., m.)."""
    hosts = {urls.path(link): urls.host(link) for link in known if not urls.path(link).endswith((".php", "/"))}
    return [
        each for each in entries if hosts.get(urls.path(each.link or ""), host := urls.host(each.link or "")) == host
    ]


def main_host(links: Iterable[str]) -> str | None:
    """Return the first page of the site that most links lead to; None without a link."""
    counts = Counter(found for link in links if (found := urls.origin(link)))
    return counts.most_common(1)[0][0] if counts else None


# --------------------------------------------------------------------------- which sitemaps


def addresses(template: str, gap: Gap, zone: tzinfo) -> list[str]:
    """Return the addresses that a template has for the days of a gap, the latest first.

    `{week}` is the ISO week, and `{year}` beside it the year that the week belongs to; `{month}`, `{week}` and `{day}`
    have two digits, `{month:d}` as few as needed.
    """
    if DATE_PART.search(template) is None:
        return [template]
    weekly = "{week" in template
    day, last = (gap.since - SLACK).astimezone(zone).date(), gap.until.astimezone(zone).date()
    found: list[str] = []
    while last >= day:
        found.append(_filled(template, last, weekly=weekly))
        last -= timedelta(days=1)
    return list(dict.fromkeys(found))


def _filled(template: str, day: date, *, weekly: bool) -> str:
    year, week, _ = day.isocalendar()
    values = {"year": year if weekly else day.year, "month": day.month, "week": week, "day": day.day}

    def fill(part: re.Match[str]) -> str:
        return str(values[part[1]]) if part[2] else f"{values[part[1]]:02}"

    return DATE_PART.sub(fill, template)


_NEWS = re.compile(r"news|last|latest|recent|current|today|week|article|story|stories|post", re.IGNORECASE)
_NO_NEWS = re.compile(
    r"image|video|photo|gallery|tag|author|categor|topic|static|product|archive|amp\b|podcast", re.IGNORECASE
)


def promising(found: Iterable[str]) -> list[str]:
    """Return addresses of sitemaps, those first whose name promises news, those last that promises something else."""
    return sorted(dict.fromkeys(found), key=_promise)


def _promise(address: str) -> int:
    name = urls.path(address)
    return (2 if _NO_NEWS.search(name) else 0) - (1 if _NEWS.search(name) else 0)


def children(links: Sequence[SitemapLink], gap: Gap) -> list[str]:
    """Return the sitemaps of an index that may list pages of a gap, the most promising first.

    One that was last modified before the gap lists none, nor does one whose name has a date of another time. Where
    nothing tells, the newest stand first or last in their index.
    """
    begin, end = gap.since - SLACK, gap.until + SLACK
    able = [
        each for each in links if (each.modified is None or each.modified >= begin) and _is_of(each.url, begin, end)
    ]
    able.sort(key=lambda each: _promise(each.url))
    dated = sorted((each for each in able if each.modified), key=lambda each: each.modified or end, reverse=True)
    plain = [each for each in able if each.modified is None]
    named = [each for each in plain if spans(each.url)]
    ends = _from_both_ends([each for each in plain if not spans(each.url)])
    return list(dict.fromkeys(each.url for each in (*named, *dated, *ends)))


def _from_both_ends(links: Sequence[SitemapLink]) -> list[SitemapLink]:
    half = (len(links) + 1) // 2
    first, last = links[:half], list(reversed(links[half:]))
    pairs = [each for pair in zip(first, last, strict=False) for each in pair]
    return pairs + list(first[len(last) :])


def _is_of(address: str, begin: datetime, end: datetime) -> bool:
    found = spans(address)
    return not found or any(first <= end and last >= begin for first, last in found)


_DATED = re.compile(r"(?<!\d)(20\d\d)([-_/.]?)(\d\d)(?:\2(\d\d))?(?!\d)", re.ASCII)
_ZONES = timedelta(hours=14)  # a day begins so much sooner or later somewhere


def spans(address: str) -> list[tuple[datetime, datetime]]:
    """Return the times that the date in an address may mean: a day, or a month or week; empty where there is none."""
    found = _DATED.search(urls.path(address))
    if found is None:
        return []
    year, number = int(found[1]), int(found[3])
    result: list[tuple[date, date]] = []
    if found[4]:
        day = _day(year, number, int(found[4]))
        result += [(day, day)] if day else []
    else:
        month = _day(year, number, 1)
        result += [(month, month + timedelta(days=30))] if month else []
        week = _week(year, number)
        result += [(week, week + timedelta(days=6))] if week else []
    return [(_midnight(first) - _ZONES, _midnight(last) + timedelta(days=1) + _ZONES) for first, last in result]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _week(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def may_be_of(address: str, gap: Gap) -> bool:
    """Return whether the date in an article's address, if there is a whole one, allows that it is of a gap."""
    found = _DATED.search(urls.path(address))
    return found is None or not found[4] or _is_of(address, gap.since - timedelta(days=1), gap.until)


# --------------------------------------------------------------------------- what is known of it


def uncovered(
    gap: Gap, ends: Collection[tuple[datetime | None, datetime | None]], latest: datetime | None = None
) -> tuple[Gap | None, bool]:
    """Return the begin of a gap that no sitemap reaches back to (None: all is covered), and whether its end is covered.

    `ends` are the oldest and the newest page of each sitemap, `latest` is the newest article that the feed has shown: a
    sitemap that lists it is not behind, however long ago that was.
    """
    oldest = min((old for old, _ in ends if old is not None), default=None)
    newest = max((new for _, new in ends if new is not None), default=None)
    if oldest is None or newest is None:
        return gap, False
    begin = Gap(gap.since, min(oldest, gap.until)) if oldest > gap.since + SLACK else None
    return begin, newest >= min(gap.until, latest or gap.until)


def mark(key: str) -> str:
    """Return an article's key (`urls.article_key`) without its host: sites have several."""
    return key.partition("/")[2] or key


def listing(
    known: Iterable[KnownPage],
    listed: AbstractSet[str],
    ends: Collection[tuple[datetime | None, datetime | None]],
    gap: Gap,
    until: datetime,
) -> ListedShare:
    """Return how many of a source's articles the sitemaps list that lie within their ends, by marks of listed ones.

    Left out are articles after `until`, which a sitemap may list later, the refilled ones of the gap, those of which
    only a redirector's address is known, and what is older than nine tenths of the listed ones: an old page or two may
    stand in a list of the newest.
    """
    spans = [(old, new) for old, new in ends if old is not None and new is not None]
    able = [
        (each, not listed.isdisjoint(marks_of_page(each)))
        for each in known
        if each.at <= until
        and (each.by_feed or not gap.since < each.at < gap.until)
        and any(old <= each.at <= new for old, new in spans)
    ]
    found = sorted((each for each, is_listed in able if is_listed), key=lambda each: each.at, reverse=True)
    hosts = {bare_host(each.read_at or each.link) for each in found}
    begin = found[len(found) - 1 - len(found) // _STRAYS].at if found else gap.since
    count = sum(each.at >= begin and (each.read_at is not None or bare_host(each.link) in hosts) for each, _ in able)
    return ListedShare(count, sum(each.at >= begin for each in found))


def marks_of_page(page: KnownPage) -> set[str]:
    """Return the marks by which a sitemap may list a page: of its link, and of where it was read."""
    return {mark(urls.article_key(address)) for address in (page.link, page.read_at) if address}


def unaccounted(
    expected: int, gap: Gap, missing: Gap | None, listed: int, *, broken: bool, seen: ListedShare | None = None
) -> int:
    """Estimate the articles of a gap that nothing brought, of which the sitemaps list some.

    `missing` is its part that no sitemap reaches back to; `broken`: a sitemap that may list more of them did not come;
    `seen` tells how many of the known articles they list.
    """
    share = missing.seconds / gap.seconds if missing is not None and gap.seconds else 0.0
    rest = round(expected * share)
    if broken:
        return max(rest, expected - listed)
    if seen is None or seen.known < _SMALL:
        return max(rest, expected - listed if is_short(expected, listed) else 0)
    return rest + _unlisted(expected - rest, listed, seen)


def _unlisted(expected: int, listed: int, seen: ListedShare) -> int:
    """Estimate the articles that sitemaps do not list: in the gap as many of a hundred as of the known ones.

    That is capture and recapture (Lincoln, Petersen). Where few of the known ones are listed the rate is the better
    guide; both are weighted by the inverse of their variance.
    """
    share = seen.listed / seen.known
    by_share = listed / share if share else 0.0
    if _FAR_LESS * by_share + _BY_CHANCE < expected:
        return expected - listed
    if seen.known - seen.listed <= _TAKEN_DOWN:
        return 0
    weight = seen.listed / (1 - share)
    total = (weight * by_share + _RATE_WEIGHT * expected) / (weight + _RATE_WEIGHT)
    return max(round(total) - listed, 0)


def is_short(expected: int, listed: int) -> bool:
    """Return whether so few articles are listed that chance, and a rate that is not even, do not explain it.

    Where two thirds of them are there, the rest may be an estimate that is too high: nights and bursts change a rate.
    """
    return 1.5 * listed + _BY_CHANCE < expected
