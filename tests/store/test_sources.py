"""Sources and their entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.store_samples import DESK, LANE, NOW, add, after, article, entry, record, row, source

from monitor.errors import StoreError
from monitor.model import (
    ArrivalRate,
    FaultedEntry,
    FeedWishes,
    Lane,
    PendingEntry,
    PollReason,
    Relocation,
    SourceState,
    Validators,
)
from monitor.store import Database, Transaction


def watch(tx: Transaction, *names: str) -> list[int]:
    """Configure sources; return their ids in the order of the names."""
    tx.sync_sources([source(name) for name in names], NOW)
    ids = {state.source.name: state.id for state in tx.source_states()}
    return [ids[name] for name in names]


def test_a_new_source_is_due_now(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_sources([source("Yonhap", language=None, timezone="Asia/Seoul", kind="sitemap")], NOW)
        (state,) = tx.source_states()
        assert state == SourceState(
            id=state.id,
            source=source("Yonhap", language=None, timezone="Asia/Seoul", kind="sitemap"),
            next_poll_at=NOW,
            interval=180.0,
        )
        assert tx.due_sources(NOW, 10) == [state]
        assert tx.due_sources(NOW - timedelta(microseconds=1), 10) == []
        assert tx.source_state(state.id) == state


def test_syncing_again_changes_nothing(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, validators=Validators("W/x", "yesterday"), body_hash="h", baseline=True))
        before = tx.source_states()
        tx.sync_sources([source("A")], after(50))
        assert tx.source_states() == before


def test_permanent_redirects_are_remembered_until_the_address_changes(store: Database) -> None:
    moves = Relocation("https://a.example/", "https://b.example/", NOW, 2)
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        for changes in ({}, {"error": "no answer", "error_kind": "timeout"}):
            tx.record_poll(record(one, relocation=moves, **changes))
            (state,) = tx.due_sources(after(1000), 9)
            assert (state.relocation, state.address) == (moves, "https://a.example/")
        tx.sync_sources([replace(source("A"), every=600.0)], NOW)
        assert tx.source_states()[0].relocation == moves
        tx.sync_sources([replace(source("A"), url="https://c.example/")], NOW)
        (state,) = tx.source_states()
        assert (state.relocation, state.address) == (Relocation(), "https://c.example/")


def test_a_poll_is_remembered(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        validators = Validators('W/"x"', "garbage \x00 date")
        assert tx.record_poll(record(one, validators=validators, body_hash="h", baseline=True, notes=("cut",))) == 0
        state = tx.source_state(one)
        assert state is not None
        assert state.validators == Validators('W/"x"', "garbage \ufffd date")
        assert (state.body_hash, state.next_poll_at, state.baseline_at) == ("h", after(180), NOW)
        assert (state.last_poll_at, state.last_success_at, state.last_new_at) == (NOW, NOW, None)
        assert state.notes == ("cut",)
        tx.record_poll(record(one, at=after(9), body_hash="h"))  # the same body: nothing new is known of it
        state = tx.source_state(one)
        assert state is not None
        assert (state.notes, state.baseline_at) == (("cut",), NOW)
        tx.record_poll(record(one, at=after(9), body_hash="i"))
        state = tx.source_state(one)
        assert state is not None
        assert state.notes == ()


def test_a_failed_poll_keeps_what_the_last_good_one_left(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, validators=Validators("e", "m"), body_hash="h", baseline=True))
        tx.record_poll(record(one, at=after(200), failures=3, error="404", error_kind="status", stopped=True))
        state = tx.source_state(one)
        assert state is not None
        assert (state.validators, state.body_hash, state.baseline_at) == (Validators("e", "m"), "h", NOW)
        assert (state.last_poll_at, state.last_success_at, state.failures) == (after(200), NOW, 3)
        assert (state.error, state.error_kind, state.stopped) == ("404", "status", True)
        assert tx.due_sources(after(10_000), 10) == []


def test_a_missing_source_is_kept_and_polled_no_more(store: Database) -> None:
    with store.begin() as tx:
        one, two = watch(tx, "A", "B")
        tx.record_poll(record(one, entry("k"), body_hash="h"))
        watch(tx, "B")
        assert [state.id for state in tx.source_states()] == [two]
        assert [state.id for state in tx.due_sources(after(9000), 10)] == [two]
        assert tx.source_state(one) is None
        assert len(tx.due_entries(NOW, 9)) == 1  # what was found before is still judged
        tx.sync_sources([source("A"), source("B")], after(5))
        state = tx.source_state(one)
        assert state is not None
        assert (state.next_poll_at, state.body_hash) == (after(5), "h")
        assert tx.recognise(one, [entry("k")]).news == ()


def test_a_new_address_clears_validators_but_not_entries(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(
            record(one, entry("k"), validators=Validators("e", "m"), body_hash="h", stopped=True, failures=2)
        )
        tx.sync_sources([source("A", url="https://new.example/rss")], after(5))
        state = tx.source_state(one)
        assert state is not None
        assert (state.validators, state.body_hash, state.stopped) == (Validators(), None, False)
        assert (state.next_poll_at, state.failures) == (after(5), 0)
        assert tx.recognise(one, [entry("k")]).news == ()


def test_a_shorter_interval_acts_at_once(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, next_poll_at=after(3600)))
        tx.sync_sources([source("A", every=60.0)], after(5))
        state = tx.source_state(one)
        assert state is not None
        assert (state.next_poll_at, state.interval, state.source.every) == (after(65), 60.0, 60.0)
        tx.sync_sources([source("A", every=7200.0)], after(6))
        state = tx.source_state(one)
        assert state is not None
        assert state.next_poll_at == after(65)


def test_the_longest_due_come_first(store: Database) -> None:
    with store.begin() as tx:
        ids = watch(tx, "A", "B", "C")
        for number, one in enumerate(ids):
            tx.record_poll(record(one, next_poll_at=after(30 - number)))
        assert [state.id for state in tx.due_sources(after(30), 2)] == [ids[2], ids[1]]


def test_postponing_changes_the_time_alone(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, validators=Validators("e"), body_hash="h"))
        tx.record_poll(record(one, failures=1, error="time-out", error_kind="timeout"))
        tx.postpone_source(one, after(300), PollReason.HOST)
        state = tx.source_state(one)
        assert state is not None
        assert (state.next_poll_at, state.error, state.failures) == (after(300), "time-out", 1)
        assert (state.validators, state.body_hash) == (Validators("e"), "h")


def poll_unknown(store: Database) -> None:
    with store.begin() as tx:
        watch(tx, "A")
        tx.record_poll(record(5, entry("k")))


def test_a_poll_of_an_unknown_source_is_an_error(store: Database) -> None:
    with pytest.raises(StoreError, match="no source has the id 5"):
        poll_unknown(store)
    with store.begin() as tx:
        assert tx.source_states() == []  # the whole transaction is gone


def test_unseen_are_new_and_edited_ones(store: Database) -> None:
    with store.begin() as tx:
        one, two = watch(tx, "A", "B")
        tx.record_poll(record(one, entry("k1"), entry("k2")))
        found = [entry("k3"), entry("k2", digest="changed"), entry("k1")]
        assert tx.recognise(one, found).news == tuple(found[:2])
        assert tx.recognise(two, found).news == tuple(found)
        assert tx.recognise(one, []).news == ()


def test_strange_keys_stay_known(store: Database) -> None:
    strange = [entry("k\x00"), entry("long" * 5000), entry("long" * 5000 + "!"), entry("\ud800"), entry("")]
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        assert tx.record_poll(record(one, *strange)) == len(strange)
        assert tx.recognise(one, strange).news == ()
        assert tx.record_poll(record(one, *strange)) == 0


def test_an_entry_comes_back_as_it_was_recorded(store: Database) -> None:
    full = entry("k", summary="Зміст", author="А. Б.", published=after(-60), language="uk", link=None, guid=None)
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        assert tx.record_poll(record(one, full, late_before=after(-60))) == 1
        (pending,) = tx.due_entries(NOW, 10)
        assert pending == PendingEntry(id=pending.id, source=source("A"), entry=full, first_seen_at=NOW)
        assert tx.pending_entry(pending.id) == pending
        assert tx.pending_entry(pending.id + 1) is None
        assert tx.due_entries(NOW - timedelta(microseconds=1), 10) == []


def test_recording_twice_adds_once(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        again = record(one, entry("k1"), entry("k1", title="a duplicate"), entry("k2"))
        assert tx.record_poll(again) == 2
        assert tx.record_poll(again) == 0
        assert [pending.entry.title for pending in tx.due_entries(NOW, 9)] == ["k2", "k1"]
        state = tx.source_state(one)
        assert state is not None
        assert state.last_new_at == NOW


def test_oldest_entries_are_read_first_and_a_baseline_last(store: Database) -> None:
    with store.begin() as tx:
        one, two = watch(tx, "A", "B")
        tx.record_poll(record(one, entry("base"), at=after(-100), baseline=True))
        tx.record_poll(record(two, entry("c", published=after(-10)), entry("b", published=after(-20))))
        tx.record_poll(record(two, entry("a", published=after(5)), at=after(-50)))
        assert [pending.entry.key for pending in tx.due_entries(NOW, 9)] == ["a", "b", "c", "base"]
        assert [pending.entry.key for pending in tx.due_entries(NOW, 2)] == ["a", "b"]
        assert [pending.baseline for pending in tx.due_entries(NOW, 9)] == [False, False, False, True]


def test_late_entries_are_counted_apart(store: Database) -> None:
    with store.begin() as tx:
        one, two = watch(tx, "A", "B")
        old, new, undated = entry("old", published=after(-99)), entry("new", published=NOW), entry("undated")
        tx.record_poll(record(one, old, new, undated, late_before=after(-50)))
        tx.record_poll(record(two, old, baseline=True, late_before=after(-50)))
        assert [(one.entry.key, one.late) for one in tx.due_entries(NOW, 3)] == [
            ("old", True),
            ("undated", False),
            ("new", False),
        ]
        assert tx.pending_count() == 4
        assert tx.pending_count(late=True) == 1
        assert tx.pending_count(baseline=True) == 1
        assert tx.pending_count(late=True, baseline=True) == 2


def test_deferring_counts_the_attempt(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, entry("k1"), entry("k2")))
        first, second = tx.due_entries(NOW, 9)
        tx.defer_entry(first.id, after(60), "time-out")
        assert [pending.id for pending in tx.due_entries(NOW, 9)] == [second.id]
        again = tx.pending_entry(first.id)
        assert again is not None
        assert again.attempts == 1
        tx.finish_entry(first.id, None, "gone")
        tx.defer_entry(first.id, after(60), "too late")  # it is not pending any more
        assert tx.pending_entry(first.id) is None


def test_internal_errors_are_counted_until_the_entry_is_given_up_and_an_edit_revives_it(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, entry("k1"), entry("k2"), entry("k3")))
        first, second, third = sorted(tx.due_entries(NOW, 9), key=lambda pending: pending.entry.key)
        for number in range(2):
            tx.fault_entry(first.id, after(number), after(number + 10), "ZeroDivisionError")
        again = tx.pending_entry(first.id)
        assert again is not None
        assert (again.faults, again.attempts) == (2, 0)
        assert tx.faulted_entries(NOW - timedelta(1), 2) == [], "it is still pending"
        tx.fault_entry(first.id, after(5), None, "KeyError")
        tx.fault_entry(first.id, after(9), after(9), "TooLate")
        tx.fault_entry(second.id, after(4), after(4), "ZeroDivisionError")
        tx.finish_entry(second.id, tx.add_article(article()))
        tx.finish_entry(third.id, None, "gone")
        assert tx.pending_entry(first.id) is None
        assert tx.faulted_entries(NOW - timedelta(1), 1) == [
            FaultedEntry(first.id, "A", "k1", first.entry.link, "KeyError", after(5), given_up=True),
            FaultedEntry(second.id, "A", "k2", second.entry.link, "ZeroDivisionError", after(4), given_up=False),
        ]
        assert [row.id for row in tx.faulted_entries(after(4), 1)] == [first.id]
        assert [row.id for row in tx.faulted_entries(NOW, 2)] == [first.id]
        tx.record_poll(record(one, entry("k1", digest="d2"), at=after(60)))
        (revived,) = tx.due_entries(after(60), 9)
        assert (revived.id, revived.faults) == (first.id, 0)
        assert [row.id for row in tx.faulted_entries(NOW, 1)] == [second.id]


def test_an_edited_entry_is_read_again(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, entry("k1"), baseline=True))
        (first,) = tx.due_entries(NOW, 9)
        tx.finish_entry(first.id, tx.add_article(article()))
        assert tx.due_entries(NOW, 9) == []
        edited = entry("k1", title="new title", digest="d2")
        assert tx.record_poll(record(one, edited, at=after(60))) == 0
        (again,) = tx.due_entries(after(60), 9)
        assert (again.id, again.entry, again.edited, again.baseline) == (first.id, edited, True, True)
        assert again.first_seen_at == NOW


def test_an_edit_before_the_first_reading_is_no_edit(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, entry("k1")))
        tx.defer_entry(tx.due_entries(NOW, 9)[0].id, after(500), "time-out")
        tx.record_poll(record(one, entry("k1", digest="d2"), at=after(60)))
        (again,) = tx.due_entries(after(60), 9)
        assert (again.entry.digest, again.edited, again.attempts) == ("d2", False, 0)


@pytest.mark.parametrize("seconds", [3600.5, -86400.0])
def test_the_schedule_moves_with_the_wall_clock(store: Database, seconds: float) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, entry("k1"), entry("k2")))
        done, waiting = tx.due_entries(NOW, 9)
        tx.finish_entry(done.id, None, "gone")
        ready = add(tx, "ready", due_at=after(5), expires_at=after(50))
        held = add(tx, "held", held_until=after(60))
        tx.save_lane(Lane(LANE, paused_until=after(7)), DESK)
        tx.shift_schedule(seconds)
        state = tx.source_state(one)
        assert state is not None
        assert state.next_poll_at == after(180 + seconds)
        assert [pending.id for pending in tx.due_entries(after(seconds), 9)] == [waiting.id]
        assert tx.due_entries(after(seconds - 0.001), 9) == []
        assert (row(tx, ready).due_at, row(tx, ready).expires_at) == (after(5 + seconds), after(50 + seconds))
        assert row(tx, held).due_at == after(60)
        assert [one.id for one in tx.unsent_deliveries("desk", after(seconds))] == [ready]
        assert tx.unsent_deliveries("desk", after(seconds - 1)) == [], "it has waited no longer than before"
        assert tx.lane(LANE).paused_until == after(7 + seconds)


# --------------------------------------------------------------------------- rhythm


RATE = ArrivalRate(bytes(range(256)) * 5 + bytes(64), 473352, 2.5, 0.75, 1.5, 0.4, 0.9)


def state_of(tx: Transaction, source_id: int) -> SourceState:
    state = tx.source_state(source_id)
    assert state is not None
    return state


def test_a_rate_and_the_wishes_of_a_feed_come_back_as_they_were_recorded(store: Database) -> None:
    wishes = FeedWishes(3600.0, frozenset({0, 23}), frozenset({6}))
    with store.begin() as tx:
        one, two = watch(tx, "A", "B")
        assert (state_of(tx, one).rate, state_of(tx, one).wishes) == (ArrivalRate(), FeedWishes())
        tx.record_poll(
            record(one, rate=RATE, new_profile=True, wishes=wishes, reason=PollReason.TTL, reason_number=3600.0)
        )
        found = state_of(tx, one)
        assert (found.rate, found.wishes) == (RATE, wishes)
        assert (found.reason, found.reason_number) == (PollReason.TTL, 3600.0)
        assert state_of(tx, two).rate == ArrivalRate()


def test_a_profile_is_written_when_it_is_new_and_a_failure_teaches_nothing(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, rate=RATE, new_profile=True, wishes=FeedWishes(60.0)))
        later = replace(RATE, profile=b"not written", count=3.5, spacing=0.8)
        tx.record_poll(record(one, rate=later))
        assert state_of(tx, one).rate == replace(later, profile=RATE.profile)
        tx.record_poll(
            record(
                one, failures=1, error="time-out", error_kind="timeout", reason=PollReason.FAILURES, reason_number=1.0
            )
        )
        found = state_of(tx, one)
        assert (found.rate, found.wishes) == (replace(later, profile=RATE.profile), FeedWishes(60.0))
        assert (found.reason, found.reason_number) == (PollReason.FAILURES, 1.0)


def test_a_reason_that_this_version_does_not_know_is_none(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, reason="of another version"))
        assert state_of(tx, one).reason is None


def test_an_interval_that_is_no_longer_written_begins_at_three_minutes(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_sources([source("A", every=7200.0)], NOW)
        (one,) = (state.id for state in tx.source_states())
        tx.record_poll(record(one, next_poll_at=after(7200), interval=7200.0, reason=PollReason.WRITTEN))
        tx.sync_sources([source("A", every=None)], after(5))
        state = state_of(tx, one)
        assert (state.source.every, state.interval, state.next_poll_at) == (None, 180.0, after(185))
        assert state.reason is None


def test_arrivals_are_new_entries_without_edits_gaps_and_floods(store: Database) -> None:
    with store.begin() as tx:
        (one,) = watch(tx, "A")
        tx.record_poll(record(one, *(entry(f"k{n}") for n in range(10))))
        news = [entry("k1", digest="edited"), entry("n1"), entry("n2", refilled=True)]
        assert tx.arrivals(one, news, NOW) == 1
        assert tx.arrivals(one, [], NOW) == 0
        assert tx.arrivals(one, [entry(f"f{n}") for n in range(40)], NOW) is None
        assert tx.arrivals(one, [entry(f"f{n}", refilled=True) for n in range(40)], NOW) == 0
