"""Keys of the page: log-in links, sessions, and tokens of the API and of feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WebKeyKind(StrEnum):
    """What a key of the page opens."""

    LINK = "link"  # logs a browser in, once
    SESSION = "session"  # a browser that is logged in
    API = "api"  # `/api/v1`
    FEED = "feed"  # the alerts of one watchlist as Atom


@dataclass(frozen=True, slots=True)
class WebKey:
    """A key of the page. The secret itself is kept nowhere: the store has its SHA-256."""

    kind: WebKeyKind
    user_id: int  # of Telegram; 0: whoever has the terminal or the password
    name: str  # as people call the user, or the token
    admin: bool  # may change things
    made_at: datetime
    expires_at: datetime | None = None  # None: holds until it is revoked
    seen_at: datetime | None = None  # last used, to the minute
    agent: str = ""  # the browser, as it names itself
    watchlist: str | None = None  # of a feed
    chat: int | None = None  # where a member asked for it: it holds while they are in that chat
    password: str | None = None  # the SHA-256 of the password's hash that it was made by: it holds while that is set
    id: int = 0  # the store's, once stored
