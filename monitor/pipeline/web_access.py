"""Log-in links of the page, sessions and tokens: made here, for the bot, the command line and the page alike.

A secret has 256 bits and is shown once; the store keeps its SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Config, WebKey, WebKeyKind
from monitor.store import Transaction

LINK_LIVES = timedelta(minutes=10)
SESSION_LIVES = timedelta(days=30)
PASSWORD_FILE = "MONITOR_WEB_PASSWORD_FILE"  # noqa: S105 — the name of a variable
_LIVES: Mapping[WebKeyKind, timedelta] = {WebKeyKind.LINK: LINK_LIVES, WebKeyKind.SESSION: SESSION_LIVES}


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A key and its secret, which nothing keeps."""

    key: WebKey
    secret: str


def digest(secret: str) -> str:
    """Return the hash by which a secret is stored."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def new_key(
    kind: WebKeyKind,
    *,
    user_id: int,
    name: str,
    admin: bool,
    now: datetime,
    agent: str = "",
    watchlist: str | None = None,
    chat: int | None = None,
    password: str | None = None,
) -> NewKey:
    """Return a new key of this kind with its secret; `store_key` stores it."""
    lives = _LIVES.get(kind)
    secret = secrets.token_urlsafe(32)
    expires = None if lives is None else now + lives
    key = WebKey(
        kind, user_id, name, admin, now, expires, agent=agent, watchlist=watchlist, chat=chat, password=password
    )
    return NewKey(key, secret)


def store_key(tx: Transaction, new: NewKey) -> None:
    """Store a key by the hash of its secret."""
    tx.add_web_key(new.key, digest(new.secret))


def page_address(config: Config, bound: str = "") -> str | None:
    """Return the page's address without the last slash; None where there is no web server.

    `bound` is where the daemon says that it listens.
    """
    if config.web.public_url:
        return config.web.public_url.rstrip("/")
    listen = bound or config.web.listen
    if not listen:
        return None
    host, _, port = listen.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 — compared, not bound
    return f"http://{host}:{port}"


def link_address(base: str, secret: str) -> str:
    """Return the address that logs a browser in."""
    return f"{base}/login/{secret}"
