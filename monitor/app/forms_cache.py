"""Compiled forms of terms, kept between runs: a hundred thousand terms take minutes to compile and seconds to read.

Keys are hashes of the term, the code and the dictionaries' versions (`watch.words`), so an entry is never wrong, only
unused. The file is read through a memory map, by bisection: it costs address space, not memory. It is a convenience:
whatever is wrong with it costs time and nothing else.

Layout, numbers little-endian: 8 bytes that say what it is, the number of entries (8 bytes); their keys (32 bytes each,
ascending); where each value ends, counted from the first one's beginning (8 bytes each); the values.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path

import structlog

from monitor import private

log = structlog.get_logger(__name__)

_MAGIC = b"nmforms2"
_HEAD = len(_MAGIC) + 8
_KEY = 32
_MOST = 400_000  # entries, some 400 MB on disk: when a file would have more, those of earlier runs are dropped
_SAVE_EVERY = 0.5  # seconds of compiling that a kill may cost
_SAVE_SHARE = 20  # a large file takes long to write: at most a twentieth of the time goes into it


def default_path() -> Path:
    """Return the file: in systemd's cache directory, else in the user's.

    A user without a home (a number that no passwd entry has, as in containers) has no cache: nothing is ever kept below
    the null device. A shared directory would not do, since what others put there is not to be trusted.
    """
    folder = os.environ.get("CACHE_DIRECTORY") or os.environ.get("XDG_CACHE_HOME")
    try:
        place = Path(folder) if folder else Path.home() / ".cache"
    except RuntimeError:
        place = Path(os.devnull)
    return place / "news-monitor" / "forms.cache"


class _File:
    """A cache file as it was when it was opened; empty where there is none that can be used."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._bytes: mmap.mmap | bytes = b""
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self.count = self._checked(len(self._bytes))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, struct.error) as error:
            log.debug("forms are compiled anew", path=str(path), error=str(error))

    def _checked(self, size: int) -> int:
        """Give the number of entries. Raises ValueError where the file is something else, or cut short."""
        if self._bytes[: len(_MAGIC)] != _MAGIC:
            raise ValueError("no cache of this version")
        (count,) = struct.unpack_from("<Q", self._bytes, len(_MAGIC))
        values = _HEAD + count * (_KEY + 8)
        if values > size or (count and values + self._number(_HEAD + count * (_KEY + 8) - 8) != size):
            raise ValueError("a part of the file is missing")
        return int(count)

    def _number(self, at: int) -> int:
        return int.from_bytes(self._bytes[at : at + 8], "little")

    def key(self, number: int) -> bytes:
        return self._bytes[_HEAD + number * _KEY : _HEAD + (number + 1) * _KEY]

    def value(self, number: int) -> bytes:
        ends = _HEAD + self.count * _KEY
        values = ends + self.count * 8
        start = self._number(ends + number * 8 - 8) if number else 0
        return self._bytes[values + start : values + self._number(ends + number * 8)]

    def find(self, key: bytes) -> int | None:
        """Give the number of a key."""
        number = bisect_left(range(self.count), key, key=self.key)
        return number if number < self.count and self.key(number) == key else None


class FormsCache(MutableMapping[str, bytes]):
    """A mapping for `compile_watchlists` that can be saved; keys are 64 hexadecimal digits.

    It saves itself while it grows: a daemon that is killed again and again while it starts must start some day.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read what an earlier run kept at `path`; begin empty where that cannot be read. `clock` gives seconds."""
        self.path = path
        self._file = _File(path)
        self._fresh: dict[bytes, bytes] = {}
        self._clock = clock
        self._save_at = clock() + _SAVE_EVERY

    def __getitem__(self, key: str) -> bytes:
        """Give what is kept. Raises KeyError."""
        raw = bytes.fromhex(key)
        fresh = self._fresh.get(raw)
        if fresh is not None:
            return fresh
        number = self._file.find(raw)
        if number is None:
            raise KeyError(key)
        return self._file.value(number)

    def __setitem__(self, key: str, value: bytes) -> None:
        """Keep a value."""
        raw = bytes.fromhex(key)
        if len(raw) != _KEY:
            raise ValueError(f"{key!r} is no key: 64 hexadecimal digits are wanted")
        self._fresh[raw] = value
        if self._clock() >= self._save_at:
            self.save()

    def __delitem__(self, key: str) -> None:
        """Refuse: nothing in it is ever wrong."""
        raise TypeError("what is kept is not deleted one by one: remove the file")

    def __iter__(self) -> Iterator[str]:
        """Give the keys."""
        yield from (raw.hex() for raw in self._fresh)
        yield from (self._file.key(at).hex() for at in range(self._file.count) if self._file.key(at) not in self._fresh)

    def __len__(self) -> int:
        """Give the number of keys."""
        return sum(1 for _ in self)

    def save(self) -> None:
        """Write the file where something is new, all of it or nothing; what is new is then in the file alone."""
        if not self._fresh:
            return
        begun = self._clock()
        try:
            private.make_directory(self.path.parent)
            self._write()
            self._file, self._fresh = _File(self.path), {}
        except OSError as error:
            log.debug("forms are not kept", path=str(self.path), error=str(error))
        done = self._clock()
        self._save_at = done + max(_SAVE_EVERY, _SAVE_SHARE * (done - begun))

    def _write(self) -> None:
        # What another process has written since is kept too.
        old = _File(self.path)
        kept = {old.key(at): at for at in range(old.count)} if old.count + len(self._fresh) <= _MOST else {}
        keys = sorted(kept.keys() | self._fresh.keys())

        def value(key: bytes) -> bytes:
            fresh = self._fresh.get(key)
            return old.value(kept[key]) if fresh is None else fresh

        with tempfile.NamedTemporaryFile("wb", dir=self.path.parent, delete=False) as file:
            try:
                file.write(_MAGIC + struct.pack("<Q", len(keys)) + b"".join(keys))
                end = 0
                for key in keys:
                    end += len(value(key))
                    file.write(struct.pack("<Q", end))
                file.writelines(map(value, keys))
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
        Path(file.name).replace(self.path)
