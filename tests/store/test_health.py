"""What an operator must know of, on both databases."""

from __future__ import annotations

from datetime import timedelta

from doubles.store_samples import DESK, LANE, NOW, add, after, entry, record, send, source

from monitor.model import Lane, Rhythm
from monitor.store import Database

PATIENCE = timedelta(minutes=10)


def test_suspended_lanes_name_their_channels(store: Database) -> None:
    with store.begin() as tx:
        assert tx.suspended_lanes() == []
        lane = Lane(LANE, suspended_at=NOW, reason="blocked")
        tx.save_lane(lane, ["night", "desk"])
        tx.save_lane(Lane("telegram:7"), ["me"])
        assert tx.suspended_lanes() == [(lane, ["desk", "night"])]


def test_chats_that_moved_are_found(store: Database) -> None:
    with store.begin() as tx:
        tx.save_lane(Lane("telegram:7"), ["me"])
        assert tx.migrated_lanes() == []
        tx.save_lane(Lane(LANE, chat=-1005), ["desk"])
        assert tx.migrated_lanes() == [Lane(LANE, chat=-1005)]


def test_given_up_rows_are_given_oldest_first(store: Database) -> None:
    with store.begin() as tx:
        first, second, alive = add(tx, "a"), add(tx, "b"), add(tx, "c")
        tx.mark_dead(second, "no")
        tx.mark_dead(first, "no")
        assert [row.id for row in tx.given_up(after(-1))] == [first, second]
        assert tx.given_up(NOW) == []
        assert alive not in {row.id for row in tx.given_up(after(-1))}


def test_a_message_that_waits_in_vain(store: Database) -> None:
    with store.begin() as tx:
        assert tx.waiting_since(DESK, NOW, PATIENCE) is None
        add(tx, "a")
        assert tx.waiting_since(DESK, after(599), PATIENCE) is None
        assert tx.waiting_since(DESK, after(600), PATIENCE) == NOW
        assert tx.waiting_since(["other"], after(600), PATIENCE) is None
        claimed = tx.claim_delivery(DESK, LANE, NOW)
        assert claimed is not None
        tx.mark_ready(claimed.id, after(5000), "refused")
        assert tx.waiting_since(DESK, after(60), PATIENCE) == NOW, "it failed once"
        tx.save_lane(Lane(LANE, suspended_at=NOW), DESK)
        assert tx.waiting_since(DESK, after(60), PATIENCE) is None, "that is another trouble"


def test_what_was_held_waits_since_its_hour(store: Database) -> None:
    with store.begin() as tx:
        held = add(tx, "a", held_until=after(3600))
        assert tx.waiting_since(DESK, after(4000), PATIENCE) is None
        tx.release_deliveries([held], after(3600), after(9000))
        assert tx.waiting_since(DESK, after(3700), PATIENCE) is None
        assert tx.waiting_since(DESK, after(4200), PATIENCE) == after(3600)


def test_what_was_sent_waits_no_more(store: Database) -> None:
    with store.begin() as tx:
        add(tx, "a")
        send(tx, 17)
        assert tx.waiting_since(DESK, after(9000), PATIENCE) is None


def test_the_rhythm_of_a_source(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_sources([source("Ukrinform"), source("Yonhap")], NOW)
        busy, quiet = (state.id for state in tx.source_states())
        tx.record_poll(record(busy, entry("old"), baseline=True))
        for number, at in enumerate((100, 400, 1000, 1100)):
            new = [entry(f"{number}a"), entry(f"{number}b")]
            tx.record_poll(record(busy, *new, at=after(at)))
        assert tx.rhythms([busy, quiet], after(-1)) == {busy: Rhythm(4, after(100), 600.0)}
        assert tx.rhythms([busy], after(700)) == {busy: Rhythm(2, after(1000), 100.0)}
        assert tx.rhythms([busy], after(1100)) == {busy: Rhythm(1, after(1100), 0.0)}
        assert tx.rhythms([], NOW) == {}
