"""Just enough of an HTTP/1.1 server for the double: bodies by Content-Length, keep-alive, and ways to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True, slots=True)
class Call:
    """A request: path and parameters, as text where a form carried them."""

    path: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `None` status: the connection is dropped without a word."""

    status: int | None
    body: bytes = b""
    content_type: str = "application/json"
    missing: int = 0  # bytes that are promised and never come


Handler = Callable[[Call], Awaitable[Answer]]


class Listener:
    """A server and its connections."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.cut = False  # close every connection after its first answer, without saying so in it
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; return the address."""
        self._server = await asyncio.start_server(self._connected, host, port)
        return f"http://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._talk(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while await _one(reader, writer, self._handler) and not self.cut:
                    pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.split("\r\n")
    _, target, _ = line.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in fields) if value}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    parameters = dict(parse_qsl(query, keep_blank_values=True)) | _body(headers.get("content-type", ""), body)
    answer = await handler(Call(unquote(path), parameters))
    if answer.status is None:
        writer.transport.abort()
        return False
    writer.write(
        f"HTTP/1.1 {answer.status} X\r\ncontent-type: {answer.content_type}\r\n"
        f"content-length: {len(answer.body) + answer.missing}\r\n\r\n".encode()
    )
    writer.write(answer.body)
    await writer.drain()
    if answer.missing:
        return False
    return headers.get("connection", "").lower() != "close"


def _body(content_type: str, body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if content_type.startswith("application/json"):
        value = json.loads(body)
        return value if isinstance(value, dict) else {}
    if content_type.startswith("multipart/form-data"):
        message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        parts = message.get_payload()
        if not isinstance(parts, list):
            return {}
        found: dict[str, Any] = {}
        for part in parts:
            if isinstance(part, str):
                continue
            name = part.get_param("name", header="content-disposition")
            payload = part.get_payload(decode=True)
            if not isinstance(payload, bytes):
                payload = b""
            found[str(name)] = payload if part.get_filename() else payload.decode("utf-8", "replace")
        return found
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
