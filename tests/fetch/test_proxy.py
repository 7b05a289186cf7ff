"""Through a proxy the guard stays whole: names are resolved and vetted here, the proxy gets the checked address."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from doubles.proxy_server import ProxyServer
from doubles.rawserver import RawServer, plain

from monitor.errors import FetchError, FetchKind
from monitor.fetch.client import HttpFetcher
from monitor.fetch.transport import Resolver
from monitor.model import Source
from monitor.ports import Request

pytestmark = pytest.mark.network

FEED = "http://feeds.example/rss"
NAMES = {
    "feeds.example": ["93.184.216.34"],
    "six.example": ["2606:2800:220:1::1"],
    "private.example": ["10.0.0.7"],
    "mixed.example": ["93.184.216.34", "127.0.0.1"],
    "127.0.0.1": ["127.0.0.1"],
}
SCHEMES = pytest.mark.parametrize("scheme", ["http", "socks5"])


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Resolver, "_look_up", staticmethod(lambda host, port: NAMES[host]))


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        running.answers["/rss"] = plain(b"<rss/>")
        yield running


async def fetch(
    proxy: ProxyServer | int, url: str = FEED, *, scheme: str = "http", login: str = "", **more: object
) -> bytes:
    port = proxy if isinstance(proxy, int) else proxy.port
    source = Source("one", url, proxy=f"{scheme}://{login}127.0.0.1:{port}")
    secrets = {"WORD": "p@ss:word", "BOTH": "me:p@ss:word"}.get
    fetcher = HttpFetcher(sources=[replace(source, **more)], secrets=secrets, spacing=0.0)  # type: ignore[arg-type]
    try:
        return (await fetcher.fetch(Request(url, source="one"))).body
    finally:
        await fetcher.close()


async def failed(proxy: ProxyServer | int, url: str = FEED, *, scheme: str = "http", login: str = "") -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetch(proxy, url, scheme=scheme, login=login)
    return caught.value


@SCHEMES
async def test_the_proxy_gets_the_checked_address_and_the_server_the_name(server: RawServer, scheme: str) -> None:
    async with ProxyServer(scheme, server.port) as proxy:
        assert await fetch(proxy, scheme=scheme) == b"<rss/>"
        assert await fetch(proxy, "http://six.example/rss", scheme=scheme) == b"<rss/>"
    assert proxy.asked == [("93.184.216.34", 80), ("2606:2800:220:1::1", 80)]
    assert "Host: feeds.example\r\n" in server.requests[0]


@SCHEMES
@pytest.mark.parametrize(
    "url",
    [
        "http://private.example/rss",
        "http://mixed.example/rss",
        "http://127.0.0.1/rss",
        "http://[::ffff:10.0.0.1]/rss",
        "http://169.254.169.254/latest/meta-data",
        "http://feeds.example:8080/rss",
    ],
)
async def test_what_the_guard_refuses_the_proxy_never_hears_of(server: RawServer, scheme: str, url: str) -> None:
    async with ProxyServer(scheme, server.port) as proxy:
        assert (await failed(proxy, url, scheme=scheme)).kind is FetchKind.REFUSED_ADDRESS
    assert proxy.asked == []
    assert server.requests == []


@SCHEMES
@pytest.mark.parametrize("location", ["http://private.example/", "http://127.0.0.1/", "http://[::1]/"])
async def test_a_redirect_passes_the_same_gate(server: RawServer, scheme: str, location: str) -> None:
    server.answers["/rss"] = plain(b"", f"Location: {location}", status="302 Found")
    async with ProxyServer(scheme, server.port) as proxy:
        assert (await failed(proxy, scheme=scheme)).kind is FetchKind.REFUSED_ADDRESS
    assert len(proxy.asked) == 1


@SCHEMES
async def test_the_proxys_own_address_is_trusted_for_the_proxy_alone(server: RawServer, scheme: str) -> None:
    async with ProxyServer(scheme, server.port) as proxy:
        own = f"http://127.0.0.1:{proxy.port}/"
        assert (await failed(proxy, own, scheme=scheme)).kind is FetchKind.REFUSED_ADDRESS


@SCHEMES
async def test_other_sources_go_without_it(server: RawServer, scheme: str) -> None:
    async with ProxyServer(scheme, server.port) as proxy:
        source = Source("one", FEED, proxy=f"{scheme}://127.0.0.1:{proxy.port}")
        fetcher = HttpFetcher(allow=[server.allow()], sources=[source], spacing=0.0)
        assert (await fetcher.fetch(Request(server.url("/rss"), source="two"))).body == b"<rss/>"
        await fetcher.close()
    assert proxy.asked == []


@pytest.mark.parametrize("login", ["me:${WORD}@", "${BOTH}@", "m%65:${WORD}@"])
async def test_logins(server: RawServer, login: str) -> None:
    async with ProxyServer("socks5", server.port, login="me:p@ss:word") as proxy:
        assert await fetch(proxy, scheme="socks5", login=login) == b"<rss/>"
    word = base64.b64encode(b"me:p@ss:word").decode()
    async with ProxyServer("http", server.port, login=f"Basic {word}") as proxy:
        assert await fetch(proxy, login=login) == b"<rss/>"


@SCHEMES
@pytest.mark.parametrize("login", ["", "you:${WORD}@"])
async def test_a_login_that_is_refused_is_named_without_it(server: RawServer, scheme: str, login: str) -> None:
    async with ProxyServer(scheme, server.port, login="me:x") as proxy:
        error = await failed(proxy, scheme=scheme, login=login)
    assert error.kind is FetchKind.CONNECT
    assert f"the proxy {scheme}://127.0.0.1:" in str(error)
    assert "p@ss" not in f"{error}{error.__cause__}"


async def test_a_secret_of_a_proxy_that_is_not_there(server: RawServer) -> None:
    async with ProxyServer("http", server.port) as proxy:
        error = await failed(proxy, login="me:${GONE}@")
    assert error.kind is FetchKind.SETTING
    assert "GONE" in str(error)


@pytest.mark.parametrize(
    ("scheme", "answer", "part"),
    [
        ("http", b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not connect to 93.184.216.34:80: it answered 403"),
        ("http", b"HTTP/1.1 407 Login\r\n\r\n", "wants a login"),
        ("http", b"SSH-2.0-x\r\n\r\n", "is no HTTP proxy"),
        ("http", b"HTTP/1.1 200 OK\r\n", "closed the connection"),
        ("http", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", "more than 65,536 bytes"),
        ("http", b"x" * 200_000, "is no proxy of this kind"),
        ("socks5", b"\x05\x05\x00\x01", "the connection was refused"),
        ("socks5", b"\x05\x63\x00\x01", "a reason of its own"),
        ("socks5", b"\x04\x00\x00\x01", "does not connect"),
        ("socks5", b"\x05\x00", "closed the connection"),
    ],
)
async def test_a_proxy_that_fails_is_named(server: RawServer, scheme: str, answer: bytes, part: str) -> None:
    async with ProxyServer(scheme, server.port, answer=answer) as proxy:
        error = await failed(proxy, scheme=scheme)
    assert part in str(error)
    assert error.kind in (FetchKind.CONNECT, FetchKind.PROTOCOL)


async def test_an_allowed_private_host_may_be_behind_a_proxy(server: RawServer) -> None:
    async with ProxyServer("socks5", server.port) as proxy:
        source = Source("one", server.url("/rss"), proxy=f"socks5://127.0.0.1:{proxy.port}")
        fetcher = HttpFetcher(allow=[server.allow()], sources=[source], spacing=0.0)
        assert (await fetcher.fetch(Request(server.url("/rss"), source="one"))).body == b"<rss/>"
        await fetcher.close()
    assert proxy.asked == [("127.0.0.1", server.port)]


async def test_a_server_of_another_kind_is_no_proxy(server: RawServer) -> None:
    async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(banner, "127.0.0.1", 0) as other:
        error = await failed(other.sockets[0].getsockname()[1], scheme="socks5")
    assert "does not speak SOCKS5" in str(error)


async def test_a_proxy_that_is_not_there_is_named(server: RawServer) -> None:
    async with ProxyServer("http", server.port) as proxy:
        closed = proxy.port
    error = await failed(closed)
    assert f"the proxy http://127.0.0.1:{closed} cannot be reached" in str(error)
    assert error.kind is FetchKind.CONNECT


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


async def secure(certificate: trustme.LeafCert) -> asyncio.Server:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(plain(b"x" * 300_000))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)


@SCHEMES
async def test_tls_sees_the_name_through_the_tunnel(authority: trustme.CA, scheme: str) -> None:
    server = await secure(authority.issue_cert("feeds.example"))
    async with server, ProxyServer(scheme, server.sockets[0].getsockname()[1]) as proxy:
        assert await fetch(proxy, "https://feeds.example/rss", scheme=scheme) == b"x" * 300_000
    assert proxy.asked == [("93.184.216.34", 443)]


@SCHEMES
async def test_a_proxy_cannot_stand_in_for_the_server(authority: trustme.CA, scheme: str) -> None:
    server = await secure(authority.issue_cert("proxy.example"))
    async with server, ProxyServer(scheme, server.sockets[0].getsockname()[1]) as proxy:
        error = await failed(proxy, "https://feeds.example/rss", scheme=scheme)
    assert error.kind is FetchKind.TLS
    assert not error.retryable


@SCHEMES
async def test_a_proxy_cannot_slip_bytes_ahead_of_tls(authority: trustme.CA, scheme: str) -> None:
    async with await secure(authority.issue_cert("feeds.example")) as server:
        port = server.sockets[0].getsockname()[1]
        async with ProxyServer(scheme, port, early=plain(b"forged")) as proxy:
            error = await failed(proxy, "https://feeds.example/rss", scheme=scheme)
    assert error.kind in (FetchKind.CONNECT, FetchKind.TLS)
