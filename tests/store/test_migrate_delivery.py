"""What delivery kept as text in `memory` until schema 0010: every family of it, moved, and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.fake_notifiers import FakeProbingNotifier
from doubles.store_samples import NOW, after
from sqlalchemy import Connection, text

from monitor.deliver import claim
from monitor.deliver.claim import Instant, LaneView, Turn
from monitor.model import Channel, ChannelAddress, ClaimNote, Delivery, Fact, State
from monitor.store import Database, Transaction, migrate
from monitor.store.columns import EPOCH, MICROSECOND, shorten
from monitor.store.engine import make_engine
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")

Opened = Callable[..., Database]

LONG = "A watchlist with a name that no index takes whole: " + "про зброю і санкції " * 30
LINK = "https://site.example/a"
DESK, MOVED = Channel("desk", "telegram", {"topic": 5}), Channel("me: at home", "telegram")

ROWS: dict[int, dict[str, object]] = {  # every state, every kind
    1: {"state": "sent", "message_id": 71, "sent_revision": 1, "sent_at": NOW - timedelta(days=9)},
    2: {"state": "unknown", "attempts": 3, "claimed_revision": 1},
    3: {"state": "ready", "kind": "reply", "watchlist": LONG},
    4: {"state": "sending", "channel": "hook", "claimed_revision": 1, "attempts": 1},
    5: {"state": "suspended", "kind": "notice", "watchlist": None, "channel": "hook"},
    6: {"state": "held", "in_digest": 7},
    7: {"state": "held", "kind": "digest", "watchlist": None},
    8: {"state": "dead", "kind": "answer", "watchlist": None},
    9: {"state": "muted"},
    10: {"state": "ready", "channel": MOVED.name, "message_id": 80, "sent_revision": 1, "revision": 2, "sent_at": NOW},
    11: {"state": "sent", "channel": MOVED.name, "message_id": 81, "sent_revision": 1, "sent_at": NOW},
}
NOTE = {
    "row": 2,
    "url": LINK,
    "unlinked": True,
    "shortened": False,
    "start": "boot",
    "mono": 12.5,
    "numbering": "private:1",
    "newest": 90,
    "fingerprint": "f00d",
}
KEPT = {
    "claimed:telegram:-100": json.dumps(NOTE),
    "claimed:webhook:hook": json.dumps({"row": 4, "url": None, "newest": None, "fingerprint": "old"}),
    "look:telegram:-100": '2:3 {"asked": [91, 92]}',
    "look:telegram:-7": "1:1 ",
    "ids:anywhere": "[70, 71, 90]",
    "ids:private:1": "[90]",
    "refused:2": json.dumps({"link": LINK}),
    "refused:3": json.dumps({"link": "https://site.example/other", "long": True}),
    "refused:999": json.dumps({"long": True}),  # of a row that is gone
    "anew:11": "1",
    "anew:999": "1",
    "address:desk": "telegram:-100",
    f"address:{MOVED.name}": "telegram:-7",
    f"moved:{MOVED.name}": after(60).isoformat(),
    "topic closed:desk:4": (NOW - timedelta(hours=5)).isoformat(),
    "topic closed:desk:5": (NOW - timedelta(hours=2)).isoformat(),
    f"topic closed:{MOVED.name}:6": "",  # taken as open again
}
OTHERS = {"sent lately:desk": '{"rung": [], "last": {}, "rolling": null}', "judging": "[]", "troubles": "{}"}


@pytest.fixture
def upgraded(empty_url: str, opened: Opened) -> Database:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, "0010")
        fill(connection)
    engine.dispose()
    return opened(empty_url)


def fill(connection: Connection) -> None:
    for ident in sorted(ROWS, key=lambda ident: ROWS[ident].get("in_digest") is not None):
        row: dict[str, object] = {
            "channel": "desk",
            "kind": "alert",
            "watchlist": "Arms",
            "sent_at": None,
            "message_id": None,
        }
        row |= {"sent_revision": 0, "claimed_revision": 0, "revision": 1, "attempts": 0, "in_digest": None} | ROWS[
            ident
        ]
        kind, watchlist, sent_at = row.pop("kind"), row.pop("watchlist"), row.pop("sent_at")
        alert = {"kind": kind, "headline": f"No. {ident}", "watchlist": watchlist, "url": LINK}
        values = row | {"id": ident, "dedupe": f"{kind}:{ident}", "alert": json.dumps(alert)}
        values["sent_at"] = None if sent_at is None else (sent_at - EPOCH) // MICROSECOND  # type: ignore[operator]
        columns = ", ".join(values)
        named = ", ".join(f":{name}" for name in values)
        connection.execute(
            text(
                f"INSERT INTO outbox ({columns}, due_at, created_at, repaired, edits)"  # noqa: S608 – fixed names
                f" VALUES ({named}, 1, 1, false, 0)"
            ),
            values,
        )
    connection.execute(
        text("INSERT INTO lanes (name, last_message_id, chat, without_topic) VALUES ('telegram:-100', 90, -100, false)")
    )
    for channel, lane in (("desk", "telegram:-100"), ("hook", "webhook:hook")):
        connection.execute(
            text("INSERT INTO lane_channels VALUES (:channel, :lane)"), {"channel": channel, "lane": lane}
        )
    for key, value in (KEPT | OTHERS).items():
        connection.execute(text("INSERT INTO memory VALUES (:key, :value)"), {"key": key, "value": value})


def test_every_family_has_columns_and_nothing_else_is_touched(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        assert tx.get(Fact.JUDGING) == "[]"
        assert tx.claim_note("telegram:-100") == ClaimNote(2, LINK, "f00d", 90, "private:1", True, False, "boot", 12.5)
        assert tx.claim_note("webhook:hook") == ClaimNote(4, None, "old", None)
        assert tx.probe_notes("telegram:-100", 2, 3) == '{"asked": [91, 92]}'
        assert tx.probe_notes("telegram:-7", 1, 1) == ""
        assert tx.probe_notes("telegram:-100", 2, 4) is None
        assert (tx.seen_ids("anywhere"), tx.seen_ids("private:1")) == ([70, 71, 90], [90])
        assert tx.address("desk") == ChannelAddress("telegram:-100", None, "5", NOW - timedelta(hours=2))
        assert tx.address(MOVED.name) == ChannelAddress("telegram:-7", after(60))
        assert tx.lane("telegram:-100").last_message_id == 90


def test_every_row_is_there_as_it_was(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        rows = {row.id: row for row in tx.deliveries()}
        assert {ident: row.state for ident, row in rows.items()} == {ident: row["state"] for ident, row in ROWS.items()}
        assert {ident for ident, row in rows.items() if row.unlinked} == {2}
        assert {ident for ident, row in rows.items() if row.shortened} == {3}
        assert {ident: row.message_sent_at for ident, row in rows.items() if row.message_id} == {
            1: NOW - timedelta(days=9),
            10: NOW,
            11: after(60),  # sent anew since its channel moved
        }
        alerts = {row.id for row in tx.alerts_since(EPOCH - timedelta(days=1))}
        assert alerts == {ident for ident, row in ROWS.items() if "kind" not in row}
    with upgraded._engine.connect() as connection:
        found = connection.execute(text("SELECT id, kind, watchlist FROM outbox")).all()
    expected = {ident: (row.get("kind", "alert"), row.get("watchlist", "Arms")) for ident, row in ROWS.items()}
    assert {row.id: (row.kind, row.watchlist) for row in found} == expected | {3: ("reply", shorten(LONG))}


def step(tx: Transaction, lane: str, channel: Channel, boot: str = "boot") -> claim.Step:
    members = {channel.name: (channel, FakeProbingNotifier())}
    view = LaneView(
        name=lane,
        members=members,
        at=Instant(after(120), 20.0, boot),
        expire=timedelta(days=36500),
        turn=Turn(),
        turns={},
    )
    return claim.step(tx, view)


def test_a_row_on_its_way_is_looked_for_by_the_note_of_its_claim(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        found = step(tx, "telegram:-100", DESK)
        assert isinstance(found, claim.Unsettled)
        assert (found.row.id, found.row.unlinked, found.fingerprint, found.called_at) == (2, True, "f00d", 12.5)
        assert (found.lane.last_message_id, found.lane.elsewhere) == (90, frozenset({70, 71, 90}))
        assert claim.begin_probe(tx, "telegram:-100", found.row) == '{"asked": [91, 92]}'
        again = step(tx, "telegram:-100", DESK, "another boot")
        assert isinstance(again, claim.Unsettled)
        assert again.called_at is None


def test_a_topic_that_is_closed_stays_closed(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        tx.mark_dead(2, "decided")
        found = step(tx, "telegram:-100", DESK)
        assert isinstance(found, claim.Claimed)
        assert (found.row.id, found.row.shortened, found.lane.without_topic) == (3, True, True)


def test_a_message_in_the_chat_before_is_left_alone_once(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        found = step(tx, "telegram:-7", MOVED)
        assert isinstance(found, claim.Claimed)
        assert (found.row.id, found.row.message_id, found.row.message_sent_at) == (10, None, None)
        sent = tx.delivery(11)
        assert sent is not None
        assert not claim._is_elsewhere(sent, tx.address(MOVED.name)), "it was sent anew before the upgrade"
        assert claim._is_elsewhere(replace(sent, message_sent_at=NOW), tx.address(MOVED.name))


def test_what_was_sending_is_unknown_at_the_start(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        assert tx.recover_deliveries() == 1
        row: Delivery | None = tx.delivery(4)
        assert row is not None
        assert row.state is State.UNKNOWN
