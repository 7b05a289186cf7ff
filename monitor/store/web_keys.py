"""Keys of the page: log-in links, sessions, tokens. Only the SHA-256 of each secret is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update

from monitor.model import WebKey, WebKeyKind
from monitor.store.base import Repository
from monitor.store.schema import web_keys


class WebKeys(Repository):
    """The table `web_keys`."""

    def add_web_key(self, key: WebKey, digest: str) -> int:
        """Store a key by the hash of its secret; return its id."""
        values = {
            "kind": key.kind,
            "digest": digest,
            "user_id": key.user_id,
            "name": key.name,
            "admin": key.admin,
            "watchlist": key.watchlist,
            "agent": key.agent,
            "made_at": key.made_at,
            "expires_at": key.expires_at,
            "seen_at": key.seen_at,
            "chat": key.chat,
            "password": key.password,
        }
        added: int = self.connection.execute(insert(web_keys).values(**values).returning(web_keys.c.id)).scalar_one()
        return added

    def web_key(self, digest: str, kind: WebKeyKind, now: datetime) -> WebKey | None:
        """Return the key of this hash and kind; None where there is none, or its time is over."""
        found = select(web_keys).where(web_keys.c.digest == digest, web_keys.c.kind == kind, _in_force(now))
        row = self.connection.execute(found).one_or_none()
        return None if row is None else _key(row)

    def web_keys(self, now: datetime) -> list[WebKey]:
        """Return all keys in force, newest first."""
        found = select(web_keys).where(_in_force(now)).order_by(web_keys.c.id.desc())
        return [_key(row) for row in self.connection.execute(found)]

    def take_web_key(self, digest: str, kind: WebKeyKind, now: datetime) -> WebKey | None:
        """Remove a key and return it, so that it serves once; None where it is not in force (any more)."""
        taken = delete(web_keys).where(web_keys.c.digest == digest, web_keys.c.kind == kind, _in_force(now))
        row = self.connection.execute(taken.returning(*web_keys.c)).one_or_none()
        return None if row is None else _key(row)

    def touch_web_key(self, ident: int, now: datetime) -> None:
        """Store when a key was last used."""
        self.connection.execute(update(web_keys).where(web_keys.c.id == ident).values(seen_at=now))

    def delete_web_keys(self, *, ident: int | None = None, user_id: int | None = None) -> int:
        """Revoke one key, or all log-in links and sessions of a user; return how many."""
        if ident is not None:
            chosen: tuple[ColumnElement[bool], ...] = (web_keys.c.id == ident,)
        else:
            browsers = web_keys.c.kind.in_((WebKeyKind.LINK, WebKeyKind.SESSION))
            chosen = (web_keys.c.user_id == user_id, browsers)
        return self.connection.execute(delete(web_keys).where(*chosen)).rowcount


def _in_force(now: datetime) -> ColumnElement[bool]:
    return or_(web_keys.c.expires_at.is_(None), web_keys.c.expires_at > now)


def _key(row: Row[Any]) -> WebKey:
    return WebKey(
        kind=WebKeyKind(row.kind),
        user_id=row.user_id,
        name=row.name,
        admin=row.admin,
        made_at=row.made_at,
        expires_at=row.expires_at,
        seen_at=row.seen_at,
        agent=row.agent,
        watchlist=row.watchlist,
        chat=row.chat,
        password=row.password,
        id=row.id,
    )
