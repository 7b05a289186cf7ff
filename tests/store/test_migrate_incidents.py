"""What `memory` held under families of keys until schema 0011: every state of it, moved, and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from doubles.store_samples import NOW, after, source
from sqlalchemy import Connection, text

from monitor.alert.incidents import REMIND, SETTLED, review
from monitor.model import HALTED, TOPIC, Fact, History, Incident, OpenIncident
from monitor.store import Database, migrate
from monitor.store.columns import EPOCH, MICROSECOND
from monitor.store.engine import make_engine
from monitor.store.sqlite_file import parse_url, sqlite_path

pytestmark = pytest.mark.usefixtures("real_migrations")

Opened = Callable[..., Database]

NAMES = ["Yonhap", "Укрінформ", "new", "gone"]
RUNG = [NOW, NOW, after(60)]
BURST = "burst:desk:alert:a1:Arms:desk"


def told(kind: str, subject: str, gone: str | None = None, **more: object) -> dict[str, object]:
    """Return a row of the ledger, as it was written."""
    trouble: dict[str, object] = {
        "kind": kind,
        "subject": subject,
        "line": f"{subject}: wrong",
        "version": "",
        "urgent": False,
    }
    return {"trouble": trouble | more, "since": NOW.isoformat(), "told": after(1).isoformat(), "gone": gone}


KEPT = {
    "troubles": json.dumps(
        {
            "open": [
                told("source", "Yonhap"),
                told("silence", "Укрінформ", gone=after(70).isoformat()),
                told("dead", "", version="17", urgent=True) | {"told": None},
                told("halted", "telegram", urgent=True),  # holds still: see below
                told("topic", "desk"),  # cleared, and not looked at since
            ],
            "spoke": {"source": after(1).isoformat()},
        }
    ),
    "conditions": json.dumps({"halted": {"telegram": "telegram: new words"}, "topic": {"me": "me: closed"}}),
    "sent lately:desk": json.dumps(
        {"rung": [at.isoformat() for at in RUNG], "last": {"Arms": NOW.isoformat()}, "rolling": BURST}
    ),
    "sent lately:never claimed for": json.dumps({"rung": [], "last": {"Arms": NOW.isoformat()}, "rolling": None}),
    "announced_sources": json.dumps(["Yonhap", "Укрінформ", "gone", "in no table"], ensure_ascii=False),
    "bot username": "newsbot",
    "bot edit": '{"update": 7}',
    "cleaned_on": "2024-05-06",
    "judging": '["ready", "2024-05-06T07:08:09+00:00"]',
    "nobody reads this": "1",
}
ROWS = [  # id, channel, state, message id, sent at, sent anew
    (1, "desk", "sent", 71, NOW, False),
    (2, "desk", "ready", None, NOW, True),  # to be sent anew
    (3, "moved", "sent", 72, NOW, True),
    (4, "moved", "sent", 73, NOW, False),
    (5, "moved", "unknown", 74, after(99), True),  # sent anew, and first sent after the move
    (6, "desk", "dead", None, None, False),
]


@pytest.fixture
def upgraded(empty_url: str, opened: Opened) -> Database:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    with engine.begin() as connection:
        migrate.upgrade(connection, "0011")
        fill(connection)
    engine.dispose()
    return opened(empty_url)


def moment(at: object) -> int | None:
    return None if at is None else (at - EPOCH) // MICROSECOND  # type: ignore[operator]


def fill(connection: Connection) -> None:
    for key, value in KEPT.items():
        connection.execute(text("INSERT INTO memory VALUES (:key, :value)"), {"key": key, "value": value})
    for name in NAMES:
        connection.execute(
            text(
                "INSERT INTO sources (name, url, every, timezone, kind, active, stopped, next_poll_at, interval,"
                " failures, notes) VALUES (:name, 'https://x.example/rss', 180, 'UTC', 'feed', :active, false, 1, 180,"
                " 0, '[]')"
            ),
            {"name": name, "active": name != "gone"},
        )
    connection.execute(text("INSERT INTO lanes (name, without_topic, used_at) VALUES ('a', false, 5)"))
    connection.execute(text("INSERT INTO lanes (name, without_topic) VALUES ('b', true)"))
    for name, moved in (("desk", None), ("moved", after(60))):
        connection.execute(
            text("INSERT INTO channels (name, used_at, lane, moved_at) VALUES (:name, 5, 'a', :moved)"),
            {"name": name, "moved": moment(moved)},
        )
    for ident, channel, state, message, sent, anew in ROWS:
        connection.execute(
            text(
                "INSERT INTO outbox (id, channel, dedupe, alert, state, revision, claimed_revision, sent_revision,"
                " attempts, due_at, created_at, repaired, edits, message_id, sent_at, sent_anew)"
                " VALUES (:id, :channel, :dedupe, :alert, :state, 1, 0, 0, 0, 1, 1, false, 0, :message, :sent, :anew)"
            ),
            {
                "id": ident,
                "channel": channel,
                "dedupe": f"alert:{ident}",
                "alert": json.dumps({"kind": "alert", "headline": "Title"}),
                "state": state,
                "message": message,
                "sent": moment(sent),
                "anew": anew,
            },
        )


def test_facts_stay_and_no_other_key_does(upgraded: Database) -> None:
    with upgraded._engine.connect() as connection:
        found = {row.key: row.value for row in connection.execute(text("SELECT key, value FROM memory"))}
    younger = {Fact.BASELINES, Fact.MOVED_TO, Fact.MOVING_FROM, Fact.TRENDS_COUNTED, Fact.TEXTS_PACKED}
    younger |= {Fact.WEEKLY_PICTURES}
    known = [fact for fact in Fact if fact not in younger]
    assert found == {fact.value: KEPT[fact] for fact in known}


def test_incidents_are_open_as_they_were(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        log = tx.incident_log()
        known = dict(log.open)
        cleared, opened = known.pop((TOPIC, "desk")), known.pop((TOPIC, "me"))
        assert (cleared.told, cleared.gone is None) == (after(1), False)
        assert (opened.incident, opened.told, opened.gone) == (Incident(TOPIC, "me", "me: closed"), None, None)
        assert log.announced == {"source": after(1)}
    expected = [
        OpenIncident(Incident("source", "Yonhap", "Yonhap: wrong"), NOW, after(1)),
        OpenIncident(Incident("silence", "Укрінформ", "Укрінформ: wrong"), NOW, after(1), after(70)),
        OpenIncident(Incident("dead", "", ": wrong", "17", urgent=True), NOW),
        OpenIncident(Incident(HALTED, "telegram", "telegram: new words", urgent=True), NOW, after(1)),
    ]
    assert known == {each.key: each for each in expected}


def test_operators_are_reminded_of_what_they_were_told(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        log = tx.incident_log()
        held = [each.incident for each in log.open.values() if each.gone is None]
        _, notices = review(log, held, after(1) + REMIND)
    headlines = {notice.headline for notice in notices}
    assert {"Still: Yonhap fails", "Still: Delivery to telegram has stopped", "Укрінформ has news again"} <= headlines
    assert SETTLED < REMIND


def test_histories_go_on(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        assert tx.alert_history("desk") == History(tuple(RUNG), {"Arms": NOW}, BURST)
        assert tx.alert_history("never claimed for") == History((), {"Arms": NOW})
        assert tx.alert_history("moved") == History()
        assert tx.address("moved").moved_at == after(60)


def test_sources_are_announced_once(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        tx.sync_sources([source(name) for name in NAMES], NOW)
        assert {state.source.name for state in tx.source_states() if state.announced} == {"Yonhap", "Укрінформ", "gone"}


def test_messages_are_dated(upgraded: Database) -> None:
    with upgraded.begin() as tx:
        assert {row.id: row.message_sent_at for row in tx.deliveries()} == {
            1: NOW,
            2: None,
            3: after(60),
            4: NOW,
            5: after(99),
            6: None,
        }


def test_a_lane_without_a_date_is_dated(upgraded: Database) -> None:
    with upgraded._engine.connect() as connection:
        used = {row.name: row.used_at for row in connection.execute(text("SELECT name, used_at FROM lanes"))}
    assert used["a"] == 5
    assert used["b"] > moment(NOW - timedelta(days=1))
