"""Sessions of a database in use: those that can be checked stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doubles.store_samples import NOW
from sqlalchemy import text

from monitor.model import WebKey, WebKeyKind
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.migrations.versions import v0027_what_sessions_hang_on as version
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")

ADD = text(
    "INSERT INTO web_keys (kind, digest, user_id, name, admin, agent, made_at)"
    " VALUES (:kind, :digest, :user, :name, :admin, '', 1)"
)
KEYS = [
    ("session", 7, "Ann", True),
    ("session", 0, "terminal", True),
    ("session", 0, "admin", True),  # by the password
    ("session", 9, "Bob", False),
    ("link", 9, "Bob", False),
    ("api", 0, "admin", False),
    ("feed", 0, "feed of Arms", False),
]


def test_sessions_of_members_and_by_the_password_end_and_all_else_stays(
    empty_url: str, opened: Callable[..., Database]
) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, version.down_revision)
        for kind, user, name, admin in KEYS:
            connection.execute(
                ADD, {"kind": kind, "digest": f"{kind}{user}{name}", "user": user, "name": name, "admin": admin}
            )
    engine.dispose()
    with opened(empty_url).begin() as tx:
        left = sorted((key.kind.value, key.name) for key in tx.web_keys(NOW))
        assert left == [("api", "admin"), ("feed", "feed of Arms"), ("session", "Ann"), ("session", "terminal")]
        made = WebKey(WebKeyKind.SESSION, 9, "Bob", admin=False, made_at=NOW, chat=-1, password="p")
        tx.add_web_key(made, "d")
        found = tx.web_key("d", WebKeyKind.SESSION, NOW)
        assert found is not None
        assert (found.chat, found.password) == (-1, "p")
