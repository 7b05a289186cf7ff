"""The bot within the daemon: it runs while there is a token, and is restarted with another one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from monitor.app.compile import query_compiler
from monitor.app.probe import source_of
from monitor.app.wiring import Components
from monitor.bot import commands
from monitor.bot.context import BotContext
from monitor.config.load import Config
from monitor.deliver.channels import registry
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Article, Entry
from monitor.pipeline.read import PAGE_BYTES
from monitor.ports import Clock, Request

if TYPE_CHECKING:
    from monitor.bot.service import Bot

log = structlog.get_logger(__name__)


class BotRunner:
    """Starts and stops the bot as the configuration changes. It reads channels and admins at every update.

    `heard` is called with lanes whose chats have shown that they may take messages again; default: the deliverer.
    """

    def __init__(
        self, components: Components, clock: Clock, heard: Callable[[Collection[str]], None] | None = None
    ) -> None:
        self._components = components
        self._heard = heard or components.delivery_worker.retry
        self._bot_context = BotContext(
            store=components.store,
            clock=clock,
            kinds=registry.CHANNELS,
            live=components.live,
            read=lambda url: read_page(url, components, clock),
            compiler=partial(query_compiler, in_child=True),
            started=clock.now(),
            disk=components.disk,
        )
        self._address: tuple[str, str] | None = None  # token and server of the bot that runs
        self._halt = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def follow(self, config: Config) -> None:
        """Run the bot whose token is configured now, and end one with another token."""
        address = _address(config)
        if address == self._address or self._closed:
            return
        await self._stop()
        self._address = address
        if address is not None:
            self._halt = asyncio.Event()
            self._task = asyncio.create_task(self._bot(*address).run(self._halt), name="bot")
            log.info("the bot listens", admins=len(config.telegram.admins))

    async def close(self) -> None:
        """End the bot for good; updates under way are handled anew at the next start."""
        self._closed = True
        await self._stop()

    async def _stop(self) -> None:
        if self._task is not None:
            self._halt.set()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = self._address = None

    def _bot(self, token: str, api: str) -> Bot:
        # Here: without a token, the daemon does without python-telegram-bot, which takes 12 MB.
        from monitor.bot.api import BotApi
        from monitor.bot.command_lanes import CommandLanes
        from monitor.bot.dispatch import UpdateHandler
        from monitor.bot.service import Bot
        from monitor.deliver.channels.telegram.keyboard import Signer

        components = self._components
        handler = UpdateHandler(self._bot_context, Signer(token), commands.answer)
        return Bot(
            api=BotApi(token, api),
            handler=handler,
            wrote=components.judge.written.set,
            heard=self._heard,
            operators=components.housekeeping,
            menus=lambda: commands.menus(components.live.now.config.telegram.admins),
            lanes=CommandLanes(commands.SLOW),
            rng=random.Random(),  # noqa: S311 — jitter, not a secret
        )


def _address(config: Config) -> tuple[str, str] | None:
    """Return token and server; None where there is no token.

    It listens before anybody may ask, too: the log then shows the ids that the configuration needs.
    """
    token = config.token
    return None if token is None else (token.reveal(), config.telegram.api)


async def read_page(url: str, components: Components, clock: Clock) -> Article:
    """Read an article that somebody asks about as those of feeds. Raises FetchError, ExtractError, SandboxError."""
    response = await components.live.now.fetcher.fetch(Request(url, max_bytes=PAGE_BYTES))
    if response.status != HTTPStatus.OK:
        raise response.refusal("the page")
    entry = Entry(key=response.url, guid=None, link=response.url, title="")
    source = source_of(response.url, components.live.now.config)
    return await components.sandbox.run(ArticleExtractor().extract, source, entry, response, clock.now())
