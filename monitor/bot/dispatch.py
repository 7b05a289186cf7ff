"""Handles one stored update: its effects, its answer's row and its end are one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor.bot import callbacks
from monitor.bot.callbacks import ANSWER_EXPIRES, Popup
from monitor.bot.context import Answer, BotContext, CommandRequest
from monitor.bot.i18n import answer_language, bot_phrases
from monitor.bot.permissions import TELEGRAM, AccessLevel, Permissions
from monitor.bot.updates import ButtonUpdate, Chat, CommandUpdate
from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.deliver.channels.telegram.notifier import lane_name
from monitor.metrics import UPDATES
from monitor.model import Alert, MessageKind, NewDelivery, QuotedMessage, TextRun
from monitor.store import Transaction

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=1)  # Telegram keeps updates no longer: what looks older is a clock's error

Respond = Callable[[CommandRequest, BotContext], Awaitable[Answer | None]]
"""Answers a command; None where it was hardly meant for this bot."""


@dataclass(frozen=True, slots=True)
class AdmittedCommand:
    """An admitted command, and the lane of its answer."""

    request: CommandRequest
    channel: str
    here: bool  # the answer goes to the chat of the command, in reply to it


@dataclass(frozen=True, slots=True)
class UpdateHandler:
    """Handles an update by itself; several may be under way (see command_lanes.py)."""

    bot: BotContext
    signer: Signer
    respond: Respond

    async def press(self, pressed: ButtonUpdate) -> Popup | None:
        """Handle a press; None where it was handled before."""

        def write(tx: Transaction) -> Popup | None:
            now = self.bot.clock.now()
            if not tx.finish_update(pressed.update_id, now):
                return None
            return callbacks.act(tx, pressed, self.permissions(tx), self.signer, now, self.bot.live)

        return await self.bot.store.run(write)

    async def command(self, written: CommandUpdate, username: str | None) -> Answer | None:
        """Answer a command; return the answer where one was written."""
        asking = None
        if not _is_for_another(written, username):
            asking = await self.bot.store.run(lambda tx: self._let_in(tx, written))
        if asking is None:
            answer = None
        elif not asking.here:
            answer = _how_to_configure(written, self._language(written, asking))
        else:
            answer = await self.respond(asking.request, self.bot)
        return answer if await self._end(written, asking, answer) else None

    async def lanes(self, chats: Collection[Chat]) -> list[str]:
        """Return the lanes of chats, by the id or the name that is configured."""
        permissions = await self.bot.store.run(self.permissions)
        here = [each for each in permissions.channels.values() if any(permissions.holds(each, chat) for chat in chats)]
        return sorted({lane_name(channel.settings["chat"]) for channel in here})

    async def give_up(self, update_id: int, error: str) -> None:
        """Mark an update that cannot be handled as done."""
        await self.bot.store.run(lambda tx: tx.finish_update(update_id, self.bot.clock.now(), error))

    async def apologise(self, written: CommandUpdate, error: str) -> bool:
        """Mark a command that cannot be handled as done, and tell an admitted user so."""
        asking = await self.bot.store.run(lambda tx: self._let_in(tx, written))
        language = self._language(written, asking)
        return await self._end(written, asking, Answer((bot_phrases(language).line("broke"),)), error)

    async def _end(
        self, written: CommandUpdate, asking: AdmittedCommand | None, answer: Answer | None, error: str | None = None
    ) -> bool:
        def write(tx: Transaction) -> bool:
            now = self.bot.clock.now()
            if not tx.finish_update(written.update_id, now, error) or asking is None or answer is None:
                return False
            instead = answer.effects(tx) if answer.effects is not None else None
            asked = QuotedMessage(written.message_id, written.chat.topic) if asking.here else None
            new = NewDelivery(
                channel=asking.channel,
                dedupe=f"answer:{written.update_id}",
                alert=Alert(
                    MessageKind.ANSWER,
                    f"/{written.command}",
                    body=instead or answer.lines,
                    asked=asked,
                    proposal=answer.proposal,
                    wording=self._language(written, asking),
                ),
                expires_at=now + ANSWER_EXPIRES,
            )
            return tx.add_delivery(new, now) is not None

        return await self.bot.store.run(write)

    def _language(self, written: CommandUpdate, asking: AdmittedCommand | None) -> str:
        channel = self.bot.live.now.config.all_channels.get(asking.channel) if asking else None
        return answer_language(channel, written.user.language)

    def permissions(self, tx: Transaction) -> Permissions:
        """Return the permissions in force; chats that moved have their new ids."""
        channels = {name: each for name, each in self.bot.live.now.config.all_channels.items() if each.kind == TELEGRAM}
        chats = {str(channel.settings["chat"]) for channel in channels.values()}
        lanes = {chat: tx.lane(lane_name(chat)).chat for chat in chats}
        moved = {chat: new for chat, new in lanes.items() if new is not None}
        return Permissions(frozenset(self.bot.live.now.config.telegram.admins), channels, moved)

    def _let_in(self, tx: Transaction, written: CommandUpdate) -> AdmittedCommand | None:
        """Return the command where the user may give it here, with its channel and the row replied to."""
        permissions, now = self.permissions(tx), self.bot.clock.now()
        chat, user = written.chat, written.user
        standing = permissions.standing(user, chat)
        channel = permissions.channel(chat)
        if standing is AccessLevel.STRANGER:
            UPDATES.labels(kind="refused").inc()
            log.info("a command from where nobody may ask", chat=chat.id, user=user.id, configured=channel is not None)
            return None
        if channel is None:  # an admin, in a chat that is not configured
            if written.to is None and written.command not in {"start", "help"}:
                return None
            own = permissions.channel(Chat(user.id, "private"))
            return AdmittedCommand(_request(written, permissions, tx, None, now), own, here=False) if own else None
        return AdmittedCommand(_request(written, permissions, tx, channel, now), channel, here=True)


def _is_for_another(written: CommandUpdate, username: str | None) -> bool:
    """Return whether a command names another bot; while our own name is not known, only a private chat is certain."""
    if written.to is None:
        return False
    return not written.chat.private if username is None else written.to.casefold() != username.casefold()


def _request(
    written: CommandUpdate, permissions: Permissions, tx: Transaction, channel: str | None, now: datetime
) -> CommandRequest:
    chat, user = written.chat, written.user
    here = [name for name, each in permissions.channels.items() if permissions.holds(each, chat)]
    found = (tx.delivery_by_message(name, written.replied) for name in here) if written.replied is not None else ()
    return CommandRequest(
        update_id=written.update_id,
        user_id=user.id,
        user_name=user.name,
        language=user.language,
        chat_id=chat.id,
        topic=chat.topic,
        private=chat.private,
        admin=permissions.standing(user, chat) is AccessLevel.ADMIN,
        message_id=written.message_id,
        command=written.command,
        argument=written.argument,
        at=written.at if now - _KEPT <= written.at <= now else now,  # now, where the time cannot be right
        channel=channel,
        addressed=written.to is not None,
        replied=next((row for row in found if row is not None), None),
        confirmed=written.confirmed,
    )


def _how_to_configure(written: CommandUpdate, language: str) -> Answer:
    """Tell an admin how alerts come to a chat that is not configured."""
    words = bot_phrases(language)
    topic = f", topic: {written.chat.topic}" if written.chat.topic is not None else ""
    entry = TextRun(f"NAME: {{telegram: {{chat: {written.chat.id}{topic}}}}}", code=True)
    return Answer((words.line("chat not configured", chat=written.chat.id), (entry,)))
