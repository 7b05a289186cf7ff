"""Entries: the items of the feeds, and whether their articles were read and judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, insert, or_, select, true, update

from monitor import polling
from monitor.errors import StoreError
from monitor.identity import marks_of
from monitor.model import Article, Entry, FaultedEntry, PendingEntry, PollRecord, RefillRecord, Volume
from monitor.store.articles import article_of
from monitor.store.columns import shorten
from monitor.store.known_entries import KnownEntries, mark_values
from monitor.store.schema import MARKS, articles, verdicts
from monitor.store.schema import entries as entry_table
from monitor.store.schema import sources as source_table
from monitor.store.sources import SOURCE_COLUMNS, source_of

_ENTRY = ("key", "guid", "link", "title", "summary", "author", "published", "language", "digest")


_ENTRY_COLUMNS: tuple[Any, ...] = tuple(entry_table.c[name] for name in _ENTRY)
_NAMESAKES = 50  # looked at: enough to see that a value is shared


# Built once: a poll runs them, and building a statement takes SQLAlchemy longer than SQLite takes to run it.
_KNOWN: Select[Any] = select(
    entry_table.c.id, entry_table.c.key, entry_table.c.digest, entry_table.c.last_seen_at, entry_table.c.due_at
).where(
    entry_table.c.source_id == bindparam("source"),
    entry_table.c.key.in_(bindparam("keys", expanding=True)),
)
_NEWS = update(source_table).where(source_table.c.id == bindparam("source")).values(last_new_at=bindparam("at"))
_INSERT = insert(entry_table)
_MARKS: Select[Any] = select(
    entry_table.c.source_id, entry_table.c.link_mark, entry_table.c.guid_mark, entry_table.c.title_mark
).where(entry_table.c.id == bindparam("entry"))
_NAMESAKES_BY: dict[str, Select[Any]] = {
    name: select(*_ENTRY_COLUMNS)
    .where(
        entry_table.c.source_id == bindparam("source"),
        entry_table.c[name] == bindparam("value"),
        entry_table.c.id != bindparam("entry"),
    )
    .order_by(entry_table.c.id.desc())
    .limit(_NAMESAKES)
    for name in ("link_mark", "guid_mark", "title_mark")
}
_BRINGING: Select[Any] = (
    select(*_ENTRY_COLUMNS, source_table.c.name)
    .join(source_table, source_table.c.id == entry_table.c.source_id)
    .where(entry_table.c.article_id == bindparam("article"))
)
_FINISH = update(entry_table).where(entry_table.c.id == bindparam("entry"))


class Entries(KnownEntries):
    """The table `entries`."""

    def record_poll(self, record: PollRecord) -> int:
        """Write a poll's facts and its entries as pending; return how many entries are new.

        Renewed guids and links of known entries are written in silence, and the day on which the feed shows them.
        Entries that are known and unchanged are left alone, so the same record may be written twice. A changed one
        is pending again, as baseline or late as it was. Raises StoreError where the source is not known.
        """
        if not self._write_poll(record):
            raise StoreError(f"no source has the id {record.source_id}", retryable=False)
        if record.body is None:
            return 0
        self._write_known(record.source_id, record.body, record.at)
        return self._write_entries(record)

    def arrivals(self, source_id: int, news: Sequence[Entry], at: datetime) -> int | None:
        """Return how many of a body's news are new, without those that fill a gap; None where they are a flood."""
        known = self._known(source_id, news)
        new = sum(shorten(entry.key) not in known and not entry.refilled for entry in news)
        return None if new and self._counted(source_id, new, at)[0] else new

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
        """Return one entry that is still pending; None where it was judged meanwhile."""
        row = self.connection.execute(_PENDING, {"entry": entry_id}).one_or_none()
        return None if row is None else _pending_entry(row)

    def pending_count(self, *, late: bool = False, baseline: bool = False, flood: bool = False) -> int:
        """Count entries still to be judged; with `late`, `baseline` or `flood`, only those (with several, any)."""
        count = select(func.count()).select_from(entry_table).where(entry_table.c.due_at.is_not(None))
        wanted = [
            column == true()
            for column, on in (
                (entry_table.c.late, late),
                (entry_table.c.baseline, baseline),
                (entry_table.c.flood, flood),
            )
            if on
        ]
        return self.connection.scalar(count.where(or_(*wanted)) if wanted else count) or 0

    def baseline_counts(self, source_ids: Collection[int]) -> tuple[int, int]:
        """Return how many entries some sources showed before they were watched, and how many are still to be judged."""
        found = self.connection.execute(
            select(func.count(), func.count(entry_table.c.due_at)).where(
                entry_table.c.source_id.in_(source_ids), entry_table.c.baseline == true()
            )
        ).one()
        return found[0], found[1]

    def baseline_matches(self, source_ids: Collection[int]) -> list[tuple[str, str, int]]:
        """Return (watchlist, title, article id) of such entries' articles that a watchlist matches, newest first."""
        found = (
            select(verdicts.c.watchlist, articles.c.title, articles.c.id)
            .select_from(entry_table)
            .join(articles, articles.c.id == entry_table.c.article_id)
            .join(verdicts, verdicts.c.article_id == articles.c.id)
            .where(
                entry_table.c.source_id.in_(source_ids),
                entry_table.c.baseline == true(),
                verdicts.c.matched == true(),
            )
            .order_by(articles.c.published.desc().nulls_last(), articles.c.id.desc(), verdicts.c.watchlist)
        )
        return [(row.watchlist, row.title, row.id) for row in self.connection.execute(found)]

    def namesakes(self, entry_id: int) -> tuple[list[Entry], list[Entry], list[Entry]]:
        """Return other entries of an entry's source: with its link (tracking aside), with its guid, with its title."""
        mine = self.connection.execute(_MARKS, {"entry": entry_id}).one()

        def others(name: str) -> list[Entry]:
            value = getattr(mine, name)
            of = {"source": mine.source_id, "entry": entry_id, "value": value}
            return [] if value is None else [_entry(row) for row in self.connection.execute(_NAMESAKES_BY[name], of)]

        return others("link_mark"), others("guid_mark"), others("title_mark")

    def entries_of(self, article_id: int) -> list[tuple[str, Entry]]:
        """Return (name of the source, entry) of all entries that brought an article."""
        return [(row.name, _entry(row)) for row in self.connection.execute(_BRINGING, {"article": article_id})]

    def article_of(self, entry_id: int) -> Article | None:
        """Return the article that an entry was judged by; None where it was not."""
        found = select(articles).join(entry_table, entry_table.c.article_id == articles.c.id)
        row = self.connection.execute(found.where(entry_table.c.id == entry_id)).one_or_none()
        return None if row is None else article_of(row)

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

    def spare_entry(self, entry_id: int, crashes: int) -> None:
        """Let a pending entry at which processes died be judged by its summary, then its title; never give it up."""
        faults = min(max(crashes, 3), 5)
        chosen = entry_table.c.id == entry_id, entry_table.c.due_at.is_not(None), entry_table.c.faults < faults
        self.connection.execute(update(entry_table).where(*chosen).values(faults=faults))

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
        article = {} if article_id is None else {"article_id": article_id}
        self.connection.execute(_FINISH, {"entry": entry_id, "due_at": None, "error": error} | article)

    def _known(self, source_id: int, entries: Sequence[Entry]) -> dict[str, Row[Any]]:
        if not entries:
            return {}
        keys = list({entry.key for entry in entries})
        return {row.key: row for row in self.connection.execute(_KNOWN, {"source": source_id, "keys": keys})}

    def _write_entries(self, record: PollRecord) -> int:
        """Insert new entries, oldest first, and make edited ones pending again."""
        known = self._known(record.source_id, record.entries)
        latest = {shorten(entry.key): entry for entry in reversed(record.entries)}
        news = {key: entry for key, entry in latest.items() if _is_news(entry, known.get(key))}
        new = [entry for key, entry in news.items() if key not in known]
        new.sort(key=lambda entry: entry.published or record.at)
        fresh = sum(not entry.refilled and not _is_before(entry, record.old_before) for entry in new)
        flood = not record.baseline and self._is_flood(record, fresh)
        if new:
            self.connection.execute(_INSERT, [new_values(entry, record, flood=flood) for entry in new])
        edited = [_edit_values(entry, known[key], record) for key, entry in news.items() if key in known]
        if edited:
            self.connection.execute(_EDIT, edited)
        if new and not record.baseline:
            self.connection.execute(_NEWS, {"source": record.source_id, "at": record.at})
        return len(new)

    def _is_flood(self, record: PollRecord, new: int) -> bool:
        """Count a poll's new entries; return whether so many at once are a flood."""
        if not new:
            return False
        flood, before, volume = self._counted(record.source_id, new, record.at)
        if volume != before:
            values = {f"new_{name}": getattr(volume, name) for name in _VOLUME}
            self.connection.execute(_COUNTED, {"source": record.source_id} | values)
        return flood

    def _counted(self, source_id: int, new: int, at: datetime) -> tuple[bool, Volume, Volume]:
        """Return whether so many new entries at once are a flood, and the source's volume before and with them."""
        row = self.connection.execute(_VOLUME_OF, {"source": source_id}).one()
        before = Volume(**{name: value for name in _VOLUME if (value := getattr(row, name)) is not None})
        flood, volume = polling.counted(
            before, new, at, known=lambda: len(self.connection.scalars(_SOME, {"source": source_id}).all())
        )
        return flood, before, volume


_VOLUME = tuple(field.name for field in fields(Volume))
_VOLUME_OF = select(*(source_table.c[name] for name in _VOLUME)).where(source_table.c.id == bindparam("source"))

_SOME = select(entry_table.c.id).where(entry_table.c.source_id == bindparam("source")).limit(polling.ESTABLISHED)
_COUNTED = (
    update(source_table)
    .where(source_table.c.id == bindparam("source"))
    .values({name: bindparam(f"new_{name}") for name in _VOLUME})
)


def _is_news(entry: Entry, row: Row[Any] | None) -> bool:
    return row is None or row.digest != entry.digest


def new_values(entry: Entry, record: PollRecord | RefillRecord, *, flood: bool = False) -> dict[str, Any]:
    """Return the columns of a new, pending entry. A baseline entry is never `late`: it raises no alert at any age."""
    archived = record.baseline or _is_before(entry, record.old_before)
    values: dict[str, Any] = {name: getattr(entry, name) for name in _ENTRY}
    values.update(mark_values(marks_of(entry)))
    values["source_id"] = record.source_id
    values["first_seen_at"] = values["last_seen_at"] = values["due_at"] = record.at
    values["baseline"] = archived
    values["late"] = not archived and _is_before(entry, record.late_before)
    values["flood"] = flood and not entry.refilled
    return values


def _is_before(entry: Entry, moment: datetime | None) -> bool:
    return moment is not None and entry.published is not None and entry.published < moment


_EDITED = (*(name for name in _ENTRY if name != "key"), *MARKS)
_EDIT = (
    update(entry_table)
    .where(entry_table.c.id == bindparam("the_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in _EDITED}
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
    """Return the columns that make an edited entry pending again; an edit counts where it was judged already."""
    content = {name: getattr(entry, name) for name in _ENTRY} | mark_values(marks_of(entry))
    values = {f"new_{name}": content[name] for name in _EDITED}
    return values | {"the_id": row.id, "at": record.at, "more": int(row.due_at is None)}


def _pending() -> Select[Any]:
    return select(entry_table, *SOURCE_COLUMNS).join(source_table, source_table.c.id == entry_table.c.source_id)


_PENDING = _pending().where(entry_table.c.id == bindparam("entry"), entry_table.c.due_at.is_not(None))


def _entry(row: Any) -> Entry:
    return Entry(**{name: getattr(row, name) for name in _ENTRY})


def _pending_entry(row: Row[Any]) -> PendingEntry:
    return PendingEntry(
        id=row.id,
        source=source_of(row),
        entry=_entry(row),
        first_seen_at=row.first_seen_at,
        baseline=row.baseline,
        late=row.late,
        flood=bool(row.flood),
        attempts=row.attempts,
        faults=row.faults,
        edited=row.edits > 0,
    )
