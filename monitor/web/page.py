"""The page: all screens as one application, made when somebody first asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import StoreError
from monitor.web import (
    api,
    article,
    board,
    login,
    outbox,
    playground,
    search,
    sources,
    static_files,
    story,
    trends,
    watchlists,
)
from monitor.web.events import BoardEvents
from monitor.web.site import CSP, PageParts, Refusal, Site


class WebPage:
    """The page as an ASGI application. `why_off` returns why there is none at the moment; '' where there is one."""

    def __init__(self, parts: PageParts, why_off: Callable[[], str] = str) -> None:
        self._parts = parts
        self._why_off = why_off
        self._app: ASGIApp | None = None
        self._site: Site | None = None
        self._events = BoardEvents()
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        why = self._why_off()
        if why:
            await PlainTextResponse(f"404 Not Found: {why}\n", 404)(scope, receive, send)
            return
        if self._app is None:
            async with self._making:
                if self._app is None:
                    self._site = await asyncio.to_thread(Site, self._parts)
                    self._site.begin()
                    self._app = _Headers(make_routes(self._site, self._events))
        await self._app(scope, receive, send)

    async def close(self) -> None:
        """End every stream, and close what was opened."""
        await self._events.close()
        if self._site is not None:
            await self._site.close()


def make_routes(site: Site, events: BoardEvents) -> Starlette:
    """Return the application of all screens."""

    async def missing(request: Request, _: Exception) -> Response:
        try:
            visit = await site.check(request)
        except (Refusal, StoreError):
            return PlainTextResponse("404 Not Found\n", 404)
        return site.refused(visit, 404, "not found")

    async def failed(request: Request, error: Exception) -> Response:
        return site.failed_at(request, error)

    routes = [
        Route("/static/{version}/{name:path}", static_files.serve, methods=["GET"]),
        *login.routes(site),
        *board.routes(site, events),
        *story.routes(site),
        *article.routes(site),
        *sources.routes(site),
        *outbox.routes(site),
        *watchlists.routes(site),
        *search.routes(site),
        *playground.routes(site),
        *trends.routes(site),
        *api.routes(site),
    ]
    return Starlette(routes=routes, exception_handlers={404: missing, StoreError: failed})


class _Headers:
    """ASGI middleware: what a browser may do with a page of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = CSP
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["X-Frame-Options"] = "DENY"
            await send(message)

        await self._app(scope, receive, sending)
