"""The outbox: what is added, listed, amended and gathered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.store_samples import DESK, LANE, NOW, add, after, alert, row, send

from monitor.errors import StoreError
from monitor.model import Delivery, Fact, Lane, NewDelivery, Receipt, State
from monitor.store import Database


def test_a_row_comes_back_as_it_was_added(store: Database) -> None:
    with store.begin() as tx:
        story = tx.create_story(NOW)
        first = add(tx, "a")
        second = add(tx, "b", story_id=story, reply_to=first, due_at=after(5), expires_at=after(100))
    with store.begin() as tx:
        assert row(tx, second) == Delivery(
            id=second,
            channel="desk",
            dedupe="b",
            alert=alert("b"),
            state=State.READY,
            story_id=story,
            reply_to=first,
            revision=1,
            sent_revision=0,
            attempts=0,
            due_at=after(5),
            created_at=NOW,
            expires_at=after(100),
        )
        assert row(tx, first).due_at == NOW
        assert [one.id for one in tx.deliveries_of(story)] == [second]
        assert tx.delivery(second + 1) is None


def test_a_known_dedupe_adds_nothing(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "alert:1:arms:desk")
        again = NewDelivery("desk", "alert:1:arms:desk", alert("other words"))
        assert tx.add_delivery(again, after(5)) is None
    with store.begin() as tx:
        assert tx.add_delivery(again, after(5)) is None
        assert row(tx, first).alert == alert("alert:1:arms:desk")


def test_dedupe_is_unique_at_any_length(store: Database) -> None:
    long = "reply:" + "довге ім'я " * 1000
    with store.begin() as tx:
        add(tx, long + "1")
        add(tx, long + "2")
        assert tx.add_delivery(NewDelivery("desk", long + "1", alert()), NOW) is None


def test_lists_are_newest_first_and_filtered(store: Database) -> None:
    with store.begin() as tx:
        ids = [add(tx, f"row {number}") for number in range(4)]
        other = add(tx, "other", channel="me")
        tx.mark_dead(ids[1], "no such chat")
        assert [one.id for one in tx.deliveries()] == [other, *reversed(ids)]
        assert [one.id for one in tx.deliveries(limit=2)] == [other, ids[3]]
        assert [one.id for one in tx.deliveries(state="dead")] == [ids[1]]
        assert [one.id for one in tx.deliveries(channel="me")] == [other]
        with pytest.raises(StoreError, match=r"no state 'deed'.*ready.*dead"):
            tx.deliveries(state="deed")
        counts = tx.delivery_counts()
        assert (counts["ready"], counts["dead"], counts["sent"]) == (4, 1, 0)
        assert set(counts) == set(State)


def test_amending_a_waiting_row_changes_its_words_alone(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a", due_at=after(60))
        tx.amend_delivery(one, alert("new"), after(5))
        found = row(tx, one)
    assert (found.alert, found.revision, found.state, found.due_at) == (alert("new"), 2, State.READY, after(60))


def test_amending_a_sent_row_makes_an_edit_of_it(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        send(tx, 50)
        tx.amend_delivery(one, alert("new"), after(5))
        tx.amend_delivery(one, alert("newer"), after(6))
        found = row(tx, one)
        assert (found.state, found.message_id, found.sent_revision, found.revision) == (State.READY, 50, 1, 3)
        edit = tx.claim_delivery(DESK, LANE, after(7))
        assert edit is not None
        assert (edit.message_id, edit.alert) == (50, alert("newer"))  # edits coalesce: the newest wins
        tx.mark_sent(one, LANE, Receipt(), after(8))
        found = row(tx, one)
    assert (found.state, found.message_id, found.edits, found.sent_revision) == (State.SENT, 50, 1, 3)
    assert found.sent_at == NOW


def test_amending_a_row_in_flight_sends_it_again(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        assert tx.claim_delivery(DESK, LANE, NOW) is not None
        tx.amend_delivery(one, alert("new"), after(1))
        assert row(tx, one).state == State.SENDING
        tx.mark_sent(one, LANE, Receipt(7), after(2))
        found = row(tx, one)
        assert (found.state, found.sent_revision, found.revision, found.due_at) == (State.READY, 1, 2, after(2))
        edit = send(tx, None, after(3))
        assert (edit.message_id, edit.alert) == (7, alert("new"))
        assert row(tx, one).state == State.SENT


def test_amending_a_held_row_keeps_it_held(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a", held_until=after(100))
        tx.amend_delivery(one, alert("new"), NOW)
        assert row(tx, one).state == State.HELD


def test_amending_a_repaired_row_gives_new_words_their_chance(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        tx.claim_delivery(DESK, LANE, NOW)
        tx.mark_ready(one, NOW, "cannot parse", repair=True)
        assert row(tx, one).repaired
        tx.claim_delivery(DESK, LANE, NOW)
        tx.amend_delivery(one, alert("new"), NOW)
        assert row(tx, one).repaired  # the probe must look for what was sent
        tx.mark_sent(one, LANE, Receipt(1), NOW)
        assert not row(tx, one).repaired


def test_amending_what_is_not_there_is_an_error(store: Database) -> None:
    with store.begin() as tx, pytest.raises(StoreError, match="no row 99"):
        tx.amend_delivery(99, alert(), NOW)


def test_only_dead_rows_are_replayed(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a", expires_at=after(100))
        assert not tx.replay_delivery(one, NOW)
        assert not tx.replay_delivery(99, NOW)
        tx.claim_delivery(DESK, LANE, NOW)
        tx.mark_dead(one, "no such chat")
        assert tx.replay_delivery(one, after(500))
        found = row(tx, one)
    assert (found.state, found.due_at, found.expires_at) == (State.READY, after(500), after(600))
    assert (found.attempts, found.error) == (0, None)


def test_a_lane_is_blank_until_it_is_saved(store: Database) -> None:
    with store.begin() as tx:
        assert tx.lane(LANE) == Lane(LANE)
        saved = Lane(LANE, 5, -200, after(1), after(2), "blocked")
        tx.save_lane(saved)
        assert tx.lane(LANE) == saved


def test_the_newest_message_id_only_grows_in_one_chat(store: Database) -> None:
    with store.begin() as tx:
        add(tx, "a")
        remembered = tx.lane(LANE)
        send(tx, 90)
        tx.save_lane(replace(remembered, paused_until=after(9)))
        assert tx.lane(LANE) == Lane(LANE, 90, paused_until=after(9))
        tx.save_lane(Lane(LANE, last_message_id=70))
        assert tx.lane(LANE).last_message_id == 90
        tx.save_lane(Lane(LANE, last_message_id=3, chat=-300))  # a migrated chat counts anew
        assert tx.lane(LANE).last_message_id == 3


def test_memory(store: Database) -> None:
    with store.begin() as tx:
        assert tx.get(Fact.JUDGING) is None
        tx.put(Fact.JUDGING, "1")
        tx.put(Fact.JUDGING, "2\x00")
        tx.put(Fact.CLEANED_ON, "")
        assert (tx.get(Fact.JUDGING), tx.get(Fact.CLEANED_ON)) == ("2\ufffd", "")
