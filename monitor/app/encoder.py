"""The encoder's child: one process has the model, and encodes each article once."""

from __future__ import annotations

import asyncio
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


@dataclass(slots=True)
class ChildEncoder:
    """Encodes articles in a child, one after another; it is started with the first, and again where it died.

    An article that cannot be encoded has no vector: names and numbers alone lead it to articles of other languages.
    """

    _child: LoneChild | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _failing: bool = False

    async def encode(self, article: Article) -> bytes:
        """Return an article's vector, b"" where it has none or the encoder fails."""
        async with self._turn:
            try:
                vector = await asyncio.to_thread(self._encode, article)
            except SandboxError as error:
                self.close()
                if not self._failing:
                    log.warning("articles are not encoded: few join across languages", error=str(error))
                self._failing = True
                return b""
        self._failing = False
        return vector

    def _encode(self, article: Article) -> bytes:
        if self._child is None:
            self._child = LoneChild(_MEMORY, PARSERS)
        return self._child.run(encoder.encode, article.title, article.text[:_HEAD], article.language, cpu=_CPU)

    def close(self) -> None:
        """Kill the child, where there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.__exit__()


def make_encoder() -> ChildEncoder | None:
    """Build the encoder, None where the extra `stories` is not installed."""
    return ChildEncoder() if encoder.available() else None
