"""The small web server beside the daemon: `/healthz`, `/readyz`, `/metrics`, on loopback unless configured.

A page of a foreign site can make its own name resolve to this host (DNS rebinding) and then read what loopback serves;
the browser still sends the foreign name in `Host`. A name that is neither an IP address, nor a loopback name, nor
configured is therefore refused with 421 (Misdirected Request, RFC 9110, 15.5.20).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web import websub
from monitor.web.websub import HubCallbacks

log = structlog.get_logger(__name__)

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:@/?#\s]*)(?P<port>:[0-9]{0,5})?")
_ABSOLUTE = re.compile(r"https?://(?P<authority>[^/?#]*)(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_MOST_LOGGED = 20  # names that are logged; whoever asks can make up any number of them
_MAX_PORT = 65_535
_MAX_NAME = 253  # RFC 1035, 2.3.4


def host_of(authority: str) -> str | None:
    """Return the host of `host[:port]`: lower case, without brackets and the root's dot; None where it is malformed."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int((match["port"] or ":0")[1:] or 0) > _MAX_PORT:
        return None
    host = match["host"]
    if host.startswith("["):
        return host[1:-1].lower() if _address(host[1:-1], ipaddress.IPv6Address) else None
    if not _NAME.fullmatch(host) or len(host.rstrip(".")) > _MAX_NAME:
        return None
    return host.removesuffix(".").lower()


def _address(text: str, kind: Callable[[str], object] = ipaddress.ip_address) -> bool:
    try:
        kind(text.replace("%25", "%", 1))  # RFC 6874: the zone of a link-local address
    except ValueError:
        return False
    return True


def ascii_name(name: str) -> str:
    """Return a configured name as browsers send it in `Host`: lower case, ASCII, without the root's dot."""
    name = name.strip("[]").removesuffix(".").lower()
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def is_safe(host: str) -> bool:
    """Return whether no resolver can point `host` elsewhere: an IP address or a loopback name (RFC 6761, 6.3)."""
    return host == "localhost" or host.endswith(".localhost") or _address(host)


class HostCheck:
    """ASGI middleware that answers requests for a foreign name with 421, and those without a good `Host` with 400.

    `names` returns the configured names in force; a reload may change them.
    """

    def __init__(self, app: ASGIApp, names: Callable[[], Iterable[str]]) -> None:
        self._app = app
        self._names = names
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the target's authority and every `Host` before the application is called."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope, authorities = _authorities(scope)
        hosts = [host_of(authority) for authority in authorities]
        if len(authorities) > 2 or not hosts or None in hosts:  # noqa: PLR2004 — the target's and one `Host`
            text = "400 Bad Request: exactly one well-formed Host header is wanted, such as 'Host: localhost'.\n"
            await PlainTextResponse(text, status_code=400)(scope, receive, send)
            return
        known = {ascii_name(name) for name in self._names()}
        foreign = next((host for host in hosts if host and not is_safe(host) and host not in known), None)
        if foreign is None:
            await self._app(scope, receive, send)
            return
        self._log(foreign)
        text = (
            f"421 Misdirected Request: this server does not answer to the name {foreign}.\n"
            f"If it should, add it to web.hosts in config.yaml (web: {{hosts: [{foreign}]}}), or set web.public_url. "
            "An IP address and localhost always work.\n"
        )
        await PlainTextResponse(text, status_code=421)(scope, receive, send)

    def _log(self, name: str) -> None:
        """Log a refused name once: a scrape that ends with an upgrade must not end in silence."""
        if name not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(name)
            log.warning("request for a foreign name refused", host=name, remedy="add it to web.hosts if it is meant")


def _authorities(scope: Scope) -> tuple[Scope, list[str]]:
    """Return the scope with a target in origin form, and every authority that the request names.

    A target in absolute form (RFC 9112, 3.2.2) names one beside `Host`, and both must be ours; its path is what is
    asked for. A target in any other form has no authority that could be checked: '' is malformed.
    """
    found = [value.decode("latin-1").strip() for key, value in scope["headers"] if key == b"host"]
    if len(found) > 1:
        return scope, ["", *found]
    target = (scope.get("raw_path") or b"/").decode("latin-1")
    if target.startswith("/"):
        return scope, found
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        return scope, ["", *found]
    path = match["path"] or "/"
    scope = {**scope, "raw_path": path.encode("latin-1"), "path": unquote(path)}
    return scope, [match["authority"], *found]


Report = Callable[[], dict[str, object]]


async def _harden(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def make_app(
    health: Report,
    ready: Report,
    names: Callable[[], Iterable[str]] = tuple,
    subscriptions: HubCallbacks | None = None,
) -> Starlette:
    """Build the application.

    `health` and `ready` return a JSON object with a boolean `ok`: false is answered with 503. `names` returns the
    configured names under which the server may be asked. `subscriptions` are those at hubs, which call back.
    """

    def answer(report: Report) -> Callable[[Request], JSONResponse]:
        def endpoint(_: Request) -> JSONResponse:
            body = report()
            return JSONResponse(body, status_code=200 if body["ok"] else 503)

        return endpoint

    def metrics(_: Request) -> PlainTextResponse:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", answer(health)),
            Route("/readyz", answer(ready)),
            Route("/metrics", metrics),
            *([websub.route(subscriptions)] if subscriptions else []),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_harden), Middleware(HostCheck, names=names)],
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application in the running event loop.

    `port` 0 takes a free one.
    """

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        # No X-Forwarded-* counts: nothing here asks who the client is.
        config = uvicorn.Config(
            app, host=host, port=port, log_config=None, access_log=False, lifespan="off", proxy_headers=False
        )
        self._server = _Server(config)
        self._address = (host, port)
        self._task: asyncio.Task[None] | None = None
        self.error = ""
        """Why `start` returned None."""

    def start(self) -> tuple[str, int] | None:
        """Start serving; return the address, or None where it is taken: `error` then holds the reason."""
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
            sock.listen(64)
        except OSError as error:
            sock.close()
            self.error = error.strerror or str(error)
            return None
        self._task = asyncio.create_task(self._server.serve(sockets=[sock]), name="web")
        bound: tuple[str, int] = sock.getsockname()[:2]
        return bound

    @property
    def is_serving(self) -> bool:
        """Whether requests are answered."""
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        """Stop serving."""
        if self._task is not None:
            self._server.should_exit = True
            await asyncio.gather(self._task, return_exceptions=True)
