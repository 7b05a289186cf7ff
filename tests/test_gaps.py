"""Whether a poll may have missed articles, and where they may be listed."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import gaps, urls
from monitor.model import (
    ArrivalRate,
    Entry,
    Gap,
    KnownPage,
    ListedShare,
    SitemapLink,
    SitemapScope,
    Source,
    SourceState,
)

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
KYIV = ZoneInfo("Europe/Kyiv")


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def state(**changes: Any) -> SourceState:
    known: dict[str, Any] = {
        "interval": 180.0,
        "baseline_at": ago(100),
        "body_hash": "h",
        "last_success_at": ago(6),
    }
    return SourceState(1, Source("A", "https://a.org/rss"), **(known | changes))


def window(count: int, newest: float = 0.0, step: float = 0.1) -> list[datetime | None]:
    """Return dates, the newest first: `newest` hours ago, `step` hours apart."""
    return [ago(newest + step * number) for number in range(count)]


def notice(dates: list[datetime | None], *, known: int = 0, newest: datetime | None = None, **changes: Any) -> Any:
    return gaps.noticed(state(**changes), dates, known=known, newest=newest, now=NOW)


# --------------------------------------------------------------------------- whether there is a gap


def test_a_window_without_a_known_entry_leaves_a_gap() -> None:
    gap, expected = notice(window(30), newest=ago(6.5))
    assert gap == Gap(ago(6.5), ago(2.1))  # one entry of ten may be dated out of order, and dates come late
    assert expected == 35  # 3.6 hours of ten an hour, both ends known


def test_a_peak_between_two_ordinary_polls_leaves_one() -> None:
    gap, expected = notice(window(30, step=0.001), newest=ago(0.06), last_success_at=ago(0.05))
    assert gap == Gap(ago(0.06), ago(0.016))
    assert expected == 30


@pytest.mark.parametrize(
    "changes",
    [
        {"known": 1},
        {"last_success_at": None},
        {"baseline_at": None},
        {"body_hash": None},  # a new address
        {"newest": ago(0.5), "last_success_at": ago(0.05)},  # guids were renewed: most are older than what was known
        {"newest": ago(1.5), "last_success_at": ago(0.05)},
    ],
)
def test_no_gap(changes: dict[str, Any]) -> None:
    assert notice(window(30), **changes) is None


def test_an_empty_window_leaves_none() -> None:
    assert notice([]) is None


@pytest.mark.parametrize("count", [1, 4])
def test_a_small_window_that_is_renewed_leaves_one(count: int) -> None:
    assert notice(window(count, step=0.001), newest=ago(0.06), last_success_at=ago(0.05)) is not None
    assert notice(window(count), last_success_at=ago(6)) is not None


def test_without_dates_a_full_window_or_an_outage_tells() -> None:
    nothing: list[datetime | None] = [None] * 30
    assert notice(nothing, last_success_at=ago(0.05)) == (Gap(ago(0.05), NOW), 1)
    assert notice(nothing, newest=ago(9)) == (Gap(ago(9), NOW), 1)
    assert notice([None] * 4, last_success_at=ago(0.05)) is None  # an ordinary burst


def test_without_dates_the_rhythm_tells_how_many() -> None:
    nothing: list[datetime | None] = [None] * 30
    _, expected = notice(nothing, newest=ago(6), rate=steady(10))
    assert expected == 30  # sixty in six hours


def test_a_rhythm_that_knows_the_night_lowers_the_estimate() -> None:
    _, by_pauses = notice(window(30), newest=ago(6.5))
    _, by_rhythm = notice(window(30), newest=ago(6.5), rate=steady(6))
    assert (by_pauses, by_rhythm) == (35, 9)  # thirty-nine in 6.5 hours, of which thirty are shown


def steady(an_hour: float) -> ArrivalRate:
    """Return the rate of a source that was watched for three weeks and brings as much in each hour."""
    return ArrivalRate(profile=struct.pack("<336f", *([3.0 * an_hour] * 168), *([3.0] * 168)))


def test_dates_of_a_wrong_time_zone_do_not_hide_the_gap() -> None:
    """Eight hours early, they seem to be of the time before the last poll."""
    gap, expected = notice(window(30, newest=8), newest=ago(14), last_success_at=ago(6))
    assert gap == Gap(ago(12), ago(2.6))
    assert expected == 30  # of six hours, less those that are shown


@given(st.floats(-12, 12), st.floats(1, 48), st.integers(5, 60))
def test_whatever_the_zone_the_gap_holds_all_that_was_missed(zone: float, outage: float, count: int) -> None:
    dates = window(count, newest=-zone, step=outage / count / 2)
    found = notice(dates, newest=min(ago(outage - zone), ago(outage)), last_success_at=ago(outage))
    if zone <= 0 or all(each is None or each <= NOW for each in dates):
        assert found is not None
        assert found[0].since <= ago(outage)
        assert found[0].until > ago(outage)
        assert found[0].until >= ago(outage / 2)  # all of the window is of later times


@pytest.mark.parametrize(
    ("known", "count", "pinned"),
    [(0, 30, False), (1, 30, True), (6, 30, True), (7, 30, False), (1, 3, True), (1, 1, False)],
)
def test_a_few_known_entries_may_be_pinned(known: int, count: int, pinned: bool) -> None:
    assert gaps.is_pinned(known, count) is pinned


def test_a_source_of_few_entries_is_established_by_its_window() -> None:
    assert [gaps.established(count, dated=True) for count in (1, 5, 30)] == [1, 5, 10]
    assert gaps.established(5, dated=False) == 10


@pytest.mark.parametrize(("listed", "short"), [(30, False), (16, False), (15, True), (0, True)])
def test_few_listed_articles_are_too_few(listed: int, short: bool) -> None:
    assert gaps.is_short(30, listed) is short
    assert gaps.unaccounted(30, GAP, None, listed, broken=False) == (30 - listed if short else 0)


def test_pages_that_were_all_changed_at_once_are_no_articles_of_a_gap() -> None:
    assert gaps.may_be_taken(40, 3)
    assert not gaps.may_be_taken(41, 3)
    assert gaps.may_be_taken(200, 100)


def test_an_article_of_another_host_of_the_site_is_known_by_its_path() -> None:
    known = ["https://m.press.example/harbour-fire", "https://press.example/show.php?id=1"]
    links = ["harbour-fire", "school-vote", "show.php?id=2"]
    entries = [Entry(key=link, guid=None, link=f"https://press.example/{link}", title="") for link in links]
    assert [each.key for each in gaps.unlike(entries, known)] == ["school-vote", "show.php?id=2"]


def test_an_article_behind_a_redirector_is_known_by_its_date_or_title() -> None:
    scope = SitemapScope(frozenset({"go.tracker.net"}))
    known = [KnownPage("https://go.tracker.net/1", ago(3), title="Air raid alert")]

    def entry(title: str, at: datetime | None, link: str = "https://a.org/x") -> Entry:
        return Entry("k", None, link, title, published=at)

    same = [entry("", ago(3)), entry("Air raid alert", ago(3.1))]
    other = [
        entry("Air raid alert", ago(2)),
        entry("Air raid alert", None),
        entry("", ago(3.1)),
        entry("Rain", ago(3.1)),
    ]
    here = entry("Air raid alert", ago(3), "https://go.tracker.net/2")
    assert gaps.untold([*same, *other, here], known, scope) == [*other, here]
    assert not gaps.is_foreign("https://a.org/x", SitemapScope())


def test_hosts_for_telephones_are_those_of_the_site() -> None:
    hosts = ("www.press.example", "m.press.example", "mobile.press.example", "amp.press.example", "press.example")
    assert {gaps.bare_host(f"https://{host}/a") for host in hosts} == {"press.example"}
    assert gaps.bare_host("https://m.example/a") == "m.example"


def test_a_window_that_begins_at_once_leaves_none() -> None:
    assert notice([ago(-1)] * 6, newest=ago(0), last_success_at=ago(0)) is None  # all dated in a time to come
    assert notice([None] * 6, last_success_at=ago(-1)) is None  # the clock was set back


def test_a_date_in_a_time_to_come_does_not_hide_the_gap() -> None:
    gap, _ = notice(window(30), newest=ago(-3))
    assert gap.since == ago(6)


def test_a_quiet_source_was_watched_until_the_outage() -> None:
    gap, expected = notice([ago(1)], newest=ago(300))
    assert gap == Gap(ago(12), NOW)
    assert expected == 1  # one date tells no rhythm


def test_of_a_long_gap_the_end_is_refilled() -> None:
    gap, _ = notice(window(30), newest=ago(2000), last_success_at=ago(2000))
    assert gap.since == NOW - gaps.LONGEST


def test_open_gaps_are_joined() -> None:
    assert gaps.joined(None, Gap(ago(3), ago(2))) == Gap(ago(3), ago(2))
    assert gaps.joined(Gap(ago(9), ago(8)), Gap(ago(3), ago(2))) == Gap(ago(9), ago(2))


def test_a_gap_has_slack_but_nothing_of_before_the_baseline() -> None:
    assert gaps.widened(Gap(ago(3), ago(2)), ago(9)).since == ago(3) - gaps.SLACK
    assert gaps.widened(Gap(ago(3), ago(2)), ago(3.1)).since == ago(3.1)
    assert gaps.widened(Gap(ago(3), ago(2)), ago(2.5)).since == ago(3)
    assert gaps.widened(Gap(ago(3), ago(2)), None).since == ago(3)


def test_tries_are_spread_over_a_day() -> None:
    tries, at = 0, NOW
    waits = []
    while True:
        tries += 1
        again = gaps.next_try(tries, NOW, at)
        if again is None:
            break
        waits.append((again - at).total_seconds() / 60)
        at = again
    assert waits == [5, 15, 30, 60, 120, 240, 240, 240, 240, 240]
    assert at - NOW <= gaps.FOR_A_DAY


# --------------------------------------------------------------------------- which pages


def test_the_scope_is_the_hosts_and_the_one_section_of_known_links() -> None:
    links = [(f"https://www.press.example/rubric-ato/{n}-x.html", None) for n in range(25)]
    assert gaps.scope_of(links, GAP) == SitemapScope(frozenset({"press.example"}), frozenset({"rubric-ato"}))
    assert gaps.scope_of(links[:3], GAP).shapes == frozenset()
    several = [(f"https://press.example/{section}/{n}", None) for n in range(9) for section in ("a", "b", "c")]
    assert gaps.scope_of(several, GAP) == SitemapScope(frozenset({"press.example"}))
    assert gaps.scope_of([], GAP) == SitemapScope()


def test_articles_of_a_gap_have_numbers_between_those_around_it() -> None:
    def scope(before: list[str], after: list[str]) -> SitemapScope:
        known = [(f"https://a.org/{path}", GAP.until) for path in after]
        known += [(f"https://a.org/{path}", GAP.since) for path in before]
        return gaps.scope_of([*known, ("https://a.org/n/1-undated", None)], GAP)

    before = [f"n/{count}-x" for count in range(10_000, 10_010)]
    after = [f"n/{count}-x" for count in range(10_100, 10_110)]
    found = scope(before, [*after, "n/77777-out-of-order", "n/12-old"])
    assert found.numbers == (10_009, 10_105)
    within = [count for count in range(10_000, 10_200) if gaps.is_numbered_within(f"https://a.org/n/{count}-x", found)]
    assert within == list(range(10_010, 10_105))
    assert not gaps.is_numbered_within("https://a.org/n/x", found)
    assert scope(after, before).numbers is None
    assert scope(before[:4], after).numbers is None
    assert scope(before, after[:4]).numbers is None
    assert not gaps.is_numbered_within("https://a.org/n/10050-x", scope([], []))


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("rubric-ato/3812345-2026-plan.html", 3_812_345),
        ("view/AEN20261201001751320", 20_261_201_001_751_320),
        ("2026/12/01/x", None),
        ("2026/12/01/12345-x-54321", 12_345),
        ("x", None),
        ("view?id=123456", 123_456),
    ],
)
def test_the_number_of_an_article_is_the_longest_of_its_address(path: str, number: int | None) -> None:
    assert gaps.number(f"https://a.org/{path}") == number


def test_a_year_is_no_section() -> None:
    assert gaps.shape("https://a.org/2026/11/x") == gaps.shape("https://a.org/2027/01/y") == "0"
    assert gaps.shape("https://a.org/one-page") == ""


def test_what_is_within_a_scope() -> None:
    scope = SitemapScope(frozenset({"a.org"}), frozenset({"news"}))
    assert gaps.is_within("https://www.a.org/news/1", scope)
    assert not gaps.is_within("https://a.org/sport/1", scope)
    assert not gaps.is_within("https://b.org/news/1", scope)
    assert gaps.is_within("https://b.org/sport/1", SitemapScope())


def test_the_site_that_most_links_lead_to() -> None:
    assert gaps.main_host(["https://a.org/1", "https://b.org/1", "https://b.org/2", "rubbish"]) == "https://b.org/"
    assert gaps.main_host([]) is None


# --------------------------------------------------------------------------- which sitemaps


def test_an_address_without_a_date_is_as_it_is() -> None:
    assert gaps.addresses("https://a.org/last.xml", Gap(ago(99), NOW), KYIV) == ["https://a.org/last.xml"]


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("https://a.org/{year}/{week}.xml", ["https://a.org/2026/49.xml", "https://a.org/2026/48.xml"]),
        ("https://a.org/{year}-{month}.xml", ["https://a.org/2026-12.xml", "https://a.org/2026-11.xml"]),
        ("https://a.org/{year}/{month:d}/{day:d}", ["https://a.org/2026/12/1", "https://a.org/2026/11/30", "https://a.org/2026/11/29"]),
        ("https://a.org/{year}", ["https://a.org/2026"]),
    ],
)  # fmt: skip
def test_dates_are_filled_in_for_each_day_of_a_gap(template: str, found: list[str]) -> None:
    gap = Gap(datetime(2026, 11, 29, 20, tzinfo=UTC), datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
    assert gaps.addresses(template, gap, KYIV) == found


def test_weeks_have_a_year_of_their_own() -> None:
    gap = Gap(datetime(2027, 1, 1, 12, tzinfo=UTC), datetime(2027, 1, 2, 12, tzinfo=UTC))
    assert gaps.addresses("https://a.org/{year}/{week}.xml", gap, UTC) == ["https://a.org/2026/53.xml"]


def test_promising_names_come_first() -> None:
    found = [
        "https://a.org/sitemap.xml",
        "https://a.org/images.xml",
        "https://a.org/news.xml",
        "https://a.org/sitemap.xml",
    ]
    assert gaps.promising(found) == ["https://a.org/news.xml", "https://a.org/sitemap.xml", "https://a.org/images.xml"]


GAP = Gap(datetime(2026, 11, 26, 10, tzinfo=UTC), datetime(2026, 11, 27, 10, tzinfo=UTC))


def test_sitemaps_that_cannot_list_a_gap_are_not_asked_for() -> None:
    links = [
        SitemapLink("https://a.org/old.xml", GAP.since - timedelta(days=1)),
        SitemapLink("https://a.org/2026/47.xml"),
        SitemapLink("https://a.org/2026/48.xml"),
        SitemapLink("https://a.org/sitemap-2026-10.xml"),
        SitemapLink("https://a.org/sitemap-202611.xml"),
        SitemapLink("https://a.org/20261126.xml"),
        SitemapLink("https://a.org/20261120.xml"),
        SitemapLink("https://a.org/posts.xml", GAP.until + timedelta(hours=1)),
        SitemapLink("https://a.org/a.xml", GAP.until + timedelta(days=1)),
    ]
    assert gaps.children(links, GAP) == [
        "https://a.org/2026/48.xml",
        "https://a.org/sitemap-202611.xml",
        "https://a.org/20261126.xml",
        "https://a.org/a.xml",
        "https://a.org/posts.xml",
    ]


def test_where_nothing_tells_the_newest_are_at_either_end() -> None:
    links = [SitemapLink(f"https://a.org/s{n}.xml") for n in "abcde"]
    assert [url[-5] for url in gaps.children(links, GAP)] == ["a", "e", "b", "d", "c"]
    assert [url[-5] for url in gaps.children(links[:4], GAP)] == ["a", "d", "b", "c"]


def test_dates_in_addresses() -> None:
    assert gaps.spans("https://a.org/x") == []
    assert len(gaps.spans("https://a.org/2026/10.xml")) == 2  # October, or the tenth week
    assert len(gaps.spans("https://a.org/2026/48.xml")) == 1
    assert gaps.spans("https://a.org/2026/99.xml") == []
    assert gaps.spans("https://a.org/2026-02-31/x") == []


def test_articles_of_other_days_are_told_by_their_address() -> None:
    assert gaps.may_be_of("https://a.org/2026/11/26/x", GAP)
    assert gaps.may_be_of("https://a.org/2019/05/x", GAP)  # may be a number
    assert gaps.may_be_of("https://a.org/x", GAP)
    assert not gaps.may_be_of("https://a.org/2019/05/06/x", GAP)


# --------------------------------------------------------------------------- what is left


def test_what_sitemaps_reach() -> None:
    since, until = GAP.since, GAP.until
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert gaps.uncovered(GAP, []) == (GAP, False)
    assert gaps.uncovered(GAP, [(None, None)]) == (GAP, False)
    assert gaps.uncovered(GAP, [(since - day, until + hour)]) == (None, True)
    assert gaps.uncovered(GAP, [(since + hour, until - hour), (None, None)]) == (Gap(since, since + hour), False)
    assert gaps.uncovered(GAP, [(until + hour, until + day)]) == (Gap(since, until), True)
    assert gaps.uncovered(GAP, [(since - day, since), (since, until)]) == (None, True)
    assert gaps.uncovered(GAP, [(since, until - hour)], until - hour) == (None, True), (
        "it lists what the feed showed last"
    )
    assert gaps.uncovered(GAP, [(since, until - hour)], until) == (None, False)


def test_what_is_unaccounted_for() -> None:
    assert gaps.unaccounted(30, GAP, None, 16, broken=False) == 0
    assert gaps.unaccounted(30, GAP, GAP, 0, broken=False) == 30
    assert gaps.unaccounted(30, GAP, Gap(GAP.since, GAP.since + timedelta(hours=12)), 20, broken=False) == 15
    assert gaps.unaccounted(30, GAP, None, 10, broken=True) == 20
    assert gaps.unaccounted(30, GAP, None, 40, broken=True) == 0


MOMENTS = st.floats(-40_000, 40_000).map(ago)


@given(st.lists(st.none() | MOMENTS, max_size=40), st.none() | MOMENTS, MOMENTS, MOMENTS)
def test_any_window_gives_a_gap_that_lies_before_it(
    dates: list[datetime | None], newest: datetime | None, last: datetime, now: datetime
) -> None:
    found = gaps.noticed(state(last_success_at=last), dates, known=0, newest=newest, now=now)
    if found is not None:
        gap, expected = found
        assert now - gaps.LONGEST <= gap.since < gap.until <= now
        assert expected >= 0


# --------------------------------------------------------------------------- of which part sitemaps tell


def page(number: int, hours: float, **changes: Any) -> KnownPage:
    return KnownPage(f"https://www.a.org/news/{number}", ago(hours), **changes)


def marks(*numbers: int) -> set[str]:
    return {f"news/{number}" for number in numbers}


def test_the_mark_of_an_article_is_the_same_on_all_hosts_of_its_site() -> None:
    addresses = "https://www.a.org/news/1", "http://m.a.org/news/1?utm_source=rss", "https://a.org/news/1"
    assert {gaps.mark(urls.article_key(address)) for address in addresses} == {"news/1"}
    assert gaps.mark("ukrinform:3784521") == "ukrinform:3784521"


def test_of_the_known_articles_so_many_are_listed() -> None:
    known = [page(number, number / 10) for number in range(40)]
    ends = [(ago(3.05), ago(0.15)), (None, None)]
    every_third = marks(*range(0, 40, 3))
    found = gaps.listing(known, every_third, ends, Gap(ago(60), ago(50)), NOW)
    assert found == ListedShare(26, 9)  # 2 to 27: the last tenth of the listed ones is left out


def test_what_a_sitemap_cannot_list_yet_or_any_more_does_not_count() -> None:
    gap, ends = Gap(ago(2), ago(1)), [(ago(9), NOW)]
    assert gaps.listing([page(1, 0.2), page(2, 0.5)], marks(2), ends, gap, ago(0.3)) == ListedShare(1, 1)
    assert gaps.listing([page(1, 20)], set(), ends, gap, NOW) == ListedShare()
    assert gaps.listing([page(1, 1.5, by_feed=False)], marks(1), ends, gap, NOW) == ListedShare()  # it was refilled
    assert gaps.listing([page(1, 1.5)], marks(1), ends, gap, NOW) == ListedShare(1, 1)


def test_an_old_page_among_the_newest_ones_widens_nothing() -> None:
    known = [page(number, number / 10) for number in range(1, 100)]
    found = gaps.listing(known, marks(*range(1, 31), 99), [(ago(50), NOW)], Gap(ago(60), ago(50)), NOW)
    assert found == ListedShare(28, 28)


def test_an_article_counts_by_the_address_where_it_was_read() -> None:
    gap, ends = Gap(ago(60), ago(50)), [(ago(9), NOW)]
    unread = KnownPage("https://go.tracker.net/x1", ago(1))
    read = KnownPage("https://go.tracker.net/x2", ago(1), read_at="https://a.org/news/2")
    partner = KnownPage("https://go.tracker.net/x3", ago(0.5), read_at="https://partner.org/3")
    assert gaps.listing([page(1, 0.5), unread, read], marks(1, 2), ends, gap, NOW) == ListedShare(2, 2)
    assert gaps.listing([page(1, 0.5), unread], marks(1), ends, gap, NOW) == ListedShare(1, 1)
    assert gaps.listing([page(1, 0.7), partner], marks(1), ends, gap, NOW) == ListedShare(2, 1)


@pytest.mark.parametrize(
    ("expected", "listed", "seen", "lost"),
    [
        (60, 60, ListedShare(30, 30), 0),
        (90, 60, ListedShare(30, 29), 0),  # one page may be gone; the rate was too high
        (90, 60, ListedShare(30, 15), 56),  # 120 by what is listed, weighted with 90
        (40, 60, ListedShare(30, 15), 51),  # a rate that was too low hides nothing
        (60, 20, ListedShare(30, 10), 40),
        (60, 2, ListedShare(30, 0), 58),  # none of the source's own: by the rate alone
        (300, 60, ListedShare(30, 30), 240),  # far too few, whatever is listed of other times
        (10, 10, ListedShare(30, 28), 1),
        (0, 10, ListedShare(30, 28), 1),
        (60, 30, ListedShare(4, 2), 30),  # too few known ones tell nothing
        (60, 40, ListedShare(4, 2), 0),
    ],
)
def test_of_a_gap_sitemaps_list_as_large_a_part_as_of_the_rest(
    expected: int, listed: int, seen: ListedShare, lost: int
) -> None:
    assert gaps.unaccounted(expected, GAP, None, listed, broken=False, seen=seen) == lost


def test_what_is_not_reached_is_unaccounted_beside_what_is_not_listed() -> None:
    half = Gap(GAP.since, GAP.since + timedelta(seconds=GAP.seconds / 2))
    assert gaps.unaccounted(60, GAP, half, 30, broken=False, seen=ListedShare(30, 30)) == 30
    assert gaps.unaccounted(60, GAP, half, 15, broken=False, seen=ListedShare(30, 15)) == 45
