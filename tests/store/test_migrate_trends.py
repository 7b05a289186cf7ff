"""A database in use gets the tables of trends; its articles are counted afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from monitor.model import Fact
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0020_trends as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")

ARTICLE = (
    "INSERT INTO articles (id, key, title, text, source, language, zones, seen_at, revisions)"
    " VALUES (7, 'k', 'T', 'Text', 'S', 'en', '[]', 1, 0)"
)


def test_articles_stay_and_wait_to_be_counted(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        connection.execute(text(ARTICLE))
    engine.dispose()
    with opened(empty_url).begin() as tx:
        assert [each.title for each in tx.articles([7])] == ["T"]
        assert tx.uncounted_ids(100, 9) == [7]
        assert tx.trend_subjects() == []
        assert tx.get(Fact.TRENDS_COUNTED) is None
