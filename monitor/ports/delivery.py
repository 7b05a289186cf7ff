"""Protocols of delivery, clocks, notices to operators, and units of work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from monitor.i18n import Phrases
from monitor.model import (
    Channel,
    Delivery,
    Lane,
    Receipt,
    Translation,
)


class Clock(Protocol):
    """Wall and monotonic time, which tests can hold still."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back."""
        ...


class SteadyClock(Clock, Protocol):
    """A clock that does not follow when the host's is set, until `adopt` is called."""

    def step(self) -> float:
        """Return by how many seconds the host's clock was set and `adopt` has not followed; 0.0 where none."""
        ...

    def adopt(self, seconds: float) -> None:
        """Move this clock by `seconds`."""
        ...


class ProbeNotes(Protocol):
    """Findings of a probe for one message, stored beside its row, so that a probe after a kill goes on from them."""

    @property
    def kept(self) -> str | None:
        """Return what was kept last; empty where an earlier probe kept nothing, None where this is the first one."""
        ...

    async def keep(self, found: str) -> None:
        """Keep this in place of what was kept. Never raises: a probe goes on without."""
        ...


class Notifier(Protocol):
    """One channel kind. Implementations: deliver/<name>.py."""

    def lane(self, channel: Channel) -> str:
        """Return the name of the channel's address: channels with one address share a lane."""
        ...

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        """Send the alert, or edit it where `delivery.message_id` is set. Raises DeliveryError."""
        ...

    async def check(self, channel: Channel) -> str:
        """Check, sending nothing, that the channel takes messages; return a description. Raises DeliveryError."""
        ...

    @property
    def can_edit(self) -> bool:
        """Return whether an amended message is sent again, as an edit; where not, digests alone are."""
        ...

    @property
    def can_probe(self) -> bool:
        """Return whether `probe` can tell the fate of a message; where not, the channel's `on_unknown` decides."""
        ...

    def fingerprint(self, channel: Channel, delivery: Delivery) -> str:
        """Return a hash of a message's text, which recognises it when the row was amended since."""
        ...

    async def probe(
        self,
        channel: Channel,
        delivery: Delivery,
        lane: Lane,
        *,
        notes: ProbeNotes | None = None,
        fingerprint: str = "",
    ) -> Receipt | None:
        """Return the receipt of an UNKNOWN delivery that arrived, None where it did not. Raises DeliveryError.

        `notes`: of earlier probes for this row, maybe cut short. `fingerprint`: what `fingerprint` gave for
        the row when it was sent.
        """
        ...

    def delay(self, channel: Channel, lane: Lane) -> float:
        """Return in how many seconds the channel's rate limits allow the next call: 0.0 is now."""
        ...

    def numbering(self, channel: Channel, lane: Lane) -> str:
        """Return the name of the address's sequence of message ids: the lane's name, or one that lanes share."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


Tx_contra = TypeVar("Tx_contra", contravariant=True)
"""An open transaction of the store, of which ports know nothing."""


class Operators(Protocol[Tx_contra]):
    """The one way for all rooms to notify operators of the daemon itself.

    What lasts is an incident: `Transaction.open_incident` and `close_incident`, in the transaction that finds it, or
    rows that show it by themselves (a suspended lane, a dead row). What merely happened is a notice, written in that
    transaction as well: what waited in memory would be lost by a kill.
    """

    @property
    def phrases(self) -> Phrases:
        """Return the phrases of notices, in the operators' language."""
        ...

    def write_notice(self, tx: Tx_contra, key: str, headline: str, lines: Sequence[str]) -> int:
        """Write a notice in an open transaction, once for each key; return how many rows were added."""
        ...

    def wake(self) -> None:
        """Have notices sent that were written: their transaction is committed."""
        ...

    def review(self, line: str) -> None:
        """Check for incidents at the next tick: one was opened or closed, or rows show one; `line` is about it."""
        ...


class Dispatcher(Protocol):
    """Where units of work run: in this process, or on many machines."""

    def submit(self, kind: str, ident: int, source: str) -> bool:
        """Start the work of a source unless the same is under way; False where it is, or there is no room now."""
        ...

    def room(self, kind: str) -> int:
        """Return how many more units of `kind` may start now."""
        ...

    def crowded(self, kind: str, source: str) -> bool:
        """Return whether a source may start no more units of `kind` now, whatever room there is for others."""
        ...

    def under_way(self, kind: str, ident: int) -> bool:
        """Return whether a unit has started and not ended."""
        ...

    def when_free(self, callback: Callable[[str], None]) -> None:
        """Call `callback(kind)` from now on whenever a unit has ended, and another one of its kind may start."""
        ...

    async def drain(self, timeout: float) -> None:
        """Wait for the work under way, at most `timeout` seconds, then cancel."""
        ...


class Translator(Protocol):
    """Translates texts by the service that a channel names."""

    async def translate(self, texts: Sequence[str], source: str | None, wanted: Translation) -> list[str]:
        """Return the texts in the language `wanted.to`, in order; `source` is theirs, None where it is not known.

        Raises MonitorError.
        """
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...
