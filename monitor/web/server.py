"""The small web server beside the daemon: `/healthz`, `/readyz`, `/metrics`, on loopback unless configured."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.web.hosts import HostCheck

Report = Callable[[], dict[str, object]]


async def _harden(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def make_app(health: Report, ready: Report, names: Callable[[], Iterable[str]] = tuple) -> Starlette:
    """Build the application.

    `health` and `ready` return a JSON object with a boolean `ok`: false is answered with 503. `names` returns the
    configured names under which the server may be asked.
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
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_harden), Middleware(HostCheck, names=names)],
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application in the running event loop."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        """Keep the address; `port` 0 takes a free one."""
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
