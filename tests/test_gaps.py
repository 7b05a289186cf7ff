"""Whether a poll may have missed articles, and where they may be listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import gaps
from monitor.model import Gap, SitemapLink, SitemapScope, Source, SourceState

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
    assert gap == Gap(ago(6.5), ago(2.9))
    assert expected == 35  # 3.6 hours of ten an hour, both ends known


def test_a_peak_between_two_ordinary_polls_leaves_one() -> None:
    gap, expected = notice(window(30, step=0.001), newest=ago(0.06), last_success_at=ago(0.05))
    assert gap == Gap(ago(0.06), ago(0.029))
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


def test_a_small_window_is_renewed_by_an_ordinary_burst() -> None:
    assert notice(window(4), last_success_at=ago(0.05)) is None
    assert notice(window(4), last_success_at=ago(6)) is not None


def test_without_dates_an_outage_alone_tells() -> None:
    nothing: list[datetime | None] = [None] * 30
    assert notice(nothing, last_success_at=ago(0.05)) is None
    assert notice(nothing, newest=ago(9)) == (Gap(ago(9), NOW), 1)


def test_a_window_that_begins_at_once_leaves_none() -> None:
    assert notice([ago(-1)] * 6, newest=ago(0), last_success_at=ago(0)) is None  # all dated in a time to come
    assert notice([None] * 6, last_success_at=ago(-1)) is None  # the clock was set back


def test_a_date_in_a_time_to_come_does_not_hide_the_gap() -> None:
    gap, _ = notice(window(30), newest=ago(-3))
    assert gap.since == ago(6)


def test_a_quiet_source_was_watched_until_the_outage() -> None:
    gap, expected = notice([ago(1)], newest=ago(300))
    assert gap == Gap(ago(12), ago(1))
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


def test_what_is_unaccounted_for() -> None:
    assert gaps.unaccounted(30, GAP, None, 14, broken=False) == 0
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
