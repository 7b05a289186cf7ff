"""Building of the daemon's components from a configuration."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog

from monitor import host, log
from monitor.app.compile import outline
from monitor.app.encoder import make_encoder
from monitor.app.ownership import OwnershipWatch
from monitor.archive.backfill import Backfill, index_backfill, text_packing
from monitor.clock import MonotonicSteadyClock
from monitor.config.load import Config
from monitor.deliver.bot_lock import BotLock
from monitor.deliver.channels import registry as channel_kinds
from monitor.deliver.secret import secret
from monitor.deliver.translators import ServiceTranslator
from monitor.deliver.worker import DeliveryWorker
from monitor.dispatch.local import LocalDispatcher
from monitor.errors import SandboxError
from monitor.extract.encoder import use_one_thread
from monitor.extract.extractor import ArticleExtractor
from monitor.fetch.client import HttpFetcher
from monitor.fetch.pace import SharedPace
from monitor.pipeline.backfill import TrendBackfill
from monitor.pipeline.cleaning import Cleaner
from monitor.pipeline.discovery import FeedFinder
from monitor.pipeline.health import Disk, HealthWatch
from monitor.pipeline.housekeeping import Housekeeping
from monitor.pipeline.judge import Judge
from monitor.pipeline.live import InForce, Live
from monitor.pipeline.poll import Poller
from monitor.pipeline.poll_batch import PollBatch
from monitor.pipeline.read import ArticleReader
from monitor.pipeline.recheck import Rechecker
from monitor.pipeline.refill import Refiller
from monitor.pipeline.stamping import Stamper
from monitor.pipeline.timekeeping import ClockWatch
from monitor.pipeline.translate import TranslationStage
from monitor.pipeline.websub import Subscriber
from monitor.ports import Notifier, Sandbox, SteadyClock
from monitor.sandbox import ChildSandbox
from monitor.sources import discovery
from monitor.sources.registry import source_types
from monitor.sources.sitemap import SitemapFiles
from monitor.store import Database, DatabaseLock, open_store

FINDER = FeedFinder(discovery.look, ArticleExtractor().refresh)
"""Finds the feeds that a page names which came instead of one."""

_REFILLS = 4  # at once: each asks one site several times


async def _warm(sandbox: Sandbox) -> None:
    """Let the sandbox load its parsers, which takes seconds, while the rest starts; a poll that needs it waits."""
    try:
        await sandbox.run(os.getpid)
    except SandboxError as error:
        structlog.get_logger(__name__).warning("the parsers' children do not start", error=str(error))


def hide_token(config: Config) -> None:
    """Keep the bot's token out of every log line from now on."""
    if config.token is not None:
        log.hide(config.token.reveal())


def lock_bot(bot_lock: BotLock, config: Config) -> None:
    """Lock the configured bot, in place of an earlier one. Raises DeliveryError where another daemon has it."""
    token = config.token
    if token is None:
        bot_lock.release()
    else:
        bot_lock.take(token.reveal(), config.telegram.api)


def make_fetcher(config: Config, pace: SharedPace | None = None) -> HttpFetcher:
    """Build the fetcher for the configured network; `pace` is that of several processes."""
    return HttpFetcher(
        allow=config.network.allow,
        sources=config.sources,
        contact=config.network.contact,
        secrets=lambda variable: secret(os.environ, variable),
        concurrency=config.polling.concurrency,
        per_host=config.polling.per_host,
        pace=pace,
    )


def make_notifiers(config: Config) -> Mapping[str, Notifier]:
    """Build one notifier for each kind of channel in use; without a token, telegram falls back to the console."""
    kinds = {channel.kind for channel in config.all_channels.values()}
    return channel_kinds.build(kinds, token=config.token, api=config.telegram.api)


def disk_of(directory: Path | None) -> Disk | None:
    """Return the size and free space of a directory's file system; None where there is no directory."""
    if directory is None:
        return None
    try:
        usage = shutil.disk_usage(directory)
    except OSError as error:
        structlog.get_logger(__name__).warning("the disk cannot be looked at", path=str(directory), error=str(error))
        return None
    return Disk(str(directory.resolve()), usage.total, usage.free)


class MomentClock(SteadyClock, Protocol):
    """A steady clock that says by how much it was moved."""

    def moment(self) -> tuple[datetime, float]:
        """Return the time, and by how many seconds it has been moved since the start."""
        ...


@dataclass(frozen=True, slots=True)
class Components:
    """All objects of the running daemon, connected."""

    live: Live
    store: Database
    judge: Judge
    poller: Poller
    polls: PollBatch
    reader: ArticleReader
    refiller: Refiller
    housekeeping: Housekeeping
    delivery_worker: DeliveryWorker
    sandbox: Sandbox
    bot_lock: BotLock
    ownership: OwnershipWatch
    disk: Callable[[], Disk | None]
    clock: MomentClock
    timekeeper: ClockWatch
    cleaner: Cleaner
    backfills: tuple[Backfill, ...]
    subscriber: Subscriber
    rechecker: Rechecker
    stamper: Stamper
    trends: TrendBackfill
    translation: TranslationStage


def make_dispatcher(components: Components) -> LocalDispatcher:
    """Build what runs units of work in this process, and records internal errors at their rows."""
    crashed = {
        "poll": components.poller.crashed,
        "read": components.reader.crashed,
        "refill": components.refiller.crashed,
    }
    return LocalDispatcher(
        {"poll": components.poller.poll, "read": components.reader.read, "refill": components.refiller.refill},
        dict.fromkeys(("poll", "read"), components.live.now.config.polling.concurrency) | {"refill": _REFILLS},
        lambda kind, ident, error: crashed[kind](ident, error),
        components.sandbox.is_suspect,
    )


@contextlib.asynccontextmanager
async def opened(config: Config, *, bot: bool = True) -> AsyncIterator[Components]:
    """Open everything in the order that loses nothing; the judge is still to be prepared (`app.preparation`).

    Closed at the end of the block, whatever failed. Without `bot`, the bot is not locked: nothing may be
    sent. Raises StoreError where the database cannot be used or another daemon uses it, DeliveryError where another
    one uses the bot.
    """
    clock = MonotonicSteadyClock()
    # Not in the loop, which a server that stands still would keep from hearing of SIGTERM.
    store = await asyncio.to_thread(open_store, config.storage.url, clock_now=clock.now)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(store.close)
        lock = stack.enter_context(await asyncio.to_thread(store.lock))
        bot_lock = stack.enter_context(BotLock(store.name))
        if bot:
            lock_bot(bot_lock, config)
        use_one_thread()  # before any child starts
        sandbox = ChildSandbox()
        stack.push_async_callback(sandbox.close)
        warming = asyncio.create_task(_warm(sandbox), name="warm")
        stack.push_async_callback(asyncio.wait, [warming])
        live = Live(InForce(outline(config), make_fetcher(config)))
        stack.push_async_callback(_close_fetcher, live)
        components = make_components(live, store, sandbox, clock, (lock, bot_lock))
        encoder = make_encoder()
        if encoder:
            stack.callback(encoder.close)
            components.judge.encode = encoder.encode
        await components.timekeeper.start()
        await store.run(lambda tx: tx.sync_sources(config.sources, clock.now()))
        yield components


async def _close_fetcher(live: Live) -> None:
    """Close the fetcher that is in force at the end, after reloads."""
    await live.now.fetcher.close()


def make_components(
    live: Live,
    store: Database,
    sandbox: Sandbox,
    clock: MomentClock,
    held: tuple[DatabaseLock, BotLock],
) -> Components:
    """Return the components, connected over their ports."""
    written = asyncio.Event()
    judge = Judge(store=store, clock=clock, live=live, written=written, moment=clock.moment)
    housekeeping = Housekeeping(
        store=store,
        clock=clock,
        live=live,
        written=written,
        health_watch=HealthWatch(live, lambda: disk_of(store.directory), children=lambda: sandbox.trouble),
    )

    polls = PollBatch(store, clock)
    poller = Poller(
        store=store,
        live=live,
        sandbox=sandbox,
        types=source_types(),
        finder=FINDER,
        clock=clock,
        rng=random.Random(),  # noqa: S311 — jitter, not a secret
        asked=housekeeping.announce_soon,
        batch=polls,
    )
    reader = ArticleReader(
        store=store, live=live, sandbox=sandbox, extractor=ArticleExtractor(), judge=judge, clock=clock
    )
    refiller = Refiller(
        store=store,
        live=live,
        sandbox=sandbox,
        sitemaps=SitemapFiles(),
        clock=clock,
        notify=housekeeping.write_notice,
        written=written,
    )
    delivery_worker = _make_deliverer(live.now.config, store, clock, housekeeping)
    lock, bot_lock = held
    ownership = OwnershipWatch(
        store, lock, bot_lock, lambda text: delivery_worker.send_without_outbox(live.now.config.admin_channels, text)
    )
    return Components(
        live,
        store,
        judge,
        poller,
        polls,
        reader,
        refiller,
        housekeeping,
        delivery_worker,
        sandbox,
        bot_lock,
        ownership,
        disk=lambda: disk_of(store.directory),
        clock=clock,
        timekeeper=ClockWatch(store, clock, host.start()),
        cleaner=Cleaner(store, clock, live),
        backfills=(index_backfill(store), text_packing(store)),
        subscriber=Subscriber(store, live, clock),
        rechecker=Rechecker(store, live, clock, sandbox, ArticleExtractor()),
        stamper=Stamper(store, live, clock),
        trends=TrendBackfill(store, live, lambda: judge.loading.ready),
        translation=TranslationStage(store, clock, live, ServiceTranslator(), written),
    )


def _make_deliverer(config: Config, store: Database, clock: MomentClock, housekeeping: Housekeeping) -> DeliveryWorker:
    return DeliveryWorker(
        store,
        make_notifiers(config),
        config.all_channels,
        clock,
        quiet_time=config.delivery.quiet_time,
        expire=config.delivery.expire,
        operators=housekeeping,
    )
