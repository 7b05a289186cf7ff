from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from doubles.store_samples import NOW, after

from monitor.model import WebKey, WebKeyKind
from monitor.store import Database


@pytest.fixture
def store(empty_url: str, opened: Callable[..., Database]) -> Database:
    return opened(empty_url)


def key(kind: WebKeyKind = WebKeyKind.LINK, **changes: object) -> WebKey:
    values: dict[str, object] = {"user_id": 7, "name": "Ann", "admin": True, "made_at": NOW}
    return WebKey(kind, **(values | changes))  # type: ignore[arg-type]


def test_a_link_serves_once_and_not_after_its_time(store: Database) -> None:
    with store.begin() as tx:
        tx.add_web_key(key(expires_at=after(600)), "one")
        tx.add_web_key(key(expires_at=after(600)), "two")
        assert tx.take_web_key("one", WebKeyKind.SESSION, NOW) is None, "a link is no session"
        taken = tx.take_web_key("one", WebKeyKind.LINK, after(599))
        assert taken is not None
        assert taken.name == "Ann"
        assert tx.take_web_key("one", WebKeyKind.LINK, after(599)) is None
        assert tx.take_web_key("two", WebKeyKind.LINK, after(600)) is None
        assert tx.web_keys(after(600)) == []


def test_keys_are_found_listed_touched_and_revoked(store: Database) -> None:
    with store.begin() as tx:
        one = tx.add_web_key(key(WebKeyKind.SESSION, agent="Firefox", expires_at=after(60)), "s")
        two = tx.add_web_key(key(WebKeyKind.API, admin=False), "t")
        tx.add_web_key(key(WebKeyKind.FEED, user_id=0, watchlist="Arms"), "f")
        tx.touch_web_key(one, after(5))
        found = tx.web_key("s", WebKeyKind.SESSION, NOW)
        assert found is not None
        assert (found.id, found.seen_at, found.agent) == (one, after(5), "Firefox")
        assert [each.kind for each in tx.web_keys(NOW)] == [WebKeyKind.FEED, WebKeyKind.API, WebKeyKind.SESSION]
        assert tx.delete_web_keys(user_id=7) == 1, "tokens are revoked one by one"
        assert tx.delete_web_keys(ident=two) == 1
        assert tx.delete_web_keys(ident=two) == 0
        assert [each.watchlist for each in tx.web_keys(NOW + timedelta(days=9999))] == ["Arms"]
