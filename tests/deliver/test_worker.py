"""The delivery worker: lanes, order, reloads, the end, and a database that refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from doubles.clock import FixedClock
from doubles.delivery_harness import DeliveryHarness, alert, opened
from doubles.fake_notifiers import FakeNotifier, FakeProbingNotifier
from sqlalchemy import text

from monitor.clock import SystemClock
from monitor.deliver.on_failure import CAP, backoff
from monitor.deliver.timing import DeliveryTiming
from monitor.deliver.worker import DeliveryWorker
from monitor.errors import DeliveryError, Remedy, Sent, StoreError
from monitor.model import Channel, Delivery, Receipt
from monitor.store import Transaction, open_store
from monitor.store.database import Database

T = TypeVar("T")
DESK = {"desk": Channel("desk", "obedient", {"to": "a"})}
TWO = {**DESK, "side": Channel("side", "obedient", {"to": "b"})}


def refused(remedy: Remedy, sent: Sent = Sent.NO, **more: object) -> DeliveryError:
    return DeliveryError("refused", sent=sent, remedy=remedy, **more)  # type: ignore[arg-type]


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 — what is waited for rings no bell
        await asyncio.sleep(0.005)


async def test_rows_go_in_order_and_a_failed_one_holds_back_the_next() -> None:
    notifier = FakeNotifier(refused(Remedy.RETRY), refused(Remedy.RETRY))
    async with opened(DESK, {"obedient": notifier}) as harness:
        idents = [await harness.add(f"No. {number}") for number in range(4)]
        for ident in idents:
            await harness.until(ident, "sent")
    assert notifier.headlines == ["No. 0", "No. 1", "No. 2", "No. 3"]


async def test_one_message_is_in_flight_in_a_lane_and_lanes_do_not_wait_for_each_other() -> None:
    slow, fast = FakeNotifier(), FakeNotifier()
    channels = {"desk": Channel("desk", "slow", {"to": "a"}), "side": Channel("side", "fast", {"to": "b"})}
    async with opened(channels, {"slow": slow, "fast": fast}) as harness:
        slow.gate.clear()
        held = [await harness.add(f"slow {number}") for number in range(2)]
        await harness.until(held[0], "sending")
        await harness.until(await harness.add("fast", channel="side"), "sent")
        assert (await harness.row(held[1])).state == "ready"
        slow.gate.set()
        await harness.until(held[1], "sent")


async def test_edits_of_one_message_coalesce() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        notifier.gate.clear()
        ident = await harness.add("One")
        await harness.until(ident, "sending")
        for number in range(5):
            await harness.amend(ident, alert(f"One, {number}"))
        notifier.gate.set()
        await harness.until(ident, "sent", revision=6)
    assert notifier.headlines == ["One", "One, 4"]
    assert notifier.sent[1].message_id == 1


async def test_a_new_alert_overtakes_edits_and_an_edit_that_fails_for_ever_holds_up_nothing() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        first, second = await harness.add("One"), await harness.add("Two")
        await harness.until(second, "sent")
        notifier.gate.clear()
        notifier.answers = [refused(Remedy.RETRY)] * 50
        await harness.amend(first, alert("One, grown"))
        await harness.until(first, "sending")
        await harness.amend(second, alert("Two, grown"))
        third = await harness.add("Three")
        notifier.gate.set()
        await harness.until(first, "ready")
        notifier.answers = []
        await harness.until(third, "sent")
        await harness.until(second, "sent", revision=2)
        await harness.until(first, "sent", revision=2)
    assert notifier.headlines.index("Three") < notifier.headlines.index("Two, grown")


async def test_an_edit_of_unknown_fate_holds_up_no_new_alert() -> None:
    notifier = FakeProbingNotifier()
    async with opened(DESK, {"obedient": notifier}, quiet_time=3600.0) as harness:
        first = await harness.add("One")
        await harness.until(first, "sent")
        notifier.answers = [refused(Remedy.PROBE, Sent.UNKNOWN)]
        await harness.amend(first, alert("One, grown"))
        await harness.until(first, "unknown")
        await harness.until(await harness.add("Two"), "sent")
        assert (await harness.row(first)).state == "unknown"
    assert notifier.headlines == ["One", "Two"]


async def test_an_edit_of_unknown_fate_is_repeated_after_the_quiet_time() -> None:
    notifier = FakeProbingNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        first = await harness.add("One")
        await harness.until(first, "sent")
        notifier.answers = [refused(Remedy.PROBE, Sent.UNKNOWN)]
        await harness.amend(first, alert("One, grown"))
        await harness.until(first, "sent", revision=2)
    assert notifier.headlines == ["One", "One, grown"]


async def test_a_reply_names_the_message_that_it_answers() -> None:
    notifier = FakeNotifier(Receipt(77))
    async with opened(DESK, {"obedient": notifier}) as harness:
        first = await harness.add("One")
        await harness.until(await harness.add("Two", reply_to=first), "sent")
    assert notifier.replies == [None, 77]


async def test_a_reply_to_a_dead_row_goes_without() -> None:
    notifier = FakeNotifier(refused(Remedy.DEAD))
    async with opened(DESK, {"obedient": notifier}) as harness:
        first = await harness.add("One")
        await harness.until(await harness.add("Two", reply_to=first), "sent")
        assert (await harness.row(first)).state == "dead"
        await harness.until_told("was given up (refused): One")
    assert notifier.replies == [None]


async def test_an_old_row_is_given_up_and_told() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        ident = await harness.add("One", expires_at=datetime.now(UTC) - timedelta(seconds=1))
        assert (await harness.until(ident, "dead")).error == "expired"
        await harness.until_told("expired")
    assert notifier.sent == []


async def test_tries_end_when_the_row_is_too_old() -> None:
    notifier, clock = FakeNotifier(), FixedClock()
    async with opened(DESK, {"obedient": notifier}, clock=clock) as harness:
        notifier.gate.clear()
        ident = await harness.add("One", expires_at=clock.now() + timedelta(seconds=60))
        await harness.until(ident, "sending")
        clock.pass_(61)
        notifier.answers.append(refused(Remedy.RETRY))
        notifier.gate.set()
        await harness.until(ident, "dead")


async def test_the_end_waits_for_the_call_under_way_and_begins_no_other() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        notifier.gate.clear()
        one, two = await harness.add("One"), await harness.add("Two")
        await harness.until(one, "sending")
        harness.stop.set()
        draining = asyncio.create_task(harness.delivery_worker.drain(5.0))
        await asyncio.sleep(0)
        notifier.gate.set()
        await draining
        assert [(await harness.row(ident)).state for ident in (one, two)] == ["sent", "ready"]
        assert harness.task is not None
        await harness.task
        assert notifier.closed


async def test_a_call_that_outlasts_the_end_is_looked_for_at_the_next_start() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        notifier.gate.clear()
        ident = await harness.add("One")
        await harness.until(ident, "sending")
        harness.stop.set()
        await harness.delivery_worker.drain(0.01)
        assert (await harness.row(ident)).state == "sending"
        assert harness.task is not None
        await harness.task
        again = FakeNotifier()
        later = DeliveryWorker(harness.store, {"obedient": again}, DESK, SystemClock(), quiet_time=0.05)
        stop = asyncio.Event()
        running = asyncio.create_task(later.run(stop))
        await harness.until(ident, "sent")
        stop.set()
        await running
        assert again.headlines == ["One"]


async def test_a_reload_changes_channels_without_losing_anything() -> None:
    old = FakeNotifier()
    async with opened(TWO, {"obedient": old}) as harness:
        old.gate.clear()
        one = await harness.add("One")
        await harness.until(one, "sending")
        two = await harness.add("Two", channel="side")
        await harness.until(two, "sending")
        three = await harness.add("Three", channel="later")
        new = FakeNotifier()
        channels = {**DESK, "later": Channel("later", "obedient", {"to": "c"})}
        await harness.delivery_worker.reconfigure(channels, {"obedient": new})
        await harness.until(three, "sent")
        assert not old.closed
        old.gate.set()
        for ident in (one, two):
            await harness.until(ident, "sent")
        kept = await harness.add("Kept", channel="side")
        await harness.until(await harness.add("Four"), "sent")
        assert (await harness.row(kept)).state == "ready"
        await until(lambda: old.closed)
    assert (old.headlines, new.headlines) == (["One", "Two"], ["Three", "Four"])


async def test_a_channel_that_moves_does_not_edit_in_its_new_place() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        ident = await harness.add("One")
        await harness.until(ident, "sent")
        await harness.delivery_worker.reconfigure(
            {"desk": Channel("desk", "obedient", {"to": "z"})}, {"obedient": notifier}
        )
        await harness.until(await harness.add("Two"), "sent")
        for revision in (2, 3):
            await harness.amend(ident, alert(f"One, {revision}"))
            await harness.until(ident, "sent", revision=revision)
    assert [delivery.message_id for delivery in notifier.sent] == [None, None, None, 3]


LOOKS_AT_TOKEN = DeliveryTiming(token_again=0.02, idle=0.02)


async def test_a_stopped_token_is_looked_at_again() -> None:
    notifier = FakeNotifier(refused(Remedy.STOP))
    looks = [refused(Remedy.STOP), refused(Remedy.RETRY)]

    def checked() -> str:
        if looks:
            raise looks.pop(0)
        return "fine"

    notifier.checked = checked
    async with opened(TWO, {"obedient": notifier}, timing=LOOKS_AT_TOKEN) as harness:
        one = await harness.add("One")
        await harness.until_told("delivery has stopped")
        await harness.until(one, "sent")
        await harness.until_told("obedient: delivery goes on")
    assert looks == []


@pytest.mark.parametrize("remedy", [Remedy.SUSPEND, Remedy.MIGRATE, Remedy.REPAIR, Remedy.PAUSE])
async def test_whatever_else_is_wrong_a_token_that_is_known_again_is_used(remedy: Remedy) -> None:
    notifier = FakeNotifier(refused(Remedy.STOP))

    def checked() -> str:
        raise refused(remedy)

    notifier.checked = checked
    async with opened(DESK, {"obedient": notifier}, timing=LOOKS_AT_TOKEN) as harness:
        await harness.until(await harness.add("One"), "sent")


async def test_an_unexpected_exception_costs_one_row_and_no_lane() -> None:
    notifier = FakeNotifier(*[ZeroDivisionError("a bug")] * 5)
    async with opened(DESK, {"obedient": notifier}, timing=DeliveryTiming(store_again=0.01)) as harness:
        one, two = await harness.add("One"), await harness.add("Two")
        await harness.until(one, "dead")
        await harness.until(two, "sent")
        await harness.until_told("an internal error at every try")


class FullDisk(Database):
    """A store that can be made to refuse writing."""

    full = False

    async def run(self, function: Callable[[Transaction], T]) -> T:
        def call(tx: Transaction) -> T:  # asked when it runs, as a disk is, not when it is handed over
            if self.full:
                raise StoreError("the disk is full")
            return function(tx)

        return await super().run(call)


async def test_a_full_disk_sends_nothing_and_is_left_by_itself() -> None:
    store = FullDisk("sqlite://", SystemClock().now)
    notifier = FakeNotifier()
    harness = DeliveryHarness(store, DESK, {"obedient": notifier}, timing=DeliveryTiming(store_again=0.01))
    harness.start()
    ident = await harness.add("One")
    notifier.gate.clear()
    await harness.until(ident, "sending")
    store.full = True
    notifier.gate.set()  # accepted, and that cannot be written
    await until(lambda: bool(notifier.sent))
    await asyncio.sleep(0.05)
    store.full = False
    await harness.until(ident, "sent")
    store.full = True
    with store.begin() as tx:
        ident = _add(tx, "Two")
    harness.delivery_worker.wake()
    await asyncio.sleep(0.05)
    assert notifier.headlines == ["One"]
    store.full = False
    await harness.until(ident, "sent")
    await harness.end()
    store.close()
    assert notifier.headlines == ["One", "Two"]


async def test_progress_stands_still_while_a_call_is_stuck() -> None:
    notifier = FakeNotifier()
    timing = DeliveryTiming(heartbeat=0.01, stuck=0.05)
    async with opened(DESK, {"obedient": notifier}, timing=timing) as harness:
        before = harness.delivery_worker.progress
        await until(lambda: harness.delivery_worker.progress > before)
        notifier.gate.clear()
        await harness.add("One")
        await notifier.calling.wait()
        await asyncio.sleep(0.1)
        stuck = harness.delivery_worker.progress
        await asyncio.sleep(0.05)
        assert harness.delivery_worker.progress == stuck
        notifier.gate.set()
        await until(lambda: harness.delivery_worker.progress > stuck)


async def test_a_rate_limit_delays_the_claim_itself() -> None:
    notifier = FakeNotifier()
    notifier.wait = 60.0
    async with opened(DESK, {"obedient": notifier}) as harness:
        ident = await harness.add("One")
        await asyncio.sleep(0.05)
        assert (await harness.row(ident)).attempts == 0
        notifier.wait = 0.0
        harness.delivery_worker.wake()
        await harness.until(ident, "sent")


def test_waits_double_up_to_a_quarter_of_an_hour_with_full_jitter() -> None:
    assert [backoff(attempts, 1.0) for attempts in (1, 2, 5, 10, 10**9)] == [2.0, 4.0, 32.0, CAP, CAP]
    assert backoff(5, 0.0) == 0.0
    assert backoff(5, 0.25) == 8.0


def _add(tx: Transaction, dedupe: str) -> int:
    from monitor.model import NewDelivery

    ident = tx.add_delivery(NewDelivery("desk", dedupe, alert(dedupe)), datetime.now(UTC))
    assert ident is not None
    return ident


def test_a_row_that_is_dead_can_be_replayed() -> None:
    store = open_store("sqlite://")
    with store.begin() as tx:
        ident = _add(tx, "One")
        tx.mark_dead(ident, "refused")
        assert tx.replay_delivery(ident, datetime.now(UTC))
        found: Delivery | None = tx.delivery(ident)
    store.close()
    assert found is not None
    assert found.state == "ready"


async def spoil(harness: DeliveryHarness, *idents: int) -> None:
    """Damage rows' alerts as they are stored."""
    damage = text("UPDATE outbox SET alert = :alert WHERE id = :id")
    for ident in idents:
        values = {"alert": '{"kind": "alert"', "id": ident}
        await harness.store.run(lambda tx, values=values: tx.connection.execute(damage, values))  # type: ignore[misc]


async def test_a_row_that_cannot_be_read_is_set_aside_and_holds_up_no_other() -> None:
    notifier = FakeNotifier()
    async with opened(DESK, {"obedient": notifier}) as harness:
        notifier.gate.clear()
        before = await harness.add("Before")
        await harness.until(before, "sending")
        first = await harness.add("One")
        second = await harness.add("Two")
        digest = await harness.add("Digest")
        member = await harness.add("Three", held_until=harness.clock.now() + timedelta(days=1))
        fate = await harness.add("Four")
        await harness.store.run(lambda tx: tx._carry(digest, [member]))
        lost = text("UPDATE outbox SET state = 'unknown' WHERE id = :id")
        await harness.store.run(lambda tx: tx.connection.execute(lost, {"id": fate}))
        await spoil(harness, first, digest, fate)
        notifier.gate.set()
        await harness.until(second, "sent")
        for ident in (first, digest, fate):
            dead = await harness.until(ident, "dead")
            assert dead.error is not None
            assert "a stored Alert cannot be read" in dead.error
        assert notifier.headlines == ["Before", "Two"]
        assert [sum(f"row {ident} " in line for line in harness.told) for ident in (first, digest, fate)] == [1, 1, 1]
        freed = await harness.row(member)
        assert (freed.state, freed.in_digest) == ("held", None)
        assert [each.id for each in await harness.store.run(lambda tx: tx.due_holds(harness.clock.now()))] == [member]
        listed = await harness.store.run(lambda tx: tx.deliveries(state="dead"))
        assert {each.id for each in listed} == {first, digest, fate}, "`monitor alerts --dead` shows them"
