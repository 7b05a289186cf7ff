"""The time at which a message goes out: now, after a hold, or in the message of a burst. Pure; see docs/delivery.md.

| what | holds | until |
|---|---|---|
| a digest | alerts and replies below severity high | its next hour |
| a cooldown | alerts of the watchlist | its end, counted from the watchlist's last message |
| quiet hours | whatever would go out in them | their end |

What is critical passes all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alert.quiet_hours import next_digest, quiet_until
from monitor.model import Channel, Severity, Watchlist
from monitor.model.rate import History


@dataclass(frozen=True, slots=True)
class Timing:
    """`until` is None for at once; `burst`: into the message of the burst under way."""

    until: datetime | None = None
    burst: bool = False


@dataclass(frozen=True, slots=True)
class ChannelMoment:
    """A channel at a moment. `timezone`: whose clock counts where the channel names none."""

    channel: Channel
    now: datetime
    timezone: str = "UTC"
    history: History = History()

    @property
    def zone(self) -> str:
        """Return the IANA name of the channel's clock."""
        return self.channel.timezone or self.timezone

    def quiet(self, at: datetime | None = None) -> datetime | None:
        """Return when the quiet hours end that `at` (default: now) is in; None outside of them."""
        return quiet_until(self.channel.quiet_hours, at or self.now, self.zone)


def timing(place: ChannelMoment, severity: Severity, watchlists: Sequence[Watchlist] = ()) -> Timing:
    """Return when a message of `severity` goes out that is written now.

    `watchlists` are those of a new alert: the first of them that lets it go decides. A reply has none: no cooldown
    holds it.
    """
    holds = [_held(place, each.severity, each) for each in watchlists] or [_held(place, severity, None)]
    if None not in holds:
        return Timing(min(hold for hold in holds if hold is not None))
    bursting = place.history.is_bursting(place.now, place.channel.burst)
    return Timing(burst=bursting and severity is not Severity.CRITICAL)


def _held(place: ChannelMoment, severity: Severity, watchlist: Watchlist | None) -> datetime | None:
    if severity is Severity.CRITICAL:
        return None
    until: datetime | None = None
    if place.channel.digest is not None and severity.rank < Severity.HIGH.rank:
        until = next_digest(place.channel.digest, place.now, place.zone)
    elif watchlist is not None:
        until = _cooling(place, watchlist)
    return place.quiet(until) or until


def _cooling(place: ChannelMoment, watchlist: Watchlist) -> datetime | None:
    last = place.history.last.get(watchlist.name)
    if last is None or not watchlist.cooldown:
        return None
    # A last message that is still to come is from before the clock was set back: counted from now, it ends in time.
    ends = min(last, place.now) + timedelta(seconds=watchlist.cooldown)
    return ends if ends > place.now else None


def longest(place: ChannelMoment, watchlists: Iterable[Watchlist]) -> datetime:
    """Return the last moment until which anything written now can be held; what is held for longer is not meant to be.

    That is so after the clock was set back, and after an edit of the configuration.
    """
    ends = [place.now]
    if place.channel.digest is not None:
        ends.append(next_digest(place.channel.digest, place.now, place.zone))
    ends += [place.now + timedelta(seconds=each.cooldown) for each in watchlists if place.channel.name in each.notify]
    last = max(ends)
    return place.quiet(last) or last
