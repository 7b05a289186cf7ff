"""A database in use gets the table of subscriptions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import NOW
from sqlalchemy import text

from monitor.model import Hub
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0016_subscriptions as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_sources_stay_and_can_follow_a_hub(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        connection.execute(
            text(
                "INSERT INTO sources (name, url, every, timezone, kind, active, stopped, next_poll_at, interval,"
                " failures, notes) VALUES ('A', 'https://x.example/rss', 180, 'UTC', 'feed', true, false, 1, 180, 0, '[]')"
            )
        )
    engine.dispose()
    store = opened(empty_url)
    with store.begin() as tx:
        (state,) = tx.source_states()
        assert state.source.name == "A"
        tx.follow_hub(state.id, Hub("https://hub.example/", "https://x.example/rss"), NOW)
        assert [row.source_id for row in tx.subscriptions()] == [state.id]
