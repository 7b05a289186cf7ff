"""A consistent copy of a SQLite file, made while the daemon writes."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from monitor import private
from monitor.errors import StoreError
from monitor.store import sqlite_file

_MARGIN = 1_000_000  # bytes that a disk keeps free besides the copy


def is_copied(url: str) -> bool:
    """Return whether the database at `url` is a SQLite file, of which `back_up` makes a copy."""
    parsed = sqlite_file.parse_url(url)
    return parsed.drivername == "sqlite" and sqlite_file.sqlite_path(parsed) is not None


def back_up(url: str, target: Path) -> int:
    """Copy the SQLite database at `url` into a new file; return the copy's bytes.

    The copy is what was committed when it began, is checked, and readable by its owner alone. It stands under its name
    only when it is whole: a kill leaves a file named '.NAME.part'. It is made in one step, as SQLite begins a copy in
    steps anew with every commit of another process. Raises StoreError for another kind of database, a file that is
    there already, and a disk without room.
    """
    parsed = sqlite_file.parse_url(url)
    origin = sqlite_file.sqlite_path(parsed) if parsed.drivername == "sqlite" else None
    if origin is None:
        raise StoreError(
            "only a SQLite file is copied: of PostgreSQL, `pg_dump --format=custom --file FILE DATABASE` makes a copy",
            retryable=False,
        )
    if target.exists():
        raise StoreError(f"{target} is there already: name another file, or delete it", retryable=False)
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        _make_room(origin, target)
        private.create(part)
        _copy(origin, part)
        os.replace(part, target)  # noqa: PTH105 — together with the flush of the folder below
        _flush(target.parent)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise StoreError(f"{target} could not be written: {error}", retryable=True) from error
    return target.stat().st_size


def _make_room(origin: Path, target: Path) -> None:
    needed, free = origin.stat().st_size + _MARGIN, shutil.disk_usage(target.absolute().parent).free
    if free < needed:
        raise StoreError(
            f"{target.absolute().parent} has {free / 1e6:,.0f} MB free, and the copy takes {needed / 1e6:,.0f} MB: make"
            " room, or write it to another disk",
            retryable=False,
        )


def _copy(origin: Path, part: Path) -> None:
    source = sqlite3.connect(origin.absolute().as_uri() + "?mode=ro", uri=True)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(f"the database itself is damaged ({found}): see docs/store.md")
    _flush(part)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
