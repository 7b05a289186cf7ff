"""The calls of the Bot API that are not deliveries: reading updates, popups, menus.

They have connections of their own, so that a long poll never stands in the way of an alert. Updates come as plain
JSON: one that the library cannot read would stop all that follow it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from telegram import Bot, BotCommandScopeChat, BotCommandScopeDefault, ReplyParameters
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from monitor import log as logs
from monitor.deliver.channels.telegram import notifier  # noqa: F401 — it keeps the token out of the log lines of httpx
from monitor.deliver.channels.telegram.errors import classify
from monitor.errors import DeliveryError, Remedy, Sent

T = TypeVar("T")

POLL = 50
"""Seconds that a long poll waits for news: Telegram's own limit is about a minute."""

POPUP_LETTERS = 200
"""What answerCallbackQuery takes."""

_KINDS = ("message", "callback_query", "my_chat_member")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OUTSIDE = {"left", "kicked"}  # what somebody is who is not in the chat; 'restricted' says `is_member` beside it
_SHORT = 15.0  # seconds for a call that is no long poll


class BotApi:
    """The Bot API for one bot. Its representation shows no token.

    `api` is the server's address without a path; `poll` is in seconds.
    """

    def __init__(self, token: str, api: str = "https://api.telegram.org", *, poll: int = POLL) -> None:
        logs.hide(token)
        base = f"{api.rstrip('/')}/bot"
        self._updates = f"{base}{token}/getUpdates"
        self._member = f"{base}{token}/getChatMember"
        self._poll = poll
        # A proxy of the environment never stands before a server on this very host.
        options = {"trust_env": urlsplit(api).hostname not in _LOOPBACK}
        self._polling = HTTPXRequest(connection_pool_size=1, read_timeout=poll + 15.0, httpx_kwargs=options)
        self._calling = HTTPXRequest(connection_pool_size=4, read_timeout=_SHORT, httpx_kwargs=options)
        self._bot = Bot(token, base_url=base, request=self._calling, get_updates_request=self._polling)

    async def updates(self, offset: int | None) -> list[tuple[int, str]]:
        """Wait for updates from `offset` on, confirming all below; return them as (id, JSON). Raises DeliveryError.

        None: from the oldest that was never confirmed.
        """
        # `Bot.get_updates` reads updates itself, and `Bot.do_api_request` warns of every method that `Bot` has.
        query = {"timeout": self._poll, "allowed_updates": json.dumps(_KINDS)}
        if offset is not None:
            query["offset"] = offset
        found: object = await _answer(self._polling.post(f"{self._updates}?{urlencode(query)}"))
        if not isinstance(found, list):
            raise DeliveryError("the answer holds no updates", sent=Sent.UNKNOWN, remedy=Remedy.RETRY)
        updates = [update for update in found if isinstance(update, dict) and type(update.get("update_id")) is int]
        return [(update["update_id"], json.dumps(update, separators=(",", ":"))) for update in updates]

    async def username(self) -> str | None:
        """Return the bot's name without the '@'; None where the server leaves it out. Raises DeliveryError."""
        return (await _answer(self._bot.get_me())).username

    async def popup(self, query: str, text: str) -> None:
        """Answer a press, shown for a moment above the chat. Raises DeliveryError, also where it came too late."""
        await _answer(self._bot.answer_callback_query(query, text[:POPUP_LETTERS] or None))

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], *, chat: int | None = None, language: str | None = None
    ) -> None:
        """Register a menu of (name, description). Raises DeliveryError.

        It is for all chats or for one, and for clients in one language or for those without a menu of their own.
        """
        scope = BotCommandScopeDefault() if chat is None else BotCommandScopeChat(chat)
        await _answer(self._bot.set_my_commands(commands, scope, language))

    async def show(self, chat: int | str, topic: int | None, reply_to: int, png: bytes) -> None:
        """Send a picture, without a sound, in reply to the message that it belongs to. Raises DeliveryError.

        It is no delivery: what it shows is told in a message that is one.
        """
        answering = ReplyParameters(reply_to, allow_sending_without_reply=True)
        await _answer(
            self._bot.send_photo(
                chat, png, message_thread_id=topic, reply_parameters=answering, disable_notification=True
            )
        )

    async def delete(self, chat: int, message_id: int) -> None:
        """Delete a message of the bot's. Raises DeliveryError."""
        await _answer(self._bot.delete_message(chat, message_id))

    async def is_member(self, chat: int, user: int) -> bool:
        """Return whether somebody is in a chat now. Raises DeliveryError, also where the bot cannot see its members."""
        # Plain JSON, as above: the library refuses members whose rights a server of another version tells otherwise.
        found = await _answer(self._calling.post(f"{self._member}?{urlencode({'chat_id': chat, 'user_id': user})}"))
        if not isinstance(found, dict) or not isinstance(found.get("status"), str):
            raise DeliveryError("the answer holds no member", sent=Sent.UNKNOWN, remedy=Remedy.RETRY)
        return found["status"] not in _OUTSIDE and found.get("is_member", True) is True

    async def close(self) -> None:
        """Close connections."""
        await self._polling.shutdown()
        await self._calling.shutdown()


async def _answer(call: Awaitable[T]) -> T:
    """Return the result in the server's answer. Raises DeliveryError for a refusal or an invalid answer."""
    try:
        return await call
    except (TelegramError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise classify(error) from error
