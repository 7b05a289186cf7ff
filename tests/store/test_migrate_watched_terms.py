"""A database in use gets the table of terms in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import NOW
from sqlalchemy import text

from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0025_watched_terms as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_verdicts_stay_and_terms_begin_to_count(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        connection.execute(text("INSERT INTO stories (id, created_at, updated_at, opened_by) VALUES (5, 1, 1, 3)"))
    engine.dispose()
    with opened(empty_url).begin() as tx:
        assert tx.story(5).opened_by == 3
        assert tx.unmatched_terms(NOW) == []
        tx.sync_terms([("Arms", "missile")], NOW)
        assert [one.since for one in tx.unmatched_terms(NOW.replace(year=NOW.year + 1))] == [NOW]
