"""The file of a SQLite database: where it is, whether its place can hold one, whether its name still leads to it.

An open file outlives its name. Whoever deletes it, moves it or puts another in its place leaves the daemon with a file
that the next start will not find: whatever is written then is lost. docs/store.md says what to do.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from monitor import private
from monitor.errors import LostStoreError, StoreError
from monitor.store.lock import taken_over

_KERNEL = {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "beegfs", "gpfs", "gfs2"}
_FUSE = {"sshfs", "davfs2", "rclone", "s3fs", "glusterfs", "ceph", "smbnetfs", "curlftpfs"}
NETWORK_KINDS = frozenset(_KERNEL | {f"fuse.{kind}" for kind in _FUSE})
"""Kinds of mount whose locks and flushes SQLite cannot rely on (sqlite.org/howtocorrupt.html, 2.1 and 3)."""

HEADER = b"SQLite format 3\x00"
SUFFIXES = ("-wal", "-shm")
_held: dict[tuple[int, int], int] = {}  # files that this process uses (device, inode), with an open descriptor
_HEADER_SIZE = 100  # bytes of the database header; sqlite.org/fileformat2.html, 1.3
_PAGE_SIZE, _PAGES = slice(16, 18), slice(28, 32)  # big-endian; a page size of 1 stands for 65,536
_USER_VERSION = slice(60, 64)  # big-endian: here the epoch of the last daemon
_MARGIN = 32 * 1024 * 1024  # bytes that are left for others


def parse_url(url: str) -> URL:
    """Read `storage.url`: sqlite:///relative, sqlite:////absolute, sqlite:// (memory) or postgresql://….

    Raises StoreError (not retryable) for anything else. The password is never repeated.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _bad_url("it is not a URL") from error
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        if find_spec("psycopg") is None:
            raise StoreError(
                "storage.url: PostgreSQL needs a package that is not installed: `make postgres` in a checkout, "
                "`pip install 'news-monitor[postgres]'` elsewhere, `--build-arg POSTGRES=yes` for an image",
                retryable=False,
            )
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise _bad_url(f"{parsed.drivername} is not supported")
    if parsed.host:
        raise _bad_url(f"sqlite takes no host ({parsed.host}): a slash is missing")
    return parsed


def shown_url(url: URL) -> str:
    """Return a database's URL without its passwords, those among its options as well."""
    secret = {name: "hidden" for name in url.query if "password" in name.lower()}
    return url.update_query_dict(secret).render_as_string(hide_password=True)


def _bad_url(reason: str) -> StoreError:
    return StoreError(
        f"storage.url: {reason}; write sqlite:///var/monitor.db or postgresql://user@host/database", retryable=False
    )


def sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite URL; None for one in memory."""
    return None if url.database in {None, "", ":memory:"} else Path(str(url.database))


def resolved(path: Path) -> Path:
    """Return the one name of a file: absolute, without symbolic links. Raises StoreError where these lead nowhere."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a circle of links is a RuntimeError before Python 3.13
        raise StoreError(f"storage.url: {path} cannot be followed: {error}", retryable=False) from error


def prepare(path: Path, *, read_only: bool = False) -> None:
    """Make directory and file, and refuse places where a database would be lost. Raises StoreError with the remedy."""
    try:
        _prepare(path, read_only=read_only)
    except PermissionError as error:  # a directory above that may not even be looked into
        raise StoreError(
            f"no permission to look for the database {path}{_wanted_owner(path)}", retryable=False
        ) from error


def _prepare(path: Path, *, read_only: bool) -> None:
    if read_only:
        if not path.exists():
            raise StoreError(f"there is no database at {path} yet; `run` or `once` makes it", retryable=False)
    else:
        _make_directory(path.parent)
    if path.is_dir():
        raise StoreError(f"{path} is a directory; storage.url must name a file in it", retryable=False)
    kind = network_kind(path, _mounts())
    if kind:
        raise StoreError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data; "
            "put storage.url on a local disk, or use postgresql://",
            retryable=False,
        )
    _check_access(path, read_only=read_only)
    _check_header(path)
    if not read_only:
        _check_names(path)
        _make_private(path)


def _check_names(path: Path) -> None:
    """Refuse a file with two names: SQLite would keep a journal beside each (sqlite.org/howtocorrupt.html, 2.5)."""
    if path.exists() and path.stat().st_nlink > 1:
        raise StoreError(
            f"the database {path} has more than one name (hard links), and SQLite would damage it; remove the others, "
            f"or make it a file of its own: cp {path} {path}.copy && mv {path}.copy {path}",
            retryable=False,
        )
    if is_mounted(path, _mounts()):
        raise StoreError(
            f"the database {path} is mounted as a file, but its journal lies beside it and would be left behind; "
            "mount its directory instead",
            retryable=False,
        )


def _make_private(path: Path) -> None:
    """Keep the database from other users; SQLite gives its journal the same mode."""
    try:
        private.create(path)
    except OSError as error:
        raise StoreError(
            f"cannot make the database {path}: {error.strerror}{_wanted_owner(path)}", retryable=False
        ) from error
    for suffix in ("", *SUFFIXES):
        private.tighten(path.with_name(path.name + suffix))


def _make_directory(directory: Path) -> None:
    try:
        private.make_directory(directory)
    except OSError as error:
        raise StoreError(
            f"cannot make the directory {directory} for the database: {error.strerror}; "
            f"make it yourself, or change storage.url{_wanted_owner(directory)}",
            retryable=False,
        ) from error


def _check_access(path: Path, *, read_only: bool) -> None:
    if path.exists() and not os.access(path, os.R_OK if read_only else os.R_OK | os.W_OK):
        raise StoreError(
            f"no permission for the database {path}; run as its owner, or change its mode{_wanted_owner(path)}",
            retryable=False,
        )
    if not read_only and not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(
            f"the directory {path.parent} is read-only, but SQLite keeps its journal beside the database; "
            f"make it writable, or change storage.url{_wanted_owner(path.parent)}",
            retryable=False,
        )


def _wanted_owner(place: Path) -> str:
    """Return whom the nearest place that is there belongs to, and to whom it should; nothing where that is this user.

    As numbers: in a container users have no names, and the host that a directory is mounted from knows others.
    """
    there = next(each for each in (place, *place.parents) if os.access(each, os.F_OK))
    owner, user = there.stat().st_uid, os.geteuid()
    if owner == user:
        return ""
    return (
        f" (this is uid {user}, and {there} belongs to uid {owner}: chown the database's directory, in a container "
        f"what is mounted there, to {user}:{os.getegid()}, or run as its owner)"
    )


def _check_header(path: Path) -> None:
    """SQLite itself would look at the first page only after it had touched the journal.

    A file that this process uses already, as where the page opens the daemon's once more, is read by the descriptor
    that is open: one of our own, closed, would drop SQLite's locks, and another program that ends would then take
    itself for the last one and delete the journal.
    """
    known = _identity(path)
    if known is None:
        return
    held = _held.get(known)
    if held is not None:
        head = os.pread(held, len(HEADER), 0)
    else:
        with path.open("rb") as file:
            head = file.read(len(HEADER))
    if head and head != HEADER:
        raise damaged(path, "it is not a SQLite database")


def damaged(path: Path, reason: str) -> StoreError:
    """Keep a copy of a damaged database and give the error that says where."""
    kept = keep_copy(path)
    copy = f"a copy is kept as {kept}" if kept else "NO copy could be made: save it yourself"
    return StoreError(
        f"the database {path} is damaged ({reason}); {copy}. Move {path} away to start afresh, "
        f"or repair it: sqlite3 {path} .recover | sqlite3 new.db",
        retryable=False,
    )


def keep_copy(path: Path) -> Path | None:
    """Copy the database and its journal aside, once for one state of the file; None where that fails."""
    try:
        stamp = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).strftime("%Y%m%dT%H%M%S%f")
        kept = path.with_name(f"{path.name}.damaged-{stamp}")
        for suffix in (*SUFFIXES, ""):  # the database last: where it stands, the copy is whole
            origin = path.with_name(path.name + suffix)
            target = kept.with_name(kept.name + suffix)
            if origin.exists() and not target.exists():
                part = target.with_name(target.name + ".part")
                private.copy(origin, part)
                part.replace(target)
    except OSError:
        return None
    return kept


def _mounts() -> str:
    """Return the kernel's list of mounts; '' where there is none to read (other systems than Linux)."""
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def network_kind(path: Path, mounts: str) -> str | None:
    """Return the kind of the network file system that holds `path`, by a table as in /proc/self/mounts; else None."""
    place = path.resolve()
    best, found = -1, ""
    for root, kind in _mounted(mounts):
        # A later mount on the same place hides the earlier one.
        if place.is_relative_to(root) and len(root.parts) >= best:
            best, found = len(root.parts), kind
    return found if found in NETWORK_KINDS else None


def is_mounted(path: Path, mounts: str) -> bool:
    """Return whether a file is itself the place of a mount, by a table as in /proc/self/mounts."""
    place = path.resolve()
    return place.is_file() and any(root == place for root, _ in _mounted(mounts))


def _mounted(mounts: str) -> Iterator[tuple[Path, str]]:
    """Yield place and kind of each mount."""
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) >= 3:  # noqa: PLR2004 – device, place, kind
            yield Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[1])), words[2]


# --------------------------------------------------------------------------- while it is in use


class FileWatch:
    """The database file as it was opened.

    It is kept open itself, and must be closed after SQLite has: closing any descriptor of a file drops all of the
    process's locks on it (sqlite.org/howtocorrupt.html, 2.2).

    `given` is how the configuration names the file, by symbolic links perhaps.
    """

    def __init__(self, path: Path, given: Path) -> None:
        self.path = path
        self._given = given
        # As SQLite opens it: a file of an image's lower layer is copied when it is first opened for writing.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        info = os.fstat(self._descriptor)
        self._identity = info.st_dev, info.st_ino
        _held[self._identity] = self._descriptor
        self._journals: dict[str, tuple[int, int]] = {}
        self._version = b""
        self._versions: set[bytes] = set()
        self._short: tuple[int, int] | None = None

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            if _held.get(self._identity) == descriptor:
                del _held[self._identity]
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
        if len(header) < _HEADER_SIZE or not header.startswith(HEADER):
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


# --------------------------------------------------------------------------- made smaller


def compact(engine: Engine, path: Path) -> tuple[int, int]:
    """Rewrite the database at `path`; return the bytes that its files take before and after.

    SQLite writes all that is kept into a second file beside it, and that into the journal, before the file itself is
    touched: so much room is asked for before anything is begun. Raises StoreError.
    """
    before = _size(path)
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        needed = 2 * _kept(cursor) + _MARGIN
        free = shutil.disk_usage(path.parent).free
        if free < needed:
            raise StoreError(
                f"{path.parent} has {free / 1e6:,.0f} MB free, and rewriting {path.name} takes"
                f" {needed / 1e6:,.0f} MB for a while: make room, or copy the file to a larger disk and do it there",
                retryable=False,
            )
        directory = str(path.parent).replace("'", "''")
        cursor.execute(f"PRAGMA temp_store_directory = '{directory}'")  # not a small /tmp
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{path} could not be rewritten ({error}); it is as it was", retryable=True) from error
    finally:
        raw.close()
    return before, _size(path)


def _kept(cursor: Any) -> int:
    """Return the bytes of the pages that hold something."""
    size, pages, free = (
        int(cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_size", "page_count", "freelist_count")
    )
    return size * (pages - free)


def _size(path: Path) -> int:
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
