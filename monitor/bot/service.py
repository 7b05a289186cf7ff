"""The bot: loops that fetch updates, handle presses, and answer commands. Delivery goes on without any of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field

import structlog

from monitor.bot.api import BotApi
from monitor.bot.callbacks import Popup
from monitor.bot.context import Menu
from monitor.bot.dispatch import UpdateHandler
from monitor.bot.members import MemberCheck
from monitor.bot.poller import STORE_AGAIN, Pauses, UpdatePoller
from monitor.bot.updates import ButtonUpdate, Chat, CommandUpdate, read
from monitor.errors import DeliveryError, LostStoreError, MonitorError, Remedy, StoreError
from monitor.metrics import BUGS, UPDATES
from monitor.model import Fact
from monitor.ports import Clock, Operators
from monitor.store import Database

log = structlog.get_logger(__name__)

_BATCH = 200  # updates that are looked at together
_IDLE = 5.0  # seconds after which a loop looks without being woken
_TRIES = 2  # of an update at which something unexpected happens
_ANSWERS, _WINDOW = 10, 60.0  # answers a chat gets at most in so many seconds: alerts share its rate
_REGISTER_AGAIN = 600.0  # seconds between tries for a chat that is not there yet


@dataclass(slots=True)
class Bot:
    """The bot's loops, from getUpdates to rows of the outbox.

    `wrote` is called when the outbox has grown, `heard` with the lanes of chats in which somebody was just heard: one
    that is suspended is worth a try.
    """

    api: BotApi
    handler: UpdateHandler
    wrote: Callable[[], None]
    heard: Callable[[Collection[str]], None]
    operators: Operators
    menus: Callable[[], Iterable[Menu]]
    rng: random.Random
    pauses: Pauses = Pauses()
    _username: str | None = None
    _registered: list[Menu] = field(default_factory=list)
    _drawing: set[asyncio.Task[None]] = field(default_factory=set)
    _one_picture: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wake: dict[type, asyncio.Event] = field(
        default_factory=lambda: {ButtonUpdate: asyncio.Event(), CommandUpdate: asyncio.Event()}
    )
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
            self.api, self._store, self._clock, self._came, self._heard, self.operators, self.rng, self.pauses
        )
        members = MemberCheck(self.api, self.handler)
        loops = [
            asyncio.create_task(self._again(update_poller.turn), name="bot updates"),
            asyncio.create_task(self._again(self._introduce), name="bot menus"),
            asyncio.create_task(self._again(lambda: self._work(ButtonUpdate)), name="bot presses"),
            asyncio.create_task(self._again(lambda: self._work(CommandUpdate)), name="bot commands"),
            asyncio.create_task(self._again(members.turn), name="bot members"),
        ]
        try:
            await halt.wait()
        finally:
            under_way = *loops, *self._drawing
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            await self.api.close()

    async def _again(self, turn: Callable[[], Awaitable[float]]) -> None:
        """Call `turn` for ever, waiting in between for the seconds that it returns."""
        while True:
            try:
                wait = await turn()
            except StoreError as error:
                log.warning("the bot waits for the database", error=str(error))
                wait = STORE_AGAIN
            except Exception:  # outermost loop of the stage: a bug is logged and counted, the bot goes on
                log.exception("bug in the bot")
                BUGS.labels(stage="bot").inc()
                wait = _IDLE
            await asyncio.sleep(wait)

    def _came(self) -> None:
        for event in self._wake.values():
            event.set()

    async def _heard(self, chats: Collection[Chat]) -> None:
        self.heard(await self.handler.lanes(chats))

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

    async def _work(self, kind: type[ButtonUpdate | CommandUpdate]) -> float:
        """Handle the open updates of one kind, in order; return the seconds to wait."""
        wake = self._wake[kind]
        wake.clear()
        open_ = await self._store.run(lambda tx: tx.open_updates(_BATCH))
        done = 0
        for update_id, body in open_:
            update = read(update_id, body)
            if update is None and kind is ButtonUpdate:  # nothing to act on: either loop may say so
                await self.handler.give_up(update_id, "nothing to act on")
            elif isinstance(update, kind) and self._may_answer(update):
                await self._one(update)
                done += 1
        if not done:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE):
                    await wake.wait()
        return 0.0

    def _may_answer(self, update: ButtonUpdate | CommandUpdate) -> bool:
        """Return whether a chat may get an answer now; else the update waits."""
        if isinstance(update, ButtonUpdate):
            return True
        now, given = self._clock.monotonic(), self._answered[update.chat.id]
        while given and now - given[0] > _WINDOW:
            given.popleft()
        return len(given) < _ANSWERS

    async def _one(self, update: ButtonUpdate | CommandUpdate) -> None:
        try:
            UPDATES.labels(kind="press" if isinstance(update, ButtonUpdate) else "command").inc()
            if isinstance(update, ButtonUpdate):
                await self._press(update)
            elif (answer := await self.handler.command(update, await self._name())) is not None:
                self._answered[update.chat.id].append(self._clock.monotonic())
                self.wrote()
                if answer.picture is not None:
                    task = asyncio.create_task(self._draw(update, answer.picture), name="bot picture")
                    self._drawing.add(task)
                    task.add_done_callback(self._drawing.discard)
        except StoreError as error:
            if error.retryable or isinstance(error, LostStoreError):  # the next daemon answers
                raise
            log.exception("an update could not be handled", update=update.update_id)
            await self._failed(update, error)
        except Exception as error:  # outermost loop of the stage, as above: one update must not stop the others
            log.exception("an update could not be handled", update=update.update_id)
            await self._failed(update, error)

    async def _press(self, pressed: ButtonUpdate) -> None:
        popup = await self.handler.press(pressed)
        if popup is None:
            return
        self._wake[CommandUpdate].set()  # a press may have queued a command
        if popup.wrote:
            self.wrote()
        try:
            await self._show(pressed, popup)
        except DeliveryError as error:
            # A press is answered within seconds or not at all; what it did is done.
            log.info("a press could not be answered", update=pressed.update_id, error=str(error))

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
