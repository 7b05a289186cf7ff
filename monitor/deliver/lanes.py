"""One lane's turns: settle what is unknown, else claim the next row, call, and write what that came to."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from monitor.deliver import claims, fates
from monitor.deliver.claims import Claimed, Expired, Unsettled, View
from monitor.deliver.fates import OtherMessageError
from monitor.errors import DeliveryError, Remedy, StoreError
from monitor.metrics import BUGS, DELIVERIES
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import Clock, Notifier, Store, Transaction

T = TypeVar("T")
log = structlog.get_logger(__name__)

Members = Mapping[str, tuple[Channel, Notifier]]

_IDLE = 5.0  # seconds after which a lane looks without being woken: another process may have added rows
_STORE_AGAIN = 2.0  # seconds between tries where the database refuses (a full disk, a lock)
_TOKEN_AGAIN = 300.0  # seconds between looks whether a refused token is valid again
_LEAVES = 20.0  # seconds from a claim until its request has left: connecting takes 10 at most
_LOOK_AGAIN = 60.0  # seconds at most between two looks for one message
_BUGS_ALLOWED = 5  # unexpected exceptions at one row before it is given up, so that it does not hold up its lane


@dataclass(slots=True)
class Crew:
    """What the lanes share."""

    store: Store
    clock: Clock
    quiet_time: float
    expire: float
    tell: Callable[[str], None]
    rng: random.Random
    stopped: dict[str, float] = field(default_factory=dict)  # kind → monotonic time of the next look at its token


@dataclass(slots=True)
class _Search:
    """What this process knows of the look for an UNKNOWN row."""

    row: int
    not_before: float  # monotonic
    looks: int = 0


class LaneRunner:
    """Works one lane. `retire` ends it after the turn under way."""

    def __init__(self, name: str, members: Members, crew: Crew) -> None:
        """Do nothing yet. `members` are the channels with this address, each with its notifier."""
        self.name = name
        self.retired = False
        self.busy_since: float | None = None
        self._members = members
        self._crew = crew
        self._lane = Lane(name)
        self._wake = asyncio.Event()
        self._turning = asyncio.Lock()
        self._trial = True
        self._on_trial = False
        self._search: _Search | None = None
        self._row: Delivery | None = None
        self._called: int | None = None
        self._bugs: dict[int, int] = {}

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def retire(self) -> None:
        """Begin no further turn."""
        self.retired = True
        self._wake.set()

    def reassign(self, members: Members) -> None:
        """Work for other channels from the next turn on; a suspended lane is tried again."""
        self._members = members
        self._trial = True
        self._wake.set()

    async def idle(self) -> None:
        """Wait until the turn under way has ended."""
        async with self._turning:
            return

    async def run(self, before: asyncio.Task[None] | None) -> None:
        """Take turns until retired, after `before` has ended."""
        if before is not None:
            await asyncio.wait([before])
        while not self.retired:
            self._wake.clear()
            wait = await self._guarded_turn()
            if wait > 0 and not self.retired:
                await self._rest(wait)

    async def _rest(self, seconds: float) -> None:
        """Wait for `seconds`, or until woken."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _guarded_turn(self) -> float:
        try:
            async with self._turning:
                return await self._turn()
        except StoreError as error:
            log.warning("the outbox cannot be written, nothing is sent meanwhile", lane=self.name, error=str(error))
            return _STORE_AGAIN
        except Exception:  # outermost loop of the stage: a bug is logged and counted, the lane goes on
            log.exception("bug in delivery", lane=self.name)
            BUGS.labels(stage="deliver").inc()
            await self._after_bug()
            return _STORE_AGAIN
        finally:
            self.busy_since, self._row = None, None

    async def _turn(self) -> float:
        """Do one thing; give the seconds after which to look again."""
        members, crew = self._members, self._crew
        channel, notifier = next(iter(members.values()))
        wait = await self._token_wait(channel, notifier) or notifier.delay(channel, self._lane)
        if wait > 0:
            return wait
        view = View(self.name, members, crew.clock.now(), timedelta(seconds=crew.expire), self._trial)
        self._trial = False  # before the step: a reload meanwhile asks for one more
        try:
            step = await crew.store.run(lambda tx: claims.step(tx, view))
        except StoreError:
            self._trial = view.trial
            raise
        self._lane = step.lane
        if isinstance(step, Claimed):
            self._on_trial = self._on_trial or step.resumed
            await self._deliver(step, *members[step.row.channel])
            return 0.0
        if isinstance(step, Unsettled):
            return await self._settle(step, *members[step.row.channel])
        if isinstance(step, Expired):
            self._tell(step.row, fates.dead_line(step.row, "expired"), "dead")
            return 0.0
        seconds = _IDLE if step.until is None else (step.until - view.now).total_seconds()
        return min(max(seconds, 0.05), _IDLE)

    # ------------------------------------------------------------------ a call

    async def _deliver(self, step: Claimed, channel: Channel, notifier: Notifier) -> None:
        row = self._row = step.row
        self._called = row.id
        self.busy_since = self._crew.clock.monotonic()
        try:
            receipt = await notifier.send(channel, row, step.lane, step.reply_to)
        except DeliveryError as error:
            await self._failed(step.lane, channel, row, error)
            return
        await self._sent(channel, notifier, step.lane, row, receipt)
        DELIVERIES.labels(channel=channel.name, outcome="edited" if row.message_id else "sent").inc()
        if self._on_trial:
            self._on_trial = False
            self._crew.tell(f"{channel.name}: the chat takes messages again")

    async def _sent(self, channel: Channel, notifier: Notifier, lane: Lane, row: Delivery, receipt: Receipt) -> None:
        numbering = notifier.numbering(channel, lane)

        def write(tx: Transaction) -> None:
            tx.mark_sent(row.id, self.name, receipt, self._crew.clock.now())
            if receipt.message_id is not None and numbering != self.name:
                claims.saw_id(tx, numbering, receipt.message_id)

        await self._write(write)
        self._bugs.pop(row.id, None)

    async def _failed(self, lane: Lane, channel: Channel, row: Delivery, error: DeliveryError) -> None:
        case = self._case(lane, channel, row, error)
        line = await self._write(lambda tx: fates.failed(tx, case))
        if error.remedy is Remedy.STOP:
            self._crew.stopped[channel.kind] = self._crew.clock.monotonic() + _TOKEN_AGAIN
        log.warning("not delivered", row=row.id, channel=channel.name, error=str(error), remedy=error.remedy.value)
        self._tell(row, line, error.remedy.value)

    def _case(self, lane: Lane, channel: Channel, row: Delivery, error: DeliveryError) -> fates.Case:
        return fates.Case(
            names=sorted(self._members),
            lane=lane,
            channel=channel,
            row=row,
            error=error,
            now=self._crew.clock.now(),
            jitter=self._crew.rng.random(),
            expire=timedelta(seconds=self._crew.expire),
        )

    def _tell(self, row: Delivery, line: str | None, outcome: str) -> None:
        DELIVERIES.labels(channel=row.channel, outcome=outcome).inc()
        if line:
            self._crew.tell(line)

    async def _write(self, function: Callable[[Transaction], T]) -> T:
        """Write how a call ended, however long the database refuses: forgetting it would send the message again."""
        while True:
            try:
                return await self._crew.store.run(function)
            except StoreError as error:
                if self.retired or not error.retryable:
                    raise
                log.warning("how a call ended cannot be written yet", lane=self.name, error=str(error))
                self._wake.clear()  # set, it would make this a busy loop; the next turn looks at everything anyway
                await self._rest(_STORE_AGAIN)

    async def _after_bug(self) -> None:
        """Keep a row at which something unexpected happened from holding up its lane for ever."""
        row = self._row
        if row is None:
            return
        self._bugs[row.id] = self._bugs.get(row.id, 0) + 1
        given_up = self._bugs[row.id] >= _BUGS_ALLOWED

        def write(tx: Transaction) -> None:
            if given_up:
                tx.mark_dead(row.id, "an internal error at every try")
            else:
                tx.mark_unknown(row.id, "an internal error while it was sent")

        try:
            await self._crew.store.run(write)
        except StoreError as error:
            log.warning("the row's state cannot be written", row=row.id, error=str(error))
        if given_up:
            self._tell(row, fates.dead_line(row, "an internal error at every try"), "dead")

    # ------------------------------------------------------------------ unknown fate

    async def _settle(self, step: Unsettled, channel: Channel, notifier: Notifier) -> float:
        """Find out what became of a row, or decide it where the channel cannot tell; give the seconds to wait."""
        row, now = step.row, self._crew.clock.monotonic()
        if not notifier.can_probe:
            await self._decide(row, channel)
            return 0.0
        if self._search is None or self._search.row != row.id:
            self._search = _Search(row.id, now + self._quiet(row))
        search = self._search
        if now < search.not_before:
            return search.not_before - now
        again = await self._crew.store.run(lambda tx: claims.looked_before(tx, self.name, row))
        search.looks += 1
        self._row, self.busy_since = row, now
        try:
            receipt = await notifier.probe(channel, row, step.lane, again=again, fingerprint=step.fingerprint)
        except OtherMessageError as error:
            search.looks = 0  # something was found out: no reason to wait longer
            await self._hit_other(error, channel, notifier, step.lane)
            return self._look_later()
        except DeliveryError as error:
            await self._unclear(step.lane, channel, row, error)
            return self._look_later()
        self._search = None
        await self._settled(channel, notifier, step.lane, row, receipt)
        return 0.0

    def _quiet(self, row: Delivery) -> float:
        """Give the seconds until the message is certainly there, if it ever comes.

        From a call of an earlier process less may be left: its request left soon after the claim, or never.
        """
        quiet = self._crew.quiet_time
        if row.claimed_at is None or row.id == self._called:
            return quiet
        passed = (self._crew.clock.now() - row.claimed_at).total_seconds()
        return min(quiet, max(0.0, quiet + _LEAVES - passed))

    def _look_later(self) -> float:
        search = self._search
        if search is None:
            return 0.0
        wait = min(_LOOK_AGAIN, max(self._crew.quiet_time, 2.0 ** min(search.looks, 6) / 4))
        search.not_before = self._crew.clock.monotonic() + wait
        return wait

    async def _settled(
        self, channel: Channel, notifier: Notifier, lane: Lane, row: Delivery, receipt: Receipt | None
    ) -> None:
        if receipt is not None:
            await self._sent(channel, notifier, lane, row, receipt)
        else:
            now = self._crew.clock.now()
            await self._write(lambda tx: tx.mark_ready(row.id, now, "it did not arrive"))
        outcome = "arrived" if receipt else "resent"
        log.info("unknown fate settled", row=row.id, channel=channel.name, outcome=outcome)
        DELIVERIES.labels(channel=channel.name, outcome=outcome).inc()

    async def _unclear(self, lane: Lane, channel: Channel, row: Delivery, error: DeliveryError) -> None:
        case = self._case(lane, channel, row, error)
        line = await self._write(lambda tx: fates.unclear(tx, case))
        if error.remedy is Remedy.MIGRATE:
            self._search = None
        if error.remedy is Remedy.STOP:
            self._crew.stopped[channel.kind] = self._crew.clock.monotonic() + _TOKEN_AGAIN
            line = f"{channel.kind}: delivery has stopped, {error}"
        log.warning("the look for a message has no result", row=row.id, channel=channel.name, error=str(error))
        self._tell(row, line, "unclear")

    async def _hit_other(self, error: OtherMessageError, channel: Channel, notifier: Notifier, lane: Lane) -> None:
        """Give the message that was hit its own keyboard back, where it is a row of ours; tell the operators."""
        other = await self._crew.store.run(lambda tx: self._row_of(tx, error.message_id))
        if other is not None:
            try:
                await notifier.send(*(self._members[other.channel][0], other, lane, None))
            except DeliveryError as failure:
                log.warning("its buttons could not be restored", message=error.message_id, error=str(failure))
        self._crew.tell(
            f"{channel.name}: message {error.message_id} was mistaken for another one while looking; its buttons were "
            + ("restored" if other else "taken off")
        )

    def _row_of(self, tx: Transaction, message_id: int) -> Delivery | None:
        for name in self._members:
            for row in tx.deliveries(channel=name, limit=200):
                if row.message_id == message_id:
                    return row
        return None

    async def _decide(self, row: Delivery, channel: Channel) -> None:
        """Follow the channel's `on_unknown`: send again, or leave it to a human."""
        now = self._crew.clock.now()
        if channel.on_unknown == "hold":
            why = "nobody knows whether it arrived"
            await self._write(lambda tx: tx.mark_dead(row.id, f"{why}; replay it if it did not"))
            self._tell(row, fates.dead_line(row, why), "held")
        else:
            await self._write(lambda tx: tx.mark_ready(row.id, now, "its fate is not known: sent again"))
            DELIVERIES.labels(channel=channel.name, outcome="resent").inc()

    # ------------------------------------------------------------------ the token

    async def _token_wait(self, channel: Channel, notifier: Notifier) -> float:
        """Give the seconds to wait while the kind's token is refused; look from time to time whether it still is."""
        crew = self._crew
        again = crew.stopped.get(channel.kind)
        if again is None:
            return 0.0
        now = crew.clock.monotonic()
        if now < again:
            return min(again - now, _IDLE)
        crew.stopped[channel.kind] = now + _TOKEN_AGAIN
        try:
            await notifier.check(channel)
        except DeliveryError as error:
            if error.remedy not in (Remedy.SUSPEND, Remedy.MIGRATE):
                return _IDLE
        crew.stopped.pop(channel.kind, None)
        crew.tell(f"{channel.kind}: the token is valid again, delivery goes on")
        return 0.0
