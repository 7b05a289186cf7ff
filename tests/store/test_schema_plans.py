"""Frequent questions are answered by an index, however large the tables are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from doubles.store_samples import DESK, LANE, NOW, alert, entry
from sqlalchemy import Connection, event

from monitor.model import History, Incident, IncidentLog, NewDelivery, Receipt
from monitor.store import Database, Transaction, open_store


def mark_one_sent(tx: Transaction) -> None:
    added = tx.add_delivery(NewDelivery("desk", "x", alert()), NOW)
    assert added is not None
    tx.claim_delivery(DESK, LANE, NOW)
    tx.mark_sent(added, LANE, Receipt(1), NOW)


def open_and_close(tx: Transaction) -> None:
    tx.open_incident(Incident("topic", "desk", "closed"), NOW)
    tx.close_incident("topic", "desk", NOW)
    tx.save_incident_log(tx.incident_log(), IncidentLog())


QUESTIONS: dict[str, Callable[[Transaction], object]] = {
    "due sources": lambda tx: tx.due_sources(NOW, 50),
    "due entries": lambda tx: tx.due_entries(NOW, 50),
    "pending": lambda tx: tx.pending_count(),
    "pending entry": lambda tx: tx.pending_entry(5),
    "recognise": lambda tx: tx.recognise(1, [entry("a"), entry("b")]),
    "fault": lambda tx: tx.fault_entry(5, NOW, NOW, "KeyError"),
    "faulted": lambda tx: tx.faulted_entries(NOW, 3),
    "finish": lambda tx: tx.finish_entry(5, None, "gone"),
    "article": lambda tx: tx.article_by_key("a"),
    "live ids": lambda tx: tx.live_ids(NOW),
    "live articles": lambda tx: (tx.live_articles([1, 2]), tx.articles([1, 2])),
    "outdated": lambda tx: tx.outdated_ids(NOW, "c"),
    "rhythms": lambda tx: tx.rhythms([1, 2], NOW),
    "unknown fates": lambda tx: tx.recover_deliveries(),
    "given up": lambda tx: tx.given_up(NOW),
    "waiting": lambda tx: tx.waiting_since(DESK, NOW, timedelta(minutes=10)),
    "suspended": lambda tx: tx.suspended_lanes(),
    "story's deliveries": lambda tx: tx.deliveries_of(1),
    "story's verdicts": lambda tx: tx.verdicts_of(1),
    "claim": lambda tx: tx.claim_delivery(DESK, LANE, NOW),
    "two channels' claim": lambda tx: tx.claim_delivery(["desk", "me"], LANE, NOW),
    "next due": lambda tx: tx.next_due(DESK, LANE),
    "unknown": lambda tx: tx.unknown_deliveries(DESK),
    "expired": lambda tx: tx.expire_deliveries(NOW),
    "holds": lambda tx: tx.due_holds(NOW),
    "unsent": lambda tx: tx.unsent_deliveries("desk", NOW),
    "hold": lambda tx: tx.hold_deliveries([1, 2], NOW),
    "mute rows": lambda tx: tx.mute_deliveries([1, 2]),
    "shorten": lambda tx: tx.shorten_holds("desk", NOW),
    "release": lambda tx: tx.release_deliveries([1, 2], NOW, NOW),
    "digest": lambda tx: tx.add_digest(NewDelivery("desk", "d", alert()), [1], NOW),
    "moved chats": lambda tx: tx.migrated_lanes(),
    "notices": lambda tx: tx.operator_notices("desk"),
    "tried for longer": lambda tx: tx.extend_delivery(1, NOW),
    "waiting digest": lambda tx: tx.waiting_digest("desk"),
    "named": lambda tx: tx.delivery_named("a"),
    "sent": mark_one_sent,
    "suspend": lambda tx: tx.save_lane(tx.lane(LANE), DESK),
    "open updates": lambda tx: tx.open_update_ids(10),
    "open updates, another page": lambda tx: tx.open_update_ids(10, 7),
    "bodies of updates": lambda tx: tx.update_bodies([1, 2]),
    "finished update": lambda tx: (tx.fail_update(1, "x"), tx.finish_update(1, NOW)),
    "message": lambda tx: tx.delivery_by_message("desk", 5),
    "feedback": lambda tx: tx.feedback_counts(NOW),
    "mute": lambda tx: (tx.mute("story", "1", None, 7), tx.unmute("story", "1")),
    "story": lambda tx: (tx.create_story(NOW), tx.story(1)),
    "newest": lambda tx: tx.deliveries(limit=5),
    "incidents": open_and_close,
    "alerts lately": lambda tx: tx.save_alert_history("desk", History((NOW,), {"Arms": NOW}, "a")),
    "announced": lambda tx: tx.announce_sources([1]),
    "clean up": lambda tx: tx.clean_up(NOW),
}
SMALL = (
    "lanes",
    "channels",
    "message_ids",
    "memory",
    "mutes",
    "trend_subjects",
    "incidents",
    "incident_kinds",
    "recent_alerts",
    "cooldowns",
    "watched_terms",
)  # a row a chat: reading all is cheapest
PENDING = "SCAN entries USING INDEX ix_entries_pending"  # which holds pending entries alone
PENDING_ALONE = "SCAN entries USING COVERING INDEX ix_entries_pending"
SUBQUERY = ("SCAN anon_", "SCAN (subquery-")  # what a query that is looked at itself has found
OPEN = "SCAN updates USING INDEX ix_updates_open"  # likewise


@contextmanager
def statements(store: Database) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        seen.append((statement, parameters))

    event.listen(store._engine, "before_cursor_execute", note)
    yield seen
    event.remove(store._engine, "before_cursor_execute", note)


def scans(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return the tables that SQLite would read as a whole."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    by_null = [
        row.detail
        for row in plan
        for column in re.findall(r"\((\w+)=\?\)", row.detail)
        if f"outbox.{column} IS NULL" in statement  # true of most rows
    ]
    return by_null + [row.detail for row in plan if row.detail.startswith("SCAN")]


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_large_table_is_read_as_a_whole(name: str) -> None:
    store = open_store("sqlite://", clock_now=lambda: NOW)
    with statements(store) as seen, store.begin() as tx:
        QUESTIONS[name](tx)
    questions = [one for one in seen if one[0].startswith(("SELECT", "UPDATE", "DELETE"))]
    assert questions
    with store._engine.connect() as connection:
        for statement, parameters in questions:
            if name == "newest" and "ORDER BY outbox.id DESC" in statement:
                continue  # in the order of the ids, until the limit is reached
            for scan in scans(connection, statement, parameters):
                fine = scan.split()[1] in SMALL or scan in {"SCAN CONSTANT ROW", PENDING, PENDING_ALONE, OPEN}
                fine = fine or scan.startswith(SUBQUERY)
                assert fine, f"{scan}\n{statement}"
    store.close()


def test_an_unchanged_poll_is_one_statement() -> None:
    from doubles.store_samples import record, source

    store = open_store("sqlite://", clock_now=lambda: NOW)
    with store.begin() as tx:
        tx.sync_sources([source("S")], NOW)
        (state,) = tx.source_states()
    with statements(store) as seen, store.begin() as tx:
        tx.record_poll(record(state.id))
    assert [statement.split()[0] for statement, _ in seen] == ["BEGIN", "UPDATE"]
    store.close()
