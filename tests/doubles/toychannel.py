"""A channel kind as a contributor would add it: this module, and a line in the registry. A drum that beats alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from doubles.channel_receivers import FAR_SIDES, Receiver

from monitor.alert.render import telegram
from monitor.deliver.channels.base import BlindNotifier
from monitor.deliver.secret import secret
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.fields import StrictSettings, Text, about, whole
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ChannelKind, Notifier, NotifierContext


@dataclass(frozen=True, slots=True)
class DrumTarget(StrictSettings):
    """A drum on a hill."""

    hill: Text = field(metadata=about("The hill that the drum stands on.", examples=["North hill"]))
    beats: Annotated[int, whole(1, 9, "how often each alert is beaten")] = field(
        default=1, metadata=about("How often each alert is beaten.")
    )


class DrumNotifier(BlindNotifier):
    """A `ports.Notifier` that keeps what it beats."""

    def __init__(self, stick: str | None) -> None:
        self.stick = stick
        self.heard: list[str] = []
        self.refusing = 0
        self.losing = False

    def lane(self, channel: Channel) -> str:
        return f"drum:{channel.settings['hill']}"

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        if self.refusing:
            self.refusing -= 1
            raise DeliveryError("the drummer sleeps", sent=Sent.NO, remedy=Remedy.RETRY)
        self.heard.append(telegram.console(delivery.alert, timezone="UTC", width=72, now=delivery.created_at))
        if self.losing:
            self.losing = False
            raise DeliveryError("no echo", sent=Sent.UNKNOWN, remedy=Remedy.PROBE)
        return Receipt()

    async def check(self, channel: Channel) -> str:
        return f"a drum on {channel.settings['hill']}"

    async def close(self) -> None: ...


def _build(means: NotifierContext) -> Notifier:
    return DrumNotifier(secret(means.environ, "DRUM_STICK"))


def _faults(channel: str, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if written.get("hill") == "valley":
        yield "hill", "a valley is no hill: nobody would hear it"
    if channel == "silence":
        yield "", "a drum is never silent: choose another name"


KIND = ChannelKind(
    name="drum",
    description="A drum on a hill.",
    settings=DrumTarget,
    build=_build,
    idempotent=True,
    bursts=True,
    secret="DRUM_STICK",
    without_secret="channels.{channel}: the drum has no stick: set {variable}",
    faults=_faults,
    unknown_key=lambda key: "a drum has no strings" if key == "strings" else None,
)


def drum() -> Receiver:
    notifier = DrumNotifier("oak")

    def refuse(times: int) -> None:
        notifier.refusing = times

    def lose() -> None:
        notifier.losing = True

    return Receiver(Channel("c", "drum", {"hill": "North"}), notifier, lambda: notifier.heard, refuse, lose, True)


FAR_SIDES[KIND.name] = drum
