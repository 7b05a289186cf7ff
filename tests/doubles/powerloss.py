"""Records what SQLite writes and flushes, and makes the files that a power cut could have left.

    python tests/doubles/powerloss.py FOLDER

runs a workload of the store on FOLDER/monitor.db and writes FOLDER/trace: a pickled list of operations in order. The
store's own SQLite library is watched from within: a VFS of its own, registered through ctypes, which is the library's
usual one but for the methods that change a file. No compiler, no tracer and no other SQLite is needed.

What a power cut leaves is known of flushed writes alone. Of those since the last flush of a file, each sector of 512
bytes is there or not, in any order (as SQLite's own crash tests have it, src/test6.c).
"""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.store_samples import DESK, LANE, NOW, add, article, entry, record, source

from monitor.model import Fact, Receipt, Validators
from monitor.store import Database, Transaction, open_store

SECTOR = 512

Operation = tuple[Any, ...]
"""('write', name, offset, bytes) | ('truncate', name, size) | ('sync', name) | ('delete', name) | ('ack', summary)."""

_POINTER = ctypes.c_void_p


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3 (sqlite.org/c3ref/io_methods.html)."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        *((name, _POINTER) for name in ("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock")),
        *((name, _POINTER) for name in ("xUnlock", "xCheckReservedLock", "xFileControl", "xSectorSize")),
        *((name, _POINTER) for name in ("xDeviceCharacteristics", "xShmMap", "xShmLock", "xShmBarrier")),
        *((name, _POINTER) for name in ("xShmUnmap", "xFetch", "xUnfetch")),
    )


class _File(ctypes.Structure):
    """sqlite3_file."""

    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


class _Vfs(ctypes.Structure):
    """sqlite3_vfs, version 3 (sqlite.org/c3ref/vfs.html)."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", _POINTER),
        ("zName", ctypes.c_char_p),
        ("pAppData", _POINTER),
        *((name, _POINTER) for name in ("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError")),
        *((name, _POINTER) for name in ("xDlSym", "xDlClose", "xRandomness", "xSleep", "xCurrentTime")),
        *((name, _POINTER) for name in ("xGetLastError", "xCurrentTimeInt64", "xSetSystemCall")),
        *((name, _POINTER) for name in ("xGetSystemCall", "xNextSystemCall")),
    )


# The name as a pointer: SQLite keeps it for as long as the file is open, and a copy by ctypes is gone after the call.
_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, _POINTER, _POINTER, ctypes.POINTER(_File), ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)


def library() -> ctypes.CDLL:
    """Return the SQLite library that Python's own module is linked with. Raises OSError where it cannot be reached."""
    import _sqlite3

    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    try:
        found.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    except AttributeError as error:  # linked in statically, its names hidden
        raise OSError("the SQLite library's functions are not to be found") from error
    return found


class Recorder:
    """The usual VFS, made the default one, with an eye on everything that changes a file."""

    def __init__(self) -> None:
        self.trace: list[Operation] = []
        self._names: dict[int, str] = {}
        self._tables: dict[int, _Methods] = {}
        self._kept: list[object] = []  # callbacks live as long as the library may call them
        sqlite = library()
        usual = sqlite.sqlite3_vfs_find(None).contents
        self._open, self._delete = _OPEN(usual.xOpen), _DELETE(usual.xDelete)
        self._vfs = _Vfs.from_buffer_copy(usual)
        self._vfs.zName, self._vfs.pNext = b"recorder", None
        self._vfs.xOpen = self._callback(_OPEN, self._opened)
        self._vfs.xDelete = self._callback(_DELETE, self._deleted)
        if sqlite.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != 0:
            raise OSError("the recorder could not be registered")

    def _callback(self, kind: Any, function: Callable[..., int]) -> int | None:
        made = kind(function)
        self._kept.append(made)
        return ctypes.cast(made, _POINTER).value

    def _opened(self, vfs: int, name: int | None, file: Any, flags: int, out: Any) -> int:
        result = self._open(vfs, name, file, flags, out)
        if result == 0 and name is not None:
            address = ctypes.addressof(file.contents)
            self._names[address] = os.path.basename(ctypes.string_at(name).decode())  # noqa: PTH119 — no Path in C
            file.contents.pMethods = ctypes.pointer(self._table(file.contents.pMethods.contents))
        return int(result)

    def _table(self, usual: _Methods) -> _Methods:
        """Return a copy of a table of methods in which changes are recorded."""
        known = self._tables.get(ctypes.addressof(usual))
        if known is not None:
            return known
        made = _Methods.from_buffer_copy(usual)
        write, truncate, sync = _WRITE(usual.xWrite), _TRUNCATE(usual.xTruncate), _SYNC(usual.xSync)

        def written(file: int, data: int, size: int, offset: int) -> int:
            self.trace.append(("write", self._names[file], offset, ctypes.string_at(data, size)))
            return int(write(file, data, size, offset))

        def truncated(file: int, size: int) -> int:
            self.trace.append(("truncate", self._names[file], size))
            return int(truncate(file, size))

        def synced(file: int, flags: int) -> int:
            result = int(sync(file, flags))
            self.trace.append(("sync", self._names[file]))
            return result

        made.xWrite = self._callback(_WRITE, written)
        made.xTruncate = self._callback(_TRUNCATE, truncated)
        made.xSync = self._callback(_SYNC, synced)
        self._tables[ctypes.addressof(usual)] = self._tables[ctypes.addressof(made)] = made
        return made

    def _deleted(self, vfs: int, name: bytes, sync: int) -> int:
        self.trace.append(("delete", os.path.basename(name.decode())))  # noqa: PTH119 — no Path in a callback of C
        return int(self._delete(vfs, name, sync))


# ---------------------------------------------------------------------- the workload


def summary(store: Database) -> str:
    """Return all that the workload wrote, as text."""
    with store.begin() as tx:
        rows = [(row.id, row.state, row.sent_revision, row.message_id, row.attempts) for row in tx.deliveries(limit=99)]
        found = tx.article_by_key("big")
        polls = [(state.validators.etag, state.body_hash) for state in tx.source_states()]
        pending = [entry.entry.key for entry in tx.due_entries(NOW, 99)]
        lane = tx.lane(LANE).last_message_id
        return json.dumps([rows, lane, tx.get(Fact.JUDGING), found and found.text[:9], polls, pending])


def steps() -> Iterator[Callable[[Transaction], object]]:
    """Return transactions as the daemon makes them: polls, rows, claims, fates, amendments, a long article."""
    yield lambda tx: tx.sync_sources([source()], NOW)
    for number in range(5):
        yield lambda tx, number=number: _poll(tx, number)  # type: ignore[misc]
        yield lambda tx, number=number: add(tx, f"row {number}")  # type: ignore[misc]
        yield lambda tx: tx.claim_delivery(DESK, LANE, NOW)

        def fate(tx: Transaction, number: int = number) -> None:
            (row,) = [row for row in tx.deliveries() if row.state == "sending"]
            if number == 3:
                tx.mark_ready(row.id, NOW, "refused")
            else:
                tx.mark_sent(row.id, LANE, Receipt(100 + number), NOW)
            tx.put(Fact.JUDGING, f"after {number}")

        yield fate
        yield lambda tx, number=number: _read(tx, number)  # type: ignore[misc]


def _poll(tx: Transaction, number: int) -> None:
    """Find three entries, one of them edited since: with them the validators hide them from the next poll."""
    (state,) = tx.source_states()
    entries = [entry(f"{number}.{each}", summary="слово " * 100) for each in range(3)]
    edited = [entry(f"{number - 1}.0", digest=f"d{number}")] if number else []
    validators = Validators(etag=str(number))
    tx.record_poll(record(state.id, *entries, *edited, validators=validators, body_hash=f"body {number}"))


def _read(tx: Transaction, number: int) -> None:
    """End an entry with its article."""
    text = f"text {number} " + "слово " * 3000 * (number % 2 + 1)
    tx.finish_entry(tx.due_entries(NOW, 1)[0].id, tx.add_article(article("big", text=text)))


def run(folder: Path) -> None:
    """Run the workload; write the trace."""
    recorder = Recorder()
    store: Database = open_store(f"sqlite:///{folder}/monitor.db", clock_now=lambda: NOW)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 24")  # pages: the journal is emptied several times
        connection.rollback()
    recorder.trace.append(("ack", summary(store)))
    for step in steps():
        with store.begin() as tx:
            step(tx)
        recorder.trace.append(("ack", summary(store)))
    store.close()
    (folder / "trace").write_bytes(pickle.dumps(recorder.trace))


# ---------------------------------------------------------------------- the power cut


@dataclass(slots=True)
class Disk:
    """What is certainly on the disk, and what may be."""

    safe: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, list[Operation]] = field(default_factory=dict)

    def do(self, operation: Operation) -> None:
        kind, name = operation[:2]
        if kind == "sync":
            self.safe[name] = _applied(self.safe.get(name, b""), self.pending.pop(name, []))
        elif kind == "delete":
            self.safe.pop(name, None)
            self.pending.pop(name, None)
        else:
            self.pending.setdefault(name, []).append(operation)

    def after_cut(self, keep: Callable[[], bool]) -> dict[str, bytes]:
        """Return the files that a cut now could leave; `keep` says whether a sector that was not flushed is there."""
        left = dict(self.safe)
        for name, operations in self.pending.items():
            kept = [part for operation in operations for part in _sectors(operation) if keep()]
            if kept or name in left:
                left[name] = _applied(left.get(name, b""), kept)
        return left


def _sectors(operation: Operation) -> Iterator[Operation]:
    if operation[0] != "write":
        yield operation
        return
    _, name, offset, data = operation
    at = 0
    while at < len(data):
        size = min(SECTOR - (offset + at) % SECTOR, len(data) - at)
        yield ("write", name, offset + at, data[at : at + size])
        at += size


def _applied(content: bytes, operations: Sequence[Operation]) -> bytes:
    made = bytearray(content)
    for operation in operations:
        if operation[0] == "truncate":
            size = operation[2]
            made = made[:size] + bytes(max(0, size - len(made)))
        else:
            _, _, offset, data = operation
            made += bytes(max(0, offset - len(made)))
            made[offset : offset + len(data)] = data
    return bytes(made)


@dataclass(frozen=True, slots=True)
class Cut:
    """A power cut after operation `number`: what may be left, and what must be found in it."""

    number: int
    disk: Disk
    allowed: list[str]  # what was acknowledged last, and the transaction under way

    def left(self, rng: random.Random) -> list[dict[str, bytes]]:
        """Return three ways in which it may end: nothing that was not flushed is there, all of it, any of its sectors."""
        if not any(self.disk.pending.values()):
            return [self.disk.safe]
        return [self.disk.after_cut(keep) for keep in (lambda: False, lambda: True, lambda: rng.random() < 0.5)]


def cuts(trace: Sequence[Operation]) -> Iterator[Cut]:
    """Return the cut after each operation in turn; each holds until the next is asked for."""
    acks = [operation[1] for operation in trace if operation[0] == "ack"]
    disk, acknowledged = Disk(), 0
    for number, operation in enumerate(trace):
        if operation[0] == "ack":
            acknowledged += 1
        else:
            disk.do(operation)
        yield Cut(number, disk, acks[max(0, acknowledged - 1) : acknowledged + 1])


if __name__ == "__main__":
    run(Path(sys.argv[1]))
