"""What is held, what lets it go, and what carries it."""

from __future__ import annotations

from doubles.store_samples import DESK, LANE, NOW, add, after, alert, row, send

from monitor.model import Lane, MessageKind, NewDelivery, Receipt, State
from monitor.store import Database, Transaction


def digest(number: int, channel: str = "desk") -> NewDelivery:
    return NewDelivery(channel, f"digest:{channel}:{number}", alert("Digest", MessageKind.DIGEST))


def gather(tx: Transaction, *rows: int) -> int:
    """Put rows into a digest; return its id."""
    added = tx.add_digest(digest(rows[0]), rows, NOW)
    assert added is not None
    return added


def states(tx: Transaction, *rows: int) -> set[State]:
    return {row(tx, one).state for one in rows}


def test_held_rows_wait_until_their_time(store: Database) -> None:
    with store.begin() as tx:
        held = [add(tx, f"held {number}", held_until=after(60)) for number in range(2)]
        later = add(tx, "later", held_until=after(600))
        mine = add(tx, "mine", channel="also mine", held_until=after(60))
        assert tx.claim_delivery(["desk", "also mine"], LANE, after(100)) is None
        assert tx.due_holds(after(59)) == []
        assert [one.id for one in tx.due_holds(after(60))] == [mine, *held]
        assert row(tx, later).state is State.HELD
        gather(tx, *held)
        assert [one.id for one in tx.due_holds(after(60))] == [mine], "none is gathered twice"


def test_what_waits_for_the_catching_up_alone_is_let_go_after_it(store: Database) -> None:
    with store.begin() as tx:
        late = add(tx, "late", held_until=NOW)
        night = add(tx, "night", held_until=after(60))
        assert [one.id for one in tx.due_holds(after(60), catching_up=True)] == [night]
        assert [one.id for one in tx.due_holds(after(60))] == [late, night]


def test_members_follow_their_digest(store: Database) -> None:
    with store.begin() as tx:
        held = [add(tx, f"held {number}", held_until=NOW) for number in range(2)]
        gather(tx, *held)
        sent = send(tx, 5)
        assert sent.alert.kind == MessageKind.DIGEST
        assert states(tx, *held) == {State.SENT}
        tx.amend_delivery(held[0], alert("grown"), after(9))
        assert row(tx, held[0]).state == State.SENT, "it has no message of its own to edit"
        assert row(tx, held[0]).alert == alert("grown")


def test_a_member_that_joins_while_the_digest_is_on_its_way_is_sent_with_the_edit(store: Database) -> None:
    with store.begin() as tx:
        first, second = (add(tx, f"held {number}", held_until=NOW) for number in range(2))
        whole = gather(tx, first)
        assert tx.claim_delivery(DESK, LANE, NOW) is not None
        tx.grow_digest(whole, alert("Digest of two", MessageKind.DIGEST), [second], NOW)
        tx.mark_sent(whole, LANE, Receipt(7), NOW)
        assert states(tx, second) == {State.HELD}, "no message says it yet"
        assert send(tx, None, after(2)).message_id == 7
        assert states(tx, whole, first, second) == {State.SENT}


def test_members_die_and_revive_with_their_digest(store: Database) -> None:
    with store.begin() as tx:
        held = [add(tx, f"held {number}", held_until=NOW) for number in range(2)]
        carried = add(tx, "carried", carried_by="held 0")
        gather(tx, *held)
        claimed = tx.claim_delivery(DESK, LANE, NOW)
        assert claimed is not None
        tx.mark_dead(claimed.id, "no such chat")
        assert states(tx, *held, carried) == {State.DEAD}
        assert tx.replay_delivery(claimed.id, after(5))
        assert states(tx, *held, carried) == {State.HELD}
        send(tx, 6, after(6))
        assert states(tx, *held, carried) == {State.SENT}


def test_members_of_an_expired_digest_die_with_it(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "held", held_until=NOW)
        new = NewDelivery("desk", "digest:x", alert("Digest", MessageKind.DIGEST), expires_at=after(10))
        assert tx.add_digest(new, [one], NOW) is not None
        assert [dead.dedupe for dead in tx.expire_deliveries(after(11))] == ["digest:x"]
        assert states(tx, one) == {State.DEAD}


def test_a_carried_row_shares_the_fate_of_its_carrier(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        second = add(tx, "second", carried_by="first")
        assert (row(tx, second).state, row(tx, second).in_digest) == (State.HELD, first)
        assert tx.due_holds(after(9)) == []
        send(tx, 5)
        assert tx.claim_delivery(DESK, LANE, after(9)) is None
        assert row(tx, second).state is State.SENT


def test_a_carrier_that_is_not_there_carries_nothing(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "one", carried_by="gone")
        assert (row(tx, one).state, row(tx, one).in_digest) == (State.READY, None)


def test_a_muted_row_is_there_and_never_sent(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "one", muted=True, held_until=NOW)
        assert row(tx, one).state is State.MUTED
        assert tx.claim_delivery(DESK, LANE, after(9)) is None
        assert tx.due_holds(after(9)) == []
        assert tx.expire_deliveries(after(9e6)) == []
        assert tx.delivery_counts()["muted"] == 1


def test_what_waits_can_be_muted_with_what_it_carries(store: Database) -> None:
    with store.begin() as tx:
        sent = add(tx, "sent")
        send(tx, 3)
        waiting, held = add(tx, "waiting"), add(tx, "held", held_until=NOW)
        carried = add(tx, "carried", carried_by="waiting")
        tx.mute_deliveries([sent, waiting, held])
        assert states(tx, waiting, held, carried) == {State.MUTED}
        assert row(tx, sent).state is State.SENT
        assert tx.claim_delivery(DESK, LANE, after(9)) is None


def test_a_released_row_goes_as_itself(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "one", held_until=after(60), expires_at=after(70))
        tx.release_deliveries([one], after(100), after(900))
        found = row(tx, one)
        assert (found.state, found.due_at, found.expires_at) == (State.READY, after(100), after(900))
        assert send(tx, 1, after(101)).id == one
        tx.release_deliveries([one], after(102), after(900))
        assert row(tx, one).state is State.SENT


def test_a_released_row_of_a_suspended_lane_waits_for_it(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "one", held_until=NOW)
        tx.save_lane(Lane(LANE, suspended_at=NOW, reason="blocked"), DESK)
        tx.release_deliveries([one], NOW, after(900))
        assert row(tx, one).state is State.SUSPENDED


def test_what_was_never_sent_may_be_held_again(store: Database) -> None:
    with store.begin() as tx:
        waiting, failed, shown, flying = (add(tx, name) for name in ("a", "b", "c", "d"))
        tx.claim_delivery(DESK, LANE, NOW)
        tx.mark_ready(waiting, NOW, None)
        tx.claim_delivery(DESK, LANE, NOW)
        tx.mark_ready(waiting, after(5), "no answer")
        tx.hold_deliveries([shown, flying], after(1))
        tx.release_deliveries([shown, flying], NOW, after(900))
        tx.hold_deliveries([waiting, failed], after(60))
        assert states(tx, waiting, failed) == {State.HELD}
        send(tx, 5)
        assert tx.claim_delivery(DESK, LANE, NOW) is not None
        tx.hold_deliveries([shown, flying], after(60))
        assert [row(tx, one).state for one in (shown, flying)] == [State.SENT, State.SENDING]
        assert row(tx, waiting).due_at == after(60)


def test_nothing_is_held_for_longer_than_is_wanted(store: Database) -> None:
    with store.begin() as tx:
        short, long, other = add(tx, "a", held_until=after(60)), add(tx, "b", held_until=after(9e6)), add(tx, "c")
        assert tx.shorten_holds("desk", after(120)) == 1
        assert [row(tx, one).due_at for one in (short, long, other)] == [after(60), after(120), NOW]
        assert [one.id for one in tx.due_holds(after(120))] == [short, long]
        assert tx.shorten_holds("desk", after(120)) == 0


def test_unsent_rows_are_found_by_how_long_they_wait(store: Database) -> None:
    with store.begin() as tx:
        first = add(tx, "first")
        held = add(tx, "held", held_until=NOW)
        tx.release_deliveries([held], after(50), after(900))
        assert [one.id for one in tx.unsent_deliveries("desk", after(49))] == [first]
        assert [one.id for one in tx.unsent_deliveries("desk", after(50))] == [first, held]
        assert tx.unsent_deliveries("me", after(50)) == []
        send(tx, 1, after(60))
        assert [one.id for one in tx.unsent_deliveries("desk", after(60))] == [held]


def test_a_replayed_row_waits_since_it_was_replayed(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "one")
        tx.mark_dead(one, "no such chat")
        tx.replay_delivery(one, after(500))
        assert tx.unsent_deliveries("desk", after(499)) == []
        assert [found.id for found in tx.unsent_deliveries("desk", after(500))] == [one]


def test_a_digest_that_was_not_sent_yet_is_found(store: Database) -> None:
    with store.begin() as tx:
        assert tx.waiting_digest("desk") is None
        held = add(tx, "held", held_until=NOW)
        whole = gather(tx, held)
        assert tx.add_digest(digest(held), [], NOW) is None
        found = tx.waiting_digest("desk")
        assert found is not None
        assert found.id == whole
        assert tx.claim_delivery(DESK, LANE, NOW) is not None
        assert tx.waiting_digest("desk") is None, "it is on its way"
        tx.mark_sent(whole, LANE, Receipt(3), NOW)
        tx.amend_delivery(whole, alert("more", MessageKind.DIGEST), NOW)
        assert tx.waiting_digest("desk") is None, "an edit of it waits, not the message"


def test_a_row_is_found_by_its_name(store: Database) -> None:
    with store.begin() as tx:
        one = add(tx, "alert:5:arms:desk")
        found = tx.delivery_named("alert:5:arms:desk")
        assert found is not None
        assert found.id == one
        assert tx.delivery_named("alert:5:arms:me") is None


def test_an_operators_notices_are_those_with_a_message_of_their_own(store: Database) -> None:
    with store.begin() as tx:
        sent, waiting, dead = (
            tx.add_delivery(NewDelivery("desk", f"n{number}", alert("Notice", MessageKind.NOTICE)), NOW)
            for number in range(3)
        )
        assert sent
        assert waiting
        assert dead
        send(tx, 1)
        tx.mark_dead(dead, "gone")
        tx.add_delivery(NewDelivery("desk", "n3", alert("Notice", MessageKind.NOTICE), carried_by="n1"), NOW)
        tx.add_delivery(NewDelivery("also mine", "n4", alert("Notice", MessageKind.NOTICE)), NOW)
        add(tx, "alert")
        assert [one.id for one in tx.operator_notices("desk")] == [waiting, sent]
        assert [one.id for one in tx.operator_notices("desk", limit=1)] == [waiting]


def test_a_row_with_something_new_in_it_is_tried_for_longer(store: Database) -> None:
    with store.begin() as tx:
        tx.add_delivery(NewDelivery("desk", "n", alert("Notice", MessageKind.NOTICE), expires_at=after(60)), NOW)
        tx.extend_delivery(1, after(600))
        assert tx.expire_deliveries(after(60)) == []
        assert [one.id for one in tx.expire_deliveries(after(600))] == [1]
