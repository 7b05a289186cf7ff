"""Data that take long to make, kept in a file that processes map: they share its pages, and load what they touch.

The file is a convenience: whatever is wrong with it, or with its folder, costs time and memory, and nothing else. It is
written beside its place and renamed, so that no process meets half of it, and a file that is mapped is never written
to. What its owner, its mode, its key or its checksum speaks against is made anew.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import stat
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import structlog

from monitor import private

log = structlog.get_logger(__name__)

Buffer = bytes | mmap.mmap
"""What is cut into bytes by a slice, and lies in memory as it is."""

KEY = 32
"""Bytes of a key: a digest of all that the data are made of."""

_HEADER = struct.Struct("<16sQI4x")  # magic and key (below), the number of bytes of the data, their CRC-32
_MAGIC = b"news-monitor 1\n\0"
START = _HEADER.size + KEY
"""Where the data begin in a buffer: a multiple of eight."""

_LEFT_OVER = 3600.0  # seconds after which a file that was to be renamed belongs to a process that was killed
_FOREIGN = stat.S_IWGRP | stat.S_IWOTH


def kept(path: Path, key: bytes, make: Callable[[], bytes]) -> Buffer:
    """Return a buffer whose data, from `START` on, are what `make` returns: mapped where they are kept under `key`.

    Where they are not, they are made and kept; where they cannot be kept, they are in this process's memory alone.
    """
    found = _read(path, key)
    if found is not None:
        return found
    data = make()
    whole = b"".join((_HEADER.pack(_MAGIC, len(data), zlib.crc32(data)), key, data))
    del data
    try:
        _write(path, whole)
    except OSError as error:
        log.debug("what takes long to make cannot be kept", path=str(path), error=error.strerror)
        return whole
    return _read(path, key) or whole


def _read(path: Path, key: bytes) -> Buffer | None:
    """Return the mapped file; None where there is none that can be trusted, or it is of another key."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & _FOREIGN:
            return None
        return _mapped(descriptor, info.st_size, key)
    except OSError:  # a file system that maps nothing, a disk that does not read
        return None
    finally:
        os.close(descriptor)


def _mapped(descriptor: int, size: int, key: bytes) -> Buffer | None:
    """Return the map of an open file. The checksum is of what is read, since a page that is mapped counts as memory."""
    head = os.read(descriptor, START)
    if len(head) < START:
        return None
    magic, length, checksum = _HEADER.unpack_from(head)
    if magic != _MAGIC or head[_HEADER.size :] != key or size != START + length:
        return None
    seen = 0
    while piece := os.read(descriptor, 1 << 20):
        seen = zlib.crc32(piece, seen)
    return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if seen == checksum else None


def _write(path: Path, whole: bytes) -> None:
    """Replace the file. Raises OSError."""
    private.make_directory(path.parent)
    for old in path.parent.glob(f".{path.name}-*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _LEFT_OVER:
                old.unlink()
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(whole)
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
