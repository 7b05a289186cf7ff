"""What the lanes of one deliverer share, and how the end of a call is written."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from monitor.deliver import claims, conditions, fates
from monitor.errors import DeliveryError, Remedy, StoreError
from monitor.metrics import DELIVERIES
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import Clock, Notifier, Store, Transaction

T = TypeVar("T")
log = structlog.get_logger(__name__)

Members = Mapping[str, tuple[Channel, Notifier]]
"""A lane's channels by name, each with its notifier."""

STORE_AGAIN = 2.0
"""Seconds between tries where the database refuses (a full disk, a lock)."""

SET_FORWARD = 5.0
"""Seconds by which the wall clock runs ahead of the monotonic one that mean that it was set."""

SET_WAIT = 3.0
"""Seconds without a claim after that: the scheduler moves what is due, and what expires, in its next tick."""

TOKEN_AGAIN = 300.0
"""Seconds between looks whether a refused token is valid again."""


@dataclass(slots=True)
class Crew:
    """What the lanes share."""

    store: Store
    clock: Clock
    quiet_time: float
    expire: float
    tell: Callable[[str], None]
    note: Callable[[str], None]
    rng: random.Random
    stopped: dict[str, float] = field(default_factory=dict)  # kind → monotonic time of the next look at its token

    going: set[str] = field(default_factory=set)  # kinds of which nothing is kept that says that they have stopped

    _seen: tuple[datetime, float] | None = None  # both clocks, when they were compared last
    _free_at: float = 0.0  # monotonic

    def say(self, news: fates.News) -> None:
        """Pass news on: what lasts is found in the database by whoever looks after the daemon, and told from there."""
        (self.note if news.lasting else self.tell)(news.line)

    def clock_wait(self) -> float:
        """Give the seconds to wait because the wall clock was set forward: nothing is late or too old by that."""
        now, mono = self.clock.now(), self.clock.monotonic()
        before, self._seen = self._seen, (now, mono)
        if before is not None and (now - before[0]).total_seconds() - (mono - before[1]) > SET_FORWARD:
            self._free_at = mono + SET_WAIT
        return max(0.0, self._free_at - mono)

    def stop(self, kind: str) -> None:
        """Begin no call of a kind whose token was refused, until it is looked at again."""
        self.stopped[kind] = self.clock.monotonic() + TOKEN_AGAIN
        self.going.discard(kind)


@dataclass(frozen=True, slots=True)
class Errand:
    """A row on its way, and by which channel it goes."""

    row: Delivery
    lane: Lane
    channel: Channel
    notifier: Notifier
    names: tuple[str, ...]  # all channels of the lane


class Recorder:
    """Writes how the calls of one lane ended, however long the database refuses."""

    def __init__(self, crew: Crew) -> None:
        """Write nothing yet."""
        self._crew = crew
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Wait for the database no longer: what it refuses now is found out at the next start."""
        self._ended.set()

    async def write(self, function: Callable[[Transaction], T]) -> T:
        """Run a transaction until it succeeds: forgetting how a call ended would send the message again.

        Raises StoreError where no try can help, or after `end`.
        """
        while True:
            try:
                return await self._crew.store.run(function)
            except StoreError as error:
                if self._ended.is_set() or not error.retryable:
                    raise
                log.warning("how a call ended cannot be written yet", error=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), STORE_AGAIN)

    async def sent(self, errand: Errand, receipt: Receipt, outcome: str) -> None:
        """Write that the channel shows the row."""
        lane, row = errand.lane.name, errand.row
        numbering = errand.notifier.numbering(errand.channel, errand.lane)

        kind, channel = errand.channel.kind, errand.channel.name
        in_topic = errand.channel.settings.get("topic") is not None and not errand.lane.without_topic
        in_topic = in_topic and row.message_id is None and row.alert.asked is None  # an answer goes where it was asked

        def write(tx: Transaction) -> list[str]:
            tx.mark_sent(row.id, lane, receipt, self._crew.clock.now())
            if receipt.message_id is not None and not row.message_id:
                claims.saw_id(tx, claims.ANYWHERE, receipt.message_id)
                if numbering != lane:
                    claims.saw_id(tx, numbering, receipt.message_id)
            goes = kind not in self._crew.going and conditions.clear(tx, conditions.HALTED, kind)
            takes = in_topic and conditions.clear(tx, conditions.TOPIC, channel)
            over = [f"{kind}: delivery goes on"] if goes else []
            return over + ([f"{channel}: the topic takes messages again"] if takes else [])

        over = await self.write(write)
        self._crew.going.add(kind)
        self.count(row, outcome)
        for line in over:
            self._crew.note(line)

    async def failed(self, errand: Errand, error: DeliveryError) -> None:
        """Write what a failed call came to."""
        case = self.case(errand, error)
        news = await self.write(lambda tx: fates.failed(tx, case))
        if error.remedy is Remedy.STOP:
            self._crew.stop(errand.channel.kind)
        remedy = error.remedy.value
        log.warning("not delivered", row=errand.row.id, channel=errand.channel.name, error=str(error), remedy=remedy)
        self.count(errand.row, remedy, news)

    def case(self, errand: Errand, error: DeliveryError) -> fates.Case:
        """Give what fates.py decides by."""
        return fates.Case(
            names=errand.names,
            lane=errand.lane,
            channel=errand.channel,
            row=errand.row,
            error=error,
            now=self._crew.clock.now(),
            jitter=self._crew.rng.random(),
            expire=timedelta(seconds=self._crew.expire),
        )

    def count(self, row: Delivery, outcome: str, news: fates.News | None = None) -> None:
        """Count how a call ended; tell the operators where there is something to tell."""
        DELIVERIES.labels(channel=row.channel, outcome=outcome).inc()
        if news is not None:
            self._crew.say(news)
