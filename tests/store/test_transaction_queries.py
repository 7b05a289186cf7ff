"""No query writes: methods of a transaction that are not listed as writing run no INSERT, UPDATE or DELETE."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections import abc
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from doubles.store_samples import LANE, NOW, add, after, article, entry, record, send, source
from sqlalchemy import event

from monitor.model import (
    ChannelAddress,
    ClaimNote,
    ClockState,
    Delivery,
    Entry,
    Fact,
    Gap,
    History,
    Incident,
    KeptFeatures,
    Lane,
    MuteKind,
    PendingEntry,
    Relation,
    SignOfLife,
    SourceState,
    Verdict,
    WebKeyKind,
)
from monitor.model.trends import Subject, SubjectKind
from monitor.store import Database, Transaction, open_store
from monitor.store.archive import ArchiveScope
from monitor.watch.plan import Plan, Word, any_of

WRITING = {
    *("sync_sources", "announce_sources", "postpone_source", "record_poll", "record_polls"),
    *("defer_entry", "fault_entry", "finish_entry", "spare_entry"),
    *("follow_hub", "end_subscriptions", "update_subscription", "delete_subscription", "wake_source"),
    *("open_gap", "postpone_refill", "record_refill", "save_robots_sitemaps"),
    *("begin_index", "extend_index", "reindex", "unindex", "pack_texts"),
    *("add_article", "add_verdicts", "keep_features", "create_story", "join_story", "keep_reason"),
    *("keep_mentions", "apart"),
    *("split_story", "merge_stories", "keep_grouping"),
    *(
        "add_delivery",
        "amend_delivery",
        "extend_delivery",
        "replay_delivery",
        "claim_delivery",
        "revive_silenced",
        "carry_delivery",
        "forget_message",
    ),
    *("supersede_delivery", "free_delivery", "give_deliveries"),
    *("mark_sent", "mark_ready", "mark_refused_link", "mark_too_long", "mark_unknown", "mark_dead"),
    *("recover_deliveries", "expire_deliveries"),
    *(
        "hold_deliveries",
        "shorten_holds",
        "release_deliveries",
        "mute_deliveries",
        "add_digest",
        "grow_digest",
        "free_members",
    ),
    *("save_lane", "save_claim_note", "save_probe_notes", "saw_id", "saw_message", "save_address"),
    *("save_alert_history", "open_incident", "close_incident", "save_incident_log"),
    *("store_updates", "finish_update", "fail_update", "save_feedback", "mute", "unmute"),
    *("begin_shift", "keep_translations"),
    *("save_clock_state", "shift_schedule", "extend_expiry", "pull_in"),
    *("save_sign_of_life", "delete_sign_of_life"),
    *("add_web_key", "take_web_key", "touch_web_key", "delete_web_keys"),
    *("clean_up", "clean_some", "give_back", "put"),
    *("beat", "end_process", "forget_processes", "name_leader", "publish_files", "signal"),
    *("queue_turns", "requeue_turns", "take_turns", "keep_turns", "release_turns", "park_turns", "drop_turns"),
    *("reserve_host", "reserve_hosts", "close_host", "forget_hosts"),
    *("add_reading", "end_reading", "fault_reading"),
    *("append_evidence", "keep_response", "add_version", "add_changes"),
    *("plan_recheck", "claim_recheck", "drop_recheck", "add_stamp"),
    *("sync_terms", "note_terms", "tell_terms"),
}
"""Methods that change something, as their names say."""

STATEMENTS = {"upsert"}
"""Methods that build a statement and run none."""

ARGUMENTS: dict[str, dict[str, object]] = {
    "article_by_key": {"key": "a1"},
    "deliveries": {"state": "ready", "channel": "desk"},
    "delivery_by_message": {"channel": "desk", "message_id": 7},
    "pruned_plan": {"plan": any_of(Word(f"w{number}") for number in range(99))},
    "recognise": {"entries": [entry("k1"), entry("k2", digest="d2"), entry("k3")]},
}
"""Arguments that a query needs so that it finds something, or is called as its callers do."""

VALUES: dict[object, object] = {
    int: 1,
    float: 1.0,
    bool: True,
    str: "desk",
    datetime: after(86_400 * 3),
    date: NOW.date(),
    Subject: Subject(SubjectKind.ENTITY, "DPRK"),
    timedelta: timedelta(minutes=10),
    ArchiveScope: ArchiveScope(),
    Plan: Word("a"),
    Entry: entry("k1"),
    Fact: Fact.JUDGING,
    WebKeyKind: WebKeyKind.LINK,
    SourceState: SourceState(1, source("A")),
}


def public_methods() -> list[str]:
    found = inspect.getmembers(Transaction, inspect.isfunction)
    return [name for name, _ in found if not name.startswith("_")]


@pytest.fixture
def store() -> Iterator[Database]:
    """A database with a row in each table that queries look at, some of which are due or may be noted anew."""
    opened = open_store("sqlite://", clock_now=lambda: after(86_400 * 3))
    with opened.begin() as tx:
        tx.sync_sources([source("A"), source("B")], NOW)
        one = tx.source_states()[0].id
        tx.record_poll(record(one, entry("k1", published=NOW), entry("k2"), body_hash="h", baseline=True))
        tx.open_gap(one, Gap(NOW, after(60)), 3, NOW)
        pending: PendingEntry = tx.due_entries(NOW, 9)[0]
        tx.begin_index()
        ident, story = tx.add_article(article("a1")), tx.create_story(NOW)
        tx.add_verdicts(ident, [Verdict("arms", matched=True, reason="")])
        tx.join_story(story, ident, Relation.FIRST, (), NOW)
        tx.keep_features([(ident, NOW, KeptFeatures(1, "c", b"{}"))])
        tx.finish_entry(pending.id, ident)
        add(tx, "alert:1", story_id=story)
        row: Delivery = send(tx, 7)
        tx.save_claim_note(LANE, ClaimNote(row.id, None, "", None))
        tx.save_probe_notes(LANE, row.id, 1, "")
        tx.saw_id("n", 7)
        tx.save_feedback(row.id, 7, useful=True, now=NOW)
        add(tx, "alert:2", story_id=story)
        tx.save_lane(Lane("other", suspended_at=NOW, reason="blocked"), ["me"])
        tx.save_address("desk", ChannelAddress("telegram:-100"))
        tx.mute(MuteKind.WATCHLIST, "arms", None, 7)
        tx.store_updates([(1, "{}")], NOW)
        tx.save_clock_state(ClockState(NOW, 1.0, "boot"))
        tx.save_sign_of_life(SignOfLife("x", 1, "host", "boot", 1.0, ok=True))
        tx.open_incident(Incident("topic", "desk", "closed"), NOW)
        tx.save_alert_history("desk", History((NOW,), {"arms": NOW}))
        tx.put(Fact.JUDGING, "1")
    yield opened
    opened.close()


def value_for(kind: Any) -> object:
    """Return a value of an annotated type."""
    if kind in VALUES:
        return VALUES[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return value_for(next(each for each in arguments if each is not types.NoneType))
    if origin in (abc.Sequence, abc.Iterable, abc.Collection):
        return [value_for(arguments[0])]
    raise AssertionError(f"no value of {kind} is known here: add one to VALUES, or arguments to ARGUMENTS")


def arguments_of(name: str, tx: Transaction) -> dict[str, object]:
    """Return arguments by which a method is called; a sequence of rows of the outbox holds those that there are."""
    method = getattr(Transaction, name)
    hints = {each: hint for each, hint in typing.get_type_hints(method).items() if each != "return"}
    known = ARGUMENTS.get(name, {})
    rows = {each: tx.deliveries() for each, hint in hints.items() if hint == abc.Sequence[Delivery]}
    return {each: rows.get(each) or known.get(each) or value_for(hint) for each, hint in hints.items()}


def test_every_writing_method_is_there() -> None:
    assert set(public_methods()) >= WRITING | STATEMENTS


@pytest.mark.parametrize("name", [name for name in public_methods() if name not in WRITING | STATEMENTS])
def test_no_query_writes(store: Database, name: str) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with store.begin() as tx:
        arguments = arguments_of(name, tx)
        event.listen(store._engine, "before_cursor_execute", note)
        getattr(tx, name)(**arguments)
        event.remove(store._engine, "before_cursor_execute", note)
    assert statements, "it asks nothing"
    writing = [each for each in statements if re.search(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", each)]
    assert not writing, "it writes: name it as such, and add it to WRITING"


def test_what_is_looked_up_again_may_be_written_twice(store: Database) -> None:
    """A poll's record holds what its body showed; written again, it changes nothing."""
    with store.begin() as tx:
        body = tx.recognise(1, [entry("k1", published=after(60)), entry("k2", digest="d2"), entry("k3")])
        assert [each.key for each in body.news] == ["k2", "k3"]
        assert body.dates == ((2, after(60)),)
        assert set(body.seen) == {1, 2}
        assert tx.recognise(1, [entry("k3")]).news == (entry("k3"),)  # nothing was written
        assert tx.record_poll(record(1, body=body, at=after(86_400 * 3))) == 1
        assert tx.record_poll(record(1, body=body, at=after(86_400 * 3))) == 0
        assert tx.recognise(1, [entry("k3")]).seen == ()
