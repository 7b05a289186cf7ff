"""Make a SQLite file as small as what it holds, and let it shrink by itself from then on."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from monitor.errors import StoreError

_MARGIN = 32 * 1024 * 1024  # bytes that are left for others


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
