"""Telegram: an alert as a message of a bot, edited as its story grows.

python-telegram-bot is used as a library: no updater, no job queue, and never `Bot.initialize`, whose error has the
token in its text. Requests go over httpx's own transport: with others, a server that dropped the connection after it
had read the request was reported as a connect time-out, which would make a double of a message that arrived.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from monitor import host
from monitor import log as logs
from monitor.alert.render import telegram
from monitor.alert.render.telegram import Button
from monitor.deliver.channels.telegram import fallback
from monitor.deliver.channels.telegram.errors import classify, refuses_reply
from monitor.deliver.channels.telegram.keyboard import Signer, markup
from monitor.deliver.channels.telegram.probe import MARKER, Progress, find, fingerprint
from monitor.deliver.rate_limits import BotRateLimiter, Limits
from monitor.errors import DeliveryError, Sent
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ProbeNotes

T = TypeVar("T")

READ_TIMEOUT = 60.0
"""Seconds to wait for an answer: the library's 5 s manufacture unknown outcomes when Telegram is slow."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

# What a malformed answer (JSON of another shape) makes the library raise: the request arrived, so the fate is unknown.
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class _NoSecrets(logging.Filter):
    """httpx names every URL at INFO, and a bot's URLs have the token in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = logs.redact(record.getMessage()), ()
        return True


logging.getLogger("httpx").addFilter(_NoSecrets())
# At an answer that is no JSON the library logs all of it with a traceback; ours says what that means in one line.
logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Destination:
    """The chat and topic that a message is sent to."""

    chat: int | str
    topic: int | None
    shared_ids: bool  # private chats and basic groups number their messages together, over all chats of the bot
    group: bool


def lane_name(chat: object) -> str:
    """Return the lane of a chat as it is configured, by id or name."""
    return f"telegram:{chat}"


def target(channel: Channel, lane: Lane) -> Destination:
    """Return where a channel's messages go now: a migrated chat has its new id in `lane.chat`."""
    chat = lane.chat or channel.settings["chat"]
    name = str(chat)
    return Destination(
        chat=chat,
        topic=None if lane.without_topic else channel.settings.get("topic"),
        shared_ids=not name.startswith(("-100", "@")),
        group=name.startswith(("-", "@")),
    )


def linked(delivery: Delivery, where: Destination, lane: Lane) -> Delivery:
    """Return a row whose line of an earlier story leads to the message that told it, where Telegram has such links.

    Private chats and basic groups have none, and what was sent before a chat migrated is not in the new one.
    """
    story, chat = delivery.alert.follows, str(where.chat)
    if story is None or story.message is None or lane.chat is not None or where.shared_ids:
        return delivery
    place = chat.removeprefix("@") if chat.startswith("@") else f"c/{chat.removeprefix('-100')}"
    url = f"https://t.me/{place}/{story.message}"
    return replace(delivery, alert=replace(delivery.alert, follows=replace(story, url=url)))


def _shown(channel: Channel, delivery: Delivery) -> telegram.Rendered:
    shown = telegram.telegram(delivery.alert, timezone=channel.timezone or host.timezone(), now=delivery.created_at)
    if delivery.replaces_message:  # in place of an edit, which rings as little
        shown = replace(shown, silent=True)
    return shown if channel.settings.get("preview", True) else replace(shown, preview_url=None)


class TelegramNotifier:
    """A `ports.Notifier` for one bot. Its representation shows no token.

    `api` is the address of the Bot API server, without a path.
    """

    can_edit = True
    can_probe = True

    def __init__(
        self,
        token: str,
        *,
        api: str = "https://api.telegram.org",
        limits: Limits | None = None,
        read_timeout: float = READ_TIMEOUT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        logs.hide(token)
        self.signer = Signer(token)
        self._monotonic = monotonic
        self.probes: dict[tuple[int | str, int, int], Progress] = {}  # by chat, row and attempt
        self._pace = BotRateLimiter(limits)
        base = api.rstrip("/") + "/bot"
        self._request = HTTPXRequest(
            connection_pool_size=32,
            read_timeout=read_timeout,
            write_timeout=20.0,
            connect_timeout=10.0,
            pool_timeout=30.0,
            # A proxy of the environment never stands before a server on this very host.
            httpx_kwargs={"trust_env": urlsplit(api).hostname not in _LOOPBACK},
        )
        self._bot = Bot(token, base_url=base, request=self._request, get_updates_request=self._request)

    def lane(self, channel: Channel) -> str:
        """Return the chat's lane; topics of one chat share it, as they share the chat's rate."""
        return lane_name(channel.settings["chat"])

    def delay(self, channel: Channel, lane: Lane) -> float:
        """Return the seconds until the chat's rate limit allows the next call."""
        where = target(channel, lane)
        return self._pace.delay(str(where.chat), self._monotonic(), group=where.group)

    def numbering(self, channel: Channel, lane: Lane) -> str:
        """Return the name of the sequence of message ids: private chats and basic groups of a bot share one."""
        return "telegram" if target(channel, lane).shared_ids else lane.name

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        """Send the alert, or edit it where `delivery.message_id` is set. Raises DeliveryError."""
        where, asked = target(channel, lane), delivery.alert.asked
        if asked is not None:  # an answer stands where the question was
            reply_to, where = asked.message_id, replace(where, topic=None if lane.without_topic else asked.topic)
        shown = _shown(channel, linked(delivery, where, lane))
        common: dict[str, Any] = {
            "chat_id": where.chat,
            "text": fallback.plain(shown, delivery) if delivery.repaired else fallback.html(shown, delivery),
            "parse_mode": None if delivery.repaired else ParseMode.HTML,
            "reply_markup": self.keyboard(delivery),
            "link_preview_options": LinkPreviewOptions(is_disabled=True)
            if shown.preview_url is None or delivery.unlinked
            else LinkPreviewOptions(url=shown.preview_url, prefer_small_media=True),
        }
        if delivery.message_id is not None:
            return await self._edit(where, common, delivery.message_id)
        common |= {"message_thread_id": where.topic, "disable_notification": shown.silent}
        if reply_to is not None and not delivery.repaired:
            answering = ReplyParameters(reply_to, allow_sending_without_reply=True)
            try:
                message = await self.call(where, self._bot.send_message(reply_parameters=answering, **common))
                return Receipt(message.message_id)
            except DeliveryError as error:
                if not refuses_reply(error):
                    raise
        message = await self.call(where, self._bot.send_message(**common))
        return Receipt(message.message_id)

    async def _edit(self, where: Destination, common: dict[str, Any], message_id: int) -> Receipt:
        try:
            await self.call(where, self._bot.edit_message_text(message_id=message_id, **common), editing=True)
        except DeliveryError as error:
            if error.sent is not Sent.YES:
                raise
            return Receipt(message_id, note="not modified")
        return Receipt(message_id)

    async def check(self, channel: Channel) -> str:
        """Ask who the bot is and what the chat is, sending nothing. Raises DeliveryError."""
        ident = channel.settings["chat"]
        try:
            me = await self._bot.get_me()
            try:
                chat = await self._bot.get_chat(ident)
            except _MALFORMED:  # it answered: servers of other versions leave fields out that the type demands
                return f"@{me.username or me.id} in chat {ident}"
        except (TelegramError, *_MALFORMED) as error:
            raise classify(error) from error
        return f"@{me.username or me.id} in {chat.type} {chat.effective_name or chat.id}"

    def fingerprint(self, channel: Channel, delivery: Delivery) -> str:
        """Return a hash of the message's text."""
        return fingerprint(fallback.plain(_shown(channel, delivery), delivery))

    async def probe(
        self,
        channel: Channel,
        delivery: Delivery,
        lane: Lane,
        *,
        notes: ProbeNotes | None = None,
        fingerprint: str = "",
    ) -> Receipt | None:
        """Find out whether a message arrived whose call had no answer: see probe.py. Raises DeliveryError."""
        known = frozenset((fingerprint, self.fingerprint(channel, delivery)))
        return await find(self, target(channel, lane), delivery, lane, known, notes)

    def keyboard(self, delivery: Delivery) -> InlineKeyboardMarkup | None:
        """Return the buttons of a row's message: the same row gives the same bytes. A repaired one has none."""
        if delivery.repaired:
            return None
        buttons = telegram.telegram(delivery.alert, timezone="UTC").buttons
        if delivery.unlinked:
            buttons = tuple(tuple(button for button in row if not button.url) for row in buttons)
        return markup(buttons, delivery.id, self.signer)

    def other_keyboard(self, delivery: Delivery) -> InlineKeyboardMarkup:
        """Return a keyboard that differs from `keyboard`, and works as well if the process ends while it is shown."""
        own = self.keyboard(delivery)
        more = (Button("…", action="ack"),)
        extra = markup((more,), delivery.id, self.signer)
        rows = [*(own.inline_keyboard if own else ()), *(extra.inline_keyboard if extra else ())]
        return InlineKeyboardMarkup(rows)

    async def edit_keyboard(
        self, where: Destination, message_id: int, keyboard: InlineKeyboardMarkup | None
    ) -> Message | None:
        """Put another keyboard below a message; return that (None where the answer does not show it).

        Raises DeliveryError, with Sent.YES where it had that keyboard.
        """
        done = await self.call(
            where,
            self._bot.edit_message_reply_markup(chat_id=where.chat, message_id=message_id, reply_markup=keyboard),
            editing=True,
        )
        return done if isinstance(done, Message) else None

    async def send_marker(self, where: Destination) -> int:
        """Send a silent message to learn the chat's newest id; return that. Raises DeliveryError."""
        request = self._bot.send_message(where.chat, MARKER, message_thread_id=where.topic, disable_notification=True)
        return (await self.call(where, request)).message_id

    async def delete(self, where: Destination, message_id: int) -> None:
        """Delete a message of the bot's. Raises DeliveryError."""
        await self.call(where, self._bot.delete_message(where.chat, message_id))

    async def call(self, where: Destination, request: Coroutine[Any, Any, T], *, editing: bool = False) -> T:
        """Make one call at the bot's pace. Raises DeliveryError, chained to what the library raised."""
        try:
            await self._turn(where)
            return await request
        except (TelegramError, *_MALFORMED) as error:
            raise classify(error, editing=editing) from error
        finally:
            request.close()

    async def _turn(self, where: Destination) -> None:
        """Wait until the rate limit allows a call to the chat, and count the call."""
        chat = str(where.chat)
        wait = self._pace.delay(chat, self._monotonic(), group=where.group)
        if wait > 0:
            await asyncio.sleep(wait)
        self._pace.take(chat, self._monotonic(), group=where.group)

    async def close(self) -> None:
        """Close connections."""
        await self._request.shutdown()
