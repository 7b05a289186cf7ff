"""A database in use gets the table of translations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import NOW
from sqlalchemy import text

from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0026_translations as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")


def test_people_stay_and_translations_can_be_kept(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        connection.execute(text("INSERT INTO mutes (kind, key, by_user, at) VALUES ('watchlist', 'Arms', 77, 1)"))
    engine.dispose()
    with opened(empty_url).begin() as tx:
        assert [mute.by for mute in tx.mutes(NOW)] == [77]
        assert tx.translations("deepl", "uk", ["text"]) == {}
        tx.keep_translations("deepl", "uk", {"text": "текст"}, NOW)
        tx.keep_translations("deepl", "uk", {"text": "інший"}, NOW)
        assert tx.translations("deepl", "uk", ["text", "none"]) == {"text": "текст"}
        assert tx.translations("libretranslate", "uk", ["text"]) == tx.translations("deepl", "pl", ["text"]) == {}
