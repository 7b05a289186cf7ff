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
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

import h11
import httpx

from monitor.errors import FetchError, FetchKind
from monitor.fetch import response_head
from monitor.fetch.guard import NetworkGuard

_CONNECT = 10.0  # seconds for the name, and for all of its addresses
_ADDRESSES = 4  # tried of one name
_HEADERS = 64 * 1024  # bytes of status line and headers; more is an error, not a page
_READ = 64 * 1024
# asyncio's default executor has few: 600 names at 30 ms took 3.3 s; and a name server that hangs holds its thread.
_DNS_THREADS = 128
_DNS_KEEP = 60.0  # seconds
_DNS_ENTRIES = 20_000

INHERIT = "monitor.inherit"  # request extension: whether `network.allow` counts for this hop


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
            found = await asyncio.wait_for(work, _CONNECT)
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
            sent = (self._h11.send(head) or b"") + (self._h11.send(h11.EndOfMessage()) or b"")
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


class GuardedTransport(httpx.AsyncBaseTransport):
    """Dials only addresses that the guard has vetted; Host, SNI and certificate checks see the name."""

    def __init__(self, guard: NetworkGuard, context: ssl.SSLContext) -> None:
        self._guard = guard
        self._context = context
        self._resolver = Resolver()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange. Raises FetchError; time limits are the caller's."""
        connection = await self._dial(request.url, inherit=bool(request.extensions.get(INHERIT, True)))
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

    async def _dial(self, url: httpx.URL, *, inherit: bool) -> _Connection:
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        host = url.raw_host.decode("ascii")
        addresses = self._guard.vet(host, port, await self._resolver.resolve(host, port), inherit=inherit)
        last: FetchError | None = None
        tried = addresses[:_ADDRESSES]
        for address in tried:  # a dead IPv6 address is followed by the next vetted one
            try:
                return await self._open(address, port, host if secure else None, _CONNECT / len(tried))
            except FetchError as error:
                last = error
        raise last or FetchError(f"{host} has no address", FetchKind.DNS)

    async def _open(self, address: str, port: int, name: str | None, seconds: float) -> _Connection:
        opening = asyncio.open_connection(
            address, port, ssl=self._context if name else None, server_hostname=name, limit=_READ
        )
        try:
            return _Connection(*await asyncio.wait_for(opening, seconds))
        except TimeoutError as error:
            raise FetchError(f"{address} did not answer in {seconds:g} s", FetchKind.TIMEOUT) from error
        except ssl.SSLCertVerificationError as error:
            message = f"the certificate is not valid: {error.verify_message}"
            raise FetchError(message, FetchKind.TLS, retryable=False) from error
        except ValueError as error:  # of a name that no certificate can bear, such as '.example.org'
            raise FetchError(f"{name} is no host name: {error}", FetchKind.TLS, retryable=False) from error
        except ssl.SSLError as error:
            raise FetchError(f"no TLS with {address}: {error.reason or error}", FetchKind.TLS) from error
        except OSError as error:
            raise FetchError(f"{address} cannot be reached: {error.strerror or error}", FetchKind.CONNECT) from error

    async def aclose(self) -> None:
        """Release the resolver's threads."""
        self._resolver.close()
