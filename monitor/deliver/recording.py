"""Recording of how calls ended, tried until the database accepts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog

from monitor.background import wait_at_most
from monitor.deliver import claim, on_failure
from monitor.deliver.lane_context import Call, LaneContext
from monitor.errors import DeliveryError, Remedy, StoreError
from monitor.metrics import BUGS, DELIVERIES, UNWRITTEN
from monitor.model import HALTED, TOPIC, Delivery, Receipt
from monitor.store import Transaction

T = TypeVar("T")
log = structlog.get_logger(__name__)

_BUGS_ALLOWED = 3  # unexpected exceptions after which the row's state alone is written


@dataclass(slots=True)
class UnrecordedResult(Generic[T]):
    """The end of a call that is not in the database yet."""

    row: Delivery
    write: Callable[[Transaction], T]
    state_only: Callable[[Transaction], object]  # the row's state alone, for where `write` itself is at fault
    then: Callable[[T | None], None]  # called once it is written; None where only `state_only` could be, or nothing
    since: float = 0.0  # monotonic time of the first refusal
    tries: int = 0
    told: bool = False  # whether the transaction that wrote it notified the operators
    bugs: int = 0
    reason: str = ""  # of the first refusal
    result: tuple[T, ...] = ()  # of the last run of `write`, which may have been committed


class Recorder:
    """Writes how the calls of one lane ended.

    What is known of a call is kept until it is written as it was: a message that was sent stays sent. The class of the
    database's error does not matter: a server that refuses the user, or a disk that is read-only, is mended by people,
    and a row whose end is given up would be sent again where the channel cannot be probed.
    """

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self._ended = asyncio.Event()
        self.unwritten: UnrecordedResult[Any] | None = None

    def end(self) -> None:
        """Try once more and wait no longer: a row whose end cannot be written now is probed at the next start."""
        self._ended.set()

    async def resume(self) -> None:
        """Write the results that a lane left unwritten when its task broke off."""
        if self.unwritten is not None:
            await self._until_written(self.unwritten)

    async def write(
        self,
        row: Delivery,
        write: Callable[[Transaction], T],
        state_only: Callable[[Transaction], object],
        then: Callable[[T | None], None] = lambda _result: None,
    ) -> None:
        """Run `write` until it is committed, then call `then` with its result. Raises StoreError after `end` only."""
        job = UnrecordedResult(row, write, state_only, then)
        self.unwritten = job
        await self._until_written(job)

    async def _until_written(self, job: UnrecordedResult[T]) -> None:
        while True:
            last = self._ended.is_set()
            try:
                result = await self._context.store.run(lambda tx: self._written(tx, job))
                break
            except StoreError as error:
                self._refused(job, error)
                if last:
                    raise
            except Exception as error:  # whatever it is, what is known of the call must not be lost by it
                self._bug(job, error)
                if job.bugs >= _BUGS_ALLOWED and await self._least_written(job):
                    result = None
                    break
                if last:
                    raise StoreError(f"row {job.row.id}: how its call ended is not written") from error
            timing = self._context.timing
            wait = min(timing.store_again * 2.0 ** (job.tries - 1), timing.latest_again)
            await wait_at_most(self._ended, wait)
        self.unwritten = None
        job.then(result)
        if job.tries:
            self._over(job)

    async def _least_written(self, job: UnrecordedResult[T]) -> bool:
        """Write the row's state alone, and return whether that went well."""
        try:
            await self._context.store.run(lambda tx: job.state_only(tx) if claim.is_under_way(tx, job.row) else None)
        except Exception as error:  # noqa: BLE001 — as above: the next try is another one
            log.debug("nor can the row's state", row=job.row.id, error=str(error))
            return False
        return True

    def _refused(self, job: UnrecordedResult[T], error: Exception) -> None:
        job.tries += 1
        if job.tries > 1:
            log.debug("how a call ended cannot be written yet", row=job.row.id, tries=job.tries, error=str(error))
            return
        job.since, job.reason = self._context.clock.monotonic(), str(error)
        UNWRITTEN.labels(channel=job.row.channel).inc()
        log.error(
            "how a call ended cannot be written; it is kept, and its lane waits until it can",
            row=job.row.id,
            channel=job.row.channel,
            error=str(error),
        )

    def _bug(self, job: UnrecordedResult[T], error: Exception) -> None:
        job.bugs += 1
        if job.bugs <= _BUGS_ALLOWED:
            BUGS.labels(stage="deliver").inc()
            log.error("bug while the end of a call was written", row=job.row.id, exc_info=error)
        self._refused(job, error)

    def _written(self, tx: Transaction, job: UnrecordedResult[T]) -> T | None:
        """Write the end of a call, unless an earlier try was committed and only its answer was lost."""
        if job.tries and not claim.is_under_way(tx, job.row):
            if not job.result:
                log.error("a row on its way was changed by somebody else", row=job.row.id)
            return job.result[0] if job.result else None
        job.result = (job.write(tx),)
        if job.tries:
            self._tell(tx, job)
        return job.result[0]

    def _tell(self, tx: Transaction, job: UnrecordedResult[T]) -> None:
        """Write to the operators that writing works again, where it did not for long."""
        seconds = self._context.clock.monotonic() - job.since
        if seconds >= self._context.timing.worth_telling:
            phrases = self._context.phrases
            span, reason = phrases.duration(timedelta(seconds=seconds)), phrases.error(job.reason)
            line = phrases.text("delivery unwritten", channel=job.row.channel, span=span, reason=reason)
            self._context.write_notice(tx, line)
            job.told = True

    def _over(self, job: UnrecordedResult[T]) -> None:
        """Log that writing works again, and have the operators' notice of that sent."""
        seconds = self._context.clock.monotonic() - job.since
        log.warning("how a call ended is written now", row=job.row.id, seconds=round(seconds, 1), tries=job.tries)
        if job.told:
            self._context.wake()

    # ------------------------------------------------------------------ what calls come to

    async def sent(self, call: Call, receipt: Receipt, outcome: str) -> None:
        """Write that the row was sent, and is shown by the channel."""
        lane, row, at = call.lane.name, call.row, self._context.clock.now()
        numbering = call.notifier.numbering(call.channel, call.lane)

        kind, channel = call.channel.kind, call.channel.name
        in_topic = call.channel.settings.get("topic") is not None and not call.lane.without_topic
        in_topic = in_topic and row.message_id is None and row.alert.asked is None  # an answer goes where it was asked

        def write(tx: Transaction) -> list[str]:
            tx.mark_sent(row.id, lane, receipt, at)
            if receipt.message_id is not None and not row.message_id:
                tx.saw_id(claim.ANYWHERE, receipt.message_id)
                if numbering != lane:
                    tx.saw_id(numbering, receipt.message_id)
            now = self._context.clock.now()
            goes = kind not in self._context.going and tx.close_incident(HALTED, kind, now)
            takes = in_topic and tx.close_incident(TOPIC, channel, now)
            over = [f"{kind}: delivery goes on"] if goes else []
            return over + ([f"{channel}: the topic takes messages again"] if takes else [])

        def then(over: list[str] | None) -> None:
            self._context.going.add(kind)
            self.count(row, outcome)
            for line in over or ():
                self._context.review(line)

        await self.write(row, write, lambda tx: tx.mark_sent(row.id, lane, receipt, at), then)

    async def failed(self, call: Call, error: DeliveryError) -> None:
        """Write the consequences of a failed call."""

        def then(notice: on_failure.FailureNotice | None) -> None:
            remedy = error.remedy.value
            if error.remedy is Remedy.STOP:
                self._context.stop(call.channel.kind)
            row, channel = call.row.id, call.channel.name
            log.warning("not delivered", row=row, channel=channel, error=str(error), remedy=remedy)
            self.count(call.row, remedy, notice)

        # The time is read in the transaction: between two of them the clock and the schedule may have moved.
        await self.write(
            call.row,
            lambda tx: on_failure.failed(tx, self.failed_call(call, error)),
            lambda tx: on_failure.state_only(tx, self.failed_call(call, error)),
            then,
        )

    def failed_call(self, call: Call, error: DeliveryError) -> on_failure.FailedCall:
        """Return a failed call's facts, by which on_failure.py decides."""
        return on_failure.FailedCall(
            names=call.names,
            lane=call.lane,
            channel=call.channel,
            row=call.row,
            error=error,
            now=self._context.clock.now(),
            jitter=self._context.rng.random(),
            expire=claim.expiry(call.channel, timedelta(seconds=self._context.expire)),
            phrases=self._context.phrases,
        )

    def count(self, row: Delivery, outcome: str, notice: on_failure.FailureNotice | None = None) -> None:
        """Count how a call ended, and pass on the notice for operators, if any."""
        DELIVERIES.labels(channel=row.channel, outcome=outcome).inc()
        if notice is not None:
            self._context.review(notice.line)
