"""Texts of articles as SQLite keeps them: compressed by zstd with a dictionary that is shipped.

A long text is stored as a blob, a frame that names its dictionary; a short one, and one of before, as the text that it
is: what a column holds says itself how it is read. A dictionary is never removed (`bench/learn_texts.py` makes one).
PostgreSQL compresses by itself.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib import resources
from typing import Any

import structlog
import zstandard
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from monitor.errors import UnreadableError
from monitor.store.columns import clean

log = structlog.get_logger(__name__)

CURRENT = 1_000_001
"""The dictionary of new texts; its file has its number."""

SHORTEST = 200
"""Bytes from which a text is compressed."""

_LEVEL = 3
_LARGEST = 256 * 1024 * 1024  # bytes of a text: what says more of itself is damaged
_tools = threading.local()


class PackedText(TypeDecorator[str]):
    """A text, cleaned when it is written, and compressed on SQLite."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Clean and compress the text: the driver stores bytes as a blob."""
        if value is None:
            return None
        return pack(clean(value)) if dialect.name == "sqlite" else clean(value)

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> str | None:
        """Return the text as it was written; none where it cannot be read: its article can still be edited and found.

        The log says so at each look.
        """
        del dialect
        if not isinstance(value, bytes):
            return value
        try:
            return unpack(value)
        except UnreadableError as error:
            log.error("a text reads as empty", error=str(error))  # noqa: TRY400 - its message says all
            return ""


def pack(text: str) -> str | bytes:
    """Return a text compressed; as it is, where that is shorter."""
    data = text.encode()
    if len(data) < SHORTEST:
        return text
    if not hasattr(_tools, "compressor"):  # none may be used by two threads at once
        _tools.compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary(CURRENT))
    packed: bytes = _tools.compressor.compress(data)
    return packed if len(packed) < len(data) else text


def unpack(packed: bytes) -> str:
    """Return the text of a frame. Raises UnreadableError where it is damaged, or its dictionary is unknown."""
    try:
        name = zstandard.get_frame_parameters(packed).dict_id
        decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(name))
        return decompressor.decompress(packed, max_output_size=_LARGEST).decode()
    except (zstandard.ZstdError, UnicodeDecodeError) as error:
        raise UnreadableError(f"a stored text is damaged ({error}): restore a backup as docs/store.md says") from error


@cache
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    file = resources.files("monitor.store") / "dictionaries" / f"{number}.zdict"
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError(
            f"a stored text needs dictionary {number}, which this version lacks: use the version that wrote it"
        ) from error
    made = zstandard.ZstdCompressionDict(data)
    made.precompute_compress(level=_LEVEL)
    return made
