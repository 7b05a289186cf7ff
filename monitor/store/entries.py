"""Entries: the items of the feeds, and whether their articles were read and judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, insert, or_, select, true, update

from monitor.errors import StoreError
from monitor.model import Entry, FaultedEntry, PendingEntry
from monitor.ports import PollRecord
from monitor.store.columns import shorten
from monitor.store.schema import entries as entry_table
from monitor.store.schema import sources as source_table
from monitor.store.sources import SOURCE_COLUMNS, Sources, source_of

SEEN_PRECISION = timedelta(days=1)
"""`last_seen_at` is written once a day an entry: the clean-up needs no more, and a poll stays a read."""

_ENTRY = ("key", "guid", "link", "title", "summary", "author", "published", "language", "digest")


# Built once: a poll runs them, and building a statement takes SQLAlchemy longer than SQLite takes to run it.
_KNOWN: Select[Any] = select(
    entry_table.c.id, entry_table.c.key, entry_table.c.digest, entry_table.c.last_seen_at, entry_table.c.due_at
).where(
    entry_table.c.source_id == bindparam("source"),
    entry_table.c.key.in_(bindparam("keys", expanding=True)),
)
_READ = (
    update(source_table)
    .where(
        source_table.c.id == bindparam("source"),
        or_(source_table.c.last_read_at.is_(None), source_table.c.last_read_at < bindparam("limit")),
    )
    .values(last_read_at=bindparam("at"))
)
_NEWS = update(source_table).where(source_table.c.id == bindparam("source")).values(last_new_at=bindparam("at"))
_INSERT = insert(entry_table)


class Entries(Sources):
    """The table `entries`."""

    def unseen_entries(self, source_id: int, entries: Sequence[Entry]) -> list[Entry]:
        """Give those whose key is unknown or whose digest changed.

        That the feed shows the others still is noted, to the day.
        """
        known = self._known(source_id, entries)
        if self.writable:
            self._touch(source_id, list(known.values()))
        return [entry for entry in entries if _is_news(entry, known.get(shorten(entry.key)))]

    def record_poll(self, record: PollRecord) -> int:
        """Write a poll's facts and its entries as pending; give how many entries are new.

        Entries that are known and unchanged are left alone, so the same record may be written twice. A changed one
        is pending again, as baseline or late as it was. Raises StoreError where the source is not known.
        """
        if not self._write_poll(record):
            raise StoreError(f"no source has the id {record.source_id}", retryable=False)
        return self._write_entries(record)

    def due_entries(self, now: datetime, limit: int, without: Collection[str] = ()) -> list[PendingEntry]:
        """Return pending entries whose time has come, oldest first; those of a baseline after all others.

        Those of sources named in `without` are left out.
        """
        due = _pending().where(entry_table.c.due_at <= now)
        if without:
            due = due.where(source_table.c.name.not_in([shorten(name) for name in without]))
        ordered = due.order_by(entry_table.c.baseline, entry_table.c.due_at, entry_table.c.id).limit(limit)
        return [_pending_entry(row) for row in self.connection.execute(ordered)]

    def pending_entry(self, entry_id: int) -> PendingEntry | None:
        """Give one entry that is still pending; None where it was judged meanwhile."""
        found = _pending().where(entry_table.c.id == entry_id, entry_table.c.due_at.is_not(None))
        row = self.connection.execute(found).one_or_none()
        return None if row is None else _pending_entry(row)

    def pending_count(self, *, late: bool = False, baseline: bool = False) -> int:
        """Count entries still to be judged; with `late` or `baseline`, only those (with both, either)."""
        count = select(func.count()).select_from(entry_table).where(entry_table.c.due_at.is_not(None))
        wanted = [
            column == true() for column, on in ((entry_table.c.late, late), (entry_table.c.baseline, baseline)) if on
        ]
        return self.connection.scalar(count.where(or_(*wanted)) if wanted else count) or 0

    def defer_entry(self, entry_id: int, due_at: datetime, error: str, *, counts: bool = True) -> None:
        """Put a pending entry off; `counts` says whether this was one of its attempts."""
        values = {"due_at": due_at, "attempts": entry_table.c.attempts + int(counts), "error": error}
        self.connection.execute(
            update(entry_table).where(entry_table.c.id == entry_id, entry_table.c.due_at.is_not(None)).values(**values)
        )

    def fault_entry(self, entry_id: int, at: datetime, due_at: datetime | None, fault: str) -> None:
        """Count an internal error at a pending entry; with `due_at` None the entry is given up, and its row kept."""
        values = {"faults": entry_table.c.faults + 1, "fault": fault, "faulted_at": at, "due_at": due_at}
        self.connection.execute(
            update(entry_table)
            .where(entry_table.c.id == entry_id, entry_table.c.due_at.is_not(None))
            .values(**values, error=fault)
        )

    def faulted_entries(self, since: datetime, at_least: int) -> list[FaultedEntry]:
        """Return entries that ended after `at_least` internal errors, the last one after `since`; newest first."""
        table = entry_table.c
        found = (
            select(table.id, table.title, table.link, table.fault, table.faulted_at, table.error, source_table.c.name)
            .join(source_table, source_table.c.id == table.source_id)
            .where(table.faulted_at > since, table.faults >= at_least, table.due_at.is_(None))
            .order_by(table.faulted_at.desc(), table.id.desc())
        )
        return [
            FaultedEntry(
                row.id, row.name, row.title, row.link, row.fault or "", row.faulted_at, given_up=row.error is not None
            )
            for row in self.connection.execute(found)
        ]

    def finish_entry(self, entry_id: int, article_id: int | None, error: str | None = None) -> None:
        """Mark an entry as judged (or, with `article_id` None, as given up for `error`: an older article stays)."""
        article = entry_table.c.article_id if article_id is None else article_id
        self.connection.execute(
            update(entry_table).where(entry_table.c.id == entry_id).values(due_at=None, article_id=article, error=error)
        )

    def _known(self, source_id: int, entries: Sequence[Entry]) -> dict[str, Row[Any]]:
        if not entries:
            return {}
        keys = list({entry.key for entry in entries})
        return {row.key: row for row in self.connection.execute(_KNOWN, {"source": source_id, "keys": keys})}

    def _touch(self, source_id: int, known: Sequence[Row[Any]]) -> None:
        """Note what the feed still shows. The source's own date tells a feed that dropped an entry from a quiet one."""
        now = self.now()
        limit = now - SEEN_PRECISION
        stale = [row.id for row in known if row.last_seen_at < limit]
        if stale:
            self.connection.execute(update(entry_table).where(entry_table.c.id.in_(stale)).values(last_seen_at=now))
        self.connection.execute(_READ, {"source": source_id, "limit": limit, "at": now})

    def _write_entries(self, record: PollRecord) -> int:
        """Insert new entries, oldest first, and make edited ones pending again."""
        known = self._known(record.source_id, record.entries)
        latest = {shorten(entry.key): entry for entry in reversed(record.entries)}
        news = {key: entry for key, entry in latest.items() if _is_news(entry, known.get(key))}
        new = [entry for key, entry in news.items() if key not in known]
        new.sort(key=lambda entry: entry.published or record.at)
        if new:
            self.connection.execute(_INSERT, [_new_values(entry, record) for entry in new])
        edited = [_edit_values(entry, known[key], record) for key, entry in news.items() if key in known]
        if edited:
            self.connection.execute(_EDIT, edited)
        if new and not record.baseline:
            self.connection.execute(_NEWS, {"source": record.source_id, "at": record.at})
        return len(new)


def _is_news(entry: Entry, row: Row[Any] | None) -> bool:
    return row is None or row.digest != entry.digest


def _new_values(entry: Entry, record: PollRecord) -> dict[str, Any]:
    """Make a pending row. A baseline entry is never `late`: it alerts nobody, whatever its age."""
    old = record.late_before is not None and entry.published is not None and entry.published < record.late_before
    return {name: getattr(entry, name) for name in _ENTRY} | {
        "source_id": record.source_id,
        "first_seen_at": record.at,
        "last_seen_at": record.at,
        "due_at": record.at,
        "baseline": record.baseline,
        "late": old and not record.baseline,
    }


_CONTENT = tuple(name for name in _ENTRY if name != "key")
_EDIT = (
    update(entry_table)
    .where(entry_table.c.id == bindparam("the_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in _CONTENT}
        | {
            "edits": entry_table.c.edits + bindparam("more"),
            "last_seen_at": bindparam("at"),
            "due_at": bindparam("at"),
            "attempts": 0,
            "error": None,
            "faults": 0,
            "fault": None,
            "faulted_at": None,
        }
    )
)


def _edit_values(entry: Entry, row: Row[Any], record: PollRecord) -> dict[str, Any]:
    """Make it pending again. An edit counts where it was judged already: one that still waits is read as it now is."""
    values = {f"new_{name}": getattr(entry, name) for name in _CONTENT}
    return values | {"the_id": row.id, "at": record.at, "more": int(row.due_at is None)}


def _pending() -> Select[Any]:
    return select(entry_table, *SOURCE_COLUMNS).join(source_table, source_table.c.id == entry_table.c.source_id)


def _pending_entry(row: Row[Any]) -> PendingEntry:
    return PendingEntry(
        id=row.id,
        source=source_of(row),
        entry=Entry(**{name: getattr(row, name) for name in _ENTRY}),
        first_seen_at=row.first_seen_at,
        baseline=row.baseline,
        late=row.late,
        attempts=row.attempts,
        faults=row.faults,
        edited=row.edits > 0,
    )
