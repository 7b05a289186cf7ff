"""A database in use gets a log of its sources' last polls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import NOW, record, source
from sqlalchemy import text

from monitor.polling import logged, runs
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0028_last_polls as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_sources_stay_and_their_polls_are_kept_from_now_on(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        columns = "id, name, url, every, language, timezone, kind, active, stopped, announced, interval, failures,"
        columns += " notes, next_poll_at"
        connection.execute(
            text(
                f"INSERT INTO sources ({columns}) VALUES"  # noqa: S608 — ours
                " (3, 'Ukrinform', 'https://ukrinform.example/rss', 180, 'uk', 'UTC', 'rss', true, false, false, 180, 0, '[]', 1)"
            )
        )
    engine.dispose()
    with opened(empty_url).begin() as tx:
        (state,) = tx.source_states()
        assert (state.id, state.source.name, state.polls) == (3, source().name, "")
        tx.record_poll(record(3, polls=logged(state.polls, NOW, entries=4)))
        assert [run.entries for run in runs(tx.source_states()[0].polls)] == [4]
