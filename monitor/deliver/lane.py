"""One lane's turns: reconcile a row of unknown fate, else claim the next row and send it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Iterator
from datetime import timedelta

import structlog

from monitor import host
from monitor.background import wait_at_most
from monitor.deliver import claim, on_failure
from monitor.deliver.claim import Claimed, GivenUp, Instant, LaneView, Step, Turn, Unsettled
from monitor.deliver.lane_context import Call, LaneContext, Members
from monitor.deliver.reconcile import Reconciler
from monitor.deliver.recording import Recorder
from monitor.errors import DeliveryError, LostStoreError, Remedy, Sent, StoreError
from monitor.metrics import BUGS
from monitor.model import Channel, Delivery, Lane, Receipt, State
from monitor.ports import Notifier
from monitor.store import Transaction

log = structlog.get_logger(__name__)

_BUGS_ALLOWED = 5  # unexpected exceptions at one row before it is given up, so that it does not hold up its lane


class LaneRunner:
    """Works one lane. `retire` ends it after the turn under way.

    `members` are the channels with this address, each with its notifier.
    """

    def __init__(self, name: str, members: Members, context: LaneContext) -> None:
        self.name = name
        self.retired = False
        self.busy_since: float | None = None
        self._members = members
        self._context = context
        self._lane = Lane(name)
        self._wake = asyncio.Event()
        self._turning = asyncio.Lock()
        self._trial = True
        self._on_trial = False
        self._recorder = Recorder(context)
        self._reconciler = Reconciler(context, self._recorder)
        self._row: Delivery | None = None
        self._current_turn = Turn(active=False)
        self._moved_at: float | None = None
        self._refused = False
        self._bugs: dict[int, int] = {}

    def wake(self) -> None:
        """Begin a turn now."""
        self._wake.set()

    def retire(self) -> None:
        """Begin no further turn; how a call under way ends is still written, however long that takes."""
        self.retired = True
        self._wake.set()

    def end(self) -> None:
        """Begin no further turn, and wait no longer for a database that refuses."""
        self.retire()
        self._recorder.end()

    @property
    def channels(self) -> tuple[str, ...]:
        """Return the names of the lane's channels."""
        return tuple(sorted(self._members))

    def stalled_for(self) -> float:
        """Return for how many seconds no turn has come to its end; calls have their time.

        A lane that has nothing to do, is paused or suspended, takes turns all the same.
        """
        now = self._context.clock.monotonic()
        if self.busy_since is not None:
            return max(0.0, now - self.busy_since - self._context.timing.call)
        return 0.0 if self._moved_at is None else now - self._moved_at

    def reassign(self, members: Members) -> None:
        """Work for other channels from the next turn on; a suspended lane is tried again."""
        self._members = members
        self.retry()

    def retry(self) -> None:
        """Try a suspended lane again in the next turn, also one that the turn under way suspends."""
        self._trial = True
        self._wake.set()

    async def idle(self) -> None:
        """Wait until the turn under way has ended."""
        async with self._turning:
            return

    async def run(self, before: Collection[asyncio.Task[None]] = ()) -> None:
        """Take turns until retired, after `before` have ended."""
        if before:
            await asyncio.wait(before)
        self._moved_at = self._context.clock.monotonic()
        while not self.retired:
            self._wake.clear()
            wait = await self._guarded_turn()
            if wait > 0 and not self.retired:
                await wait_at_most(self._wake, min(wait, self._context.timing.idle))

    async def _guarded_turn(self) -> float:
        turn = self._current_turn = Turn()
        try:
            async with self._turning:
                await self._recorder.resume()
                wait = await self._turn()
        except StoreError as error:
            self._log_refusal(error)
            return self._context.timing.store_again
        except Exception:  # outermost loop of the stage: a bug is logged and counted, the lane goes on
            log.exception("bug in delivery", lane=self.name)
            BUGS.labels(stage="deliver").inc()
            await self._after_bug()
            return self._context.timing.store_again
        else:
            self._moved()
            return wait
        finally:
            self._row = None
            # A turn that broke off with the end of a call unwritten is resumed: its row is nobody else's meanwhile.
            turn.active = self._recorder.unwritten is not None

    def _moved(self) -> None:
        self._moved_at = self._context.clock.monotonic()
        if self._refused:
            self._refused = False
            log.warning("the outbox can be written again", lane=self.name)

    def _log_refusal(self, error: StoreError) -> None:
        """Log a refusal once: an outage of hours is one line for each lane."""
        write = log.debug if self._refused else log.error
        write("the outbox cannot be written, nothing is sent meanwhile", lane=self.name, error=str(error))
        self._refused = True

    async def _turn(self) -> float:
        """Take one step: probe, wait, or claim and send; return the seconds until the next turn."""
        members, context = self._members, self._context
        channel, notifier = next(iter(members.values()))
        wait = await self._token_wait(channel, notifier) or notifier.delay(channel, self._lane)
        if wait > 0:
            return wait
        step = await self._step(members)
        if isinstance(step, Claimed | Unsettled):
            self._row, names = step.row, tuple(sorted(members))
            call = Call(step.row, step.lane, *members[step.row.channel], names)
            return await (self._deliver(step, call) if isinstance(step, Claimed) else self._settle(step, call))
        if isinstance(step, GivenUp):
            self._recorder.count(step.row, "dead", on_failure.given_up(step.row, step.why))
            return 0.0
        idle = context.timing.idle
        seconds = idle if step.until is None else (step.until - context.clock.now()).total_seconds()
        return min(max(seconds, 0.05), idle)

    async def _step(self, members: Members) -> Step:
        context, clock, turn = self._context, self._context.clock, self._current_turn
        turn.trial, self._trial = self._trial, False  # before the step: a reload meanwhile asks for one more

        def decide(tx: Transaction) -> Step:
            view = LaneView(
                name=self.name,
                members=members,
                at=Instant(clock.now(), clock.monotonic(), host.start()),  # in the transaction, as everywhere
                expire=timedelta(seconds=context.expire),
                turn=turn,
                turns=context.turns,
            )
            return claim.step(tx, view)

        try:
            step = await context.store.run(decide)
        except StoreError:
            self._trial = self._trial or turn.trial
            raise
        self._lane = step.lane
        return step

    async def _deliver(self, step: Claimed, call: Call) -> float:
        row = step.row
        self._on_trial = self._on_trial or step.resumed
        self._reconciler.called = self._current_turn.called = row.id
        try:
            with self._busy(row):
                await self._verify()
                if row.sent_revision and not row.alert.items and not call.notifier.can_edit:
                    receipt = Receipt(note="it was sent, and cannot be edited")
                else:
                    receipt = await call.notifier.send(call.channel, row, step.lane, step.reply_to)
        except DeliveryError as error:
            self._moved_at = self._context.clock.monotonic()
            await self._recorder.failed(call, error)
            self._let_go(row)
            return 0.0
        self._moved_at = self._context.clock.monotonic()
        await self._recorder.sent(call, receipt, "edited" if row.message_id else "sent")
        self._let_go(row)
        self._bugs.pop(row.id, None)
        if self._on_trial:
            self._on_trial = False
            self._context.review(f"{call.channel.name}: the chat takes messages again")
        return 0.0

    def _let_go(self, row: Delivery) -> None:
        """Forget a row whose call has ended and is recorded."""
        self._context.turns.pop(row.id, None)
        self._row = None

    async def _verify(self) -> None:
        """Check, at the last moment before a call, that the outbox is still this daemon's.

        The claim was fenced, but the process may have been stopped since, or its file been moved away. Raises
        LostStoreError where it is not: the row's fate is then the business of whoever has the outbox.
        """
        try:
            await self._context.store.verify()
        except LostStoreError:
            raise
        except StoreError as error:
            raise DeliveryError(f"not sent: {error}", sent=Sent.NO, remedy=Remedy.RETRY) from error

    async def _settle(self, step: Unsettled, call: Call) -> float:
        wait = await self._reconciler.wait(call, step.called_at)
        if wait > 0 or not call.notifier.can_probe:
            return min(wait, self._context.timing.idle)  # new messages may become due while an edit waits
        with self._busy(step.row):
            return await self._reconciler.probe(call, step.fingerprint, self._members)

    @contextlib.contextmanager
    def _busy(self, row: Delivery) -> Iterator[None]:
        """Note the row of a call while it runs: the watchdog needs its age, and the handling of a bug its row."""
        self._row, self.busy_since = row, self._context.clock.monotonic()
        try:
            yield
        finally:
            self.busy_since = None

    async def _after_bug(self) -> None:
        """Keep a row at which something unexpected happened from holding up its lane for ever."""
        row = self._row
        if row is None:
            return
        self._bugs[row.id] = self._bugs.get(row.id, 0) + 1
        given_up = self._bugs[row.id] >= _BUGS_ALLOWED
        called = row.state is not State.SENDING or self._current_turn.called == row.id

        def write(tx: Transaction) -> None:
            if given_up:
                tx.mark_dead(row.id, "an internal error at every try")
            elif called:
                tx.mark_unknown(row.id, "an internal error while it was sent")
            else:
                tx.mark_ready(row.id, self._context.clock.now(), "an internal error before it was sent")

        notice = on_failure.given_up(row, "an internal error at every try") if given_up else None
        with contextlib.suppress(StoreError):  # at the end alone: the row is probed at the next start
            await self._recorder.write(row, write, write)
            self._let_go(row)
            if given_up:
                self._recorder.count(row, "dead", notice)

    # ------------------------------------------------------------------ the token

    async def _token_wait(self, channel: Channel, notifier: Notifier) -> float:
        """Return the seconds to wait while the kind's token is refused; check it from time to time."""
        context = self._context
        again = context.stopped.get(channel.kind)
        if again is None:
            return 0.0
        now = context.clock.monotonic()
        if now < again:
            return min(again - now, context.timing.idle)
        context.stop(channel.kind)
        try:
            await notifier.check(channel)
        except DeliveryError as error:
            if error.remedy in (Remedy.STOP, Remedy.PROBE, Remedy.RETRY):
                return context.timing.idle  # refused again, or nobody answered; any other answer knows the token
        context.stopped.pop(channel.kind, None)
        log.info("the token is valid again", kind=channel.kind)
        return 0.0
