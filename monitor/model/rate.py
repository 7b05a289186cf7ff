"""The history of a channel's alerts, by which bursts and cooldowns are measured.

It is kept beside the outbox and written in the transaction that writes the rows, so it never knows more or less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.model.settings import Burst

MOST = 1000
"""Moments that are remembered: the greatest number of alerts that `burst` may allow."""

FORGET = timedelta(days=8)
"""A watchlist's last alert is forgotten after this time: longer than any cooldown."""


@dataclass(frozen=True, slots=True)
class History:
    """The history of one channel's alerts.

    `rung`: when alerts and replies that ring were written for it, oldest first (held ones not counted); `last`: when
    a message of each watchlist last went to it; `rolling`: the `dedupe` of the message of the burst under way.
    """

    rung: tuple[datetime, ...] = ()
    last: Mapping[str, datetime] = field(default_factory=dict)
    rolling: str | None = None

    def alerted(self, watchlists: Iterable[str], now: datetime) -> History:
        """Return the history with `now` as the time of the watchlists' last message."""
        kept = {name: at for name, at in self.last.items() if now - FORGET < at <= now}
        return replace(self, last=kept | dict.fromkeys(watchlists, now))

    def rang(self, now: datetime, burst: Burst | None) -> History:
        """Return the history with one more alert. Where that is outside of a burst, the burst is over."""
        most = min(burst.alerts, MOST) if burst else 0
        rolling = self.rolling if self.is_bursting(now, burst) else None
        # After the clock was set back, what is still to come is no measure of anything.
        kept = tuple(at for at in self.rung if at <= now)
        return replace(self, rung=(*kept, now)[-most:] if most else (), rolling=rolling)

    def is_bursting(self, now: datetime, burst: Burst | None) -> bool:
        """Return whether the channel has had as many alerts lately as it may have one by one."""
        if burst is None:
            return False
        since = now - timedelta(seconds=burst.within)
        return sum(since < at <= now for at in self.rung) >= burst.alerts
