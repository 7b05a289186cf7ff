"""An httpx transport on asyncio streams and h11, with the guard in the dial.

httpx's own pool scans connections × requests and collapses at a thousand hosts; a poller visits each host seldom, so a
fresh connection for each request is both simpler and cheaper than a pool.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import h11
import httpx

from monitor.errors import FetchError, FetchKind
from monitor.fetch import response_head
from monitor.fetch.guard import NetworkGuard
from monitor.fetch.proxy import Proxy, refuse_early_bytes, tunnel

_CONNECT = 10.0  # seconds for the name, and for all of its addresses
_ADDRESSES = 4  # tried of one name
_HEADERS = 64 * 1024  # bytes of status line and headers; more is an error, not a page
_READ = 64 * 1024
# asyncio's default executor has few: 600 names at 30 ms took 3.3 s; and a name server that hangs holds its thread.
_DNS_THREADS = 128
_DNS_KEEP = 60.0  # seconds
_DNS_ENTRIES = 20_000

ROUTE = "monitor.route"  # request extension: a Route

# OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on: servers without RFC 5746 (2010).
_LEGACY_SERVER_CONNECT = 0x4
_PROXIED = 2  # addresses tried through a proxy


@dataclass(frozen=True, slots=True)
class Route:
    """How one exchange gets to its server."""

    inherit: bool = True  # whether `network.allow` counts
    proxy: Proxy | None = None
    legacy_tls: bool = False


def legacy_context(context: ssl.SSLContext) -> ssl.SSLContext:
    """Make a context take old servers, too: TLS 1.0 and 1.1, weak ciphers, no secure renegotiation.

    Certificates are checked as before.
    """
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= _LEGACY_SERVER_CONNECT | ssl.OP_NO_SSLv3
    return context


class Resolver:
    """Resolves names in threads of its own, under a deadline, with a short cache."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="dns")
        self._cache: OrderedDict[tuple[str, int], tuple[float, list[str]]] = OrderedDict()

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of `host`, as the system orders them. Raises FetchError(DNS)."""
        if _is_literal(host):
            return [host]
        key = (host, port)
        kept = self._cache.get(key)
        if kept is not None and time.monotonic() - kept[0] < _DNS_KEEP:
            return kept[1]
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host, port)
        try:
            async with asyncio.timeout(_CONNECT):
                found = await work
        except TimeoutError as error:
            raise FetchError(f"the name {host} was not resolved in {_CONNECT:.0f} s", FetchKind.DNS) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"the name {host} cannot be resolved ({reason}): check its spelling, or this host's DNS"
            raise FetchError(message, FetchKind.DNS) from error
        self._cache[key] = (time.monotonic(), found)
        while len(self._cache) > _DNS_ENTRIES:
            self._cache.popitem(last=False)
        return found

    @staticmethod
    def _look_up(host: str, port: int) -> list[str]:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))

    def close(self) -> None:
        """Leave the threads to end by themselves: a hanging look-up must not delay the daemon's end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:  # the system reads '2130706433' and '0177.1' too, and answers with what they mean
        return False
    return True


class _Stream(httpx.AsyncByteStream):
    """A response's body, read as it comes; the connection closes with it."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._connection.event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                return

    async def aclose(self) -> None:
        await self._connection.close()


class _Connection:
    """One connection for one exchange."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADERS)
        self._ahead = b""  # read, and not yet given to h11

    async def send(self, request: httpx.Request) -> None:
        target = request.url.raw_path
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"connection"]
        headers.append((b"Connection", b"close"))
        try:
            head = h11.Request(method=request.method.encode(), target=target, headers=headers)
            parts = (head, *((h11.Data(data=request.content),) if request.content else ()), h11.EndOfMessage())
            sent = b"".join(self._h11.send(part) or b"" for part in parts)
        except h11.LocalProtocolError as error:
            # The parser's own words would repeat a header's value, which may be a secret.
            raise FetchError("the request cannot be put into HTTP", FetchKind.PROTOCOL) from error
        self._writer.write(sent)
        await self._writer.drain()

    async def event(self) -> object:
        """Return the next event of the body. Raises FetchError where it breaks off, or is not framed as HTTP is."""
        while True:
            try:
                event = self._h11.next_event()
                if event is not h11.NEED_DATA:
                    return event
                self._h11.receive_data(await self._read())
            except h11.RemoteProtocolError as error:
                raise FetchError(f"the answer is not complete: {error}", FetchKind.PROTOCOL) from error

    async def _read(self) -> bytes:
        """Return what comes next; nothing at the end."""
        try:
            return await self._reader.read(_READ)
        except ssl.SSLError as error:
            if error.reason == "TLSV1_ALERT_NO_APPLICATION_PROTOCOL":
                raise FetchError(response_head.HTTP2_ONLY, FetchKind.PROTOCOL) from error
            raise FetchError(f"TLS broke: {error.reason or error}", FetchKind.TLS) from error
        except OSError as error:
            raise FetchError(f"the connection broke: {error}", FetchKind.CONNECT) from error

    async def head(self) -> h11.Response:
        """Return the final status and headers; interim responses are passed over."""
        while True:
            self._h11.receive_data(response_head.clean(await self._block()))
            event = self._h11.next_event()
            if isinstance(event, h11.Response):
                break
        if self._ahead:
            self._h11.receive_data(self._ahead)
        return event

    async def _block(self) -> bytes:
        """Return the next header block, up to and with its empty line; what follows it stays in `_ahead`."""
        while True:
            response_head.refuse_other_protocols(self._ahead)
            # Empty lines may come before a status line.
            start = len(self._ahead) - len(self._ahead.lstrip(b"\r\n"))
            found = response_head.END.search(self._ahead, start)
            if found:
                block, self._ahead = self._ahead[: found.end()], self._ahead[found.end() :]
                return block
            if len(self._ahead) > _HEADERS:
                raise FetchError(f"the headers are larger than {_HEADERS:,} bytes", FetchKind.PROTOCOL)
            piece = await self._read()
            if not piece:
                within = "in the middle of its headers" if self._ahead else "without an answer"
                raise FetchError(f"the server closed the connection {within}", FetchKind.PROTOCOL)
            self._ahead += piece

    async def close(self) -> None:
        # The whole answer is here, or nobody wants it: a TLS farewell would only give the peer a way to keep us.
        self._writer.transport.abort()


@dataclass(frozen=True, slots=True)
class _Tls:
    """How a connection is encrypted, and whose certificate is wanted."""

    context: ssl.SSLContext
    name: str


@contextmanager
def _named(where: str, name: str, seconds: float) -> Iterator[None]:
    """Raise FetchError in place of what may go wrong while a connection is opened."""
    try:
        yield
    except TimeoutError as error:
        raise FetchError(f"{where} did not answer in {seconds:g} s", FetchKind.TIMEOUT) from error
    except ssl.SSLCertVerificationError as error:
        message = f"the certificate is not valid: {error.verify_message}"
        raise FetchError(message, FetchKind.TLS, retryable=False) from error
    except ValueError as error:  # of a name that no certificate can bear, such as '.example.org'
        raise FetchError(f"{name} is no host name: {error}", FetchKind.TLS, retryable=False) from error
    except ssl.SSLError as error:
        raise FetchError(_tls_failure(where, error), FetchKind.TLS) from error
    except (ConnectionResetError, ConnectionAbortedError) as error:
        if name:
            message = f"{where} closed the connection while TLS was set up{_LEGACY_HINT}"
            raise FetchError(message, FetchKind.TLS) from error
        raise FetchError(f"{where} closed the connection", FetchKind.CONNECT) from error
    except OSError as error:
        raise FetchError(f"{where} cannot be reached: {error.strerror or error}", FetchKind.CONNECT) from error


_LEGACY_HINT = "; its TLS may be an old one, which `legacy_tls: true` of the source allows"
# What OpenSSL says of servers that `legacy_tls` lets in.
_LEGACY_REASONS = {
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "DH_KEY_TOO_SMALL",
    "WRONG_SIGNATURE_TYPE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "NO_CIPHERS_AVAILABLE",
}


def _tls_failure(where: str, error: ssl.SSLError) -> str:
    if error.reason == "TLSV1_ALERT_NO_APPLICATION_PROTOCOL":
        return response_head.HTTP2_ONLY
    return f"no TLS with {where}: {error.reason or error}{_LEGACY_HINT if error.reason in _LEGACY_REASONS else ''}"


class GuardedTransport(httpx.AsyncBaseTransport):
    """Dials only addresses that the guard has vetted; Host, SNI and certificate checks see the name."""

    def __init__(self, guard: NetworkGuard, make_context: Callable[[], ssl.SSLContext]) -> None:
        self._guard = guard
        self._context = make_context()
        self._make_context = make_context
        self._legacy: ssl.SSLContext | None = None
        self._resolver = Resolver()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange. Raises FetchError; time limits are the caller's."""
        connection = await self._dial(request.url, request.extensions.get(ROUTE) or Route())
        try:
            await connection.send(request)
            head = await connection.head()
        except OSError as error:
            await connection.close()
            raise FetchError(f"the connection broke: {error}", FetchKind.CONNECT) from error
        except BaseException:
            await connection.close()
            raise
        return httpx.Response(
            head.status_code,
            headers=[(bytes(name), bytes(value)) for name, value in head.headers],
            stream=_Stream(connection),
        )

    async def _dial(self, url: httpx.URL, route: Route) -> _Connection:
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        host = url.raw_host.decode("ascii")
        addresses = self._guard.vet(host, port, await self._resolver.resolve(host, port), inherit=route.inherit)
        tls = _Tls(self._context_of(route), host) if secure else None
        last: FetchError | None = None
        tried = addresses[: _PROXIED if route.proxy else _ADDRESSES]
        for address in tried:  # a dead IPv6 address is followed by the next vetted one
            try:
                if route.proxy:
                    return await self._open_by_proxy(route.proxy, address, port, tls)
                return await self._open(address, port, tls, _CONNECT / len(tried))
            except FetchError as error:
                last = error
        raise last or FetchError(f"{host} has no address", FetchKind.DNS)

    def _context_of(self, route: Route) -> ssl.SSLContext:
        if not route.legacy_tls:
            return self._context
        if self._legacy is None:
            self._legacy = legacy_context(self._make_context())
        return self._legacy

    async def _open(self, address: str, port: int, tls: _Tls | None, seconds: float) -> _Connection:
        with _named(address, tls.name if tls else "", seconds):
            async with asyncio.timeout(seconds):
                opened = await asyncio.open_connection(
                    address,
                    port,
                    ssl=tls.context if tls else None,
                    server_hostname=tls.name if tls else None,
                    limit=_READ,
                )
            return _Connection(*opened)

    async def _open_by_proxy(self, proxy: Proxy, address: str, port: int, tls: _Tls | None) -> _Connection:
        """Connect by a proxy: its own address is the user's word and needs no vetting, `address` was vetted."""
        last: FetchError | None = None
        own = (await self._resolver.resolve(proxy.host, proxy.port))[:_PROXIED]
        for each in own:
            try:
                with _named(str(proxy), "", _CONNECT):
                    async with asyncio.timeout(_CONNECT / len(own)):
                        reader, writer = await asyncio.open_connection(each, proxy.port, limit=_READ)
                break
            except FetchError as error:
                last = error
        else:
            raise last or FetchError(f"{proxy} has no address", FetchKind.DNS)
        try:
            with _named(f"{address}, by {proxy}", tls.name if tls else "", _CONNECT):
                async with asyncio.timeout(_CONNECT):
                    await tunnel(proxy, reader, writer, address, port)
                    if tls:
                        refuse_early_bytes(proxy, reader)
                        await writer.start_tls(tls.context, server_hostname=tls.name)
        except BaseException:
            writer.transport.abort()
            raise
        return _Connection(reader, writer)

    async def aclose(self) -> None:
        """Release the resolver's threads."""
        self._resolver.close()
