"""Names, addresses and connections that fail: cases 1 to 4, 14, 15, 24."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from doubles.hostile_answers import BODY, KNOWN, NEWS, feed, row
from doubles.hostile_stack import FEED, HostileStack
from doubles.rawserver import AllowLoopback, plain

from monitor.model import Result
from monitor.sandbox import ChildSandbox

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]
NAME = "news.test"
Resolve = Callable[[], list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Resolve]:
    """What the name server says of names; others are asked as usual."""
    table: dict[str, Resolve] = {}
    usual = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if host not in table:
            return usual(host, port, *args, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in table[host]()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return table


def fails(code: int) -> Resolve:
    def resolve() -> list[str]:
        raise socket.gaierror(code, "not resolved")

    return resolve


async def failed(stack: HostileStack, error: str) -> None:
    assert (await stack.poll()).result is Result.FAILED
    assert re.search(error, stack.status()), stack.status()
    assert stack.next_poll() >= 60


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_AGAIN], ids=["nxdomain", "servfail"])
async def test_01_a_name_that_is_not_resolved(children: ChildSandbox, names: dict[str, Resolve], code: int) -> None:
    names[NAME] = fails(code)
    async with HostileStack(children, host=NAME) as stack:
        await failed(stack, f"the name {NAME} cannot be resolved")
        names[NAME] = lambda: ["127.0.0.1"]
        await stack.baseline()


async def test_01_a_name_server_that_hangs(children: ChildSandbox, names: dict[str, Resolve]) -> None:
    goes_on = threading.Event()

    def resolve() -> list[str]:
        goes_on.wait()
        return []

    names[NAME] = resolve
    async with HostileStack(children, host=NAME) as stack:
        stack.fetcher.deadline = 1.0
        try:
            await failed(stack, "no complete answer in 1 s")
        finally:
            goes_on.set()
        stack.fetcher.deadline = 30.0
        names[NAME] = lambda: ["127.0.0.1"]
        await stack.baseline()


async def test_02_a_name_of_an_allowed_and_a_private_address(children: ChildSandbox, names: dict[str, Resolve]) -> None:
    names[NAME] = lambda: ["127.0.0.1", "10.0.0.1"]
    async with HostileStack(children, host=NAME) as stack:
        await failed(stack, f"{NAME} refused: 10.0.0.1 is not a public address")
        assert stack.server.requests == []


async def test_03_a_connection_that_is_refused(stack: HostileStack) -> None:
    await stack.baseline()
    stack.server.refuse()
    await failed(stack, "127.0.0.1 cannot be reached")


@contextmanager
def black_hole() -> Iterator[int]:
    """Return the port of a socket whose queue is full: the kernel answers no connection."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
        for each in waiting:
            each.close()


async def test_03_a_black_hole(children: ChildSandbox) -> None:
    with black_hole() as port:
        allow = AllowLoopback("127.0.0.1", (port,))
        async with HostileStack(children, allow, url=f"http://127.0.0.1:{port}{FEED}") as stack:
            stack.fetcher.deadline = 1.0
            await failed(stack, "no complete answer in 1 s")


@asynccontextmanager
async def tls(certificate: trustme.LeafCert, answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve over TLS; give the port, and what was asked in plain words."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1], asked


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


@pytest.mark.parametrize("fault", ["expired", "wrong host", "unknown authority"])
async def test_04_a_certificate_that_is_not_valid(
    children: ChildSandbox, names: dict[str, Resolve], authority: trustme.CA, fault: str
) -> None:
    certificate = {
        "expired": lambda: authority.issue_cert(NAME, not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        "wrong host": lambda: authority.issue_cert("example.org"),
        "unknown authority": lambda: trustme.CA().issue_cert(NAME),
    }[fault]()
    names[NAME] = lambda: ["127.0.0.1"]
    async with tls(certificate, feed()) as (port, asked):
        allow = AllowLoopback(NAME, (port,))
        async with HostileStack(children, allow, url=f"https://{NAME}:{port}{FEED}") as stack:
            await failed(stack, "the certificate is not valid")
    assert asked == []


async def test_24_a_redirect_from_tls_to_plain_http(
    children: ChildSandbox, names: dict[str, Resolve], authority: trustme.CA
) -> None:
    names[NAME] = lambda: ["127.0.0.1"]
    answer = plain(b"", f"Location: http://{NAME}/", status="301 Moved Permanently")
    async with tls(authority.issue_cert(NAME), answer) as (port, asked):
        allow = AllowLoopback(NAME, (port,))
        async with HostileStack(children, allow, url=f"https://{NAME}:{port}{FEED}") as stack:
            await failed(stack, "redirected from https to http")
    assert len(asked) == 1


async def test_14_proxies_of_the_environment(children: ChildSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")
    async with HostileStack(children) as stack:
        await stack.baseline()
        stack.serve(feed(BODY))
        await stack.poll()
        assert stack.alerts() == [NEWS]


async def test_15_an_ipv6_address_where_nobody_listens(children: ChildSandbox, names: dict[str, Resolve]) -> None:
    names[NAME] = lambda: ["::1", "127.0.0.1"]
    async with HostileStack(children, AllowLoopback(NAME, tuple(range(1024, 65536)), "::1/128"), host=NAME) as stack:
        stack.serve_rows(row(KNOWN))
        assert (await stack.poll()).result is Result.DONE, stack.status()
