"""Tunnels through a proxy: HTTP's CONNECT (RFC 9110, 9.3.6) and SOCKS5 (RFC 1928, RFC 1929).

A proxy is given an address that was resolved and vetted here, never a name: what it resolves itself, nobody checks.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address

from monitor.errors import FetchError, FetchKind
from monitor.fetch import response_head

_LONGEST_HEAD = 64 * 1024
_LONGEST_LOGIN = 255  # bytes of a SOCKS5 user name or password
_VERSION, _CONNECT, _RESERVED = 5, 1, 0
_NO_LOGIN, _LOGIN = 0, 2
_ANSWERS = {
    1: "it failed",
    2: "its rules forbid that",
    3: "it finds no way to that network",
    4: "it finds no way to that host",
    5: "the connection was refused",
    6: "it took too long",
    7: "it knows no CONNECT",
    8: "it knows no addresses of that kind",
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is, and as whom it is used."""

    scheme: str  # 'http' or 'socks5'
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Return it as errors name it, without the login."""
        where = f"[{self.host}]" if ":" in self.host else self.host
        return f"the proxy {self.scheme}://{where}:{self.port}"


async def tunnel(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int
) -> None:
    """Let a proxy, to which there is a connection, connect to an address. Raises FetchError."""
    work = _by_connect if proxy.scheme == "http" else _by_socks
    try:
        await work(proxy, reader, writer, address, port)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise _failed(proxy, "closed the connection, or is no proxy of this kind") from error


async def _by_connect(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int
) -> None:
    where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    login = ""
    if proxy.user or proxy.password:
        word = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        login = f"Proxy-Authorization: Basic {word}\r\n"
    writer.write(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{login}\r\n".encode())
    await writer.drain()
    head = b""
    while not response_head.END.search(head):  # byte by byte: what follows belongs to the tunnel
        head += await reader.readuntil(b"\n")
        if len(head) > _LONGEST_HEAD:
            raise _failed(proxy, f"sends headers of more than {_LONGEST_HEAD:,} bytes")
    try:
        status, _ = response_head.read(head)
    except FetchError as error:
        raise _failed(proxy, f"is no HTTP proxy: {error}") from error
    if status == 407:  # noqa: PLR2004 — HTTP's own number
        raise _failed(
            proxy, "wants a login: write the `proxy` with user and password, as http://me:${PROXY_PASSWORD}@…"
        )
    if not 200 <= status < 300:  # noqa: PLR2004 — HTTP's own numbers
        raise _failed(proxy, f"does not connect to {where}: it answered {status}")


async def _by_socks(
    proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int
) -> None:
    login = bool(proxy.user or proxy.password)
    methods = [_NO_LOGIN, _LOGIN] if login else [_NO_LOGIN]
    writer.write(bytes([_VERSION, len(methods), *methods]))
    version, method = await reader.readexactly(2)
    if version != _VERSION:
        raise _failed(proxy, "does not speak SOCKS5")
    if method == _LOGIN and login:
        await _log_in(proxy, reader, writer)
    elif method != _NO_LOGIN:
        raise _failed(proxy, "wants a login: write the `proxy` with user and password, as socks5://me:${PASSWORD}@…")
    there = ip_address(address)
    kind = 1 if isinstance(there, IPv4Address) else 4
    writer.write(bytes([_VERSION, _CONNECT, _RESERVED, kind]) + there.packed + port.to_bytes(2, "big"))
    version, answer, _, kind = await reader.readexactly(4)
    if version != _VERSION or answer:
        raise _failed(proxy, f"does not connect to {address}: {_ANSWERS.get(answer, 'for a reason of its own')}")
    length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    await reader.readexactly(length + 2)  # the address that the proxy sends from


async def _log_in(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    user, password = proxy.user.encode(), proxy.password.encode()
    if max(len(user), len(password)) > _LONGEST_LOGIN:
        raise _failed(proxy, f"takes no user name or password of more than {_LONGEST_LOGIN} bytes")
    writer.write(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
    _, answer = await reader.readexactly(2)
    if answer:
        raise _failed(proxy, "refuses the user name and password")


def refuse_early_bytes(proxy: Proxy, reader: asyncio.StreamReader) -> None:
    """Raise FetchError where a proxy sent something ahead of the tunnel: it would be read as if it came by TLS.

    To be asked right before TLS begins; the reader gives no other way to see what it holds.
    """
    if vars(reader)["_buffer"]:
        raise _failed(proxy, "sends bytes of its own into the tunnel")


def _failed(proxy: Proxy, what: str) -> FetchError:
    return FetchError(f"{proxy} {what}", FetchKind.CONNECT)
