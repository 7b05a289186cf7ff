"""What the lanes of one deliverer share."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.deliver import fates
from monitor.deliver.claims import Turn
from monitor.model import Channel, Delivery, Lane
from monitor.ports import Clock, Notifier, Store

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

    turns: dict[int, Turn] = field(default_factory=dict)  # row → the turn that claimed it, until its end is written
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
