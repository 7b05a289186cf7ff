"""A program on a pseudo-terminal of its own, as somebody sits before it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
from collections.abc import Mapping
from typing import Self

from doubles.patience import HANG

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`async with Terminal(command, env) as screen: await screen.until("Token"); screen.type("…")`."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        self._command = command
        self._env = dict(env)
        self._raw = b""
        self._came = asyncio.Event()
        self._seen = 0
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._pid, self._fd = pty.fork()
        if not self._pid:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # the tests themselves may run where Ctrl-C is ignored
            os.execvpe(self._command[0], self._command, self._env)  # noqa: S606
        asyncio.get_running_loop().add_reader(self._fd, self._read)
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.ended.is_set():
            os.kill(self._pid, signal.SIGKILL)
            await self.code()

    @property
    def text(self) -> str:
        """What was printed, without colours."""
        return _ESCAPES.sub("", self._raw.decode("utf-8", "replace")).replace("\r\n", "\n")

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: the program has ended
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
            self.ended.set()
        self._raw += data
        self._came.set()

    async def until(self, part: str) -> None:
        """Wait until `part` is printed behind what was waited for before."""
        while (at := self.text.find(part, self._seen)) < 0:
            if self.ended.is_set():
                raise AssertionError(f"{part!r} did not come:\n{self.text}")
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), HANG)
            except TimeoutError:
                raise AssertionError(f"{part!r} did not come:\n{self.text}") from None
        self._seen = at + len(part)

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._fd, line.encode() + b"\r")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._fd, b"\x03")

    async def code(self) -> int:
        """Wait for the end of the program; return its exit code."""
        await asyncio.wait_for(self.ended.wait(), HANG)
        _, status = await asyncio.to_thread(os.waitpid, self._pid, 0)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)


def monitor_command(*arguments: str) -> list[str]:
    """Return the command line of `monitor` with these arguments."""
    return [sys.executable, "-m", "monitor", *arguments]
