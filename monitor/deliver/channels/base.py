"""What channels have in common that give no message ids: nothing can be looked up, and nothing is limited."""

from __future__ import annotations

from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ProbeNotes


class BlindNotifier:
    """The part of `ports.Notifier` that such a channel need not write; `on_unknown` decides for it."""

    can_edit = True  # the receiver shows the message again, as a newer one
    can_probe = False

    def delay(self, channel: Channel, lane: Lane) -> float:  # noqa: ARG002 — the port's signature
        """Say that there is no limit but the lane's order."""
        return 0.0

    def numbering(self, channel: Channel, lane: Lane) -> str:  # noqa: ARG002 — the port's signature
        """Name the lane: there are no message ids."""
        return lane.name

    def fingerprint(self, channel: Channel, delivery: Delivery) -> str:  # noqa: ARG002 — the port's signature
        """Return nothing: there is no looking afterwards."""
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
        """Return None: what was handed over cannot be looked up."""
        return None
