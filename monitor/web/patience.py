"""How long the web server waits for slow clients, and for how many at once.

uvicorn waits for ever for the rest of a request's head: a client that sends a byte a minute holds a connection as long
as it likes ('slow loris'), and enough of them hold all that the process may open.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD = 10.0
"""Seconds that the head of a request may take, from its first byte (of a new connection: from its opening)."""

CONNECTIONS = 400
"""Connections at once; the oldest that wait for a request make room for new ones."""


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a limit of time for a request's head, and of connections."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, unless there are too many connections."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > CONNECTIONS:
            idle = next((each for each in self.connections if isinstance(each, PatientProtocol) and each.idle), self)
            idle.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the time runs while a head has begun and is not whole."""
        super().data_received(data)
        if not self.idle:
            self._stop()
        elif self._deadline is None:
            self._wait()

    def on_response_complete(self) -> None:
        """Go on as uvicorn does, which closes an idle connection after five seconds."""
        self._stop()
        super().on_response_complete()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEAD, self._too_slow)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Refuse: there are no web sockets here."""
        del event
        self.send_400_response("Unsupported upgrade request.")
