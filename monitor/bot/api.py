"""The calls of the Bot API that are not deliveries: reading updates, popups, menus.

They have connections of their own, so that a long poll never stands in the way of an alert. Updates come as plain
JSON: one that the library cannot read would stop all that follow it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from telegram.error import TelegramError
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # the library's one way to fill a RequestData

from monitor import log as logs
from monitor.deliver import telegram  # noqa: F401 — it keeps the token out of the log lines of httpx
from monitor.deliver.answers import classify
from monitor.errors import DeliveryError, Remedy, Sent

POLL = 50
"""Seconds that a long poll waits for news: Telegram's own limit is about a minute."""

POPUP_LETTERS = 200
"""What answerCallbackQuery takes."""

_KINDS = ("message", "callback_query", "my_chat_member")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SHORT = 15.0  # seconds for a call that is no long poll


class BotApi:
    """The Bot API for one bot. Its representation shows no token."""

    def __init__(self, token: str, api: str = "https://api.telegram.org", *, poll: int = POLL) -> None:
        """Connect nothing yet. `api` is the server's address without a path; `poll` is in seconds."""
        logs.hide(token)
        self._base = f"{api.rstrip('/')}/bot{token}/"
        self._poll = poll
        # A proxy of the environment never stands before a server on this very host.
        options = {"trust_env": urlsplit(api).hostname not in _LOOPBACK}
        self._polling = HTTPXRequest(connection_pool_size=1, read_timeout=poll + 15.0, httpx_kwargs=options)
        self._calling = HTTPXRequest(connection_pool_size=4, read_timeout=_SHORT, httpx_kwargs=options)

    async def updates(self, offset: int | None) -> list[tuple[int, str]]:
        """Wait for updates from `offset` on, confirming all below; give them as (id, JSON). Raises DeliveryError.

        None: from the oldest that was never confirmed.
        """
        found = await self._call(
            self._polling, "getUpdates", offset=offset, timeout=self._poll, allowed_updates=list(_KINDS)
        )
        if not isinstance(found, list):
            raise DeliveryError("the answer holds no updates", sent=Sent.UNKNOWN, remedy=Remedy.RETRY)
        updates = [update for update in found if isinstance(update, dict) and type(update.get("update_id")) is int]
        return [(update["update_id"], json.dumps(update, separators=(",", ":"))) for update in updates]

    async def username(self) -> str | None:
        """Give the bot's name without the '@'; None where the server does not say. Raises DeliveryError."""
        me = await self._call(self._calling, "getMe")
        name = me.get("username") if isinstance(me, dict) else None
        return name if isinstance(name, str) else None

    async def popup(self, query: str, text: str) -> None:
        """Answer a press, shown for a moment above the chat. Raises DeliveryError, also where it came too late."""
        shown = text[:POPUP_LETTERS] or None
        await self._call(self._calling, "answerCallbackQuery", callback_query_id=query, text=shown)

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], *, chat: int | None = None, language: str | None = None
    ) -> None:
        """Register a menu of (name, description). Raises DeliveryError.

        It is for all chats or for one, and for clients in one language or for those without a menu of their own.
        """
        scope = {"type": "default"} if chat is None else {"type": "chat", "chat_id": chat}
        entries = [{"command": name, "description": description} for name, description in commands]
        await self._call(self._calling, "setMyCommands", commands=entries, scope=scope, language_code=language)

    async def delete(self, chat: int, message_id: int) -> None:
        """Delete a message of the bot's. Raises DeliveryError."""
        await self._call(self._calling, "deleteMessage", chat_id=chat, message_id=message_id)

    async def _call(self, request: HTTPXRequest, method: str, **parameters: object) -> Any:
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            return await request.post(self._base + method, _data(given))
        except asyncio.CancelledError:
            raise
        except (TelegramError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise classify(error) from error

    async def close(self) -> None:
        """Close connections."""
        await self._polling.shutdown()
        await self._calling.shutdown()


def _data(parameters: Mapping[str, object]) -> RequestData:
    return RequestData([RequestParameter(name, value, None) for name, value in parameters.items()])
