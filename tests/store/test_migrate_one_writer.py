"""What two daemons wrote to one database before the schema forbade it: kept, and made to fit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import text

from monitor.model import Relation
from monitor.store import Database, migrate
from monitor.store.columns import shorten
from monitor.store.engine import make_engine
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")

Opened = Callable[..., Database]

DAY = 86_400_000_000
LONG = "A watchlist with a name that no index takes whole: " + "про зброю і санкції " * 30

STORIES = {1: 20 * DAY, 2: 20 * DAY, 3: 19 * DAY, 4: 20 * DAY, 5: 2 * DAY, 6: 20 * DAY}  # id → last change
MEMBERS = [  # story, article, relation, joined at
    (1, 10, "first", 1),
    (1, 11, "same", 2),
    (2, 11, "first", 2),  # the second judge opened a story with what the first one let join
    (2, 12, "copy", 3),
    (3, 10, "first", 1),  # both opened one with the same article
    (4, 13, "version", 5),  # its first article is deleted, or was called a version later
    (4, 14, "same", 6),
    (5, 15, "first", 1),  # grows no more
    (6, 10, "related", 9),
    (6, 16, "first", 9),
]
ROWS = [  # dedupe, story, watchlist, channel
    ("alert:1:arms:desk", 1, "arms", "desk"),
    ("alert:1:arms: desk", 1, "arms", " desk"),
    ("reply:1:arms:desk:1", 1, "arms", "desk"),
    ("alert:2:arms:desk", 2, "arms", "desk"),
    ("alert:3:arms:desk", 3, "arms", "desk"),  # the double of the first
    ("alert:4:arms:desk", 4, "arms", "desk"),
    ("alert:5:arms:desk", 5, "arms", "desk"),
    (shorten(f"alert:6:{LONG}:desk"), 6, LONG, "desk"),
    (shorten(f"reply:6:{LONG}:desk:1"), 6, LONG, "desk"),
    ("burst:desk:alert:1:arms:desk", None, "arms", "desk"),
    ("digest:desk:0011223344556677", None, "arms", "desk"),
    ("notice:desk:x", None, None, "desk"),
    ("odd", 1, "arms", "desk"),
]
EXPECTED = [
    "alert:a10:arms:desk",
    "alert:a10:arms: desk",
    "reply:a10:arms:desk:1",
    "alert:a12:arms:desk",
    "alert:3:arms:desk",
    "alert:a13:arms:desk",
    "alert:5:arms:desk",
    shorten(f"alert:a16:{LONG}:desk"),
    shorten(f"reply:6:{LONG}:desk:1"),
    *(row[0] for row in ROWS[9:]),
]


@pytest.fixture
def upgraded(empty_url: str, opened: Opened) -> Database:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, "0006")
        for story, at in STORIES.items():
            connection.execute(
                text("INSERT INTO stories (id, created_at, updated_at) VALUES (:id, 1, :at)"), {"id": story, "at": at}
            )
        for article in sorted({member[1] for member in MEMBERS}):
            connection.execute(
                text(
                    "INSERT INTO articles (id, key, title, text, source, language, zones, seen_at, revisions)"
                    " VALUES (:id, :key, 'Title', 'Text', 'Yonhap', 'en', '[]', 1, 0)"
                ),
                {"id": article, "key": f"a{article}"},
            )
        for story, article, relation, at in MEMBERS:
            connection.execute(
                text(
                    "INSERT INTO story_members (story_id, article_id, relation, cites, joined_at)"
                    " VALUES (:story, :article, :relation, '[]', :at)"
                ),
                {"story": story, "article": article, "relation": relation, "at": at},
            )
        for dedupe, story_of, watchlist, channel in ROWS:
            alert = {"kind": "alert", "headline": "Title", "watchlist": watchlist}
            connection.execute(
                text(
                    "INSERT INTO outbox (channel, dedupe, alert, state, story_id, revision, claimed_revision,"
                    " sent_revision, attempts, due_at, created_at, repaired, edits)"
                    " VALUES (:channel, :dedupe, :alert, 'sent', :story, 1, 1, 1, 0, 1, 1, false, 0)"
                ),
                {"channel": channel, "dedupe": dedupe, "alert": json.dumps(alert), "story": story_of},
            )
    engine.dispose()
    return opened(empty_url)


def test_an_article_of_two_stories_stays_in_the_older_one(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        assert {article: tx.story_of(article) for article in range(10, 17)} == {
            10: 1,
            11: 1,
            12: 2,
            13: 4,
            14: 4,
            15: 5,
            16: 6,
        }
        members = {story: {each.article_id: each.relation for each in tx.story(story).members} for story in STORIES}
    assert sum(map(len, members.values())) == len(MEMBERS)  # nothing is lost
    assert members[2] == {11: Relation.RELATED, 12: Relation.COPY}
    assert members[3] == {10: Relation.RELATED}


def test_a_story_knows_which_article_opened_it(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        found = {story: tx.story(story).opened_by for story in STORIES}
        assert found == {1: 10, 2: 12, 3: None, 4: 13, 5: 15, 6: 16}
        assert tx.story(3).anchor == "3"
        assert tx.story(1).anchor == "a10"


def test_rows_of_stories_that_grow_are_found_by_their_new_names(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        assert [row.dedupe for row in reversed(tx.deliveries())] == EXPECTED
