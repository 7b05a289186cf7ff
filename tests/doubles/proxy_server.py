"""A proxy on loopback that speaks CONNECT or SOCKS5, and leads every connection to one port whatever it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from ipaddress import ip_address
from typing import Self


class ProxyServer:
    """`asked` keeps (address, port) of each connection, `logins` what was sent as user and password."""

    def __init__(self, scheme: str, target: int, *, login: str = "", answer: bytes = b"", early: bytes = b"") -> None:
        """`answer` takes the place of the answer that a proxy of the kind gives; `early` follows it at once."""
        self.asked: list[tuple[str, int]] = []
        self.logins: list[str] = []
        self.port = 0
        self._scheme = scheme
        self._target = target
        self._login = login
        self._answer = answer
        self._early = early
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._tasks)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                work = self._connect if self._scheme == "http" else self._socks
                if await work(reader, writer):
                    writer.write(self._early)
                    await self._relay(reader, writer)
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host, _, port = head.split()[1].rpartition(":")
        self.asked.append((host.strip("[]"), int(port)))
        self.logins += [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("Proxy-Auth")]
        if self._answer:
            writer.write(self._answer)
            return False
        if self._login and self.logins != [self._login]:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return False
        writer.write(b"HTTP/1.1 200 Connection established\r\nX/Odd: line\r\n\r\n")
        return True

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        if self._login and 2 not in methods:
            writer.write(b"\x05\xff")
            return False
        writer.write(b"\x05\x02" if self._login else b"\x05\x00")
        if self._login:
            _, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            self.logins.append(f"{user.decode()}:{password.decode()}")
            writer.write(b"\x01\x00" if self.logins == [self._login] else b"\x01\x01")
        kind = (await reader.readexactly(4))[3]
        packed = await reader.readexactly({1: 4, 4: 16}[kind])
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((str(ip_address(packed)), port))
        writer.write(self._answer or b"\x05\x00\x00\x03\x04name\x00\x50")
        return not self._answer

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._open.add(back)

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while piece := await source.read(65_536):
                    sink.write(piece)
                    await sink.drain()
                sink.write_eof()

        try:
            await asyncio.gather(copy(reader, back), copy(there, writer))
        finally:
            self._open.discard(back)
            back.close()
