"""The callback of WebSub hubs: questions whether a subscription was meant, and reports of news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_READING = 30.0  # seconds that a delivery's body may take
_AT_ONCE = 8  # deliveries
_LONGEST_QUERY = 8_000  # bytes


class HubCallbacks(Protocol):
    """What the callback serves: `monitor.pipeline.websub.Subscriber`."""

    async def verify(self, path: str, query: Mapping[str, str]) -> str | None:
        """Return the text that confirms a request, None where it was not meant."""
        ...

    async def receive(self, path: str, signature: str, chunks: AsyncIterator[bytes]) -> int:
        """Take a delivery; return the HTTP status."""
        ...


def route(subscriptions: HubCallbacks) -> Route:
    """Return the callback's route."""
    reading = 0

    async def callback(request: Request) -> Response:
        nonlocal reading
        path = request.path_params["path"]
        if request.method != "POST":
            known = len(request.scope["query_string"]) <= _LONGEST_QUERY
            text = await subscriptions.verify(path, dict(request.query_params)) if known else None
            return PlainTextResponse("404 Not Found\n", 404) if text is None else PlainTextResponse(text)
        if reading >= _AT_ONCE:
            return Response(status_code=503, headers={"Retry-After": "10"})
        reading += 1
        try:
            async with asyncio.timeout(_READING):
                status = await subscriptions.receive(path, request.headers.get("x-hub-signature", ""), request.stream())
        except TimeoutError:
            status = 408
        except ClientDisconnect:
            status = 400
        finally:
            reading -= 1
        return Response(status_code=status, headers={"Retry-After": "60"} if status == 429 else None)  # noqa: PLR2004

    return Route("/websub/{path}", callback, methods=["GET", "POST"])
