"""Reading of chunked bodies (RFC 9112, 7.1), in one pass over what came. Pure.

h11 takes 8 µs for each chunk: a body in chunks of one byte held up the event loop, and all other sources with it, for a
minute. Here a chunk costs less than 1 µs, and what chunks have beside their bytes is bounded. Line feeds alone and
blanks around a size are tolerated, as browsers do: no second response can follow on a connection. With anything else
the body counts as broken off.
"""

from __future__ import annotations

import re

from monitor.errors import FetchError, FetchKind, shown

MOST_FRAMING = 16 * 1024 * 1024
"""Bytes that the chunks of one body may have beside its own: five for each chunk of one byte."""

_LONGEST_LINE = 8 * 1024  # bytes of one size with its extensions, which hardly a server sends
# The end of the chunk before, and the size of the next one; and how such a line may begin.
_LINE = re.compile(rb"\r?\n[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_BEGIN = re.compile(rb"\r?(?:\n[ \t]*(?:[0-9a-fA-F]{1,16}[ \t]*(?:;[^\n]*|\r)?)?)?")


class ChunkedBody:
    """A chunked body, piece by piece; `ended`: all of it has come. What follows, trailers too, is left out."""

    def __init__(self) -> None:
        self.ended = False
        self._left = 0  # bytes of a chunk that are still to come
        self._line = b"\n"  # what has come of the line after that; before the first chunk as if there were another
        self._framing = 0
        self._broken: str | None = None

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body that the connection's next bytes hold; it may be empty."""
        if self._left >= len(data):
            self._left -= len(data)
            return data
        pieces = [data[: self._left]]
        rest = self._line + data[self._left :]
        at = 0
        while found := _LINE.match(rest, at):
            size = int(found[1], 16)
            self._framing += found.end() - at
            if not size:
                self.ended = True
                return b"".join(pieces)
            at = found.end() + size
            pieces.append(rest[found.end() : at])
        self._left, self._line = max(at - len(rest), 0), rest[at:]
        if len(self._line) > _LONGEST_LINE or not _BEGIN.fullmatch(self._line):
            self._broken = f"{shown(self._line.decode('latin-1').strip(), 40)} is no size of a chunk"
        elif self._framing > MOST_FRAMING:
            self._broken = f"its chunks take more than {MOST_FRAMING:,} bytes beside its own"
        return b"".join(pieces)

    def check(self) -> None:
        """Raise FetchError where the body goes on in no chunk."""
        if self._broken is not None:
            raise incomplete(self._broken)


def incomplete(why: str) -> FetchError:
    """Return the error for a body that breaks off."""
    return FetchError(f"the answer is not complete: {why}", FetchKind.PROTOCOL)
