"""The claim: one in flight, in order; and how calls end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.store_samples import DESK, LANE, NOW, add, after, alert, row, send

from monitor.errors import StoreError
from monitor.model import Lane, Receipt, State
from monitor.store import Database, Transaction


def claim(tx: Transaction, seconds: float = 0) -> int | None:
    claimed = tx.claim_delivery(DESK, LANE, after(seconds))
    return None if claimed is None else claimed.id


def fail(tx: Transaction, until: float, error: str | None = "refused") -> int:
    """Claim the next row and put it back."""
    claimed = claim(tx)
    assert claimed is not None
    tx.mark_ready(claimed, after(until), error)
    return claimed


def test_a_claim_is_written_with_all_that_the_probe_needs(store: Database) -> None:
    with store.begin() as tx:
        tx.save_lane(Lane(LANE, last_message_id=41))
        one = add(tx, "a")
        claimed = tx.claim_delivery(DESK, LANE, after(3))
        assert claimed == row(tx, one)
        assert claimed is not None
        assert (claimed.state, claimed.attempts, claimed.claimed_at) == (State.SENDING, 1, after(3))
        assert claimed.last_known_id == 41


def test_rows_go_in_order_one_at_a_time(store: Database) -> None:
    with store.begin() as tx:
        ids = [add(tx, f"row {number}") for number in range(3)]
        add(tx, "another chat", channel="me")
        for number, expected in enumerate(ids):
            assert claim(tx) == expected
            assert claim(tx) is None
            assert tx.next_due(DESK, LANE) is None
            tx.mark_sent(expected, LANE, Receipt(100 + number), NOW)
        assert claim(tx) is None
        assert tx.lane(LANE).last_message_id == 102


def test_channels_of_one_chat_share_its_lane(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "a", channel="desk")
        second = add(tx, "b", channel="topic")
        both = ["topic", "desk"]
        assert tx.claim_delivery(both, LANE, NOW) == row(tx, first)
        assert tx.claim_delivery(both, LANE, NOW) is None
        tx.mark_sent(first, LANE, Receipt(1), NOW)
        assert tx.claim_delivery(both, LANE, NOW) == row(tx, second)


def test_a_row_that_is_not_due_holds_nothing_back(store: Database) -> None:
    with store.begin() as tx:
        later = add(tx, "later", due_at=after(60))
        now = add(tx, "now")
        assert tx.next_due(DESK, LANE) == NOW
        assert claim(tx) == now
        tx.mark_sent(now, LANE, Receipt(1), NOW)
        assert tx.next_due(DESK, LANE) == after(60)
        assert claim(tx, 59) is None
        assert claim(tx, 60) == later


def test_a_retry_holds_back_what_comes_after_it(store: Database) -> None:
    with store.begin() as tx:
        first, second = add(tx, "first"), add(tx, "second")
        assert fail(tx, until=30) == first
        assert claim(tx, 29) is None
        assert tx.next_due(DESK, LANE) == after(30)
        assert claim(tx, 30) == first
        assert row(tx, first).attempts == 2
        tx.mark_sent(first, LANE, Receipt(1), NOW)
        assert row(tx, first).attempts == 0
        assert claim(tx, 30) == second


def test_an_edit_passes_a_later_retry(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        send(tx, 1)
        second = add(tx, "second")
        assert fail(tx, until=30) == second
        tx.amend_delivery(first, alert("grown"), NOW)
        assert claim(tx) == first


def test_a_new_message_goes_before_edits_that_wait(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        send(tx, 1)
        second = add(tx, "second")
        send(tx, 2)
        tx.amend_delivery(second, alert("grown"), after(1))
        tx.amend_delivery(first, alert("grown"), after(2))
        third, fourth = add(tx, "third"), add(tx, "fourth")
        order = []
        for number in range(4):
            ident = claim(tx, 5)
            assert ident is not None
            order.append(ident)
            tx.mark_sent(ident, LANE, Receipt(3 + number), after(5))
        assert order == [third, fourth, second, first]


def test_an_edit_that_fails_holds_nothing_back(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        send(tx, 1)
        second = add(tx, "second")
        send(tx, 2)
        tx.amend_delivery(first, alert("grown"), NOW)
        assert fail(tx, until=900) == first
        tx.amend_delivery(second, alert("grown"), NOW)
        assert tx.next_due(DESK, LANE) == NOW
        assert send(tx, 2).id == second
        assert tx.next_due(DESK, LANE) == after(900)
        third = add(tx, "third")
        assert claim(tx) == third


def test_an_edit_of_unknown_fate_holds_back_other_edits_alone(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        send(tx, 1)
        second = add(tx, "second")
        send(tx, 2)
        for ident in (first, second):
            tx.amend_delivery(ident, alert("grown"), NOW)
        assert claim(tx) == first
        assert (claim(tx), tx.next_due(DESK, LANE)) == (None, None)
        tx.mark_unknown(first, "read timeout")
        assert (claim(tx), tx.next_due(DESK, LANE)) == (None, None)
        third = add(tx, "third", due_at=after(7))
        assert tx.next_due(DESK, LANE) == after(7)
        assert claim(tx, 7) == third
        tx.mark_unknown(third, "read timeout")
        assert [row.id for row in tx.unknown_deliveries(DESK)] == [first, third]
        add(tx, "fourth")
        assert claim(tx, 7) is None
        tx.mark_sent(third, LANE, Receipt(3), after(7))
        tx.mark_ready(first, after(7), "repeat it")
        assert claim(tx, 7) is not None


def test_a_channel_without_ids_knows_an_edit_too(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        send(tx, None)
        tx.amend_delivery(first, alert("grown"), NOW)
        second = add(tx, "second")
        assert claim(tx) == second
        tx.mark_sent(second, LANE, Receipt(None), NOW)
        assert claim(tx) == first


def test_a_dead_retry_lets_the_next_go(store: Database) -> None:
    with store.begin() as tx:
        first, second = add(tx, "first", expires_at=after(20)), add(tx, "second", expires_at=after(3000))
        fail(tx, until=30)
        assert [one.id for one in tx.expire_deliveries(after(20))] == [first]
        assert (row(tx, first).state, row(tx, first).error) == (State.DEAD, "refused (expired)")
        assert claim(tx, 20) == second


def test_an_edit_does_not_expire(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a", expires_at=after(20))
        send(tx, 1)
        tx.amend_delivery(one, alert("grown"), NOW)
        assert tx.expire_deliveries(after(100)) == []
        assert tx.expire_deliveries(after(100)) == []
        assert row(tx, one).state == State.READY


def test_a_pause_stops_the_lane_until_its_end(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        tx.save_lane(Lane(LANE, paused_until=after(12)))
        assert claim(tx, 11) is None
        assert tx.next_due(DESK, LANE) == after(12)
        assert claim(tx, 12) == one


@pytest.mark.parametrize("ending", ["unknown", "recovered"])
def test_an_unknown_row_stops_its_lane(store: Database, ending: str) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        add(tx, "b")
        assert claim(tx) == one
        if ending == "unknown":
            tx.mark_unknown(one, "read timeout")
        else:
            assert tx.recover_deliveries() == 1
        assert claim(tx) is None
        assert tx.next_due(DESK, LANE) is None
        (found,) = tx.unknown_deliveries(DESK)
        assert (found.id, found.claimed_at) == (one, NOW)
        assert found.error
        assert tx.unknown_deliveries(["me"]) == []
        tx.mark_sent(one, LANE, Receipt(9), NOW)  # the probe found it
        assert (row(tx, one).message_id, row(tx, one).state, row(tx, one).error) == (9, State.SENT, None)
        assert claim(tx) is not None


def test_suspending_keeps_the_rows_and_resuming_frees_them(store: Database) -> None:
    with store.begin() as tx:
        rows = [add(tx, "a", expires_at=after(5)), add(tx, "b")]
        other = add(tx, "c", channel="me")
        failed = fail(tx, until=0)
        tx.save_lane(Lane(LANE, suspended_at=NOW, reason="blocked"))
        rows.append(add(tx, "added meanwhile"))
        assert failed == rows[0]
        assert {row(tx, one).state for one in rows} == {State.SUSPENDED}
        assert row(tx, other).state == State.READY
        assert claim(tx, 10) is None
        assert tx.next_due(DESK, LANE) is None
        assert tx.expire_deliveries(after(10)) == []
        tx.save_lane(Lane(LANE))
        assert {row(tx, one).state for one in rows} == {State.READY}
        assert claim(tx, 10) == rows[0]


def test_a_call_that_fails_after_the_lane_was_suspended_is_suspended(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        claim(tx)
        tx.save_lane(Lane(LANE, suspended_at=NOW))
        tx.mark_ready(one, NOW, "blocked")
        assert row(tx, one).state == State.SUSPENDED


def test_a_lane_that_was_never_claimed_is_suspended_by_its_channels(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        tx.save_lane(Lane(LANE, suspended_at=NOW), ["desk"])
        assert row(tx, one).state == State.SUSPENDED


def test_a_channel_that_moved_follows_its_new_lane(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        claim(tx)
        tx.mark_sent(one, LANE, Receipt(1), NOW)
        two = add(tx, "b")
        assert tx.claim_delivery(DESK, "telegram:new", NOW) is not None
        tx.mark_sent(two, "telegram:new", Receipt(1), NOW)
        three = add(tx, "c")
        tx.save_lane(Lane(LANE, suspended_at=NOW))
        assert row(tx, three).state == State.READY


def test_a_reply_waits_for_the_message_it_answers(store: Database) -> None:
    with store.begin() as tx:
        target = add(tx, "target", due_at=after(60))
        reply = add(tx, "reply", reply_to=target)
        plain = add(tx, "plain")
        assert claim(tx) == plain
        tx.mark_sent(plain, LANE, Receipt(1), NOW)
        assert claim(tx) is None
        assert tx.next_due(DESK, LANE) == after(60)
        assert claim(tx, 60) == target
        tx.mark_sent(target, LANE, Receipt(2), NOW)
        assert claim(tx, 60) == reply


def test_a_reply_to_a_dead_row_goes_without(store: Database) -> None:
    with store.begin() as tx:
        target = add(tx, "target", due_at=after(60))
        reply = add(tx, "reply", reply_to=target)
        tx.mark_dead(target, "gone")
        assert claim(tx) == reply


def test_a_reply_does_not_wait_for_a_held_row(store: Database) -> None:
    with store.begin() as tx:
        target = add(tx, "target", held_until=after(6000))
        reply = add(tx, "reply", reply_to=target)
        assert claim(tx) == reply


def test_a_reply_does_not_wait_for_a_channel_without_ids(store: Database) -> None:
    with store.begin() as tx:
        target = add(tx, "target")
        send(tx, None)
        reply = add(tx, "reply", reply_to=target)
        tx.amend_delivery(target, alert("grown"), after(0))
        assert send(tx, None).id == reply
        assert claim(tx) == target


def test_a_message_that_is_gone_is_sent_anew(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        send(tx, 5)
        tx.amend_delivery(one, alert("grown"), NOW)
        claim(tx)
        tx.forget_message(one, after(1), "message to edit not found", after(99))
        again = tx.claim_delivery(DESK, LANE, after(1))
        assert again is not None
        assert (again.message_id, again.sent_revision, again.last_known_id) == (None, 0, 5)
        tx.mark_sent(one, LANE, Receipt(6), NOW)
        assert (row(tx, one).message_id, row(tx, one).edits) == (6, 0)


def test_marking_what_is_not_under_way_is_an_error(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        with pytest.raises(StoreError, match="is ready, not on its way"):
            tx.mark_sent(one, LANE, Receipt(1), NOW)
        with pytest.raises(StoreError, match="is ready, not on its way"):
            tx.mark_unknown(one, "?")
        with pytest.raises(StoreError, match="no row 77"):
            tx.mark_ready(77, NOW, None)
        assert row(tx, one).state == State.READY


def test_recovering_leaves_other_rows_alone(store: Database) -> None:
    with store.begin() as tx:
        sent = add(tx, "sent")
        send(tx, 1)
        ready = add(tx, "ready", due_at=after(9))
        assert tx.recover_deliveries() == 0
        assert (row(tx, sent).state, row(tx, ready).state) == (State.SENT, State.READY)


def test_a_migrated_chat_keeps_its_rows(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "a")
        claim(tx)
        tx.save_lane(replace(tx.lane(LANE), chat=-1009))
        tx.mark_ready(one, NOW, "migrated")
        assert claim(tx) == one
        assert tx.lane(LANE).chat == -1009
