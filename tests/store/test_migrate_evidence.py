"""A database in use gets the tables of evidence; articles of before have none, and are kept as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from doubles.store_samples import NOW
from sqlalchemy import text

from monitor.evidence.versions import TextVersion
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.evidence import KeptResponse, Recheck
from monitor.store.migrations.versions import v0021_evidence as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_articles_stay_and_can_be_kept_as_evidence(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        connection.execute(
            text(
                "INSERT INTO articles (id, key, title, text, source, language, zones, seen_at, revisions)"
                " VALUES (5, 'a', 'Title', 'Text.', 'Yonhap', 'en', '[]', 1, 0)"
            )
        )
    engine.dispose()
    with opened(empty_url).begin() as tx:
        (article,) = tx.articles([5])
        assert article.title == "Title"
        assert tx.evidence_of([5]) == []
        link = tx.append_evidence(5, {"kind": "reading"}, NOW)
        tx.keep_response(KeptResponse(link.seq, 5, b"[]", b"record"))
        assert tx.add_version(5, TextVersion("Title", "Text."), NOW) == 1
        tx.plan_recheck(Recheck(5, NOW, NOW + timedelta(hours=1)))
        assert tx.evidence_end() == (1, link.hash)
