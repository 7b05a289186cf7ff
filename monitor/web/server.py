"""The web server beside the daemon: `/healthz`, `/readyz`, `/metrics`, the callback of hubs, and the page.

On loopback unless configured. The page is one application behind these routes; it is made, with all that it imports,
when somebody first asks for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web import websub
from monitor.web.hosts import HostCheck
from monitor.web.patience import PatientProtocol
from monitor.web.websub import HubCallbacks

log = structlog.get_logger(__name__)

_GRACE = 3  # seconds that requests may take at the end

Report = Callable[[], dict[str, object]]

_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Harden:
    """ASGI middleware: headers that forbid a browser everything, unless the answer has its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what the answer lacks."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                known = {name.lower() for name, _ in headers}
                message = {**message, "headers": headers + [each for each in _HEADERS if each[0] not in known]}
            await send(message)

        await self._app(scope, receive, sending)


def make_app(
    health: Report,
    ready: Report,
    names: Callable[[], Iterable[str]] = tuple,
    subscriptions: HubCallbacks | None = None,
    page: ASGIApp | None = None,
) -> Starlette:
    """Build the application.

    `health` and `ready` return a JSON object with a boolean `ok`: false is answered with 503. `names` returns the
    configured names under which the server may be asked. `subscriptions` are those at hubs, which call back. `page`
    answers everything else.
    """

    def answer(report: Report) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def endpoint(_: Request) -> JSONResponse:
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
            *([Mount("/", page)] if page else []),
        ],
        middleware=[Middleware(Harden), Middleware(HostCheck, names=names)],
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application in the running event loop.

    `port` 0 takes a free one. `closing` is awaited when it stops: answers that have no end must end.
    """

    def __init__(
        self, app: Starlette, host: str, port: int, closing: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        # X-Forwarded-* counts for the page alone, and there of `web.trusted_proxies` alone: `web/clients.py`.
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            http=PatientProtocol,
            ws="none",
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = _Server(config)
        self._address = (host, port)
        self._closing = closing
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
            if self._closing is not None:  # streams end, which uvicorn would wait for
                await self._closing()
            await asyncio.gather(self._task, return_exceptions=True)
