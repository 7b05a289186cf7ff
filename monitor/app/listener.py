"""Binds the daemon's web server: at the start, or as soon as its port is free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from monitor.web.server import WebServer

log = structlog.get_logger(__name__)

_AGAIN = 15.0  # seconds until the next try


class WebListener:
    """The server of `web.listen`, bound again and again; without it the daemon works, but is not healthy.

    `make` makes a server for host and port; `report` is called with the address and why nothing listens on it, and
    with None when something does (again): operators are notified from there.
    """

    def __init__(
        self, make: Callable[[str, int], WebServer], listen: str, report: Callable[[tuple[str, str] | None], None]
    ) -> None:
        self._make = make
        self._listen = listen
        self._report = report
        self._server: WebServer | None = None
        self.address = ""
        """The bound host:port; '' where nothing is bound."""
        self.error = ""
        """Why nothing is bound although `web.listen` is set; else ''."""

    @property
    def state(self) -> str:
        """What `/healthz` and `monitor status` show: 'off', the address, or the error."""
        if not self._listen:
            return "off"
        return f"not listening on {self._listen}: {self.error}" if self.error else self.address

    def start(self) -> None:
        """Try to listen; log and report the first failure."""
        if not self._listen or (self._server is not None and self._server.is_serving):
            return
        host, _, port = self._listen.rpartition(":")
        server = self._make(host.strip("[]"), int(port))
        bound = server.start()
        if bound is None:
            self.address = ""
            self._fail(server.error)
            return
        self._server = server
        self.address = f"[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"{bound[0]}:{bound[1]}"
        if self.error:
            log.info("the web server listens", address=self.address)
            self._report(None)
        self.error = ""

    def _fail(self, reason: str) -> None:
        first, self.error = not self.error, reason
        if first:
            log.error("the web server could not start", address=self._listen, error=reason, remedy="set web.listen")
            self._report((self._listen, reason))

    async def run(self) -> None:
        """Try again from time to time, and after the server failed."""
        while self._listen:
            await asyncio.sleep(_AGAIN)
            self.start()

    async def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            await self._server.stop()
