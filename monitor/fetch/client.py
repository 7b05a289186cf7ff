"""`ports.Fetcher`: one GET through the guard, its redirects by hand, its body bounded, its time limited as a whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx

from monitor import __version__, polling, urls
from monitor.errors import AddressError, FetchError, FetchKind, shown
from monitor.fetch import address
from monitor.fetch.access import Secrets, SourceAccess, no_secrets
from monitor.fetch.address import Address
from monitor.fetch.body import ACCEPTED, Body
from monitor.fetch.cookies import CookieJar
from monitor.fetch.guard import Allowed, NetworkGuard
from monitor.fetch.pace import RequestThrottle, SharedPace
from monitor.fetch.robots import BYTES, Get, RobotsRules
from monitor.fetch.transport import Exchange, GuardedTransport, HttpAnswer
from monitor.model import Source
from monitor.ports import Request, Response

_HOPS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_FOR_GOOD = {301, 308}
_KEEPING_METHOD = {307, 308}  # RFC 9110, 15.4: after the others a POST may become a GET
_BUSY = {429, 503}
_PRIVATE = {b"authorization", b"cookie", b"if-none-match", b"if-modified-since"}  # for the host they were meant for
_PRODUCT = "news-monitor"
_ROBOTS_TXT = "/robots.txt"
_ROBOTS_DEADLINE = 15.0  # seconds
SPACING = 0.1
"""Seconds between two requests to one host."""

_ACCEPT = b"Accept", b"*/*"
_ACCEPT_ENCODING = b"Accept-Encoding", ACCEPTED.encode("ascii")
_IDENTITY = b"Accept-Encoding", b"identity"

_Rows = list[tuple[bytes, bytes]]


class _Budget:
    """The time that exchanges may take in all; waiting for a turn at a busy host is not the server's fault."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._left = seconds

    @asynccontextmanager
    async def spend(self) -> AsyncIterator[None]:
        """Limit the time of the block. Raises FetchError(TIMEOUT)."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(max(self._left, 0.0)):
                yield
        except TimeoutError as error:
            raise FetchError(f"no complete answer in {self.seconds:g} s", FetchKind.TIMEOUT) from error
        finally:
            self._left -= loop.time() - started


class HttpFetcher:
    """Gets addresses, each as the settings of its source say. No proxies from the environment, no keep-alive.

    `concurrency` requests run at once, `per_host` of them to one host; `allow` is `network.allow`. `pace` is that of
    several processes.
    """

    def __init__(
        self,
        *,
        allow: Iterable[Allowed] = (),
        sources: Iterable[Source] = (),
        contact: str | None = None,
        secrets: Secrets = no_secrets,
        concurrency: int = 50,
        per_host: int = 2,
        spacing: float = SPACING,
        now: Callable[[], float] = time.monotonic,
        pace: SharedPace | None = None,
    ) -> None:
        self._pace = RequestThrottle(concurrency, per_host, spacing, now, pace)
        self._guard = NetworkGuard(allow)
        self._now = now
        self._access = {source.name: SourceAccess(source, secrets) for source in sources}
        self._jars = {source.name: CookieJar(now) for source in sources if source.cookies == "session"}
        self._user_agent = f"{_PRODUCT}/{__version__} ({f'+{contact}' if contact else '+feed reader'})".encode()
        self._robots = RobotsRules(now)
        self._transport = GuardedTransport(self._guard, httpx.create_ssl_context)

    def take_over(self, before: HttpFetcher) -> None:
        """Go on where a fetcher with other settings ends: with what hosts asked for, and with kept cookies."""
        self._pace.take_over(before._pace)
        self._robots = before._robots
        self._jars |= {name: jar for name, jar in before._jars.items() if name in self._jars}

    async def fetch(self, request: Request) -> Response:
        """Return the response, whatever its status. Raises FetchError where no usable one came.

        A robots.txt is read once a day, whoever asks for it: readers of pages and the search of sitemaps share it.
        """
        url = _parse(request.url)
        if url.target == _ROBOTS_TXT:
            return await self._robots.response(url, self._robots_txt(request))
        return await self._fetch(request, url)

    async def _fetch(self, request: Request, url: Address) -> Response:
        access = self._access.get(request.source) or _OF_NOBODY
        chain = _Chain(
            request,
            access,
            url,
            self._headers(request, access),
            self._jars.get(request.source, CookieJar(self._now)),
            _Budget(request.deadline),
        )
        try:
            return await self._follow(chain)
        except FetchError as error:
            # A body that is not what Content-Encoding says: some servers are right when nothing was offered.
            if error.kind is not FetchKind.ENCODING:
                raise
            return await self._follow(chain, last_try=True)

    async def close(self) -> None:
        """Release what the transport holds."""
        self._transport.close()

    def _headers(self, request: Request, access: SourceAccess) -> _Rows:
        """Return the request's headers over the defaults, each as the bytes that it came from."""
        agent = access.source.user_agent
        rows = {
            "accept": _ACCEPT,
            "accept-encoding": _ACCEPT_ENCODING,
            "user-agent": (b"User-Agent", agent.encode() if agent else self._user_agent),
        }
        rows |= {name.lower(): (name.encode(), _bytes(value)) for name, value in request.headers}
        return list(rows.values())

    async def _follow(self, chain: _Chain, *, last_try: bool = False) -> Response:
        request, url, headers = chain.request, chain.url, chain.headers
        if last_try:
            headers = [_IDENTITY if row[0].lower() == b"accept-encoding" else row for row in headers]
        reading = _Reading(
            request.max_bytes,
            partial=request.partial,
            last_try=last_try,
            first_bytes=request.first_bytes,
        )
        inherit = request.referrer is None or self._guard.knows(_parse(request.referrer).host)
        same_host, for_good, moved = True, True, None
        for _ in range(_HOPS + 1):
            if request.robots and chain.access.source.robots:
                await self._robots.check(url, self._robot_name(chain.access), self._robots_txt(request))
            sent = chain.headers_at(url, headers, same_host=same_host)
            response, location = await self._hop(url, sent, reading, chain, inherit=inherit)
            chain.keep_cookies(url, response)
            if location is None:
                return response if moved is None else replace(response, moved=moved)
            target = _next(url, location)
            for_good = for_good and response.status in _FOR_GOOD
            moved = str(target) if for_good else moved
            if target.host != url.host:
                headers = [row for row in headers if row[0].lower() not in _PRIVATE]
                same_host = False
            inherit = inherit and self._guard.knows(url.host)
            url = target
        raise FetchError(f"more than {_HOPS} redirects, or a loop", FetchKind.REDIRECT)

    def _robot_name(self, access: SourceAccess) -> str:
        return access.source.user_agent or _PRODUCT

    def _robots_txt(self, page: Request) -> Get:
        """Return what fetches a robots.txt on behalf of a page."""

        async def get(text: str) -> Response:
            wanted = Request(text, max_bytes=BYTES, referrer=page.referrer, source=page.source)
            wanted = replace(wanted, partial=True, first_bytes=True, deadline=_ROBOTS_DEADLINE)
            return await self._fetch(wanted, _parse(text))

        return get

    async def _hop(
        self, url: Address, headers: _Rows, reading: _Reading, chain: _Chain, *, inherit: bool
    ) -> tuple[Response, str | None]:
        """Make one exchange; return the response and, for a redirect, where it leads."""
        async with self._pace.slot(url.host), chain.budget.spend():
            answer = await self._transport.send(chain.exchange(url, headers, inherit=inherit))
            try:
                self._heed(url.host, answer)
                location = answer.header(b"location") if answer.status in chain.redirects else None
                body, cut = (b"", None) if location is not None else await reading.read(answer)
            finally:
                answer.close()
        # Latin-1 gives every byte back: a validator must return verbatim.
        rows = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers])
        return Response(url=str(url), status=answer.status, headers=rows, body=body, cut=cut), location

    def _heed(self, host: str, answer: HttpAnswer) -> None:
        """Close a host for as long as its Retry-After asks for."""
        if answer.status in _BUSY:
            there = _server_time(answer.header(b"date"))
            seconds = polling.retry_after(answer.header(b"retry-after"), there)
            if seconds is not None:
                self._pace.close_host(host, max(seconds, polling.MINUTE))


@dataclass(frozen=True, slots=True)
class _Chain:
    """One address with all that it redirects to."""

    request: Request
    access: SourceAccess
    url: Address
    headers: _Rows
    cookies: CookieJar
    budget: _Budget

    @property
    def redirects(self) -> set[int]:
        """The status codes that are followed."""
        posted = self.request.form is not None or self.request.content is not None
        return _KEEPING_METHOD if posted else _REDIRECTS

    def exchange(self, url: Address, headers: _Rows, *, inherit: bool) -> Exchange:
        """Return one exchange's request."""
        route = self.access.route(url, inherit=inherit)
        if self.request.content is not None:
            kind, sent = self.request.content
            return Exchange(url, [*headers, (b"Content-Type", kind.encode("ascii"))], route, b"POST", sent)
        if self.request.form is None:
            return Exchange(url, headers, route)
        body = urlencode(self.request.form).encode("ascii")
        rows = [*headers, (b"Content-Type", b"application/x-www-form-urlencoded")]
        return Exchange(url, rows, route, b"POST", body)

    def headers_at(self, url: Address, headers: _Rows, *, same_host: bool) -> _Rows:
        """Return the headers of one exchange: with the source's own ones, where no other host came between."""
        own = self.access.headers_for(url) if same_host else []
        if not own and not self.cookies:
            return headers
        names = {name.lower() for name, _ in own}
        rows = [*(row for row in headers if row[0].lower() not in names), *own]
        cookies = [value for name, value in rows if name.lower() == b"cookie"]
        kept = self.cookies.header(url.host, url.path, secure=url.scheme == "https")
        if kept:
            cookies.append(kept.encode())
            rows = [row for row in rows if row[0].lower() != b"cookie"]
            rows.append((b"Cookie", b"; ".join(cookies)))
        return rows

    def keep_cookies(self, url: Address, response: Response) -> None:
        """Keep the cookies of a response for what follows."""
        lines = [value for name, value in response.headers if name == "set-cookie"]
        if not lines:
            return
        secure = url.scheme == "https"
        there = _server_time(response.header("date"))
        self.cookies.store(url.host, url.path, lines, secure=secure, server_time=there)


_OF_NOBODY = SourceAccess(Source("", ""))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How much of a body is read, and (`partial`) whether one that breaks off is of use.

    A compressed body that breaks off is of use in the `last_try` alone. In that try Content-Encoding is not believed
    where the first bytes of the body say otherwise.
    """

    limit: int
    partial: bool
    last_try: bool
    first_bytes: bool

    async def read(self, answer: HttpAnswer) -> tuple[bytes, str | None]:
        """Return the body, and why it is not complete where it is not. Raises FetchError."""
        body = Body(answer.header(b"content-encoding"), self.limit, doubted=self.last_try)
        try:
            while piece := await answer.read():
                body.feed(piece)
        except FetchError as error:
            if self.first_bytes and error.kind is FetchKind.TOO_LARGE:
                return body.first(), None
            if not self.partial or error.kind in (FetchKind.TOO_LARGE, FetchKind.ENCODING):
                raise
            return body.so_far(), str(error)
        try:
            return body.finish(), None
        except FetchError as error:
            if not (self.partial and self.last_try) or error.kind is not FetchKind.ENCODING:
                raise
            return body.so_far(), str(error)


def _bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _parse(text: str) -> Address:
    """Return the address to be asked. Raises FetchError(PROTOCOL), not retryable, for an invalid one."""
    try:
        return address.parse(text)
    except AddressError as error:
        raise FetchError(str(error), FetchKind.PROTOCOL, retryable=False) from error


def _next(url: Address, location: str) -> Address:
    """Return where a redirect leads. Raises FetchError(REDIRECT) for what is no web address, and for downgrades."""
    try:
        target = address.parse(str(urls.parse(location, str(url))))
    except AddressError as error:
        raise FetchError(f"redirected to {shown(location)}: {error.reason}", FetchKind.REDIRECT) from error
    if url.scheme == "https" and target.scheme == "http":
        raise FetchError("redirected from https to http: not followed", FetchKind.REDIRECT)
    return target


def _server_time(date: str | None) -> datetime:
    """Return the time of a server's own clock, from which its other dates count."""
    return polling.date(date) or datetime.now(UTC)
