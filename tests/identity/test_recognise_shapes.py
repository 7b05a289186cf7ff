"""Feeds of every shape in every format: n items that a person tells apart are n entries, and stay them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from doubles.feed_shapes import (
    FORMATS,
    KINDS,
    SHAPES,
    SITE,
    SUMMARIES,
    TITLES,
    Item,
    any_shape,
    is_told_apart,
    items,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.model import PollRecord, Source
from monitor.ports import Response
from monitor.sources.feed import FeedSource
from monitor.store import Database, open_store

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
_COUNT = itertools.count()
SOURCE = Source("Press", "https://press.example/feed")


class Desk:
    """A new source whose bodies are parsed and recorded as a poll does it."""

    def __init__(self, store: Database, render: str) -> None:
        self.store = store
        self.render = FORMATS[render]
        with store.begin() as tx:
            tx.sync_sources([replace(SOURCE, name=f"Press {next(_COUNT)}")], NOW)
            self.source_id = tx.source_states()[0].id

    def poll(self, rows: list[Item]) -> tuple[int, int]:
        """Return how many entries were new, and how many edited."""
        body = self.render(rows).encode()
        feed = FeedSource().parse(SOURCE, Response(SOURCE.url, 200, (), body), NOW)
        with self.store.begin() as tx:
            found = tx.recognise(self.source_id, feed.entries)
            new = tx.record_poll(PollRecord(self.source_id, NOW, NOW + timedelta(hours=1), 60.0, 0, body=found))
        return new, len(found.news) - new


@pytest.fixture(scope="module")
def store() -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=lambda: NOW)
    yield opened
    opened.close()


def shuffled(numbers: list[int], seed: object) -> list[int]:
    return random.Random(repr(seed)).sample(numbers, len(numbers))


@pytest.mark.parametrize("render", FORMATS)
@pytest.mark.parametrize("name", SHAPES)
def test_every_item_is_an_entry_once(store: Database, name: str, render: str) -> None:
    desk = Desk(store, render)
    ten = list(range(10))
    assert desk.poll(items(name, ten, 0)) == (10, 0)
    assert desk.poll(items(name, ten, 1))[0] == 0, "made anew"
    assert desk.poll(items(name, shuffled(ten, name), 2)) == (0, 0), "in another order"
    assert desk.poll(items(name, shuffled([1, 4, 5, 8], name), 3)) == (0, 0), "some of them"
    assert desk.poll(items(name, [11, 10, *ten[4:]], 4)) == (2, 0), "two new ones"
    assert desk.poll(items(name, [12], 5)) == (1, 0), "a window of one"
    assert desk.poll(items(name, [13], 6)) == (1, 0), "the next one"
    assert desk.poll(items(name, [13], 7)) == (0, 0), "the same one"
    assert desk.poll(items(name, shuffled(list(range(14)), name), 8)) == (0, 0), "all that ever was"
    assert desk.poll(items(name, [17, 16, 15, 14, 13], 9)) == (4, 0), "four new ones"


def _noise(*seed: object) -> str:
    return f"{random.Random(repr(seed)).getrandbits(64):016x}"


def _item(n: int, **changes: object) -> Item:
    values: dict[str, object] = {
        "guid": f"g-{n}",
        "link": f"{SITE}/news/{n}",
        "title": TITLES[n],
        "summary": SUMMARIES[n],
        "published": datetime(2026, 3, 1, 6, 1, tzinfo=UTC) + timedelta(hours=5 * n),
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


ALERT = {"title": "Air raid alert", "summary": None}
BRIEFING = {"title": "Morning briefing", "summary": "All that matters today."}
BARE = {"guid": None, "link": None}
PAGE = SITE + "/page"

# Items of which each is told once, though they repeat a title, or are made anew at every build; by number, build and
# whether the site has moved.
TOLD: dict[str, Callable[[int, int, bool], Item]] = {
    "alerts by their dates": lambda n, *_: _item(n, **BARE, **ALERT),
    "alerts by their dates, one page": lambda n, *_: _item(n, guid=None, link=PAGE, **ALERT),
    "alert and all-clear": lambda n, *_: _item(
        n, guid=None, link=PAGE, title=("Air raid alert", "All clear")[n % 2], summary=None
    ),
    "briefings": lambda n, *_: _item(n, **BRIEFING),
    "briefings, all renewed": lambda n, build, _: _item(
        n, guid=_noise(n, build), link=f"{SITE}/{_noise(n, build, 'l')}", **BRIEFING
    ),
    "briefings, guids renewed, one page": lambda n, build, _: _item(n, guid=_noise(n, build), link=PAGE, **BRIEFING),
    "briefings of a site that moves": lambda n, _, moved: _item(
        n, guid=f"{moved}-{n}", link=f"{SITE}/{moved}/{n}", **BRIEFING
    ),
    "a site that moves and cuts its texts": lambda n, _, moved: _item(
        n, guid=f"{moved}-{n}", link=f"{SITE}/{moved}/{n}", summary=SUMMARIES[n][: 40 if moved else None]
    ),
    "a site that moves and has no texts": lambda n, _, moved: _item(
        n, guid=f"{moved}-{n}", link=f"{SITE}/{moved}/{n}", summary=None if moved else SUMMARIES[n]
    ),
    "views are counted": lambda n, build, _: _item(
        n, guid=_noise(n, build), link=None, summary=f"{SUMMARIES[n]} {17 * build + n} views"
    ),
    "views are counted, one page": lambda n, build, _: _item(
        n, guid=_noise(n, build), link=PAGE, summary=f"{SUMMARIES[n]} {17 * build + n} views"
    ),
    "the slug follows the title": lambda n, _, moved: _item(
        n,
        guid=f"{SITE}/{n}{'-more' * moved}",
        link=f"{SITE}/{n}{'-more' * moved}",
        title=TITLES[n] + " once more" * moved,
    ),
    "dates of the build": lambda n, build, _: _item(n, **BARE, published=NOW - timedelta(hours=9 - build)),
}


@pytest.mark.parametrize("render", FORMATS)
@pytest.mark.parametrize("name", TOLD)
def test_what_is_repeated_or_renewed_is_an_entry_once(store: Database, name: str, render: str) -> None:
    make, desk = TOLD[name], Desk(store, render)
    counts = []
    for build in range(6):
        rows = [make(n, build, build > 2) for n in range(build + 3, build - 1, -1)]
        counts.append((desk.poll(rows)[0], desk.poll(rows)))
    assert counts == [(4, (0, 0)), *5 * [(1, (0, 0))]]


ALONE: dict[str, Callable[[int], Item]] = {
    "all of one guid and page": lambda n: _item(n, guid="photo", link=PAGE),
    "all of one guid and page, no dates": lambda n: _item(n, guid="photo", link=PAGE, published=None),
    "one title and page": lambda n: _item(n, guid=None, link=PAGE, title="Market close"),
    "guids of the day": lambda n: _item(n, guid=f"{n // 2}", link=PAGE),
    "one text and page": lambda n: _item(n, link=PAGE, **ALERT),
    "alert and all-clear": lambda n: _item(n, **BARE, title=("Air raid alert", "All clear")[n % 2], summary=None),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_feed_of_one_item(store: Database, name: str) -> None:
    desk = Desk(store, "rss")
    rows = [[ALONE[name](n)] for n in range(2 if name == "alert and all-clear" else 6)]
    assert [(desk.poll(row)[0], desk.poll(row)[0]) for row in rows] == [(1, 0)] * len(rows)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_items_that_a_person_tells_apart_are_entries(store: Database, data: st.DataObject) -> None:
    kinds = data.draw(st.fixed_dictionaries({name: st.sampled_from(sorted(KINDS[name])) for name in KINDS}))
    assume(is_told_apart(kinds))
    shape, desk = any_shape(kinds), Desk(store, data.draw(st.sampled_from(sorted(FORMATS))))
    seen: set[int] = set()
    first = data.draw(st.lists(st.integers(0, 9), min_size=4, unique=True))
    for build in range(5):
        numbers = first if build < 2 else data.draw(st.lists(st.integers(0, len(TITLES) - 1), min_size=1, unique=True))
        new, edited = desk.poll([shape(n, build) for n in numbers])
        assert (new, edited) == (len(set(numbers) - seen), 0), (kinds, build, numbers, seen)
        seen |= set(numbers)


EDITS = {
    "title": lambda item: replace(item, title=f"{item.title}, says the minister"),
    "summary": lambda item: replace(item, summary="Corrected: the first report was wrong in every detail."),
    "link": lambda item: replace(item, link="https://press.example/moved/here"),
    "guid": lambda item: replace(item, guid="another-guid"),
}
PLAIN = ("sane", "links alone", "guids alone", "one guid, links", "random guids", "campaigns of the build")
# In these the edit takes away what alone told the item apart, or the field is not there.
NO_EDIT = {("links alone", "link"), ("guids alone", "link"), ("links alone", "guid"), ("guids alone", "guid")}


@pytest.mark.parametrize("render", FORMATS)
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", PLAIN)
def test_an_edit_of_one_field_is_no_new_entry(store: Database, name: str, edit: str, render: str) -> None:
    if (name, edit) in NO_EDIT:
        return
    desk = Desk(store, render)
    assert desk.poll(items(name, range(10), 0))[0] == 10
    rows = items(name, range(10), 1)
    rows[4] = EDITS[edit](rows[4])
    silent = edit == "guid" or (edit == "link" and name in {"one guid, links", "random guids"})
    assert desk.poll(rows) == (0, int(not silent)), "what says the same under another link is no news"
    assert desk.poll(rows[::-1]) == (0, 0)
