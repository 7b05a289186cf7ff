"""HTTP/1.1 on asyncio's connections, with the guard in the dial.

httpx's own pool scans connections × requests and collapses at a thousand hosts; a poller visits each host seldom, so a
fresh connection for each request is both simpler and cheaper than a pool. Its requests, responses and URLs, and h11's
events, cost as much as the connection itself: here a request is one piece of bytes.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol, cast

from monitor.errors import FetchError, FetchKind
from monitor.fetch import response_head
from monitor.fetch.address import Address
from monitor.fetch.chunked import ChunkedBody, incomplete
from monitor.fetch.guard import NetworkGuard
from monitor.fetch.proxy import Proxy, refuse_early_bytes, tunnel

_CONNECT = 10.0  # seconds for the name, and for all of its addresses
_ADDRESSES = 4  # tried of one name
_HEADERS = 64 * 1024  # bytes of status line and headers; more is an error, not a page
_INTERIM = 100  # responses of 1xx before the answer; no server has reason for more than a few
_START = 80  # bytes of an answer that show whether it is HTTP
_READ = 64 * 1024
_STEP = 16 * 1024  # bytes of chunks that are read without a pause: 2 ms where each has one byte
# asyncio's default executor has few: 600 names at 30 ms took 3.3 s; and a name server that hangs holds its thread.
_DNS_THREADS = 128
_DNS_KEEP = 60.0  # seconds
_DNS_ENTRIES = 20_000

_FINAL = 200  # statuses below are interim
_NO_BODY = {204, 304}  # RFC 9112, 6.3
# RFC 9110, 5.1 and 5.5, and RFC 9112, 3: what a request may hold. A line break would begin another header.
_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_VALUE = re.compile(rb"(?:[^\0\s]+(?:[ \t]+[^\0\s]+)*)?")
_TARGET = re.compile(rb"[\x21-\x7e]+")
_FRAMING = {b"content-length", b"transfer-encoding"}  # written here alone: a false one hides a second request

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
    if host[-1:].isalpha() and ":" not in host:
        return False
    try:
        ip_address(host)
    except ValueError:  # the system reads '2130706433' and '0177.1' too, and answers with what they mean
        return False
    return True


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it is sent: the headers are written as they are, after Host."""

    address: Address
    headers: Sequence[tuple[bytes, bytes]]
    route: Route = Route()
    method: bytes = b"GET"
    content: bytes | None = None

    def written(self) -> bytes:
        """Return the bytes of the request. Raises FetchError(PROTOCOL)."""
        target = self.address.target.encode("ascii")
        rows = [row for row in self.headers if row[0].lower() != b"connection"]
        if not any(name.lower() == b"host" for name, _ in rows):
            rows.insert(0, (b"Host", self.address.place.encode("ascii")))
        if self.content is not None:
            rows.append((b"Content-Length", b"%d" % len(self.content)))
        rows.append((b"Connection", b"close"))
        framed = any(name.lower() in _FRAMING for name, _ in self.headers)
        fine = not framed and all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in rows)
        if not fine or not _TARGET.fullmatch(target):
            # A value may be a secret, and is not repeated.
            raise FetchError("the request cannot be put into HTTP", FetchKind.PROTOCOL)
        lines = [
            b"%s %s HTTP/1.1" % (self.method, target),
            *(b"%s: %s" % row for row in rows),
            b"",
            self.content or b"",
        ]
        return b"\r\n".join(lines)


class _Wire(Protocol):
    """The bytes of one connection."""

    async def read(self) -> bytes:
        """Return what comes next; nothing at the end."""
        ...

    def write(self, data: bytes) -> None: ...

    def abort(self) -> None: ...


class _DirectWire(asyncio.Protocol):
    """A connection to the server itself. asyncio's streams do the same at twice the cost."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._ended = False
        self._paused = False
        self._error: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        if len(self._data) > _READ and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, error: BaseException | None) -> None:
        self._error, self._ended = error, True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self) -> bytes:
        while not self._data:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._waiter = self._loop.create_future()
            await self._waiter
        data, self._data = self._data, b""
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class _StreamWire:
    """A connection by a proxy, which asyncio's streams have opened."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        return await self._reader.read(_READ)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def abort(self) -> None:
        self._writer.transport.abort()


class HttpAnswer:
    """A response whose head is read; its body comes piece by piece. It must be closed."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire
        self._ahead = b""  # read, and not yet part of the head or body
        self._left: int | None = None  # bytes of the body still to come; None: until the connection ends
        self._length = 0
        self._chunks: ChunkedBody | None = None
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []  # names in lower case

    def header(self, name: bytes) -> str | None:
        """Return the values of a header as one, None where there is none."""
        found = [value for each, value in self.headers if each == name]
        if not found:
            return None
        joined = b", ".join(found)
        try:
            return joined.decode()
        except UnicodeDecodeError:
            return joined.decode("latin-1")

    async def read_head(self) -> None:
        """Read the final status and headers; interim responses are passed over."""
        for _ in range(_INTERIM + 1):
            self.status, self.headers = response_head.read(await self._block())
            if self.status >= _FINAL:
                break
        else:
            raise FetchError(f"more than {_INTERIM} interim responses came before an answer", FetchKind.PROTOCOL)
        framing = dict(self.headers)
        if self.status in _NO_BODY:
            self._left = 0
        elif b"transfer-encoding" in framing:
            self._chunks = ChunkedBody()
        elif b"content-length" in framing:
            self._left = self._length = int(framing[b"content-length"])

    async def _block(self) -> bytes:
        """Return the next header block, up to and with its empty line; what follows it stays in `_ahead`.

        Each byte is looked at a few times at most, however small the pieces are that it comes in.
        """
        head, blank = bytearray(), 0
        piece, self._ahead = self._ahead, b""
        while True:
            if not head:  # empty lines may come before a status line
                begun = piece.lstrip(b"\r\n")
                blank += len(piece) - len(begun)
                piece = begun
            searched = max(len(head) - 2, 0)  # the end that is looked for has three bytes
            head += piece
            response_head.refuse_other_protocols(bytes(head[:_START]))
            found = response_head.END.search(head, searched)
            if blank + (found.end() if found else len(head)) > _HEADERS:
                raise FetchError(f"the headers are larger than {_HEADERS:,} bytes", FetchKind.PROTOCOL)
            if found:
                self._ahead = bytes(head[found.end() :])
                return bytes(head[: found.end()])
            piece = await self._receive()
            if not piece:
                within = "in the middle of its headers" if head else "without an answer"
                raise FetchError(f"the server closed the connection {within}", FetchKind.PROTOCOL)

    async def read(self) -> bytes:
        """Return the next piece of the body; nothing at its end.

        Raises FetchError where it breaks off, or is not framed as HTTP is.
        """
        if self._chunks is not None:
            return await self._next_chunks(self._chunks)
        if self._left == 0:
            return b""
        piece, self._ahead = self._ahead or await self._receive(), b""
        if self._left is None:
            return piece
        if not piece:
            came = f"received {self._length - self._left} bytes, expected {self._length}"
            raise incomplete(f"peer closed connection without sending complete message body ({came})")
        piece = piece[: self._left]
        self._left -= len(piece)
        return piece

    async def _next_chunks(self, chunks: ChunkedBody) -> bytes:
        while not chunks.ended:
            chunks.check()
            if self._ahead:
                await asyncio.sleep(0)  # small chunks cost much: others have their turn between two steps
            data = self._ahead or await self._receive()
            if not data:
                raise incomplete("the connection was closed before its last chunk")
            self._ahead = data[_STEP:]
            if piece := chunks.feed(data[:_STEP]):
                return piece
        return b""

    async def _receive(self) -> bytes:
        """Return what comes next; nothing at the end."""
        try:
            return await self._wire.read()
        except ssl.SSLError as error:
            if error.reason == "TLSV1_ALERT_NO_APPLICATION_PROTOCOL":
                raise FetchError(response_head.HTTP2_ONLY, FetchKind.PROTOCOL) from error
            raise FetchError(f"TLS broke: {error.reason or error}", FetchKind.TLS) from error
        except OSError as error:
            raise FetchError(f"the connection broke: {error}", FetchKind.CONNECT) from error

    def close(self) -> None:
        """Close the connection."""
        # The whole answer is here, or nobody wants it: a TLS farewell would only give the peer a way to keep us.
        self._wire.abort()


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


class GuardedTransport:
    """Dials only addresses that the guard has vetted; Host, SNI and certificate checks see the name."""

    def __init__(self, guard: NetworkGuard, make_context: Callable[[], ssl.SSLContext]) -> None:
        self._guard = guard
        self._context = make_context()
        self._make_context = make_context
        self._legacy: ssl.SSLContext | None = None
        self._resolver = Resolver()

    async def send(self, exchange: Exchange) -> HttpAnswer:
        """Send a request, and return its answer once the head is here. Raises FetchError.

        Time limits are the caller's.
        """
        sent = exchange.written()
        wire = await self._dial(exchange.address, exchange.route)
        try:
            wire.write(sent)
            answer = HttpAnswer(wire)
            await answer.read_head()
        except BaseException:
            wire.abort()
            raise
        return answer

    async def _dial(self, url: Address, route: Route) -> _Wire:
        host, port = url.host, url.number
        addresses = self._guard.vet(host, port, await self._resolver.resolve(host, port), inherit=route.inherit)
        tls = _Tls(self._context_of(route), host) if url.scheme == "https" else None
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

    async def _open(self, address: str, port: int, tls: _Tls | None, seconds: float) -> _Wire:
        loop = asyncio.get_running_loop()
        with _named(address, tls.name if tls else "", seconds):
            async with asyncio.timeout(seconds):
                _, wire = await loop.create_connection(
                    lambda: _DirectWire(loop),
                    address,
                    port,
                    ssl=tls.context if tls else None,
                    server_hostname=tls.name if tls else None,
                )
            return wire

    async def _open_by_proxy(self, proxy: Proxy, address: str, port: int, tls: _Tls | None) -> _Wire:
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
        return _StreamWire(reader, writer)

    def close(self) -> None:
        """Release the resolver's threads."""
        self._resolver.close()
