"""Each kind of channel with its far side: what was accepted there, and what goes wrong on the way."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
from doubles.apprise_services import Service
from doubles.delivery_harness import CHAT, telegram
from doubles.telegram import Fault, TelegramDouble

from monitor.deliver.channels.apprise import AppriseNotifier
from monitor.deliver.channels.console import ConsoleNotifier
from monitor.deliver.channels.webhook import WebhookNotifier
from monitor.model import Channel
from monitor.ports import Notifier


@dataclass(frozen=True, slots=True)
class Receiver:
    """A channel and who listens at its other end."""

    channel: Channel
    notifier: Notifier
    accepted: Callable[[], list[str]]  # the texts of all accepted messages, edits included, in order
    refuse: Callable[[int], None]  # so many of the next calls are refused, certainly not accepted
    lose_answer: Callable[[], None] | None  # the next call is accepted, and nobody hears of it; None: cannot happen
    on_screen: bool = False  # where nothing that stands in a text acts
    for_programs: bool = False  # which get the text as it came: its markup is theirs to see to


class Screen(io.StringIO):
    """Standard output that sometimes is a broken pipe."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = 0
        self.texts: list[str] = []

    def write(self, text: str) -> int:
        if self.broken:
            self.broken -= 1
            raise BrokenPipeError
        self.texts.append(text)
        return len(text)


class Hook:
    """A webhook's receiver."""

    def __init__(self) -> None:
        self.refusing = 0
        self.losing = 0
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.refusing:
            self.refusing -= 1
            return httpx.Response(503)
        self.requests.append(request)
        if self.losing:
            self.losing -= 1
            raise httpx.ReadTimeout("nobody answers")
        return httpx.Response(204)

    @property
    def texts(self) -> list[str]:
        return [json.dumps(json.loads(each.content)["alert"], ensure_ascii=False) for each in self.requests]


def console() -> Receiver:
    screen = Screen()

    def refuse(times: int) -> None:
        screen.broken = times

    return Receiver(Channel("c", "console"), ConsoleNotifier(screen), lambda: screen.texts, refuse, None, True)


def webhook() -> Receiver:
    hook = Hook()

    def refuse(times: int) -> None:
        hook.refusing = times

    def lose() -> None:
        hook.losing = 1

    channel = Channel("c", "webhook", {"url": "https://hook.example/"})
    notifier = WebhookNotifier("squirrel", transport=httpx.MockTransport(hook))
    return Receiver(channel, notifier, lambda: hook.texts, refuse, lose, for_programs=True)


def apprise() -> Receiver:
    service = Service()

    def refuse(times: int) -> None:
        service.answers += [service.complains("busy, error=503.")] * times

    def lose() -> None:
        def taken_unheard() -> bool:
            service.taken.append({"title": "One", "body": ""})
            return service.complains("Read timed out.", "debug")()

        service.answers.append(taken_unheard)

    channel = Channel("c", "apprise", {"url_env": "ADDRESS"})
    notifier = AppriseNotifier({"ADDRESS": "pigeon://"}, make=lambda _address: service)
    return Receiver(channel, notifier, lambda: service.texts, refuse, lose)


def _telegram(api: TelegramDouble) -> Receiver:
    def accepted() -> list[str]:
        return [line["text"] for line in api.ledger.lines if line["do"] in {"send", "edit"}]

    def refuse(times: int) -> None:
        api.faults.append(Fault("before", "429", times=1))
        if times > 1:
            api.faults.append(Fault("before", "drop", times=times - 1))

    def lose() -> None:
        api.faults.append(Fault("after", "drop", times=1, methods=frozenset({"sendMessage"})))

    return Receiver(Channel("c", "telegram", {"chat": CHAT}), telegram(api), accepted, refuse, lose)


FAR_SIDES: dict[str, Callable[[], Receiver]] = {"console": console, "webhook": webhook, "apprise": apprise}
"""Of every kind but telegram, whose far side is a server."""


@contextlib.asynccontextmanager
async def receiver(kind: str) -> AsyncIterator[Receiver]:
    """Return a channel of a kind whose far side accepts."""
    if kind == "telegram":
        async with TelegramDouble() as api:
            yield _telegram(api)
    else:
        assert kind in FAR_SIDES, f"tests/doubles/channel_receivers.py has no receiver for the kind {kind!r}"
        yield FAR_SIDES[kind]()
