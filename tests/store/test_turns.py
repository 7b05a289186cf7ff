from __future__ import annotations

from collections.abc import Callable

from doubles.store_samples import article, entry, record, source

from monitor.store import Database

UNITS = [(3, "C"), (1, "A"), (2, "B")]


def test_a_unit_is_queued_once_and_had_by_one(store: Database) -> None:
    with store.begin() as tx:
        assert tx.queue_turns("poll", [], 60) == []
        assert tx.queue_turns("poll", UNITS, 60) == [1, 2, 3]
        assert tx.queue_turns("poll", [(1, "A"), (4, "D")], 60) == [4]
        assert tx.queue_turns("read", [(1, "A")], 60) == [1], "kinds are apart"
        assert tx.take_turns("poll", [1, 2, 9], "me", 60) == [1, 2]
        assert tx.take_turns("poll", [1, 2, 3], "you", 60) == [3]
        assert [turn.owner for turn in tx.turns()] == ["me", "me", "you", None, None]
        assert [turn.ident for turn in tx.turns("me")] == [1, 2]
        assert tx.keep_turns("me", 60) == 2
        tx.release_turns("poll", [1, 3], "me")
        assert [turn.ident for turn in tx.turns() if turn.kind == "poll"] == [2, 3, 4], "3 is not mine"
        tx.drop_turns("poll", [2, 3])
        assert [turn.ident for turn in tx.turns() if turn.kind == "poll"] == [4]


def test_a_turn_whose_time_is_over_is_free(store: Database) -> None:
    with store.begin() as tx:
        tx.queue_turns("read", [(1, "A")], 60)
        assert tx.take_turns("read", [1], "me", -1) == [1]
        assert [turn.over for turn in tx.turns()] == [True]
        assert tx.take_turns("read", [1], "you", 60) == [1]
        assert tx.keep_turns("me", 60) == 0
        tx.requeue_turns("read", [1], 60)
        (turn,) = tx.turns()
        assert (turn.owner, turn.crashes, turn.over, turn.source) == (None, 1, False, "A")


def test_requests_to_a_host_are_apart_whoever_asks(store: Database) -> None:
    with store.begin() as tx:
        waits = [tx.reserve_host("h.example", 10)[0] for _ in range(3)]
        assert waits[0] == 0
        assert 9 < waits[1] <= 10
        assert 19 < waits[2] <= 20
        assert tx.reserve_host("other.example", 10) == (0, 0)
        tx.close_host("h.example", 300)
        wait, closed = tx.reserve_host("h.example", 10)
        assert wait < 0
        assert 299 < closed <= 300
        assert tx.forget_hosts(3600) == 0
        assert tx.forget_hosts(-3600) == 2


def test_a_reservation_under_way_is_not_waited_for(shared_url: str, opened: Callable[..., Database]) -> None:
    if shared_url.startswith("sqlite"):
        return  # one writer at a time: the other one waits for the whole transaction
    one, other = opened(shared_url), opened(shared_url)
    with one.begin() as first:
        assert first.reserve_host("h.example", 1)[0] == 0
    with one.begin() as first:
        first.reserve_host("h.example", 1)
        with other.begin() as second:
            assert second.reserve_host("h.example", 1) == (-1, 0)
            assert second.reserve_host("other.example", 1) == (0, 0)


def test_readings_come_in_order_and_end_with_their_entry(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_sources([source("A")], record(1).at)
        tx.record_poll(record(1, entry("a"), entry("b")))
        one, other = (each.id for each in tx.due_entries(record(1).at, 9))
        text = article("a1", seen_at=record(1).at)
        tx.add_reading(one, text, b"v", baseline=False)
        tx.add_reading(other, text, b"", baseline=True)
        tx.add_reading(one, text, b"w", baseline=True)
        first, second = tx.readings(9)
        assert (first.entry_id, first.article, first.vector, first.baseline) == (one, text, b"w", True)
        assert second.entry_id == other
        assert [each.id for each in tx.readings(9, after=first.id)] == [second.id]
        assert tx.count_readings() == 2
        tx.fault_reading(first.id)
        assert tx.readings(1)[0].faults == 1
        tx.end_reading(one)
        assert tx.count_readings() == 1
