"""The file of a SQLite database while it is in use: whether its name still leads to it.

An open file outlives its name. Whoever deletes it, moves it or puts another in its place leaves the daemon with a file
that the next start will not find: whatever is written then is lost. docs/store.md says what to do.
"""

from __future__ import annotations

import os
from pathlib import Path

from monitor.errors import LostStoreError
from monitor.store import sqlite_file
from monitor.store.lock import taken_over

_HEADER_SIZE = 100  # bytes of the database header; sqlite.org/fileformat2.html, 1.3
_PAGE_SIZE, _PAGES = slice(16, 18), slice(28, 32)  # big-endian; a page size of 1 stands for 65,536
_USER_VERSION = slice(60, 64)  # big-endian: here the epoch of the last daemon
SUFFIXES = ("-wal", "-shm")


class FileWatch:
    """The database file as it was opened.

    It is kept open itself, and must be closed after SQLite has: closing any descriptor of a file drops all of the
    process's locks on it (sqlite.org/howtocorrupt.html, 2.2).
    """

    def __init__(self, path: Path, given: Path) -> None:
        """Hold the file at `path`; `given` is how the configuration names it, by symbolic links perhaps."""
        self.path = path
        self._given = given
        # As SQLite opens it: a file of an image's lower layer is copied when it is first opened for writing.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._journals: dict[str, tuple[int, int]] = {}
        self._version = b""
        self._versions: set[bytes] = set()
        self._short: tuple[int, int] | None = None

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def reopened(self) -> None:
        """Forget the journal's files: SQLite has opened the database anew, and may have made others."""
        self._journals.clear()

    def expect(self, version: int, before: int) -> None:
        """Take any content for a foreign one from now on that carries another user_version.

        The header follows the journal late: until it has, the version before may stand there, and what does now.
        """
        self._version = version.to_bytes(4, "big")
        self._versions = {self._version, before.to_bytes(4, "big"), self._header()[_USER_VERSION]}

    def check(self) -> None:
        """Raise LostStoreError where the database, or its journal, is not the one that was opened."""
        held = os.fstat(self._descriptor)
        self._compare(self._given, (held.st_dev, held.st_ino))
        for suffix in SUFFIXES:
            journal = self.path.with_name(self.path.name + suffix)
            found = _identity(journal)
            if suffix in self._journals:
                self._compare(journal, self._journals[suffix])
            elif found is not None:
                self._journals[suffix] = found
        self._check_content()

    def _compare(self, path: Path, known: tuple[int, int]) -> None:
        found = _identity(path)
        if found != known:
            raise _lost(path, "is gone" if found is None else "is another file now")

    def _check_content(self) -> None:
        """Find out that the file was emptied, or that a copy was written over it."""
        if not self._versions:
            return
        header = self._header()
        if len(header) < _HEADER_SIZE or not header.startswith(sqlite_file.HEADER):
            raise _lost(self._given, "was emptied or overwritten")
        found = header[_USER_VERSION]
        if found > max(self._versions):
            raise taken_over("")
        if found not in self._versions:
            raise _lost(self._given, "was overwritten by a copy of another time")
        if found == self._version:
            self._versions = {found}
        self._check_size(header)

    def _check_size(self, header: bytes) -> None:
        """Find out that the file lost its end.

        A checkpoint writes the header's page before the last ones, so that a file may be too short for a moment: what
        counts is the same shortage at two checks in a row.
        """
        page = int.from_bytes(header[_PAGE_SIZE], "big")
        needed = (65_536 if page == 1 else page) * int.from_bytes(header[_PAGES], "big")
        size = os.fstat(self._descriptor).st_size
        short = (size, needed) if size < needed else None
        if short is not None and short == self._short:
            raise _lost(self._given, f"was cut short ({size:,} bytes are left of {needed:,})")
        self._short = short

    def _header(self) -> bytes:
        return os.pread(self._descriptor, _HEADER_SIZE, 0)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _lost(path: Path, what: str) -> LostStoreError:
    return LostStoreError(
        f"the database file {path} {what}: it was deleted, moved or replaced while the daemon ran. Nothing more is "
        "sent. Put it back where it was (with -wal and -shm, if those were moved, too) or restore a backup as "
        "docs/store.md says, then start again. Without it, a new database is made: all that the feeds show then counts "
        "as known, and what was not sent yet is lost"
    )
