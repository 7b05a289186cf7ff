"""Moving of all rows from one database to another, on SQLite or PostgreSQL: resumable, and verified row by row.

Each batch is one transaction of the target, together with the note of how far the move has come: a kill anywhere
repeats nothing and loses nothing. Until all is verified no daemon may begin on the target, and from then on none on the
source: an alert that one of them has sent, the other would send again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)

from monitor.errors import StoreError
from monitor.model import Fact
from monitor.store import schema
from monitor.store.columns import CleanText, Ident, Key, Moment
from monitor.store.database import Database
from monitor.store.lock import MOVING
from monitor.store.packed import PackedText
from monitor.store.transaction import Transaction

OF_THE_PLACE = frozenset(
    {"writer", "daemon", "processes", "leaders", "turns", "hosts", "configurations", "index_state"}
)
"""Tables that say who uses a database now, or what it can make again: they are not moved."""

_MARKS = (Fact.MOVED_TO, Fact.MOVING_FROM)
_BATCH = 500  # rows
_HASH_BYTES = 16
_MODULUS = 1 << (8 * _HASH_BYTES)


@dataclass(frozen=True, slots=True)
class MovedTable:
    """A table of which both databases hold the same: how many rows, and the sum of their hashes."""

    name: str
    rows: int
    digest: str


Progress = Callable[[str, int], None]
"""Called with a table's name and how many of its rows are done."""


@dataclass(slots=True)
class _MovePlace:
    """How far a move has come, as the target has it; `after` is the key of the last row of the table under way."""

    source: str
    epoch: int
    done: list[str] = field(default_factory=list)
    after: list[Any] | None = None

    def dump(self) -> str:
        return json.dumps({"source": self.source, "epoch": self.epoch, "done": self.done, "after": self.after})


def move(source: Database, target: Database, progress: Progress = lambda *_: None) -> list[MovedTable]:
    """Move everything, or the rest of it after a kill; return what both databases hold now.

    Takes both databases' locks for the time. Raises StoreError where a daemon uses one of them, where the target holds
    rows of its own, where the source was moved elsewhere, and where the databases differ after all.
    """
    if source.name == target.name:
        raise StoreError(f"{source.name} cannot be moved to itself: name another database", retryable=False)
    last_epoch = _epoch(source)
    with source.lock(MOVING), target.lock(MOVING):
        with source.begin() as tx:
            moved_to = tx.get(Fact.MOVED_TO)
        if moved_to not in (None, target.name):
            raise StoreError(
                f"{source.name} was moved to {moved_to} already: move that one, or set storage.url to it",
                retryable=False,
            )
        place = _resumed(source, target, last_epoch)
        if place is None and moved_to == target.name:
            raise StoreError(
                f"{source.name} was moved to {target.name} already: set storage.url to that, and start the daemon",
                retryable=False,
            )
        if place is None:
            place = _begin(source, target)
        _copy(source, target, place, progress)
        found = _verify(source, target, progress)
        with source.begin() as tx:
            tx.put(Fact.MOVED_TO, target.name)
        with target.begin() as tx:
            tx.connection.execute(delete(schema.memory).where(schema.memory.c.key == Fact.MOVING_FROM))
    return found


def _epoch(store: Database) -> int:
    """Return how often the database's lock was taken: whoever wrote since then raised it."""
    with store.begin() as tx:
        return tx.connection.scalar(select(func.max(schema.writer.c.epoch))) or 0


def _resumed(source: Database, target: Database, last_epoch: int) -> _MovePlace | None:
    """Return how far an earlier run has come, None where there was none; what is of another state is removed."""
    with target.begin() as tx:
        noted = tx.get(Fact.MOVING_FROM)
        if noted is None:
            return None
        place = _MovePlace(**json.loads(noted))
        if place.source != source.name:
            raise StoreError(
                f"{target.name} holds a part of {place.source}: go on with that one, or make the database anew",
                retryable=False,
            )
        if place.epoch != last_epoch:  # a daemon or a command has used the source since
            _clear(tx)
            place = _MovePlace(source.name, 0)
        place.epoch = _epoch(source)
        tx.put(Fact.MOVING_FROM, place.dump())
    return place


def _begin(source: Database, target: Database) -> _MovePlace:
    with target.begin() as tx:
        for table in _tables():
            if tx.connection.execute(select(table).limit(1)).first() is not None:
                raise StoreError(
                    f"{target.name} holds rows already ({table.name}): name an empty database", retryable=False
                )
        place = _MovePlace(source.name, _epoch(source))
        tx.put(Fact.MOVING_FROM, place.dump())
    return place


def _clear(tx: Transaction) -> None:
    for table in reversed(_tables()):
        removing = delete(table)
        tx.connection.execute(removing.where(table.c.key.not_in(_MARKS)) if table.name == "memory" else removing)


# --------------------------------------------------------------------------- copying


def _copy(source: Database, target: Database, place: _MovePlace, progress: Progress) -> None:
    for table in _tables():
        if table.name in place.done:
            continue
        links = _own_links(table)
        count = 0
        for rows in _pages(source, table, place.after):
            bare = [{**row, **dict.fromkeys(links)} for row in rows]
            with target.begin() as tx:
                tx.connection.execute(insert(table), bare)
                place.after = [rows[-1][column.name] for column in table.primary_key]
                tx.put(Fact.MOVING_FROM, place.dump())
            count += len(rows)
            progress(table.name, count)
        for name in links:
            _link(source, target, table, name)
        with target.begin() as tx:
            with source.begin() as origin:
                last = _last_id(origin.connection, table)
            _go_on_after(tx.connection, table, last)
            place.done.append(table.name)
            place.after = None
            tx.put(Fact.MOVING_FROM, place.dump())


def _link(source: Database, target: Database, table: Table, name: str) -> None:
    """Write a column that refers to rows of its own table, once all of these are there."""
    the_id, column = table.c.id, table.c[name]
    last = 0
    while True:
        with source.begin() as tx:
            found = select(the_id, column).where(column.is_not(None), the_id > last).order_by(the_id).limit(_BATCH)
            rows = tx.connection.execute(found).all()
        if not rows:
            return
        with target.begin() as tx:
            for ident, to in rows:
                tx.connection.execute(update(table).where(the_id == ident).values({name: to}))
        last = rows[-1][0]


def _pages(store: Database, table: Table, after: Sequence[Any] | None = None) -> Iterator[list[Mapping[str, Any]]]:
    """Return a table's rows in the order of its key, in batches of a transaction each."""
    key = list(table.primary_key)
    while True:
        found = select(table).order_by(*key).limit(_BATCH)
        if after is not None:
            given = [literal(value, column.type) for value, column in zip(after, key, strict=True)]
            found = found.where(tuple_(*key) > tuple_(*given))
        if table.name == "memory":
            found = found.where(table.c.key.not_in(_MARKS))
        with store.begin() as tx:
            rows: list[Mapping[str, Any]] = [dict(row) for row in tx.connection.execute(found).mappings()]
        if not rows:
            return
        yield rows
        after = [rows[-1][column.name] for column in key]


# --------------------------------------------------------------------------- ids are never given twice


def _last_id(connection: Connection, table: Table) -> int:
    """Return the highest id that the table ever had; 0 where it counts none."""
    if not _counts(table):
        return 0
    highest = connection.scalar(select(func.max(table.c.id))) or 0
    if connection.dialect.name == "sqlite":
        given = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    else:
        sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
        given = connection.scalar(text("SELECT pg_sequence_last_value(CAST(:name AS regclass))"), {"name": sequence})
    return max(highest, given or 0)


def _go_on_after(connection: Connection, table: Table, last: int) -> None:
    """Let the next row of a table have a higher id than any that the source gave."""
    if not last:
        return
    values = {"name": table.name, "last": last}
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
    else:
        connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"), values)


def _counts(table: Table) -> bool:
    """Return whether the database gives the table's ids."""
    key = list(table.primary_key)
    return len(key) == 1 and key[0].name == "id" and bool(key[0].autoincrement)


# --------------------------------------------------------------------------- verification


def _verify(source: Database, target: Database, progress: Progress) -> list[MovedTable]:
    found = []
    for table in _tables():
        one, other = (_digest(store, table, progress) for store in (source, target))
        if one != other:
            raise StoreError(
                f"{table.name} differs: {one.rows} rows in {source.name}, {other.rows} in {target.name}"
                f"{', which hold the same number but not the same' if one.rows == other.rows else ''}."
                " Nothing uses the copy: drop and make the target anew, and move again",
                retryable=False,
            )
        found.append(one)
    return found


def _digest(store: Database, table: Table, progress: Progress) -> MovedTable:
    """Return the count of a table's rows and the sum of their hashes, which does not depend on their order."""
    rows = total = 0
    for page in _pages(store, table):
        for row in page:
            total += int.from_bytes(blake2b(_canonical(row), digest_size=_HASH_BYTES).digest(), "big")
        rows += len(page)
        progress(table.name, rows)
    return MovedTable(table.name, rows, f"{total % _MODULUS:0{2 * _HASH_BYTES}x}")


def _canonical(row: Mapping[str, Any]) -> bytes:
    """Return a row as bytes that are the same whichever database holds it."""
    values = [_plain(row[name]) for name in sorted(row)]
    return json.dumps(values, ensure_ascii=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, date) else value


# --------------------------------------------------------------------------- tables


def _tables() -> list[Table]:
    """Return the tables that are moved, each after those that it refers to, with values as the databases hold them."""
    return [_bare(table) for table in schema.metadata.sorted_tables if table.name not in OF_THE_PLACE]


def _bare(table: Table) -> Table:
    columns = [
        Column(column.name, _bare_type(column), primary_key=column.primary_key, autoincrement=column.autoincrement)
        for column in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


def _bare_type(column: Column[Any]) -> Any:
    if isinstance(column.type, PackedText):  # compressed as its database does
        return column.type
    if isinstance(column.type, Moment) or column.type is Ident:
        return BigInteger()
    return Text() if isinstance(column.type, (CleanText, Key)) else column.type


def _own_links(table: Table) -> list[str]:
    """Return the columns by which rows refer to rows of their own table."""
    own = schema.metadata.tables[table.name]
    return [column.name for column in own.columns if any(key.column.table is own for key in column.foreign_keys)]
