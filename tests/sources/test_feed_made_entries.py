"""Entries that a process has made already are looked up, and say the same as if they were made anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Entry, ParsedFeed, Source
from monitor.ports import Response
from monitor.sources import feed
from monitor.sources.raw import RawEntry

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SOURCE = Source("Wire", "https://a.org/rss", timezone="Europe/Kyiv")


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[RawEntry]:
    """Return the items of which entries are made, one after the other."""
    keep, found = feed.MadeEntries.keep, list[RawEntry]()

    def noted(self: feed.MadeEntries, name: tuple[object, RawEntry], entry: Entry) -> None:
        found.append(name[1])
        keep(self, name, entry)

    monkeypatch.setattr(feed, "_MADE", feed.MadeEntries())
    monkeypatch.setattr(feed.MadeEntries, "keep", noted)
    return found


def read(*titles: str, source: Source = SOURCE, now: datetime = NOW, date: str = "2026-03-02 07:00") -> ParsedFeed:
    items = [
        f"<item><title>{title}</title><link>https://a.org/{number}</link><guid>{number}</guid><pubDate>{date}</pubDate>"
        "</item>"
        for number, title in reversed(list(enumerate(titles)))
    ]
    body = f"<rss version='2.0'><channel><title>Wire</title>{''.join(items)}</channel></rss>".encode()
    raw = feed._read(Response(source.url, 200, (), body), [])
    return feed._feed(raw, source, source.url, now, [])


def test_of_a_feed_with_one_new_item_one_entry_is_made(made: list[RawEntry]) -> None:
    before = read("one", "two")
    assert [item.title for item in made] == ["two", "one"]
    after = read("one", "two", "three")
    assert [item.title for item in made] == ["two", "one", "three"]
    assert after.entries[1:] == before.entries


def test_an_edited_item_is_made_anew(made: list[RawEntry]) -> None:
    read("one", "two")
    assert [entry.title for entry in read("one", "edited").entries] == ["edited", "one"]
    assert len(made) == 3


def test_an_entry_is_of_its_source(made: list[RawEntry]) -> None:
    kyiv = read("one").entries[0]
    other = read("one", source=Source("Wire", SOURCE.url, timezone="Asia/Seoul")).entries[0]
    assert len(made) == 2
    assert kyiv.published == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    assert other.published == datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


def test_a_date_that_lay_ahead_counts_once_it_has_come(made: list[RawEntry]) -> None:
    early = read("one", now=NOW - timedelta(hours=2)).entries[0]
    late = read("one", now=NOW).entries[0]
    assert (early.published, late.published) == (None, NOW - timedelta(hours=1))
    assert read("one", now=NOW - timedelta(hours=2)).entries[0] == early
    assert len(made) == 1


def test_only_the_latest_are_kept() -> None:
    known = feed.MadeEntries(most=2, characters=100)
    entries = {text: Entry(text, None, None, text) for text in "abc"}
    for text in "ab":
        known.keep(("", RawEntry(title=text)), entries[text])
    assert known.get(("", RawEntry(title="a"))) is entries["a"]
    known.keep(("", RawEntry(title="c")), entries["c"])
    found = {text for text in "abc" if known.get(("", RawEntry(title=text)))}
    assert found == {"a", "c"}


def test_no_more_than_so_many_characters_are_kept() -> None:
    known = feed.MadeEntries(most=100, characters=100)
    entry = Entry("k", None, None, "t")
    for number in range(20):
        known.keep(("", RawEntry(title=f"{number:010}")), entry)
        known.keep(("", RawEntry(title=f"{number:010}")), entry)
    known.keep(("", RawEntry(title="x" * 11)), entry)
    kept = [number for number in range(20) if known.get(("", RawEntry(title=f"{number:010}")))]
    assert kept == list(range(10, 20))
    assert known.get(("", RawEntry(title="x" * 11))) is None
