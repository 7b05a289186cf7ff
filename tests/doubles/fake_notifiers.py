"""A channel that does as it is told, for tests of the lanes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ProbeNotes


class FakeNotifier:
    """A `ports.Notifier`: remembers what it sent; `answers` are raised or returned first, in order."""

    can_edit = True
    can_probe = False

    def __init__(self, *answers: Receipt | Exception) -> None:
        self.answers: list[Receipt | Exception] = list(answers)
        self.sent: list[Delivery] = []
        self.replies: list[int | None] = []
        self.gate = asyncio.Event()  # calls wait for it
        self.gate.set()
        self.calling = asyncio.Event()
        self.closed = False
        self.wait = 0.0
        self.checked: Callable[[], str] = lambda: "obedient"

    def lane(self, channel: Channel) -> str:
        return f"obedient:{channel.settings.get('to', 'all')}"

    def delay(self, channel: Channel, lane: Lane) -> float:
        return self.wait

    def numbering(self, channel: Channel, lane: Lane) -> str:
        return lane.name

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        if self.closed:
            raise AssertionError("sent over a closed notifier")
        self.calling.set()
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else Receipt(len(self.sent) + 1)
        if isinstance(answer, Exception):
            raise answer
        self.sent.append(delivery)
        self.replies.append(reply_to)
        return answer

    async def check(self, channel: Channel) -> str:
        return self.checked()

    def fingerprint(self, channel: Channel, delivery: Delivery) -> str:
        return ""

    async def probe(
        self,
        channel: Channel,
        delivery: Delivery,
        lane: Lane,
        *,
        notes: ProbeNotes | None = None,
        fingerprint: str = "",
    ) -> Receipt | None:
        raise NotImplementedError

    async def close(self) -> None:
        self.closed = True

    @property
    def headlines(self) -> list[str]:
        return [delivery.alert.headline for delivery in self.sent]


class FakeProbingNotifier(FakeNotifier):
    """The same, where one can look whether a message arrived: it never did."""

    can_probe = True

    async def probe(
        self,
        channel: Channel,
        delivery: Delivery,
        lane: Lane,
        *,
        notes: ProbeNotes | None = None,
        fingerprint: str = "",
    ) -> Receipt | None:
        return None
