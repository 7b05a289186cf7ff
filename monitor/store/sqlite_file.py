"""Where the database is: what a storage URL means, and whether its place can hold a database at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from monitor import private
from monitor.errors import StoreError

_KERNEL = {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "beegfs", "gpfs", "gfs2"}
_FUSE = {"sshfs", "davfs2", "rclone", "s3fs", "glusterfs", "ceph", "smbnetfs", "curlftpfs"}
NETWORK_KINDS = frozenset(_KERNEL | {f"fuse.{kind}" for kind in _FUSE})
"""Kinds of mount whose locks and flushes SQLite cannot rely on (sqlite.org/howtocorrupt.html, 2.1 and 3)."""

HEADER = b"SQLite format 3\x00"


def parse_url(url: str) -> URL:
    """Read `storage.url`: sqlite:///relative, sqlite:////absolute, sqlite:// (memory) or postgresql://….

    Raises StoreError (not retryable) for anything else. The password is never repeated.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _bad_url("it is not a URL") from error
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise _bad_url(f"{parsed.drivername} is not supported")
    if parsed.host:
        raise _bad_url(f"sqlite takes no host ({parsed.host}): a slash is missing")
    return parsed


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
        raise StoreError(f"cannot make the database {path}: {error.strerror}", retryable=False) from error
    for suffix in ("", "-wal", "-shm"):
        private.tighten(path.with_name(path.name + suffix))


def _make_directory(directory: Path) -> None:
    try:
        private.make_directory(directory)
    except OSError as error:
        raise StoreError(
            f"cannot make the directory {directory} for the database: {error.strerror}; "
            "make it yourself, or change storage.url",
            retryable=False,
        ) from error


def _check_access(path: Path, *, read_only: bool) -> None:
    if path.exists() and not os.access(path, os.R_OK if read_only else os.R_OK | os.W_OK):
        raise StoreError(
            f"no permission for the database {path}; run as its owner, or change its mode", retryable=False
        )
    if not read_only and not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(
            f"the directory {path.parent} is read-only, but SQLite keeps its journal beside the database; "
            "make it writable, or change storage.url",
            retryable=False,
        )


def _check_header(path: Path) -> None:
    """SQLite itself would look at the first page only after it had touched the journal."""
    if not path.exists():
        return
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
        for suffix in ("-wal", "-shm", ""):  # the database last: where it stands, the copy is whole
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
