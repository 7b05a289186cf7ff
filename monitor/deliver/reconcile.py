"""Reconciliation of rows of unknown fate: wait, probe, and decide where the channel cannot be probed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from monitor.deliver import claim, on_failure
from monitor.deliver.lane_context import Call, LaneContext, Members
from monitor.deliver.on_failure import OtherMessageError
from monitor.deliver.recording import Recorder
from monitor.errors import DeliveryError, Remedy, StoreError
from monitor.model import Delivery, Receipt
from monitor.store import Transaction

log = structlog.get_logger(__name__)

_LEAVES = 20.0  # seconds from a claim until its request has left: connecting takes 10 at most
_PROBE_AGAIN = 60.0  # seconds at most between two probes for one message


@dataclass(slots=True)
class _ProbeState:
    """What this process knows of the probe for one row."""

    attempts: int
    not_before: float  # monotonic
    probes: int = 0


@dataclass(slots=True)
class _StoredNotes:
    """`ports.ProbeNotes` in the database."""

    kept: str | None
    context: LaneContext
    call: Call

    async def keep(self, found: str) -> None:
        """Store what a probe found out; where the database refuses, this process knows it all the same."""
        lane, row = self.call.lane.name, self.call.row
        try:
            await self.context.store.run(lambda tx: tx.save_probe_notes(lane, row.id, row.attempts, found))
        except StoreError as error:
            log.warning("notes of a probe cannot be kept", row=row.id, error=str(error))
        else:
            self.kept = found


class Reconciler:
    """Decides one lane's rows of unknown fate, one after the other."""

    def __init__(self, context: LaneContext, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder
        self._searches: dict[int, _ProbeState] = {}  # by row: a new message, and an edit, at most
        self.called: int | None = None
        """The row that this process called for last."""

    async def wait(self, call: Call, called_at: float | None) -> float:
        """Return the seconds until the row may be probed; a row whose channel cannot be probed is decided at once.

        `called_at`: the monotonic time of the claim, where an earlier process may have made it.
        """
        row, now = call.row, self._context.clock.monotonic()
        if not call.notifier.can_probe:
            await self._decide(call)
            return 0.0
        search = self._searches.get(row.id)
        if search is None or search.attempts != row.attempts:
            search = self._searches[row.id] = _ProbeState(row.attempts, now + self._quiet(row, called_at))
        return max(0.0, search.not_before - now)

    async def probe(self, call: Call, fingerprint: str, members: Members) -> float:
        """Probe whether the row arrived, and write the result; return the seconds after which to probe again."""
        row, lane = call.row, call.lane
        kept = await self._context.store.run(lambda tx: claim.begin_probe(tx, lane.name, row))
        notes = _StoredNotes(kept, self._context, call)
        try:
            receipt = await call.notifier.probe(call.channel, row, lane, notes=notes, fingerprint=fingerprint)
        except OtherMessageError as error:
            await self._restore_other(error, call, members)
            return self._later(row, found_out=True)
        except DeliveryError as error:
            await self._unclear(call, error)
            return self._later(row, found_out=False)
        self._searches.pop(row.id, None)
        await self._record_result(call, receipt)
        return 0.0

    def _quiet(self, row: Delivery, called_at: float | None) -> float:
        """Return the seconds until the message is certainly there, if it ever comes.

        From a call of an earlier process less may be left: its request left soon after the claim, or never. How long
        ago that was, the monotonic clock says; the wall clock, which may have been set, only after the host's start.
        """
        quiet, clock = self._context.quiet_time, self._context.clock
        if row.claimed_at is None or row.id == self.called:
            return quiet
        if called_at is not None:
            passed = clock.monotonic() - called_at
        else:
            passed = (clock.now() - row.claimed_at).total_seconds()
        return min(quiet, max(0.0, quiet + _LEAVES - passed))

    def _later(self, row: Delivery, *, found_out: bool) -> float:
        search = self._searches.get(row.id)
        if search is None:
            return 0.0
        search.probes = 0 if found_out else search.probes + 1
        wait = min(_PROBE_AGAIN, max(self._context.quiet_time, 2.0 ** min(search.probes, 6) / 4))
        search.not_before = self._context.clock.monotonic() + wait
        return wait

    async def _record_result(self, call: Call, receipt: Receipt | None) -> None:
        row, clock = call.row, self._context.clock
        outcome = "arrived" if receipt else "resent"
        if receipt is not None:
            await self._recorder.sent(call, receipt, outcome)
        else:
            await self._write(row, lambda tx: tx.mark_ready(row.id, clock.now(), "it did not arrive"))
            self._recorder.count(row, outcome)
        log.info("unknown fate settled", row=row.id, channel=call.channel.name, outcome=outcome)

    async def _unclear(self, call: Call, error: DeliveryError) -> None:
        def then(notice: on_failure.FailureNotice | None) -> None:
            if error.remedy is Remedy.MIGRATE:
                self._searches.pop(call.row.id, None)
            if error.remedy is Remedy.STOP:
                self._context.stop(call.channel.kind)
            log.warning("the probe has no result", row=call.row.id, channel=call.channel.name, error=str(error))
            self._recorder.count(call.row, "unclear", notice)

        def write(tx: Transaction) -> on_failure.FailureNotice | None:
            return on_failure.unclear(tx, self._recorder.failed_call(call, error))

        await self._recorder.write(call.row, write, lambda _tx: None, then)

    async def _restore_other(self, error: OtherMessageError, call: Call, members: Members) -> None:
        """Put back the keyboard of the message that was hit, where it is a row of ours; notify the operators.

        The notice is committed first: a process that is killed before the keyboard is back hits the message again.
        """

        def write(tx: Transaction) -> Delivery | None:
            other = _row_of(tx, members, error.message_id)
            key = "restored" if other else "bare"
            phrases, where = self._context.phrases, call.channel.name
            line = phrases.text(f"delivery mistaken {key}", channel=where, message=error.message_id)
            self._context.write_notice(tx, line)
            return other

        other = await self._context.store.run(write)
        self._context.wake()
        if other is not None:
            try:
                await call.notifier.send(members[other.channel][0], other, call.lane, None)
            except DeliveryError as failure:
                log.warning("its buttons could not be restored", message=error.message_id, error=str(failure))

    async def _decide(self, call: Call) -> None:
        """Follow the channel's `on_unknown`: send again, or leave it to a human."""
        row, clock = call.row, self._context.clock
        if call.channel.on_unknown == "hold":
            why = "nobody knows whether it arrived"
            await self._write(row, lambda tx: tx.mark_dead(row.id, f"{why}; replay it if it did not"))
            self._recorder.count(row, "held", on_failure.given_up(row, why))
        else:
            why = "its fate is not known: sent again"
            await self._write(row, lambda tx: tx.mark_ready(row.id, clock.now(), why))
            self._recorder.count(row, "resent")

    async def _write(self, row: Delivery, write: Callable[[Transaction], None]) -> None:
        await self._recorder.write(row, write, write)


def _row_of(tx: Transaction, members: Members, message_id: int) -> Delivery | None:
    for name in members:
        for row in tx.deliveries(channel=name, limit=200):
            if row.message_id == message_id:
                return row
    return None
