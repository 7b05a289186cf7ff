"""A database in use gets the table of the page's keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import NOW
from sqlalchemy import text

from monitor.model import WebKey, WebKeyKind
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0022_web_keys as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_stories_stay_and_browsers_can_log_in(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        connection.execute(text("INSERT INTO stories (id, created_at, updated_at, opened_by) VALUES (5, 1, 1, 3)"))
    engine.dispose()
    with opened(empty_url).begin() as tx:
        assert tx.story(5).opened_by == 3
        tx.add_web_key(WebKey(WebKeyKind.LINK, 7, "Ann", admin=True, made_at=NOW), "d")
        assert [key.name for key in tx.web_keys(NOW)] == ["Ann"]
