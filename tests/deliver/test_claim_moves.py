"""A channel that moves, and moves again: its messages in a chat before are left alone, those in the present one not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.fake_notifiers import FakeProbingNotifier
from doubles.store_samples import add, after, alert, row

from monitor.deliver import claim
from monitor.deliver.claim import Claimed, Instant, LaneView, Turn
from monitor.model import Channel, Receipt
from monitor.store import Database, Transaction, open_store

DESK = Channel("desk", "telegram")


@pytest.fixture
def store() -> Iterator[Database]:
    opened = open_store("sqlite://", clock_now=lambda: after(0))
    yield opened
    opened.close()


def claimed(tx: Transaction, lane: str, seconds: float, desk: Channel = DESK) -> Claimed:
    """Take the desk's next turn in a chat."""
    view = LaneView(
        name=lane,
        members={"desk": (desk, FakeProbingNotifier())},
        at=Instant(after(seconds), seconds, "boot"),
        expire=timedelta(days=2),
        turn=Turn(),
        turns={},
    )
    found = claim.step(tx, view)
    assert isinstance(found, Claimed)
    return found


def sent(tx: Transaction, lane: str, seconds: float, message_id: int) -> int | None:
    """Take a turn, and send; return the id of the message that is edited, None for a new one."""
    found = claimed(tx, lane, seconds)
    tx.mark_sent(found.row.id, lane, Receipt(message_id), after(seconds + 1))
    return found.row.message_id


def test_each_move_sends_a_message_anew_and_edits_it_from_then_on(store: Database) -> None:
    with store.begin() as tx:
        ident = add(tx, "a")
        assert sent(tx, "telegram:-1", 0, 11) is None
        first = row(tx, ident).sent_at
        for number, lane in enumerate(("telegram:-2", "telegram:-3", "telegram:-2"), start=1):
            seconds, message = 100.0 * number, 10 * number
            tx.amend_delivery(ident, alert(f"in {lane}"), after(seconds))
            assert sent(tx, lane, seconds, message) is None, f"message of the chat before, in {lane}"
            assert row(tx, ident).message_sent_at == after(seconds + 1)
            tx.amend_delivery(ident, alert(f"edited in {lane}"), after(seconds + 2))
            assert sent(tx, lane, seconds + 2, message) == message
            assert row(tx, ident).message_sent_at == after(seconds + 1), "an edit is no new message"
        assert row(tx, ident).sent_at == first


@pytest.mark.parametrize(("expire", "seconds"), [(None, 2 * 86400), (3600.0, 3600)])
def test_a_message_that_is_sent_anew_is_tried_for_as_long_as_its_channel_says(
    store: Database, expire: float | None, seconds: float
) -> None:
    desk = replace(DESK, expire=expire)
    with store.begin() as tx:
        ident = add(tx, "a")
        sent(tx, "telegram:-1", 0, 11)
        tx.amend_delivery(ident, alert("more"), after(10))
        assert claimed(tx, "telegram:-2", 100, desk).row.message_id is None
        assert row(tx, ident).expires_at == after(100 + seconds)


def test_an_answer_to_a_message_of_a_chat_before_stands_alone(store: Database) -> None:
    with store.begin() as tx:
        ident = add(tx, "a")
        sent(tx, "telegram:-1", 0, 11)
        add(tx, "b", reply_to=ident)
        found = claimed(tx, "telegram:-1", 5)
        assert found.reply_to == 11
        tx.mark_ready(found.row.id, after(6), "no answer")
        assert claimed(tx, "telegram:-2", 7).reply_to is None


def test_a_message_that_is_gone_is_sent_anew_where_its_channel_is(store: Database) -> None:
    with store.begin() as tx:
        ident = add(tx, "a")
        sent(tx, "telegram:-1", 0, 11)
        tx.amend_delivery(ident, alert("more"), after(10))
        found = claimed(tx, "telegram:-1", 10)
        tx.forget_message(found.row.id, after(11), "message to edit not found", after(99))
        kept = row(tx, ident)
        assert (kept.message_id, kept.message_sent_at, kept.sent_at) == (None, None, after(1))
        assert sent(tx, "telegram:-1", 20, 12) is None
        assert row(tx, ident).message_sent_at == after(21)
