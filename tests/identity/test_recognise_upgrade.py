"""A database from before entries were recognised by several fields: nothing of it is news after the upgrade."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from doubles.feed_shapes import FORMATS, items
from sqlalchemy import text

from monitor.model import PollRecord, Source
from monitor.ports import Response
from monitor.sources.feed import FeedSource
from monitor.store import migrate, open_store
from monitor.store.engine import make_engine
from monitor.store.sqlite_file import parse_url, sqlite_path

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SOURCE = Source("Press", "https://press.example/feed")
MICROSECONDS = 1_000_000
BEFORE = "0007"
INSERT = """
INSERT INTO entries (source_id, key, guid, link, title, summary, published, digest, first_seen_at, last_seen_at, baseline,
 late, attempts, edits, faults) VALUES (1, :key, :guid, :link, :title, :summary, :published, :digest, :at, :at, :old, false,
 0, 0, 0)
"""


def stamp(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * MICROSECONDS)


def parsed(name: str, numbers: list[int], build: int) -> list[dict[str, object]]:
    body = FORMATS["rss"](items(name, numbers, build)).encode()
    feed = FeedSource().parse(SOURCE, Response(SOURCE.url, 200, (), body), NOW)
    return [asdict(entry) | {"published": stamp(entry.published)} for entry in feed.entries]


def fill(url: str, name: str, seen: datetime) -> None:
    engine = make_engine(parse_url(url), sqlite_path(parse_url(url)), read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, BEFORE)
        connection.execute(
            text(
                "INSERT INTO sources (id, name, url, every, timezone, kind, active, stopped, next_poll_at, interval,"
                " failures, notes, baseline_at, last_read_at) VALUES (1, 'Press', 'https://press.example/feed', 180,"
                " 'UTC', 'feed', true, false, 1, 180, 0, '[]', 1, :read)"
            ),
            {"read": stamp(NOW)},
        )
        keys: set[object] = set()
        for number, row in enumerate(parsed(name, list(range(10)), 0)):
            if row["key"] not in keys:  # as it was: one entry a key
                connection.execute(text(INSERT), row | {"at": stamp(seen), "old": number < 4})
            keys.add(row["key"])
    engine.dispose()


def poll(url: str, name: str, build: int) -> int:
    store = open_store(url, clock_now=lambda: NOW)
    body = FORMATS["rss"](items(name, range(9, -1, -1), build)).encode()
    feed = FeedSource().parse(SOURCE, Response(SOURCE.url, 200, (), body), NOW)
    with store.begin() as tx:
        found = tx.recognise(1, feed.entries)
        new = tx.record_poll(PollRecord(1, NOW, NOW + timedelta(hours=1), 60.0, 0, body=found))
        assert len(found.news) == new, "nothing is edited"
    with store._engine.connect() as connection:
        assert connection.execute(text("SELECT busiest FROM sources")).scalar() in (6, 9, None)
    store.close()
    return new


TOLD_APART = ("sane", "links alone", "guids alone", "titles alone", "one guid, links", "campaigns of the build")
RENEWED = ("random guids", "random guids and links", "a stamp for each item", "session in the link")


@pytest.mark.parametrize("name", TOLD_APART + RENEWED)
def test_what_a_feed_shows_still_is_known(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    fill(url, name, NOW - timedelta(days=1))
    assert poll(url, name, 1) == 0
    assert poll(url, name, 2) == 0


@pytest.mark.parametrize("name", TOLD_APART)
def test_what_left_its_feed_long_ago_is_known_by_its_key(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    fill(url, name, NOW - timedelta(days=90))
    assert poll(url, name, 0 if "build" in name else 1) == 0


@pytest.mark.parametrize("name", ["N/A", "descriptions alone", "one title", "hash-bang links"])
def test_what_was_hidden_before_is_seen_and_what_was_seen_is_known(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    fill(url, name, NOW - timedelta(days=1))
    assert poll(url, name, 1) == 9
    assert poll(url, name, 2) == 0
