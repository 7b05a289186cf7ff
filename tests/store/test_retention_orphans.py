"""Nothing that the clean-up leaves refers to what is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from doubles.store_samples import NOW, add, alert, article, entry, record, source
from sqlalchemy import Column, and_, func, select

from monitor.model import (
    ClaimNote,
    History,
    JoinReason,
    JoinRule,
    KeptFeatures,
    NewDelivery,
    Receipt,
    Relation,
    Verdict,
)
from monitor.store import Database, Transaction, open_store, schema
from monitor.store.columns import Ident, Key

OLD, NEW = NOW - timedelta(days=500), NOW - timedelta(days=2)
LIMIT = NOW - timedelta(days=400)

REFERENCES = {  # without a foreign key
    "stories.opened_by": "articles.id",
    "story_members.of_article": "articles.id",
    "lanes.claimed_row": "outbox.id",
    "lanes.look_row": "outbox.id",
    "channels.lane": "lanes.name",
    "channels.burst": "outbox.dedupe",
}
OWN = {
    "articles.key": "what the article is known by",
    "evidence_entries.seq": "the place in the chain, whose entries outlive what they are about",
    "evidence_entries.article_id": "likewise",
    "evidence_head.seq": "likewise",
    "evidence_responses.seq": "likewise",
    "evidence_stamps.seq": "likewise",
    "entries.key": "likewise",
    "sources.name": "likewise",
    "outbox.dedupe": "likewise",
    "lanes.name": "an address",
    "subscriptions.path": "the end of a callback's address",
    "channels.name": "a channel of the configuration, or one that was",
    "outbox.channel": "likewise: `channels` has it once it was claimed for",
    "outbox.watchlist": "a watchlist of the configuration, or one that was",
    "verdicts.watchlist": "likewise",
    "cooldowns.watchlist": "likewise",
    "watched_terms.watchlist": "likewise",
    "watched_terms.term": "a term of the configuration",
    "trend_subjects.kind": "entity or watchlist",
    "trend_subjects.name": "what is or was in the catalogue or the configuration",
    "feedback.watchlist": "likewise",
    "feedback.delivery_id": "what people thought of an alert outlives its row, as long as articles are kept",
    "feedback.user_id": "a person",
    "mutes.by_user": "likewise",
    "grouping_decisions.user_id": "likewise",
    "web_keys.user_id": "likewise",
    "web_keys.chat": "likewise",
    "web_keys.password": "the hash of a secret",
    "web_keys.digest": "the hash of a secret",
    "web_keys.watchlist": "a watchlist of the configuration, or one that was",
    "shifts.user_id": "likewise",
    "translations.digest": "the hash of a text",
    "mutes.kind": "story or watchlist",
    "mutes.key": "a watchlist's name; of stories: see below",
    "outbox.message_id": "the channel's number",
    "outbox.last_known_id": "likewise",
    "lanes.last_message_id": "likewise",
    "lanes.chat": "likewise",
    "lanes.claimed_newest": "likewise",
    "lanes.claimed_numbering": "a sequence of such numbers",
    "message_ids.numbering": "likewise",
    "message_ids.message_id": "likewise",
    "updates.update_id": "the server's number",
    "incident_kinds.kind": "a kind of incidents",
    "memory.key": "a fact",
    "writer.epoch": "a count",
    "daemon.pid": "a process",
    "processes.instance": "the random id of a process",
    "processes.pid": "a process",
    "processes.configuration": "a version",
    "leaders.role": "a role",
    "leaders.epoch": "a count",
    "leaders.instance": "who took it last: it may have ended since",
    "turns.kind": "a kind of work",
    "turns.ident": "of a source or an entry: a turn is over within minutes",
    "turns.owner": "a process, which may have died: the turn is over then",
    "hosts.host": "a host of the web",
    "configurations.version": "a count",
    "index_state.low": "where the index begins, whether or not that article is kept",
}


def columns() -> dict[str, Column[object]]:
    """Return all columns by which rows may refer to rows."""
    return {
        f"{table.name}.{column.name}": column
        for table in schema.metadata.tables.values()
        for column in table.columns
        if column.type is Ident or isinstance(column.type, Key)
    }


def references() -> dict[str, str]:
    keys = {
        name: f"{key.column.table.name}.{key.column.name}"
        for name, column in columns().items()
        for key in column.foreign_keys
    }
    return keys | REFERENCES


def test_every_column_that_may_refer_to_rows_is_known() -> None:
    ids = {name for name in columns() if name.endswith(".id")}
    assert set(columns()) - ids == set(references()) | set(OWN)
    assert not set(references()) & set(OWN)


def live(tx: Transaction, name: str, at: datetime) -> None:
    """Leave something in every table, for a source, a channel and a lane of this name."""
    lane = f"telegram:{name}"
    state = next(state for state in tx.source_states() if state.source.name == name)
    tx.record_poll(record(state.id, entry(name), at=at, next_poll_at=at))
    story = tx.create_story(at)
    ids = [tx.add_article(article(f"{name} {number}", seen_at=at)) for number in range(2)]
    tx.join_story(story, ids[0], Relation.FIRST, (), at)
    tx.keep_reason(story, ids[0], JoinReason(JoinRule.OPENED, ids[0]))
    tx.join_story(story, ids[1], Relation.SAME, (), at)
    tx.keep_reason(story, ids[1], JoinReason(JoinRule.OPENED, ids[0]))
    tx.add_verdicts(ids[0], [Verdict("Arms", matched=True, reason="1 term")])
    tx.keep_features([(ids[0], at, KeptFeatures(1, "c", b""))])
    (pending,) = tx.due_entries(at, 9)
    tx.finish_entry(pending.id, ids[0])
    first = tx.add_delivery(NewDelivery(name, f"alert:{name}", alert(name), story_id=story), at)
    claimed = tx.claim_delivery([name], lane, at)
    assert claimed is not None
    assert claimed.id == first
    tx.save_claim_note(lane, ClaimNote(claimed.id, None, "", None, f"private:{name}"))
    tx.save_probe_notes(lane, claimed.id, 1, "")
    tx.mark_sent(claimed.id, lane, Receipt(1), at)
    tx.saw_id(f"private:{name}", 1)
    reply = NewDelivery(name, f"reply:{name}", alert(name), story_id=story, reply_to=first, carried_by=f"alert:{name}")
    carried = tx.add_delivery(reply, at)
    assert carried is not None
    tx.mark_dead(carried, "given up")
    tx.save_alert_history(name, History((at,), {"Arms": at}, f"alert:{name}"))
    tx.mute("story", str(story), None, 7)
    tx.save_feedback(claimed.id, 7, useful=True, now=at)


@pytest.mark.parametrize("configured", [True, False])
def test_the_clean_up_leaves_no_row_that_refers_to_nothing(url: str, configured: bool) -> None:
    now = OLD
    store = open_store(url, clock_now=lambda: now)
    sources = [source("old"), source("new")]
    with store.begin() as tx:
        tx.sync_sources(sources, OLD)
        live(tx, "old", OLD)
    now = NEW
    with store.begin() as tx:
        if configured:
            tx.claim_delivery(["old"], "telegram:old", NEW)
        else:
            tx.sync_sources(sources[1:], NEW)
        live(tx, "new", NEW)
    now = NOW
    assert dangling(store) == []
    with store.begin() as tx:
        while tx.clean_up(LIMIT):
            pass
    assert dangling(store) == []
    assert {name: names(store, name) for name in ("channels", "lanes")} == {
        "channels": {"old", "new"} if configured else {"new"},
        "lanes": {"telegram:old", "telegram:new"} if configured else {"telegram:new"},
    }
    with store.begin() as tx:
        assert [row.dedupe for row in tx.deliveries()] == ["reply:new", "alert:new"]
        assert tx.alert_history("old") == History()
        assert tx.alert_history("new") == History((NEW,), {"Arms": NEW}, "alert:new")
        assert len(tx.mutes(NOW)) == 1
    store.close()


def test_a_lane_that_nothing_was_ever_claimed_for_is_forgotten_with_its_channel(url: str) -> None:
    now = OLD
    store = open_store(url, clock_now=lambda: now)
    with store.begin() as tx:
        tx.save_lane(tx.lane("telegram:-1"))
        now = NOW
        add(tx, "a", channel="desk")
        tx.claim_delivery(["desk"], "telegram:-2", NOW)
        tx.clean_up(LIMIT)
    assert names(store, "lanes") == {"telegram:-2"}
    store.close()


def names(store: Database, table: str) -> set[str]:
    with store._engine.connect() as connection:
        return set(connection.scalars(select(schema.metadata.tables[table].c.name)))


def dangling(store: Database) -> list[str]:
    """Return the columns with values that no row has."""
    found = []
    with store._engine.connect() as connection:
        for name, target in references().items():
            column, other = columns()[name], column_of(target)
            there = select(other.table.alias("there").c[other.name]).scalar_subquery()
            lost = select(func.count()).select_from(column.table).where(and_(column.is_not(None), column.not_in(there)))
            if connection.scalar(lost):
                found.append(name)
        muted = schema.mutes.c.key.not_in(select(schema.stories.c.id.cast(schema.mutes.c.key.type)).scalar_subquery())
        if connection.scalar(select(func.count()).where(schema.mutes.c.kind == "story", muted)):
            found.append("mutes.key")
    return found


def column_of(name: str) -> Column[object]:
    table, _, column = name.partition(".")
    return schema.metadata.tables[table].c[column]
