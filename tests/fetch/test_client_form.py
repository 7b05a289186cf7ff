"""Forms that are posted, such as a hub's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from doubles.rawserver import AllowLoopback

from monitor.fetch.client import HttpFetcher
from monitor.ports import Request

pytestmark = pytest.mark.network

FORM = (("hub.mode", "subscribe"), ("hub.topic", "https://paper.example/?a=1&b=ї"))
SENT = "hub.mode=subscribe&hub.topic=https%3A%2F%2Fpaper.example%2F%3Fa%3D1%26b%3D%D1%97"


class FormServer:
    """Answers each path with a status and a Location; `seen` are method, path and body of each request."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        self.seen: list[tuple[str, str, str]] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length: ")]
            body = await reader.readexactly(int(lengths[0].split(": ")[1]) if lengths else 0)
            method, path, _ = head.split(" ", 2)
            self.seen.append((method, path, body.decode()))
            status, location = self.answers[path]
            where = f"Location: {location}\r\n" if location else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{where}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[FormServer]:
    made = FormServer()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made


async def post(server: FormServer) -> int:
    fetcher = HttpFetcher(allow=[AllowLoopback("127.0.0.1", (server.port,))], spacing=0.0)
    try:
        return (await fetcher.fetch(Request(f"http://127.0.0.1:{server.port}/hub", form=FORM))).status
    finally:
        await fetcher.close()


async def test_a_form_is_posted(server: FormServer) -> None:
    server.answers["/hub"] = (202, "")
    assert await post(server) == 202
    assert server.seen == [("POST", "/hub", SENT)]


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_that_keeps_the_method_is_followed(server: FormServer, status: int) -> None:
    server.answers |= {"/hub": (status, "/other"), "/other": (202, "")}
    assert await post(server) == 202
    assert server.seen == [("POST", "/hub", SENT), ("POST", "/other", SENT)]


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_others_are_not(server: FormServer, status: int) -> None:
    server.answers["/hub"] = (status, "/other")
    assert await post(server) == status
    assert len(server.seen) == 1


@pytest.mark.parametrize(("status", "arrives"), [(307, True), (302, False)])
async def test_bytes_are_posted_as_they_are(server: FormServer, status: int, arrives: bool) -> None:
    server.answers |= {"/hub": (status, "/other"), "/other": (200, "")}
    fetcher = HttpFetcher(allow=[AllowLoopback("127.0.0.1", (server.port,))], spacing=0.0)
    request = Request(f"http://127.0.0.1:{server.port}/hub", content=("application/timestamp-query", SENT.encode()))
    response = await fetcher.fetch(request)
    await fetcher.close()
    assert response.status == (200 if arrives else 302)
    assert server.seen == [("POST", "/hub", SENT), *([("POST", "/other", SENT)] if arrives else [])]
