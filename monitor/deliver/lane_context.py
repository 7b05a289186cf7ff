"""State and dependencies that all lanes of one delivery worker share."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from monitor.deliver.claim import Turn
from monitor.deliver.timing import DeliveryTiming
from monitor.i18n import DEFAULT, Phrases
from monitor.model import Channel, Delivery, Lane
from monitor.ports import Clock, Notifier, Operators
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

Members = Mapping[str, tuple[Channel, Notifier]]
"""A lane's channels by name, each with its notifier."""


@dataclass(slots=True)
class LaneContext:
    """Dependencies of a lane, and the state that lanes share, such as refused tokens."""

    store: Database
    clock: Clock
    quiet_time: float
    expire: float
    timing: DeliveryTiming
    operators: Operators[Transaction] | None
    rng: random.Random
    stopped: dict[str, float] = field(default_factory=dict)  # kind → monotonic time of the next check of its token

    turns: dict[int, Turn] = field(default_factory=dict)  # row → the turn that claimed it, until its end is written
    going: set[str] = field(default_factory=set)  # channel kinds whose 'delivery halted' is cleared already

    @property
    def phrases(self) -> Phrases:
        """Return the phrases of notices to operators."""
        return DEFAULT if self.operators is None else self.operators.phrases

    def write_notice(self, tx: Transaction, line: str) -> None:
        """Write to the operators what happened once, in the transaction that notes it; the same line once a day."""
        if self.operators is not None:
            key = f"delivery:{line[:60]}:{self.clock.now().date().isoformat()}"
            self.operators.write_notice(tx, key, self.phrases.text("delivery"), (line,))

    def wake(self) -> None:
        """Have the operators' notices sent that were just written."""
        if self.operators is not None:
            self.operators.wake()

    def review(self, line: str) -> None:
        """Have the incidents compared with the database at the next tick: it shows a new one, or the end of one."""
        log.warning("delivery has an incident", what=line)
        if self.operators is not None:
            self.operators.review(line)

    def stop(self, kind: str) -> None:
        """Begin no call of a kind whose token was refused, until the token is checked again."""
        self.stopped[kind] = self.clock.monotonic() + self.timing.token_again
        self.going.discard(kind)


@dataclass(frozen=True, slots=True)
class Call:
    """A claimed row, with its channel, notifier and lane."""

    row: Delivery
    lane: Lane
    channel: Channel
    notifier: Notifier
    names: tuple[str, ...]  # all channels of the lane
