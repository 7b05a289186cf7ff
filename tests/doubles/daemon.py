"""The real daemon as a child process, as its user runs it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Self

from doubles.news_server import NewsServer
from doubles.patience import HANG
from doubles.telegram import TOKEN
from doubles.warm_start import start

LIMIT = HANG


async def until(done: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
    """Wait until `done()`; fail, naming `what`, when it does not come."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    while not done():
        assert loop.time() < end, f"waited {limit:.0f} s in vain: {what}"
        await asyncio.sleep(0.05)


def write_config(folder: Path, newsroom: NewsServer, api: str, feeds: dict[str, str], **texts: str) -> Path:
    """Write a config.yaml for `feeds` (name → path); `texts` replaces whole sections."""
    sources = "".join(
        f"  - {{name: {name}, url: '{newsroom.url(path)}', every: 1s, timezone: UTC}}\n" for name, path in feeds.items()
    )
    watchlists = texts.get(
        "watchlists",
        "  - {name: DPRK arms, entities: [DPRK, Blinken, ICBM], severity: high, notify: [desk]}\n",
    )
    path = folder / "config.yaml"
    text = f"""\
        sources:
        {{sources}}
        watchlists:
        {{watchlists}}
        channels:
          desk:
            telegram: {{{{chat: 500}}}}
        telegram:
          api: {api}
          admins: [77]
        storage:
          url: sqlite:///{folder}/monitor.db
        network:
          allow: [{{{{host: 127.0.0.1, cidr: 127.0.0.0/8, ports: [{newsroom.port}]}}}}]
        delivery: {{{{quiet_time: 1s}}}}
        web: {{{{listen: ''}}}}
    """
    path.write_text(textwrap.dedent(text).format(sources=sources, watchlists=watchlists), encoding="utf-8")
    return path


class DaemonProcess:
    """`async with DaemonProcess(config) as daemon`: started, and ended with SIGTERM; `log` is all it printed."""

    def __init__(self, config: Path, *command: str, cold: bool = False) -> None:
        """Make a daemon of a configuration; a `cold` one loads all that it needs by itself (`warm_start.py`)."""
        self._config = config
        self._command = command or ("run",)
        self._cold = cold
        self.log = ""
        self.code: int | None = None

    async def __aenter__(self) -> Self:
        arguments = ("--config", str(self._config), *self._command)
        environ = os.environ | {"TELEGRAM_BOT_TOKEN": TOKEN}
        reads, writes = os.pipe()
        try:
            self._process = start(arguments, self._config.parent, environ, writes, cold=self._cold)
        finally:
            os.close(writes)
        self._reading = asyncio.create_task(self._read(reads))
        return self

    async def __aexit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """End the daemon; after a failed test at once, as it may stand still, and show what it said."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM if failure is None else signal.SIGKILL)
        await self.wait()
        if failure is not None:
            sys.stdout.write(f"--- monitor {' '.join(self._command)} said:\n{self.log}\n")

    async def _read(self, descriptor: int) -> None:
        output = asyncio.StreamReader()
        reading, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(output), os.fdopen(descriptor, "rb")
        )
        try:
            while piece := await output.read(65536):
                self.log += piece.decode(errors="replace")
        finally:
            reading.close()

    async def wait(self) -> int:
        """Wait for the end; return the exit code."""
        self.code = await asyncio.wait_for(asyncio.to_thread(self._process.wait), LIMIT)
        await self._reading
        return self.code

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def started(self) -> None:
        await until(lambda: '"started"' in self.log, "the daemon's start")
