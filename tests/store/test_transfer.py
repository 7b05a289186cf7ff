"""Everything arrives, once, in either direction; what is broken off goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from doubles.postgres import Postgres
from doubles.store_samples import LANE, NOW, add, alert, article, entry, record, send, source
from sqlalchemy import func, select

from monitor.errors import StoreError
from monitor.model import (
    ClockState,
    Delivery,
    Fact,
    Hub,
    Incident,
    JoinReason,
    JoinRule,
    KeptFeatures,
    NewDelivery,
    Relation,
    State,
    Verdict,
)
from monitor.store import Database, move, schema, transfer


@pytest.fixture(params=["to postgres", "to file", "back"])
def pair(request: pytest.FixtureRequest, tmp_path: Path, opened: Callable[..., Database]) -> tuple[Database, Database]:
    """Two databases: a full one, and an empty one."""
    file = f"sqlite:///{tmp_path}/one.db"
    if request.param == "to file":
        urls = file, f"sqlite:///{tmp_path}/other.db"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        urls = (file, server.lend()) if request.param == "to postgres" else (server.lend(), file)
    one, other = (opened(url) for url in urls)
    fill(one)
    return one, other


def fill(store: Database) -> None:
    """Leave something in every table that is moved, with what databases hold differently."""
    with store.begin() as tx:
        tx.sync_sources([source("Укрінформ"), source("B"), source("gone")], NOW)
        ids = [state.id for state in tx.source_states()]
        tx.record_poll(record(ids[0], *(entry(f"k{n}", title=f"Ракета № {n} \U0001f680") for n in range(7))))
        tx.follow_hub(ids[0], Hub("https://hub.example/", "https://x.example/rss"), NOW)
        pending = tx.due_entries(NOW, 9)
        article_id, story = tx.add_article(article("a1", published=None)), tx.create_story(NOW)
        tx.join_story(story, article_id, Relation.FIRST, ("Yonhap",), NOW)
        tx.keep_reason(story, article_id, JoinReason(JoinRule.OPENED, article_id, 0.1 + 0.2))
        tx.add_verdicts(article_id, [Verdict("Arms", matched=True, reason="1 term")])
        tx.keep_features([(article_id, NOW, KeptFeatures(1, "c", bytes(range(256))))])
        tx.finish_entry(pending[0].id, article_id)
        tx.add_reading(pending[1].id, article("a2"), b"\x00v", baseline=True)
        send(tx, 7) if add(tx, "alert:1", story_id=story) else None
        held = tx.add_delivery(NewDelivery("desk", "held", alert("held"), held_until=NOW + timedelta(hours=1)), NOW)
        assert held is not None
        tx.add_digest(NewDelivery("desk", "digest:1", alert("Digest")), [held], NOW)  # its row is younger than held's
        tx.store_updates([(1, "{}")], NOW)
        tx.save_clock_state(ClockState(NOW, 1.5, None))
        tx.open_incident(Incident("topic", "desk", "closed"), NOW)
        tx.mute("watchlist", "Arms", None, 7)
        tx.put(Fact.CLEANED_ON, "2024-05-06")


def rows_of(store: Database) -> list[Delivery]:
    with store.begin() as tx:
        return tx.deliveries()


def test_both_hold_the_same_and_the_first_is_used_no_more(pair: tuple[Database, Database]) -> None:
    one, other = pair
    before = rows_of(one)
    moved = {table.name: table.rows for table in move(one, other)}
    assert set(moved) == set(schema.metadata.tables) - transfer.OF_THE_PLACE
    assert moved["entries"] == 7
    assert moved["outbox"] == 3
    assert rows_of(other) == before
    assert {row.state for row in before} > {State.SENT}
    with other.begin() as tx:
        assert {state.source.name for state in tx.source_states()} == {"Укрінформ", "B", "gone"}
        assert tx.readings(1)[0].vector == b"\x00v"
        assert tx.lane(LANE).last_message_id == 7
        new = tx.add_delivery(NewDelivery("desk", "new", alert("new")), NOW)
        assert new is not None
        assert new > max(row.id for row in before), "ids go on"
    with other.lock():
        pass
    with pytest.raises(StoreError, match="was moved to"):
        one.lock()
    with pytest.raises(StoreError, match=r"was moved to .* already"):
        move(one, other)


@pytest.mark.parametrize("batches", [1, 4, 9])
def test_what_is_broken_off_goes_on(
    pair: tuple[Database, Database], batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    monkeypatch.setattr(transfer, "_BATCH", 2)
    left = batches

    def stop(_: str, __: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(one, other, stop)
    with pytest.raises(StoreError, match="but a part"):
        other.lock()
    moved = {table.name: table.rows for table in move(one, other)}
    assert moved["entries"] == 7
    assert rows_of(other) == rows_of(one)


def test_a_source_that_was_used_in_between_is_moved_anew(
    pair: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    monkeypatch.setattr(transfer, "_BATCH", 2)
    calls = []

    def stop(table: str, _: int) -> None:
        calls.append(table)
        if table == "outbox":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(one, other, stop)
    with one.lock(), one.begin() as tx:  # a daemon runs, edits and deletes
        tx.finish_entry(tx.due_entries(NOW, 9)[0].id, None, "given up")
        tx.connection.execute(schema.mutes.delete())
        add(tx, "alert:9")
    moved = {table.name: table.rows for table in move(one, other)}
    assert moved["mutes"] == 0
    assert rows_of(other) == rows_of(one)


def test_a_database_with_rows_is_no_target(pair: tuple[Database, Database]) -> None:
    one, other = pair
    with other.begin() as tx:
        tx.mute("watchlist", "Arms", None, 7)
    with pytest.raises(StoreError, match="holds rows already"):
        move(one, other)
    with pytest.raises(StoreError, match="to itself"):
        move(one, one)
    with one.lock():
        pass


def test_a_difference_is_found(pair: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = pair
    copy = transfer._copy

    def spoilt(source: Database, target: Database, *rest: object) -> None:
        copy(source, target, *rest)  # type: ignore[arg-type]
        with target.begin() as tx:
            tx.connection.execute(schema.articles.update().values(title="other"))

    monkeypatch.setattr(transfer, "_copy", spoilt)
    with pytest.raises(StoreError, match="articles differs"):
        move(one, other)
    with pytest.raises(StoreError, match="but a part"):
        other.lock()
    with one.begin() as tx:
        assert tx.connection.scalar(select(func.count()).select_from(schema.articles)) == 1
        assert tx.get(Fact.MOVED_TO) is None
