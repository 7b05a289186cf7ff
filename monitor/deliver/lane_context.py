"""What the lanes of one delivery worker share."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from monitor.deliver import on_failure
from monitor.deliver.claim import Turn
from monitor.deliver.timing import DeliveryTiming
from monitor.i18n import DEFAULT, Phrases
from monitor.model import Channel, Delivery, Lane
from monitor.ports import Clock, Notifier
from monitor.store import Database

Members = Mapping[str, tuple[Channel, Notifier]]
"""A lane's channels by name, each with its notifier."""


@dataclass(slots=True)
class LaneContext:
    """What the lanes share."""

    store: Database
    clock: Clock
    quiet_time: float
    expire: float
    timing: DeliveryTiming
    tell: Callable[[str], None]
    note: Callable[[str], None]
    rng: random.Random
    phrases: Phrases = DEFAULT  # of what operators are told
    stopped: dict[str, float] = field(default_factory=dict)  # kind → monotonic time of the next look at its token

    turns: dict[int, Turn] = field(default_factory=dict)  # row → the turn that claimed it, until its end is written
    going: set[str] = field(default_factory=set)  # channel kinds whose 'delivery halted' is cleared already

    def say(self, news: on_failure.News) -> None:
        """Pass news on: what lasts is found in the database by whoever looks after the daemon, and told from there."""
        (self.note if news.lasting else self.tell)(news.line)

    def stop(self, kind: str) -> None:
        """Begin no call of a kind whose token was refused, until it is looked at again."""
        self.stopped[kind] = self.clock.monotonic() + self.timing.token_again
        self.going.discard(kind)


@dataclass(frozen=True, slots=True)
class Call:
    """A row on its way, and by which channel it goes."""

    row: Delivery
    lane: Lane
    channel: Channel
    notifier: Notifier
    names: tuple[str, ...]  # all channels of the lane
