"""Connecting a bot for the first time: is the token good, and who is it that writes `/start CODE`."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable

from monitor import log
from monitor.bot.api import BotApi
from monitor.bot.updates import CommandUpdate, read
from monitor.deliver.bot_lock import BotLock

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else on a phone
_LETTERS = 6
_POLL = 10  # seconds that one long poll waits


def new_code() -> str:
    """Return a code that nobody guesses: the first `/start` that a new bot gets may be a stranger's."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


async def bot_name(token: str, api: str) -> str:
    """Return the bot's name without the '@'. Raises DeliveryError, also where the token is refused."""
    log.hide(token)
    bot = BotApi(token, api)
    try:
        return await bot.username() or "your bot"
    finally:
        await bot.close()


async def await_start(token: str, api: str, code: str, strange: Callable[[CommandUpdate], None]) -> CommandUpdate:
    """Wait until somebody writes `/start CODE` to the bot, in a chat with it alone or in a group.

    `strange` is called with each other `/start`. Updates before the right one are confirmed to Telegram; that one is
    left for the daemon, which answers it with what the bot can do. Raises DeliveryError, also where a daemon on this
    host, or anybody else, reads the bot's updates already.
    """
    bot = BotApi(token, api, poll=_POLL)
    with BotLock("monitor init") as lock:
        lock.take(token, api)  # a daemon would take the updates away
        try:
            offset: int | None = None
            while True:
                batch = await bot.updates(offset)
                for update in _starts(batch):
                    if hmac.compare_digest(update.argument.strip().upper().encode(), code.encode()):
                        return update
                    strange(update)
                if batch:
                    offset = batch[-1][0] + 1
        finally:
            await bot.close()


def _starts(batch: Iterable[tuple[int, str]]) -> Iterable[CommandUpdate]:
    for ident, body in batch:
        update = read(ident, body)
        if isinstance(update, CommandUpdate) and update.command == "start":
            yield update
