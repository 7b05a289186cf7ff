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
from monitor.fetch.access import Secrets, SourceAccess, no_secrets
from monitor.fetch.body import ACCEPTED, Body
from monitor.fetch.cookies import CookieJar
from monitor.fetch.guard import Allowed, NetworkGuard
from monitor.fetch.pace import RequestThrottle, SharedPace
from monitor.fetch.robots import BYTES, Get, RobotsRules
from monitor.fetch.transport import ROUTE, GuardedTransport
from monitor.model import Source
from monitor.ports import Request, Response

_HOPS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_FOR_GOOD = {301, 308}
_KEEPING_METHOD = {307, 308}  # RFC 9110, 15.4: after the others a POST may become a GET
_BUSY = {429, 503}
_PRIVATE = {b"authorization", b"cookie", b"if-none-match", b"if-modified-since"}  # for the host they were meant for
_PRODUCT = "news-monitor"
_ROBOTS_TXT = b"/robots.txt"
_ROBOTS_DEADLINE = 15.0  # seconds
_SPACING = 0.1  # seconds between two requests to one host
_DEFAULTS = {
    "Accept": "*/*",
    "Accept-Encoding": ACCEPTED,
}


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
        spacing: float = _SPACING,
        now: Callable[[], float] = time.monotonic,
        pace: SharedPace | None = None,
    ) -> None:
        self._pace = RequestThrottle(concurrency, per_host, spacing, now, pace)
        self._guard = NetworkGuard(allow)
        self._now = now
        self._access = {source.name: SourceAccess(source, secrets) for source in sources}
        self._jars = {source.name: CookieJar(now) for source in sources if source.cookies == "session"}
        self._user_agent = f"{_PRODUCT}/{__version__} ({f'+{contact}' if contact else '+feed reader'})"
        # The transport alone, without httpx's client: that one keeps cookies and follows what it thinks are redirects.
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
        if url.raw_path == _ROBOTS_TXT:
            return await self._robots.response(url, self._robots_txt(request))
        return await self._fetch(request)

    async def _fetch(self, request: Request) -> Response:
        access = self._access.get(request.source) or _OF_NOBODY
        chain = _Chain(
            request,
            access,
            _parse(request.url),
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
        await self._transport.aclose()

    def _headers(self, request: Request, access: SourceAccess) -> httpx.Headers:
        """Return the request's headers over the defaults, each as the bytes that it came from."""
        rows = {name.lower(): (name.encode(), value.encode()) for name, value in _DEFAULTS.items()}
        rows["user-agent"] = b"User-Agent", (access.source.user_agent or self._user_agent).encode()
        rows |= {name.lower(): (name.encode(), _bytes(value)) for name, value in request.headers}
        return httpx.Headers(list(rows.values()))

    async def _follow(self, chain: _Chain, *, last_try: bool = False) -> Response:
        request, url, headers = chain.request, chain.url, chain.headers.copy()
        if last_try:
            headers["Accept-Encoding"] = "identity"
        reading = _Reading(
            request.max_bytes,
            partial=request.partial,
            encoded=request.partial and last_try,
            first_bytes=request.first_bytes,
        )
        inherit = request.referrer is None or self._guard.knows(_host(_parse(request.referrer)))
        same_host, for_good, moved = True, True, None
        for _ in range(_HOPS + 1):
            if request.robots and chain.access.source.robots:
                await self._robots.check(url, self._robot_name(chain.access), self._robots_txt(request))
            sent = chain.headers_at(url, headers, same_host=same_host)
            response, location = await self._hop(url, sent, reading, chain, inherit=inherit)
            chain.keep_cookies(url, response)
            if location is None:
                return replace(response, moved=moved)
            target = _next(url, location)
            for_good = for_good and response.status in _FOR_GOOD
            moved = str(target) if for_good else moved
            if _host(target) != _host(url):
                headers = httpx.Headers([row for row in headers.raw if row[0].lower() not in _PRIVATE])
                same_host = False
            inherit = inherit and self._guard.knows(_host(url))
            url = target
        raise FetchError(f"more than {_HOPS} redirects, or a loop", FetchKind.REDIRECT)

    def _robot_name(self, access: SourceAccess) -> str:
        return access.source.user_agent or _PRODUCT

    def _robots_txt(self, page: Request) -> Get:
        """Return what fetches a robots.txt on behalf of a page."""

        async def get(address: str) -> Response:
            wanted = Request(address, max_bytes=BYTES, referrer=page.referrer, source=page.source)
            return await self._fetch(replace(wanted, partial=True, first_bytes=True, deadline=_ROBOTS_DEADLINE))

        return get

    async def _hop(
        self, url: httpx.URL, headers: httpx.Headers, reading: _Reading, chain: _Chain, *, inherit: bool
    ) -> tuple[Response, str | None]:
        """Make one exchange; return the response and, for a redirect, where it leads."""
        async with self._pace.slot(_host(url)), chain.budget.spend():
            built = chain.built(url, headers, inherit=inherit)
            answer = await self._transport.handle_async_request(built)
            try:
                self._heed(_host(url), answer)
                location = answer.headers.get("location") if answer.status_code in chain.redirects else None
                body, cut = (b"", None) if location is not None else await reading.read(answer)
            finally:
                await answer.aclose()
        # Latin-1 gives every byte back: a validator must return verbatim.
        rows = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.headers.raw)
        return Response(url=str(url), status=answer.status_code, headers=rows, body=body, cut=cut), location

    def _heed(self, host: str, answer: httpx.Response) -> None:
        """Close a host for as long as its Retry-After asks for."""
        if answer.status_code in _BUSY:
            there = _server_time(answer.headers.get("date"))
            seconds = polling.retry_after(answer.headers.get("retry-after"), there)
            if seconds is not None:
                self._pace.close_host(host, max(seconds, polling.MINUTE))


@dataclass(frozen=True, slots=True)
class _Chain:
    """One address with all that it redirects to."""

    request: Request
    access: SourceAccess
    url: httpx.URL
    headers: httpx.Headers
    cookies: CookieJar
    budget: _Budget

    @property
    def redirects(self) -> set[int]:
        """The status codes that are followed."""
        posted = self.request.form is not None or self.request.content is not None
        return _KEEPING_METHOD if posted else _REDIRECTS

    def built(self, url: httpx.URL, headers: httpx.Headers, *, inherit: bool) -> httpx.Request:
        """Return one exchange's request."""
        extensions = {ROUTE: self.access.route(url, inherit=inherit)}
        if self.request.content is not None:
            kind, sent = self.request.content
            rows = [*headers.raw, (b"Content-Type", kind.encode("ascii"))]
            return httpx.Request("POST", url, headers=rows, content=sent, extensions=extensions)
        if self.request.form is None:
            return httpx.Request("GET", url, headers=headers, extensions=extensions)
        body = urlencode(self.request.form).encode("ascii")
        rows = [*headers.raw, (b"Content-Type", b"application/x-www-form-urlencoded")]
        return httpx.Request("POST", url, headers=rows, content=body, extensions=extensions)

    def headers_at(self, url: httpx.URL, headers: httpx.Headers, *, same_host: bool) -> httpx.Headers:
        """Return the headers of one exchange: with the source's own ones, where no other host came between."""
        own = self.access.headers_for(url) if same_host else []
        if not own and not self.cookies:
            return headers
        names = {name.lower() for name, _ in own}
        rows = [*(row for row in headers.raw if row[0].lower() not in names), *own]
        cookies = [value for name, value in rows if name.lower() == b"cookie"]
        kept = self.cookies.header(_host(url), _path(url), secure=url.scheme == "https")
        if kept:
            cookies.append(kept.encode())
            rows = [row for row in rows if row[0].lower() != b"cookie"]
            rows.append((b"Cookie", b"; ".join(cookies)))
        return httpx.Headers(rows)

    def keep_cookies(self, url: httpx.URL, response: Response) -> None:
        """Keep the cookies of a response for what follows."""
        lines = [value for name, value in response.headers if name == "set-cookie"]
        if not lines:
            return
        secure = url.scheme == "https"
        there = _server_time(response.header("date"))
        self.cookies.store(_host(url), _path(url), lines, secure=secure, server_time=there)


_OF_NOBODY = SourceAccess(Source("", ""))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How much of a body is read, and whether one that breaks off (`encoded`: within its coding) is of use."""

    limit: int
    partial: bool
    encoded: bool
    first_bytes: bool

    async def read(self, answer: httpx.Response) -> tuple[bytes, str | None]:
        """Return the body, and why it is not complete where it is not. Raises FetchError."""
        body = Body(answer.headers.get("content-encoding"), self.limit)
        try:
            async for piece in answer.aiter_raw():
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
            if not self.encoded or error.kind is not FetchKind.ENCODING:
                raise
            return body.so_far(), str(error)


def _bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _parse(address: str) -> httpx.URL:
    """Return the address as httpx's URL. Raises FetchError(PROTOCOL), not retryable, for an invalid one."""
    try:
        return httpx.URL(urls.written(address))
    except AddressError as error:
        raise FetchError(str(error), FetchKind.PROTOCOL, retryable=False) from error


def _next(url: httpx.URL, location: str) -> httpx.URL:
    """Return where a redirect leads. Raises FetchError(REDIRECT) for what is no web address, and for downgrades."""
    try:
        target = httpx.URL(str(urls.parse(location, str(url))))
    except AddressError as error:
        raise FetchError(f"redirected to {shown(location)}: {error.reason}", FetchKind.REDIRECT) from error
    if url.scheme == "https" and target.scheme == "http":
        raise FetchError("redirected from https to http: not followed", FetchKind.REDIRECT)
    return target


def _server_time(date: str | None) -> datetime:
    """Return the time of a server's own clock, from which its other dates count."""
    return polling.date(date) or datetime.now(UTC)


def _path(url: httpx.URL) -> str:
    return url.raw_path.decode("ascii").partition("?")[0]


def _host(url: httpx.URL) -> str:
    """Return the host as DNS has it; httpx's `host` decodes it, and raises where idna has another view of it."""
    return url.raw_host.decode("ascii")
