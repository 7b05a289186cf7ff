"""How a call ended is written as it was, whatever the database says meanwhile: nothing lost, nothing sent twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from doubles.delivery_harness import CHAT, DeliveryHarness, alert, telegram
from doubles.fake_notifiers import FakeNotifier
from doubles.operators import Operators
from doubles.patience import HANG
from doubles.refusing_store import Refusal, RefusingStore
from doubles.telegram import TelegramDouble
from sqlalchemy.exc import ProgrammingError

from monitor.clock import SystemClock
from monitor.deliver.lane import LaneRunner
from monitor.deliver.lane_context import Call
from monitor.deliver.recording import Recorder
from monitor.deliver.timing import DeliveryTiming
from monitor.errors import DeliveryError, Remedy, Sent, StoreError
from monitor.metrics import UNWRITTEN
from monitor.model import Channel, Delivery, Lane, NewDelivery, Receipt, State
from monitor.ports import Notifier
from monitor.store import Transaction
from monitor.store.outbox import Outcomes

T = TypeVar("T")

DESK = {"desk": Channel("desk", "obedient", {"to": "a"})}
TWO = {**DESK, "side": Channel("side", "obedient", {"to": "b"})}
WRITES = range(1, 9)  # two messages and an edit are eight transactions

ERRORS = {
    "away": StoreError("the database cannot be reached"),
    "refused": StoreError("the database refuses the user or the password", retryable=False),
    "read-only": StoreError("the database cannot be written", retryable=False),
    "bug": ProgrammingError("UPDATE outbox", {}, Exception("no such column")),
    "other bug": ZeroDivisionError("a bug"),
}


SOON = DeliveryTiming(store_again=0.001, recover_again=0.001)


@contextlib.asynccontextmanager
async def desk(
    notifiers: dict[str, Notifier], channels: dict[str, Channel] = DESK, timing: DeliveryTiming = SOON
) -> AsyncIterator[tuple[DeliveryHarness, RefusingStore]]:
    store = RefusingStore("sqlite://", SystemClock().now)
    harness = DeliveryHarness(store, channels, notifiers, quiet_time=0.01, timing=timing)
    try:
        yield harness, store
    finally:
        store.refusal = store.refusing = None
        await harness.end()
        store.close()


def add(store: RefusingStore, headline: str, channel: str = "desk") -> int:
    with store.begin() as tx:
        ident = tx.add_delivery(NewDelivery(channel, headline, alert(headline)), datetime.now(UTC))
    assert ident is not None
    return ident


def seen(store: RefusingStore, ident: int) -> Delivery:
    with store.begin() as tx:
        row = tx.delivery(ident)
    assert row is not None
    return row


async def until(true: Callable[[], bool]) -> None:
    async def look() -> None:
        while not true():  # noqa: ASYNC110 — what is waited for rings no bell
            await asyncio.sleep(0.002)

    await asyncio.wait_for(look(), HANG)


async def two_and_an_edit(harness: DeliveryHarness, store: RefusingStore) -> list[Delivery]:
    one = add(store, "One")
    harness.start()
    await until(lambda: seen(store, one).state == "sent")
    two = add(store, "Two")
    harness.delivery_worker.wake()
    await until(lambda: seen(store, two).state == "sent")
    with store.begin() as tx:
        tx.amend_delivery(one, alert("One, grown"), datetime.now(UTC))
    harness.delivery_worker.wake()
    await until(lambda: seen(store, one).sent_revision == 2 and seen(store, one).state == "sent")
    return [seen(store, one), seen(store, two)]


async def refused_after_a_call(
    harness: DeliveryHarness, store: RefusingStore, notifier: FakeNotifier, error: Exception
) -> tuple[int, int]:
    """Let the database refuse from the first call on; return the row, and the transactions until then."""
    notifier.gate.clear()
    ident = add(store, "One")
    harness.start()
    await notifier.calling.wait()
    store.refusing = error
    count = store.count
    notifier.gate.set()
    return ident, count


@pytest.mark.parametrize("when", ["before", "within", "after"])
@pytest.mark.parametrize("error", ["away", "refused", "bug"])
async def test_whichever_write_fails_each_message_goes_once(error: str, when: str) -> None:
    for first in WRITES:
        if first == 1 and "bug" in error:
            continue  # the look at the start: a bug there ends the daemon, before anything is sent
        notifier = FakeNotifier()
        async with desk({"obedient": notifier}) as (harness, store):
            store.refusal = Refusal(first, when, ERRORS[error])
            rows = await two_and_an_edit(harness, store)
        assert notifier.headlines == ["One", "Two", "One, grown"], f"{error} {when} write {first}"
        assert [row.message_id for row in rows] == [3, 2]


@pytest.mark.network
@pytest.mark.parametrize("when", ["within", "after"])
async def test_whichever_write_fails_a_chat_shows_each_message_once(api: TelegramDouble, when: str) -> None:
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT})}
    for first in WRITES:
        shown = len(api.sent(CHAT))
        async with desk({"telegram": telegram(api)}, channels) as (harness, store):
            store.refusal = Refusal(first, when, ERRORS["refused"])
            await two_and_an_edit(harness, store)
        titles = [line["text"].splitlines()[1] for line in api.sent(CHAT)[shown:]]
        assert titles == ["One", "Two"], f"{when} write {first}"
    assert api.called("editMessageReplyMarkup") == [], "something was looked for that was known"


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    ("answer", "state", "calls"),
    [
        (Receipt(77), "sent", 1),
        (DeliveryError("later", sent=Sent.NO, remedy=Remedy.RETRY), "sent", 2),
        (DeliveryError("never", sent=Sent.NO, remedy=Remedy.DEAD), "dead", 1),
        (DeliveryError("as it was", sent=Sent.YES, remedy=Remedy.RETRY), "sent", 1),
        (DeliveryError("blocked", sent=Sent.NO, remedy=Remedy.SUSPEND), "suspended", 1),
    ],
    ids=["sent", "later", "dead", "known", "suspended"],
)
async def test_an_outage_during_a_call_leaves_its_end_as_it_was(
    error: str, answer: Receipt | DeliveryError, state: str, calls: int
) -> None:
    notifier = Counting(answer)
    async with desk({"obedient": notifier}) as (harness, store):
        ident, count = await refused_after_a_call(harness, store, notifier, ERRORS[error])
        await until(lambda: store.count > count + 6)
        assert seen(store, ident).state == "sending"
        store.refusing = None
        await until(lambda: seen(store, ident).state == state)
        if isinstance(answer, Receipt):
            assert seen(store, ident).message_id == 77
    assert notifier.calls == calls


class Counting(FakeNotifier):
    calls = 0

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        self.calls += 1
        return await super().send(channel, delivery, lane, reply_to)


async def test_an_outage_is_logged_once_counted_told_and_seen(logged: list[Any]) -> None:
    notifier = FakeNotifier()
    before = UNWRITTEN.labels(channel="desk")._value.get()
    async with desk({"obedient": notifier}, timing=replace(SOON, worth_telling=0.0)) as (harness, store):
        notifier.gate.clear()
        ident = add(store, "One")
        harness.start()
        await notifier.calling.wait()
        assert harness.delivery_worker.stalled(0.5) == {}, "a call may take its time"
        store.refusing = ERRORS["refused"]
        count = store.count
        notifier.gate.set()
        await until(lambda: store.count > count + 6)
        await until(lambda: harness.delivery_worker.stalled(0.01) != {})
        assert list(harness.delivery_worker.stalled(0.01)) == ["desk"]
        store.refusing = None
        await until(lambda: seen(store, ident).state == "sent")
        told = await harness.until_told("the end of a call could not be written")
        await until(lambda: harness.delivery_worker.stalled(5.0) == {})
    assert "refuses the user" in told
    loud = [line for line in logged if line["log_level"] == "error"]
    assert [line["row"] for line in loud if "how a call ended cannot be written" in line["event"]] == [ident]
    assert UNWRITTEN.labels(channel="desk")._value.get() == before + 1


@dataclass
class WritingOperators(Operators):
    """Writes notices into the outbox, as the daemon's does."""

    def write_notice(self, tx: Transaction, key: str, headline: str, lines: Sequence[str]) -> int:
        super().write_notice(tx, key, headline, lines)
        return int(tx.add_delivery(NewDelivery("admin", key, alert(lines[0])), datetime.now(UTC)) is not None)


class WatchedStore(RefusingStore):
    """Looks after each transaction at what a process would find that is started after a kill right there."""

    def __init__(self) -> None:
        super().__init__("sqlite://", SystemClock().now)
        self.seen: list[tuple[bool, int]] = []  # whether the row is sent, and how many notices there are

    async def run(self, function: Callable[[Transaction], T]) -> T:
        try:
            return await super().run(function)
        finally:
            with self.begin() as tx:
                (row,) = tx.deliveries(channel="desk")
                self.seen.append((row.state is State.SENT, len(tx.deliveries(channel="admin"))))


@pytest.mark.parametrize("when", ["before", "within", "after"])
async def test_the_notice_of_an_outage_is_committed_with_what_it_is_on(when: str) -> None:
    """A kill at any boundary loses neither: no process remembers the outage after it."""
    notifier, store = FakeNotifier(), WatchedStore()
    harness = DeliveryHarness(store, DESK, {"obedient": notifier}, timing=replace(SOON, worth_telling=0.0))
    harness.operators.__class__ = WritingOperators
    try:
        notifier.gate.clear()
        add(store, "One")
        harness.start()
        await notifier.calling.wait()
        store.refusing = ERRORS["refused"]
        count = store.count
        notifier.gate.set()
        await until(lambda: store.count > count + 2)
        store.refusal = Refusal(store.count + 2, when, ERRORS["away"])
        store.refusing = None
        await until(lambda: harness.operators.woken > 0)
    finally:
        store.refusal = store.refusing = None
        await harness.end()
        store.close()
    assert set(store.seen) == {(False, 0), (True, 1)}


async def test_a_short_refusal_is_not_told() -> None:
    notifier = FakeNotifier()
    async with desk({"obedient": notifier}) as (harness, store):
        store.refusal = Refusal(3, "within", StoreError("could not serialize access"))
        await two_and_an_edit(harness, store)
        assert harness.told == []


async def test_one_lane_that_cannot_write_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row is locked by somebody else: its lane waits, the others go on."""
    notifier = FakeNotifier()
    async with desk({"obedient": notifier}, TWO) as (harness, store):
        locked = add(store, "Locked")
        free = locked_row(store, locked, monkeypatch)
        harness.start()
        await until(lambda: notifier.headlines == ["Locked"])
        for number in range(3):
            ident = add(store, f"No. {number}", "side")
            harness.delivery_worker.wake()
            await until(lambda ident=ident: seen(store, ident).state == "sent")  # type: ignore[misc]
        assert seen(store, locked).state == "sending"
        free()
        await until(lambda: seen(store, locked).state == "sent")
    assert notifier.headlines == ["Locked", "No. 0", "No. 1", "No. 2"]


def locked_row(store: RefusingStore, ident: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let one row refuse to be marked; return what ends that."""
    known, refusing = Outcomes.mark_sent, [True]

    def mark_sent(self: Outcomes, delivery_id: int, lane: str, receipt: Receipt, now: datetime) -> None:
        if refusing and delivery_id == ident:
            raise StoreError("the row is locked")
        known(self, delivery_id, lane, receipt, now)

    monkeypatch.setattr(Outcomes, "mark_sent", mark_sent)
    return refusing.clear


async def test_where_the_notes_beside_a_row_are_at_fault_the_row_itself_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_self: Transaction, _numbering: str, _message_id: int) -> None:
        raise ValueError("not JSON")

    monkeypatch.setattr("monitor.store.lanes.Lanes.saw_id", broken)
    notifier = FakeNotifier()
    async with desk({"obedient": notifier}) as (harness, store):
        ident = add(store, "One")
        harness.start()
        await until(lambda: seen(store, ident).state == "sent")
        assert seen(store, ident).message_id == 1
    assert notifier.headlines == ["One"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (DeliveryError("nobody knows", sent=Sent.UNKNOWN, remedy=Remedy.PROBE), "unknown"),
        (DeliveryError("as it was", sent=Sent.YES, remedy=Remedy.RETRY), "sent"),
        (DeliveryError("never", sent=Sent.NO, remedy=Remedy.DEAD), "dead"),
        (DeliveryError("too long", sent=Sent.NO, remedy=Remedy.SHORTEN), "ready"),
    ],
    ids=["unknown", "known", "dead", "shorten"],
)
async def test_where_what_a_failure_means_is_at_fault_the_row_itself_is_written(
    answer: DeliveryError, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_tx: Transaction, _case: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("monitor.deliver.on_failure.failed", broken)
    notifier = FakeNotifier(answer)
    async with desk({"obedient": notifier}) as (harness, store):
        ident = add(store, "One")
        with store.begin() as tx:
            claimed = tx.claim_delivery(["desk"], "obedient:a", datetime.now(UTC))
        assert claimed is not None
        call = Call(claimed, Lane("obedient:a"), DESK["desk"], notifier, ("desk",))
        await Recorder(harness.delivery_worker._context).failed(call, answer)
        assert seen(store, ident).state == state
        assert seen(store, ident).error == (None if state == "sent" else str(answer))


async def test_the_end_tries_once_more_and_the_next_start_looks() -> None:
    notifier = FakeNotifier()
    store = RefusingStore("sqlite://", SystemClock().now)
    harness = DeliveryHarness(store, DESK, {"obedient": notifier}, timing=SOON)
    ident, count = await refused_after_a_call(harness, store, notifier, ERRORS["refused"])
    await until(lambda: store.count > count + 2)
    await harness.end()
    assert seen(store, ident).state == "sending"
    store.refusing = None
    again = FakeNotifier()
    later = DeliveryHarness(store, DESK, {"obedient": again}, quiet_time=0.01, timing=SOON)
    later.start()
    await until(lambda: seen(store, ident).state == "sent")
    await later.end()
    store.close()
    assert again.headlines == ["One"], "no probe: resent"


async def test_the_last_try_may_succeed() -> None:
    notifier = FakeNotifier()
    store = RefusingStore("sqlite://", SystemClock().now)
    timing = DeliveryTiming(store_again=3600.0, latest_again=3600.0)
    harness = DeliveryHarness(store, DESK, {"obedient": notifier}, timing=timing)
    ident, count = await refused_after_a_call(harness, store, notifier, ERRORS["refused"])
    await until(lambda: store.count > count)
    store.refusing = None
    await harness.end()
    assert seen(store, ident).state == "sent"
    store.close()


async def test_a_reload_meanwhile_forgets_nothing() -> None:
    """The lane is gone with its channel's address; how its call ended is still written, and nothing goes twice."""
    notifier = FakeNotifier()
    async with desk({"obedient": notifier}) as (harness, store):
        ident, count = await refused_after_a_call(harness, store, notifier, ERRORS["refused"])
        await until(lambda: store.count > count + 3)
        moved = {"desk": Channel("desk", "obedient", {"to": "elsewhere"})}
        await harness.delivery_worker.reconfigure(moved, {"obedient": notifier})
        two = add(store, "Two")
        count = store.count
        await until(lambda: store.count > count + 6)
        store.refusing = None
        await until(lambda: seen(store, ident).state == "sent")
        harness.delivery_worker.wake()
        await until(lambda: seen(store, two).state == "sent")
    assert notifier.headlines == ["One", "Two"]


class CancelledOnce(FakeNotifier):
    """Its first call is cancelled from within, as a library's own time-out may do."""

    calls = 0

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        self.calls += 1
        if self.calls == 1:
            raise asyncio.CancelledError
        return await super().send(channel, delivery, lane, reply_to)


async def test_a_lane_that_dies_in_a_call_is_started_anew_and_its_row_settled() -> None:
    notifier = CancelledOnce()
    async with desk({"obedient": notifier}, timing=replace(SOON, heartbeat=0.01)) as (harness, store):
        ident, two = add(store, "One"), add(store, "Two")
        harness.start()
        await until(lambda: seen(store, two).state == "sent")
        assert seen(store, ident).state == "sent"
    assert notifier.headlines == ["One", "Two"]


async def test_a_bug_between_claim_and_call_holds_up_no_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent, so nothing is unknown: a channel whose unknown rows go to a human does not get it."""
    known, bugs = LaneRunner._deliver, [ValueError("a bug"), ValueError("a bug")]

    async def deliver(self: LaneRunner, *arguments: Any) -> float:
        if bugs:
            raise bugs.pop()
        return await known(self, *arguments)

    monkeypatch.setattr(LaneRunner, "_deliver", deliver)
    notifier = FakeNotifier()
    channels = {"desk": Channel("desk", "obedient", {"to": "a"}, on_unknown="hold")}
    async with desk({"obedient": notifier}, channels) as (harness, store):
        ident = add(store, "One")
        harness.start()
        await until(lambda: seen(store, ident).state == "sent")
    assert notifier.headlines == ["One"]
