"""Builds rooms from a configuration."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import structlog

from monitor.app.forms_cache import FormsCache, default_path
from monitor.clock import SystemClock
from monitor.config.load import Config
from monitor.deliver import registry as channel_kinds
from monitor.deliver.outbox import Deliverer
from monitor.errors import ConfigError, Problem
from monitor.extract.article import ArticleExtractor
from monitor.fetch.client import HttpFetcher
from monitor.model import Channel, Watchlist
from monitor.pipeline import Herald, Judge, Poller, Reader, Rules
from monitor.ports import Clock, Fetcher, Notifier, Sandbox, Store
from monitor.sources.registry import source_types
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.match import Matcher

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def forms() -> FormsCache:
    """Give this process's compiled forms: a reload compiles only what is new, and takes effect within two seconds."""
    return FormsCache(default_path())


def make_rules(config: Config, before: tuple[Config, Rules] | None = None) -> Rules:
    """Compile the watchlists; takes seconds for large ones, so call it off the event loop. Raises ConfigError.

    `before` is what was in force: what did not change is taken from it.
    """
    catalogue = shipped().merged(config.entities)
    try:
        matcher = compile_watchlists(config.watchlists, catalogue, forms())
    except CompileError as error:
        raise ConfigError([Problem(str(config.path), 0, 0, "watchlists", str(error))]) from error
    for warning in matcher.warnings:
        log.warning("watchlist", note=warning)
    unchanged = before is not None and before[0].entities == config.entities
    everything = before[1].catalogue if before is not None and unchanged else _everything(catalogue)
    forms().save()
    return Rules(
        matcher=matcher,
        catalogue=everything,
        watchlists={watchlist.name: watchlist for watchlist in config.watchlists},
        channels=config.channels,
        catch_up=config.polling.catch_up,
        expire=config.delivery.expire,
    )


async def prepare(config: Config, sandbox: Sandbox) -> Rules:
    """Compile the watchlists while the sandbox loads its parsers; both take seconds. Raises ConfigError."""
    warming = asyncio.create_task(sandbox.run(os.getpid))
    try:
        return await asyncio.to_thread(make_rules, config)
    finally:
        await warming


def _everything(catalogue: Catalogue) -> Matcher:
    return compile_watchlists([Watchlist(name="catalogue", entities=tuple(catalogue.ids()))], catalogue, forms())


def make_fetcher(config: Config) -> HttpFetcher:
    """Build the way out to the network."""
    return HttpFetcher(
        allow=config.network.allow,
        concurrency=config.polling.concurrency,
        per_host=config.polling.per_host,
    )


def admin_channels(config: Config) -> list[Channel]:
    """Give a channel for each admin's private chat."""
    if config.telegram.token is None:
        return []
    return [Channel(f"admin:{user}", "telegram", {"chat": user}) for user in config.telegram.admins]


def all_channels(config: Config) -> dict[str, Channel]:
    """Give the configured channels and the admins'."""
    return dict(config.channels) | {channel.name: channel for channel in admin_channels(config)}


def make_notifiers(config: Config) -> Mapping[str, Notifier]:
    """Build one notifier for each kind of channel in use; without a token, telegram falls back to the console."""
    kinds = {channel.kind for channel in all_channels(config).values()}
    return channel_kinds.build(kinds, token=config.telegram.token, api=config.telegram.api)


@dataclass(slots=True)
class Holder:
    """What a reload replaces while work is under way."""

    config: Config
    fetcher: Fetcher

    async def close(self) -> None:
        """Close the fetcher that is in force."""
        await self.fetcher.close()


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything that works together."""

    holder: Holder
    store: Store
    judge: Judge
    poller: Poller
    reader: Reader
    herald: Herald
    deliverer: Deliverer
    sandbox: Sandbox


def make_rooms(config: Config, store: Store, sandbox: Sandbox, rules: Rules, clock: Clock | None = None) -> Rooms:
    """Connect the rooms over their ports."""
    clock = clock or SystemClock()
    holder = Holder(config, make_fetcher(config))
    written = asyncio.Event()
    judge = Judge(store=store, clock=clock, rules=rules, written=written)
    herald = Herald(
        store=store,
        clock=clock,
        rules=lambda: judge.rules,
        admins=lambda: admin_channels(holder.config),
        written=written,
        keep=lambda: holder.config.storage.keep,
    )

    def fetcher() -> Fetcher:
        return holder.fetcher

    poller = Poller(
        store=store,
        fetcher=fetcher,
        sandbox=sandbox,
        types=source_types(),
        clock=clock,
        rng=random.Random(),  # noqa: S311 — jitter, not a secret
        catch_up=lambda: judge.rules.catch_up,
        tell=herald.tell,
    )
    reader = Reader(
        store=store, fetcher=fetcher, sandbox=sandbox, extractor=ArticleExtractor(), judge=judge, clock=clock
    )
    deliverer = Deliverer(
        store,
        make_notifiers(config),
        all_channels(config),
        clock,
        quiet_time=config.delivery.quiet_time,
        tell=lambda text: herald.tell(f"delivery:{text[:60]}", "Delivery needs a look", text),
    )
    return Rooms(holder, store, judge, poller, reader, herald, deliverer, sandbox)
