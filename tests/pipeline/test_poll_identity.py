"""What becomes of items that share a link, a guid or a text; and of floods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from doubles.clock import FixedClock
from doubles.feed_shapes import Item, rss
from doubles.pipeline_harness import FEED, OTHER, PipelineHarness, ok

from monitor.model import Delivery, MessageKind, State
from monitor.store import open_store

PAGE = "https://press.example/press"
PLACES = (
    "Sinuiju", "Wonsan", "Hamhung", "Chongjin", "Kaesong", "Nampo", "Sariwon", "Haeju", "Kanggye", "Hyesan",
    "Rason", "Sinpo", "Tanchon", "Kimchaek", "Anju", "Tokchon", "Kusong", "Huichon", "Songnim", "Munchon",
    "Pyongsong", "Sunchon", "Kaechon", "Hoeryong", "Manpo", "Samjiyon", "Musan", "Unsan", "Kumgang", "Panmun",
)  # fmt: skip
EVENTS = (
    "hospital treats farmers after a flood", "railway carries coal to the border", "school opens a new library",
    "shipyard launches a fishing trawler", "court fines a whisky trader", "orchestra plays for foreign guests",
)  # fmt: skip


def report(n: int, **changes: object) -> Item:
    """A report of North Korea that shares hardly a word with any other."""
    title = f"{PLACES[n]} {EVENTS[n % len(EVENTS)]}" if n < len(EVENTS) else f"{PLACES[n]} {PLACES[-n]}"
    words = " ".join("".join(chr(97 + (n * 7 + k * k + 3 * k * m) % 26) for m in range(5)) for k in range(2, 14))
    summary = f"North Korea: {words}."
    values: dict[str, object] = {"guid": f"g-{n}", "link": f"https://press.example/{n}", "title": title}
    return Item(**(values | {"summary": summary} | changes))  # type: ignore[arg-type]


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


def serve(desk: PipelineHarness, url: str, rows: Sequence[Item]) -> None:
    desk.fetcher.answers[url] = ok(url, rss(rows))
    for row in rows:
        if row.link:
            page = row.link.partition("#")[0]
            desk.fetcher.answers.setdefault(page, ok(page, "<html><body><p>nothing</p></body></html>"))
            desk.fetcher.answers[row.link] = desk.fetcher.answers[page]


async def turn(desk: PipelineHarness) -> None:
    """Poll, and read all that came."""
    desk.clock.pass_(180)
    await desk.poll()
    while await desk.read():
        pass


async def watch(desk: PipelineHarness, rows: Sequence[Item], *urls: str) -> None:
    desk.watch(*urls)
    for url in urls:
        serve(desk, url, rows)
    await turn(desk)
    assert desk.alerts() == []


def texts(rows: Sequence[Delivery]) -> set[str]:
    return {row.alert.headline for row in rows}


async def test_items_of_one_page_are_judged_by_their_own_texts(desk: PipelineHarness) -> None:
    room = [report(n, link=PAGE) for n in range(8)]
    await watch(desk, room[:3], FEED)
    assert desk.fetcher.count(PAGE) == 0, "the page of all items says nothing of one"
    serve(desk, FEED, room)
    await turn(desk)
    assert texts(desk.alerts()) == {str(item.title) for item in room[3:]}
    assert {row.alert.note for row in desk.alerts()} == {
        "from the feed's summary: the feed gives one page for several articles"
    }


async def test_one_title_with_other_texts_on_one_page(desk: PipelineHarness) -> None:
    room = [report(n, link=PAGE, title="News in brief", guid=None) for n in range(8)]
    await watch(desk, room[:3], FEED)
    serve(desk, FEED, room)
    await turn(desk)
    assert len(desk.alerts()) == 5
    assert {row.alert.url for row in desk.alerts()} == {PAGE}


async def test_a_live_page_whose_posts_come_one_by_one(desk: PipelineHarness) -> None:
    posts = [report(n, link=f"{PAGE}#post_{n}", guid=f"{PAGE}#post_{n}") for n in range(4)]
    await watch(desk, [report(9)], FEED)
    for post in posts:
        serve(desk, FEED, [post])
        await turn(desk)
    assert texts(desk.alerts()) == {str(post.title) for post in posts}


async def test_guid_and_link_that_say_nothing(desk: PipelineHarness) -> None:
    room = [report(n, link="N/A", guid="N/A") for n in range(6)]
    await watch(desk, room[:3], FEED)
    serve(desk, FEED, room)
    await turn(desk)
    assert texts(desk.alerts()) == {str(item.title) for item in room[3:]}


async def test_one_guid_for_all_does_not_make_one_story(desk: PipelineHarness) -> None:
    room = [report(n, guid="feed-7") for n in range(6)]
    await watch(desk, room[:3], FEED)
    serve(desk, FEED, room)
    await turn(desk)
    assert texts(desk.alerts()) == {str(item.title) for item in room[3:]}


async def test_what_was_taken_for_tracking_leads_to_pages_of_their_own(desk: PipelineHarness) -> None:
    room = [report(n, guid=None, link=f"https://press.example/s?cmp={n}") for n in range(6)]
    await watch(desk, room[:3], FEED)
    serve(desk, FEED, room)
    await turn(desk)
    assert len(desk.alerts()) == 3
    assert all(desk.fetcher.count(str(item.link)) == 1 for item in room)


async def test_one_article_in_two_feeds_is_one_and_two_titles_of_one_link_are_two(desk: PipelineHarness) -> None:
    await watch(desk, [report(9)], FEED, OTHER)
    one, two = report(1, link=PAGE), report(2, link=PAGE)
    serve(desk, FEED, [one, report(9)])
    serve(desk, OTHER, [replace(one, guid="elsewhere", summary="Cut short …"), report(9)])
    await turn(desk)
    assert texts(desk.alerts()) == {str(one.title)}
    serve(desk, OTHER, [two, replace(one, guid="elsewhere", summary="Cut short …"), report(9)])
    await turn(desk)
    assert texts(desk.alerts()) == {str(one.title), str(two.title)}
    serve(desk, FEED, [replace(two, guid="here"), one, report(9)])
    await turn(desk)
    assert len(desk.alerts()) == 2, "both feeds have both"


ALERT = {"title": "Air raid alert in North Korea", "summary": None}
DAY = datetime(2023, 3, 1, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("links", "guids", "dates"),
    [
        ("https://press.example/", "g-{n}", True),
        ("https://press.example/", "g-{n}", False),
        (PAGE, "g-{n}", True),
        (PAGE, "g-{n}", False),
        (PAGE, None, True),
        ("https://press.example/#/news/{n}", None, True),
        ("https://press.example/s?cmp={n}", "N/A", True),
    ],
)
async def test_one_title_that_comes_again_is_an_article_each_time(
    desk: PipelineHarness, links: str, guids: str | None, *, dates: bool
) -> None:
    alerts = [
        report(
            n,
            link=links.format(n=n),
            guid=guids and guids.format(n=n),
            published=DAY + timedelta(hours=n) if dates else None,
            **ALERT,
        )
        for n in range(6)
    ]
    await watch(desk, alerts[:3], FEED)
    for n in range(3, 6):
        serve(desk, FEED, alerts[: n + 1])
        await turn(desk)
    with desk.store.begin() as tx:
        assert len(tx.articles(range(1, 9))) == 6


async def test_the_first_page_of_a_site_is_nobodys(desk: PipelineHarness) -> None:
    home = "https://press.example/"
    await watch(desk, [report(9)], FEED)
    serve(desk, FEED, [report(1, link=home), report(9)])
    await turn(desk)
    assert desk.fetcher.count(home) == 0
    assert texts(desk.alerts()) == {str(report(1).title)}


async def test_two_feeds_whose_links_differ_in_what_is_stripped_and_whose_titles_differ(desk: PipelineHarness) -> None:
    await watch(desk, [report(9)], FEED, OTHER)
    here = [report(n, link=f"https://press.example/s?cmp={n}") for n in (0, 1)]
    there = [report(n, link=f"https://press.example/s?cmp={n - 2}") for n in (2, 3)]
    serve(desk, FEED, here)
    serve(desk, OTHER, there)
    await turn(desk)
    assert texts(desk.alerts()) == {str(item.title) for item in (*here, *there)}


async def test_an_edit_of_an_item_on_a_shared_page_edits_its_article(desk: PipelineHarness) -> None:
    room = [report(n, link=PAGE) for n in range(4)]
    await watch(desk, room[:2], FEED)
    serve(desk, FEED, room)
    await turn(desk)
    edited = replace(room[3], summary=f"{room[3].summary} The ministry has confirmed it.")
    serve(desk, FEED, [*room[:3], edited])
    await turn(desk)
    assert len(desk.alerts()) == 2
    with desk.store.begin() as tx:
        assert sum(len(tx.story(number).members) for number in (1, 2, 3, 4)) == 4


# --------------------------------------------------------------------------- floods


def moved(item: Item) -> Item:
    return replace(item, guid=f"new-{item.guid}", link=str(item.link).replace("press", "site"))


async def test_a_site_that_moves_is_silent(desk: PipelineHarness) -> None:
    site = [report(n) for n in range(30)]
    await watch(desk, site[:29], FEED)
    serve(desk, FEED, site)
    await turn(desk)
    assert texts(desk.alerts()) == {str(site[29].title)}
    asked = len(desk.fetcher.asked)
    serve(desk, FEED, [moved(item) for item in site])
    await turn(desk)
    assert len(desk.fetcher.asked) == asked + 1, "the feed alone"
    assert len(desk.alerts()) == 1
    serve(desk, FEED, [replace(moved(site[3]), summary="North Korea: another text."), *map(moved, site[4:])])
    await turn(desk)
    assert len(desk.alerts()) == 1, "known by its new guid, and edited"


def retitled(n: int) -> Item:
    return moved(report(n, title=f"{PLACES[n]} in short", summary=f"North Korea's {PLACES[n]}: entry {n * 31 + 5}."))


async def test_a_flood_is_one_digest_at_once_and_nothing_is_lost(desk: PipelineHarness) -> None:
    await watch(desk, [report(n) for n in range(25)], FEED)
    serve(desk, FEED, [retitled(n) for n in range(25)])
    await turn(desk)
    held = desk.alerts()
    assert {row.state for row in held} == {State.HELD}
    await desk.housekeeping.tick()
    digests = [row for row in desk.rows() if row.alert.kind is MessageKind.DIGEST]
    assert len(digests) == 1
    assert digests[0].alert.headline.endswith("alerts in a flood")
    assert digests[0].state is State.READY
    assert {item.headline for item in digests[0].alert.items} == texts(held)
    assert all(row.in_digest == digests[0].id for row in desk.alerts())
    next_one = report(29, title="Tunnel diggers honoured", summary="North Korea decorated men who dug a tunnel.")
    serve(desk, FEED, [next_one, *(retitled(n) for n in range(25))])
    await turn(desk)
    assert [row.alert.headline for row in desk.alerts() if row.state is State.READY] == [next_one.title]


async def test_a_flood_waits_until_all_of_it_is_judged(desk: PipelineHarness) -> None:
    await watch(desk, [report(n) for n in range(25)], FEED)
    serve(desk, FEED, [retitled(n) for n in range(25)])
    desk.clock.pass_(180)
    await desk.poll()
    with desk.store.begin() as tx:
        due = tx.due_entries(desk.clock.now(), 100)
    for entry in due[:10]:
        await desk.reader.read(entry.id)
    await desk.housekeeping.tick()
    assert not [row for row in desk.rows() if row.alert.kind is MessageKind.DIGEST]


async def test_a_young_source_has_no_floods(desk: PipelineHarness) -> None:
    await watch(desk, [report(0)], FEED)
    serve(desk, FEED, [report(n) for n in range(25)])
    await turn(desk)
    assert {row.state for row in desk.alerts()} == {State.READY}


async def test_a_refilled_gap_is_no_flood(desk: PipelineHarness) -> None:
    await watch(desk, [report(n) for n in range(12)], FEED)
    serve(desk, FEED, [retitled(n) for n in range(30)])
    parse = desk.poller._types["feed"].parse

    def refilled(*given: object) -> object:
        feed = parse(*given)  # type: ignore[arg-type]
        return replace(feed, entries=tuple(replace(entry, refilled=True) for entry in feed.entries))

    desk.poller._types["feed"].parse = refilled  # type: ignore[method-assign, assignment]
    await turn(desk)
    assert desk.alerts()
    assert {row.state for row in desk.alerts()} == {State.READY}
