"""A database in use gets the tables of many processes, and keeps what it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import article
from sqlalchemy import text

from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0018_many_processes as version
from monitor.store.migrations.versions import v0024_pages_handed_over as pages
from monitor.store.sqlite_file import parse_url, sqlite_path

SOURCE = (
    "INSERT INTO sources (id, name, url, every, timezone, kind, active, stopped, next_poll_at, interval, failures, notes)"
    " VALUES (7, 'A', 'https://x.example/rss', 180, 'UTC', 'feed', true, false, 1, 180, 0, '[]')"
)
ENTRY = (
    "INSERT INTO entries (id, source_id, key, title, summary, digest, first_seen_at, last_seen_at, baseline, late,"
    " due_at, attempts, edits) VALUES (9, 7, 'k', 'T', '', 'd', 1, 1, false, false, 1, 0, 0)"
)
READING = (
    "INSERT INTO readings (entry_id, article, vector, baseline, read, faults) VALUES (9,"
    """ '{"url":null,"title":"T","text":"t","source":"A","language":"en"}', '', false, 1.0, 0)"""
)

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_entries_stay_and_can_be_handed_over(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        for statement in (SOURCE, ENTRY):
            connection.execute(text(statement))
    engine.dispose()
    store = opened(empty_url)
    with store.begin() as tx:
        assert tx.pending_entry(9) is not None
        tx.add_reading(9, article("a"), b"", baseline=False)
        assert [each.entry_id for each in tx.readings(9)] == [9]
        assert tx.queue_turns("poll", [(7, "A")], 60) == [7]
        assert tx.processes() == []


def test_an_article_that_waits_stays_and_has_no_page(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, pages.down_revision)
        for statement in (SOURCE, ENTRY, READING):
            connection.exec_driver_sql(statement)  # its JSON has colons, which `text` takes for parameters
    engine.dispose()
    store = opened(empty_url)
    with store.begin() as tx:
        (reading,) = tx.readings(9)
        assert reading.article is not None
        assert (reading.entry_id, reading.article.title, reading.page) == (9, "T", None)
        tx.add_reading(9, article("a"), b"", baseline=False, page=b"\x00page")
        assert tx.readings(9)[0].page == b"\x00page"
