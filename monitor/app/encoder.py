"""The encoder's child: one process has the model, and encodes each article once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

import structlog

from monitor.errors import SandboxError
from monitor.extract import encoder
from monitor.model import Article
from monitor.sandbox import PARSERS, LoneChild

log = structlog.get_logger(__name__)

_MEMORY = 768 * 1024 * 1024  # bytes; it takes 150 MB, and address space for the threads of numpy
_CPU = 30.0  # seconds: the first article waits for the model, and an article takes a hundredth
_HEAD = 4_000  # characters that are sent: more than are read
IDLE = 300.0
"""Seconds without an article after which the child ends, with its 125 MB; the next one takes a second or two."""


@dataclass(slots=True)
class ChildEncoder:
    """Encodes articles in a child, one after another; it is started with the first, and again where it ended or died.

    An article that cannot be encoded has no vector: names and numbers alone lead it to articles of other languages.
    """

    idle: float = IDLE
    _child: LoneChild | None = None
    _rest: asyncio.TimerHandle | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _failing: bool = False

    async def encode(self, article: Article) -> bytes:
        """Return an article's vector, b"" where it has none or the encoder fails."""
        async with self._turn:
            self._wake()
            try:
                vector = await asyncio.to_thread(self._encode, article)
            except SandboxError as error:
                self.close()
                if not self._failing:
                    log.warning("articles are not encoded: few join across languages", error=str(error))
                self._failing = True
                return b""
            self._rest = asyncio.get_running_loop().call_later(self.idle, self._end_idle)
        self._failing = False
        return vector

    def _encode(self, article: Article) -> bytes:
        if self._child is None:
            self._child = LoneChild(_MEMORY, PARSERS)
        return self._child.run(encoder.encode, article.title, article.text[:_HEAD], article.language, cpu=_CPU)

    def _wake(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _end_idle(self) -> None:
        """End the child off the event loop, as that waits for the process."""
        child, self._child = self._child, None
        self._rest = None
        if child is not None:
            threading.Thread(target=child.__exit__, name="encoder's end", daemon=True).start()

    def close(self) -> None:
        """Kill the child, where there is one."""
        self._wake()
        child, self._child = self._child, None
        if child is not None:
            child.__exit__()


def make_encoder() -> ChildEncoder | None:
    """Build the encoder, None where the extra `stories` is not installed."""
    return ChildEncoder() if encoder.available() else None
