"""A database in use gets the index for searches; its articles are found while it grows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import article
from sqlalchemy import text

from monitor.store import Database, migrate
from monitor.store.archive import IndexedUntil
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0019_search_index as version
from monitor.store.sqlite_file import parse_url, sqlite_path
from monitor.watch.plan import Word

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_articles_stay_and_are_indexed_later(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        for number in (1, 2, 3):
            connection.execute(
                text(
                    "INSERT INTO articles (key, title, text, source, language, zones, seen_at, revisions)"
                    " VALUES (:key, 'T', 'missile', 'S', 'en', '[]', 1, 0)"
                ),
                {"key": f"k{number}"},
            )
    engine.dispose()
    store = opened(empty_url)
    with store.begin() as tx:
        assert not tx.index_state().usable
        assert tx.indexed_until() == IndexedUntil(whole=False, since=None, left=3)
        new = tx.add_article(article("new", text="missile"))
        assert tx.begin_index()
        assert [tx.extend_index(2), tx.extend_index(2), tx.extend_index(2)] == [2, 2, 0]
        assert tx.candidate_ids(Word("missile"), 0, 99, 9) == [new, 3, 2, 1]
