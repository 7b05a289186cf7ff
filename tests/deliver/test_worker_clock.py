"""Clocks that are set: nothing is sent early, nothing is late or too old by it; and Telegram away for hours."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.delivery_harness import CHAT
from doubles.fake_notifiers import FakeNotifier, FakeProbingNotifier
from doubles.lane_harness import LaneHarness
from doubles.telegram import TOKEN, TelegramDouble

from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.model import Channel
from monitor.store import Database, open_store

HOUR = 3600.0
JUMPS = [-24 * HOUR, -HOUR, HOUR, 24 * HOUR]
DESK = {"desk": Channel("desk", "obedient", {"to": "a"})}


@pytest.fixture
async def store() -> AsyncIterator[Database]:
    made = open_store("sqlite://")
    yield made
    made.close()


def refused(remedy: Remedy, sent: Sent = Sent.NO, seconds: float | None = None) -> DeliveryError:
    return DeliveryError("refused", sent=sent, remedy=remedy, retry_after=seconds)


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_pause_lasts_as_long_as_it_was_to(store: Database, jump: float) -> None:
    clock, notifier = FixedClock(), FakeNotifier(refused(Remedy.PAUSE, seconds=600.0))
    turner = LaneHarness(store, DESK, {"obedient": notifier}, clock)
    await turner.add("desk", "One")
    await turner.until_idle()
    clock.pass_(300)
    clock.set_wall(jump)
    await turner.until_idle()  # a turn between the jump and the scheduler's tick
    await turner.tick()
    clock.pass_(290)
    await turner.until_idle()
    assert notifier.sent == []
    clock.pass_(11)
    await turner.until_idle()
    assert notifier.headlines == ["One"]


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_retry_comes_in_its_time(store: Database, jump: float) -> None:
    clock, notifier = FixedClock(), FakeNotifier(*[refused(Remedy.RETRY)] * 8)
    turner = LaneHarness(store, DESK, {"obedient": notifier}, clock, jitter=1.0)
    ident = await turner.add("desk", "One")
    while notifier.answers:
        await turner.until_idle()
        clock.pass_(60)
    (row,) = await store.run(lambda tx: tx.deliveries())
    left = (row.due_at - clock.now()).total_seconds()
    assert 100 < left <= 256
    clock.set_wall(jump)
    await turner.until_idle()
    await turner.tick()
    clock.pass_(left - 10)
    await turner.until_idle()
    assert notifier.sent == []
    clock.pass_(20)
    await turner.until_idle()
    assert [row.id for row in notifier.sent] == [ident]


@pytest.mark.parametrize("jump", [3 * 24 * HOUR, 300 * 24 * HOUR])
async def test_no_row_expires_because_a_clock_was_set(store: Database, jump: float) -> None:
    clock, notifier = FixedClock(), FakeNotifier(refused(Remedy.PAUSE, seconds=600.0))
    turner = LaneHarness(store, DESK, {"obedient": notifier}, clock)
    await turner.add("desk", "One", expires_at=clock.now() + timedelta(days=2))
    await turner.until_idle()
    clock.set_wall(jump)
    await turner.until_idle()
    await turner.tick()
    clock.pass_(601)
    await turner.until_idle()
    assert notifier.headlines == ["One"]


@pytest.mark.parametrize("jump", [0.0, *JUMPS])
@pytest.mark.parametrize("restart", [False, True])
async def test_the_quiet_time_is_the_monotonic_clocks(store: Database, jump: float, restart: bool) -> None:
    clock, notifier = FixedClock(), FakeProbingNotifier(refused(Remedy.PROBE, Sent.UNKNOWN))
    turner = LaneHarness(store, DESK, {"obedient": notifier}, clock, quiet_time=30.0)
    await turner.add("desk", "One")
    await turner.until_idle()
    if restart:
        await store.run(lambda tx: tx.recover_deliveries())
        turner = LaneHarness(store, DESK, {"obedient": notifier}, clock, quiet_time=30.0)
    clock.set_wall(jump)
    for _ in range(2):
        clock.pass_(10)
        await turner.tick()
        await turner.until_idle()
    assert notifier.sent == []
    clock.pass_(31)
    await turner.until_idle()
    assert notifier.headlines == ["One"]


@pytest.mark.network
async def test_after_six_hours_without_telegram_rows_go_in_order_and_within_the_limits(store: Database) -> None:
    clock = FixedClock()
    chats = {"desk": CHAT, "group": -77, **{f"user {number}": 100 + number for number in range(35)}}
    channels = {name: Channel(name, "telegram", {"chat": chat}) for name, chat in chats.items()}
    async with TelegramDouble() as api:
        port = int(api.url.rpartition(":")[2])
        await api.listener.stop()
        notifier = TelegramNotifier(TOKEN, api=api.url, monotonic=clock.monotonic)
        turner = LaneHarness(store, channels, {"telegram": notifier}, clock, jitter=0.5)
        expected = {name: 23 if chat < 0 else 1 for name, chat in chats.items()}
        for number, name in enumerate(name for name, count in expected.items() for _ in range(count)):
            await turner.add(name, f"No. {number}.")
        for _ in range(8):
            await turner.until_idle()
            clock.pass_(2700)
        await api.start(port)
        times = await _drain(turner, api, clock, {f"telegram:{chats[name]}": count for name, count in expected.items()})
        await notifier.close()
    _in_order(api, chats.values())
    _within(times, [None], 30, 1.0)
    _within(times, chats.values(), 1, 1.0)
    _within(times, [CHAT, -77], 20, 60.0)


async def _drain(
    turner: LaneHarness, api: TelegramDouble, clock: FixedClock, expected: dict[str, int]
) -> list[tuple[float, int]]:
    """Let all lanes turn until everything went; return (monotonic time, chat) of each message."""
    times: list[tuple[float, int]] = []
    start = clock.mono
    busy = list(turner.lanes)
    while len(api.sent()) < sum(expected.values()):
        assert clock.mono < start + 900, "it takes too long"
        waits = []
        for lane in busy:
            waits.append(await turner.turn(lane))
            times += [(clock.mono, line["chat"]) for line in api.sent()[len(times) :]]
        busy = [lane for lane in busy if len(api.sent(int(lane.name.split(":")[1]))) < expected[lane.name]]
        clock.pass_(max(min(waits), 0.01))
    return times


def _in_order(api: TelegramDouble, chats: Iterable[int]) -> None:
    for chat in chats:
        numbers = [int(line["text"].split("No. ")[1].split(".")[0]) for line in api.sent(chat)]
        assert numbers == sorted(numbers)


def _within(times: list[tuple[float, int]], chats: Iterable[int | None], most: int, seconds: float) -> None:
    for chat in chats:
        window: deque[float] = deque()
        for moment, where in times:
            if chat in {None, where}:
                window.append(moment)
                while window[0] <= moment - seconds + 1e-6:
                    window.popleft()
                assert len(window) <= most
