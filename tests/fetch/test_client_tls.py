from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from doubles.rawserver import AllowLoopback, plain

from monitor.errors import FetchError, FetchKind
from monitor.fetch.client import HttpFetcher
from monitor.fetch.transport import legacy_context
from monitor.model import Source
from monitor.ports import Request

pytestmark = pytest.mark.network


@asynccontextmanager
async def serving(certificate: trustme.LeafCert, answer: bytes, *, old: bool = False) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    if old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():  # Python calls the version old, which is what is wanted here
            warnings.simplefilter("ignore", DeprecationWarning)
            context.maximum_version = ssl.TLSVersion.TLSv1_1

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def ask(port: int, *, tls: bool = True, legacy: bool = False, feed: str = "https://localhost/rss") -> bytes:
    source = Source("one", feed, legacy_tls=legacy)
    fetcher = HttpFetcher(allow=[AllowLoopback("localhost", (port,))], sources=[source], spacing=0.0)
    try:
        return (await fetcher.fetch(Request(f"http{'s' * tls}://localhost:{port}/", source="one"))).body
    finally:
        await fetcher.close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


async def test_a_valid_certificate_is_accepted(authority: trustme.CA) -> None:
    async with serving(authority.issue_cert("localhost"), plain(b"ok")) as port:
        assert await ask(port) == b"ok"


@pytest.mark.parametrize("fault", ["expired", "wrong host", "unknown authority"])
async def test_others_are_refused(authority: trustme.CA, fault: str) -> None:
    certificate = {
        "expired": lambda: authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        "wrong host": lambda: authority.issue_cert("example.org"),
        "unknown authority": lambda: trustme.CA().issue_cert("localhost"),
    }[fault]()
    async with serving(certificate, plain(b"ok")) as port:
        with pytest.raises(FetchError) as caught:
            await ask(port)
    assert caught.value.kind is FetchKind.TLS


async def test_a_server_of_old_tls_is_read_where_the_source_allows_it(authority: trustme.CA) -> None:
    async with serving(authority.issue_cert("localhost"), plain(b"ok"), old=True) as port:
        with pytest.raises(FetchError, match="legacy_tls") as caught:
            await ask(port)
        assert caught.value.kind is FetchKind.TLS
        assert await ask(port, legacy=True) == b"ok"
        with pytest.raises(FetchError):  # another outlet, to which an article of the source leads
            await ask(port, legacy=True, feed="https://feeds.example/rss")


@pytest.mark.parametrize("fault", ["expired", "wrong host", "unknown authority"])
async def test_old_tls_leaves_the_certificate_checks_on(authority: trustme.CA, fault: str) -> None:
    certificate = {
        "expired": lambda: authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        "wrong host": lambda: authority.issue_cert("example.org"),
        "unknown authority": lambda: trustme.CA().issue_cert("localhost"),
    }[fault]()
    for old in (False, True):
        async with serving(certificate, plain(b"ok"), old=old) as port:
            with pytest.raises(FetchError, match="the certificate is not valid"):
                await ask(port, legacy=True)


def test_a_legacy_context_takes_servers_without_secure_renegotiation() -> None:
    modern, legacy = ssl.create_default_context(), legacy_context(ssl.create_default_context())
    assert legacy.options & 0x4
    assert not modern.options & 0x4
    assert legacy.verify_mode is ssl.CERT_REQUIRED
    assert legacy.check_hostname


async def test_a_redirect_away_from_tls_is_refused(authority: trustme.CA) -> None:
    answer = plain(b"", "Location: http://localhost/", status="302 Found")
    async with serving(authority.issue_cert("localhost"), answer) as port:
        with pytest.raises(FetchError) as caught:
            await ask(port)
    assert caught.value.kind is FetchKind.REDIRECT


async def test_a_server_without_tls_is_named(authority: trustme.CA) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(plain(b"no"))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        with pytest.raises(FetchError) as caught:
            await ask(server.sockets[0].getsockname()[1])
    assert caught.value.kind is FetchKind.TLS


async def test_a_name_that_no_certificate_can_bear_is_named(authority: trustme.CA) -> None:
    fetcher = HttpFetcher()
    try:
        for name in (".localhost", "a..b", "x" * 300):
            with pytest.raises(FetchError):
                await fetcher.fetch(Request(f"https://{name}/"))
    finally:
        await fetcher.close()
