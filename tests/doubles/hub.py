"""A WebSub hub on loopback: takes subscriptions, verifies them at their callback, distributes signed."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlencode

from doubles.patience import HANG


@dataclass
class Subscribed:
    """What the hub holds of one callback."""

    callback: str
    topic: str
    secret: str
    lease: int


@dataclass
class HubDouble:
    """`async with HubDouble() as hub`: `requests` are the forms that came, `verified` how the callbacks answered."""

    lease: int = 600
    status: int = 202
    deny: str = ""  # a reason: subscriptions are refused
    requests: list[dict[str, str]] = field(default_factory=list)
    verified: list[tuple[str, int]] = field(default_factory=list)
    held: dict[str, Subscribed] = field(default_factory=dict)
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.settled()
        await self._server.wait_closed()

    async def settled(self) -> None:
        """Wait until every request that came is verified."""
        await asyncio.gather(*self._tasks)

    async def publish(
        self, body: bytes, *, callback: str = "", method: str = "sha256", signature: str | None = None
    ) -> int:
        """Deliver a body to a callback (default: the only one); return the status."""
        held = self.held.get(callback) or next(iter(self.held.values()))
        made = f"{method}={hmac.new(held.secret.encode(), body, method).hexdigest()}"
        headers = {"X-Hub-Signature": made if signature is None else signature, "Content-Type": "application/rss+xml"}
        return (await asyncio.to_thread(_call, callback or held.callback, body, headers))[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            form = dict(parse_qsl((await reader.readexactly(int(fields["content-length"]))).decode()))
            assert head.startswith("POST /hub ")
            assert fields["content-type"] == "application/x-www-form-urlencoded"
            self.requests.append(form)
            if self.status == 202:
                task = asyncio.create_task(self._verify(form))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    async def _verify(self, form: dict[str, str]) -> None:
        mode, callback = form["hub.mode"], form["hub.callback"]
        query = {"hub.mode": mode, "hub.topic": form["hub.topic"]}
        if self.deny:
            query |= {"hub.mode": "denied", "hub.reason": self.deny}
        else:
            query |= {"hub.challenge": "a <b>challenge</b> & more", "hub.lease_seconds": str(self.lease)}
        status, body = await asyncio.to_thread(_call, f"{callback}?{urlencode(query)}")
        self.verified.append((query["hub.mode"], status))
        if status != 200 or body.decode() != query.get("hub.challenge"):
            return
        if mode == "unsubscribe":
            self.held.pop(callback, None)
        else:
            self.held[callback] = Subscribed(callback, form["hub.topic"], form["hub.secret"], self.lease)


def _call(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=HANG) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
