"""The bot: loops that fetch updates, handle presses, and answer commands. Delivery goes on without any of them."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from monitor.background import wait_at_most
from monitor.bot.api import BotApi
from monitor.bot.callbacks import Popup
from monitor.bot.command_lanes import CommandLanes
from monitor.bot.context import Menu
from monitor.bot.dispatch import UpdateHandler
from monitor.bot.members import MemberCheck
from monitor.bot.poller import STORE_AGAIN, Pauses, UpdatePoller
from monitor.bot.updates import ButtonUpdate, Chat, CommandUpdate, read
from monitor.bot.weekly_pictures import WeeklyPictures
from monitor.errors import DeliveryError, LostStoreError, MonitorError, Remedy, StoreError
from monitor.metrics import BUGS, UPDATES
from monitor.model import Fact
from monitor.ports import Clock, Operators
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_PAGE = 5000  # ids of open updates that are read together
_BATCH = 200  # bodies that are read together
_KEPT = 10_000  # open updates that are kept in memory as they were read: a chat's backlog may take hours
_IDLE = 5.0  # seconds after which a loop looks without being woken
_TRIES = 2  # of an update at which something unexpected happens
_ANSWERS, _WINDOW = 10, 60.0  # answers a chat gets at most in so many seconds: alerts share its rate
_LEAVING = 5.0  # seconds between two looks at members, however many leave
_POPUPS = 50  # answers to presses under way: as many more wait while the network is slow
_REGISTER_AGAIN = 600.0  # seconds between tries for a chat that is not there yet


@dataclass(slots=True)
class Bot:
    """The bot's loops, from getUpdates to rows of the outbox.

    `wrote` is called when the outbox has grown, `heard` with the lanes of chats in which somebody was just heard: one
    that is suspended is worth a try. `lanes` decides which commands wait for each other.
    """

    api: BotApi
    handler: UpdateHandler
    wrote: Callable[[], None]
    heard: Callable[[Collection[str]], None]
    operators: Operators[Transaction]
    menus: Callable[[], Iterable[Menu]]
    rng: random.Random
    lanes: CommandLanes = field(default_factory=CommandLanes)
    pauses: Pauses = Pauses()
    _username: str | None = None
    _registered: list[Menu] = field(default_factory=list)
    _beside: set[asyncio.Task[None]] = field(default_factory=set)  # popups and pictures under way
    _popups: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_POPUPS))
    _one_picture: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wake: dict[type, asyncio.Event] = field(
        default_factory=lambda: {ButtonUpdate: asyncio.Event(), CommandUpdate: asyncio.Event()}
    )
    _left: asyncio.Event = field(default_factory=asyncio.Event)  # somebody has left a chat
    _read: dict[int, ButtonUpdate | CommandUpdate | None] = field(default_factory=dict)  # open updates, by id
    _answered: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def _store(self) -> Database:
        return self.handler.bot.store

    @property
    def _clock(self) -> Clock:
        return self.handler.bot.clock

    async def run(self, halt: asyncio.Event) -> None:
        """Work until `halt` is set. What is under way then is begun anew at the next start."""
        update_poller = UpdatePoller(
            self.api,
            self._store,
            self._clock,
            self._came,
            self._heard,
            self._left.set,
            self.operators,
            self.rng,
            self.pauses,
        )
        members = MemberCheck(self.api, self.handler)
        weekly = WeeklyPictures(self.api, self.handler.bot, self._one_picture)
        loops = [
            asyncio.create_task(self._again(update_poller.turn), name="bot updates"),
            asyncio.create_task(self._again(self._introduce), name="bot menus"),
            asyncio.create_task(self._again(self._handle_presses), name="bot presses"),
            asyncio.create_task(self._again(self._begin_commands), name="bot commands"),
            asyncio.create_task(self._again(partial(self._look_at_members, members)), name="bot members"),
            asyncio.create_task(self._again(weekly.turn), name="bot weekly pictures"),
        ]
        try:
            await halt.wait()
        finally:
            under_way = *loops, *self.lanes.tasks, *self._beside
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            await self.api.close()

    async def _again(self, turn: Callable[[], Awaitable[float]]) -> None:
        """Call `turn` for ever, waiting in between for the seconds that it returns."""
        while True:
            wait = await self._guarded(turn)
            await asyncio.sleep(wait)

    async def _guarded(self, turn: Callable[[], Awaitable[float]]) -> float:
        """Call `turn`; return the seconds to wait before what comes next, whatever went wrong."""
        try:
            return await turn()
        except StoreError as error:
            log.warning("the bot waits for the database", error=str(error))
            return STORE_AGAIN
        except Exception:  # outermost loop of the stage: a bug is logged and counted, the bot goes on
            log.exception("bug in the bot")
            BUGS.labels(stage="bot").inc()
            return _IDLE

    def _came(self) -> None:
        for event in self._wake.values():
            event.set()

    async def _heard(self, chats: Collection[Chat]) -> None:
        self.heard(await self.handler.lanes(chats))

    async def _look_at_members(self, members: MemberCheck) -> float:
        """Look at those who are logged in to the page; again when somebody leaves a chat, or after a while."""
        self._left.clear()
        await wait_at_most(self._left, await members.turn())
        return _LEAVING

    # ------------------------------------------------------------------ who we are

    async def _introduce(self) -> float:
        """Fetch the bot's name, and register missing menus; return the seconds until the next try."""
        try:
            if self._username is None:
                name = self._username = await self.api.username()
                if name is not None:
                    await self._store.run(lambda tx: tx.put(Fact.BOT_USERNAME, name))
            return await self._register()
        except DeliveryError as error:
            log.info("the bot cannot introduce itself yet", error=str(error))
            return max(_WINDOW, error.retry_after or 0.0)

    async def _register(self) -> float:
        """Register menus one by one: an admin who never wrote to the bot has no chat yet, and holds up no other."""
        refused = False
        for menu in self.menus():
            if menu in self._registered:
                continue
            try:
                await self.api.set_commands(menu.commands, chat=menu.chat, language=menu.language)
            except DeliveryError as error:
                if menu.chat is None or error.remedy not in {Remedy.SUSPEND, Remedy.REPAIR}:
                    raise
                refused = True
            else:
                self._registered.append(menu)
        return _REGISTER_AGAIN if refused else _WINDOW

    async def _name(self) -> str | None:
        """Return the bot's name, as it was known last where Telegram cannot be asked."""
        return self._username or await self._store.run(lambda tx: tx.get(Fact.BOT_USERNAME))

    # ------------------------------------------------------------------ what came

    async def _open(self) -> AsyncIterator[tuple[int, ButtonUpdate | CommandUpdate | None]]:
        """Yield all open updates, in the order in which they came: one chat's flood hides no other's.

        Each turn begins here, and a backlog waits for hundreds of turns: only ids are read anew, a body once. None
        stands for an update that there is nothing to do about.
        """
        last: int | None = None
        seen: set[int] = set()
        while page := await self._store.run(partial(_page, after=last)):
            for at in range(0, len(page), _BATCH):
                ids = page[at : at + _BATCH]
                known = {ident: self._read[ident] for ident in ids if ident in self._read}
                missing = [ident for ident in ids if ident not in known]
                if missing:
                    bodies = await self._store.run(partial(_bodies, ids=missing))
                    known |= {ident: read(ident, body) for ident, body in bodies.items()}
                if len(self._read) < _KEPT:
                    self._read |= known
                for ident in ids:
                    if ident in known:
                        yield ident, known[ident]
            seen.update(page)
            last = page[-1]
        for ident in self._read.keys() - seen:
            del self._read[ident]

    async def _idle(self, kind: type[ButtonUpdate | CommandUpdate]) -> float:
        await wait_at_most(self._wake[kind], _IDLE)
        return 0.0

    async def _handle_presses(self) -> float:
        """Handle the open presses, in order; return the seconds to wait."""
        self._wake[ButtonUpdate].clear()
        pressed = False
        async for update_id, update in self._open():
            if update is None:  # nothing to act on: either loop may say so
                await self.handler.give_up(update_id, "nothing to act on")
            elif isinstance(update, ButtonUpdate):
                await self._one(update)
                pressed = True
        return 0.0 if pressed else await self._idle(ButtonUpdate)

    async def _begin_commands(self) -> float:
        """Begin the open commands whose lane is free; return the seconds to wait."""
        self._wake[CommandUpdate].clear()
        turn = self.lanes.turn()
        async for _, update in self._open():
            if isinstance(update, CommandUpdate) and turn.is_next(update, may_answer=self._may_answer(update.chat.id)):
                self.lanes.begin(update, self._in_lane(update), self._wake[CommandUpdate].set)
        return await self._idle(CommandUpdate)

    def _may_answer(self, chat: int) -> bool:
        """Return whether a chat may get an answer now; else its commands wait."""
        now, given = self._clock.monotonic(), self._answered[chat]
        while given and now - given[0] > _WINDOW:
            given.popleft()
        return len(given) + self.lanes.in_chat(chat) < _ANSWERS

    async def _in_lane(self, update: CommandUpdate) -> None:
        """Answer a command; where the database refuses, the command stays open, and its lane waits a little."""

        async def once() -> float:
            await self._one(update)
            return 0.0

        await asyncio.sleep(await self._guarded(once))

    async def _one(self, update: ButtonUpdate | CommandUpdate) -> None:
        try:
            UPDATES.labels(kind="press" if isinstance(update, ButtonUpdate) else "command").inc()
            if isinstance(update, ButtonUpdate):
                await self._press(update)
            elif (answer := await self.handler.command(update, await self._name())) is not None:
                self._answered[update.chat.id].append(self._clock.monotonic())
                self.wrote()
                if answer.picture is not None:
                    self._go_beside(self._draw(update, answer.picture), "bot picture")
        except StoreError as error:
            if error.retryable or isinstance(error, LostStoreError):  # the next daemon answers
                raise
            log.exception("an update could not be handled", update=update.update_id)
            await self._failed(update, error)
        except Exception as error:  # outermost loop of the stage, as above: one update must not stop the others
            log.exception("an update could not be handled", update=update.update_id)
            await self._failed(update, error)

    def _go_beside(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do what no other update waits for."""
        task = asyncio.create_task(work, name=name)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _press(self, pressed: ButtonUpdate) -> None:
        popup = await self.handler.press(pressed)
        if popup is None:
            return
        self._wake[CommandUpdate].set()  # a press may have queued a command
        if popup.wrote:
            self.wrote()
        await self._popups.acquire()
        self._go_beside(self._answer_press(pressed, popup), "bot popup")

    async def _answer_press(self, pressed: ButtonUpdate, popup: Popup) -> None:
        try:
            await self._show(pressed, popup)
        except DeliveryError as error:
            # A press is answered within seconds or not at all; what it did is done.
            log.info("a press could not be answered", update=pressed.update_id, error=str(error))
        finally:
            self._popups.release()

    async def _show(self, pressed: ButtonUpdate, popup: Popup) -> None:
        try:
            await self.api.popup(pressed.query, popup.text)
        finally:
            if popup.close is not None:
                await self.api.delete(*popup.close)

    async def _draw(self, asked: CommandUpdate, picture: Callable[[], bytes]) -> None:
        """Send the picture of an answer, beside all else; one is drawn at a time. The answer has told all of it."""
        try:
            async with self._one_picture:
                png = await asyncio.to_thread(picture)
            await self.api.show(asked.chat.id, asked.chat.topic, asked.message_id, png)
        except MonitorError as error:  # no matplotlib, no right to send pictures here, no connection
            log.info("an answer stays without its picture", command=asked.command, error=str(error))

    async def _failed(self, update: ButtonUpdate | CommandUpdate, error: Exception) -> None:
        """Retry a failed update once, then give it up and apologise."""
        BUGS.labels(stage="bot").inc()
        why = type(error).__name__
        tries = await self._store.run(lambda tx: tx.fail_update(update.update_id, why))
        if tries < _TRIES:
            return
        if isinstance(update, ButtonUpdate):
            await self.handler.give_up(update.update_id, why)
        elif await self.handler.apologise(update, why):
            self.wrote()


def _page(tx: Transaction, after: int | None) -> list[int]:
    return tx.open_update_ids(_PAGE, after)


def _bodies(tx: Transaction, ids: Sequence[int]) -> dict[int, str]:
    return tx.update_bodies(ids)
