"""What the clean-up deletes, and what it must not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from doubles.store_samples import DESK, LANE, NOW, add, alert, article, entry, record, send, source
from sqlalchemy import func, select

from monitor.evidence.versions import TextVersion
from monitor.model import (
    ArticleChange,
    ChangeKind,
    ClaimNote,
    History,
    Hub,
    KeptFeatures,
    Lane,
    NewDelivery,
    Relation,
    State,
    Verdict,
    WebKey,
    WebKeyKind,
)
from monitor.model.trends import Subject, SubjectKind, TrendTime
from monitor.store import Database, Transaction, open_store, schema
from monitor.store.evidence import KeptResponse, Recheck, TimeStamp

OLD = NOW - timedelta(days=500)
LIMIT = NOW - timedelta(days=400)


def told_story(tx: Transaction, key: str, at: datetime, *, sent: bool = True) -> tuple[int, int]:
    """Store a story of one article at `at`, with an alert on it; return the story's and the row's id."""
    story = tx.create_story(at)
    article_id = tx.add_article(article(key, seen_at=at))
    tx.join_story(story, article_id, Relation.FIRST, (), at)
    row = tx.add_delivery(NewDelivery("desk", f"alert:{key}", alert(key), story_id=story), at)
    assert row is not None
    if sent:
        send(tx, 1, at)
    return story, row


def test_what_ended_long_ago_is_deleted(store: Database) -> None:
    with store.begin() as tx:
        told_story(tx, "old", OLD)
        story, row = told_story(tx, "new", NOW)
        assert tx.clean_up(LIMIT) == 3
        assert tx.article_by_key("old") is None
        assert [one.id for one in tx.deliveries()] == [row]
        assert len(tx.story(story).members) == 1
        assert tx.clean_up(LIMIT) == 0


@pytest.mark.parametrize("state", [state for state in State if state not in {State.SENT, State.DEAD, State.MUTED}])
def test_what_is_still_to_be_sent_stays(store: Database, state: State) -> None:
    with store.begin() as tx:
        story, row = told_story(tx, "old", OLD, sent=False)
        if state == State.HELD:
            tx.mark_dead(row, "replaced below")
            row = add(tx, "held", story_id=story, held_until=OLD)
        elif state == State.SUSPENDED:
            tx.save_lane(tx.lane(LANE).__class__(LANE, suspended_at=NOW), DESK)
        elif state != State.READY:
            tx.claim_delivery(DESK, LANE, NOW)
            if state == State.UNKNOWN:
                tx.recover_deliveries()
        tx.clean_up(LIMIT)
        found = tx.delivery(row)
        assert found is not None
        assert (found.state, found.story_id) == (state, story)
        assert len(tx.story(story).members) == 1
        assert tx.article_by_key("old") is not None


def test_a_story_that_still_grows_keeps_its_rows(store: Database) -> None:
    with store.begin() as tx:
        story, row = told_story(tx, "old", OLD)
        tx.join_story(story, tx.add_article(article("new")), Relation.SAME, (), NOW)
        tx.clean_up(LIMIT)
        assert tx.delivery(row) is not None
        assert len(tx.story(story).members) == 2


def test_a_digest_stays_as_long_as_one_of_its_rows(store: Database) -> None:
    with store.begin() as tx:
        story, _ = told_story(tx, "old", OLD, sent=False)
        held = add(tx, "held", story_id=story, held_until=OLD)
        new = NewDelivery("desk", "digest:1", alert("Digest"))
        digest = tx.add_digest(new, [held], OLD)
        assert digest is not None
        for _ in range(2):
            send(tx, None, OLD)
        tx.join_story(story, tx.add_article(article("new", seen_at=NOW)), Relation.SAME, (), NOW)
        tx.clean_up(LIMIT)
        found = tx.delivery(held)
        assert found is not None
        assert found.in_digest == digest, "else its story would be sent anew"


def test_what_is_muted_is_deleted_with_its_story(store: Database) -> None:
    with store.begin() as tx:
        story = tx.create_story(OLD)
        muted = tx.add_delivery(NewDelivery("desk", "muted", alert(), story_id=story, muted=True), OLD)
        assert muted is not None
        tx.clean_up(LIMIT)
        assert tx.delivery(muted) is None


def test_a_short_keep_does_not_touch_the_last_week(store: Database) -> None:
    with store.begin() as tx:
        told_story(tx, "recent", NOW - timedelta(days=6))
        told_story(tx, "older", NOW - timedelta(days=8))
        assert tx.clean_up(NOW) == 3
        assert tx.article_by_key("recent") is not None


def test_ids_are_never_given_again(store: Database) -> None:
    with store.begin() as tx:
        story, row = told_story(tx, "old", OLD)
        tx.clean_up(LIMIT)
        assert tx.create_story(NOW) > story
        assert add(tx, "new") > row


class Feed:
    """A source whose feed is read at chosen times."""

    def __init__(self, url: str) -> None:
        self.now = OLD
        self.store = open_store(url, clock_now=lambda: self.now)

    def read(self, at: datetime, *keys: str) -> list[str]:
        """Read the feed; return which entries were new."""
        self.now = at
        with self.store.begin() as tx:
            tx.sync_sources([source("A")], OLD)
            (state,) = tx.source_states()
            body = tx.recognise(state.id, [entry(key) for key in keys])
            tx.record_poll(record(state.id, body=body, at=at, body_hash=f"{keys}"))
            for pending in tx.due_entries(at, 99):
                tx.finish_entry(pending.id, None, "given up")
            return [one.key for one in body.news]

    def clean(self, at: datetime) -> int:
        self.now = at
        with self.store.begin() as tx:
            return tx.clean_up(at - timedelta(days=400))


@pytest.fixture
def feed(url: str) -> Iterator[Feed]:
    made = Feed(url)
    yield made
    made.store.close()


def test_entries_of_a_feed_that_never_changes_stay_known(feed: Feed) -> None:
    assert feed.read(OLD, "a", "b") == ["a", "b"]
    assert feed.clean(NOW) == 0
    assert feed.read(NOW, "a", "b", "c") == ["c"]


def test_entries_that_left_their_feed_are_forgotten(feed: Feed) -> None:
    feed.read(OLD, "a", "b")
    assert feed.read(OLD + timedelta(days=50), "b", "c") == ["c"]
    assert feed.read(NOW, "b", "c") == []  # seen still: the date moves on
    assert feed.clean(NOW) == 1
    assert feed.read(NOW, "a", "b", "c") == ["a"]


def test_entries_of_a_removed_source_are_forgotten(feed: Feed) -> None:
    feed.read(OLD, "a", "b")
    with feed.store.begin() as tx:
        tx.sync_sources([], NOW)
    assert feed.clean(NOW) == 2


def test_pending_entries_are_never_forgotten(feed: Feed) -> None:
    with feed.store.begin() as tx:
        tx.sync_sources([source("A")], OLD)
        (state,) = tx.source_states()
        tx.record_poll(record(state.id, entry("a"), at=OLD))
        tx.sync_sources([], NOW)
    assert feed.clean(NOW) == 0


def test_subscriptions_stay_while_their_source_names_the_hub(feed: Feed) -> None:
    with feed.store.begin() as tx:
        tx.sync_sources([source("A")], OLD)
        (state,) = tx.source_states()
        for name in ("before", "now"):
            tx.follow_hub(state.id, Hub(f"https://{name}.example/", "t"), OLD)
    feed.clean(NOW)
    with feed.store.begin() as tx:
        assert [row.hub for row in tx.subscriptions()] == ["https://now.example/"]


# --------------------------------------------------------------------------- every table

STAYS = {
    "sources": "a source that comes back keeps its name and habits",
    "grouping_decisions": "what people decided by hand, to learn from: as many as they made",
    "shifts": "a row a user",
    "memory": "named facts, none of which is about a row",
    "evidence_entries": "the chain keeps its entries: hashes, no content",
    "evidence_head": "one row",
    "evidence_stamps": "a time stamp is of the chain",
    "index_state": "one row, of the index",
    "incidents": "what is wrong now: the look at it deletes what is over",
    "incident_kinds": "a row a kind: likewise",
    "watched_terms": "a row for each term in force: an edit deletes those that are gone",
    "trend_subjects": "a row for each entity and watchlist that was ever mentioned",
    "clock": "one row",
    "writer": "one row",
    "processes": "a row a process: those that died are forgotten by who leads the schedule",
    "leaders": "a row a role",
    "turns": "what is given out at the moment",
    "hosts": "hosts asked of late: forgotten by who leads the schedule",
    "configurations": "the last five",
    "daemon": "one row, which a daemon removes that ends in order",
}


def live(tx: Transaction, at: datetime) -> None:
    """Leave something in every table."""
    tx.sync_sources([source("A")], at)
    (state,) = tx.source_states()
    tx.record_poll(record(state.id, entry("a"), at=at))
    tx.follow_hub(state.id, Hub("https://hub.example/", state.source.url), at)
    story, row = told_story(tx, "old", at)
    held = tx.add_delivery(NewDelivery("desk", "held", alert("held"), held_until=at), at)
    assert held is not None
    assert tx.add_digest(NewDelivery("desk", "digest:1", alert("Digest")), [held], at) is not None
    (pending,) = tx.due_entries(at, 9)
    tx.add_reading(pending.id, article("read", seen_at=at), b"", baseline=False)
    tx.finish_entry(pending.id, 1)
    tx.add_verdicts(1, [Verdict("Arms", matched=True, reason="1 term")])
    tx.keep_features([(1, at, KeptFeatures(1, "c", b""))])
    tx.keep_mentions(1, story, TrendTime(1, at.toordinal()), {Subject(SubjectKind.ENTITY, "DPRK"): 1})
    link = tx.append_evidence(1, {"kind": "capture"}, at)
    tx.keep_response(KeptResponse(link.seq, 1, b"[]", None))
    tx.add_version(1, TextVersion("Title", "Text."), at)
    tx.add_changes([ArticleChange(1, at, ChangeKind.GONE, after="404")])
    tx.plan_recheck(Recheck(1, at, at))
    tx.add_stamp(TimeStamp(link.seq, at, "https://tsa.example/", b"token"))
    tx.mute("story", str(story), None, 7)
    tx.mute("watchlist", "Arms", at + timedelta(days=1), 7)
    tx.save_feedback(row, 7, useful=True, now=at)
    key = WebKey(WebKeyKind.LINK, 7, "Ann", admin=True, made_at=at, expires_at=at + timedelta(minutes=10))
    tx.add_web_key(key, "digest")
    tx.begin_shift(7, at)
    tx.keep_translations("deepl", "uk", {"text": "текст"}, at)
    tx.store_updates([(1, "{}")], at)
    tx.finish_update(1, at)
    tx.save_lane(Lane(LANE, chat=-100), DESK)
    tx.save_claim_note(LANE, ClaimNote(row, None, "", None))
    tx.saw_id("anywhere", 1)
    tx.save_alert_history("desk", History((at,), {"Arms": at}, "alert:old"))
    tx.sync_terms([("Arms", "missile")], at)


def test_rows_of_a_far_past_vanish_from_every_table(feed: Feed) -> None:
    feed.now = OLD
    with feed.store.begin() as tx:
        live(tx, OLD)
        for held in tx.deliveries():
            if held.state is not State.SENT:
                tx.mark_dead(held.id, "given up")
    filled = counts(feed.store)
    assert {name for name, number in filled.items() if not number} - set(STAYS) <= {"feedback"}
    feed.now = NOW
    with feed.store.begin() as tx:
        tx.sync_sources([], NOW)
        tx.clean_up(LIMIT)
        tx.clean_up(LIMIT)
    assert {name for name, number in counts(feed.store).items() if number} <= set(STAYS)


def test_a_chat_in_use_keeps_what_is_known_of_it_however_old(feed: Feed) -> None:
    feed.now = OLD
    with feed.store.begin() as tx:
        live(tx, OLD)
    feed.now = NOW - timedelta(days=2)
    with feed.store.begin() as tx:
        tx.claim_delivery(DESK, LANE, feed.now)
    feed.now = NOW
    with feed.store.begin() as tx:
        tx.clean_up(LIMIT)
        assert tx.lane(LANE).chat == -100
        assert tx.claim_note(LANE) is None, "its row is gone"


def counts(store: Database) -> dict[str, int]:
    with store._engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in schema.metadata.tables.items()
        }
