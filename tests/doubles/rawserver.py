"""A loopback server that answers each request with prepared bytes, as broken as a test wants them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class AllowLoopback:
    """An entry of `network.allow` for this server."""

    host: str
    ports: tuple[int, ...]
    cidr: str = "127.0.0.0/8"


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a well-formed answer."""
    rows = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(rows).encode() + b"\r\n\r\n" + body


class RawServer:
    """Answers by path; `requests` keeps each request's head as text; paths without an answer get `otherwise`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.answers: dict[str, bytes | Handler] = {}
        self.otherwise = plain(b"not found", status="404 Not Found")
        self.requests: list[str] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await self._server.wait_closed()

    def refuse(self) -> None:
        """Listen no more: connections are refused from now on."""
        assert self._server is not None
        self._server.close()

    def url(self, path: str, host: str = "") -> str:
        return f"http://{host or self.host}:{self.port}{path}"

    def allow(self, host: str = "") -> AllowLoopback:
        return AllowLoopback(host or self.host, (self.port,))

    def asked(self, path: str) -> list[str]:
        """Return the heads of the requests for a path."""
        return [head for head in self.requests if head.split()[1].partition("?")[0] == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(head)
            answer = self.answers.get(head.split()[1].partition("?")[0], self.otherwise)
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
