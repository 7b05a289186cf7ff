"""Common part of channels without message ids: no probe, no edit of a known message, no rate limit."""

from __future__ import annotations

from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ProbeNotes


class BlindNotifier:
    """Base of notifiers that cannot probe: rows of unknown fate are decided by the channel's `on_unknown`."""

    can_edit = True  # the receiver shows the message again, as a newer one
    can_probe = False

    def delay(self, channel: Channel, lane: Lane) -> float:  # noqa: ARG002 — the port's signature
        """Return 0.0: the lane's order is the only limit."""
        return 0.0

    def numbering(self, channel: Channel, lane: Lane) -> str:  # noqa: ARG002 — the port's signature
        """Return the lane's name: there are no message ids to share."""
        return lane.name

    def fingerprint(self, channel: Channel, delivery: Delivery) -> str:  # noqa: ARG002 — the port's signature
        """Return an empty text: a message is never probed."""
        return ""

    async def probe(
        self,
        channel: Channel,  # noqa: ARG002 — the port's signature
        delivery: Delivery,  # noqa: ARG002
        lane: Lane,  # noqa: ARG002
        *,
        notes: ProbeNotes | None = None,  # noqa: ARG002
        fingerprint: str = "",  # noqa: ARG002
    ) -> Receipt | None:
        """Return None: a message cannot be looked up."""
        return None
