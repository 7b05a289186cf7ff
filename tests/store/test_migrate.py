"""The migrations make the schema, and refuse what they do not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from doubles.store_samples import NOW, add, article, entry, record, source
from sqlalchemy import Connection, text

from monitor.errors import StoreError
from monitor.model import JoinReason, JoinRule, Relation, Relocation
from monitor.store import Database, migrate, open_store, schema
from monitor.store.engine import make_engine
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")

Opened = Callable[..., Database]


def revisions() -> list[str]:
    """All revisions, the oldest first."""
    scripts = ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions()
    return [script.revision for script in reversed(list(scripts))]


def test_the_newest_migration_is_the_programs() -> None:
    assert revisions()[-1] == schema.HEAD
    assert ScriptDirectory(str(migrate.MIGRATIONS)).get_heads() == [schema.HEAD]  # one line, no branches


def test_the_migrations_make_the_schema(empty_url: str, opened: Opened) -> None:
    store = opened(empty_url)
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []


def populate(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_sources([source("A")], NOW)
        (state,) = tx.source_states()
        tx.record_poll(record(state.id, entry("k")))
        story, article_id = tx.create_story(NOW), tx.add_article(article())
        tx.join_story(story, article_id, Relation.FIRST, (), NOW)
        add(tx, "a", story_id=story)


@pytest.mark.parametrize("revision", revisions())
def test_a_populated_database_of_each_version_is_upgraded(
    revision: str, empty_url: str, opened: Opened, filled_at: Callable[[str, str], None]
) -> None:
    filled_at(empty_url, revision)
    store = opened(empty_url)
    with store.begin() as tx:
        assert [one.dedupe for one in tx.deliveries()] == ["alert:1"]
        (state,) = tx.source_states()
        assert (state.source.name, state.source.every) == ("Yonhap", None)
        assert state.relocation == Relocation()
        assert state.source.sitemap == (() if revision < "0015" else ("https://y.example/news.xml",))
        assert len(tx.gap_states()) == (revision >= "0015")
        assert tx.due_refills(NOW, 9) == []
        assert [pending.entry.key for pending in tx.due_entries(NOW, 9)] == ["k1"]
        assert [member.title for member in tx.story(1).members] == ["Title"]
        reasons = [member.reason for member in tx.story(1).members]
        assert reasons == [None if revision < "0005" else JoinReason(JoinRule.OPENED, 1)]
        assert tx.story(1).muted
        (live,) = tx.live_articles(tx.live_ids(datetime(1970, 1, 1, tzinfo=UTC)))
        assert (live.id, live.story_id, live.kept is None) == (1, 1, revision < "0004")
    populate(store)


# What a database held at each revision, in the words of that revision: never changed once it is released.
ROWS = {
    "0001": [
        (
            "INSERT INTO sources (id, name, url, every, timezone, kind, active, stopped, next_poll_at, interval, failures,"
            " notes) VALUES (1, 'Yonhap', 'https://y.example/rss', 180, 'UTC', 'feed', true, false, 1, 180, 0, '[]')"
        ),
        (
            "INSERT INTO articles (id, key, title, text, source, language, zones, seen_at, revisions)"
            " VALUES (1, 'a1', 'Title', 'Text', 'Yonhap', 'en', '[]', 1, 0)"
        ),
        (
            "INSERT INTO entries (id, source_id, key, title, summary, digest, first_seen_at, last_seen_at, baseline, late,"
            " due_at, attempts, edits) VALUES (1, 1, 'k1', 'Title', '', 'd', 1, 1, false, false, 1, 0, 0)"
        ),
        "INSERT INTO stories (id, created_at, updated_at, muted) VALUES (1, 1, 1, true)",
        "INSERT INTO story_members (story_id, article_id, relation, cites, joined_at) VALUES (1, 1, 'first', '[]', 1)",
        (
            "INSERT INTO outbox (id, channel, dedupe, alert, state, story_id, revision, claimed_revision, sent_revision,"
            """ attempts, due_at, created_at, repaired, edits) VALUES (1, 'desk', 'alert:1', '{"kind": "alert","""
            """ "headline": "Title"}', 'ready', 1, 1, 0, 0, 0, 1, 1, false, 0)"""
        ),
    ]
}
ROWS["0002"] = [
    "INSERT INTO stories (id, created_at, updated_at) VALUES (1, 1, 1)",
    *(statement for statement in ROWS["0001"] if "INTO stories" not in statement),
    "INSERT INTO updates (update_id, body, received_at, attempts) VALUES (7, '{}', 1, 0)",
    "INSERT INTO feedback (delivery_id, user_id, useful, watchlist, at) VALUES (1, 77, true, 'Arms', 1)",
    "INSERT INTO mutes (kind, key, by_user, at) VALUES ('story', '1', 77, 1)",
]
ROWS["0003"] = [
    *ROWS["0002"],
    (
        "INSERT INTO entries (id, source_id, key, title, summary, digest, first_seen_at, last_seen_at, baseline, late,"
        " attempts, edits, error, faults, fault, faulted_at)"
        " VALUES (9, 1, 'k2', 'Title', '', 'd', 1, 1, false, false, 0, 0, 'KeyError', 6, 'KeyError', 5)"
    ),
]
ROWS["0004"] = [
    *ROWS["0003"],
    "INSERT INTO article_features (article_id, version, entities, kept_at, kept) VALUES (1, 1, 'c', 1, '')",
]
ROWS["0005"] = [
    *(statement for statement in ROWS["0004"] if "INTO story_members" not in statement),
    (
        "INSERT INTO story_members (story_id, article_id, relation, cites, joined_at, rule, of_article, score, shared)"
        " VALUES (1, 1, 'first', '[]', 1, 'opened', 1, 1.0, '[]')"
    ),
]
ROWS["0006"] = [
    *ROWS["0005"],
    "INSERT INTO clock (id, at, mono, boot, ahead, agreed) VALUES (1, 1, 1.5, 'boot', 0, 0)",
]
ROWS["0007"] = [
    *ROWS["0006"],
    "UPDATE stories SET opened_by = 1",
    "INSERT INTO writer (id, epoch) VALUES (1, 7)",
]
ROWS["0009"] = [
    *ROWS["0007"],
    "INSERT INTO daemon (id, instance, pid, host, mono, ok, web) VALUES (1, 'a', 17, 'desk', 1.5, true, '')",
]
ROWS["0011"] = [
    *ROWS["0009"],
    "INSERT INTO lanes (name, without_topic, used_at, claimed_row, look_row) VALUES ('hook', false, 1, 1, 1)",
    "INSERT INTO channels (name, used_at, lane) VALUES ('desk', 1, 'hook')",
    "INSERT INTO message_ids (numbering, message_id, seen_at) VALUES ('anywhere', 1, 1)",
]
ROWS["0012"] = [
    *(statement.replace("without_topic, ", "").replace("'hook', false", "'hook'") for statement in ROWS["0011"]),
    "UPDATE outbox SET message_id = 5, message_sent_at = 1",
    "INSERT INTO recent_alerts (channel, at) VALUES ('desk', 1)",
    "INSERT INTO cooldowns (channel, watchlist, at) VALUES ('desk', 'Arms', 1)",
    (
        "INSERT INTO incidents (kind, subject, version, line, urgent, since, told)"
        " VALUES ('source', 'Yonhap', '', 'Yonhap: no answer', false, 1, 1)"
    ),
    "INSERT INTO incident_kinds (kind, announced) VALUES ('source', 1)",
]
ROWS["0013"] = [*ROWS["0012"], "UPDATE sources SET every = NULL, ttl = 60, skip_days = 96, poll_reason = 'ttl'"]
ROWS["0015"] = [
    *ROWS["0013"],
    (
        """UPDATE sources SET sitemap = '["https://y.example/news.xml"]', gap_since = 1, gap_until = 2, gap_found_at = 3,"""
        " gap_expected = 4, refilled = 4, unaccounted = 0, refill_tries = 1"
    ),
]


@pytest.fixture
def filled_at() -> Callable[[str, str], None]:
    def fill(url: str, revision: str) -> None:
        parsed = parse_url(url)
        engine = make_engine(parsed, sqlite_path(parsed) if url.startswith("sqlite") else None, read_only=False)
        with engine.begin() as connection:
            migrate.upgrade(connection, revision)
            for statement in ROWS[max(known for known in ROWS if known <= revision)]:
                connection.execute(text(statement.replace(":", r"\:")))
            if connection.dialect.name == "postgresql":
                advance(connection)
        engine.dispose()

    return fill


def advance(connection: Connection) -> None:
    """Rows that brought their own ids did not move PostgreSQL's counters."""
    for table in ("sources", "articles", "entries", "stories", "outbox"):
        connection.execute(text(f"SELECT setval('{table}_id_seq', 1)"))


def test_a_newer_database_is_refused_untouched(empty_url: str, opened: Opened) -> None:
    store = opened(empty_url)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"made by a newer version .*schema 9999.*upgrade the program") as caught:
            opened(empty_url, read_only=read_only)
        assert not caught.value.retryable


def test_a_reader_does_not_migrate(empty_url: str, opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "monitor.db").touch()
    with pytest.raises(StoreError, match=r"older version \(schema none\); `run` or `once` upgrades it"):
        opened(empty_url, read_only=True)


def test_a_migration_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch, opened: Opened) -> None:
    real = migrate.upgrade

    def fail(connection: Connection, to: str = "head") -> None:
        real(connection, to)
        raise LookupError("in the last step")

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "upgrade", fail)
        with pytest.raises(LookupError):
            open_store(empty_url)
    with opened(empty_url).begin() as tx:
        assert tx.source_states() == []


def test_a_path_with_a_percent_sign_is_no_interpolation(tmp_path: Path, opened: Opened) -> None:
    opened(f"sqlite:///{tmp_path}/100%25/monitor.db")
