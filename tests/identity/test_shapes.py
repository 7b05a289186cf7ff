"""Feeds of every shape in every format: n items that a person tells apart are n entries, and stay them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from doubles.shapes import FORMATS, KINDS, SHAPES, TITLES, Item, any_shape, is_told_apart, items
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.model import Source
from monitor.ports import PollRecord, Response
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
            fresh = tx.unseen_entries(self.source_id, feed.entries)
            new = tx.record_poll(
                PollRecord(self.source_id, NOW, NOW + timedelta(hours=1), 60.0, 0, entries=tuple(fresh))
            )
        return new, len(fresh) - new


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
