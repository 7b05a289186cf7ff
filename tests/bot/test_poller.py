"""When updates are asked for, kept and acknowledged; what the operators are told of another poller."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

import pytest
from doubles.clock import FixedClock
from doubles.delivery_harness import NoJitter
from telegram.error import Conflict

from monitor.bot.api import BotApi
from monitor.bot.poller import Pauses, UpdatePoller
from monitor.bot.updates import Chat
from monitor.deliver.channels.telegram.errors import classify
from monitor.errors import DeliveryError, Remedy, Sent, StoreError
from monitor.i18n import DEFAULT
from monitor.model import BARRED, Incident
from monitor.store import Database, Transaction, open_store

T = TypeVar("T")
HELP = (
    '{"message":{"message_id":1,"date":1,"chat":{"id":8,"type":"private"},"from":{"id":8,"first_name":"A"},'
    '"text":"/help"}}'
)
CHATTER = HELP.replace("/help", "good morning")


class FakeApi(BotApi):
    """Gives what it was told to; `seconds` pass in each long poll."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.answers: list[list[tuple[int, str]] | DeliveryError] = []
        self.offsets: list[int | None] = []
        self.seconds = 50.0

    async def updates(self, offset: int | None) -> list[tuple[int, str]]:
        self.offsets.append(offset)
        self.clock.pass_(self.seconds)
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, DeliveryError):
            raise answer
        return answer


class World:
    """An update poller, and what it does."""

    def __init__(self, store: Database, rng: random.Random) -> None:
        self.clock = FixedClock()
        self.api = FakeApi(self.clock)
        self.store = store
        self.told: list[str] = []
        self.came = 0
        self.heard: list[set[int]] = []
        self.left = 0
        self.update_poller = UpdatePoller(
            self.api, store, self.clock, self._came, self._hear, self._leave, self, rng, Pauses()
        )

    phrases = DEFAULT

    def _leave(self) -> None:
        self.left += 1

    def write_notice(self, tx: Transaction, key: str, headline: str, lines: Sequence[str]) -> int:
        raise AssertionError((tx, key, headline, lines))

    def wake(self) -> None:
        raise AssertionError

    def review(self, line: str) -> None:
        self.told.append(line)

    def incidents(self) -> list[tuple[str, bool]]:
        """Return the line of each incident, and whether it holds."""
        with self.store.begin() as tx:
            return [(each.incident.line, each.gone is None) for each in tx.incident_log().open.values()]

    async def _hear(self, chats: Collection[Chat]) -> None:
        self.heard.append({chat.id for chat in chats})

    def _came(self) -> None:
        self.came += 1

    async def turn(self, *answers: list[tuple[int, str]] | DeliveryError) -> float:
        self.api.answers += answers
        return await self.update_poller.turn()

    def open(self) -> list[int]:
        with self.store.begin() as tx:
            return tx.open_update_ids(99)


@pytest.fixture
def world() -> Iterator[World]:
    store = open_store("sqlite://")
    yield World(store, NoJitter())
    store.close()


def conflict(words: str = "terminated by other getUpdates request") -> DeliveryError:
    error = Conflict(f"Conflict: {words}")
    try:
        raise classify(error) from error
    except DeliveryError as refused:
        return refused


async def test_a_batch_is_stored_and_then_acknowledged(world: World) -> None:
    assert await world.turn([(5, HELP), (7, HELP)]) == 0.0
    assert world.open() == [5, 7]
    assert world.came == 1
    await world.turn([(7, HELP)])  # again, as after a kill
    assert world.came == 1
    await world.turn()
    assert world.api.offsets == [None, 8, 8]


async def test_what_people_say_to_each_other_is_acknowledged_and_not_kept(world: World) -> None:
    await world.turn([(5, CHATTER), (6, "{}")])
    await world.turn()
    assert world.api.offsets == [None, 7]
    assert (world.open(), world.came) == ([], 0)


async def test_chats_are_heard_of_when_what_came_from_them_is_stored(world: World) -> None:
    open_then: list[list[int]] = []

    async def hear(chats: Collection[Chat]) -> None:
        open_then.append(world.open())
        await world._hear(chats)

    world.update_poller.heard = hear
    await world.turn([(5, HELP), (6, HELP.replace("8", "9")), (7, "{}")])
    await world.turn([(8, "{}")])
    assert open_then == [[5, 6]]
    assert world.heard == [{8, 9}]


async def test_ids_that_begin_anew_after_a_quiet_week_are_not_missed(world: World) -> None:
    await world.turn([(900, HELP)])
    world.clock.pass_(6 * 86400 + 1)
    await world.turn()
    await world.turn([(3, HELP)])
    await world.turn()
    assert world.api.offsets == [None, None, None, 4]
    assert set(world.open()) == {3, 900}


async def test_a_server_that_does_not_wait_is_not_hammered(world: World) -> None:
    world.api.seconds = 0.0
    assert await world.turn() == 1.0
    world.api.seconds = 50.0
    assert await world.turn() == 0.0


class Refusing(Database):
    """A store that refuses for a while."""

    def __init__(self, store: Database, errors: list[StoreError]) -> None:
        self._store = store
        self.errors = errors

    async def run(self, function: Callable[[Transaction], T]) -> T:
        if self.errors:
            raise self.errors.pop(0)
        return await self._store.run(function)


async def test_nothing_is_acknowledged_while_the_database_refuses(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("monitor.bot.poller.asyncio.sleep", wait)
    await world.turn()
    world.api.offsets.clear()
    world.update_poller.store = Refusing(world.store, [StoreError("full")] * 3)
    await world.turn([(5, HELP)])
    assert waits == [2.0, 2.0, 2.0]
    assert world.api.offsets == [None]
    assert world.open() == [5]


async def test_a_database_that_will_never_take_it_is_an_error(world: World) -> None:
    for _ in range(2):  # at the first turn, and when updates are kept
        store = world.update_poller.store = Refusing(world.store, [StoreError("damaged", retryable=False)])
        with pytest.raises(StoreError, match="damaged"):
            await world.turn([(5, HELP)])
        assert store.errors == []
        world.update_poller._barred = False
    await world.turn()
    assert world.api.offsets == [None, None, None]


async def test_an_echo_of_the_last_process_alarms_nobody(world: World) -> None:
    assert await world.turn(conflict(), conflict()) == Pauses().conflict
    assert await world.turn() == Pauses().conflict
    assert await world.turn() == 0.0
    assert world.told == []


async def test_another_poller_is_told_of_once_and_when_it_is_gone(world: World) -> None:
    world.api.seconds = 1.0
    waits = [await world.turn(conflict()) for _ in range(5)]
    pauses = Pauses()
    assert waits == [pauses.conflict, pauses.conflict, *[pauses.conflict_again] * 3]
    ((line, holds),) = world.incidents()
    assert (world.told, holds) == ([line], True)
    await world.turn()  # the two programs take turns: this is no end of it
    assert len(world.told) == 1
    world.clock.pass_(200)
    await world.turn()
    await world.turn()
    assert world.incidents() == [(line, False)]
    assert len(world.told) == 2, "the end is looked at once, and told once"


async def test_an_incident_of_an_earlier_process_is_closed_where_nobody_else_reads(world: World) -> None:
    with world.store.begin() as tx:
        tx.open_incident(Incident(BARRED, "", "Stop the other program"), world.clock.now())
    await world.turn()
    await world.turn()
    assert world.incidents() == [("Stop the other program", False)]
    assert len(world.told) == 1


async def test_another_poller_is_stored_as_soon_as_the_database_takes_it(world: World) -> None:
    world.api.seconds = 1.0
    store = world.update_poller.store = Refusing(world.store, [StoreError("full")])
    for _ in range(4):
        assert await world.turn(conflict())
        assert bool(world.incidents()) == (not store.errors and len(world.told) == 1)
    assert len(world.told) == 1
    world.clock.pass_(200)
    store.errors.append(StoreError("full"))
    await world.turn()
    assert [holds for _, holds in world.incidents()] == [True]
    await world.turn()
    assert [holds for _, holds in world.incidents()] == [False]


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("terminated by other getUpdates request", "Stop the other program, or give it a bot of its own."),
        ("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
         "call the Bot API's deleteWebhook with the bot's token."),
    ],
)  # fmt: skip
async def test_operators_learn_what_to_do(world: World, words: str, remedy: str) -> None:
    world.api.seconds = 1.0
    for _ in range(3):
        await world.turn(conflict(words))
    ((line, _),) = world.incidents()
    assert words in line
    assert line.endswith(remedy)


async def test_conflicts_far_apart_are_no_other_poller(world: World) -> None:
    for _ in range(6):
        assert await world.turn(conflict()) == Pauses().conflict
        world.clock.pass_(3600)
    assert world.told == []


@pytest.mark.parametrize(
    ("remedy", "retry_after", "wait"),
    [(Remedy.STOP, None, 300.0), (Remedy.PAUSE, 17.0, 17.0), (Remedy.PAUSE, None, 1.0), (Remedy.RETRY, None, 0.1)],
)
async def test_trouble_is_waited_out(world: World, remedy: Remedy, retry_after: float | None, wait: float) -> None:
    error = DeliveryError("no", sent=Sent.NO, remedy=remedy, retry_after=retry_after)
    assert await world.turn(error) == wait
    assert world.told == []


async def test_the_network_is_asked_less_and_less_often_up_to_a_minute(world: World) -> None:
    class Late(random.Random):
        def random(self) -> float:
            return 1.0

    world.update_poller.rng = Late()
    error = DeliveryError("away", sent=Sent.UNKNOWN, remedy=Remedy.PROBE)
    waits = [await world.turn(error) for _ in range(8)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    await world.turn()
    assert await world.turn(error) == 2.0
