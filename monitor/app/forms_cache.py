"""Compiled forms of terms, kept between runs: a hundred thousand terms take minutes to compile and seconds to read.

Keys are hashes of the term, the code and the dictionaries' versions (`watch.words`), so an entry is never wrong, only
unused. The compiled catalogue stands among them (`kept_catalogue`). It is a convenience: whatever is wrong with it
costs time and nothing else.

The file is a database of SQLite, so that processes share it, a kill leaves it whole, and what is new is added without
writing the rest. A checksum is kept with each value: a damaged page that SQLite does not notice makes terms unknown,
not wrong.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import structlog

from monitor import host, private

log = structlog.get_logger(__name__)

_FORMAT = 3
_KEY = 32
_MOST = 400_000  # entries, some 500 MB on disk: where there would be more, the older half is dropped
_SAVE_EVERY = 0.5  # seconds of compiling that a kill may cost
_SAVE_SHARE = 20  # where writing takes long (another process writes): at most a twentieth of the time goes into it
_WAIT = 2.0  # seconds that another process may write
_READS = 500  # in one transaction: beginning one costs more than a read, but one without an end lets the log grow

_TABLE = "CREATE TABLE IF NOT EXISTS forms (key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, checksum INTEGER NOT NULL)"
_READ = "SELECT value, checksum FROM forms WHERE key = ?"
_WRITE = "INSERT OR REPLACE INTO forms (key, value, checksum) VALUES (?, ?, ?)"
_DROP = "DELETE FROM forms WHERE rowid IN (SELECT rowid FROM forms ORDER BY rowid DESC LIMIT -1 OFFSET ?)"


def default_path() -> Path:
    """Return the file in the host's cache."""
    return host.cache_folder() / "forms.cache"


class FormsCache(MutableMapping[str, bytes]):
    """A mapping for `compile_watchlists` that can be saved; keys are 64 hexadecimal digits.

    It saves itself while it grows: a daemon that is killed again and again while it starts must start some day.

    What an earlier run kept at `path` is read when the cache is made; where that cannot be read, it begins empty.
    `clock` gives seconds.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._fresh: dict[bytes, bytes] = {}  # not written yet
        self._clock = clock
        self._save_at = clock() + _SAVE_EVERY
        self._database: sqlite3.Connection | None = None
        self._has_log = False  # a write-ahead log, which file systems of the network may not bear
        self._reads = 0  # in the open transaction
        if path.is_file():
            try:
                self._database = self._opened()
            except (sqlite3.Error, OSError) as error:
                self._note(error)

    def __getitem__(self, key: str) -> bytes:
        """Return what is kept. Raises KeyError."""
        raw = bytes.fromhex(key)
        fresh = self._fresh.get(raw)
        if fresh is not None:
            return fresh
        for value, checksum in self._rows(_READ, raw):
            if isinstance(value, bytes) and checksum == _checksum(raw, value):
                return value
        raise KeyError(key)

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
        """Iterate over the keys."""
        kept = {bytes(key) for (key,) in self._rows("SELECT key FROM forms")}
        return (raw.hex() for raw in kept | self._fresh.keys())

    def __len__(self) -> int:
        """Return the number of keys."""
        return sum(1 for _ in self)

    def save(self) -> None:
        """Write what is new, all of it or nothing; where that fails, it is kept in memory and tried again later."""
        begun = self._clock()
        try:
            self._end_reading()
            if self._fresh:
                self._write()
                self._fresh = {}
        except (sqlite3.Error, OSError) as error:
            self._note(error)
        done = self._clock()
        self._save_at = done + max(_SAVE_EVERY, _SAVE_SHARE * (done - begun))

    def close(self) -> None:
        """Close the file; what is new and not saved stays in memory."""
        if self._database is not None:
            self._database.close()
        self._database, self._reads = None, 0

    def _write(self) -> None:
        if self._database is None:
            private.make_directory(self.path.parent)
            if not self.path.exists():
                private.create(self.path)
            self._database = self._opened()
        rows = [(key, value, _checksum(key, value)) for key, value in self._fresh.items()]
        with self._database as transaction:
            transaction.execute("BEGIN IMMEDIATE")
            (kept,) = transaction.execute("SELECT count(*) FROM forms").fetchone()
            if kept + len(rows) > _MOST:
                transaction.execute(_DROP, (max(0, min(_MOST // 2, _MOST - len(rows))),))
            transaction.executemany(_WRITE, rows)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database answers; nothing where it cannot be read."""
        if self._database is None:
            return []
        try:
            self._read_on(self._database)
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._note(error)
            return []

    def _read_on(self, database: sqlite3.Connection) -> None:
        """Keep a transaction open over some reads, where that keeps no other process from writing."""
        if self._reads >= _READS:
            self._end_reading()
        if self._has_log:
            if not self._reads:
                database.execute("BEGIN")
            self._reads += 1

    def _end_reading(self) -> None:
        if self._database is not None and self._database.in_transaction:
            self._database.execute("COMMIT")
        self._reads = 0

    def _opened(self) -> sqlite3.Connection:
        """Return a connection to the database of this format, made where the file is empty.

        Raises sqlite3.Error where the file cannot be read, or is something else.
        """
        database = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        try:
            self._has_log = _prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _note(self, error: Exception) -> None:
        """Log a failure, and do without the file until the next save; remove it where it is damaged or another's."""
        self.close()
        if not _is_damage(error):
            log.debug("the cache of forms cannot be used now", path=str(self.path), error=str(error))
            return
        log.info("the cache of forms cannot be read and is begun anew", path=str(self.path), error=str(error))
        try:
            # Another process goes on with the file that it has opened; what it adds to that is lost.
            for ending in ("", "-wal", "-shm", "-journal"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        except OSError as trouble:
            log.debug("the cache of forms cannot be removed", path=str(self.path), error=str(trouble))


def _prepare(database: sqlite3.Connection) -> bool:
    """Make the table where the file is empty; return whether there is a write-ahead log.

    Raises sqlite3.Error where the file is something else.
    """
    (journal,) = database.execute("PRAGMA journal_mode = WAL").fetchone()
    database.execute("PRAGMA synchronous = NORMAL")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables and not version:
        with database as transaction:
            transaction.execute("BEGIN IMMEDIATE")
            transaction.execute(_TABLE)
            transaction.execute(f"PRAGMA user_version = {_FORMAT}")
    elif version != _FORMAT:
        raise sqlite3.DatabaseError(f"format {version}, not {_FORMAT}")
    database.execute(_READ, (b"",)).fetchall()
    return bool(journal == "wal")


def _checksum(key: bytes, value: bytes) -> int:
    return zlib.crc32(value, zlib.crc32(key))


def _is_damage(error: Exception) -> bool:
    """Return whether SQLite, or this module, found the content wrong: not the place, the disk or the moment."""
    if isinstance(error, OSError):
        return False
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
