"""Correction of stored times when the host's clock is set, while the daemon runs or is stopped.

A jump moves the schedule and all that is still going on, deletes nothing and lets nothing expire. Which of the two
times was the right one is not known at once, so nothing is deleted by a date that running time does not explain: see
`archive_time`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from monitor.model import ClockState
from monitor.pipeline.loading import WINDOW
from monitor.ports import SteadyClock
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

BEAT = 10.0
"""Seconds between two notes of the time."""

_EXACT = 60.0  # seconds by which two readings in two processes may differ, within one start of the host
_ABSENCE = 86400.0  # seconds that a daemon may be away without anybody asking whether the clock is right
_AGREED = 86400.0  # seconds that a clock must go on without a jump before its date begins to count
_SET = 3600.0  # seconds: a smaller step is a correction, and says nothing against the date


def archive_time(now: datetime, beat: ClockState | None) -> datetime:
    """Return the date by which old things may be deleted: never later than running time explains."""
    ahead = max(beat.ahead, 0.0) if beat else 0.0
    return now - timedelta(seconds=ahead)


@dataclass(slots=True)
class ClockWatch:
    """Notes the time, detects that the clock was set, and moves stored times by the difference."""

    store: Database
    clock: SteadyClock
    boot: str | None = None
    _noted: float | None = None  # monotonic

    async def start(self) -> None:
        """Compare the clock with the state that the last run stored."""
        await self.store.run(self._resume)

    async def follow(self) -> None:
        """Move stored times where the clock was set; note the time now and then."""
        if self.clock.step():
            seconds = await self._adopt()
            log.warning("the wall clock was set", seconds=round(seconds, 1))
        elif self._noted is None or self.clock.monotonic() - self._noted >= BEAT:
            await self.store.run(self.beat)

    async def _adopt(self) -> float:
        adopted = 0.0

        def write(tx: Transaction) -> None:
            # On the store's thread: what another stage writes is wholly before this, or wholly after it.
            nonlocal adopted
            seconds = self.clock.step()
            move(tx, self.clock.now(), seconds)
            self.beat(tx, jump=seconds)
            self.clock.adopt(seconds)
            adopted = seconds

        try:
            await self.store.run(write)
        except BaseException:
            self.clock.adopt(-adopted)  # nothing was moved: the next tick tries again
            raise
        return adopted

    def beat(self, tx: Transaction, jump: float = 0.0) -> None:
        """Note the time. `jump`: by how much the clock was set just now, before it is adopted."""
        now, mono = self.clock.now() + timedelta(seconds=jump), self.clock.monotonic()
        known = tx.clock_state()
        if known is None:
            known = ClockState(now, mono, self.boot)
        tx.save_clock_state(_later(known, now, mono, jump))
        self._noted = mono
        if late := tx.pull_in(now):
            log.warning("what was put off into a time that no rule allows is due now", count=late)

    def _resume(self, tx: Transaction) -> None:
        now, mono = self.clock.now(), self.clock.monotonic()
        known = tx.clock_state()
        jump = 0.0
        if known is not None:
            jump = self._unexplained(known, now, mono)
            if jump < 0 or (jump and known.boot == self.boot):
                log.warning("the wall clock was set while the daemon was stopped", seconds=round(jump, 1))
                move(tx, known.at, jump)
            elif jump:  # switched off for days, or switched on with a wrong date: nobody can tell
                log.warning("the daemon was away, if the clock is right", seconds=round(jump, 1))
                tx.extend_expiry(jump)
            known = _later(replace(known, mono=mono, boot=self.boot), now, mono, jump)
        tx.save_clock_state(known or ClockState(now, mono, self.boot))
        tx.pull_in(now)
        self._noted = mono

    def _unexplained(self, known: ClockState, now: datetime, mono: float) -> float:
        """Return the seconds between the wall clock and the one that the last run leads to; 0.0 where it may be right.

        Within one start of the host that is known. After another one only this: that time has passed.
        """
        passed = (now - known.at).total_seconds()
        if self.boot is not None and known.boot == self.boot:
            jump = passed - (mono - known.mono)
            return jump if abs(jump) > _EXACT else 0.0
        return passed if passed < -_EXACT or passed > _ABSENCE else 0.0


def _later(known: ClockState, now: datetime, mono: float, jump: float) -> ClockState:
    """Return the clock's new state; after a day of agreement its lead shrinks as fast as time goes by."""
    passed = max(mono - known.mono, 0.0)
    agreed = 0.0 if abs(jump) >= _SET else known.agreed + passed
    ahead = known.ahead + jump
    if agreed > _AGREED:
        ahead = max(ahead - passed, 0.0) if ahead > 0 else min(ahead + passed, 0.0)
    return replace(known, at=now, mono=mono, ahead=ahead, agreed=agreed)


def move(tx: Transaction, before: datetime, seconds: float) -> None:
    """Move stored times by `seconds`. `before`: what time it was before that.

    What is younger than the window of stories may still grow, and moves as well.
    """
    tx.shift_schedule(seconds, before - WINDOW)
